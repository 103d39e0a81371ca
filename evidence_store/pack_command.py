"""The command line of the verifier inside a package: ``python3 verify.py [PACKAGE] [--json]``.

Standard library only. The exporter joins this module and all it stands on into one file
(bundle.py), so a stranger can read it from top to bottom and run it anywhere.

Exit status: 0 complete (declared gaps included), 1 altered or missing, 2 unreadable, 3 with
``--require-witness`` when nothing is wrong but the policy's witnesses have not cosigned it all.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from evidence_store.errors import PackageError, ReceiptError
from evidence_store.key_pem import parse_public_pem
from evidence_store.ladder import verify_package
from evidence_store.receipt import Receipt, parse_receipt
from evidence_store.report import Finding, LogProtection, Report, Voucher

_VERDICTS = {
    "complete": "完整：没有更改，没有缺失。\nCOMPLETE: nothing altered, nothing missing.",
    "complete_with_gaps": (
        "完整，有已申明的缺口：没有更改，没有缺失。\n"
        "COMPLETE, with declared gaps: nothing altered, nothing missing."
    ),
    "not_yet_witnessed": (
        "没有更改，没有缺失，但尚未由规定的见证方见证。\n"
        "NOT YET WITNESSED: nothing altered, nothing missing, but the policy's witnesses have not"
        " cosigned all of it."
    ),
    "altered": "已更改，见下。\nALTERED, as listed below.",
    "missing": "有缺失，见下。\nMISSING parts, as listed below.",
    "unreadable": "无法读取，见下。\nUNREADABLE, for the reason below.",
}


def pack_main(arguments: list[str] | None = None) -> int:
    """Verify a package and print the result; returns the exit status."""
    options = _pack_options(arguments)
    try:
        keys, policy, anchors, receipts = _pack_inputs(options)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 2
    report = verify_package(
        options.package,
        progress=_show_progress if sys.stderr.isatty() else None,
        keys=keys,
        policy=policy,
        anchors=anchors,
        jobs=max(0, options.jobs),
        receipts=receipts,
    )
    report.require_witness = options.require_witness
    print(report.to_json() if options.json else report_text(report))
    return report.exit_code


def _pack_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Verify a Duizhi package. 核验对质导出包。", allow_abbrev=False
    )
    here = Path(__file__).resolve().parent
    parser.add_argument("package", nargs="?", type=Path, default=here, help="directory or .zip")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        help="an expected public key, PEM, from elsewhere; once for each recorder's log",
    )
    parser.add_argument(
        "--policy", type=Path, help="a policy of logs and witnesses (tlog-policy), from elsewhere"
    )
    parser.add_argument(
        "--require-witness", action="store_true", help="exit 3 without the policy's quorum"
    )
    parser.add_argument(
        "--stamp-ca", type=Path, help="roots of time stamping authorities, PEM, from elsewhere"
    )
    parser.add_argument(
        "--receipt",
        action="append",
        default=[],
        metavar="LINE",
        help="the line of a receipt (what its QR code says), once for each",
    )
    parser.add_argument(
        "--jobs", type=int, default=0, help="files hashed at the same time (0: one a processor)"
    )
    return parser.parse_args(arguments)


def _pack_inputs(
    options: argparse.Namespace,
) -> tuple[list[bytes], bytes | None, bytes | None, list[Receipt]]:
    """What is known from elsewhere: expected keys, policy, roots of time stamps, receipts.

    Raises:
        PackageError: one of them cannot be used.
    """
    keys: list[bytes] = []
    for path in options.key:
        try:
            keys.append(parse_public_pem(path.read_bytes()))
        except (OSError, PackageError) as error:
            raise PackageError(f"cannot use the key {path}: {error}") from error
    try:
        policy = options.policy.read_bytes() if options.policy else None
        anchors = options.stamp_ca.read_bytes() if options.stamp_ca else None
    except OSError as error:
        raise PackageError(f"cannot use the policy or the roots: {error}") from error
    receipts: list[Receipt] = []
    for line in options.receipt:
        try:
            receipts.append(parse_receipt(line))
        except ReceiptError as error:
            raise PackageError(f"cannot use the receipt: {error}") from error
    return keys, policy, anchors, receipts


def _show_progress(done: float) -> None:
    """A line on the terminal that is written over."""
    print(f"\r{done:4.0%}", end="\n" if done >= 1 else "", file=sys.stderr, flush=True)


def report_text(report: Report) -> str:
    """The report in words: the verdict first, then every finding, then what was counted."""
    lines = [_VERDICTS[report.verdict], ""]
    lines += [_finding_text(finding) for finding in report.findings]
    for notice in report.notices:
        lines.append(f"* {notice.code} {notice.session}: {notice.detail}")
    totals = report.totals
    lines += [
        f"recordings {totals.recordings}, segments {totals.segments}, entries {totals.entries}",
        f"elapsed {_duration(totals.elapsed_us)} = recorded {_duration(totals.recorded_us)}"
        f" + gaps {_duration(totals.gap_us)} ({totals.gaps})"
        f" + pauses {_duration(totals.pause_us)}",
    ]
    if report.late:
        lines.append(
            f"late (补录), not counted above: {totals.late_files} files,"
            f" {_duration(totals.late_us)} filed where nothing was received live"
        )
    for late in report.late:
        lines += [
            f"  late {late.session} {late.source} {_moment(span.start_us)} to"
            f" {_moment(span.end_us)}: {span.state}, from {late.name or late.file}"
            for span in late.spans
        ]
    for part in report.withheld:
        lines.append(
            f"withheld (未提供) {part.log} {part.session} {part.kind}: the private part of"
            f" {part.count} entries is not here; that they exist, and when, is proved"
        )
    for log in [report.log, *report.further_logs] if report.log else []:
        lines += [
            f"log {log.origin}, {log.size} entries, root {log.root}",
            f"key sha256 {log.key_sha256}",
        ]
        if log.root_sha256:
            lines.append(f"certified by the unit's root, key sha256 {log.root_sha256}")
        for session, keys in log.session_keys.items():
            lines += [f"session {session} sealed with key sha256 {sha256}" for sha256 in keys]
    lines += [_protection_text(log) for log in report.protection]
    return "\n".join(lines)


def _protection_text(log: LogProtection) -> str:
    """One line a log: who vouches for it, up to which entry and when."""
    words = [f"cosigned by {_voucher_text(one)}" for one in log.cosigned]
    words += [f"time-stamped by {_voucher_text(one)}" for one in log.stamped]
    if log.quorum:
        words.append(f"quorum {log.quorum} reached up to entry {log.witnessed}")
    return f"witnesses of {log.origin}: " + ("; ".join(words) or "none")


def _voucher_text(one: Voucher) -> str:
    signed = "" if one.signed else " (imprint right, signature not checked)"
    return f"{one.by} up to entry {one.size} at {_moment(one.last_us)}, {one.heads} heads{signed}"


def _finding_text(finding: Finding) -> str:
    where = " ".join(part for part in (finding.session, finding.source, finding.path) if part)
    when = ""
    if finding.start_us is not None:
        when = f" {_moment(finding.start_us)}"
        if finding.end_us is not None:
            when += f" to {_moment(finding.end_us)}"
    return f"- {finding.code}: {where}{when}: {finding.detail}"


def _moment(t_us: int) -> str:
    """Local time with its offset; entries may say anything, so a wild number stays a number."""
    try:
        return datetime.fromtimestamp(t_us // 1_000_000).astimezone().isoformat(" ")
    except (ValueError, OverflowError, OSError):
        return str(t_us)


def _duration(length_us: int) -> str:
    seconds = round(length_us / 1_000_000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
