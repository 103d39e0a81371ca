"""Acts on people and evidence: the real API, a real recorder, the centre's real log."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.accounts import HASHER, add_account, add_login
from command_centre.desk.notices import shipped_notice
from command_centre.desk.recorder_port import append
from command_centre.desk.room_acts import GIVEN_BEFORE_US_MAX
from config.kinds import KINDS
from config.words import Role
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house
from tests.command_centre.pictures import png
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.story import CASE

PNG = png()
WAIT_S = 60


class Person:
    """Somebody with an account and a login."""

    def __init__(self, live: House, cookie: str) -> None:
        self._client = live.client
        self._cookie = cookie

    @classmethod
    async def of(cls, live: House, account: str, role: Role) -> Person:
        now_us = time.time_ns() // 1000
        hashed = HASHER.hash("correct horse battery")

        def make(writing: Any) -> str:
            found = add_account(
                writing,
                account=account,
                name=f"{account} 姓名",
                role=role,
                password_hash=hashed,
                now_us=now_us,
            )
            cookie, _ = add_login(writing, found, now_us, 12)
            return cookie

        return cls(live, await live.centre.database.write(make))

    async def get(self, path: str) -> httpx.Response:
        self._client.cookies.set("duizhi_login", self._cookie)
        return await self._client.get(path)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        self._client.cookies.set("duizhi_login", self._cookie)
        return await self._client.post(
            path, content=msgspec.json.encode(body or {}), headers={"X-Duizhi": "1"}
        )


def log_of(store: Path, name: str, kind: str, *, opened: bool = True) -> list[dict[str, Any]]:
    """Entries of a kind, with or without their private parts."""
    reader = LogReader(store / name / "log")
    read = reader.opened if opened else reader.entries
    entries = [json.loads(data) for data in read(0, 100_000)]
    return [entry for entry in entries if entry["kind"] == kind]


async def until(found: Callable[[], Any]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(WAIT_S):
        while not found():
            await asyncio.sleep(0.05)


def check_fields(store: Path) -> None:
    """Every entry's open fields are those the table of kinds names, and no others."""
    for log in ("recorder-1", "centre"):
        reader = LogReader(store / log / "log")
        for data in reader.entries(0, 100_000):
            entry = json.loads(data)
            kind = KINDS[entry["kind"]]
            assert set(entry["body"]) <= {*kind.public, "c"}, (entry["kind"], entry["body"])


async def _given_when_it_was(room: RecordRoom, path: str) -> None:
    """Before its session, by an interpreter; no time that cannot be."""
    now_us = time.time_ns() // 1000
    told = {"language": "other", "how": "interpreter", "given_us": now_us - 600_000_000}
    for wrong_us in (now_us - GIVEN_BEFORE_US_MAX - 60_000_000, now_us + 3600_000_000, 0, -1):
        answer = await room.post(f"{path}/read", {**told, "given_us": wrong_us})
        assert answer.json()["code"] == "bad_notice_time"
    view = await room.done(f"{path}/read", told)
    assert (view["read_us"], view["how"]) == (told["given_us"], "interpreter")
    record = (await room.get(f"/api/sessions/{room.session}/record")).json()
    assert "以其他语言经翻译告知《权利义务告知书》" in record["header"]["notice"]


