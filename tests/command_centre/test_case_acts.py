"""Opening, changing and closing cases; their people and tasks: entry first, row after."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import httpx
import pytest

from command_centre.api.app import ENDPOINTS
from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.case_overview import read_overview
from command_centre.desk.permissions import PERMISSIONS
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.pictures import png
from tests.command_centre.test_exhibits import added

HOSTILE = '<img src=x onerror=alert(1)> "{{7*7}}"'
NEW: dict[str, Any] = {
    "number": "（渭）应急立〔2026〕099号",
    "name": "储罐清洗案",
    "kind": "accident",
    "enterprise": "渭州某公司",
    "cause": "清洗作业",
    "incident_date": "2026-05-12",
    "opened": "2026-05-14",
    "lead": "interviewer",
}


async def _post(centre: Centre, role: str, path: str, body: dict[str, Any]) -> httpx.Response:
    async with centre.client(role) as client:
        return await client.post(path, json=body)


async def _row(centre: Centre, case: str) -> dict[str, Any]:
    async with centre.client("manager") as client:
        found = (await client.get("/api/cases")).json()["cases"]
    return next(dict(one) for one in found if one["id"] == case)


async def _overview(centre: Centre, case: str = CASE, role: str = "manager") -> dict[str, Any]:
    async with centre.client(role) as client:
        return dict((await client.get(f"/api/cases/{case}/overview")).json())


async def test_a_case_is_opened_by_an_entry_and_listed(centre: Centre) -> None:
    made = await _post(centre, "manager", "/api/cases", NEW)
    assert made.status_code == 200
    case = made.json()["case"]
    row = await _row(centre, case)
    assert {
        key: row[key] for key in ("number", "name", "kind", "state", "lead_name", "opened")
    } == {
        "number": NEW["number"],
        "name": NEW["name"],
        "kind": "accident",
        "state": "open",
        "lead_name": "The interviewer",
        "opened": "2026-05-14",
    }
    kind, body = next(one for one in centre.log.entries[::-1] if one[0] == "case.create")
    assert (kind, body["id"], body["by_name"]) == ("case.create", case, "The manager")
    # who opens it and who leads it work on it
    members = [body["role"] for kind, body in centre.log.entries if kind == "case.member"]
    assert members == ["manager", "interviewer"]
    async with centre.client("manager") as client:
        opened = (await client.get(f"/api/cases/{case}")).json()
    assert (opened["enterprise"], opened["people"], opened["rooms"]) == ("渭州某公司", [], [])


async def test_a_number_is_used_once(centre: Centre) -> None:
    case = (await _post(centre, "manager", "/api/cases", NEW)).json()["case"]
    again = await _post(centre, "manager", "/api/cases", NEW)
    assert again.json()["code"] == "case_exists"
    same = await _post(centre, "manager", f"/api/cases/{case}/facts", NEW | {"name": "别名"})
    assert same.status_code == 200
    assert (await _row(centre, case))["name"] == "别名"
    other = await _post(centre, "manager", f"/api/cases/{CASE}/facts", NEW)
    assert other.json()["code"] == "case_exists"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "  "}, "bad_case"),
        ({"name": ""}, "bad_case"),
        ({"name": "案" * 81}, "bad_case"),
        ({"opened": "2026-02-30"}, "bad_case"),
        ({"opened": "20260514"}, "bad_case"),
        ({"kind": "murder"}, "bad_case"),
        ({"lead": "nobody"}, "unknown_account"),
        ({"lead": "auditor"}, "unknown_account"),
        ({"name": 3}, "malformed_request"),
    ],
)
async def test_what_cannot_be_a_case_changes_nothing(
    centre: Centre, change: dict[str, Any], code: str
) -> None:
    before = len(centre.log.entries)
    answer = await _post(centre, "manager", "/api/cases", NEW | change)
    assert answer.json()["code"] == code
    assert len(centre.log.entries) == before


async def test_hostile_names_are_kept_as_they_are(centre: Centre) -> None:
    case = (await _post(centre, "manager", "/api/cases", NEW | {"name": HOSTILE})).json()["case"]
    assert (await _row(centre, case))["name"] == HOSTILE


async def test_a_case_is_closed_archived_and_taken_up_again(centre: Centre) -> None:
    path = f"/api/cases/{CASE}/state"
    session = await centre.open_room("room1")
    busy = await _post(centre, "manager", path, {"state": "closed"})
    assert busy.json()["code"] == "sessions_open"
    await _post(centre, "manager", f"/api/sessions/{session}/close", {"reason": "done"})
    assert (await _post(centre, "manager", path, {"state": "archived"})).json()[
        "code"
    ] == "bad_case"
    assert (await _post(centre, "manager", path, {"state": "closed"})).status_code == 200
    entries = len(centre.log.entries)
    assert (await _post(centre, "manager", path, {"state": "closed"})).status_code == 200
    assert len(centre.log.entries) == entries  # a repeat writes nothing
    assert (await _row(centre, CASE))["state"] == "closed"
    assert (await _post(centre, "manager", path, {"state": "archived"})).status_code == 200
    assert (await _post(centre, "manager", path, {"state": "open"})).json()["code"] == "bad_case"
    assert (await _post(centre, "manager", path, {"state": "closed"})).status_code == 200
    assert (await _post(centre, "manager", path, {"state": "open"})).json()["code"] == "bad_reason"
    again = await _post(centre, "manager", path, {"state": "open", "reason": "新的线索"})
    assert again.status_code == 200
    found = await _overview(centre)
    assert (found["state"], found["state_reason"], found["closed_us"]) == ("open", "新的线索", None)
    assert (await _post(centre, "manager", path, {"state": "gone"})).json()["code"] == "bad_case"


async def test_a_closed_case_still_records(centre: Centre) -> None:
    await _post(centre, "manager", f"/api/cases/{CASE}/state", {"state": "closed"})
    opened = await _post(centre, "interviewer", "/api/rooms/room1/session", {})
    assert opened.status_code == 200


async def test_a_closed_case_takes_no_new_work_until_it_is_taken_up_again(centre: Centre) -> None:
    path = f"/api/cases/{CASE}"
    guarded = [one for one in ENDPOINTS if one.open_case]
    assert {one.path for one in guarded} >= {"/api/cases/{case}/rooms", "/api/cases/{case}/facts"}
    async with centre.client("manager") as client:
        exhibit = (await added(client, "照片", png()))["id"]
    names = defaultdict(lambda: "x", case=CASE, exhibit=exhibit)
    await _post(centre, "manager", f"{path}/state", {"state": "closed"})
    before = len(centre.log.entries)
    for one in guarded:
        assert one.action is not None
        role = next(iter(sorted(PERMISSIONS[one.action] & {"manager", "interviewer"})))
        filled = one.path.format_map(names)
        refused = await _post(centre, role, filled, {"room": "room9"})
        assert (refused.status_code, refused.json()["code"]) == (409, "case_closed"), one.path
        assert "take it up again" in refused.json()["detail"]
    assert len(centre.log.entries) == before
    # who may not do it at all is told nothing of the case's state
    told = await _post(centre, "auditor", f"{path}/rooms", {"room": "room9"})
    assert told.json()["code"] == "forbidden"
    # what belongs to the end of a case goes on
    freed = await _post(centre, "manager", f"{path}/rooms/room2/free", {})
    assert freed.status_code == 200, freed.text
    assert (await _post(centre, "manager", f"{path}/state", {"state": "archived"})).is_success
    assert (await _post(centre, "manager", f"{path}/rooms", {"room": "room2"})).json()[
        "code"
    ] == "case_closed"
    await _post(centre, "manager", f"{path}/state", {"state": "closed"})
    again = {"state": "open", "reason": "新的线索"}
    assert (await _post(centre, "manager", f"{path}/state", again)).is_success
    given = await _post(centre, "manager", f"{path}/rooms", {"room": "room2"})
    assert given.status_code == 200, given.text


async def test_people_are_added_once(centre: Centre) -> None:
    path = f"/api/cases/{CASE}/people"
    said = {"name": " 何某 ", "post": "安全负责人", "post_en": "safety manager"}
    added = await _post(centre, "manager", path, said)
    assert added.status_code == 200
    again = await _post(centre, "manager", path, {"name": "何某"})
    assert again.json()["code"] == "person_known"
    assert (await _post(centre, "manager", path, {"name": " "})).json()["code"] == "bad_text"
    async with centre.client("manager") as client:
        case = (await client.get(f"/api/cases/{CASE}")).json()
    last = case["people"][-1]
    assert (last["name"], last["post"], last["post_en"]) == ("何某", "安全负责人", "safety manager")


async def test_tasks_are_kept(centre: Centre) -> None:
    path = f"/api/cases/{CASE}/tasks"
    later = {"title": "约何某询问", "due": "2026-06-02"}
    sooner = {"title": HOSTILE, "due": "2026-06-01", "assignee": "interviewer"}
    await _post(centre, "interviewer", path, {"title": "无期限"})
    await _post(centre, "manager", path, later)
    tasks = (await _post(centre, "manager", path, sooner)).json()["tasks"]
    assert [one["title"] for one in tasks] == [HOSTILE, "约何某询问", "无期限"]
    assert tasks[0]["assignee_name"] == "The interviewer"
    first = f"{path}/{tasks[0]['id']}"
    done = (await _post(centre, "interviewer", f"{first}/step", {"step": "done"})).json()["tasks"]
    assert [one["title"] for one in done] == ["约何某询问", "无期限", HOSTILE]
    assert done[-1]["done_by"] == "The interviewer"
    row = await _row(centre, CASE)
    assert (row["tasks"], row["task_due"]) == (2, "2026-06-02")
    entries = len(centre.log.entries)
    await _post(centre, "manager", f"{first}/step", {"step": "done"})
    assert len(centre.log.entries) == entries
    undone = (await _post(centre, "manager", f"{first}/step", {"step": "undone"})).json()["tasks"]
    assert undone[0]["done_us"] is None
    changed = await _post(centre, "manager", first, {"title": "改过", "due": ""})
    assert [one["title"] for one in changed.json()["tasks"]] == ["约何某询问", "无期限", "改过"]
    dropped = await _post(centre, "manager", f"{first}/step", {"step": "dropped"})
    assert len(dropped.json()["tasks"]) == 2
    gone = await _post(centre, "manager", f"{first}/step", {"step": "done"})
    assert gone.json()["code"] == "unknown_task"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"title": " "}, "bad_text"),
        ({"title": "任" * 201}, "bad_text"),
        ({"title": "a", "due": "tomorrow"}, "bad_task"),
        ({"title": "a", "assignee": "admin"}, "unknown_account"),
    ],
)
async def test_what_cannot_be_a_task(centre: Centre, body: dict[str, Any], code: str) -> None:
    answer = await _post(centre, "manager", f"/api/cases/{CASE}/tasks", body)
    assert answer.json()["code"] == code


async def test_an_overview_says_who_knows_their_rights(centre: Centre) -> None:
    session = await centre.open_room("room1")
    before = (await _overview(centre))["people"][0]
    assert (before["sessions"], before["notice_read_us"]) == (1, None)
    await _post(
        centre,
        "interviewer",
        f"/api/sessions/{session}/notice/read",
        {"how": "aloud", "language": "zh"},
    )
    await centre.settle()
    after = (await _overview(centre, role="interviewer"))["people"]
    assert after[0]["notice_read_us"] is not None
    assert after[1]["notice_read_us"] is None


async def test_the_same_entries_make_the_same_rows(centre: Centre, tmp_path: Any) -> None:
    """A database made again from the log knows cases, states and tasks."""
    case = (await _post(centre, "manager", "/api/cases", NEW)).json()["case"]
    path = f"/api/cases/{case}"
    await _post(centre, "manager", f"{path}/people", {"name": "何某"})
    tasks = (await _post(centre, "manager", f"{path}/tasks", {"title": "送达"})).json()["tasks"]
    await _post(centre, "manager", f"{path}/tasks/{tasks[0]['id']}/step", {"step": "done"})
    await _post(centre, "manager", f"{path}/state", {"state": "closed", "reason": "办结"})
    wanted = await centre.context.database.read(
        lambda connection: (
            read_overview(connection, case),
            connection.execute(
                schema.case_file.select().where(schema.case_file.c.id == case)
            ).one(),
        )
    )
    with Database(tmp_path / "again.sqlite") as again:
        for index, (kind, body) in enumerate(centre.log.entries):
            t_us = centre.log.times[index] or 0
            again.write_now(
                lambda writing, index=index, t_us=t_us, kind=kind, body=body: (  # type: ignore[misc]
                    book_projection.take(writing, index, t_us, kind, body)
                )
            )
        found = again.read_now(
            lambda connection: (
                read_overview(connection, case),
                connection.execute(
                    schema.case_file.select().where(schema.case_file.c.id == case)
                ).one(),
            )
        )
    assert found == wanted
