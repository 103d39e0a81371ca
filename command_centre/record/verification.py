"""The report of a verification as a document: what was looked at, the verdict, the details.

Pure: the report of ``evidence_store`` (as plain values) in, the JSON for ``verification.typ`` out.
It adds nothing to what the verification found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from command_centre.record.verification_words import WORDS, Words

#: Findings and gaps listed one by one; the counts are always whole.
LISTED_MAX = 200
_CHINA = timezone(timedelta(hours=8))
_GOOD = ("complete", "complete_with_gaps")


@dataclass(frozen=True)
class Asked:
    """What was verified, and for whom."""

    unit: str
    about: str  # the case or the file, in words
    by: str
    made_us: int
    language: str  # zh | en
    sources: Mapping[str, str]  # name by source id, where it is this centre's and known


def verification_sheet(
    asked: Asked,
    reports: Sequence[Mapping[str, Any]],
    home: Sequence[Sequence[Mapping[str, Any]]] = (),
    copies: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The fields of ``verification.typ``."""
    words = WORDS[asked.language]
    made = datetime.fromtimestamp(asked.made_us / 1e6, UTC).astimezone(_CHINA)
    several = len(reports) > 1
    return {
        "lang": asked.language,
        "title": words.title,
        "agency": asked.unit,
        "about": asked.about,
        "made": [made.year, made.month, made.day],
        "facts": [
            [words.about, asked.about],
            [words.at, _moment(asked.made_us) + words.zone],
            [words.by, asked.by],
        ],
        "copies": [
            _copy(report, words, asked, words.copy_name(number) if several else "")
            for number, report in enumerate(reports, 1)
        ],
        "beside": _beside(home, copies, words),
        "words": words.headings,
        "method": list(words.method),
    }


def _copy(report: Mapping[str, Any], words: Words, asked: Asked, name: str) -> dict[str, Any]:
    findings = report["findings"]
    recorded = {one["source"]: one["name"] for one in report["per_source"] if one["name"]}
    names = recorded | dict(asked.sources)
    gaps = list(_gaps(report, words, names))
    lead, rest, tone = _verdict(report, words)
    return {
        "name": name,
        "lead": lead,
        "rest": rest,
        "tone": tone,
        "findings": [_finding(one, words, names) for one in findings[:LISTED_MAX]],
        "more_findings": _more(len(findings), words),
        "sources": [_source(one, words, names) for one in report["per_source"]],
        "gaps": gaps[:LISTED_MAX],
        "more_gaps": _more(len(gaps), words),
        "logs": [
            _log(log, words) for log in [report["log"], *report["further_logs"]] if log is not None
        ],
        "vouchers": [
            [_voucher(one, words), f"{one['size']:,}", _moment(one["last_us"])]
            for log in report["protection"]
            for one in [*log["cosigned"], *log["stamped"]]
        ],
    }


def _voucher(one: Mapping[str, Any], words: Words) -> str:
    """A witness by its name, an authority with the serial number of its last time stamp."""
    name = words.own.get(one["by"], str(one["by"]))
    serial = one.get("serial")
    return words.stamp(name, str(serial)) if serial else name


def _more(count: int, words: Words) -> str:
    return words.more(count - LISTED_MAX) if count > LISTED_MAX else ""


def _verdict(report: Mapping[str, Any], words: Words) -> tuple[str, str, str]:
    totals, verdict = report["totals"], report["verdict"]
    lead = words.leads[verdict]
    if verdict in (*_GOOD, "not_yet_witnessed"):
        rest = words.complete(
            totals["recordings"],
            span(totals["recorded_us"], words),
            totals["gaps"],
            span(totals["gap_us"], words),
        )
        return lead, rest, "good" if verdict in _GOOD else "wait"
    return lead, words.wrong(len(report["findings"])), "bad"


def _finding(one: Mapping[str, Any], words: Words, names: Mapping[str, str]) -> str:
    text = words.findings.get(one["code"], words.findings["altered"])
    where = names.get(one["source"]) or one["source"] or words.record_itself
    if one["start_us"] is not None:
        where += " " + _moment(one["start_us"])
        if one["end_us"] is not None:
            where += words.lasting(span(one["end_us"] - one["start_us"], words))
    path = f" ({one['path']})" if one["path"] else ""
    return f"{where}{words.colon}{text}{path}"


def _source(one: Mapping[str, Any], words: Words, names: Mapping[str, str]) -> list[str]:
    def length(*states: str) -> int:
        return sum(s["end_us"] - s["start_us"] for s in one["spans"] if s["state"] in states)

    bad = length("altered", "missing")
    return [
        names.get(one["source"]) or one["source"],
        _moment(one["start_us"]),
        span(one["end_us"] - one["start_us"], words),
        words.gap_and_pause(span(length("gap"), words), span(length("pause"), words)),
        words.states["bad"] if bad else words.states["good"],
    ]


def _gaps(report: Mapping[str, Any], words: Words, names: Mapping[str, str]) -> list[list[str]]:
    return [
        [
            names.get(one["source"]) or one["source"],
            _moment(gap["start_us"]),
            span(gap["end_us"] - gap["start_us"], words),
            words.states[gap["state"]],
        ]
        for one in report["per_source"]
        for gap in one["spans"]
        if gap["state"] != "proved"
    ]


def _log(log: Mapping[str, Any], words: Words) -> dict[str, Any]:
    return {
        "name": log["origin"],
        "rows": [
            [words.entries, f"{log['size']:,}"],
            [words.last_entry, _moment(log["last_t_us"]) if log["last_t_us"] else "—"],
        ],
        "digests": [[words.key, log["key_sha256"]], [words.root, log["root"]]],
    }


def _beside(
    home: Sequence[Sequence[Mapping[str, Any]]], copies: Mapping[str, Any] | None, words: Words
) -> list[str]:
    lines = []
    for number, logs in enumerate(home, 1):
        name = words.copy_name(number) if len(home) > 1 else ""
        lines += [
            words.at_home(name, log["origin"], log["state"], log["size"], log["our_size"])
            for log in logs
        ]
    if copies is not None:
        lines.append(words.identical if copies["identical"] else words.not_identical(copies))
        lines += [words.log_pair(log) for log in copies["logs"]]
        for key, text in words.lists.items():
            lines += [f"{text}{words.colon}{name}" for name in copies[key][:LISTED_MAX]]
    return lines


def _moment(t_us: int) -> str:
    moment = datetime.fromtimestamp(t_us / 1e6, UTC).astimezone(_CHINA)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def span(length_us: int, words: Words) -> str:
    """A length of time in words: hours, minutes and seconds, the largest two of them."""
    seconds = max(0, round(length_us / 1e6))
    parts = [seconds // 3600, seconds // 60 % 60, seconds % 60]
    units: Sequence[Callable[[int], str]] = (words.hours, words.minutes, words.seconds)
    first = next((at for at, part in enumerate(parts) if part), 2)
    shown = [
        unit(part)
        for part, unit in list(zip(parts, units, strict=True))[first : first + 2]
        if part or first == 2
    ]
    return words.joint.join(shown)
