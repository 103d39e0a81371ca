"""Entries of the logs, as far as lists need them, and how far each log was read."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table
from sqlalchemy import text as sql

from command_centre.db.tables.base import metadata, text, time

#: Written out in a statement, which SQLite needs to take the partial index.
NOTICE_SIGNED = sql("'notice.signed'")
RETENTION_ENDED = sql("'retention.ended'")

log_entry = Table(
    "log_entry",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="position in the recorder's log"),
    Column("session_id", String(40), nullable=False),
    Column("kind", String(40), nullable=False, comment="kind of the entry"),
    Column("source_id", String(40), nullable=False),
    time("t_us", "when"),
    text("summary", "JSON object, the short form shown in the audit desk", default="{}"),
    Index(None, "session_id", "log_index"),
    # few among very many: found over all cases by name
    Index(
        "ix_log_entry_notice_signed",
        *("session_id", "log_index"),
        sqlite_where=sql("kind = 'notice.signed'"),
    ),
    Index(
        "ix_log_entry_retention_ended",
        "session_id",
        sqlite_where=sql("kind = 'retention.ended'"),
    ),
    comment="projected: what stands where in the log; the entry itself is in the log",
)

event = Table(
    "event",
    metadata,
    Column("cursor", Integer, primary_key=True, comment="strictly increasing, holes allowed"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False, comment="empty: concerns the whole case"),
    text("message", "the WebSocket message, JSON"),
    Index(None, "case_id", "cursor"),
    comment="durable events of a case, replayed to desks that come back",
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("number", Integer, nullable=False, comment="last one used"),
    comment="cursor: last one given; floor: events up to here are gone (after a rebuild)",
)

log_cursor = Table(
    "log_cursor",
    metadata,
    Column("log", String(40), primary_key=True),
    Column("next_index", Integer, nullable=False, comment="first entry not projected yet"),
    Column("last_sha256", LargeBinary(32), nullable=False, comment="of the entry before it"),
    comment="how far the log is projected; moves in the same transaction as the projection",
)
