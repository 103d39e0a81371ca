"""Every route and every message x every role x own and other case x bound rooms.

Made from the list of routes itself. A new route fails here until it says of which case it is
(``Endpoint.reach``), and until what its path names exists in both cases (``two_cases.NAMES``).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

from command_centre.api import problems
from command_centre.api.app import ENDPOINTS
from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach, things_in
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.case_of import REFUSALS, ROOM_COLUMNS
from command_centre.desk.permissions import PERMISSIONS, Action
from command_centre.errors import Rejected
from config.words import Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.test_permissions import EXPECTED
from tests.command_centre.two_cases import OTHER, named, two_cases
from tests.command_centre.web import DeskClient, Web, serving

#: Routes that are no ``Endpoint``, and where they are tested for other cases.
SPECIAL = {
    "/openapi.json": "open",
    "/metrics": "open",
    "/whip/{source}": "a source's token",
    "/whip/{source}/{resource}": "a source's token",
    "/packages": "of no case: test_jobs.py",
    "/packages/{package}": "of no case: test_jobs.py",
    "/uploads": "test_uploads_of_another_case",
    "/uploads/{upload}": "test_uploads_of_another_case",
    "/ws": "test_desks_of_another_case; its commands: test_message_matrix.py",
    "/ws/live/{source}": "test_live_views_of_another_case",
    "/ws/devices/{source}/call": "a source's token",
    "/ws/exhibit/{room}": "test_exhibit_screens_of_another_case",
    "/assets/{name}": "files of the pages",
    "/{path:path}": "the pages",
}

#: What a route over several cases is asked, and what in its answer belongs to the other case.
LISTS = {
    "/api/cases": ("", OTHER),
    "/api/search": ("?q=水泵", "other"),
    "/api/search/names": ("?q=证据0", OTHER),
    "/api/calls": ("", OTHER),
    "/api/alarms": ("", OTHER),
    "/api/handover": ("", OTHER),
    "/api/verified-cases": ("", OTHER),
}

#: A body that names what the route is about, and is otherwise right.
BODIES: dict[str, dict[str, Any]] = {
    "/api/verifications": {},
    "/api/exports": {"reason": "test"},
    "/api/clips": {"source": "x", "from_us": 0, "to_us": 1, "reason": "x", "to": "x"},
    "/api/redactions": {"source": "x", "plan": {"start_us": 0, "end_us": 1}, "reason": "x"},
    "/api/holds": {"reason": "test"},
}
GUARDED = [one for one in ENDPOINTS if one.action is not None and one.path != "/api/logout"]


@dataclass
class Matrix:
    """A centre with two cases, and a client for each person."""

    centre: Centre
    cookies: dict[str, str]
    doors: Any  # the same routes with their checks; behind each only the role somebody came in with

    def client(self, person: str, app: Any = None) -> httpx.AsyncClient:
        app = app or self.centre.app
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://centre.test",
            cookies={"duizhi_login": self.cookies[person]},
            headers={"X-Duizhi": "1"},
        )

    async def let_in(self, person: str, endpoint: Endpoint, which: str) -> str:
        """The role in which somebody is let in to an endpoint; else the code of the refusal."""
        answer = await self.ask(person, endpoint, which, self.doors)
        return str(answer.json()["role"]) if answer.status_code == 200 else _code(answer)

    async def ask(
        self, person: str, endpoint: Endpoint, which: str, app: Any = None
    ) -> httpx.Response:
        path = re.sub(r"{(\w+)}", lambda found: named(found[1], which), endpoint.path)
        body: dict[str, Any] | None = None if endpoint.method == "GET" else {}
        if endpoint.reach is Reach.BODY:
            body = {**BODIES[endpoint.path], "session": named("session", which)}
        async with self.client(person, app) as client:
            return await client.request(endpoint.method, path, json=body)


@pytest.fixture
async def matrix(centre: Centre) -> Matrix:
    return Matrix(centre, await two_cases(centre), _doors(centre))


def _doors(centre: Centre) -> Starlette:
    async def role(call: Call) -> Response:
        return JSONResponse({"role": call.caller.role})

    routes = [
        dataclasses.replace(
            one, handler=role, body=one.body if one.reach is Reach.BODY else None
        ).route(centre.context)
        for one in GUARDED
    ]
    return Starlette(routes=routes, exception_handlers={Rejected: problems.on_rejected})


def test_no_route_is_left_out(centre: Centre) -> None:
    known = {endpoint.path for endpoint in ENDPOINTS} | set(SPECIAL)
    assert {route.path for route in centre.app.routes} == known
    assert {one.path for one in GUARDED if one.reach is Reach.OWN_CASES} == set(LISTS)
    assert {one.path for one in GUARDED if one.reach is Reach.BODY} == set(BODIES)


def test_an_endpoint_says_of_which_case_it_is() -> None:
    with pytest.raises(ValueError, match="say by `reach`"):
        Endpoint("GET", "/api/new/{unheard_of}", "", GUARDED[0].handler, action=Action.READ_CASE)


@pytest.mark.parametrize("person", [*Role, *(f"all_{role}" for role in Role)])
async def test_every_route_for_every_role(matrix: Matrix, person: str) -> None:
    role = Role(person.removeprefix("all_"))
    everywhere = person.startswith("all_") or role is Role.ADMINISTRATOR
    for endpoint in GUARDED:
        about = f"{endpoint.method} {endpoint.path} {person}"
        assert endpoint.action is not None
        may = str(role) in EXPECTED[endpoint.action].split()
        of_case = bool(things_in(endpoint.path)) or endpoint.reach is Reach.BODY
        inside = str(role) if may else "forbidden"
        assert await matrix.let_in(person, endpoint, "own") == inside, about
        if everywhere or not (of_case and may):
            assert await matrix.let_in(person, endpoint, "other") == inside, about
            continue
        other = await matrix.ask(person, endpoint, "other")
        nowhere = await matrix.ask(person, endpoint, "nowhere")
        assert other.status_code == 404, about
        assert other.json() == nowhere.json(), about
        assert _code(other) in _refusals(endpoint), about


async def test_who_may_not_cannot_tell_either(matrix: Matrix) -> None:
    for role in Role:
        for endpoint in GUARDED:
            assert endpoint.action is not None
            if role in PERMISSIONS[endpoint.action]:
                continue
            answers = [
                (await matrix.ask(role, endpoint, which)).json() for which in ("other", "nowhere")
            ]
            assert answers[0] == answers[1], (endpoint.path, role)


async def test_an_interviewer_bound_to_another_room(matrix: Matrix) -> None:
    for endpoint in GUARDED:
        assert endpoint.action is not None
        if Role.INTERVIEWER not in PERMISSIONS[endpoint.action]:
            continue
        bound = ROOM_COLUMNS.keys() & set(things_in(endpoint.path))
        expected = "wrong_room" if bound else "interviewer"
        assert await matrix.let_in("bound", endpoint, "own") == expected, endpoint.path


async def test_the_role_in_the_case_counts(matrix: Matrix) -> None:
    """A manager of the agency who is an interviewer of the case acts as one there."""
    for endpoint in GUARDED:
        if not things_in(endpoint.path):
            continue
        assert endpoint.action is not None
        may = Role.INTERVIEWER in PERMISSIONS[endpoint.action]
        expected = "interviewer" if may else "forbidden"
        about = f"{endpoint.method} {endpoint.path}"
        assert await matrix.let_in("demoted", endpoint, "own") == expected, about


async def test_lists_hold_own_cases_only(matrix: Matrix) -> None:
    for endpoint in GUARDED:
        if endpoint.reach is not Reach.OWN_CASES:
            continue
        query, foreign = LISTS[endpoint.path]
        assert endpoint.action is not None
        for role in PERMISSIONS[endpoint.action]:
            about = f"{endpoint.path} {role}"
            await _until(matrix, f"all_{role}", endpoint.path + query, foreign)
            async with matrix.client(role) as client:
                answer = await client.get(endpoint.path + query)
            assert answer.status_code == 200, about
            if role is not Role.ADMINISTRATOR:
                assert foreign not in answer.text, about
                assert CASE in answer.text, about


async def test_search_in_another_case_finds_nothing(matrix: Matrix) -> None:
    await _until(matrix, "all_auditor", "/api/search?q=水泵", "other")
    async with matrix.client("auditor") as client:
        for case in (OTHER, "case-nowhere"):
            answer = (await client.get("/api/search", params={"q": "水泵", "case": case})).json()
            assert (answer["hits"], answer["total"]) == ([], 0)


async def _until(matrix: Matrix, person: str, path: str, text: str) -> None:
    """Wait until somebody who sees all cases finds it: the index of words follows by itself."""
    async with asyncio.timeout(30):
        async with matrix.client(person) as client:
            while text not in (await client.get(path)).text:
                await asyncio.sleep(0.05)


async def test_uploads_of_another_case(matrix: Matrix) -> None:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "3", "X-Duizhi": "1"}
    for role in (Role.MANAGER, Role.INTERVIEWER):
        async with matrix.client(role) as client:
            assert (await client.get("/uploads/upown")).status_code == 200
            assert (await client.get("/uploads/upother")).json() == (
                await client.get("/uploads/upnowhere")
            ).json()
            answers = []
            for source in ("b3RoZXItY2FtZXJh", "bm93aGVyZQ=="):  # other-camera, nowhere
                said = {**headers, "Upload-Metadata": f"source {source}"}
                answers.append((await client.post("/uploads", headers=said)).json())
            assert answers[0] == answers[1]
            assert answers[0]["code"] == "unknown_source"
    async with matrix.client("bound") as client:
        assert (await client.get("/uploads/upown")).json()["code"] == "wrong_room"
    async with matrix.client("all_auditor") as client:
        assert (await client.get("/uploads/upown")).json()["code"] == "forbidden"


@pytest.mark.parametrize(
    ("role", "desk"),
    [("manager", "wall"), ("manager", "audit"), ("auditor", "audit"), ("interviewer", "room")],
)
async def test_desks_of_another_case(matrix: Matrix, role: str, desk: str) -> None:
    async with serving(matrix.centre) as web:
        ends = [await _end_of(matrix, web, role, desk, which) for which in ("other", "nowhere")]
    assert ends[0] == ends[1]
    assert ends[0][0] == 4404


async def _end_of(matrix: Matrix, web: Web, role: str, desk: str, which: str) -> tuple[int, str]:
    cookie = {"Cookie": f"duizhi_login={matrix.cookies[role]}"}
    async with web.connect("/ws", None, additional_headers=cookie) as connection:
        client = DeskClient(connection)
        hello = {"type": "hello", "protocol": 1, "case": named("case", which), "desk": desk}
        if desk == "room":
            hello["room"] = named("room", which)
        await client.send(hello)
        await client.close_code()
        return connection.close_code or 0, connection.close_reason or ""


async def test_lists_are_told_of_what_one_may_read_only(matrix: Matrix) -> None:
    people = {
        "manager": {CASE: {"documents", "tasks", "acts", "custody"}},
        "demoted": {CASE: {"documents", "tasks"}},
        "interviewer": {CASE: {"documents", "tasks"}},
        "all_auditor": {
            CASE: {"documents", "tasks", "acts", "custody"},
            OTHER: {"tasks", "custody", "acts"},
        },
        "administrator": {CASE: {"custody"}, OTHER: {"custody"}, "": {"places"}},
    }
    async with serving(matrix.centre) as web, contextlib.AsyncExitStack() as stack:
        desks = {}
        for person in people:
            cookie = {"Cookie": f"duizhi_login={matrix.cookies[person]}"}
            connection = await stack.enter_async_context(
                web.connect("/ws", None, additional_headers=cookie)
            )
            desk = desks[person] = DeskClient(connection)
            await desk.send({"type": "hello", "protocol": 1, "case": "", "desk": "lists"})
            assert (await desk.until("welcome"))["resumed"] is False
        await matrix.centre.context.database.write(_touch)
        for case in (CASE, OTHER):
            matrix.centre.context.changes.note_act("task.done", {"case": case})
        for person, wanted in people.items():
            told: dict[str, set[str]] = {}
            async with asyncio.timeout(30):
                while any(not areas <= told.get(case, set()) for case, areas in wanted.items()):
                    word = await desks[person].receive()
                    assert word["type"] in ("changed", "clock", "system"), person
                    if word["type"] == "changed":
                        told.setdefault(word["case"], set()).update(word["areas"])
            assert set(told) == set(wanted), person
            assert told[CASE].isdisjoint(_ONLY - wanted[CASE]), person
            for command in ("marker.add", "pause.begin"):
                fields = {"room": "room1", "text": "x", "tracks": ["audio"], "reason": "rest"}
                assert (await desks[person].command(command, **fields))["code"] == "forbidden"


_ONLY = {"documents", "tasks", "acts", "custody"}


def _touch(writing: Writing) -> None:
    """Something of both cases changes."""
    for case, which in ((CASE, "own"), (OTHER, "other")):
        writing.execute(schema.task.insert().values(case_id=case, id="ta", made_us=1))
        said = schema.custody.c.case_id == case
        writing.execute(update(schema.custody).where(said).values(note=which))
    own = schema.room.c.case_id == CASE
    writing.execute(update(schema.room).where(own).values(name_en="another name"))
    only = schema.record_document.c.case_id == CASE
    writing.execute(update(schema.record_document).where(only).values(pages=3))


@pytest.mark.parametrize("role", ["manager", "auditor", "interviewer"])
async def test_live_views_of_another_case(matrix: Matrix, role: str) -> None:
    cookie = {"Cookie": f"duizhi_login={matrix.cookies[role]}"}
    ends = []
    async with serving(matrix.centre) as web:
        for which in ("other", "nowhere"):
            path = f"/ws/live/{named('source', which)}"
            async with web.connect(path, None, additional_headers=cookie) as connection:
                await DeskClient(connection).close_code()
                ends.append((connection.close_code, connection.close_reason))
    assert ends[0] == ends[1]
    assert ends[0][0] == 4404


@pytest.mark.parametrize("role", ["manager", "auditor", "interviewer"])
async def test_exhibit_screens_of_another_case(matrix: Matrix, role: str) -> None:
    cookie = {"Cookie": f"duizhi_login={matrix.cookies[role]}"}
    ends = []
    async with serving(matrix.centre) as web:
        for which in ("other", "nowhere"):
            path = f"/ws/exhibit/{named('room', which)}"
            async with web.connect(path, None, additional_headers=cookie) as connection:
                await DeskClient(connection).close_code()
                ends.append((connection.close_code, connection.close_reason))
    assert ends[0] == ends[1]
    assert ends[0][0] in (4403, 4404)


def _code(answer: httpx.Response) -> str:
    if answer.headers["content-type"] != "application/problem+json":
        return ""
    return str(answer.json()["code"])


def _refusals(endpoint: Endpoint) -> set[str]:
    things = ("session", "case") if endpoint.reach is Reach.BODY else things_in(endpoint.path)[:1]
    return {REFUSALS[thing][0] for thing in things}
