"""The recorder ends the retention of a session: what it refuses, and going on after a crash."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.clock import SystemClock
from config.recorder_messages import Append, EndRetention, RetentionConfirmed
from evidence_store.durable import Disk
from evidence_store.end_of_retention import destroy_key
from evidence_store.reader import LogReader
from evidence_store.sealer import Sealer
from evidence_store.session_key import key_file
from evidence_store.verify import verify_path
from evidence_store.writer import StoreWriter
from recorder.appender import Appender
from recorder.clock import SteadyClock
from recorder.errors import BadRequest, RetentionOver, RetentionRefused
from recorder.history import read_history
from recorder.journal import Journal
from recorder.retention import RetentionEnder
from tests.evidence_store.builder import ORIGIN, SESSION, open_writer, write_session

PEOPLE = [
    RetentionConfirmed(by="ac-1", by_name="林某某", t_us=1),
    RetentionConfirmed(by="ac-2", by_name="沈某某", t_us=2),
]


def _request(**changes: object) -> EndRetention:
    values: dict[str, object] = {
        "session": SESSION,
        "room": "room1",
        "case": "case-2026-014",
        "proposal": "re-1",
        "category": "ordinary",
        "until_us": 1,
        "first_index": 0,
        "confirmed": PEOPLE,
        **changes,
    }
    return EndRetention(**values)  # type: ignore[arg-type]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[StoreWriter]:
    root = tmp_path / "recorder-1"
    opened = open_writer(tmp_path, sealer=Sealer.of_store(root, ORIGIN, "machine"))
    write_session(opened, SESSION)
    write_session(opened, "s-open", close=False)
    yield opened
    opened.close()


def _ender(writer: StoreWriter, tmp_path: Path) -> RetentionEnder:
    journal = Journal(writer, SteadyClock(SystemClock()))
    return RetentionEnder(journal, [tmp_path / "recorder-1"])


def _kinds(tmp_path: Path, session: str = SESSION) -> list[str]:
    entries = LogReader(tmp_path / "recorder-1/log").entries(0, 1000)
    found = [json.loads(entry) for entry in entries]
    return [one["kind"] for one in found if one["session"] == session][-2:]


async def test_key_and_media_go_and_both_are_said(writer: StoreWriter, tmp_path: Path) -> None:
    ended = await _ender(writer, tmp_path).end(_request())
    assert (ended.keys, ended.files, ended.payloads) == (1, 5, 2)
    left = LogReader(tmp_path / "recorder-1/log").payloads(0, 1000)
    assert len(left) == 2  # of the other session
    assert _kinds(tmp_path) == ["retention.ended", "key.destroyed"]
    assert not key_file(tmp_path / "recorder-1", SESSION).exists()
    assert not (tmp_path / f"recorder-1/media/{SESSION}").exists()
    assert (tmp_path / "recorder-1/media/s-open").exists()
    again = await _ender(writer, tmp_path).end(_request())  # the answer was lost
    assert (again.keys, again.files, again.payloads) == (0, 0, 0)
    assert _kinds(tmp_path) == ["retention.ended", "key.destroyed"]


@pytest.mark.parametrize("said", [["retention.ended"], ["retention.ended", "key.destroyed"]])
async def test_it_goes_on_where_it_was_cut_off(
    writer: StoreWriter, tmp_path: Path, said: list[str]
) -> None:
    ender, root = _ender(writer, tmp_path), tmp_path / "recorder-1"
    for kind in said:
        body = {"confirmed": [{"by": "ac-1"}, {"by": "ac-2"}], "until_us": 1}
        await ender._say(kind, _request(), body if kind == "retention.ended" else {"keys": []})
    if len(said) == 2:
        await asyncio.to_thread(destroy_key, Disk(), [root], SESSION)
    ended = await ender.end(_request())
    assert (ended.files, ended.payloads) == (5, 2)
    assert _kinds(tmp_path) == ["retention.ended", "key.destroyed"]
    assert not (root / f"media/{SESSION}").exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"until_us": (1 << 53) - 1}, "not over"),
        ({"session": "s-open"}, "not closed"),
        ({"confirmed": PEOPLE[:1]}, "two people"),
        ({"confirmed": [PEOPLE[0], PEOPLE[0]]}, "two people"),
    ],
)
async def test_what_it_refuses_stays_whole(
    writer: StoreWriter, tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    with pytest.raises(RetentionRefused, match=why):
        await _ender(writer, tmp_path).end(_request(**changes))
    assert "retention.ended" not in _kinds(tmp_path)
    report = await asyncio.to_thread(verify_path, tmp_path)
    assert not [one for one in report.findings if one.code in ("missing", "retention")]


def _append(session: str, body: str) -> Append:
    key = f"{session}{body}"
    return Append(
        key=key,
        kind="utterance.second",
        session=session,
        room="room1",
        body=body.encode(),
        t_us=5,
    )


async def test_no_words_are_written_behind_the_end(writer: StoreWriter, tmp_path: Path) -> None:
    ender, log = _ender(writer, tmp_path), LogReader(tmp_path / "recorder-1/log")
    journal = Journal(writer, SteadyClock(SystemClock()))
    appender = Appender(journal, log, {}, "recorder-1", ended=ender.has_ended)
    await appender.append(_append(SESSION, '{"text":"before"}'))
    await ender.end(_request())
    for body in ('{"text":"after"}', '{"id":"x","words":[]}'):
        with pytest.raises(RetentionOver):
            await appender.append(_append(SESSION, body))
    await appender.append(_append(SESSION, '{"id":"no words"}'))
    await appender.append(_append("s-open", '{"text":"another session"}'))
    left = b"".join(log.payloads(0, 1000).values()).decode()
    assert ("after" in left, "before" in left, "another session" in left) == (False, False, True)
    history = await asyncio.to_thread(read_history, log, "recorder-1")
    restarted = _ender(writer, tmp_path)
    restarted.resume(history.ended)
    assert [restarted.has_ended(one) for one in (SESSION, "s-open")] == [True, False]


async def test_no_name_of_a_session_is_refused(writer: StoreWriter, tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        await _ender(writer, tmp_path).end(_request(session="../recorder-1"))


async def test_a_second_storage_directory_loses_both_too(tmp_path: Path) -> None:
    store, mirror = tmp_path / "store", tmp_path / "mirror"
    roots = [store / "recorder-1", mirror / "recorder-1"]
    sealer = Sealer.of_store(roots[0], ORIGIN, "machine")
    writer = await asyncio.to_thread(open_writer, store, sealer=sealer, mirrors=roots[1:])
    await asyncio.to_thread(write_session, writer, SESSION)
    path = f"media/{SESSION}/room1-camera/e001-000001.m4s"
    assert (roots[0] / path).read_bytes() == (roots[1] / path).read_bytes()
    assert key_file(roots[1], SESSION).exists()
    ended = await RetentionEnder(Journal(writer, SteadyClock(SystemClock())), roots).end(_request())
    assert ended.files == 10
    for root in roots:
        assert not key_file(root, SESSION).exists()
        assert not (root / f"media/{SESSION}").exists()
    await asyncio.to_thread(writer.close)
