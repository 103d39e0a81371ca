"""Salted commitments: what an entry says without showing it.

Standard library only (part of the verifier inside a package). The private part of an entry, its
*payload*, is a JSON object of its own. The entry's body carries only

    ``"c": SHA-256(salt || payload)``, in hex; the salt is 16 random bytes, the payload its
    RFC 8785 spelling

and payload and salt lie beside the log, one line each::

    {"payload":{"text":"…"},"salt":"0f…","seq":42}

1. The salt makes guessing useless: without it nobody can try names or words against ``c``.
2. Giving out the line reveals the payload with proof; keeping it back breaks no proof.
3. Body and payload have no key in common, so nothing that was shown can be said differently.

*Opened* is an entry whose payload was put back into its body (``c`` falls away). An entry whose
payload is not at hand keeps ``c`` and is marked ``"withheld":true``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from evidence_store.canonical import canonical_bytes, parse_canonical
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EntryError

SALT_BYTES = 16
#: Largest payload; it lies beside the log, so the limit of an entry does not hold for it.
PAYLOAD_BYTES_MAX = 1 << 18
#: Longest line of a payload file.
PAYLOAD_LINE_MAX = PAYLOAD_BYTES_MAX + 256

#: Keys of a body that no caller may use.
COMMITMENT = "c"
WITHHELD = "withheld"

_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEX_SALT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Payload:
    """The private part of one entry, with what proves it."""

    seq: int  # index of its entry
    salt: bytes
    value: dict[str, Any]


def commitment(salt: bytes, payload: bytes) -> str:
    """What the entry carries for this payload (its canonical bytes)."""
    return hashlib.sha256(salt + payload).hexdigest()


def stated_commitment(body: dict[str, Any]) -> str:
    """The commitment a body carries; empty when it has no private part."""
    value = body.get(COMMITMENT)
    return value if isinstance(value, str) and _HEX_SHA256.fullmatch(value) else ""


def payload_line(seq: int, salt: bytes, payload: bytes) -> bytes:
    """One line of a payload file, without its newline; ``payload`` is canonical."""
    return b'{"payload":%b,"salt":"%b","seq":%d}' % (payload, salt.hex().encode(), seq)


def parse_payload(line: bytes) -> Payload:
    """The payload this line holds.

    Raises:
        EntryError: any bytes that are not exactly one such line.
    """
    if len(line) > PAYLOAD_LINE_MAX:
        raise EntryError(f"a payload has at most {PAYLOAD_BYTES_MAX} bytes")
    value = parse_canonical(line)
    payload, salt, seq = value.get("payload"), value.get("salt"), value.get("seq")
    if set(value) != {"payload", "salt", "seq"} or type(seq) is not int or seq < 0:
        raise EntryError("a payload line has exactly payload, salt and seq")
    if not isinstance(payload, dict) or not isinstance(salt, str):
        raise EntryError("a payload is an object, its salt is text")
    if not _HEX_SALT.fullmatch(salt):
        raise EntryError(f"a salt is {SALT_BYTES} bytes in hex")
    return Payload(seq, bytes.fromhex(salt), payload)


def fits(entry: Entry, payload: Payload) -> bool:
    """Whether this is the payload that the entry was made with."""
    stated = stated_commitment(entry.body)
    made = commitment(payload.salt, canonical_bytes(payload.value))
    return payload.seq == entry.seq and made == stated and not set(payload.value) & set(entry.body)


def open_entry(entry: Entry, payload: Payload | None) -> Entry:
    """The entry with its payload in its body; ``payload`` must fit, None when it is not at hand."""
    if not stated_commitment(entry.body):
        return entry
    if payload is None:
        return replace(entry, body={**entry.body, WITHHELD: True})
    public = {key: value for key, value in entry.body.items() if key != COMMITMENT}
    return replace(entry, body={**public, **payload.value})


def opened_bytes(data: bytes, line: bytes | None) -> bytes:
    """Stored bytes of an entry in, the spelling of the opened entry out.

    A line that does not fit counts as none. The result is no longer what was hashed; it may be
    longer than an entry can be.

    Raises:
        EntryError: ``data`` is not an entry.
    """
    if b'"c":"' not in data:
        return data
    entry = parse_entry(data)
    if not stated_commitment(entry.body):
        return data
    payload: Payload | None = None
    if line is not None:
        try:
            payload = parse_payload(line)
        except EntryError:
            payload = None
    if payload is not None and not fits(entry, payload):
        payload = None
    return canonical_bytes(open_entry(entry, payload).value())
