"""What a demo run measured, as rows that hold or do not. Arithmetic only."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from command_centre.demo_timeline import Turn
from command_centre.demo_watch import Heard, Watch
from command_centre.desk.views import Prompt
from config.settings import Settings
from config.words import MICROSECONDS

#: Share of the characters spoken that must be recognised.
WANTED_RECALL = 0.80
WANTED_PROMPT_MS = 200
WANTED_WORDS_S = 1.5
WANTED_PICTURE_MS = 500
WANTED_PROTECTED_S = 3.0
WANTED_SYNC_MS = 45  # where viewers begin to notice, ITU-R BT.1359
#: Durations of a recording and of its parts agree to this (one audio packet and rounding).
UNDECLARED_US = 100_000
#: Time after a turn within which its final words must have been heard to count.
SETTLING_US = 1_500_000

#: A draft is there so soon after the end of an interview.
WANTED_DRAFT_S = 60.0

#: From and to, in microseconds since the epoch.
Span = tuple[int, int]


@dataclass(frozen=True)
class Row:
    """One line of the table; ``held`` is None when it only informs."""

    what: str
    measured: str
    wanted: str = ""
    held: bool | None = None


def percentile(values: Iterable[float], share: float) -> float:
    """The nearest-rank percentile; not a number without values."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def recording_rows(
    recordings: Sequence[Mapping[str, Any]],
    sources: Iterable[str],
    watch: Watch,
    start_us: int,
) -> list[Row]:
    """Each source's recordings: how long, what is missing, and whether that is declared."""
    rows = []
    for source in sources:
        own = [one for one in recordings if one["source"] == source and one["end_us"]]
        recorded = sum(one["recorded_us"] for one in own)
        gap = sum(one["gap_us"] for one in own)
        pause = sum(one.get("pause_us", 0) for one in own)
        elapsed = sum(one["end_us"] - one["start_us"] for one in own)
        undeclared = elapsed - recorded - gap - pause
        rates = watch.bit_rates[source]
        mean_rate = sum(rates) / len(rates) / 1000 if rates else 0
        rows.append(
            Row(
                f"{source}: recorded, gaps, undeclared",
                f"{recorded / 1e6:.1f} s, {gap / 1e6:.1f} s, {undeclared / 1e6:.3f} s, "
                f"{mean_rate:.0f} kbit/s",
                "undeclared 0",
                recorded > 0 and abs(undeclared) <= UNDECLARED_US,
            )
        )
        rows.append(_protected_row(source, own, watch, start_us))
    return rows


def _protected_row(
    source: str, own: Sequence[Mapping[str, Any]], watch: Watch, start_us: int
) -> Row:
    """From the source's start (its offer, or its clip's if later) to its first second protected."""
    origin = min((one["start_us"] for one in own), default=0)
    began = max(watch.began_us.get(source, origin), start_us)
    after = [
        (arrived - began) / 1e6
        for arrived, until in watch.first_protected[source]
        if until - origin >= MICROSECONDS
    ]
    if not origin or not after:
        return Row(f"{source}: first second protected", "never seen", "", None)
    return Row(
        f"{source}: first second protected",
        f"after {min(after):.2f} s",
        f"≤ {WANTED_PROTECTED_S:g} s",
        None if min(after) > WANTED_PROTECTED_S else True,
    )


def word_rows(
    turns: Iterable[Turn], heard: Sequence[Heard], spans: Mapping[str, Sequence[Span]]
) -> list[Row]:
    """Per room: characters of the turns that were recorded whole and recognised, in order.

    ``spans`` gives, by room, the stretches that were recorded without a gap.
    """
    spoken = [
        turn
        for turn in turns
        if any(
            start_us <= turn.start_us and turn.end_us + SETTLING_US <= end_us
            for start_us, end_us in spans.get(turn.room, ())
        )
    ]
    rows = []
    for room, of_room in groupby(sorted(spoken, key=lambda t: t.room), key=lambda t: t.room):
        matched = expected = 0
        own = list(of_room)
        for speaker in sorted({turn.speaker for turn in own}):
            text = "".join(bare(turn.text) for turn in own if turn.speaker == speaker)
            said = [one for one in heard if (one.room, one.speaker) == (room, speaker)]
            found = "".join(bare(one.text) for one in sorted(said, key=lambda one: one.start_us))
            matched += common_length(text, found)
            expected += len(text)
        share = matched / expected if expected else 0.0
        rows.append(
            Row(
                f"{room}: words recognised",
                f"{matched} of {expected} characters, {share:.0%}",
                f"≥ {WANTED_RECALL:.0%}",
                share >= WANTED_RECALL,
            )
        )
    return rows


def recorded_spans(recordings: Iterable[Mapping[str, Any]]) -> list[Span]:
    """The stretches of these recordings between their gaps."""
    spans: list[Span] = []
    for recording in recordings:
        start_us = recording["start_us"]
        for gap in sorted(recording["gaps"], key=lambda one: one["start_us"]):
            spans.append((start_us, gap["start_us"]))
            start_us = gap["end_us"]
        spans.append((start_us, recording["end_us"]))
    return spans


