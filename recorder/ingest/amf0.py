"""AMF0 (Adobe, 2007), as far as RTMP commands need it. Pure; malformed input raises and no more."""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct

from recorder.errors import MalformedMedia

MAX_VALUES = 200  # in one message, nested ones included
MAX_DEPTH = 8
_DOUBLE = Struct(">d")
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ECMA_ARRAY, _END, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 9, 10, 11, 12

Value = float | bool | str | None | dict[str, "Value"] | list["Value"]


def decode(data: bytes) -> list[Value]:
    """All values of a message.

    Raises:
        MalformedMedia: cut off, too deep, too many, or of a kind commands do not use.
    """
    reader = _Reader(data)
    values: list[Value] = []
    while reader.position < len(data):
        values.append(reader.value(0))
    return values


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.position = 0
        self._data = data
        self._count = 0

    def _take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self._data):
            raise MalformedMedia("AMF0 is cut off")
        piece = self._data[self.position : end]
        self.position = end
        return piece

    def _text(self, length_bytes: int) -> str:
        size = int.from_bytes(self._take(length_bytes), "big")
        return self._take(size).decode("utf-8", "replace")

    def value(self, depth: int) -> Value:
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise MalformedMedia("AMF0 is nested too deep or too long")
        kind = self._take(1)[0]
        if kind == _NUMBER:
            return float(_DOUBLE.unpack(self._take(8))[0])
        if kind == _BOOLEAN:
            return self._take(1)[0] != 0
        if kind in (_STRING, _LONG_STRING):
            return self._text(2 if kind == _STRING else 4)
        if kind in (_NULL, _UNDEFINED):
            return None
        if kind in (_OBJECT, _ECMA_ARRAY):
            if kind == _ECMA_ARRAY:
                self._take(4)  # a count that is not kept to
            return self._object(depth)
        if kind == _STRICT_ARRAY:
            count = int.from_bytes(self._take(4), "big")
            return [self.value(depth + 1) for _ in range(min(count, MAX_VALUES + 1))]
        if kind == _DATE:
            return float(_DOUBLE.unpack(self._take(10)[:8])[0])
        raise MalformedMedia(f"AMF0 type {kind} is not used in commands")

    def _object(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self.position : self.position + 1] == bytes((_END,)):
                self.position += 1
                return found
            found[name] = self.value(depth + 1)


def encode(*values: float | bool | str | Mapping[str, float | str] | None) -> bytes:
    """Values of an answer."""
    return b"".join(_encoded(value) for value in values)


def _encoded(value: float | bool | str | Mapping[str, float | str] | None) -> bytes:
    if value is None:
        return bytes((_NULL,))
    if isinstance(value, bool):
        return bytes((_BOOLEAN, value))
    if isinstance(value, str):
        return bytes((_STRING,)) + _name(value)
    if isinstance(value, int | float):
        return bytes((_NUMBER,)) + _DOUBLE.pack(value)
    items = b"".join(_name(name) + _encoded(item) for name, item in value.items())
    return bytes((_OBJECT,)) + items + b"\0\0" + bytes((_END,))


def _name(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw
