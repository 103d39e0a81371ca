"""The one spelling of a JSON value (RFC 8785), restricted to integers.

Standard library only: this module is part of the verifier that travels inside a package.
Writing entries uses the ``rfc8785`` library; a test holds that both spell every value alike.

Rule: bytes that are not exactly the canonical spelling of an object are an error, so that one
value has one hash.
"""

from __future__ import annotations

import json
from typing import Any

from evidence_store.errors import EntryError

#: The largest integer a JSON number carries exactly (RFC 8785, 3.2.2.3).
INTEGER_MAX = 2**53 - 1


def canonical_bytes(value: object) -> bytes:
    """The RFC 8785 spelling of a value made of objects, arrays, strings, integers and null.

    Raises:
        EntryError: the value holds a float, a too large integer or text that is not Unicode.
    """
    try:
        return json.dumps(
            _ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise EntryError(f"no canonical spelling: {error}") from error


def parse_canonical(data: bytes) -> dict[str, Any]:
    """The object these bytes spell.

    Raises:
        EntryError: the bytes are not the canonical spelling of an object.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise EntryError(f"not canonical JSON: {error}") from error
    if not isinstance(value, dict):
        raise EntryError("not a JSON object")
    if canonical_bytes(value) != data:
        raise EntryError("JSON, but not in its canonical spelling (RFC 8785)")
    return value


def _ordered(value: object) -> object:
    """The same value with the keys of every object in RFC 8785 order (by UTF-16 units)."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise EntryError("the key of an object must be text")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            raise EntryError(f"integer out of range: {value}")
        return int(value)
    raise EntryError(f"a {type(value).__name__} has no place in an entry")


def _no_float(text: str) -> object:
    raise ValueError(f"{text} is not an integer")
