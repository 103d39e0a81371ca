"""What keys say of keys and of sessions: certificates and seals, each a signed note.

A certificate (``role host``: signed by the unit's root; ``role session``: signed by the host)::

    duizhi-certificate/1
    role host
    name duizhi.local/recorder-1
    issued 1795300000
    until 1803076000
    <verifier key>
    <verifier key>
    <empty line>
    — unit.example/root base64(key id || signature)

``issued`` and ``until`` are seconds since 1970; ``until 0`` means without end. The seal of a
session is signed with the session's own key::

    duizhi-session-seal/1
    duizhi.local/recorder-1
    <session>
    final                      or: open
    <index of the last entry that is sealed>
    <number of the session's entries that are sealed>
    <hex of the chain>

The chain starts as SHA-256 of ``duizhi-session-chain/1``, the origin and the session, a newline
after each; every entry of the session makes it SHA-256 of the chain so far and the leaf hash.
Standard library only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from evidence_store.errors import NoteError
from evidence_store.note import (
    VerifierKey,
    note_bytes,
    parse_note,
    parse_verifier_key,
    sign_note,
    verify_note,
)

_CERTIFICATE_HEAD = "duizhi-certificate/1"
_SEAL_HEAD = "duizhi-session-seal/1"
_CHAIN_HEAD = "duizhi-session-chain/1"
_CERTIFIED_KEYS_MAX = 16
_SECONDS = re.compile(r"(?:issued|until) (0|[1-9][0-9]{0,11})")


@dataclass(frozen=True)
class Certificate:
    """That these keys are those of ``name``, in the words of whoever signs it."""

    role: str  # host or session
    name: str  # the log's origin; for a session: origin/session
    issued_s: int
    until_s: int  # 0: without end
    keys: tuple[VerifierKey, ...]

    @property
    def text(self) -> str:
        """What is signed."""
        head = f"{_CERTIFICATE_HEAD}\nrole {self.role}\nname {self.name}\n"
        times = f"issued {self.issued_s}\nuntil {self.until_s}\n"
        return head + times + "".join(f"{key.text}\n" for key in self.keys)


@dataclass(frozen=True)
class Seal:
    """How far a session's entries are sealed."""

    origin: str
    session: str
    final: bool
    last_seq: int
    entries: int
    chain: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        state = "final" if self.final else "open"
        return (
            f"{_SEAL_HEAD}\n{self.origin}\n{self.session}\n{state}\n"
            f"{self.last_seq}\n{self.entries}\n{self.chain.hex()}\n"
        )


def begin_chain(origin: str, session: str) -> bytes:
    """The chain of a session before its first entry."""
    return hashlib.sha256(f"{_CHAIN_HEAD}\n{origin}\n{session}\n".encode()).digest()


def extend_chain(chain: bytes, leaf: bytes) -> bytes:
    """The chain with one more entry, given by its leaf hash."""
    return hashlib.sha256(chain + leaf).digest()


def sign_statement(text: str, key: VerifierKey, sign: Callable[[bytes], bytes]) -> str:
    """A certificate or seal with the signature of an Ed25519 key, as it stands in an entry."""
    return note_bytes(sign_note(text, key.name, key.public_key, sign)).decode()


def verify_statement(note_text: object, text: str, key: VerifierKey) -> None:
    """Check that ``note_text`` is ``text`` with a good signature of this Ed25519 key.

    Raises:
        NoteError: it is not.
    """
    note = parse_note(_encoded(note_text))
    if note.text != text:
        raise NoteError("it says something else than what is there")
    verify_note(note, key.name, key.public_key)


def parse_certificate(note_text: object) -> Certificate:
    """The certificate in a note; its signature is not verified here.

    Raises:
        NoteError: it is none, or not in its one spelling.
    """
    text = parse_note(_encoded(note_text)).text
    lines = text[:-1].split("\n")
    if not 6 <= len(lines) <= 5 + _CERTIFIED_KEYS_MAX:
        raise NoteError("a certificate has five lines and a line for each key")
    issued, until = _SECONDS.fullmatch(lines[3]), _SECONDS.fullmatch(lines[4])
    keys = tuple(parse_verifier_key(line) for line in lines[5:])
    if issued is None or until is None:
        raise NoteError("a certificate says from when and until when it holds")
    role, name = lines[1].removeprefix("role "), lines[2].removeprefix("name ")
    certificate = Certificate(role, name, int(issued[1]), int(until[1]), keys)
    if certificate.text != text or role not in ("host", "session"):
        raise NoteError("a certificate has one spelling, this is another")
    return certificate


def session_key_name(origin: str, session: str) -> str:
    """The name of a session's key in signature lines."""
    return f"{origin}/{session}"


def _encoded(note_text: object) -> bytes:
    if not isinstance(note_text, str):
        raise NoteError("there is no signed note")
    try:
        return note_text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("the note is not UTF-8") from error
