"""What the entries of late files mean for the database: see ``projection``."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.entries import Entry, body


class LateFileBody(msgspec.Struct, frozen=True):
    file: str
    source: str
    path: str
    sha256: str
    size: int
    start_us: int
    end_us: int
    received_us: int
    name: str = ""
    kind: str = "file"
    by_name: str = ""
    match: str = ""


class LateInitBody(msgspec.Struct, frozen=True):
    file: str
    epoch: int
    path: str
    sha256: str
    mime: str


class LateSegmentBody(msgspec.Struct, frozen=True):
    file: str
    source: str
    epoch: int
    number: int
    path: str
    sha256: str
    size: int
    start_us: int
    duration_us: int


class LateFiledBody(msgspec.Struct, frozen=True):
    file: str
    segments: int
    late_us: int


def _file(writing: Writing, entry: Entry) -> None:
    late = body(entry, LateFileBody)
    writing.execute(
        schema.late_file.insert()
        .prefix_with("OR REPLACE")
        .values(
            id=late.file,
            session_id=entry.session,
            source_id=late.source,
            name=late.name,
            kind=late.kind,
            by_name=late.by_name,
            path=late.path,
            sha256=late.sha256,
            size_bytes=late.size,
            placed_by=late.match,
            start_us=late.start_us,
            end_us=late.end_us,
            received_us=late.received_us,
            log_index=entry.seq,
        )
    )


def _init(writing: Writing, entry: Entry) -> None:
    init = body(entry, LateInitBody)
    writing.execute(
        schema.late_init.insert()
        .prefix_with("OR REPLACE")
        .values(
            file_id=init.file, epoch=init.epoch, path=init.path, sha256=init.sha256, mime=init.mime
        )
    )


def _segment(writing: Writing, entry: Entry) -> None:
    segment = body(entry, LateSegmentBody)
    writing.execute(
        schema.late_segment.insert()
        .prefix_with("OR REPLACE")
        .values(
            file_id=segment.file,
            epoch=segment.epoch,
            number=segment.number,
            session_id=entry.session,
            source_id=segment.source,
            path=segment.path,
            sha256=segment.sha256,
            size_bytes=segment.size,
            start_us=segment.start_us,
            duration_us=segment.duration_us,
            log_index=entry.seq,
        )
    )


def _filed(writing: Writing, entry: Entry) -> None:
    filed = body(entry, LateFiledBody)
    table = schema.late_file
    writing.execute(
        update(table)
        .where(table.c.id == filed.file)
        .values(late_us=filed.late_us, segments=filed.segments)
    )


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "late.file": _file,
    "late.init": _init,
    "late.segment": _segment,
    "late.filed": _filed,
}
