"""What an entry of the recorder's log means for the database: one function per kind.

Each part (``PARTS``) knows one subject and says in its ``STEPS`` which kinds are its own. What
follows holds for all of them.

Pure with respect to time and bus: the same entries always give the same tables, which is why the
database can be thrown away and rebuilt. Every change that desks must hear of becomes a durable
event in the same transaction.

An entry whose body cannot be read, or a prompt step the machine forbids, is listed like any other
and otherwise left out, with the reason; the log keeps it, and one odd entry must not stop the desk.
Session, room or source unknown to the database (it was rebuilt from nothing) are created from what
the entry says of them.
"""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import (
    late_projection,
    projection_alarms,
    projection_markers,
    projection_media,
    projection_pauses,
    projection_prompts,
    projection_readings,
    projection_sessions,
    projection_voice,
    projection_words,
    record_projection,
    retention_projection,
)
from command_centre.desk.entries import Entry
from command_centre.desk.prompts import IllegalStep
from command_centre.errors import ProjectionError

logger = logging.getLogger(__name__)

_SUMMARY_TEXT = 80  # characters of a text shown in a list of entries
#: A person's own words stand in their record as well, which is written from the list.
_SUMMARY_TEXTS = {"note": 300}
_HIDDEN = frozenset(
    {
        *("words", "repairs", "rtp", "sender_reports", "people", "sources", "recordings"),
        *("strokes", "fingerprint", "page_digests", "by_hand", "signatures"),
    }
)


def project(writing: Writing, entry: Entry) -> None:
    """Take one entry into the tables."""
    table = schema.log_entry
    writing.execute(
        table.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            kind=entry.kind,
            source_id=str(entry.body.get("source", "")),
            t_us=entry.t_us,
            summary=msgspec.json.encode(short_form(entry.body)).decode(),
        )
    )
    step = _STEPS.get(entry.kind)
    if step is None:
        return
    emitted = len(writing.events)
    try:
        with writing.connection.begin_nested():
            step(writing, entry)
    except (ProjectionError, IllegalStep, IntegrityError) as error:
        # kept in the log and in the list; its content is not usable, and nothing of it stays
        del writing.events[emitted:]
        logger.warning("entry %d (%s) left out: %s", entry.seq, entry.kind, type(error).__name__)


def short_form(values: dict[str, Any]) -> dict[str, Any]:
    """A body without its long parts."""
    short: dict[str, Any] = {}
    for name, value in values.items():
        if name in _HIDDEN:
            continue
        most = _SUMMARY_TEXTS.get(name, _SUMMARY_TEXT)
        short[name] = value[:most] if isinstance(value, str) else value
    return short


#: What is projected, by subject; a kind stands in one of them only.
PARTS = (
    projection_sessions.STEPS,
    projection_media.STEPS,
    projection_words.STEPS,
    projection_prompts.STEPS,
    projection_markers.STEPS,
    projection_readings.STEPS,
    projection_pauses.STEPS,
    projection_voice.STEPS,
    projection_alarms.STEPS,
    late_projection.STEPS,
    record_projection.STEPS,
    retention_projection.STEPS,
)

_STEPS = {kind: step for part in PARTS for kind, step in part.items()}
