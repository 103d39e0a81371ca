"""Ids and secrets: session ids that sort by time, short random ids, bearer tokens."""

from __future__ import annotations

import hashlib
import re
import secrets

#: RFC 4648 base32 in lower case, in the order in which the characters sort as text.
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TIME_CHARACTERS = 11  # 55 bits of microseconds reach the year 3111
_RANDOM_CHARACTERS = 9

SLUG = re.compile(r"[a-z0-9-]{1,40}")


def session_id(now_us: int) -> str:
    """``s`` and 20 base32 characters; ids of later sessions sort after earlier ones."""
    time = "".join(
        _ALPHABET[(now_us >> (5 * place)) & 31] for place in reversed(range(_TIME_CHARACTERS))
    )
    return "s" + time + _random(_RANDOM_CHARACTERS)


def short_id(prefix: str) -> str:
    """A random id such as ``pr-k3…``: 80 bits, a valid slug."""
    return f"{prefix}-{_random(16)}"


def token() -> str:
    """A bearer token or cookie: 256 bits from the system's generator."""
    return secrets.token_urlsafe(32)


def token_sha256(value: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


def _random(characters: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(characters))
