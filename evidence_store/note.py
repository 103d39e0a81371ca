"""Signed notes: text with signature lines below (C2SP signed-note).

::

    text, one or more lines, ending in a newline
    <empty line>
    — key name base64(key id (4 bytes) || signature)

A line names its key by name and key id, and the key says which type of signature it is:

====  ==================================================  =======================
0x01  Ed25519 over the text                               here
0x04  Ed25519 cosignature of a checkpoint, with a time    cosignature.py
0x06  ML-DSA-44 cosignature of a checkpoint, with a time  cosignature.py
0xff  a type of one's own, named by what follows          (unknown ones are ignored)
====  ==================================================  =======================

Lines of unknown keys and types are kept and ignored, as the specification demands. Standard
library only; signing is signer.py's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from evidence_store.ed25519 import ed25519_verify
from evidence_store.errors import NoteError

ED25519 = 0x01
ED25519_COSIGNATURE = 0x04
ML_DSA_44 = 0x06
OWN_TYPE = 0xFF

#: Bytes of the public key behind each type with a byte of its own.
_PUBLIC_BYTES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1312}
_NOTE_BYTES_MAX = 1_000_000
_SIGNATURES_MAX = 100
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f]")  # none but the end of a line


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


@dataclass(frozen=True)
class VerifierKey:
    """A public key as signature lines name it (the specification's vkey)."""

    name: str
    kind: int  # the signature type byte
    public_key: bytes  # after a type of one's own (0xff): the longer identifier, then the key

    @property
    def key_id(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        said = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return hashlib.sha256(said).digest()[:4]

    @property
    def text(self) -> str:
        """The spelling that other tools take: ``name+id+base64(type || key)``."""
        key = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


def parse_verifier_key(text: str) -> VerifierKey:
    """The key that a vkey is.

    Raises:
        NoteError: it is none, its id is another key's, or its length is wrong for its type.
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("a verifier key is not base64") from error
    if not name_is_valid(name) or len(data) < 2:
        raise NoteError("not a verifier key: expected name+id+base64")
    key = VerifierKey(name, data[0], data[1:])
    if key.text != f"{name}+{key_id}+{encoded}":
        raise NoteError("a verifier key whose id does not belong to it")
    if _PUBLIC_BYTES.get(key.kind, len(key.public_key)) != len(key.public_key):
        raise NoteError("a verifier key of the wrong length")
    return key


def ed25519_key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes that name this Ed25519 key in a signature line."""
    return VerifierKey(name, ED25519, public_key).key_id


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
    if _CONTROL.search(whole):
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
    if not name_is_valid(name):
        raise NoteError(f"not a key name: {name!r}")
    signature = sign(text.encode())
    return Note(text, (NoteSignature(name, ed25519_key_id(name, public_key), signature),))


def add_line(note: Note, key: VerifierKey, signature: bytes) -> Note:
    """The note with one more signature line, behind those it has."""
    line = NoteSignature(key.name, key.key_id, signature)
    return Note(note.text, (*note.signatures, line))


def lines_of(note: Note, key: VerifierKey) -> list[bytes]:
    """The signatures on the note that name this key; none of them is verified here."""
    wanted = (key.name, key.key_id)
    return [item.signature for item in note.signatures if (item.name, item.key_id) == wanted]


def verify_note(note: Note, name: str, public_key: bytes) -> None:
    """Check that the note carries a good Ed25519 signature of this key.

    Raises:
        NoteError: it carries none of this key, or a wrong one.
    """
    ours = lines_of(note, VerifierKey(name, ED25519, public_key))
    if not ours:
        raise NoteError(f"the note carries no signature of {name} with this key")
    for signature in ours:
        if not ed25519_verify(public_key, note.text.encode(), signature):
            raise NoteError(f"the signature of {name} is wrong")


def _parse_line(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not name_is_valid(parts[1]):
        raise NoteError("a signature line is malformed")
    try:
        payload = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("a signature line is not base64") from error
    # Only the one spelling: base64 whose spare bits are not zero decodes as well.
    if len(payload) < 5 or base64.b64encode(payload).decode() != parts[2]:
        raise NoteError("a signature line is malformed")
    return NoteSignature(parts[1], payload[:4], payload[4:])


def name_is_valid(name: str) -> bool:
    """Whether a signature line may name a key so."""
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)
