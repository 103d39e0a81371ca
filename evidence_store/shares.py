"""Two-person recovery: a secret in n shares, any k of which give it back (Shamir 1979).

A polynomial of degree k - 1 over the integers modulo the prime 2^521 - 1, whose value at 0 is the
secret and whose other coefficients are random; share i is its value at i. Through k points goes
one such polynomial; through fewer there is one for every possible secret, so fewer than k shares
say nothing at all about it. Pure: no files, no clock; randomness comes from ``secrets``.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_store.errors import SharesWrong

#: A Mersenne prime; larger than any secret of 64 bytes.
PRIME = (1 << 521) - 1
SECRET_BYTES_MAX = 64
CUSTODIANS_MAX = 20


@dataclass(frozen=True)
class Share:
    """One point of the polynomial."""

    number: int  # from 1
    value: int


def split(secret: bytes, custodians: int, need: int) -> list[Share]:
    """Shares for so many custodians, any ``need`` of which are enough.

    Raises:
        SharesWrong: the numbers cannot be.
    """
    if not 2 <= need <= custodians <= CUSTODIANS_MAX:
        raise SharesWrong(f"expected 2 <= need <= custodians <= {CUSTODIANS_MAX}")
    if not 1 <= len(secret) <= SECRET_BYTES_MAX:
        raise SharesWrong(f"expected a secret of 1 to {SECRET_BYTES_MAX} bytes")
    line = [int.from_bytes(secret, "big"), *(secrets.randbelow(PRIME) for _ in range(need - 1))]
    return [Share(number, _value(line, number)) for number in range(1, custodians + 1)]


def join(shares: Sequence[Share], length: int) -> bytes:
    """The secret, of ``length`` bytes, that these shares stand for.

    With wrong or too few shares the result is another secret: the caller must know its own.

    Raises:
        SharesWrong: two shares of one number, or no secret of this length.
    """
    numbers = [share.number for share in shares]
    if len(set(numbers)) != len(numbers) or not numbers:
        raise SharesWrong("expected shares of different custodians")
    secret = 0
    for one in shares:
        weight = 1
        for other in numbers:
            if other != one.number:
                weight = weight * other * pow(other - one.number, -1, PRIME) % PRIME
        secret = (secret + one.value * weight) % PRIME
    try:
        return secret.to_bytes(length, "big")
    except OverflowError as error:
        raise SharesWrong("these shares do not belong together") from error


def _value(line: Sequence[int], at: int) -> int:
    total = 0
    for coefficient in reversed(line):
        total = (total * at + coefficient) % PRIME
    return total
