"""ML-DSA-44 verification (FIPS 204) with Python's integers alone.

This is the copy that travels inside a package, so that a stranger needs neither our code nor a
library. It verifies and never signs; there are no secrets here, so it takes no care to run in
constant time. Signing is done by the ``cryptography`` library.

ML-DSA is built on a lattice, which a quantum computer is not known to break; Ed25519 would fall
to one. Numbers below in brackets are the algorithms of FIPS 204 (August 2024). Parameter set
ML-DSA-44, pure signatures (not the pre-hash kind).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

ML_DSA_PUBLIC_BYTES = 1312
ML_DSA_SIGNATURE_BYTES = 2420

_Q = 8380417  # the field: 2**23 - 2**13 + 1
_N = 256  # coefficients of a polynomial
_ROWS = 4  # k: rows of the public matrix
_COLUMNS = 4  # l: its columns
_T_DROPPED = 13  # bits dropped from t
_TAU = 39  # how many coefficients of the challenge are not zero
_BETA = 78  # tau times the largest secret coefficient
_GAMMA1 = 1 << 17  # range of z
_GAMMA2 = (_Q - 1) // 88  # range of the low bits of w
_OMEGA = 80  # at most so many hints are set
_CHALLENGE_BYTES = 32  # lambda / 4
_Z_BITS, _T1_BITS, _W1_BITS = 18, 10, 6  # bits of one coefficient where it is packed
_Z_BYTES = _N * _Z_BITS // 8
_T1_BYTES = _N * _T1_BITS // 8

#: A polynomial: its 256 coefficients, or its 256 values after the transform (NTT).
_Polynomial = list[int]


def _bit_reversed_zetas() -> list[int]:
    """Powers of 1753, a 512th root of unity, in the order the transform uses them (app. B)."""
    return [pow(1753, int(f"{index:08b}"[::-1], 2), _Q) for index in range(_N)]


_ZETAS = _bit_reversed_zetas()


def mldsa44_verify(
    public_key: bytes, message: bytes, signature: bytes, context: bytes = b""
) -> bool:
    """Whether ``signature`` over ``message`` was made with the key of ``public_key`` [3, 8]."""
    if len(public_key) != ML_DSA_PUBLIC_BYTES or len(signature) != ML_DSA_SIGNATURE_BYTES:
        return False
    if len(context) > 255:
        return False
    z_end = _CHALLENGE_BYTES + _COLUMNS * _Z_BYTES
    challenge = signature[:_CHALLENGE_BYTES]
    z = _decode_z(signature[_CHALLENGE_BYTES:z_end])
    hints = _decode_hints(signature[z_end:])
    if hints is None or any(abs(value) >= _GAMMA1 - _BETA for poly in z for value in poly):
        return False
    key_hash = hashlib.shake_256(public_key).digest(64)
    said = bytes([0, len(context)]) + context + message
    mu = hashlib.shake_256(key_hash + said).digest(64)
    w1 = _approximate_w1(public_key, challenge, z, hints)
    return challenge == hashlib.shake_256(mu + w1).digest(_CHALLENGE_BYTES)


def _approximate_w1(
    public_key: bytes, challenge: bytes, z: list[_Polynomial], hints: list[set[int]]
) -> bytes:
    """The high bits of ``A z - c t1 2^d``, corrected by the hints and packed [8, lines 5 to 12]."""
    rho = public_key[:32]
    c_values = _transform(_sample_challenge(challenge))
    z_values = [_transform(poly) for poly in z]
    packed = b""
    for row in range(_ROWS):
        begin = 32 + row * _T1_BYTES
        t1 = _unpack(public_key[begin : begin + _T1_BYTES], _T1_BITS)
        t_values = _transform([value << _T_DROPPED for value in t1])
        total = [-c * t for c, t in zip(c_values, t_values, strict=True)]
        for column in range(_COLUMNS):
            matrix = _sample_uniform(rho + bytes([column, row]))
            total = [
                value + a * b for value, a, b in zip(total, matrix, z_values[column], strict=True)
            ]
        w = _transform_back([value % _Q for value in total])
        w1 = [_use_hint(index in hints[row], value) for index, value in enumerate(w)]
        packed += _pack(w1, _W1_BITS)
    return packed


def _transform(poly: _Polynomial) -> _Polynomial:
    """The number-theoretic transform [41]: products become coefficient by coefficient."""
    w = list(poly)
    k, length = 0, 128
    while length:
        for start in range(0, _N, 2 * length):
            k += 1
            zeta = _ZETAS[k]
            for j in range(start, start + length):
                t = zeta * w[j + length] % _Q
                w[j + length] = w[j] - t
                w[j] += t
        length //= 2
    return [value % _Q for value in w]


def _transform_back(values: _Polynomial) -> _Polynomial:
    """The inverse of the transform [42]."""
    w = list(values)
    k, length = _N, 1
    while length < _N:
        for start in range(0, _N, 2 * length):
            k -= 1
            zeta = _ZETAS[k]
            for j in range(start, start + length):
                t = w[j]
                w[j] = t + w[j + length]
                w[j + length] = zeta * (w[j + length] - t) % _Q
        length *= 2
    scale = pow(_N, -1, _Q)
    return [value * scale % _Q for value in w]


def _sample_uniform(seed: bytes) -> _Polynomial:
    """One cell of the public matrix, already transformed [30]: 23-bit numbers below q."""
    length = 1008
    while True:
        data = hashlib.shake_128(seed).digest(length)
        numbers = (
            data[i] | data[i + 1] << 8 | (data[i + 2] & 0x7F) << 16 for i in range(0, length, 3)
        )
        found = [number for number in numbers if number < _Q]
        if len(found) >= _N:
            return found[:_N]
        length *= 2


def _sample_challenge(seed: bytes) -> _Polynomial:
    """The challenge [29]: 39 coefficients are 1 or -1, all others 0."""
    stream = _shake_bytes(seed)
    signs = int.from_bytes(bytes(next(stream) for _ in range(8)), "little")
    c = [0] * _N
    for i in range(_N - _TAU, _N):
        j = next(byte for byte in stream if byte <= i)
        c[i] = c[j]
        c[j] = -1 if signs >> (i + _TAU - _N) & 1 else 1
    return c


def _shake_bytes(seed: bytes) -> Iterator[int]:
    """SHAKE256 of the seed, byte by byte and without end."""
    length, done = 512, 0
    while True:
        yield from hashlib.shake_256(seed).digest(length)[done:]
        length, done = 2 * length, length


def _use_hint(hint: bool, value: int) -> int:
    """The high bits of a value [36, 40], one step up or down when the hint says so."""
    low = value % (2 * _GAMMA2)
    if low > _GAMMA2:
        low -= 2 * _GAMMA2
    if value - low == _Q - 1:
        high, low = 0, low - 1
    else:
        high = (value - low) // (2 * _GAMMA2)
    if not hint:
        return high
    return (high + (1 if low > 0 else -1)) % 44


def _decode_z(data: bytes) -> list[_Polynomial]:
    """The vector z [27]: each coefficient is packed as its distance from gamma1."""
    parts = (data[begin : begin + _Z_BYTES] for begin in range(0, len(data), _Z_BYTES))
    return [[_GAMMA1 - value for value in _unpack(part, _Z_BITS)] for part in parts]


def _decode_hints(data: bytes) -> list[set[int]] | None:
    """Where hints are set, for each row [21]; None when not packed in the one allowed way."""
    hints: list[set[int]] = []
    begin = 0
    for row in range(_ROWS):
        end = data[_OMEGA + row]
        if not begin <= end <= _OMEGA:
            return None
        places = list(data[begin:end])
        if places != sorted(set(places)):
            return None
        hints.append(set(places))
        begin = end
    return None if any(data[begin:_OMEGA]) else hints


def _unpack(data: bytes, bits: int) -> list[int]:
    """256 numbers of so many bits, the lowest first [18, 19]."""
    whole, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [whole >> (bits * index) & mask for index in range(_N)]


def _pack(values: list[int], bits: int) -> bytes:
    """The reverse of ``_unpack`` [16]."""
    whole = sum(value << (bits * index) for index, value in enumerate(values))
    return whole.to_bytes(_N * bits // 8, "little")
