"""Reading an RFC 3161 time stamp: what was stamped, and when. The signature is not checked here.

A reply is DER: a status and a CMS SignedData (RFC 5652) whose content is a TSTInfo (RFC 3161,
section 2.4.2)::

    TSTInfo ::= SEQUENCE { version, policy, messageImprint { algorithm, hash }, serialNumber,
                           genTime, ... }

Only what is needed is read, strictly: definite lengths in their shortest form, nothing behind the
end. Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from evidence_store.errors import StampError

_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID, _TIME = 0x30, 0x31, 0x02, 0x04, 0x06, 0x18
_EXPLICIT_0 = 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4
_SHA256 = bytes.fromhex("608648016503040201")  # 2.16.840.1.101.3.4.2.1
_GRANTED = (b"\x00", b"\x01")  # granted, grantedWithMods
#: Longest reply that is read; a token with its certificates has a few thousand bytes.
STAMP_BYTES_MAX = 100_000


@dataclass(frozen=True)
class StampToken:
    """What a token says."""

    imprint: bytes  # SHA-256 of the stamped bytes
    time_us: int  # genTime, by the authority's clock
    serial: int
    certificates: tuple[bytes, ...]  # that lie in it, DER


@dataclass(frozen=True)
class _Value:
    """One DER value."""

    tag: int
    content: bytes
    whole: bytes


_NOTHING = _Value(_SEQUENCE, b"", b"")


def parse_stamp(data: bytes) -> StampToken:
    """The token of this reply.

    Raises:
        StampError: it is not a granted reply with a token over a SHA-256 digest.
    """
    if len(data) > STAMP_BYTES_MAX:
        raise StampError("the time stamp is too large")
    status, *token = _members(_only(data, _SEQUENCE)) or [_NOTHING]
    codes = _members(status)
    if not codes or codes[0].tag != _INTEGER or codes[0].content not in _GRANTED:
        raise StampError("the authority did not grant the time stamp")
    if len(token) != 1:
        raise StampError("the reply has no token")
    signed = _signed_data(token[0])
    content = _part_at(signed, 2, _SEQUENCE)
    kind, *wrapped = _members(content) or [_NOTHING]
    if kind.content != _TST_INFO or len(wrapped) != 1 or wrapped[0].tag != _EXPLICIT_0:
        raise StampError("the token does not hold a time stamp")
    info = _only(_only(wrapped[0].content, _OCTETS).content, _SEQUENCE)
    certificates = tuple(
        one.whole for part in signed[3:4] if part.tag == _EXPLICIT_0 for one in _members(part)
    )
    return _tst_info(_members(info), certificates)


def is_self_issued(certificate: bytes) -> bool:
    """Whether issuer and subject of a certificate (DER) are the same; false when it is none."""
    try:
        parts = _members(_members(_only(certificate, _SEQUENCE))[0])
        parts = parts[1:] if parts[0].tag == _EXPLICIT_0 else parts  # the version
        return _part_at(parts, 2, _SEQUENCE).whole == _part_at(parts, 4, _SEQUENCE).whole
    except (StampError, IndexError):
        return False


def _signed_data(token: _Value) -> list[_Value]:
    parts = _members(token)
    if len(parts) != 2 or parts[0].content != _SIGNED_DATA or parts[1].tag != _EXPLICIT_0:
        raise StampError("the token is not signed data")
    return _members(_only(parts[1].content, _SEQUENCE))


def _tst_info(parts: Sequence[_Value], certificates: tuple[bytes, ...]) -> StampToken:
    imprint = _members(_part_at(parts, 2, _SEQUENCE))
    algorithm = _members(_part_at(imprint, 0, _SEQUENCE))
    digest = _part_at(imprint, 1, _OCTETS).content
    if _part_at(algorithm, 0, _OID).content != _SHA256 or len(digest) != 32:
        raise StampError("the time stamp is not over a SHA-256 digest")
    serial = int.from_bytes(_part_at(parts, 3, _INTEGER).content, "big", signed=True)
    return StampToken(digest, _time_us(_part_at(parts, 4, _TIME).content), serial, certificates)


def _time_us(data: bytes) -> int:
    """GeneralizedTime as RFC 3161 spells it: YYYYMMDDhhmmss[.s...]Z."""
    whole, _, fraction = data.removesuffix(b"Z").partition(b".")
    if not data.endswith(b"Z") or len(whole) != 14 or not whole.isdigit():
        raise StampError("the time of the time stamp is not spelled as it must be")
    if fraction and not (fraction.isdigit() and len(fraction) <= 9):
        raise StampError("the time of the time stamp is not spelled as it must be")
    text = whole.decode()
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError as error:
        raise StampError("the time of the time stamp does not exist") from error
    hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:14])
    if hour > 23 or minute > 59 or second > 60:
        raise StampError("the time of the time stamp does not exist")
    days = (day - date(1970, 1, 1)).days
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return seconds * 1_000_000 + int(fraction.ljust(6, b"0")[:6] or b"0")


def _part_at(values: Sequence[_Value], at: int, tag: int) -> _Value:
    if at >= len(values) or values[at].tag != tag:
        raise StampError("the time stamp is malformed")
    return values[at]


def _only(data: bytes, tag: int) -> _Value:
    """The one value these bytes are."""
    values = _values(data)
    if len(values) != 1 or values[0].tag != tag:
        raise StampError("the time stamp is malformed")
    return values[0]


def _members(value: _Value) -> list[_Value]:
    if value.tag not in (_SEQUENCE, _SET, _EXPLICIT_0):
        raise StampError("the time stamp is malformed")
    return _values(value.content)


def _values(data: bytes) -> list[_Value]:
    """All DER values in these bytes, one after the other."""
    found: list[_Value] = []
    at = 0
    while at < len(data):
        head, length = _der_length(data, at)
        end = at + head + length
        if end > len(data):
            raise StampError("the time stamp is cut off")
        found.append(_Value(data[at], data[at + head : end], data[at:end]))
        at = end
    return found


def _der_length(data: bytes, at: int) -> tuple[int, int]:
    """Bytes of tag and length, and the length (X.690, 8.1.3, its shortest form)."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise StampError("the time stamp is malformed")
    first = data[at + 1]
    if first < 0x80:
        return 2, first
    size = first & 0x7F
    octets = data[at + 2 : at + 2 + size]
    length = int.from_bytes(octets, "big")
    if not 1 <= size <= 4 or len(octets) != size or octets[0] == 0 or length < 0x80:
        raise StampError("the time stamp is not DER")
    return 2 + size, length
