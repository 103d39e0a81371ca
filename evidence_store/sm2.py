"""SM2 verification (GB/T 32918.2) and SM3 (GB/T 32905) with Python's integers alone.

For sites under Chinese cryptography rules: a note line of type 0xff whose key begins with
``SM2_IDENTIFIER``, over the text of the note, with SM3 and the signer's identity
``1234567812345678``. Verifiers that do not know it ignore it. This is the copy that travels
inside a package; it verifies and never signs.
"""

from __future__ import annotations

#: What stands before the key (65 bytes, an uncompressed point) in a verifier key of type 0xff.
SM2_IDENTIFIER = b"duizhi/sm2-sm3\n"
SM2_IDENTITY = b"1234567812345678"

_FIELD = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
_A = _FIELD - 3
_B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
_GROUP = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
_GENERATOR = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
_WORD = 0xFFFFFFFF

#: A point of the curve; None is the one at infinity.
_CurvePoint = tuple[int, int] | None


def sm2_verify(
    public_key: bytes, message: bytes, signature: bytes, identity: bytes = SM2_IDENTITY
) -> bool:
    """Whether ``signature`` (r and s, 32 bytes each) was made with the key of this point."""
    key = _read_point(public_key)
    if key is None or len(signature) != 64 or len(identity) > 8191:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % _GROUP
    if not (0 < r < _GROUP and 0 < s < _GROUP and t):
        return False
    numbers = (_A, _B, *_GENERATOR, *key)
    said = (8 * len(identity)).to_bytes(2, "big") + identity
    said += b"".join(number.to_bytes(32, "big") for number in numbers)
    e = int.from_bytes(sm3(sm3(said) + message), "big")
    point = _sum(_times(s, _GENERATOR), _times(t, key))
    return point is not None and (e + point[0]) % _GROUP == r


def sm3(data: bytes) -> bytes:
    """The SM3 digest (32 bytes)."""
    state = [
        *(0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600),
        *(0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E),
    ]
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for begin in range(0, len(padded), 64):
        state = _compress(state, padded[begin : begin + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def _compress(state: list[int], block: bytes) -> list[int]:
    """One block of SM3 (GB/T 32905, 5.3)."""
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)
        x ^= _turn(x, 15) ^ _turn(x, 23)
        w.append(x ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _turn((_turn(a, 12) + e + _turn(constant, j % 32)) & _WORD, 7)
        ss2 = ss1 ^ _turn(a, 12)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & _WORD
        tt2 = (gg + h + ss1 + w[j]) & _WORD
        a, b, c, d = tt1, a, _turn(b, 9), c
        e, f, g, h = tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17), e, _turn(f, 19), g
    return [one ^ other for one, other in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def _turn(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & _WORD


def _read_point(data: bytes) -> _CurvePoint:
    if len(data) != 65 or data[0] != 4:
        return None
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    on_curve = (y * y - (x * x * x + _A * x + _B)) % _FIELD == 0
    return (x, y) if x < _FIELD and y < _FIELD and on_curve else None


def _sum(p: _CurvePoint, q: _CurvePoint) -> _CurvePoint:
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % _FIELD == 0:
            return None
        slope = (3 * p[0] * p[0] + _A) * pow(2 * p[1], -1, _FIELD) % _FIELD
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, _FIELD) % _FIELD
    x = (slope * slope - p[0] - q[0]) % _FIELD
    return x, (slope * (p[0] - x) - p[1]) % _FIELD


def _times(scalar: int, point: _CurvePoint) -> _CurvePoint:
    total: _CurvePoint = None
    while scalar:
        if scalar & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        scalar >>= 1
    return total
