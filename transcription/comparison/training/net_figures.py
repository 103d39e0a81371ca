"""How well the network reads exchanges that it has not learnt from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from transcription.comparison.figures import Count
from transcription.comparison.net import Network
from transcription.comparison.net_shape import BESIDE, OF_TYPE, ROLES, STATES, WHOLE
from transcription.comparison.training.examples import Encode, Example

#: Files of the Chinese exchanges never trained on, and files that only decide when to stop and how
#: to calibrate.
HELD_OUT = ("w1a", "w2a", "w3b", "w4b", "w5b", "w6g", "w7e", "w8e")
TUNED_ON = ("lead5", "net8", "w3c", "w4c")
#: The same of the English ones.
HELD_OUT_EN = ("a1", "a6", "b1", "b6", "c5", "d1", "e5", "f1", "g6")
TUNED_ON_EN = ("a2", "b2")
#: A role or a word of the whole that the network is this sure of counts as said flatly.
FLAT = 0.8


def figures(
    network: Network[Any], encode: Encode, some: Sequence[Example]
) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 by role (the likeliest state), and of those that are FLAT."""
    counts: dict[str, Count] = defaultdict(Count)
    flat: dict[str, Count] = defaultdict(Count)
    right = asked = 0
    for one in some:
        given = encode(one.point, one.turns, network.words)
        said = network.read(given)
        for (_, _, n), found in zip(given.marks, said.roles, strict=True):
            for role in OF_TYPE[one.turns[-1].marks[n].kind]:
                name = ROLES[role]
                truth, best = one.roles[n][role], int(found[role].argmax())
                for state in (1, 2, 3):
                    key = name if state == 1 else f"{name} {STATES[state]}"
                    counts[key] += _count(best == state, truth == state)
                    sure = best == state and float(found[role][state]) >= FLAT
                    flat[key] += _count(sure, truth == state)
        for at, name in enumerate(BESIDE):
            counts[name] += _count(said.beside[at] >= 0.5, one.beside[at] == 1)
        if one.whole < 0:
            continue
        best = int(said.whole.argmax())
        right += best == one.whole
        asked += 1
        for at, name in enumerate(WHOLE):
            counts[name] += _count(best == at, one.whole == at)
            sure = best == at and float(said.whole[at]) >= FLAT
            flat[name] += _count(sure, one.whole == at)
    made = {
        name: {
            "precision": round(count.precision or 0, 3),
            "recall": round(count.recall or 0, 3),
            "n": count.tp + count.fn,
            "flat precision": round(flat[name].precision or 0, 3),
            "flat recall": round(flat[name].recall or 0, 3),
        }
        for name, count in counts.items()
        if count.tp + count.fn
    }
    said_roles = [counts[name] for name in ROLES]
    total = sum(said_roles, Count())
    made["all roles"] = {
        "precision": round(total.precision or 0, 3),
        "recall": round(total.recall or 0, 3),
        "f1": round(total.f1 or 0, 3),
    }
    made["whole"] = {"right": round(right / max(asked, 1), 3), "n": asked}
    return made


def _count(found: bool, true: bool) -> Count:
    return Count(int(found and true), int(found and not true), int(true and not found))
