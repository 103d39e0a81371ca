"""Time cut into stretches of six sizes, so that an index without order can be asked for a part.

A stretch is named by its size and its number, ``s:20:1640625``: the instants (ms) that share all
but their last 20 bits, 17 minutes. Ids are those of ``index.Places``: a millisecond and a slot.
"""

from __future__ import annotations

from command_centre.search.index import SLOTS

#: Bits of a millisecond that a stretch leaves open: 17 min, 2.3 h, 19 h, 6 d, 50 d, 1.1 years.
SIZES = (20, 23, 26, 29, 32, 35)
#: An index asked for more alternatives at once spends its time on these.
MOST = 8


def stretch_tokens(document_id: int) -> list[str]:
    """The stretch of each size that a document lies in."""
    return [_name(size, document_id // SLOTS >> size) for size in SIZES]


def stretches_before(end: int, width: int) -> tuple[int, list[str]]:
    """Stretches that hold the ``width`` ids before ``end``, and the first id that they hold.

    They are ``MOST`` at most, unless of the widest size, so they begin up to one of them earlier
    than asked for, and may hold ids from ``end`` on as well.
    """
    last, first = max(0, end - 1) // SLOTS, max(0, end - max(1, width)) // SLOTS
    size = next((one for one in SIZES if (last >> one) - (first >> one) < MOST), SIZES[-1])
    named = [_name(size, at) for at in range(first >> size, (last >> size) + 1)]
    return (first >> size << size) * SLOTS, named


def _name(size: int, number: int) -> str:
    return f"s:{size}:{number}"
