"""A witness: remembers the latest head of every log it knows, and cosigns only what extends it.

The rules are those of C2SP tlog-witness for ``add-checkpoint``. Invariants:

1.  What is cosigned is the latest head of its log, and every head before it is its beginning.
2.  The new head is on disk, flushed, before anybody is given the cosignature.
3.  Comparing with the latest head and replacing it is one step; one process owns the directory.

::

    <directory>/<sha256 of origin>.checkpoint     the latest head, with log's and own signatures
    <directory>/LOCK

A damaged file is never begun anew: that would let a log rewrite what was cosigned.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.cosignature import cosign, verify_cosignature
from evidence_store.durable import (
    DirectoryLock,
    Disk,
    make_directories,
    replace_file,
)
from evidence_store.errors import FormatError, NoteError, ProofError, WitnessError
from evidence_store.merkle import EMPTY_ROOT, verify_consistency
from evidence_store.note import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    Note,
    NoteSignature,
    VerifierKey,
    lines_of,
    note_bytes,
    parse_note,
)
from evidence_store.signer_port import Signer
from evidence_store.witness_protocol import SIZE_TYPE, AddCheckpoint, Answer, parse_request


class Cosigner:
    """One witness. Safe in any thread; owns its directory until it is closed."""

    def __init__(
        self,
        directory: Path,
        name: str,
        signers: Sequence[Signer],
        now_s: Callable[[], int],
        disk: Disk | None = None,
    ) -> None:
        """Open the witness's memory. Its keys are used for nothing else.

        Raises:
            StoreBusy: another process has it.
            WitnessError: the directory cannot be made.
        """
        self._signers = [(cosigning_key(name, one), one.sign) for one in signers]
        self.keys = tuple(key for key, _ in self._signers)
        self._directory = directory
        self._now_s = now_s
        self._disk = disk or Disk()
        self._turn = threading.Lock()
        self._logs: dict[str, list[VerifierKey]] = {}
        try:
            make_directories(self._disk, directory)
            self._lock = DirectoryLock(directory / "LOCK")
        except OSError as error:
            raise WitnessError(f"cannot use {directory}: {error.strerror}") from error

    def close(self) -> None:
        """Give the directory back."""
        self._lock.release()

    def trust(self, logs: Iterable[VerifierKey]) -> None:
        """Cosign for these logs and no others; a log may have several keys."""
        known: dict[str, list[VerifierKey]] = {}
        for log in logs:
            known.setdefault(log.name, []).append(log)
        self._logs = known

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one request."""
        try:
            request = parse_request(body)
        except FormatError as error:
            return _refusal(400, str(error))
        checkpoint = request.checkpoint
        logs = self._logs.get(checkpoint.origin)
        if logs is None:
            return _refusal(404, "this witness does not know the log")
        if not _signed_by(checkpoint, logs):
            return _refusal(403, "the checkpoint is not signed with a key this witness knows")
        if request.old > checkpoint.size:
            return _refusal(400, "the old size is larger than the checkpoint's")
        with self._turn:
            return self._add(request, logs)

    def latest(self, origin_sha256: str) -> bytes | None:
        """The latest cosigned head of the log whose origin has this SHA-256 (hex)."""
        if len(origin_sha256) != 64 or not set(origin_sha256) <= set("0123456789abcdef"):
            return None
        try:
            return (self._directory / f"{origin_sha256}.checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def _add(self, request: AddCheckpoint, logs: list[VerifierKey]) -> Answer:
        """With the turn: compare with the latest head, sign, store, answer."""
        checkpoint = request.checkpoint
        try:
            latest = self._latest(checkpoint.origin)
        except (OSError, FormatError):
            return _refusal(500, "the memory of this witness is damaged; its operator must look")
        size, root = (latest.size, latest.root) if latest else (0, EMPTY_ROOT)
        if request.old != size:
            return Answer(409, f"{size}\n".encode(), SIZE_TYPE)
        try:
            if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
                raise ProofError("the root of an empty tree is SHA-256 of nothing")
            verify_consistency(size, checkpoint.size, request.proof, root, checkpoint.root)
        except ProofError as error:
            return _refusal(422, str(error))
        note = parse_note(checkpoint.note)
        kept = tuple(one for one in note.signatures if _is_of(one, logs))
        signed = self._cosign(replace(checkpoint, note=note_bytes(Note(note.text, kept))))
        try:
            replace_file(self._disk, self._path(checkpoint.origin), signed.note)
        except OSError:
            return _refusal(500, "the head could not be stored, so it is not cosigned")
        return Answer(200, _line_bytes(parse_note(signed.note).signatures[len(kept) :]))

    def _cosign(self, checkpoint: Checkpoint) -> Checkpoint:
        time_s = self._now_s()
        for key, sign in self._signers:
            checkpoint = cosign(checkpoint, key, sign, time_s)
        return checkpoint

    def _latest(self, origin: str) -> Checkpoint | None:
        try:
            found = parse_checkpoint(self._path(origin).read_bytes())
        except FileNotFoundError:
            return None
        if found.origin != origin:
            raise FormatError("the stored head is of another log")
        return found

    def _path(self, origin: str) -> Path:
        return self._directory / f"{origin_hash(origin)}.checkpoint"


def origin_hash(origin: str) -> str:
    """What a log is called on a witness's disk and in its address: SHA-256 of the origin, hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def cosigning_key(name: str, signer: Signer) -> VerifierKey:
    """The verifier key of a witness's key: an Ed25519 key cosigns with the type 0x04."""
    kind = ED25519_COSIGNATURE if signer.kind == ED25519 else signer.kind
    return VerifierKey(name, kind, signer.public_key_bytes)


def _signed_by(checkpoint: Checkpoint, logs: list[VerifierKey]) -> bool:
    """Whether a trusted key signed; a wrong signature of one of them spoils the note."""
    try:
        note = parse_note(checkpoint.note)
    except NoteError:
        return False
    found = False
    for log in logs:
        lines = lines_of(note, log)
        if lines and not _is_good(checkpoint, note, log, lines):
            return False
        found = found or bool(lines)
    return found


def _is_good(checkpoint: Checkpoint, note: Note, log: VerifierKey, lines: list[bytes]) -> bool:
    if log.kind == ED25519:
        text = note.text.encode()
        return all(_is_good_ed25519(log.public_key, text, line) for line in lines)
    try:
        return log.kind == ML_DSA_44 and verify_cosignature(checkpoint, log) >= 0
    except NoteError:
        return False


def _is_good_ed25519(key: bytes, text: bytes, signature: bytes) -> bool:
    """With the library: a witness may run beside a recorder and must not take its time."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_of(line: NoteSignature, logs: list[VerifierKey]) -> bool:
    return any((line.name, line.key_id) == (log.name, log.key_id) for log in logs)


def _line_bytes(lines: Iterable[NoteSignature]) -> bytes:
    return note_bytes(Note("", tuple(lines))).removeprefix(b"\n")


def _refusal(status: int, why: str) -> Answer:
    return Answer(status, why.encode() + b"\n")
