"""Following the log: exactly once through holes, restarts, repeats; a rebuild gives the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.desk.follower import Follower, clear, read_cursor, rebuild, take
from command_centre.errors import ProjectionError, Rejected
from tests.command_centre.fake_recorder import FakeRecorder
from tests.command_centre.story import CASE, STORY
from tests.fakes.memory_bus import Exchange

SESSION = "s2222222222222222222a"


CAMERA = {"source": "room1-camera"}
LATER = {"language": "zh", "engine": "vosk", "model": "大模型", "model_sha256": "ab" * 32}
VIEWER = {"viewer": "ac", "viewer_name": "林某某", "source": "room1-camera", "login": "lo-1"}


def _segment(number: int) -> dict[str, Any]:
    return {**CAMERA, "epoch": 1, "number": number, "path": f"media/{number}", "sha256": "bb",
            "size": 10, "start_us": 1000 * number, "duration_us": 1000, "media_start_us": 0,
            "frames": 1, "audio_packets": 1, "rtp": {}, "sender_reports": []}  # fmt: skip


def _said() -> dict[str, Any]:
    words = [{"w": "是李某", "s_us": 4000, "e_us": 5000, "c_pm": 900}]
    return {**CAMERA, "id": "u-1", "speaker": "interviewee", "start_us": 4000, "end_us": 5000,
            "text": "是李某", "words": words}  # fmt: skip


#: A session with something of every kind.
ENTRIES: list[tuple[str, dict[str, Any]]] = [
    ("session.open", {"case": CASE, "case_number": "014", "room_name": "询问室 1",
                      "kind": "interview", "opened_by": "x",
                      "people": [{"name": "张某", "role": "interviewee", "certificate": ""}]}),
    ("recording.open", {**CAMERA, "name": "摄像机", "source_kind": "room_camera",
                        "origin_us": 1000, "channels": ["unknown"]}),
    ("media.init", {**CAMERA, "epoch": 1, "path": "media/i.mp4", "sha256": "aa", "size": 9,
                    "mime": "video/mp4"}),
    ("media.segment", _segment(1)),
    ("media.segment", _segment(2)),
    ("media.gap", {**CAMERA, "start_us": 3000, "end_us": 3500, "cause": "network",
                   "track": "all"}),
    ("tick", {"n": 1, "sources": {}, "disk_free_bytes": 1}),
    ("prompt.issued", {"prompt": "pr-1", "group": "pg-1", "point": "p1", "text": "问", "by": "ac",
                       "by_name": "林某某", "target_room": "room1"}),
    ("prompt.delivered", {"prompt": "pr-1", "desk": "lo-1"}),
    ("prompt.shown", {"prompt": "pr-1", "desk": "lo-1"}),
    ("prompt.acknowledged", {"prompt": "pr-1", "by": "ac"}),
    ("utterance", _said()),
    ("utterance", _said()),  # the transcriber repeats itself
    ("prompt.answered", {"prompt": "pr-1", "utterance": "u-1"}),
    ("marker", {"text": "注意", "by": "ac", "by_name": "林某某"}),
    ("marker.withdrawn", {"marker": 15, "by": "ac", "by_name": "林某某", "reason": "误标"}),
    ("reading", {"device": "gas-03", "values": {"O2_vol": 20900}, "alarms": []}),
    ("alarm.raised", {"alarm": "al-1", "source": "gas-03", "kind": "reading_low", "level": "danger",
                      "about": "O2_vol", "value": 18500, "limit": 19500, "since_us": 900}),
    ("alarm.acknowledged", {"alarm": "al-1", "by": "ac", "by_name": "林某某"}),
    ("alarm.cleared", {"alarm": "al-1", "reason": "over"}),
    ("pause.begin", {"pause": "pa-1", "tracks": ["audio"], "reason": "lawyer", "start_us": 1500,
                     "by": "ac", "by_name": "林某某"}),
    ("pause.end", {"pause": "pa-1", "start_us": 1500, "end_us": 1600, "why": "resumed",
                   "by": "ac", "by_name": "林某某"}),
    ("pause.end", {"pause": "pa-1", "start_us": 1500, "end_us": 1700, "why": "resumed",
                   "by": "ac", "by_name": "林某某"}),  # a repeat changes nothing
    ("media.pause", {**CAMERA, "start_us": 1500, "end_us": 1600, "track": "audio",
                     "pause": "pa-1"}),
    ("voice.called", {"line": "vl-1", "source": "call-room1", "by": "ac",
                      "by_name": "林某某"}),
    ("voice.talk", {"line": "vl-1", "by": "ac"}),  # nobody has taken it: changes nothing
    ("voice.opened", {"line": "vl-1", "by": "ac2", "by_name": "吴某某"}),
    ("voice.talk", {"line": "vl-1", "by": "ac"}),
    ("voice.quiet", {"line": "vl-1", "by": "ac", "from_us": 1800}),
    ("view.join", VIEWER),
    ("view.leave", VIEWER),
    ("recording.close", {**CAMERA, "start_us": 1000, "end_us": 3500, "recorded_us": 2000,
                         "gap_us": 500, "pause_us": 0, "segments": 2}),
    ("session.close", {"closed_by": "ac", "reason": "done", "start_us": 1000, "end_us": 3500,
                       "recordings": []}),
    ("utterance.corrected", {"utterance": "u-1", "version": 1, "text": "是李某某", "reason": "听错",
                             "by": "ac", "by_name": "林某某"}),
    ("utterance.second_asked", {**LATER, "by": "ac", "by_name": "林某某"}),
    ("utterance.second", {**CAMERA, **LATER, "id": "x-1", "speaker": "interviewee",
                          "start_us": 4000, "end_us": 5000, "text": "是李某某", "words": []}),
    ("utterance.second_done", {**LATER, "sentences": 1, "from_us": 1}),
    ("document.made", {"document": "re-1", "version": 1, "pages": 1, "page_digests": [],
                       "path": "documents/x.pdf", "sha256": "aa", "size": 1}),
    ("page.shown", {"document": "re-1", "page": 1, "from_us": 1, "to_us": 2}),
]  # fmt: skip


def recorded(recorder: FakeRecorder) -> list[bytes]:
    """Put the session into a recorder's log; returns the log."""
    for kind, body in ENTRIES:
        recorder.append(kind, body, session=SESSION, room="room1")
    return recorder.entries


