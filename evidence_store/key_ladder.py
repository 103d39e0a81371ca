"""Which keys a log was signed with, as its own entries state it, and whether they did.

``key.host`` (an entry of the log itself, at each opening) lists the verifier keys of the log:
its Ed25519 key, and keys whose lines stand beside that one on every later checkpoint. So a line
cannot be taken off a checkpoint without a trace, and each must be good.

Standard library only (part of the verifier inside a package). Entries are fed in the order of
the log; what is wrong goes into the report.
"""

from __future__ import annotations

from typing import Any

from evidence_store.checkpoint import Checkpoint
from evidence_store.cosignature import verify_cosignature
from evidence_store.entry import Entry
from evidence_store.errors import NoteError
from evidence_store.note import ED25519, ML_DSA_44, VerifierKey, parse_verifier_key
from evidence_store.report import Finding, Report

#: No log has more keys at one time.
_KEYS_MAX = 16


class KeyLadder:
    """The key entries of one log, in its order."""

    def __init__(self) -> None:
        self._stated: Entry | None = None  # the latest key.host

    def add(self, entry: Entry) -> None:
        """Note one entry, if it is about keys; only entries that stand in the tree are fed."""
        if entry.kind == "key.host" and not entry.session:
            self._stated = entry

    def check_head(
        self, checkpoint: Checkpoint, public_key: bytes, path: str, report: Report
    ) -> None:
        """Every key that the log states has signed its checkpoint."""
        if self._stated is None:
            return  # a log from before keys were stated
        for key in self._keys(self._stated.body, path, report):
            if key.name != checkpoint.origin:
                report.findings.append(Finding("key_mismatch", "a key of another log", path=path))
            elif key.kind == ED25519 and key.public_key != public_key:
                detail = f"entry {self._stated.seq} states another key than the one that signed"
                report.findings.append(Finding("key_mismatch", detail, path=path))
            elif key.kind == ML_DSA_44:
                try:
                    verify_cosignature(checkpoint, key)
                except NoteError as error:
                    detail = f"the log's ML-DSA-44 line: {error}"
                    report.findings.append(Finding("signature_wrong", detail, path=path))

    def _keys(self, body: dict[str, Any], path: str, report: Report) -> list[VerifierKey]:
        texts = body.get("keys")
        if not isinstance(texts, list) or len(texts) > _KEYS_MAX:
            texts = [""]
        try:
            return [parse_verifier_key(text if isinstance(text, str) else "") for text in texts]
        except NoteError as error:
            detail = f"the keys that the log states cannot be read: {error}"
            report.findings.append(Finding("key_mismatch", detail, path=path))
            return []
