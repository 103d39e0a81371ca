"""One entry with everything that proves it, and proofs to take along.

Blocking; the callers run it in a thread. The page checks the proof itself: it gets the bytes that
were hashed, the path, and the signed head with the key, and need not believe the centre.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from command_centre.desk.case_log import LogLine, spell
from command_centre.desk.views import View
from command_centre.errors import Rejected
from evidence_store.commitment import opened_bytes
from evidence_store.errors import EvidenceError, PackageError
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.proof_bundle import write_proofs
from evidence_store.reader import LogReader

_BLOCK_BYTES = 1 << 18
_IN_MEMORY_BYTES = 4 << 20


class ProvedEntry(View, frozen=True):
    """An entry as stored, opened for reading, and its proof. Hashes in hex."""

    line: LogLine
    log: str
    index: int
    entry: str  # the bytes that were hashed; RFC 8785 JSON is UTF-8
    payload: str  # the line with the private part and its salt; empty: none, or not at hand
    opened: dict[str, Any]  # the body with its private part
    private: bool  # it has a private part
    leaf_hash: str
    size: int
    root: str
    path: list[str]
    checkpoint: str  # the signed note
    public_key: str  # PEM
    key_sha256: str


def prove(store: Path, line: LogLine, log: str, index: int) -> ProvedEntry:
    """Read the entry and its proof.

    Raises:
        Rejected: ``unknown_entry`` (no checkpoint covers it yet), ``store_unreadable``.
    """
    reader = _reader(store, log)
    try:
        head = reader.checkpoint()
        if index >= head.size:
            raise Rejected("unknown_entry", f"the log has {head.size} signed entries so far")
        entry = reader.entries(index, 1)[0]
        payload = reader.payloads(index, 1).get(index, b"")
        body = msgspec.json.decode(opened_bytes(entry, payload or None))["body"]
        pem = _public_key(store, log)
        return ProvedEntry(
            line=line,
            log=log,
            index=index,
            entry=entry.decode(),
            payload=payload.decode(),
            opened=body,
            private=b'"c":"' in entry,
            leaf_hash=reader.leaf_hashes(index, 1)[0].hex(),
            size=head.size,
            root=head.root.hex(),
            path=[part.hex() for part in reader.inclusion_proof(index, head.size)],
            checkpoint=head.note.decode(),
            public_key=pem.decode(),
            key_sha256=spki_sha256(parse_public_pem(pem)),
        )
    except EvidenceError as error:
        raise Rejected("store_unreadable", str(error)) from error


def proofs_file(
    store: Path, log: str, indexes: Sequence[int], *, top: str, session: str = ""
) -> IO[bytes]:
    """The archive with the proofs of these entries, at its beginning; the caller closes it.

    Raises:
        Rejected: ``unknown_entry``, ``store_unreadable``.
    """
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 (handed out)
    try:
        reader, pem = _reader(store, log), _public_key(store, log)
        write_proofs(reader, log, pem, indexes, file, top=top, session=session)
    except PackageError as error:
        file.close()
        raise Rejected("unknown_entry", str(error)) from error
    except EvidenceError as error:
        file.close()
        raise Rejected("store_unreadable", str(error)) from error
    file.seek(0)
    return file


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, which is closed at the end."""
    with file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def archive_name(log: str, index: int) -> str:
    """What the archive of one entry is called, and the folder it unpacks to."""
    return f"proof-{spell(log, index).replace('.', '-')}"


def _reader(store: Path, log: str) -> LogReader:
    directory = store / log / "log"
    if not directory.is_dir():
        raise Rejected("unknown_entry", "there is no such log")
    return LogReader(directory)


def _public_key(store: Path, log: str) -> bytes:
    try:
        return (store / "keys" / f"{log}.pub.pem").read_bytes()
    except OSError as error:
        raise Rejected("store_unreadable", f"the key of {log} cannot be read") from error
