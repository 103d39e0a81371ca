"""The witnesses of a log: which heads they cosigned, and whether the policy's quorum is reached.

Standard library only (part of the verifier inside a package). Each file ``<size>.checkpoint`` is a
checkpoint of the log with cosignatures on it. The verifier computed the tree's root at that size
from the leaf hashes, so the checkpoint must say just that; whoever cosigned another root of that
size, or a larger tree than the one shown, has seen another log.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.cosigned_head import read_cosignatures
from evidence_store.errors import FormatError, PackageError
from evidence_store.note import VerifierKey
from evidence_store.package_files import PackageFiles
from evidence_store.policy import Policy, parse_policy
from evidence_store.protection import Head, protect_session, quorum_size, unwitnessed
from evidence_store.report import Finding, LogProtection, Report, Voucher
from evidence_store.session_marks import SessionMarks

#: A folder holds no more heads than this; what writes there keeps far fewer.
HEADS_MAX = 10_000
HEAD_BYTES_MAX = 200_000
_COSIGNATURES_MAX = 20_000
_HEAD_NAME = re.compile(r"(0|[1-9][0-9]{0,15})\.checkpoint")
_US_PER_S = 1_000_000


@dataclass
class WitnessedLog:
    """What is known of one log when its witnesses are looked at."""

    place: str  # its folder, for findings
    origin: str
    size: int  # of the tree that is shown
    roots: Mapping[int, bytes]  # by size, computed from the leaf hashes
    log_key: bytes
    notes: Mapping[int, bytes]  # the cosigned checkpoints by size
    heads: dict[int, Head] = field(default_factory=dict)
    stamps: list[Voucher] = field(default_factory=list)  # see stamp_account.py
    ended: Collection[bytes] = ()  # its keys before, each of which certified the next


def head_size(name: str) -> int | None:
    """The size in the file name of a cosigned head; None when it is another file."""
    match = _HEAD_NAME.fullmatch(name)
    return int(match[1]) if match else None


def package_heads(files: PackageFiles, folder: str, report: Report) -> dict[int, bytes]:
    """The cosigned heads in a log's folder of a package, by size."""
    found: dict[int, bytes] = {}
    start = f"{folder}/witnessed/"
    for name in sorted(files.sizes):
        size = head_size(name.removeprefix(start)) if name.startswith(start) else None
        if size is None:
            continue
        if files.sizes[name] > HEAD_BYTES_MAX or len(found) >= HEADS_MAX:
            report.findings.append(
                Finding("cosignature_wrong", "too large, or too many heads", path=name)
            )
            continue
        try:
            found[size] = files.read(name)
        except PackageError as error:
            report.findings.append(Finding("missing", str(error), path=name))
    return found


def read_policy(data: bytes, place: str, report: Report) -> Policy | None:
    """The policy, or a finding."""
    try:
        return parse_policy(data)
    except FormatError as error:
        report.findings.append(Finding("policy_mismatch", str(error), path=place))
        return None


def check_policy_entry(named: str, policy: bytes | None, place: str, report: Report) -> None:
    """The policy beside a log is the one its last entry about it names."""
    if not named:
        return
    found = hashlib.sha256(policy).hexdigest() if policy is not None else ""
    if found != named:
        what = "is not the one the log names" if policy is not None else "is missing"
        report.findings.append(Finding("policy_mismatch", f"the policy {what}", path=place))


def check_witnesses(log: WitnessedLog, policy: Policy | None, report: Report) -> None:
    """Verify the cosigned heads of a log into ``log.heads``."""
    if policy is None:
        return
    _check_log_key(log, policy, report)
    verified = 0
    for size in sorted(log.notes):
        path = f"{log.place}/witnessed/{size}.checkpoint"
        if verified > _COSIGNATURES_MAX:
            report.findings.append(Finding("cosignature_wrong", "too many cosignatures", path=path))
            return
        verified += _check_head_file(log, size, path, [*policy.witnesses.values()], report)


def account_witnesses(
    log: WitnessedLog,
    marks: SessionMarks,
    sessions: Collection[str] | None,
    policy: Policy | None,
    report: Report,
) -> None:
    """Say for the log and for every second of its sessions who vouches for it."""
    heads = [*log.heads.values()]
    witnessed = quorum_size(heads, policy)
    names = (
        {key: name.decode("utf-8", "replace") for name, key in policy.witnesses.items()}
        if policy
        else {}
    )
    quorum = policy.quorum.decode("utf-8", "replace") if policy and policy.asks else ""
    report.protection.append(
        LogProtection(log.origin, quorum, witnessed, _vouchers(heads, names), log.stamps)
    )
    for session, own in marks.sessions.items():
        if sessions is not None and session not in sessions:
            continue
        if heads or quorum:
            report.seconds.append(
                protect_session(session, log.origin, own, heads, witnessed, names)
            )
        if quorum and unwitnessed(own, witnessed):
            report.unwitnessed.append(session)


def _check_log_key(log: WitnessedLog, policy: Policy, report: Report) -> None:
    """One of the policy's logs is this one; a policy without logs speaks of any.

    It may still name a key that has ended: it is written anew up to half a minute later.
    """
    known = {log.log_key, *log.ended}
    if policy.logs and not any(
        one.name == log.origin and one.public_key in known for one in policy.logs
    ):
        detail = "the policy does not know this log with this key"
        report.findings.append(Finding("policy_mismatch", detail, path=log.place))


def _check_head_file(
    log: WitnessedLog, size: int, path: str, cosigners: list[VerifierKey], report: Report
) -> int:
    """Returns how many cosignatures were verified."""
    try:
        checkpoint = parse_checkpoint(log.notes[size])
        found = read_cosignatures(checkpoint, cosigners)
    except FormatError as error:
        report.findings.append(Finding("cosignature_wrong", str(error), path=path))
        return len(cosigners)
    if checkpoint.origin != log.origin or checkpoint.size != size:
        detail = "this is a head of another log, or of another size"
        report.findings.append(Finding("cosignature_wrong", detail, path=path))
        return len(found)
    if not found:
        return 0
    if checkpoint.size <= log.size and checkpoint.size not in log.roots:
        return len(found)  # the tree itself is broken, and a finding
    problem = _compare(log, checkpoint)
    if problem:
        who = ", ".join(one.cosigner.name for one in found)
        report.findings.append(Finding(problem[0], f"{problem[1]} (seen by {who})", path=path))
        return len(found)
    head = log.heads.setdefault(size, Head(size))
    for one in found:
        before = head.cosigned.get(one.cosigner, one.time_s)
        head.cosigned[one.cosigner] = min(before, one.time_s)
    return len(found)


def _compare(log: WitnessedLog, checkpoint: Checkpoint) -> tuple[str, str] | None:
    if checkpoint.size > log.size:
        return "log_truncated", f"a witness has seen {checkpoint.size} entries, {log.size} are here"
    if log.roots[checkpoint.size] != checkpoint.root:
        return "split_view", "the log that a witness has seen is not this one"
    return None


def _vouchers(heads: list[Head], names: dict[VerifierKey, str]) -> list[Voucher]:
    found: list[Voucher] = []
    for key, name in names.items():
        own = [head for head in heads if key in head.cosigned]
        if own:
            last = max(own, key=lambda head: head.size)
            found.append(
                Voucher(name, len(own), last.size, last.cosigned[key] * _US_PER_S, signed=True)
            )
    return found