async def test_the_notice_is_read_and_answered(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = f"/api/sessions/{room.session}/notice"
        view = (await room.get(path)).json()
        assert view["title"] == "权利义务告知书"
        assert any("回避" in line["zh"] for line in view["lines"])
        assert view["read_us"] is None
        early = await room.post(f"{path}/answers", {"understood": True, "recusal": False})
        assert early.json()["code"] == "bad_notice"
        wrong = await room.post(f"{path}/read", {"language": "xx", "how": "aloud"})
        assert wrong.json()["code"] == "bad_notice"
        blank = (await room.get("/api/rooms/room1/notice")).json()
        assert blank == view  # the same text before a session is open
        await _given_when_it_was(room, path)
        view = await room.done(f"{path}/read", {"language": "zh", "how": "aloud"})
        assert view["read_us"] is not None
        said = {"understood": True, "recusal": True, "note": "他是我亲戚"}
        view = await room.done(f"{path}/answers", said)
        assert (view["understood"], view["recusal"], view["note"]) == (True, True, "他是我亲戚")
        await live.centre.sessions.close(room.session, "test", "done")
        after = await room.post(f"{path}/read", {"language": "zh", "how": "aloud"})
        assert after.json()["code"] == "session_closed"
    first, read = log_of(store, "recorder-1", "notice.read")
    assert first["body"]["given_us"] <= first["t_us"] - 600_000_000
    first, read = log_of(store, "recorder-1", "notice.read")
    assert first["body"]["given_us"] <= first["t_us"] - 600_000_000
    assert 0 <= read["t_us"] - read["body"]["given_us"] < 1_000_000
    assert read["body"]["text_sha256"] == shipped_notice("interview").sha256
    assert read["session"] == room.session
    [hidden] = log_of(store, "recorder-1", "notice.answered", opened=False)
    assert set(hidden["body"]) == {"notice", "by", "c"}
    [answered] = log_of(store, "recorder-1", "notice.answered")
    assert answered["body"]["recusal"] is True
    check_fields(store)
    assert verify_path(store).exit_code == 0


async def test_exhibits_are_kept_shown_and_taken_away(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        exhibits = f"/api/cases/{CASE}/exhibits"
        data = base64.b64encode(PNG).decode()
        bad = await room.post(
            exhibits, {"title": "x", "data": base64.b64encode(b"GIF89a").decode()}
        )
        assert bad.json()["code"] == "bad_exhibit"
        first = await room.done(exhibits, {"title": "动火作业票复印件", "data": data})
        second = await room.done(exhibits, {"title": "现场照片", "data": data})
        assert first["mime"] == "image/png"
        assert len((await room.get(exhibits)).json()["exhibits"]) == 2
        picture = await room.get(f"/api/exhibits/{first['id']}/file")
        assert picture.content == PNG
        shown = f"/api/sessions/{room.session}/shown"
        assert (await room.get(shown)).json()["exhibit"] == ""
        assert (await room.post(f"{shown}/eb-none")).json()["code"] == "unknown_exhibit"
        assert (await room.done(f"{shown}/{first['id']}"))["title"] == "动火作业票复印件"
        assert (await room.done(f"{shown}/{second['id']}"))["exhibit"] == second["id"]
        assert (await room.done(shown))["exhibit"] == ""
        assert (await room.done(shown))["exhibit"] == ""  # a repeat is no second entry
        [kept] = (store / "centre" / "exhibits").iterdir()
        kept.write_bytes(b"\x89PNG\r\n\x1a\n another")
        altered = await room.get(f"/api/exhibits/{first['id']}/file")
        assert altered.json()["code"] == "exhibit_altered"
    assert len(log_of(store, "centre", "exhibit.added")) == 2
    kinds = [one["body"]["exhibit"] for one in log_of(store, "recorder-1", "exhibit.shown")]
    assert kinds == [first["id"], second["id"]]
    [removed] = log_of(store, "recorder-1", "exhibit.removed")
    assert removed["body"]["shown_us"] < removed["t_us"]
    [hidden, _] = log_of(store, "recorder-1", "exhibit.shown", opened=False)
    assert "title" not in hidden["body"]
    check_fields(store)


async def test_custody_needs_both_and_never_a_case_officer(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        manager = await Person.of(live, "chen", Role.MANAGER)
        keeper = await Person.of(live, "zhou", Role.ADMINISTRATOR)
        other = await Person.of(live, "hu", Role.ADMINISTRATOR)
        auditor = await Person.of(live, "shen", Role.AUDITOR)
        await Person.of(live, "wang", Role.INTERVIEWER)
        path = f"/api/cases/{CASE}/custody"
        view = (await manager.get(path)).json()
        assert (view["keeper"], view["may_offer"]) == ("", True)
        ids = {one["name"]: one["account"] for one in view["keepers"]}
        assert not {"wang 姓名", "shen 姓名"} & ids.keys()
        assert "chen 姓名" not in ids
        refused = await manager.post(path, {"to": "nobody"})
        assert refused.json()["code"] == "bad_keeper"
        offer = {"to": ids["zhou 姓名"], "note": "原始存储盘一块"}
        [step] = (await manager.post(path, offer)).json()["steps"]
        assert step["state"] == "offered"
        assert (await manager.post(path, offer)).json()["code"] == "custody_open"
        settle = f"/api/custody/{step['id']}"
        assert (await other.post(settle, {"accepted": True})).json()["code"] == "not_keeper"
        assert (await auditor.post(settle, {"accepted": True})).json()["code"] == "forbidden"
        [kept] = (await keeper.get("/api/keeping")).json()["kept"]
        assert (kept["of"]["case"], kept["custody"]["steps"][0]["mine"]) == (CASE, True)
        assert (await other.get("/api/keeping")).json()["kept"] == []
        accepted = (await keeper.post(settle, {"accepted": True, "note": "封签完好"})).json()
        assert accepted["keeper"] == "zhou 姓名"
        assert (await keeper.post(settle, {"accepted": True})).json()["code"] == "custody_settled"
        assert (await manager.post(path, offer)).json()["code"] == "not_keeper"
        onward = {"to": ids["hu 姓名"]}
        steps = (await keeper.post(path, onward)).json()["steps"]
        declined = await other.post(f"/api/custody/{steps[-1]['id']}", {"accepted": False})
        assert declined.json()["keeper"] == "zhou 姓名"
        acts = (await manager.get(f"/api/cases/{CASE}/acts")).json()["acts"]
        kinds = [act["kind"] for act in acts if act["kind"].startswith("custody.")]
        assert kinds == [
            "custody.declined",
            "custody.offered",
            "custody.accepted",
            "custody.offered",
        ]
        assert acts[0]["by_name"] == "hu 姓名"
        seen = (await auditor.get(path)).json()
        assert (seen["keeper"], seen["may_offer"]) == ("zhou 姓名", False)

        only = (await manager.get(f"/api/cases/{CASE}/acts?kinds=custody.accepted")).json()
        assert [act["summary"]["note"] for act in only["acts"]] == ["封签完好"]
        none = (await manager.get(f"/api/cases/{CASE}/acts?to_us=1")).json()
        assert none["acts"] == []
        read: list[dict[str, Any]] = []
        more = True
        while more:
            before = f"&before={read[-1]['index']}" if read else ""
            page = (await manager.get(f"/api/cases/{CASE}/acts?limit=2{before}")).json()
            read, more = [*read, *page["acts"]], page["more"]
        assert read == acts
    check_fields(store)


async def test_evidence_is_not_stuck_with_an_account_that_may_keep_no_more(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        manager = await Person.of(live, "chen", Role.MANAGER)
        keeper = await Person.of(live, "zhou", Role.ADMINISTRATOR)
        path = f"/api/cases/{CASE}/custody"
        ids = {one["name"]: one["account"] for one in (await manager.get(path)).json()["keepers"]}
        [step] = (await manager.post(path, {"to": ids["zhou 姓名"]})).json()["steps"]
        await keeper.post(f"/api/custody/{step['id']}", {"accepted": True})
        other = next(one for name, one in ids.items() if name != "zhou 姓名")
        assert (await manager.post(path, {"to": other})).json()["code"] == "not_keeper"
        account = schema.account
        locked = update(account).where(account.c.account == "zhou").values(disabled_us=1)
        await live.centre.database.write(lambda writing: writing.execute(locked))
        view = (await manager.post(path, {"to": other})).json()
        assert (view["keeper"], view["steps"][-1]["state"]) == ("zhou 姓名", "offered")
        # nor by an offer to one
        gone = update(account).where(account.c.id == other).values(disabled_us=1)
        await live.centre.database.write(lambda writing: writing.execute(gone))
        view = (await manager.get(path)).json()
        assert (view["may_offer"], view["steps"][-1]["state"]) == (True, "lapsed")


async def test_who_opened_and_played_what_is_recorded_and_ends(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        auditor = await Person.of(live, "zhou", Role.AUDITOR)
        for _ in range(2):
            assert (await auditor.get(f"/api/sessions/{room.session}")).status_code == 200
            assert (await auditor.get(f"/api/cases/{CASE}/utterances")).status_code == 200
        watching = live.centre.watching
        caller = await live.centre.logins.caller_of(auditor._cookie)
        assert caller is not None
        await watching.played(caller, room.session, "room1-camera", 5)
        await watching.played(caller, room.session, "room1-camera", 9)
        await watching.sweep(everything=True)
    assert len(log_of(store, "centre", "access.session")) == 1
    assert len(log_of(store, "centre", "access.text")) == 1
    [played] = log_of(store, "centre", "access.media")
    [ended] = log_of(store, "centre", "access.media_end")
    assert ended["body"]["view"] == played["body"]["view"]
    assert (ended["body"]["from_us"], ended["body"]["to_us"], ended["body"]["how"]) == (
        5,
        9,
        "ended",
    )
    assert played["body"]["case"] == CASE
    check_fields(store)


async def test_what_a_dead_centre_left_open_is_ended_as_lost(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        auditor = await Person.of(live, "zhou", Role.AUDITOR)
        caller = await live.centre.logins.caller_of(auditor._cookie)
        assert caller is not None
        body = {"viewer": "a", "viewer_name": "周", "source": "room1-camera", "login": "l"}
        receipt = await append(
            live.bus,
            key="view:vw-dead:join",
            kind="view.join",
            session=room.session,
            room="room1",
            body={**body, "view": "vw-dead"},
            t_us=time.time_ns() // 1000,
        )
        await live.centre.follower.reached(receipt.index)
        await live.centre.watching.played(caller, room.session, "room1-camera", 5)
        live.centre.watching._playing.clear()  # as a dead process forgets
    async with house(store, new=False):
        await until(lambda: log_of(store, "recorder-1", "view.leave"))
        await until(lambda: log_of(store, "centre", "access.media_end"))
    [left] = log_of(store, "recorder-1", "view.leave")
    assert (left["body"]["view"], left["body"]["how"]) == ("vw-dead", "lost")
    [ended] = log_of(store, "centre", "access.media_end")
    assert ended["body"]["how"] == "lost"
    check_fields(store)
