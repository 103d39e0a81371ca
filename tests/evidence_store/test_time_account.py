"""Pauses have orders, tracks balance, ticks fit the time: each rule, and each way to break it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.accounting import settle
from evidence_store.books import Books
from evidence_store.entry import Entry
from evidence_store.time_account import settle_time

SECOND = 1_000_000
BOTH = ["audio", "video"]


def segment(number: int, start: int, end: int) -> dict[str, Any]:
    """A segment whose two tracks were recorded throughout."""
    stated = {"recorded_us": (end - start) * SECOND, "until_us": end * SECOND}
    if number == 1:
        stated["start_us"] = start * SECOND
    return {
        "source": "cam",
        "epoch": 1,
        "number": number,
        "path": f"{number}.m4s",
        "start_us": start * SECOND,
        "duration_us": (end - start) * SECOND,
        "tracks": {"audio": dict(stated), "video": dict(stated)},
    }


def closing() -> dict[str, Any]:
    """The account of ten seconds with a pause of two."""
    track = {
        "start_us": 0,
        "end_us": 10 * SECOND,
        "recorded_us": 8 * SECOND,
        "gap_us": 0,
        "pause_us": 2 * SECOND,
    }
    whole = {name: value for name, value in track.items() if name != "tracks"}
    tracks = {"audio": dict(track), "video": dict(track)}
    return {"source": "cam", "segments": 2, **whole, "tracks": tracks}


class Story:
    """A session of ten seconds with a pause from 4 to 6; tests change an entry and settle it."""

    def __init__(self) -> None:
        order = {"pause": "p", "start_us": 4 * SECOND}
        hole = {"source": "cam", "start_us": 4 * SECOND, "end_us": 6 * SECOND, "track": "all"}
        self.entries: list[tuple[str, float, dict[str, Any]]] = [
            ("session.open", 0, {}),
            ("recording.open", 0, {"source": "cam", "name": "Camera"}),
            ("media.init", 0, {"source": "cam", "epoch": 1}),
            ("media.segment", 4, segment(1, 0, 4)),
            ("pause.begin", 4, {**order, "tracks": BOTH, "reason": "lawyer"}),
            ("pause.end", 6, {**order, "end_us": 6 * SECOND, "why": "resumed"}),
            ("media.pause", 10, {**hole, "pause": "p"}),
            ("media.segment", 10, segment(2, 6, 10)),
            ("recording.close", 10, closing()),
            *(("tick", n, {"n": n, "missed": 0}) for n in range(1, 11)),
        ]
        self.entries.sort(key=lambda entry: entry[1])
        self.entries.append(("session.close", 10, {"recordings": [{"source": "cam"}]}))

    def body(self, kind: str, place: int = 0) -> dict[str, Any]:
        """The body of the n-th entry of a kind."""
        return [body for name, _, body in self.entries if name == kind][place]

    def without(self, kind: str, *places: int) -> None:
        """Leave entries of a kind out (all of them when no place is named)."""
        kept, seen = [], 0
        for entry in self.entries:
            if entry[0] == kind:
                seen += 1
                if not places or seen - 1 in places:
                    continue
            kept.append(entry)
        self.entries = kept

    def settled(self) -> Books:
        """The books."""
        books = Books()
        for seq, (kind, at, body) in enumerate(self.entries):
            t_us = int(at * SECOND)
            books.add(Entry(seq, kind, "s", "room1", t_us, t_us, "b", seq - 1, body))
        return books

    def codes(self) -> list[str]:
        """What the verifier finds."""
        return [finding.code for finding in settle_time(self.settled())[0]]


def test_a_whole_story_has_no_findings() -> None:
    story = Story()
    assert settle_time(story.settled()) == ([], [])
    assert settle(story.settled())[0] == []


def _set(kind: str, place: int = 0, **values: Any) -> Callable[[Story], object]:
    return lambda story: story.body(kind, place).update(values)


def _track(**values: int) -> Callable[[Story], object]:
    return lambda story: story.body("recording.close")["tracks"]["audio"].update(values)


def _stated(place: int, **values: int) -> Callable[[Story], object]:
    return lambda story: story.body("media.segment", place)["tracks"]["audio"].update(values)


def _leave_out(kind: str, *places: int) -> Callable[[Story], object]:
    return lambda story: story.without(kind, *places)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        # orders
        (_leave_out("pause.begin"), ["pause_order"]),
        (_leave_out("pause.end"), ["pause_order", "pause_broken", "pause_broken"]),
        (_set("media.pause", pause="other"), ["pause_order"]),
        (_set("media.pause", pause=7), ["pause_order"]),
        (_set("pause.begin", tracks=["audio"]), ["pause_order"]),
        (_set("pause.begin", tracks="audio"), ["pause_order"]),
        (_set("pause.begin", start_us=5 * SECOND), ["pause_order"]),
        (_set("pause.end", end_us=9 * SECOND), []),  # the picture came back before the order ended
        (_set("pause.end", end_us=2 * SECOND), ["pause_order"]),
        # what was withheld was recorded
        (_set("pause.end", end_us=10 * SECOND), ["pause_broken", "pause_broken"]),
        # tracks
        (_track(recorded_us=9 * SECOND), ["track_account"]),
        (_track(gap_us=SECOND), ["track_account"]),
        (_track(pause_us=SECOND, recorded_us=9 * SECOND), ["track_account"]),
        (_track(end_us=9 * SECOND, recorded_us=7 * SECOND), ["track_account"]),
        (_track(start_us=SECOND, recorded_us=7 * SECOND), ["track_account"]),
        (_stated(1, recorded_us=1), ["track_account"]),
        (_stated(1, recorded_us=5 * SECOND), ["track_account"]),
        (lambda story: story.body("recording.close").pop("tracks"), ["track_account"]),
        (lambda story: story.body("recording.close")["tracks"].pop("video"), ["track_account"]),
        (_set("recording.close", tracks={"audio": 1, "video": 2}), ["track_account"] * 2),
        # ticks
        (_leave_out("tick", 2), []),
        (_leave_out("tick", 2, 3, 4), ["ticks"]),
        (_leave_out("tick", 6, 7, 8, 9), ["ticks"]),
        (_leave_out("tick", 0, 1, 2), ["ticks"]),
        (_set("tick", 5, n=3), ["ticks"]),
        (_leave_out("tick"), ["ticks"]),
    ],
)
def test_each_rule_broken(change: Callable[[Story], object], codes: list[str]) -> None:
    story = Story()
    change(story)
    assert story.codes() == codes


def test_missing_ticks_that_are_declared_are_a_notice() -> None:
    story = Story()
    story.without("tick", 2, 3, 4, 5)
    story.body("tick", 2)["missed"] = 4
    findings, [notice] = settle_time(story.settled())
    assert findings == []
    assert notice.code == "ticks_missed"
    assert notice.detail.startswith("4 seconds")


def test_ticks_that_come_too_fast_do_not_fit() -> None:
    story = Story()
    more = [("tick", 9 + n / 100, {"n": 9 + n, "missed": 0}) for n in range(1, 20)]
    story.without("tick", 9)
    story.entries[-1:-1] = more
    assert "ticks" in story.codes()


def test_entries_of_an_older_recorder_are_not_held_to_it() -> None:
    story = Story()
    for kind, _, body in story.entries:
        if kind == "tick":
            del body["missed"]
        if kind in ("media.segment", "recording.close"):
            del body["tracks"]
    story.without("tick", 2, 3, 4, 5)
    assert story.codes() == []


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.none(), max_size=4))
def test_wild_bodies_never_raise(body: dict[str, Any]) -> None:
    story = Story()
    wild = [
        ("pause.begin", 10, body),
        ("pause.begin", 10, {"pause": [], "tracks": {}, "start_us": "x"}),
        ("pause.end", 10, {"pause": "p", "end_us": None}),
        ("media.segment", 10, {"source": "cam", "tracks": {"audio": body, "video": 3}}),
        ("recording.close", 10, {"source": "cam", "tracks": {"audio": body, "x": body}}),
        ("tick", 10, body),
    ]
    story.entries[-1:-1] = wild
    story.codes()
