"""The part of a case file that the comparison reads: names, documents, stored values of
instruments.

Written without an entry; the centre's next start writes the entries (``comparison.book.announce``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from command_centre.comparison.lexicon import (
    CONTENT_BYTES_MAX,
    CaseLexicon,
    DeviceLog,
    DeviceRow,
    problem_of,
)
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.errors import SeedError
from config.words import MICROSECONDS


class Device(msgspec.Struct):
    """An instrument of the case file."""

    id: str
    kind: str = ""
    owner: str = ""


class Reading(msgspec.Struct):
    """What an instrument stored at a time."""

    device: str
    at: str  # RFC 3339
    values: dict[str, float]


def write_lexicon(writing: Writing, case: str, lexicon: CaseLexicon) -> None:
    """Keep the lexicon of a new case.

    Raises:
        SeedError: it cannot be taken; the message says why.
    """
    if problem := problem_of(lexicon):
        raise SeedError(f"case file: {problem}")
    content = msgspec.json.encode(lexicon).decode()
    writing.execute(schema.case_lexicon.insert().values(case_id=case, content=content))


def write_device_logs(
    writing: Writing, case: str, devices: Sequence[Device], readings: Sequence[Reading]
) -> None:
    """Keep what instruments stored, in order of time.

    Raises:
        SeedError: a time cannot be read, or a log is too long.
    """
    kinds = {device.id: device.kind for device in devices}
    rows: dict[str, list[DeviceRow]] = defaultdict(list)
    for reading in readings:
        values = {name: round(value * 1000) for name, value in reading.values.items()}
        rows[reading.device].append(DeviceRow(_time_us(reading), values))
    for device, found in sorted(rows.items()):
        found.sort(key=lambda row: row.t_us)
        log = DeviceLog(device=device, name=kinds.get(device, ""), rows=tuple(found))
        content = msgspec.json.encode(log).decode()
        if len(content) > CONTENT_BYTES_MAX:
            raise SeedError(f"case file: the log of {device} has over {CONTENT_BYTES_MAX} bytes")
        writing.execute(
            schema.device_log.insert().values(case_id=case, device=device, content=content)
        )


def _time_us(reading: Reading) -> int:
    try:
        moment = datetime.fromisoformat(reading.at)
    except ValueError as error:
        raise SeedError(f"case file: {reading.device}: {reading.at!r} is not a time") from error
    if moment.tzinfo is None:
        raise SeedError(f"case file: {reading.device}: {reading.at!r} lacks its time zone")
    return round(moment.timestamp() * MICROSECONDS)
