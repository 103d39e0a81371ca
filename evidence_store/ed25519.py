"""Ed25519 verification (RFC 8032, section 5.1.7) with Python's integers alone.

This is the copy that travels inside a package, so that a stranger needs neither our code nor a
library. It verifies and never signs: it takes no care to run in constant time, which only
matters to secrets, and here there are none. Signing is done by the ``cryptography`` library.

Strict: a non-canonical point or scalar is refused, and a key of small order, under which one
signature fits every message.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19  # the field
_L = 2**252 + 27742317777372353535851937790883648493  # order of the base point
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)

#: A point in extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z.
_Point = tuple[int, int, int, int]


def ed25519_verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``message`` was made with the key of ``public_key``."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key = _decode_point(public_key)
    r_point = _decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r_point is None or s >= _L or _small_order(key):
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % _L
    return _equal(_multiply(s, _BASE), _add(r_point, _multiply(k, key)))


def _add(p: _Point, q: _Point) -> _Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _multiply(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _small_order(point: _Point) -> bool:
    """Whether eight times the point is the identity."""
    for _ in range(3):
        point = _add(point, point)
    return _equal(point, (0, 1, 1, 0))


def _equal(p: _Point, q: _Point) -> bool:
    same_x = (p[0] * q[2] - q[0] * p[2]) % _P == 0
    same_y = (p[1] * q[2] - q[1] * p[2]) % _P == 0
    return same_x and same_y


def _decode_point(data: bytes) -> _Point | None:
    """RFC 8032, 5.1.3: y little-endian, the sign of x in the top bit."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & ((1 << 255) - 1)
    if y >= _P:
        return None
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(x_squared, (_P + 3) // 8, _P)
    if (x * x - x_squared) % _P != 0:
        x = x * _SQRT_M1 % _P
    if (x * x - x_squared) % _P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _base_point() -> _Point:
    point = _decode_point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    if point is None:
        raise ArithmeticError("the base point of Ed25519 does not decode")
    return point


_BASE = _base_point()
