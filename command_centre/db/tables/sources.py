"""What sends pictures, sound and readings to a case, and the tokens it sends with."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

source = Table(
    "source",
    metadata,
    Column("id", String(40), primary_key=True, comment="slug; part of the WHIP address"),
    Column("room_id", ForeignKey("room.id"), nullable=False),
    text("name", "name shown"),
    text("name_en", "name shown in English"),
    Column("kind", String(20), nullable=False, comment="config.words.SourceKind"),
    text("channels", "what each audio channel carries, JSON list of Speaker", default="[]"),
    count("position", "order of listing"),
    comment="what publishes media or readings",
)

source_token = Table(
    "source_token",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the bearer token"),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    time("created_us", "when it was issued"),
    maybe_time("expires_us", "not valid from here on; null: until revoked"),
    maybe_time("revoked_us", "withdrawn"),
    text("created_by", "account id of a browser's publisher; empty: the command line"),
    comment="bearer tokens of sources; the token itself is shown once and not kept",
)

device_join = Table(
    "device_join",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the join code"),
    Column("room_id", ForeignKey("room.id"), nullable=False, comment="site the phone joins"),
    text("name", "name the phone gets"),
    text("name_en", "the same in English"),
    time("created_us", "when it was made"),
    time("expires_us", "not valid from here on"),
    text("created_by", "account id"),
    maybe_time("used_us", "when a phone took it; a code is good for one phone"),
    Column("source_id", ForeignKey("source.id"), nullable=True, comment="the phone's source"),
    maybe_time("revoked_us", "when the phone was sent away"),
    comment="one-time codes with which phones become sources",
)

source_code = Table(
    "source_code",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the code"),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    time("created_us", "when it was made"),
    time("expires_us", "not valid from here on"),
    text("created_by", "account id"),
    maybe_time("used_us", "when a device took it; a code is good for one"),
    Index(None, "source_id"),
    comment="one-time codes with which devices become a source",
)

pull = Table(
    "pull",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    text("url", "rtsp://host[:port]/path, without name and password"),
    text("user_name", "name to log in to the camera with; empty: none is needed"),
    text("password", "the camera's password; no route, log or package ever holds it"),
    time("since_us", "when it was set"),
    maybe_time("ended_us", "not fetched from here on, kept to be taken up again; null: fetched"),
    comment="sources that are fetched over RTSP while a session is open in their room",
)
