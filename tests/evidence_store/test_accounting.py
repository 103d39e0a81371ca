"""The books: every second has one explanation, or a finding says which has none."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.accounting import JOINT_US, settle, source_reports
from evidence_store.books import Books
from evidence_store.entry import Entry
from evidence_store.report import Finding, Report, Span, merge_spans, unreadable_report

SECOND = 1_000_000


class Script:
    """Feeds entries to the books."""

    def __init__(self) -> None:
        self.books = Books()
        self.seq = 0

    def add(self, kind: str, body: dict[str, Any], session: str = "s1", t_us: int = 0) -> None:
        entry = Entry(self.seq, kind, session, "room1", t_us, 0, "00", -1, body)
        self.books.add(entry)
        self.seq += 1

    def begin(self) -> None:
        self.add("session.open", {"case": "c"})
        self.add("recording.open", {"source": "cam", "name": "camera"})
        self.add("media.init", {"source": "cam", "epoch": 1, "path": "i"})

    def segment(self, start: int, duration: int, epoch: int = 1) -> None:
        body = {"source": "cam", "epoch": epoch, "path": f"m{start}", "start_us": start}
        self.add("media.segment", {**body, "duration_us": duration})

    def hole(self, start: int, end: int, kind: str = "media.gap", track: str = "all") -> None:
        body = {"source": "cam", "start_us": start, "end_us": end, "cause": "network"}
        self.add(kind, {**body, "track": track})

    def close(self, start: int, end: int, **totals: int) -> None:
        body = {"source": "cam", "start_us": start, "end_us": end, **totals}
        self.add("recording.close", body)
        self.add("session.close", {"recordings": [body]}, t_us=end)

    def findings(self) -> list[Finding]:
        return list(settle(self.books)[0])

    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings()]

    def spans(self) -> list[tuple[int, int, str]]:
        (report,), _ = source_reports(self.books, lambda path: "proved")
        return [(span.start_us, span.end_us, span.state) for span in report.spans]


@pytest.mark.parametrize(("kind", "gaps"), [("call", 0), ("room_camera", 1)])
def test_between_two_calls_nothing_is_missing(kind: str, gaps: int) -> None:
    script = Script()
    script.add("session.open", {"case": "c"})
    script.add("recording.open", {"source": "cam", "name": "", "source_kind": kind})
    script.add("media.init", {"source": "cam", "epoch": 1, "path": "i"})
    script.segment(0, SECOND)
    hole = {"source": "cam", "start_us": SECOND, "end_us": 3 * SECOND, "track": "all"}
    script.add("media.gap", {**hole, "cause": "no_call"})
    script.segment(3 * SECOND, SECOND)
    script.close(0, 4 * SECOND, recorded_us=2 * SECOND, segments=2, gap_us=2 * SECOND)
    assert script.codes() == []
    _, totals = source_reports(script.books, lambda path: "proved")
    assert totals.gaps == gaps  # the verdict is complete, without gaps, for a call alone
    assert totals.elapsed_us == totals.recorded_us + totals.gap_us == (2 + 2 * gaps) * SECOND


def test_segments_within_the_joint_are_contiguous() -> None:
    script = Script()
    script.begin()
    script.segment(0, SECOND)
    script.segment(SECOND + JOINT_US, SECOND)
    script.segment(2 * SECOND, SECOND)
    assert script.codes() == []
    assert script.spans() == [(0, 3 * SECOND, "proved")]


def test_a_hole_without_an_entry_is_an_undeclared_gap_with_its_bounds() -> None:
    script = Script()
    script.begin()
    script.segment(0, SECOND)
    script.segment(3 * SECOND, SECOND)
    (finding,) = script.findings()
    assert (finding.code, finding.start_us, finding.end_us) == (
        "undeclared_gap",
        SECOND,
        3 * SECOND,
    )
    assert script.spans()[1] == (SECOND, 3 * SECOND, "missing")


def test_a_gap_that_covers_only_a_part_leaves_the_rest_undeclared() -> None:
    script = Script()
    script.begin()
    script.segment(0, SECOND)
    script.hole(SECOND, 2 * SECOND)
    script.segment(4 * SECOND, SECOND)
    (finding,) = script.findings()
    assert (finding.start_us, finding.end_us) == (2 * SECOND, 4 * SECOND)


def test_a_gap_of_one_track_covers_nothing_and_is_listed_apart() -> None:
    script = Script()
    script.begin()
    script.segment(0, SECOND)
    script.hole(0, SECOND, track="audio")
    script.segment(3 * SECOND, SECOND)
    assert script.codes() == ["undeclared_gap"]
    (report,), totals = source_reports(script.books, lambda path: "proved")
    assert report.track_gaps == [
        {"start_us": 0, "end_us": SECOND, "track": "audio", "cause": "network"}
    ]
    assert (totals.gaps, totals.gap_us) == (1, 0)


def test_head_and_tail_count_too() -> None:
    script = Script()
    script.begin()
    script.segment(2 * SECOND, SECOND)
    script.close(0, 5 * SECOND, recorded_us=SECOND, segments=1, gap_us=4 * SECOND)
    gaps = [
        (finding.start_us, finding.end_us)
        for finding in script.findings()
        if finding.code == "undeclared_gap"
    ]
    assert gaps == [(0, 2 * SECOND), (3 * SECOND, 5 * SECOND)]


def test_overlapping_segments_contradict_each_other() -> None:
    script = Script()
    script.begin()
    script.segment(0, 2 * SECOND)
    script.segment(SECOND, 2 * SECOND)
    (finding,) = script.findings()
    assert (finding.code, finding.start_us, finding.end_us) == (
        "accounting",
        SECOND,
        2 * SECOND,
    )


@pytest.mark.parametrize(
    ("totals", "code"),
    [
        ({"recorded_us": 2 * SECOND, "segments": 2}, None),
        ({"recorded_us": 9 * SECOND, "segments": 2}, "accounting"),
        ({"recorded_us": 2 * SECOND, "segments": 3}, "missing"),
        ({"recorded_us": 2 * SECOND, "segments": 1}, "accounting"),
        ({"recorded_us": 2 * SECOND, "segments": 2, "gap_us": SECOND}, "accounting"),
        ({"recorded_us": 2 * SECOND, "segments": 2, "pause_us": SECOND}, "accounting"),
    ],
)
def test_stated_totals_must_agree(totals: dict[str, int], code: str | None) -> None:
    script = Script()
    script.begin()
    script.segment(0, SECOND)
    script.segment(SECOND, SECOND)
    script.close(0, 2 * SECOND, **totals)
    assert script.codes() == ([code] if code else [])


def test_an_identity_that_does_not_hold() -> None:
    script = Script()
    script.begin()
    script.segment(0, 2 * SECOND)
    script.hole(0, 2 * SECOND)  # claims time that was recorded
    script.close(0, 2 * SECOND, recorded_us=2 * SECOND, segments=1, gap_us=2 * SECOND)
    assert script.codes() == ["accounting"]


def test_what_is_missing_from_a_session() -> None:
    script = Script()
    script.add("recording.open", {"source": "cam"})
    script.segment(0, SECOND, epoch=3)
    script.add("session.close", {"recordings": [{"source": "other"}, "junk"]})
    details = [finding.detail for finding in script.findings()]
    assert details == [
        "no entry says when this session was opened",
        "the session was closed, but this recording never was",
        "the session names a recording without entries",
        "no entry names the init segment that this segment needs",
    ]
    assert script.spans() == [(0, SECOND, "missing")]


def test_an_open_session_is_accounted_to_its_last_entry() -> None:
    script = Script()
    script.begin()
    script.segment(0, SECOND)
    script.hole(SECOND, 4 * SECOND, kind="media.pause")
    findings, notices = settle(script.books)
    assert findings == []
    assert [notice.code for notice in notices] == ["session_open"]
    (report,), totals = source_reports(script.books, lambda path: "proved")
    assert (report.is_open, report.end_us, totals.pause_us) == (True, 4 * SECOND, 3 * SECOND)


def test_entries_of_other_kinds_and_of_no_session_are_only_counted() -> None:
    script = Script()
    script.add("log.open", {}, session="")
    script.add("tick", {}, session="unknown")
    assert script.books.entries == 2
    assert script.books.sessions == {}


def test_an_unclean_stop_is_a_notice_not_a_fault() -> None:
    script = Script()
    script.add("recover", {"discarded_bytes": 7, "orphans_total": 2}, session="")
    findings, (notice,) = settle(script.books)
    assert findings == []
    assert (notice.code, notice.session) == ("recovered", "")
    assert "7 bytes discarded, 2 files set aside" in notice.detail


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.none(), max_size=4))
def test_wild_bodies_never_raise(body: dict[str, Any]) -> None:
    script = Script()
    for kind in (
        "session.open",
        "recording.open",
        "media.init",
        "media.segment",
        "media.gap",
        "recording.close",
        "session.close",
    ):
        script.add(kind, body)
        script.add(kind, {"source": 1, "start_us": "x", "duration_us": None, "epoch": []})
    settle(script.books)
    source_reports(script.books, lambda path: "missing")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400_000)), max_size=12))
def test_spans_are_ordered_and_cover_the_whole_recording(parts: list[tuple[int, int]]) -> None:
    script = Script()
    script.begin()
    cursor = 0
    for kind, length in parts:
        if kind == 0:
            script.hole(cursor, cursor + length)
        elif kind == 1:
            script.hole(cursor, cursor + length, kind="media.pause")
        elif kind != 2:
            script.segment(cursor, length)
        cursor += length
    (report,), totals = source_reports(script.books, lambda path: "proved")
    spans = report.spans
    for before, after in itertools.pairwise(spans):
        assert before.end_us <= after.start_us <= before.end_us + JOINT_US
        assert before.state != after.state or before.end_us < after.start_us
    undeclared = sum(span.end_us - span.start_us for span in spans if span.state == "missing")
    explained = totals.recorded_us + totals.gap_us + totals.pause_us
    slack = JOINT_US * (len(parts) + 1)
    assert abs(totals.elapsed_us - explained - undeclared) <= slack


def test_spans_of_one_state_are_joined() -> None:
    spans = [Span(0, 1, "gap"), Span(1, 1, "proved"), Span(1, 3, "gap"), Span(3, 4, "proved")]
    assert merge_spans(spans) == [Span(0, 3, "gap"), Span(3, 4, "proved")]


@pytest.mark.parametrize(
    ("codes", "verdict", "status"),
    [
        ([], "complete", 0),
        (["missing"], "missing", 1),
        (["missing", "altered"], "altered", 1),
        (["altered", "unreadable"], "unreadable", 2),
        (["undeclared_gap"], "missing", 1),
    ],
)
def test_the_worst_finding_decides(codes: list[str], verdict: str, status: int) -> None:
    report = Report(findings=[Finding(code, "detail") for code in codes])
    assert (report.verdict, report.exit_code) == (verdict, status)
    assert unreadable_report("x", "y").to_dict()["verdict"] == "unreadable"
