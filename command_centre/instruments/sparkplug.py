"""Sparkplug B payloads (specification 3.0.0, chapter 6; ``sparkplug_b.proto``): the part we need.

Bytes to values and back, nothing else: a payload with its metrics, each with name or alias,
timestamp and one scalar value. Protocol buffers are read here by hand (wire types 0, 1, 2 and 5);
fields we do not use are skipped, so that richer payloads are read as well. Data sets, templates and
property sets are skipped.

Rule: any bytes are a payload or ``GarbledReading``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from command_centre.errors import GarbledReading

MAX_METRICS = 500

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
#: Data types (specification table 6.4.16) whose integers are signed.
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
INT64, DOUBLE, BOOLEAN, STRING = 4, 10, 11, 12

Value = int | float | bool | str


@dataclass(frozen=True)
class Metric:
    """One value with its name (in births) or its alias (afterwards, when the birth gave one)."""

    name: str = ""
    alias: int | None = None
    t_ms: int | None = None
    value: Value | None = None
    historical: bool = False  # not the current value but one from an outage


@dataclass(frozen=True)
class Payload:
    """What a message carries; ``seq`` is missing in a node's death."""

    t_ms: int | None
    seq: int | None
    metrics: tuple[Metric, ...]


def decode(raw: bytes) -> Payload:
    """Read a payload.

    Raises:
        GarbledReading: it is not one.
    """
    t_ms: int | None = None
    seq: int | None = None
    metrics: list[Metric] = []
    try:
        for number, value in _fields(raw):
            if number == 1 and isinstance(value, int):
                t_ms = value
            elif number == 2 and isinstance(value, bytes):
                if len(metrics) >= MAX_METRICS:
                    raise GarbledReading(f"a payload has at most {MAX_METRICS} metrics")
                metrics.append(_metric(value))
            elif number == 3 and isinstance(value, int):
                seq = value
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise GarbledReading("not a Sparkplug B payload") from error
    return Payload(t_ms, seq, tuple(metrics))


def _metric(raw: bytes) -> Metric:
    name, datatype = "", 0
    alias: int | None = None
    t_ms: int | None = None
    value: Value | None = None
    null = historical = False
    for number, found in _fields(raw):
        match number, found:
            case 1, bytes():
                name = found.decode()
            case 2, int():
                alias = found
            case 3, int():
                t_ms = found
            case 4, int():
                datatype = found
            case 5, int():
                historical = bool(found)
            case 7, int():
                null = bool(found)
            case ((10 | 11), int()):
                value = found
            case 12, bytes():
                value = struct.unpack("<f", found)[0]
            case 13, bytes():
                value = struct.unpack("<d", found)[0]
            case 14, int():
                value = bool(found)
            case 15, bytes():
                value = found.decode()
    bits = _SIGNED.get(datatype)
    if bits is not None and isinstance(value, int) and not isinstance(value, bool):
        value &= (1 << bits) - 1
        value -= (1 << bits) if value >> (bits - 1) else 0
    return Metric(name, alias, t_ms, None if null else value, historical)


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values; fixed-width ones as their bytes."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(raw, at)
            yield number, value
            continue
        if wire == _BYTES:
            length, at = _varint(raw, at)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise GarbledReading("not a Sparkplug B payload")
        if at + length > len(raw):
            raise GarbledReading("a Sparkplug B payload ends early")
        yield number, raw[at : at + length]
        at += length


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
        if shift > 63:
            raise GarbledReading("a number of a Sparkplug B payload has no end")


def encode(payload: Payload) -> bytes:
    """The bytes of a payload: for commands to a node, for the demo's instrument and for tests."""
    out = bytearray()
    if payload.t_ms is not None:
        out += _number(1, payload.t_ms)
    for metric in payload.metrics:
        raw = _encoded(metric)
        out += _key(2, _BYTES) + _plain(len(raw)) + raw
    if payload.seq is not None:
        out += _number(3, payload.seq)
    return bytes(out)


def _encoded(metric: Metric) -> bytes:
    out = bytearray()
    if metric.name:
        out += _text(1, metric.name)
    if metric.alias is not None:
        out += _number(2, metric.alias)
    if metric.t_ms is not None:
        out += _number(3, metric.t_ms)
    if metric.historical:
        out += _number(5, 1)
    match metric.value:
        case None:
            out += _number(7, 1)
        case bool():
            out += _number(4, BOOLEAN) + _number(14, int(metric.value))
        case int():
            out += _number(4, INT64) + _number(11, metric.value & 0xFFFF_FFFF_FFFF_FFFF)
        case float():
            out += _number(4, DOUBLE) + _key(13, _FIXED64) + struct.pack("<d", metric.value)
        case str():
            out += _number(4, STRING) + _text(15, metric.value)
    return bytes(out)


def _key(number: int, wire: int) -> bytes:
    return _plain(number << 3 | wire)


def _number(number: int, value: int) -> bytes:
    return _key(number, _VARINT) + _plain(value)


def _text(number: int, text: str) -> bytes:
    raw = text.encode()
    return _key(number, _BYTES) + _plain(len(raw)) + raw


def _plain(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
