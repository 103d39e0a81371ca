"""``duizhi verify``, ``fsck``, ``export`` and ``redact``: what can be done with files alone.

The verdict comes from evidence_store; this module only says it in words.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from command_centre.cli import (
    EXIT_NO,
    EXIT_NOT_WITNESSED,
    EXIT_OK,
    EXIT_UNUSABLE,
    CommandError,
    site_settings,
)
from command_centre.errors import CentreError
from evidence_store.errors import EvidenceError, ReceiptError
from evidence_store.fsck import fsck_store
from evidence_store.receipt import parse_receipt
from evidence_store.verify import Report, verify_path

if TYPE_CHECKING:
    from command_centre.desk.disclosed import Disclosed

VERDICTS = {
    "complete": "完整 complete: nothing altered, nothing missing",
    "complete_with_gaps": "完整，有已申明的缺口 complete with declared gaps: nothing altered",
    "not_yet_witnessed": "尚未见证 not yet witnessed: nothing altered, nothing missing, "
    "but the policy's witnesses have not cosigned all of it",
    "altered": "已更改 altered",
    "missing": "有缺失 missing",
    "unreadable": "无法读取 unreadable",
}


def verify(options: argparse.Namespace) -> int:
    """Verify a package or a store; one finding a line."""
    policy = _read(options.policy, "policy") if options.policy else None
    anchors = _read(options.stamp_ca, "roots") if options.stamp_ca else None
    try:
        receipts = [parse_receipt(line) for line in options.receipt]
    except ReceiptError as error:
        raise CommandError(f"cannot use the receipt: {error}") from error
    return _report(
        options,
        lambda: verify_path(
            options.path,
            keys=[_read(one, "key") for one in options.key],
            policy=policy,
            anchors=anchors,
            require_witness=options.require_witness,
            receipts=receipts,
        ),
    )


def fsck(options: argparse.Namespace) -> int:
    """Check every file of a store against its log."""
    return _report(options, lambda: fsck_store(options.path))


def export(options: argparse.Namespace) -> int:
    """Make a package of one session or one case, and say so in the centre's log."""
    from command_centre.offline_export import export_offline

    settings = site_settings(options)
    try:
        disclosed = _disclosed(options)
        summary = asyncio.run(
            export_offline(
                settings,
                out=options.out,
                session=options.session,
                case=options.case,
                reason=options.reason or "command line",
                disclosed=disclosed,
                sealed=options.sealed,
                c2pa=tuple(options.c2pa) if options.c2pa else None,
            )
        )
    except (EvidenceError, CentreError) as error:
        raise CommandError(getattr(error, "detail", str(error))) from error
    print(json.dumps(summary, ensure_ascii=False, indent=1))
    return EXIT_OK


def _disclosed(options: argparse.Namespace) -> Disclosed | None:
    """What is to be withheld; these options are given together or not at all."""
    from command_centre.desk.disclosed import Disclosed
    from command_centre.withhold_words import rule_of

    said = {
        "--withhold": options.withhold,
        "--authorised-by": options.authorised_by,
        "--to": options.to,
    }
    if not any(said.values()):
        return None
    absent = [name for name, value in {**said, "--reason": options.reason}.items() if not value]
    if absent:
        raise CommandError(
            f"a disclosure copy also needs {', '.join(absent)}: it says what is withheld, who "
            "decided it, for whom and why"
        )
    if options.sealed:
        raise CommandError("--sealed withholds everything already; leave it or --withhold out")
    return Disclosed(rule_of(options.withhold), options.authorised_by, options.to)


def redact(options: argparse.Namespace) -> int:
    """Make a redacted copy, and say so in the centre's log."""
    from command_centre.offline_redaction import read_plan, redact_offline

    settings = site_settings(options)
    try:
        made = asyncio.run(
            redact_offline(
                settings,
                session=options.session,
                source=options.source,
                plan=read_plan(options.plan),
                reason=options.reason,
                out=options.out,
            )
        )
    except (EvidenceError, CentreError) as error:
        raise CommandError(getattr(error, "detail", str(error))) from error
    print(json.dumps(made, ensure_ascii=False, indent=1))
    return EXIT_OK


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read the {what} {path}: {error.strerror}") from error


def _report(options: argparse.Namespace, check: Callable[[], Report]) -> int:
    try:
        report = check()
    except EvidenceError as error:
        if options.json:
            print(json.dumps({"verdict": "unreadable", "error": str(error)}, ensure_ascii=False))
        else:
            print(f"{VERDICTS['unreadable']}: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    if options.json:
        print(report.to_json())
    else:
        for line in in_words(json.loads(report.to_json())):
            print(line)
    known = {0: EXIT_OK, 1: EXIT_NO, 3: EXIT_NOT_WITNESSED}
    return known.get(report.exit_code, EXIT_UNUSABLE)


def in_words(report: dict[str, Any]) -> list[str]:
    """The verdict first, then the totals, then one line for each finding."""
    totals = report.get("totals", {})
    lines = [
        VERDICTS[report["verdict"]],
        f"  {totals.get('recordings', 0)} recordings, "
        f"{_duration(totals.get('recorded_us', 0))} recorded, "
        f"{totals.get('gaps', 0)} declared gaps ({_duration(totals.get('gap_us', 0))}), "
        f"{totals.get('entries', 0)} entries, {totals.get('segments', 0)} segments",
    ]
    logs = [report["log"], *report.get("further_logs", [])] if report.get("log") else []
    for log in logs:
        lines.append(
            f"  log {log['origin']}, {log['size']} entries, key sha256 {log['key_sha256']}"
        )
        if log.get("root_sha256"):
            lines.append(f"  certified by the unit's root, key sha256 {log['root_sha256']}")
    lines += [f"  {_vouched(log)}" for log in report.get("protection", [])]
    lines += [f"  {_finding(finding)}" for finding in report.get("findings", [])]
    return lines


def _vouched(log: dict[str, Any]) -> str:
    """Who vouches for a log, up to which entry and until when."""
    words = [
        f"{verb} by {one['by']} up to entry {one['size']} at {_clock(one['last_us'])}"
        + ("" if one["signed"] else " (imprint right, signature not checked)")
        for verb, given in (("cosigned", log["cosigned"]), ("time-stamped", log["stamped"]))
        for one in given
    ]
    if log["quorum"]:
        words.append(f"quorum {log['quorum']} reached up to entry {log['witnessed']}")
    return f"witnesses of {log['origin']}: {'; '.join(words) or 'none'}"


def _finding(finding: dict[str, Any]) -> str:
    where = " ".join(
        str(finding[name]) for name in ("session", "source", "path") if finding.get(name)
    )
    when = ""
    if finding.get("start_us") is not None:
        when = f" {_clock(finding['start_us'])} to {_clock(finding.get('end_us'))}"
    return f"{finding['code']}: {where}{when}: {finding.get('detail', '')}"


def _clock(moment_us: int | None) -> str:
    if moment_us is None:
        return "?"
    import datetime

    moment = datetime.datetime.fromtimestamp(moment_us / 1e6).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _duration(length_us: int) -> str:
    seconds = round(length_us / 1e6)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
