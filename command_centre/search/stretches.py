"""Time cut into stretches of five sizes, so that an index without order can be asked for a part.

A stretch is named by its size and its number, ``s:20:1640625``: the instants (ms) that share all
but their last 20 bits, 17 minutes. Any two instants are joined by few of them, small ones at the
ends and large ones between. Ids are those of ``index.Places``: a millisecond and a slot.
"""

from __future__ import annotations

from command_centre.search.index import SLOTS

#: Bits of a millisecond that a stretch leaves open: 17 min, 2.3 h, 19 h, 6 d, 50 d.
SIZES = (20, 23, 26, 29, 32)


def stretch_tokens(document_id: int) -> list[str]:
    """The stretch of each size that a document lies in."""
    return [_name(size, document_id // SLOTS >> size) for size in SIZES]


def stretches_of(start: int, end: int) -> list[str]:
    """The fewest stretches that together hold every id from ``start`` (inclusive) to ``end``.

    They may hold ids before and behind as well. At least one, also when there is nothing between.
    """
    low, high = start // SLOTS >> SIZES[0], max(start, end - 1) // SLOTS >> SIZES[0]
    named: list[str] = []
    for size, wider in zip(SIZES, (*SIZES[1:], None), strict=True):
        if wider is None:
            return named + [_name(size, at) for at in range(low, high + 1)]
        step = 1 << wider - size
        first, last = -(-low // step), (high + 1) // step  # whole wider ones: first to last - 1
        if first >= last:
            return named + [_name(size, at) for at in range(low, high + 1)]
        named += [_name(size, at) for at in range(low, first * step)]
        named += [_name(size, at) for at in range(last * step, high + 1)]
        low, high = first, last - 1
    raise AssertionError("the widest size returns")


def _name(size: int, number: int) -> str:
    return f"s:{size}:{number}"
