"""A checkpoint: the size and root hash of a log, signed (C2SP tlog-checkpoint).

::

    duizhi.local/recorder-1
    15226
    base64(root hash)
    <empty line>
    — duizhi.local/recorder-1 base64(key id || signature)

The key name on the log's own signature line is the log's origin. Standard library only.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from evidence_store.errors import CheckpointError, NoteError
from evidence_store.merkle import HASH_BYTES
from evidence_store.note import Note, note_bytes, parse_note, sign_note, verify_note


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says; ``note`` is the file byte for byte."""

    origin: str
    size: int
    root: bytes
    note: bytes
    extensions: tuple[str, ...] = ()  # lines after the root; none of ours yet


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that are signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def parse_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint these bytes are; its signatures are not verified here.

    Raises:
        CheckpointError: they are not a checkpoint.
    """
    try:
        note = parse_note(data)
    except NoteError as error:
        raise CheckpointError(f"not a checkpoint: {error}") from error
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise CheckpointError("a checkpoint has an origin, a size and a root, none empty")
    origin, size, root = lines[0], _parse_size(lines[1]), _parse_root(lines[2])
    return Checkpoint(origin, size, root, data, tuple(lines[3:]))


def sign_checkpoint(
    origin: str, size: int, root: bytes, public_key: bytes, sign: Callable[[bytes], bytes]
) -> Checkpoint:
    """A checkpoint of this tree with the log's own signature.

    Raises:
        CheckpointError: the origin cannot be a key name.
    """
    try:
        note = sign_note(checkpoint_text(origin, size, root), origin, public_key, sign)
    except NoteError as error:
        raise CheckpointError(str(error)) from error
    return Checkpoint(origin, size, root, note_bytes(note))


def verify_checkpoint(checkpoint: Checkpoint, public_key: bytes) -> Note:
    """Check the log's own signature.

    Raises:
        NoteError: the signature is missing or wrong.
    """
    note = parse_note(checkpoint.note)
    verify_note(note, checkpoint.origin, public_key)
    return note


def _parse_size(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or str(int(text)) != text:
        raise CheckpointError("the size of a checkpoint is a plain decimal number")
    return int(text)


def _parse_root(text: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointError("the root of a checkpoint is base64") from error
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != text:
        raise CheckpointError(f"the root of a checkpoint is base64 of {HASH_BYTES} bytes")
    return root
