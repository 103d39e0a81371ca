"""What a restarted recorder makes of its own log, and idempotent appends."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import dataclass
from typing import Any

from config.words import GapCause
from recorder.history import LOOK_BACK, entry_digest, read_history


@dataclass
class Size:
    size: int


class FakeLog:
    """A log in a list."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.pages = 0

    def add(self, kind: str, session: str, **body: Any) -> None:
        entry = {
            "body": body,
            "kind": kind,
            "session": session,
            "room": "room1" if session else "",
            "seq": len(self.raw),
            "t_us": 1000 + len(self.raw),
        }
        self.raw.append(json.dumps(entry).encode())

    def checkpoint(self) -> Size:
        return Size(len(self.raw))

    def opened(self, first: int, limit: int) -> list[bytes]:
        self.pages += 1
        return self.raw[first : first + limit]

    def leaf_hashes(self, first: int, limit: int) -> list[bytes]:
        return [b""] * limit


def media(log: FakeLog, session: str, start_us: int, number: int, epoch: int = 1) -> None:
    log.add(
        "media.segment",
        session,
        source="cam",
        epoch=epoch,
        number=number,
        start_us=start_us,
        duration_us=100,
        path=f"media/{session}/cam/e{epoch:03d}-{number:06d}.m4s",
    )


def begin(log: FakeLog, session: str) -> None:
    log.add("session.open", session, case="c")
    log.add(
        "recording.open",
        session,
        source="cam",
        name="Camera",
        source_kind="room_camera",
        origin_us=5000,
        channels=["interviewer"],
    )
    log.add("media.init", session, source="cam", epoch=1)


def tick(log: FakeLog, session: str, n: int, state: str) -> None:
    log.add("tick", session, n=n, sources={"cam": state}, disk_free_bytes=1)


def test_an_empty_log() -> None:
    assert read_history(FakeLog(), "recorder-1").open == []


def test_an_open_session_is_rebuilt_to_the_microsecond() -> None:
    log = FakeLog()
    begin(log, "s-a")
    media(log, "s-a", 5000, 1)
    log.add(
        "media.gap", "s-a", source="cam", start_us=5100, end_us=5150, cause="network", track="all"
    )
    log.add(
        "media.gap", "s-a", source="cam", start_us=5100, end_us=9150, cause="network", track="video"
    )
    media(log, "s-a", 5150, 2, epoch=2)
    tick(log, "s-a", 1, "recording")
    begin(log, "s-b")
    tick(log, "s-b", 1, "recording")
    log.add("session.close", "s-b")
    history = read_history(log, "recorder-1")
    [past] = history.open
    assert history.closed == {"s-b"}
    assert (past.session, past.room, past.ticks) == ("s-a", "room1", 1)
    [recording] = past.recordings
    ledger = recording.past.ledger
    assert (ledger.start_us, ledger.end_us, ledger.recorded_us, ledger.gap_us) == (
        5000,
        5250,
        200,
        50,
    )
    assert ledger.balanced
    assert (recording.past.last_epoch, recording.past.last_number) == (2, 2)
    assert recording.past.was_live
    assert list(recording.past.refs)[1].init_path == "recorder-1/media/s-a/cam/e002-init.mp4"
    gaps = ledger.gaps_until(5300, GapCause.RECORDER)
    assert [(gap.start_us, gap.end_us) for gap in gaps] == [(5250, 5300)]


def test_the_last_tick_says_whether_a_source_was_live() -> None:
    log = FakeLog()
    begin(log, "s-a")
    media(log, "s-a", 5000, 1)
    tick(log, "s-a", 1, "recording")
    tick(log, "s-a", 2, "offline")
    [past] = read_history(log, "x").open
    assert not past.recordings[0].past.was_live


def test_a_session_opened_long_ago_is_found() -> None:
    log = FakeLog()
    log.add("session.open", "s-old", case="c")
    log.add("session.close", "s-old")
    log.add("session.open", "s-a", case="c")
    for n in range(2 * LOOK_BACK):
        tick(log, "s-a", n + 1, "recording")
    history = read_history(log, "x")
    assert [past.session for past in history.open] == ["s-a"]
    assert history.open[0].ticks == 2 * LOOK_BACK


def test_each_page_that_is_read_is_told() -> None:
    log = FakeLog()
    begin(log, "s-a")
    for n in range(4500):
        tick(log, "s-a", n + 1, "recording")
    told: list[int] = []
    read_history(log, "x", lambda: told.append(log.pages))
    assert told == list(range(10))  # five pages backwards, the same forwards; told before each


def test_a_log_without_open_sessions_is_not_read_to_its_beginning() -> None:
    log = FakeLog()
    for _ in range(3 * LOOK_BACK):
        log.add("login.ok", "")
    assert read_history(log, "x").open == []
    assert log.pages * 1000 <= LOOK_BACK + 1000


class LongLog(FakeLog):
    """One session that goes on: its entries are made when they are asked for."""

    def __init__(self, size: int) -> None:
        super().__init__()
        begin(self, "s-a")
        self._size = size

    def checkpoint(self) -> Size:
        return Size(self._size)

    def opened(self, first: int, limit: int) -> list[bytes]:
        page = FakeLog()
        page.raw = self.raw[first : first + limit]
        for index in range(first + len(page.raw), first + limit):
            if index % 2:
                tick(page, "s-a", index, "recording")
            else:
                media(page, "s-a", 5000 + (index - 4) // 2 * 100, index // 2 - 1)
        return page.raw


def read_traced(size: int) -> tuple[int, int]:
    """The segments found, and the most bytes that were in use while reading."""
    tracemalloc.start()
    try:
        [past] = read_history(LongLog(size), "x").open
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return len(past.recordings[0].past.refs), peak


def test_a_long_session_is_read_without_keeping_its_entries() -> None:
    """Kept, they were more than a kilobyte each, half a million of them after a day."""
    (some, less), (thrice, more) = read_traced(4_000), read_traced(12_000)
    assert (some, thrice) == (1_998, 5_998)
    assert more - less < 200 * 8_000


def test_an_entry_that_cannot_be_understood_does_not_stop_the_recorder() -> None:
    log = FakeLog()
    begin(log, "s-a")
    media(log, "s-a", 4000, 1)
    tick(log, "s-a", 1, "recording")
    begin(log, "s-b")
    tick(log, "s-b", 1, "recording")
    assert [past.session for past in read_history(log, "x").open] == ["s-b"]


def test_entries_of_others_are_recognised_again() -> None:
    log = FakeLog()
    log.add("marker", "s-a", text="x", at=[1, {"b": 2, "a": 1}])
    history = read_history(log, "x")
    digest = entry_digest(
        "marker", "s-a", "room1", {"at": [1, {"a": 1, "b": 2}], "text": "x"}, 1000
    )
    assert history.appended == {digest: 0}
