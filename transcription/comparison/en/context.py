"""Features of masked English: what stands around one mention, and what a whole answer is like.

Signs: ``@`` the mention looked at, ``#`` another of its kind, ``%`` a person, ``V`` a verb and
``N`` an item of the matter, ``M`` another topic's item. Everything else is lower-case words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from transcription.comparison.linear import Linear

AT, ALSO, PERSON, VERB, ITEM, OTHER = "@", "#", "%", "V", "N", "M"
NOBODY = "nobody"
BINDING = Path(__file__).with_name("binding.npz")
WHETHER = Path(__file__).with_name("whether.npz")
_REACH = 7


def around(kind: str, masked: Sequence[str]) -> frozenset[str]:
    """Features of the place of ``@`` in ``masked``."""
    at = masked.index(AT)
    left, right = ["^", *masked[:at]][-_REACH:], [*masked[at + 1 :], "$"][:_REACH]
    found = {*_runs("l", left), *_runs("r", right)}
    for size in (1, 2, 3, 4):
        found |= {f"L{' '.join(left[-size:])}", f"R{' '.join(right[:size])}"}
    found.add(f"B{left[-1]}@{right[0]}")
    found.add(f"C{' '.join(left[-2:])}@{right[0]}")
    found.add(f"E{left[-1]}@{' '.join(right[:2])}")
    here_left = _clause(left[::-1])
    here_right = _clause(right)
    found.add(f"v{VERB in here_left}{VERB in here_right}{ALSO in here_left}{ALSO in here_right}")
    if len(masked) == 1:
        found.add("alone")
    return frozenset(
        {f"{kind}:{name}" for name in found} | {name for name in found if name[0] in "LR"}
    )


def _clause(words: Sequence[str]) -> list[str]:
    out = []
    for word in words:
        if word == ",":
            break
        out.append(word)
    return out


def whole(clauses: Sequence[Sequence[str]]) -> frozenset[str]:
    """Features of an answer: runs of words, also of its first and last clause."""
    found: set[str] = set()
    for number, clause in enumerate(clauses):
        framed = ["^", *clause, "$"]
        places = ["", *("F" * (number == 0)), *("Z" * (number == len(clauses) - 1))]
        for run in _runs("", framed):
            found.update(place + run for place in places)
    if len(clauses) == 1:
        found.add("whole:" + " ".join(clauses[0]))
    return frozenset(found)


def _runs(side: str, words: Sequence[str]) -> set[str]:
    return {
        side + " ".join(words[at : at + size])
        for size in (1, 2, 3)
        for at in range(len(words) - size + 1)
    }


@lru_cache(maxsize=2)
def model(path: Path) -> Linear:
    """The stored weights of one classifier."""
    return Linear.load(path)