def latency_rows(watch: Watch, picture_ms: Sequence[float]) -> list[Row]:
    """Final words and live picture; targets of the design, not conditions of success."""
    behind = [(one.arrived_us - one.end_us) / 1e6 for one in watch.heard]
    rows = [
        Row(
            f"final words after being spoken ({len(behind)})",
            f"p50 {percentile(behind, 0.5):.2f} s, p95 {percentile(behind, 0.95):.2f} s",
            f"≤ {WANTED_WORDS_S:g} s",
            True if percentile(behind, 0.95) <= WANTED_WORDS_S else None,
        )
    ]
    p50 = percentile(picture_ms, 0.5)
    rows.append(
        Row(
            f"live picture behind ({len(picture_ms)} frames)",
            f"p50 {p50:.0f} ms, p95 {percentile(picture_ms, 0.95):.0f} ms",
            f"p50 ≤ {WANTED_PICTURE_MS} ms",
            True if p50 <= WANTED_PICTURE_MS else None,
        )
    )
    return rows


def draft_row(behind_s: Sequence[float | None]) -> Row:
    """How long after the end of each interview its draft was there; None: it was not."""
    there = [one for one in behind_s if one is not None]
    return Row(
        f"drafts of the records ({len(there)}) after the end",
        f"{max(there):.1f} s at most" if there else "none",
        f"≤ {WANTED_DRAFT_S:g} s",
        len(there) == len(behind_s) and max(there, default=math.inf) <= WANTED_DRAFT_S,
    )


def sync_row(source: str, errors_ms: Sequence[float]) -> Row:
    """Sound against picture in the recording, from the clips' marks."""
    worst = max((abs(error) for error in errors_ms), default=math.nan)
    return Row(
        f"{source}: sound against picture ({len(errors_ms)} marks)",
        f"p50 {percentile(errors_ms, 0.5):+.0f} ms, worst {worst:.0f} ms",
        f"within {WANTED_SYNC_MS} ms",
        True if worst <= WANTED_SYNC_MS else None,
    )


def prompt_rows(sent: Sequence[str], prompts: Mapping[str, Prompt]) -> list[Row]:
    """Each prompt's way: issued, delivered, shown, acknowledged."""
    rows = []
    for name in sent:
        prompt = prompts.get(name)
        if prompt is None:
            rows.append(Row("prompt", "never came back", "acknowledged", False))
            continue
        times = prompt.times
        steps = [
            (step, getattr(times, f"{step}_us")) for step in ("delivered", "shown", "acknowledged")
        ]
        said = [
            f"{step} +{(t - times.issued_us) / 1000:.0f} ms"
            for step, t in steps
            if t is not None and times.issued_us is not None
        ]
        shown_ms = (
            (times.shown_us - times.issued_us) / 1000
            if times.shown_us is not None and times.issued_us is not None
            else math.inf
        )
        quick = "" if shown_ms <= WANTED_PROMPT_MS else " (slow)"
        rows.append(
            Row(
                f"prompt in {prompt.room}",
                (", ".join(said) or "only issued") + quick,
                f"shown ≤ {WANTED_PROMPT_MS} ms, acknowledged",
                times.shown_us is not None and times.acknowledged_us is not None,
            )
        )
    return rows or [Row("prompt", "none sent", "one sent, shown and acknowledged", False)]


def voucher_rows(report: Mapping[str, Any], settings: Settings) -> list[Row]:
    """Who cosigned and who stamped the logs of the package, of those who were asked."""
    logs = report.get("protection", [])
    outside = [line.split()[0] for line in settings.witness.outside]
    asked = [line.split()[0] for line in settings.stamp.authorities]
    rows = []
    for what, kind, wanted in (
        ("logs: cosigned", "cosigned", outside),
        ("logs: time-stamped", "stamped", asked),
    ):
        by = [[one["by"] for one in log[kind]] for log in logs]
        if not wanted:
            rows.append(Row(what, "nobody outside was asked", "", None))
            continue
        told = "; ".join(", ".join(names) or "nobody" for names in by) or "no log"
        held = bool(by) and all(set(wanted) <= set(names) for names in by)
        rows.append(Row(what, f"by {told}", f"by {', '.join(wanted)}", held))
    return rows


def package_rows(verdict: str, exit_code: int, script_exit: int, script_words: str) -> list[Row]:
    """What `duizhi verify` and the package's own verify.py said."""
    complete = {"complete", "complete_with_gaps"}
    return [
        Row(
            "package: duizhi verify",
            f"{verdict}, exit {exit_code}",
            "complete, exit 0",
            exit_code == 0 and verdict in complete,
        ),
        Row(
            "package: its own verify.py",
            f"{script_words}, exit {script_exit}",
            "exit 0",
            script_exit == 0,
        ),
    ]


def bare(text: str) -> str:
    """Only what is spoken: no punctuation, no spaces, no marks for unknown words."""
    return re.sub(r"\[[^\]]*\]|[\W_]", "", text)


def common_length(expected: str, found: str) -> int:
    """Length of the longest common subsequence: characters that were recognised in order."""
    row = [0] * (len(found) + 1)
    for wanted in expected:
        diagonal = 0
        for column, character in enumerate(found, start=1):
            above = row[column]
            row[column] = diagonal + 1 if character == wanted else max(above, row[column - 1])
            diagonal = above
    return row[-1]
