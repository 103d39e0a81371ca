"""What a verification found: findings, totals, and a strip of time for each source.

Standard library only (part of the verifier inside a package). This module holds results; it
checks nothing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

COMPLETE = "complete"
COMPLETE_WITH_GAPS = "complete_with_gaps"
ALTERED = "altered"
MISSING = "missing"
UNREADABLE = "unreadable"
NOT_YET_WITNESSED = "not_yet_witnessed"  # nothing is wrong, but the policy's quorum is not reached

#: What each finding means for the verdict. The codes are stable; screens translate them.
VERDICT_OF_CODE = {
    "altered": ALTERED,  # a file or an entry is not what the signed log says
    "signature_wrong": ALTERED,  # a checkpoint is not signed with the log's key
    "key_mismatch": ALTERED,  # the key is not the one that was expected
    "key_certificate": ALTERED,  # a key is not certified by the key above it
    "session_seal": ALTERED,  # a session's seal is wrong, or something stands behind it
    "unlisted": ALTERED,  # a file that nothing names
    "disclosure": ALTERED,  # withheld without a decision, or there although it is withheld
    "accounting": ALTERED,  # totals in the log contradict its own entries
    "pause_order": ALTERED,  # media was withheld that no order covers, or an order never ended
    "pause_broken": ALTERED,  # media was recorded that an order withheld
    "track_account": ALTERED,  # a track's elapsed time is not recorded + gaps + pauses
    "cosignature_wrong": ALTERED,  # a cosignature of a known witness does not verify
    "split_view": ALTERED,  # a witness saw another tree of this log than the one shown
    "policy_mismatch": ALTERED,  # the policy is not the one the log names, or not of this log
    "retention": ALTERED,  # media were destroyed against the rules of retention
    "stamp_wrong": ALTERED,  # a time stamp is not over the head it lies beside, or not signed
    "document_binding": ALTERED,  # a document and the log do not say the same of each other
    "receipt": ALTERED,  # a receipt was given for something else than what is here
    "missing": MISSING,  # a file or an entry that the log names is not there
    "undeclared_gap": MISSING,  # time without media, and no entry says why
    "ticks": MISSING,  # time without a tick that no tick explains, or ticks that cannot be
    "seal_missing": MISSING,  # a session that was closed has no seal
    "log_truncated": MISSING,  # the checkpoint covers more entries than there are
    "unreadable": UNREADABLE,  # not a package or store this program can read
}
_ORDER = (UNREADABLE, ALTERED, MISSING)
_EXIT_CODE = {
    COMPLETE: 0,
    COMPLETE_WITH_GAPS: 0,
    NOT_YET_WITNESSED: 0,
    ALTERED: 1,
    MISSING: 1,
    UNREADABLE: 2,
}
#: Exit status when witnesses were required and nothing is wrong but their quorum is missing.
EXIT_NOT_WITNESSED = 3


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, as exactly as it can be named."""

    code: str
    detail: str
    session: str = ""
    source: str = ""
    path: str = ""
    start_us: int | None = None
    end_us: int | None = None


@dataclass(frozen=True)
class Notice:
    """Something a reader should know that is not wrong, such as a session still open."""

    code: str
    detail: str
    session: str = ""
    source: str = ""


@dataclass(frozen=True)
class Withheld:
    """Entries of one kind whose private payload is not at hand; no fault by itself."""

    log: str
    session: str
    kind: str
    count: int
    entries: list[int]  # their indexes, the first thousand


@dataclass(frozen=True)
class Span:
    """A stretch of one source's time: proved, gap, pause, withheld, altered or missing."""

    start_us: int
    end_us: int
    state: str


@dataclass(frozen=True)
class SourceReport:
    """One recording: its bounds and what is known of every second between them."""

    session: str
    source: str
    name: str
    start_us: int
    end_us: int
    is_open: bool  # accounted to its last segment; the session goes on
    spans: list[Span]
    track_gaps: list[dict[str, Any]]  # one track missing inside recorded time


@dataclass(frozen=True)
class LateReport:
    """A file that was handed over afterwards: never part of the live account."""

    session: str
    source: str
    file: str
    name: str  # as it was handed over
    by: str
    start_us: int  # where the file stands on the session's timeline
    end_us: int
    late_us: int  # filed where nothing was received live
    state: str  # of the original: proved, altered or missing
    spans: list[Span]  # what was filed of it


@dataclass(frozen=True)
class DerivedReport:
    """A redacted copy: a derived work, never part of any account."""

    derived: str
    session: str
    source: str
    start_us: int
    end_us: int
    state: str  # proved (its digest and its sources), altered or missing


@dataclass(frozen=True)
class LogReport:
    """The signed head that everything else hangs on."""

    origin: str
    size: int
    root: str  # hex
    key_sha256: str
    last_t_us: int  # time of the last entry that was read
    root_sha256: str = ""  # of the unit's root, when it certifies the log's keys
    session_keys: dict[str, list[str]] = field(default_factory=dict)  # fingerprints by session

    def head(self) -> dict[str, Any]:
        """The signed head alone."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "key_sha256": self.key_sha256,
        }


@dataclass(frozen=True)
class Attested:
    """Somebody's word on a stretch of a session: it came into the log between these times."""

    by: str
    not_before_us: int | None  # by that clock; None: nothing was seen without it
    not_after_us: int
    serial: str = ""  # of a time stamp, hex


