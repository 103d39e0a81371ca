"""Retention, holds and the end that two people confirm, over HTTP on a real store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_centre.desk.retention_book import KeptExhibit
from command_centre.desk.retention_exhibits import due
from evidence_store.export import export_package
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from recorder.ingest.clip import Clip
from tests.command_centre.late_media import House, body_camera_file, house, now_us
from tests.command_centre.story import CASE
from tests.evidence_store.builder import CASE as ABOUT

S = 1_000_000
OVER = {"ordinary_years": 0.0}


async def recorded(live: House, clip: Clip) -> str:
    """A closed session with media in it."""
    session = (await live.centre.sessions.open("site", "test")).id
    zero_us = now_us() + S // 2
    async with live.publishing(clip, session, zero_us):
        await live.recorded_until(session, zero_us + S)
    await live.centre.sessions.close(session, "test", "done")
    return session


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return Clip.read(body_camera_file(tmp_path_factory.mktemp("r") / "a.mp4", seconds=4))


async def redacted(live: House, session: str) -> str:
    """A redacted copy of a session's first half second; where it lies in the store."""
    first = (await live.segments(session))[0][0]
    span = {"start_us": first, "end_us": first + S // 2}
    asked = {
        "session": session,
        "source": "bodycam-02",
        "reason": "隐私",
        "plan": {**span, "silences": [{**span, "reason": "姓名"}]},
    }
    manager = Person(live.client, await live.cookie("manager"))
    job = (await manager.post("/api/redactions", 202, **asked))["job"]
    async with asyncio.timeout(60):
        while (state := await manager.get(f"/api/jobs/{job}"))["state"] == "running":
            await asyncio.sleep(0.1)
    assert state["state"] == "done", state
    return f"derived/{state['result']['derived']}.mp4"


async def moment(live: House, session: str, after_us: int = 1000) -> dict[str, Any]:
    """A picture of a session kept as an exhibit."""
    manager = Person(live.client, await live.cookie("manager"))
    at_us = (await live.segments(session))[0][0] + after_us
    asked: dict[str, Any] = {"title": "画面", "session": session, "source": "bodycam-02"}
    return await manager.post(f"/api/cases/{CASE}/exhibits/moment", **asked, t_us=at_us)


async def end(live: House, session: str) -> None:
    """Two people end it; a proposal is there."""
    for role in ("manager", "administrator"):
        person = Person(live.client, await live.cookie(role))
        await person.post(f"/api/sessions/{session}/retention/confirm")


class Person:
    """Somebody at a desk."""

    def __init__(self, client: httpx.AsyncClient, cookie: str) -> None:
        self._client = client
        self._headers = {"X-Duizhi": "1", "Cookie": f"duizhi_login={cookie}"}

    async def get(self, path: str) -> dict[str, Any]:
        """What stands there."""
        answer = await self._client.get(path, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        """Do something; the answer, or the problem."""
        sent = {"json": body} if body else {}
        answer = await self._client.post(path, headers=self._headers, **sent)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def session(self, session: str) -> dict[str, Any]:
        """How it stands with a session."""
        found = (await self.get(f"/api/cases/{CASE}/retention"))["sessions"]
        return next(one for one in found if one["session"] == session)


def destroyed(store: Path) -> list[str]:
    """The exhibits whose end the log states."""
    entries = LogReader(store / "centre/log").entries(0, 10_000)
    found = [json.loads(entry) for entry in entries if b'"exhibit.destroyed"' in entry]
    return [one["body"]["exhibit"] for one in found]


def kinds(store: Path) -> list[str]:
    entries = LogReader(store / "centre/log").entries(0, 10_000)
    found = [str(json.loads(entry)["kind"]) for entry in entries]
    return [kind for kind in found if kind.startswith(("retention.", "hold."))]


async def test_two_people_end_what_is_over_and_nothing_else(tmp_path: Path, clip: Clip) -> None:
    store = tmp_path / "store"
    async with house(store, retention=OVER) as live:
        session = await recorded(live, clip)
        kept = await recorded(live, clip)
        manager, keeper, auditor, other = [
            Person(live.client, await live.cookie(role))
            for role in ("manager", "administrator", "auditor", "interviewer")
        ]
        end = f"/api/sessions/{session}/retention/confirm"
        await other.post(end, 403)
        await auditor.post(end, 403)
        await auditor.post("/api/holds", 403, session=session, reason="x")
        await keeper.post("/api/holds", 403, session=session, reason="x")
        # nobody proposed it yet
        assert (await manager.post(end, 409))["code"] == "not_proposed"
        # what is held is not proposed
        held = await manager.post("/api/holds", session=kept, reason="复议")
        package = store / "exports" / "ex-1"
        await asyncio.to_thread(
            export_package, store, package, sessions=[session], case=ABOUT, reason="x", by="y"
        )
        copies = {one: await redacted(live, one) for one in (session, kept)}
        moments = {session: await moment(live, session), kept: await moment(live, kept, 500_000)}
        file = store / "centre/exhibits"
        assert all((store / path).is_file() for path in copies.values())
        await live.centre.retention.look()
        shown = await auditor.session(session)
        assert shown["encrypted"] is True
        assert shown["proposal"]["confirmed"] == []
        assert shown["until_us"] <= now_us()
        assert (await auditor.session(kept))["proposal"] is None
        assert [one["reason"] for one in (await auditor.session(kept))["holds"]] == ["复议"]
        # what waits for an administrator, who does not begin it
        [waits] = (await keeper.get("/api/keeping"))["ends"]
        assert (waits["session"], waits["of"]["case"], waits["confirmed"]) == (session, CASE, [])
        assert (await keeper.post(end, 409))["code"] == "manager_first"
        # one person is not enough, however often
        assert await manager.post(end) == {"ended": False}
        assert (await manager.post(end, 409))["code"] == "second_person"
        # a hold undoes what was confirmed
        hold = await manager.post("/api/holds", case=CASE, reason="检察院调取")
        assert (await keeper.post(end, 409))["code"] == "not_proposed"
        await live.centre.retention.look()
        assert (await auditor.session(session))["proposal"] is None
        await manager.post(f"/api/holds/{hold['hold']}/lift", reason="已归还")
        assert (await manager.post(f"/api/holds/{hold['hold']}/lift", 404, reason="x"))[
            "code"
        ] == "unknown_hold"
        await live.centre.retention.look()
        assert await manager.post(end) == {"ended": False}
        [waits] = (await keeper.get("/api/keeping"))["ends"]
        assert len(waits["confirmed"]) == 1
        assert await keeper.post(end) == {"ended": True}
        assert (await keeper.get("/api/keeping"))["ends"] == []
        shown = await auditor.session(session)
        assert shown["encrypted"] is False
        assert len(shown["ended"]["names"]) == 2
        assert shown["ended"]["files"] >= 2
        assert not package.exists()
        assert [path.name for path in (store / "derived").iterdir()] == [Path(copies[kept]).name]
        assert not (store / f"recorder-1/media/{session}").exists()
        # the picture taken from it is gone with it, and cannot be shown any more
        assert not (file / moments[session]["sha256"]).exists()
        assert (file / moments[kept]["sha256"]).exists()
        await live.centre.follower.catch_up()
        shown_now = (await manager.get(f"/api/cases/{CASE}/exhibits"))["exhibits"]
        assert [one["ended"] for one in shown_now] == [True, False]
        segment = f"/api/sessions/{session}/sources/bodycam-02/segment?at_us="
        first = (await live.segments(session))[0][0]
        gone = await live.client.get(
            f"{segment}{first + 1}",
            headers={"Cookie": f"duizhi_login={await live.cookie('auditor')}"},
        )
        assert gone.status_code == 409, gone.text
        assert (await manager.post("/api/holds", 409, session=session, reason="x"))[
            "code"
        ] == "retention_ended"
        await manager.post(f"/api/holds/{held['hold']}/lift", reason="结束")
        assert (await auditor.session(kept))["proposal"] is None  # proposed at the next look
    report = await asyncio.to_thread(verify_path, store)
    assert report.findings == []
    assert [one.session for one in report.notices if one.code == "destroyed"] == [session]
    later, both = tmp_path / "p", [session, kept]
    await asyncio.to_thread(
        export_package, store, later, sessions=both, case=ABOUT, reason="x", by="y"
    )
    report = await asyncio.to_thread(verify_path, later)
    assert report.findings == []
    assert {one.session: one.state for one in report.derived} == {
        session: "destroyed",
        kept: "proved",
    }
    assert kinds(store)[-3:] == ["retention.confirmed", "retention.carried", "hold.lifted"]
    assert destroyed(store) == [moments[session]["id"]]


async def test_a_category_decides_and_is_logged(tmp_path: Path) -> None:
    async with house(tmp_path / "store", retention=OVER) as live:
        manager = Person(live.client, await live.cookie("manager"))
        at = f"/api/cases/{CASE}/retention"
        session = (await live.centre.sessions.open("site", "test")).id
        assert (await manager.session(session))["until_us"] is None  # still open
        await live.centre.sessions.close(session, "test", "done")
        await manager.post(at, category="permanent", reason="移送公安")
        shown = await manager.get(at)
        assert shown["category"] == "permanent"
        assert [one["id"] for one in shown["categories"]][-1] == "permanent"
        await live.centre.retention.look()
        found = await manager.session(session)
        assert (found["permanent"], found["until_us"], found["proposal"]) == (True, None, None)
        await manager.post(at, 400, category="a while", reason="x")
        await manager.post(at, 400, category="simple", reason=" ")
        await manager.post(at, category="ordinary", reason="未移送")
        await live.centre.retention.look()
        refuse = f"/api/sessions/{session}/retention/refuse"
        await manager.post(refuse, reason="仍需使用")
        await live.centre.retention.look()
        assert (await manager.session(session))["proposal"] is None
    expected = ["retention.set", "retention.set", "retention.proposed", "retention.refused"]
    assert kinds(tmp_path / "store") == expected


async def test_a_picture_shown_in_a_later_interview_is_kept_as_long_as_that(
    tmp_path: Path, clip: Clip
) -> None:
    store = tmp_path / "store"
    async with house(store, retention=OVER) as live:
        first = await recorded(live, clip)
        picture = await moment(live, first)
        manager = Person(live.client, await live.cookie("manager"))
        later = (await live.centre.sessions.open("site", "test")).id
        await manager.post(f"/api/sessions/{later}/shown/{picture['id']}", page=1)
        await live.centre.sessions.close(later, "test", "done")
        await live.centre.follower.catch_up()
        hold = await manager.post("/api/holds", session=later, reason="复议")
        await live.centre.retention.look()
        await end(live, first)
        path = store / "centre/exhibits" / picture["sha256"]
        assert path.is_file()
        await live.centre.retention.look()
        assert path.is_file()
        assert destroyed(store) == []
        await manager.post(f"/api/holds/{hold['hold']}/lift", reason="结束")
        await live.centre.retention.look()
        await end(live, later)
        assert not path.exists()
        # what a crash left is taken away at the next look
        path.write_bytes(b"left")
        await live.centre.retention.look()
        assert not path.exists()
    assert destroyed(store) == [picture["id"]] * 2


def test_which_pictures_are_over() -> None:
    def kept(name: str, sha256: str, session: str) -> KeptExhibit:
        return KeptExhibit(name, CASE, sha256, session)

    all_of = [
        *(kept("alone", "a", "s1"), kept("twice", "b", "s1"), kept("again", "b", "s2")),
        *(kept("brought", "c", ""), kept("same", "c", "s1"), kept("shown", "d", "s1")),
    ]
    shown = {"shown": {"s3"}}

    def over(*ended: str, held: str = "") -> list[str]:
        due_now = due(all_of, shown, ended.__contains__, lambda session, _: session == held)
        return [one.id for one in due_now]

    assert over("s1") == ["alone"]
    assert over("s1", "s2") == ["alone", "twice", "again"]
    assert over("s1", "s3") == ["alone", "shown"]
    assert over("s1", "s3", held="s3") == ["alone"]
    assert over("s1", "s2", "s3", held="s1") == []
    assert over("s2") == []
