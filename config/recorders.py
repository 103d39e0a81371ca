"""Names of the recorder processes of one installation, and places in their logs.

Recorder ``n`` (from 1) is called ``recorder-n``: its process, its bus service, its log and its
storage directory. Sessions are placed on recorders when they are opened and never move.

A **position** names one entry among all recorders' logs: the recorder's number less one in the
bits from 40 up, the entry's index below. Positions of the first recorder are therefore its
indexes. They fit a 64-bit integer and, up to 8,192 recorders, a JavaScript number.
"""

from __future__ import annotations

#: More processes than this on one machine are a mistake in the settings.
MAX_RECORDERS = 64

_SHIFT = 40
_INDEX_MASK = (1 << _SHIFT) - 1
_PREFIX = "recorder-"


def recorder_name(number: int) -> str:
    """What recorder ``number`` is called."""
    return f"{_PREFIX}{number}"


def recorder_names(count: int) -> tuple[str, ...]:
    """The recorders of an installation with ``count`` of them."""
    return tuple(recorder_name(number) for number in range(1, count + 1))


def recorder_number(name: str) -> int:
    """The number of a recorder by its name.

    Raises:
        ValueError: it is no recorder's name.
    """
    text = name.removeprefix(_PREFIX)
    if text == name or not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"expected recorder-N, got {name!r}")
    return int(text)


def position(log: str, index: int) -> int:
    """Where entry ``index`` of a recorder's log stands among all logs.

    Raises:
        ValueError: ``log`` is no recorder's, or the index does not fit.
    """
    if not 0 <= index <= _INDEX_MASK:
        raise ValueError(f"expected an index from 0 to {_INDEX_MASK}, got {index}")
    return (recorder_number(log) - 1) << _SHIFT | index


def place(at: int) -> tuple[str, int]:
    """Log name and index of a position; the inverse of ``position``."""
    return recorder_name((at >> _SHIFT) + 1), at & _INDEX_MASK


def of_one_log(at: int) -> tuple[int, int]:
    """The positions of the log that ``at`` lies in: its first, and the first of the next log."""
    first = at >> _SHIFT << _SHIFT
    return first, first + _INDEX_MASK + 1


def recorder_origin(first: str, log: str) -> str:
    """The origin of a recorder's log: the first one's as set, the others' with their number.

    ``duizhi.local/recorder-1`` and ``recorder-2`` give ``duizhi.local/recorder-2``; an origin that
    does not end in ``-1`` gets the number appended.
    """
    number = recorder_number(log)
    return first if number == 1 else f"{first.removesuffix('-1')}-{number}"


#: Name and origin of the centre's own log.
CENTRE_LOG = "centre"
CENTRE_ORIGIN = "duizhi.local/centre"


def log_origins(first: str, count: int) -> dict[str, str]:
    """Origins of all logs of an installation with ``count`` recorders, by name."""
    recorders = {name: recorder_origin(first, name) for name in recorder_names(count)}
    return {**recorders, CENTRE_LOG: CENTRE_ORIGIN}
