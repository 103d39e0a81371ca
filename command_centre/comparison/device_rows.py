"""What was kept of a stored log, as the table people open. Pure.

The counterpart of ``device_file.py``: what is written here is read there as the same values. It is
not the file that was brought in: of a log that was thinned it holds the least and the most of each
minute only, and quantities nothing is laid beside are not in it.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

from command_centre.comparison.device_file import UNIT_OF
from command_centre.comparison.lexicon import DeviceLog

HEAD = ("time", "quantity", "value", "unit", "source")
#: Excel takes a table for UTF-8 by it.
_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@")


def rows_as_csv(log: DeviceLog, zone: timezone) -> str:
    """A line a value, in order of time; times in ``zone``, with it."""
    written = StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(HEAD)
    source = _plain(log.name or log.device)
    for row in sorted(log.rows, key=lambda one: one.t_us):
        at = _time(row.t_us, zone)
        for quantity, milli in sorted(row.values.items()):
            unit = UNIT_OF.get(quantity, "")
            table.writerow((at, _plain(quantity), f"{milli / 1000:.10g}", unit, source))
    return _MARK + written.getvalue()


def _time(t_us: int, zone: timezone) -> str:
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=t_us)
    return at.astimezone(zone).isoformat(sep=" ", timespec="auto")


def _plain(text: str) -> str:
    """Nothing that a spreadsheet would reckon."""
    return f"'{text}" if text.startswith(_FORMULA) else text
