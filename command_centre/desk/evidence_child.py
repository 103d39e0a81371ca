"""Verification and export, in a process of their own (``python -m`` this module).

Hashing a session takes minutes of CPU; in the centre it would delay every desk. The parent writes
one ``Order`` as a line on standard input and reads ``Line``s from standard output: progress, then
one result or one error. Nothing else is shared, so the child may be killed at any moment; an
export that was not finished is removed by the parent.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from command_centre.desk.orders import Line, Order
from evidence_store.copies import compare_copies, logs_at_home
from evidence_store.errors import EvidenceError, OpenWords
from evidence_store.export import export_package
from evidence_store.report import UNREADABLE, Report, Span, Totals
from evidence_store.verify import verify_path

Say = Callable[[Line], None]

_PROGRESS_S = 0.1  # a line of progress at most this often


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an export."""

    size: int
    files: int
    verdict: str
    sha256: str  # of the package's manifest, which names every file's hash
    root: str
    tree_size: int


def main() -> int:
    """Carry out the order on standard input."""
    os.nice(5)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    try:
        result = _WORK[order.kind](order)
    except OpenWords as error:
        _say(Line(error={"code": "open_words", "detail": str(error)}))
        return 1
    except EvidenceError as error:
        _say(Line(error={"code": "evidence_error", "detail": str(error)}))
        return 1
    except OSError as error:
        _say(Line(error={"code": "disk_error", "detail": error.strerror or str(error)}))
        return 1
    _say(Line(result=result))
    return 0


def _verify(order: Order) -> dict[str, Any]:
    report = verify_path(
        Path(order.store), progress=_progress(0, 1000, _say), sessions=order.sessions
    )
    return narrow(report, order.sessions, order.segments).to_dict()


def _check(order: Order) -> dict[str, Any]:
    """Packages somebody brought: each verified, beside this store, and beside each other."""
    paths = [Path(one) for one in order.packages]
    store = Path(order.store)
    share = 900 // len(paths)
    reports = [
        verify_path(path, progress=_progress(number * share, (number + 1) * share, _say))
        for number, path in enumerate(paths)
    ]
    logs = [one.parent for one in sorted(store.glob("*/log/checkpoint"))]
    copies = None
    if len(paths) > 1 and all(one.verdict != UNREADABLE for one in reports):
        copies = compare_copies(paths[0], paths[1], _progress(900, 1000, _say)).to_dict()
    return {
        "reports": [one.to_dict() for one in reports],
        "home": [
            [asdict(log) for log in logs_at_home(path, logs)] if one.verdict != UNREADABLE else []
            for path, one in zip(paths, reports, strict=True)
        ],
        "copies": copies,
    }


def carry_out_export(order: Order, say: Say | None = None) -> dict[str, Any]:
    """Make the package, verify what was written, and sum it up."""
    out = Path(order.out)
    summary = export_package(
        Path(order.store),
        out,
        sessions=order.sessions,
        case=order.case,
        reason=order.reason,
        by=order.by,
        disclosure=order.disclosure,
        sealed=order.sealed,
        progress=_progress(0, 600, say or _say),
    )
    report = verify_path(out, progress=_progress(600, 1000, say or _say))
    made = Exported(
        size=summary.size_bytes,
        files=summary.files,
        verdict=report.verdict,
        sha256=summary.sha256,
        root=summary.root,
        tree_size=summary.log_size,
    )
    return {**msgspec.to_builtins(made), "report": report.to_dict()}


def narrow(report: Report, sessions: Collection[str], segments: int) -> Report:
    """A store's report, limited to these sessions and to what concerns the log as a whole."""
    sources = [one for one in report.per_source if one.session in sessions]
    spans = [span for source in sources for span in source.spans]
    gaps = [span for span in spans if span.state == "gap"]
    pauses = [span for span in spans if span.state == "pause"]
    elapsed_us, gap_us, pause_us = _length(spans), _length(gaps), _length(pauses)
    totals = Totals(
        recordings=len(sources),
        recorded_us=elapsed_us - gap_us - pause_us,
        elapsed_us=elapsed_us,
        gap_us=gap_us,
        gaps=len(gaps),
        pause_us=pause_us,
        entries=report.totals.entries,  # the log is verified whole
        segments=segments,
    )
    narrowed = Report(
        target=report.target,
        findings=[one for one in report.findings if one.session in ("", *sessions)],
        notices=[one for one in report.notices if one.session in ("", *sessions)],
        totals=totals,
        per_source=sources,
        log=report.log,
        protection=report.protection,
        seconds=[one for one in report.seconds if one.session in sessions],
        unwitnessed=[one for one in report.unwitnessed if one in sessions],
    )
    narrowed.add_late([one for one in report.late if one.session in sessions])
    return narrowed


def _length(spans: list[Span]) -> int:
    return sum(span.end_us - span.start_us for span in spans)


_WORK: dict[str, Callable[[Order], dict[str, Any]]] = {
    "verify": _verify,
    "export": carry_out_export,
    "check": _check,
}


def _progress(begin: int, end: int, say: Say) -> Callable[[float], None]:
    last = 0.0

    def tell(done: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_S:
            last = now
            say(Line(progress=begin + int((end - begin) * min(max(done, 0.0), 1.0))))

    return tell


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