def dump(database: Database, *, events: bool = True) -> dict[str, list[tuple[Any, ...]]]:
    """Every projected row."""
    tables = [table for table in schema.PROJECTED if events or table is not schema.event]

    def read(connection: Any) -> dict[str, list[tuple[Any, ...]]]:
        found = {}
        for table in tables:
            hidden = () if events else ("cursor",)
            columns = [column for column in table.c if column.name not in hidden]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
        return found

    return database.read_now(read)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with Database(tmp_path / "centre.sqlite") as opened:
        seed_case(opened, STORY)
        yield opened


class Foreign:
    """Remembers that the follower met another log."""

    def __init__(self) -> None:
        self.met: list[dict[str, Any]] = []

    async def __call__(self, body: dict[str, Any]) -> None:
        self.met.append(body)


@contextlib.asynccontextmanager
async def following(
    database: Database, exchange: Exchange, foreign: Foreign | None = None
) -> AsyncIterator[Follower]:
    follower = Follower(exchange.bus(), database, on_foreign_log=foreign or Foreign())
    task = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_everything_of_a_session_is_projected(database: Database) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    async with recorder.serving(), following(database, exchange) as follower:
        log = recorded(recorder)
        await follower.reached(len(log) - 1)
    tables = dump(database)
    assert {name: len(rows) for name, rows in tables.items()} == {
        "record_mark": 1, "record_document": 1, "second_reading": 1, "second_pass": 1,
        "prompt_step": 5, "prompt": 1, "correction": 1, "utterance": 1,
        "marker": 1, "reading": 1, "alarm": 1,
        "view": 1,
        "gap": 1, "pause": 1, "withheld": 1, "voice_line": 1,
        "late_file": 0, "late_init": 0, "late_segment": 0,
        "segment": 2, "init_segment": 1, "recording": 1, "log_entry": len(log),
        "event": 23, "session": 1,
    }  # fmt: skip
    assert database.read_now(lambda connection: read_cursor(connection, "recorder-1"))[0] == len(
        log
    )
    row = database.read_now(lambda connection: connection.execute(select(schema.recording)).one())
    assert (row.recorded_us, row.gap_us, row.segments, row.bytes, row.end_us) == (
        2000, 500, 2, 20, 3500,
    )  # fmt: skip


def test_rebuilding_gives_what_following_gave(database: Database, tmp_path: Path) -> None:
    log = recorded(FakeRecorder(Exchange().bus()))
    for index, entry in enumerate(log):
        database.write_now(partial(take, log="recorder-1", first_index=index, raw=[entry]))
    one_by_one = dump(database)
    with Database(tmp_path / "other.sqlite") as other:
        seed_case(other, STORY)
        other.write_now(lambda writing: take(writing, "recorder-1", 0, log))
        assert dump(other) == one_by_one
    database.write_now(lambda writing: rebuild(writing, "recorder-1", log))
    assert dump(database, events=False) == {
        name: rows for name, rows in _without_cursors(one_by_one).items() if name != "event"
    }


