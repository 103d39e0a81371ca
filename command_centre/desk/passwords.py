"""What makes a password good enough: length, and not what anybody tries first.

No rules about kinds of characters and no expiry (NIST SP 800-63B 3.1.1.2): they make people write
passwords down.
"""

from __future__ import annotations

from itertools import pairwise

from command_centre.errors import Rejected

SHORTEST = 10
LONGEST = 256
#: What people try first, at this length; digits at the end are tried as well.
_COMMON = frozenset(
    {
        *("1234567890", "0123456789", "12345678910", "1234567891", "123123123123", "1q2w3e4r5t"),
        *("1qaz2wsx3edc", "qwertyuiop", "administrator", "woaini1314", "woaini520", "5201314520"),
        *("a123456789", "123456789a", "abc1234567", "password", "passw0rd", "admin", "qwerty"),
        *("letmein", "welcome", "iloveyou", "woaini", "duizhi"),
    }
)


def require_good(password: str, *names: str) -> None:
    """Refuse a password that is easily guessed; ``names`` must not be in it.

    Raises:
        Rejected: ``weak_password`` with ``why``: short, long, common, name or repeated.
    """
    folded = password.casefold()
    why = ""
    if len(password) < SHORTEST:
        why = "short"
    elif len(password) > LONGEST:
        why = "long"
    elif folded in _COMMON or folded.strip("0123456789!.@") in _COMMON:
        why = "common"
    elif any(len(name) >= 4 and name.casefold() in folded for name in names):
        why = "name"
    elif len(set(password)) < 5 or _runs(password):
        why = "repeated"
    if why:
        raise Rejected("weak_password", f"choose another password: {why}", why=why)


def _runs(password: str) -> bool:
    """Whether every character follows from the one before: 11111, 23456, abcde."""
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
