"""Requests and answers of ``add-checkpoint`` as bytes (C2SP tlog-witness). Nothing is sent here.

::

    old 20852014
    base64(hash)            the consistency proof from the old size, 0 to 63 lines
    <empty line>
    the checkpoint, with the log's signature

A witness answers 200 with its signature lines, or 409 with the size it has seen last.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.cosigned_head import read_cosignatures
from evidence_store.errors import FormatError, NoteError, WitnessError
from evidence_store.merkle import HASH_BYTES
from evidence_store.note import Note, VerifierKey, note_bytes, parse_note

PROOF_LINES_MAX = 63
REQUEST_BYTES_MAX = 1 << 18
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True)
class AddCheckpoint:
    """A parsed request."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Answer:
    """What a witness answers: HTTP status, body, and type of the body."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"


def request_bytes(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of a request; ``note`` is the checkpoint byte for byte."""
    lines = "".join(f"{base64.b64encode(item).decode()}\n" for item in proof)
    return f"old {old}\n{lines}\n".encode() + note


def parse_request(data: bytes) -> AddCheckpoint:
    """The request these bytes are.

    Raises:
        FormatError: they are none; the message says why.
    """
    if len(data) > REQUEST_BYTES_MAX:
        raise FormatError(f"a request has at most {REQUEST_BYTES_MAX} bytes")
    head, separator, note = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    if not separator or not first.startswith(b"old "):
        raise FormatError("expected an old size line, proof lines, an empty line and a checkpoint")
    if len(lines) > PROOF_LINES_MAX:
        raise FormatError(f"a proof has at most {PROOF_LINES_MAX} lines")
    return AddCheckpoint(
        parse_size(first[4:]), tuple(_parse_hash(line) for line in lines), parse_checkpoint(note)
    )


def parse_size(data: bytes) -> int:
    """A tree size in its one spelling.

    Raises:
        FormatError: it is not.
    """
    if not data.isdigit() or len(data) > 16 or str(int(data)).encode() != data:
        raise FormatError("a size is a plain decimal number")
    return int(data)


def conflict_size(answer: Answer) -> int:
    """The size that a witness's 409 states.

    Raises:
        WitnessError: it states none.
    """
    try:
        return parse_size(answer.body.removesuffix(b"\n"))
    except FormatError as error:
        raise WitnessError("the witness did not say which size it has seen") from error


def cosigned(note: bytes, lines: bytes, witness: VerifierKey) -> bytes:
    """The checkpoint with the cosignatures of ``witness`` in an answer; other lines are ignored.

    Raises:
        WitnessError: there is no good one.
    """
    try:
        before, answer = parse_note(note), parse_note(note + lines)
        ours = [
            line
            for line in answer.signatures[len(before.signatures) :]
            if (line.name, line.key_id) == (witness.name, witness.key_id)
        ]
        whole = note_bytes(Note(before.text, (*before.signatures, *ours)))
        found = read_cosignatures(parse_checkpoint(whole), [witness])
    except FormatError as error:
        raise WitnessError(f"the answer of {witness.name} cannot be used: {error}") from error
    if not found or any(one.time_s == 0 for one in found):
        raise WitnessError(f"the answer of {witness.name} holds no cosignature of it with a time")
    return whole


def lean_note(note: bytes) -> bytes:
    """A checkpoint with its first signature line only: that of the key the log is known by."""
    whole = parse_note(note)
    return note_bytes(Note(whole.text, whole.signatures[:1]))


def merged(stored: bytes | None, note: bytes) -> bytes:
    """Two notes over one text as one: the lines of the first, then new ones of the second.

    A different text is another checkpoint; the second stands alone then.
    """
    if stored is None:
        return note
    try:
        one, other = parse_note(stored), parse_note(note)
    except NoteError:
        return note
    if one.text != other.text:
        return note
    known = {(line.name, line.key_id) for line in one.signatures}
    new = [line for line in other.signatures if (line.name, line.key_id) not in known]
    return note_bytes(Note(one.text, (*one.signatures, *new)))


def _parse_hash(line: bytes) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("a proof line is base64") from error
    if len(value) != HASH_BYTES or base64.b64encode(value) != line:
        raise FormatError(f"a proof line is base64 of {HASH_BYTES} bytes")
    return value
