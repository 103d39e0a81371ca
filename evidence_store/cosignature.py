"""Cosignatures: signature lines that say when a checkpoint was seen (C2SP tlog-cosignature).

A line of type 0x04 (Ed25519) or 0x06 (ML-DSA-44) holds a time and a signature::

    8 bytes   seconds since 1970, big endian; 0: nothing is said of when
    the rest  an Ed25519 (64 bytes) or ML-DSA-44 (2,420 bytes) signature

What is signed differs. Ed25519: two lines and the text of the checkpoint::

    cosignature/v1
    time 1679315147
    example.com/behind-the-sofa
    ...

ML-DSA-44: a structure with the cosigner's name, the time, the origin, size and root; extension
lines of the checkpoint are not part of it.

Witnesses cosign others' checkpoints. A log signs its own checkpoints with ML-DSA-44 in the same
form, under its origin as the name (C2SP tlog-checkpoint). Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evidence_store.checkpoint import Checkpoint
from evidence_store.ed25519 import ed25519_verify
from evidence_store.errors import NoteError
from evidence_store.mldsa import mldsa44_verify
from evidence_store.note import (
    ED25519_COSIGNATURE,
    ML_DSA_44,
    Note,
    VerifierKey,
    add_line,
    lines_of,
    note_bytes,
    parse_note,
)

_TIME_BYTES = 8
_TIME_MAX = 2**63 - 1
_LABEL = b"subtree/v1\n\0"


def cosigned_message(key: VerifierKey, checkpoint: Checkpoint, time_s: int) -> bytes:
    """The bytes that a cosignature of this key is over.

    Raises:
        NoteError: such a key makes no cosignatures, or name or origin is too long.
    """
    text = parse_note(checkpoint.note).text
    if key.kind == ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    if key.kind != ML_DSA_44:
        raise NoteError("a key of this type makes no cosignatures")
    return (
        _LABEL
        + _short_bytes(key.name)
        + time_s.to_bytes(8, "big")
        + _short_bytes(checkpoint.origin)
        + (0).to_bytes(8, "big")
        + checkpoint.size.to_bytes(8, "big")
        + checkpoint.root
    )


def add_signature(
    checkpoint: Checkpoint, key: VerifierKey, sign: Callable[[bytes], bytes], time_s: int
) -> Checkpoint:
    """The checkpoint with one more line of any type that is signed here.

    Types without a time (Ed25519, types of one's own) are over the text.
    """
    if key.kind in (ED25519_COSIGNATURE, ML_DSA_44):
        return cosign(checkpoint, key, sign, time_s)
    note = parse_note(checkpoint.note)
    return _with_note(checkpoint, add_line(note, key, sign(note.text.encode())))


def cosign(
    checkpoint: Checkpoint, key: VerifierKey, sign: Callable[[bytes], bytes], time_s: int
) -> Checkpoint:
    """The checkpoint with a cosignature of this key behind the lines it has.

    Raises:
        NoteError: as ``cosigned_message``.
    """
    signature = sign(cosigned_message(key, checkpoint, time_s))
    line = time_s.to_bytes(8, "big") + signature
    return _with_note(checkpoint, add_line(parse_note(checkpoint.note), key, line))


def verify_cosignature(checkpoint: Checkpoint, key: VerifierKey) -> int:
    """Check this key's cosignatures; returns the latest time any of them states, in seconds.

    Raises:
        NoteError: the checkpoint carries none of this key, or a wrong one.
    """
    lines = lines_of(parse_note(checkpoint.note), key)
    if not lines:
        raise NoteError(f"the checkpoint carries no cosignature of {key.name} with this key")
    return max(_verify_line(checkpoint, key, line) for line in lines)


def _verify_line(checkpoint: Checkpoint, key: VerifierKey, line: bytes) -> int:
    time_s, signature = int.from_bytes(line[:_TIME_BYTES], "big"), line[_TIME_BYTES:]
    if len(line) < _TIME_BYTES or time_s > _TIME_MAX:
        raise NoteError(f"the cosignature of {key.name} states no time")
    message = cosigned_message(key, checkpoint, time_s)
    check = mldsa44_verify if key.kind == ML_DSA_44 else ed25519_verify
    if not check(key.public_key, message, signature):
        raise NoteError(f"the cosignature of {key.name} is wrong")
    return time_s


def _with_note(checkpoint: Checkpoint, note: Note) -> Checkpoint:
    return replace(checkpoint, note=note_bytes(note))


def _short_bytes(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise NoteError("a name in a cosignature has 1 to 255 bytes")
    return bytes([len(data)]) + data
