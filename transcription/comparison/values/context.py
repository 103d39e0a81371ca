"""What stands around a value in an answer: features for telling whose value it is.

``AT`` is the value looked at, ``ALSO`` another one of its kind; verbs and items of the matter and
people are signs as in ``zh.polarity``.
"""

from __future__ import annotations

AT, ALSO = "\ue010", "\ue011"
VERB, ITEM, PERSON = "\ue000", "\ue001", "\ue003"
_REACH = 12


def features(kind: str, masked: str) -> frozenset[str]:
    """Runs of characters left and right of ``AT``, near and touching, and where the verb is."""
    at = masked.index(AT)
    left, right = masked[:at], masked[at + 1 :]
    found = {
        *_runs("l", left[-_REACH:]),
        *_runs("r", right[:_REACH]),
        *(f"L{left[-n:]}" for n in range(1, 6) if len(left) >= n),
        *(f"R{right[:n]}" for n in range(1, 6) if len(right) >= n),
    }
    found |= {"L^"} if not left or left[-1] == "," else set()
    found |= {"R$"} if not right or right[0] == "," else set()
    here_left, here_right = left.rsplit(",", 1)[-1], right.split(",", 1)[0]
    found |= {f"c:{ALSO in here_left}{VERB in here_left}{ITEM in here_left}"}
    found |= {f"d:{ALSO in here_right}{VERB in here_right}{ITEM in here_right}"}
    found |= {f"e:{VERB in left}{VERB in right}", f"f:{ALSO in left}{ALSO in right}"}
    found |= {f"g:{VERB in here_left + here_right}{masked.count(ALSO) > 0}"}
    if not left and not right:
        found.add("alone")
    # A taste of the kind: 在@ means one thing for places and another for times.
    strong = {name for name in found if name[0] in "LRcdefg"}
    return frozenset(found | {f"{kind}{name}" for name in strong} | {kind})


def _runs(side: str, text: str) -> set[str]:
    return {
        side + text[at : at + size] for size in (1, 2, 3, 4) for at in range(len(text) - size + 1)
    }