def _without_cursors(
    tables: dict[str, list[tuple[Any, ...]]],
) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of ``utterance`` without their last column, the cursor."""
    return {
        name: [row[:-1] for row in rows] if name == "utterance" else rows
        for name, rows in tables.items()
    }


def test_an_empty_database_is_rebuilt_without_its_case_file(tmp_path: Path) -> None:
    log = recorded(FakeRecorder(Exchange().bus()))
    with Database(tmp_path / "empty.sqlite") as empty:
        empty.write_now(lambda writing: rebuild(writing, "recorder-1", log))
        tables = dump(empty)
    assert len(tables["session"]) == 1
    assert len(tables["utterance"]) == 1


def test_entries_out_of_order_or_not_entries_change_nothing(database: Database) -> None:
    log = recorded(FakeRecorder(Exchange().bus()))
    wrong_place = json.dumps({**json.loads(log[0]), "seq": 5}).encode()
    for first, raw in (
        (1, log[1:2]),
        (0, [b"{"]),
        (0, [b"\xff"]),
        (0, [b"[]"]),
        (0, [wrong_place]),
    ):
        with pytest.raises(ProjectionError):
            database.write_now(partial(take, log="recorder-1", first_index=first, raw=raw))
    assert dump(database)["log_entry"] == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("session.open", {}),
        ("session.close", {"closed_by": "x"}),
        ("recording.open", {"source": "x", "name": "x", "source_kind": "x", "origin_us": 1}),
        ("media.segment", {"source": 3}),
        ("media.gap", {"source": "x", "start_us": 1, "end_us": 2, "cause": "x"}),
        ("utterance", {"id": "u"}),
        ("prompt.issued", {"prompt": "p", "text": "x", "by": "x", "by_name": "x",
                           "target_room": "room1"}),
        ("prompt.shown", {"prompt": "never issued"}),
        ("reading", {"device": "x", "values": {"O2": 20.9}}),
        ("alarm.raised", {"alarm": "al-9", "source": "x", "kind": "sos"}),
        ("alarm.cleared", {"alarm": "al-9"}),
        ("alarm.acknowledged", {"alarm": 9}),
        ("view.join", {}),
        ("something.new", {"later": True}),
    ],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_listed_and_left_out(
    database: Database, kind: str, body: dict[str, Any]
) -> None:
    recorder = FakeRecorder(Exchange().bus())
    recorder.append(kind, body, session="s-none", room="nowhere")
    recorded_after = recorded(recorder)
    database.write_now(lambda writing: take(writing, "recorder-1", 0, recorded_after))
    tables = dump(database)
    assert len(tables["log_entry"]) == len(recorded_after)
    assert len(tables["session"]) == 1
    assert len(tables["event"]) == 22


def test_an_illegal_prompt_step_in_the_log_moves_nothing(database: Database) -> None:
    recorder = FakeRecorder(Exchange().bus())
    log = recorded(recorder)
    recorder.append("prompt.declined", {"prompt": "pr-1", "reason": "late"}, session=SESSION)
    database.write_now(lambda writing: take(writing, "recorder-1", 0, log))
    state = database.read_now(
        lambda connection: connection.execute(select(schema.prompt.c.state)).scalar_one()
    )
    assert state == "answered"


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(arrives=st.lists(st.booleans(), min_size=12, max_size=12), restart=st.integers(0, 12))
async def test_dropped_publications_and_restarts_lose_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, arrives: list[bool], restart: int
) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    with Database(tmp_path_factory.mktemp("db") / "centre.sqlite") as database:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(recorder.serving())
            follower = await stack.enter_async_context(following(database, exchange))
            for number, heard in enumerate(arrives):
                if number == restart:
                    await stack.aclose()
                    await stack.enter_async_context(recorder.serving())
                    follower = await stack.enter_async_context(following(database, exchange))
                recorder.drop_log = not heard
                recorder.append("tick", {"n": number}, session=SESSION, room="room1")
                await asyncio.sleep(0)
            recorder.drop_log = False
            recorder.append("tick", {"n": 99}, session=SESSION, room="room1")
            await follower.reached(len(recorder.entries) - 1)
        rows = database.read_now(
            lambda connection: connection.execute(select(schema.log_entry.c.log_index)).all()
        )
    assert [row.log_index for row in rows] == list(range(len(recorder.entries)))


async def test_the_last_publication_may_be_lost_too(database: Database) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    async with recorder.serving(), following(database, exchange) as follower:
        await follower.reached(0)
        recorder.drop_log = True
        recorder.append("tick", {"n": 1})
        await follower.heard_of(len(recorder.entries))
        assert follower.next_index == 2


async def test_a_publication_repeated_or_overlapping_is_cut(database: Database) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    async with recorder.serving(), following(database, exchange) as follower:
        log = recorded(recorder)
        await follower.reached(len(log) - 1)
        recorder.publish_log(0)
        recorder.append("tick", {"n": 1})
        recorder.publish_log(3)
        await follower.reached(len(log) - 1)
        exchange.bus().publish("log.recorder-1", b"rubbish")
        recorder.append("tick", {"n": 2})
        await follower.reached(len(log) - 1)
    assert len(dump(database)["log_entry"]) == len(recorder.entries)


async def test_a_recorder_that_comes_late_is_waited_for(database: Database) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    async with following(database, exchange) as follower:
        await asyncio.sleep(0.05)
        with pytest.raises(Rejected, match="recorder_slow"):
            await follower.reached(0, timeout_s=0.01)
        async with recorder.serving():
            await follower.reached(0)


@pytest.mark.parametrize("shorter", [True, False])
async def test_another_log_means_a_rebuild_and_is_told(database: Database, shorter: bool) -> None:
    log = recorded(FakeRecorder(Exchange().bus()))
    database.write_now(lambda writing: take(writing, "recorder-1", 0, log))
    exchange, foreign = Exchange(), Foreign()
    other = FakeRecorder(exchange.bus())
    for number in range(3 if shorter else 40):
        other.append("tick", {"n": number, "other": True})
    async with other.serving(), following(database, exchange, foreign) as follower:
        await follower.reached(len(other.entries) - 1)
    assert foreign.met[0]["expected_size"] == len(log)
    tables = dump(database)
    assert len(tables["log_entry"]) == len(other.entries)
    assert tables["session"] == []


async def test_what_was_found_is_told_once_however_often_it_is_tried(database: Database) -> None:
    def carry_out(sql: str) -> None:
        database.write_now(lambda writing: writing.connection.execute(text(sql)))

    foreign = Foreign()
    follower = Follower(Exchange().bus(), database, on_foreign_log=foreign)
    log = recorded(FakeRecorder(Exchange().bus()))
    database.write_now(lambda writing: take(writing, "recorder-1", 0, log))
    carry_out(
        "CREATE TRIGGER full BEFORE DELETE ON session BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    found = {"log": "recorder-1", "expected_size": len(log), "size": 3}
    for _ in range(3):
        with pytest.raises(IntegrityError):
            await follower.foreign(found)
    assert (foreign.met, len(dump(database)["session"])) == ([found], 1)
    carry_out("DROP TRIGGER full")
    await follower.foreign(found)
    assert (len(foreign.met), dump(database)["session"], follower.rebuilds) == (1, [], 1)
    await follower.foreign(found)  # later, and found anew
    assert len(foreign.met) == 2


async def test_a_recorder_given_a_new_store_while_we_run_is_noticed(database: Database) -> None:
    exchange, foreign = Exchange(), Foreign()
    recorder = FakeRecorder(exchange.bus())
    async with following(database, exchange, foreign) as follower:
        async with recorder.serving():
            log = recorded(recorder)
            await follower.reached(len(log) - 1)
            await follower.heard_of(len(log) - 3)  # an old status: the same log, nothing happens
            assert foreign.met == []
        other = FakeRecorder(exchange.bus())
        async with other.serving():
            await follower.heard_of(len(other.entries))
    assert len(foreign.met) == 1
    assert len(dump(database)["log_entry"]) == len(other.entries)


async def test_a_cursor_from_before_a_rebuild_is_too_old(database: Database) -> None:
    from command_centre.desk.hub import Hub

    log = recorded(FakeRecorder(Exchange().bus()))
    database.write_now(lambda writing: take(writing, "recorder-1", 0, log))
    hub = Hub(database, 100)
    async with hub.connected(case=CASE, kind="wall", room=None, name="x") as desk:
        last, resumed = await hub.start(desk, 3)
        assert resumed is True
        database.write_now(clear)
        assert await hub.start(desk, 3) == (last, False)
        assert await hub.start(desk, last) == (last, True)
