"""Plain JSON messages: ``<prefix>/<device>`` with ``{"values": {...}, "alarms": [...], "t": ...}``.

``values`` are numbers in the units of their names (``O2_vol`` 20.9); names we do not know are left
out, but one must be known unless there is a ``position`` (``lat``, ``lon``, ``accuracy_m``). ``t``
is the instrument's time: milliseconds since the epoch, or RFC 3339 text; without it the time of
arrival counts.

Rule: any bytes are a reading or ``GarbledReading``.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from command_centre.errors import GarbledReading
from command_centre.instruments import quantities
from command_centre.instruments.acts import Measured

MAX_BYTES = 16_384


def decode(device: str, raw: bytes) -> Measured:
    """Read one message of a device.

    Raises:
        GarbledReading: it is not one.
    """
    if len(raw) > MAX_BYTES:
        raise GarbledReading(f"a message has at most {MAX_BYTES} bytes")
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise GarbledReading("not JSON") from error
    if not isinstance(message, dict):
        raise GarbledReading("expected a JSON object")
    given = message.get("values", {})
    if not isinstance(given, dict):
        raise GarbledReading("values is an object of numbers")
    values = {
        known: quantities.thousandths(known, value)
        for name, value in given.items()
        if (known := quantities.quantity(name)) is not None
    }
    where = message.get("position")
    if where is not None and not isinstance(where, dict):
        raise GarbledReading("position is an object")
    if not values and where is None:
        raise GarbledReading("expected at least one value we know")
    return Measured(
        device,
        values,
        quantities.flags(message.get("alarms", [])),
        None if where is None else quantities.position(where),
        _time(message.get("t")),
    )


def _time(found: object) -> int | None:
    if found is None:
        return None
    if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 45:
        return found * 1000
    if isinstance(found, str):
        try:
            at = datetime.fromisoformat(found)
            if at.tzinfo is not None:
                return round(at.timestamp() * 1_000_000)
        except (ValueError, OverflowError):
            pass
    raise GarbledReading("t is milliseconds since the epoch or RFC 3339 text with its zone")
