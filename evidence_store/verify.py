"""Verify whatever lies at a path: a package or proofs (directory or zip archive), or a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from evidence_store.errors import PackageError
from evidence_store.key_pem import parse_public_pem
from evidence_store.ladder import verify_package
from evidence_store.proof_bundle import is_proofs, verify_proofs
from evidence_store.receipt import Receipt
from evidence_store.report import Report, unreadable_report
from evidence_store.store_ladder import verify_store

__all__ = ["Report", "verify_path"]


def verify_path(
    path: Path,
    *,
    progress: Callable[[float], None] | None = None,
    keys: Sequence[bytes] = (),
    sessions: Collection[str] | None = None,
    policy: bytes | None = None,
    require_witness: bool = False,
    anchors: bytes | None = None,
    receipts: Collection[Receipt] = (),
) -> Report:
    """Verify a package, proofs or a store. Never raises for what lies there; the report says it.

    ``keys`` are the expected public keys of the recorders' logs as PEM, known from elsewhere:
    every recorder's log must be signed with one of them.
    ``sessions`` limits the media of a store that are read; its logs are always read whole.
    ``policy`` is a tlog-policy file known from elsewhere, instead of the one that lies there; with
    ``require_witness`` the exit status is 3 when its quorum has not seen everything.
    ``anchors`` are roots of time stamping authorities (PEM), instead of those that lie there.
    ``receipts`` are those that people brought (receipt.py).
    """
    try:
        expected = [parse_public_pem(key) for key in keys]
    except PackageError as error:
        return unreadable_report(str(path), f"the expected key: {error}")
    try:
        if path.is_dir() and (path / "FORMAT").exists():
            report = verify_store(
                path,
                progress=progress,
                keys=expected,
                sessions=sessions,
                policy=policy,
                anchors=anchors,
                receipts=receipts,
            )
        elif is_proofs(path):
            report = verify_proofs(path, keys=expected)
        else:
            report = verify_package(
                path,
                progress=progress,
                keys=expected,
                policy=policy,
                anchors=anchors,
                receipts=receipts,
            )
    except OSError as error:
        return unreadable_report(str(path), f"{path} cannot be read: {error.strerror or error}")
    report.require_witness = require_witness
    return report