@dataclass(frozen=True)
class ProtectedSpan:
    """A stretch of a session: in the log, which is flushed before it is signed, and since when."""

    start_us: int
    end_us: int
    size: int  # of the first head with all of it that somebody vouches for; 0: only the checkpoint
    witnessed: bool  # the policy's quorum has cosigned a head with all of it
    cosigned: list[Attested]
    stamped: list[Attested]


@dataclass(frozen=True)
class SessionProtection:
    """Who vouches for every second of a session."""

    session: str
    origin: str  # of the log that holds it
    spans: list[ProtectedSpan]


@dataclass(frozen=True)
class Voucher:
    """One witness or time stamping authority of one log."""

    by: str
    heads: int  # how many heads it vouched for
    size: int  # the largest of them
    last_us: int  # when, by its clock
    signed: bool  # its signature was verified (a stamp's needs openssl and a trust anchor)
    serial: str = ""  # of an authority's last time stamp, hex


@dataclass(frozen=True)
class LogProtection:
    """Who vouches for a log, and what its policy asks for."""

    origin: str
    quorum: str  # as the policy calls it; empty: there is no policy
    witnessed: int  # the size the quorum has cosigned
    cosigned: list[Voucher]
    stamped: list[Voucher]


@dataclass
class Totals:
    """Sums over all recordings: elapsed = recorded + gaps + pauses."""

    recordings: int = 0
    recorded_us: int = 0
    elapsed_us: int = 0
    gap_us: int = 0
    gaps: int = 0
    pause_us: int = 0
    entries: int = 0
    segments: int = 0
    late_us: int = 0  # handed over afterwards; in none of the sums above
    late_files: int = 0


@dataclass
class Report:
    """The whole result. ``verdict`` and ``exit_code`` follow from the rest."""

    target: str = ""
    findings: list[Finding] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    per_source: list[SourceReport] = field(default_factory=list)
    log: LogReport | None = None
    further_logs: list[LogReport] = field(default_factory=list)  # of other recorders
    late: list[LateReport] = field(default_factory=list)
    protection: list[LogProtection] = field(default_factory=list)
    seconds: list[SessionProtection] = field(default_factory=list)
    unwitnessed: list[str] = field(default_factory=list)  # sessions the quorum has not seen whole
    require_witness: bool = False  # no quorum, no success
    withheld: list[Withheld] = field(default_factory=list)
    derived: list[DerivedReport] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The worst thing found, or how complete the recordings are."""
        found = {VERDICT_OF_CODE[finding.code] for finding in self.findings}
        for verdict in _ORDER:
            if verdict in found:
                return verdict
        if self.unwitnessed:
            return NOT_YET_WITNESSED
        return COMPLETE_WITH_GAPS if self.totals.gaps else COMPLETE

    @property
    def exit_code(self) -> int:
        """0 complete (gaps declared), 1 altered or missing, 2 unreadable, 3 see require_witness."""
        asked = bool(self.protection) and all(log.quorum for log in self.protection)
        if self.require_witness and not self.findings and (self.unwitnessed or not asked):
            return EXIT_NOT_WITNESSED
        return _EXIT_CODE[self.verdict]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "target": self.target,
            "findings": [asdict(finding) for finding in self.findings],
            "notices": [asdict(notice) for notice in self.notices],
            "totals": asdict(self.totals),
            "per_source": [_source_dict(source) for source in self.per_source],
            "log": asdict(self.log) if self.log else None,
            "further_logs": [asdict(log) for log in self.further_logs],
            "late": [asdict(one) for one in self.late],
            "protection": [asdict(one) for one in self.protection],
            "seconds": [asdict(one) for one in self.seconds],
            "unwitnessed": list(self.unwitnessed),
            "withheld": [asdict(one) for one in self.withheld],
            "derived": [asdict(one) for one in self.derived],
        }

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def add_late(self, late: list[LateReport]) -> None:
        """List late files, apart from the live account."""
        self.late += late
        self.totals.late_files += len(late)
        self.totals.late_us += sum(one.late_us for one in late)

    def mentions(self, path: str) -> bool:
        """Whether a finding names this file already."""
        return any(finding.path == path for finding in self.findings)


def unreadable_report(target: str, detail: str) -> Report:
    """The report on something that cannot be verified at all."""
    return Report(target=target, findings=[Finding("unreadable", detail, path=target)])


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Join neighbours of one state; the bounds of a state stay as they are."""
    merged: list[Span] = []
    for span in spans:
        if span.end_us <= span.start_us:
            continue
        if merged and merged[-1].state == span.state:
            merged[-1] = Span(merged[-1].start_us, span.end_us, span.state)
        else:
            merged.append(span)
    return merged


def _source_dict(source: SourceReport) -> dict[str, Any]:
    value = asdict(source)
    value["open"] = value.pop("is_open")
    return value
