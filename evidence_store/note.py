"""Signed notes: text with signature lines below (C2SP signed-note).

::

    text, one or more lines, ending in a newline
    <empty line>
    — key name base64(key id (4 bytes) || signature)

Only Ed25519 (type 0x01) is verified here; lines of unknown keys and types are kept and
ignored, as the specification demands. Standard library only; signing is signer.py's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from evidence_store.ed25519 import ed25519_verify
from evidence_store.errors import NoteError

ED25519_TYPE = b"\x01"
_NOTE_BYTES_MAX = 1_000_000
_SIGNATURES_MAX = 100


@dataclass(frozen=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: bytes  # 4 bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """Text and its signatures; parsing verifies none of them."""

    text: str
    signatures: tuple[NoteSignature, ...]


def ed25519_key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes that name this key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519_TYPE + public_key).digest()[:4]


def ed25519_verifier_key(name: str, public_key: bytes) -> str:
    """The verifier key (vkey) that other tools take: ``name+id+base64(type || key)``."""
    key_id = ed25519_key_id(name, public_key).hex()
    return f"{name}+{key_id}+{base64.b64encode(ED25519_TYPE + public_key).decode()}"


def parse_note(data: bytes) -> Note:
    """The note these bytes are.

    Raises:
        NoteError: they are not a signed note.
    """
    if len(data) > _NOTE_BYTES_MAX:
        raise NoteError("the note is too large")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("the note is not UTF-8") from error
    if any((ord(char) < 0x20 and char != "\n") or char == "\x7f" for char in whole):
        raise NoteError("the note has control characters")
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise NoteError("the note has no signature lines")
    signatures = tuple(_parse_line(line) for line in lines[:-1].split("\n"))
    if len(signatures) > _SIGNATURES_MAX:
        raise NoteError("the note has too many signatures")
    return Note(text + "\n", signatures)


def note_bytes(note: Note) -> bytes:
    """The note as it is written to a file."""
    lines = "".join(
        f"— {item.name} {base64.b64encode(item.key_id + item.signature).decode()}\n"
        for item in note.signatures
    )
    return f"{note.text}\n{lines}".encode()


def sign_note(text: str, name: str, public_key: bytes, sign: Callable[[bytes], bytes]) -> Note:
    """The text with one Ed25519 signature made by ``sign``.

    Raises:
        NoteError: text or name cannot stand in a note.
    """
    if not text.endswith("\n") or not text.strip("\n"):
        raise NoteError("the text of a note ends in a newline")
    if not _name_is_valid(name):
        raise NoteError(f"not a key name: {name!r}")
    signature = sign(text.encode())
    return Note(text, (NoteSignature(name, ed25519_key_id(name, public_key), signature),))


def verify_note(note: Note, name: str, public_key: bytes) -> None:
    """Check that the note carries a good Ed25519 signature of this key.

    Raises:
        NoteError: it carries none of this key, or a wrong one.
    """
    key_id = ed25519_key_id(name, public_key)
    ours = [item for item in note.signatures if (item.name, item.key_id) == (name, key_id)]
    if not ours:
        raise NoteError(f"the note carries no signature of {name} with this key")
    for item in ours:
        if not ed25519_verify(public_key, note.text.encode(), item.signature):
            raise NoteError(f"the signature of {name} is wrong")


def _parse_line(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _name_is_valid(parts[1]):
        raise NoteError("a signature line is malformed")
    try:
        payload = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("a signature line is not base64") from error
    # Only the one spelling: base64 whose spare bits are not zero decodes as well.
    if len(payload) < 5 or base64.b64encode(payload).decode() != parts[2]:
        raise NoteError("a signature line is malformed")
    return NoteSignature(parts[1], payload[:4], payload[4:])


def _name_is_valid(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)
