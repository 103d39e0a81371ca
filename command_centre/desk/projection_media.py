"""What recordings, their files, gaps and views mean for the database: see ``projection``.

The sums of a recording grow with its segments and gaps; its closing states them once more. A
source that the database does not know is made from what its recording says of it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import func, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of


def _opened(writing: Writing, entry: Entry) -> None:
    opened = body(entry, entries.RecordingOpen)
    if entry.room:
        writing.execute(
            schema.source.insert()
            .prefix_with("OR IGNORE")
            .values(
                id=opened.source,
                room_id=entry.room,
                name=opened.name,
                kind=opened.source_kind,
                channels=msgspec.json.encode(opened.channels).decode(),
            )
        )
    writing.execute(
        schema.recording.insert()
        .prefix_with("OR IGNORE")
        .values(
            session_id=entry.session,
            source_id=opened.source,
            name=opened.name,
            kind=opened.source_kind,
            origin_us=opened.origin_us,
            start_us=opened.origin_us,
        )
    )


def _closed(writing: Writing, entry: Entry) -> None:
    closed = body(entry, entries.RecordingClose)
    table = schema.recording
    writing.execute(
        update(table)
        .where(table.c.session_id == entry.session, table.c.source_id == closed.source)
        .values(
            start_us=closed.start_us,
            end_us=closed.end_us,
            recorded_us=closed.recorded_us,
            gap_us=closed.gap_us,
            pause_us=closed.pause_us,
            segments=closed.segments,
        )
    )


def _init(writing: Writing, entry: Entry) -> None:
    init = body(entry, entries.MediaInit)
    writing.execute(
        schema.init_segment.insert()
        .prefix_with("OR REPLACE")
        .values(
            session_id=entry.session,
            source_id=init.source,
            epoch=init.epoch,
            path=init.path,
            sha256=init.sha256,
            mime=init.mime,
        )
    )


def _segment(writing: Writing, entry: Entry) -> None:
    segment = body(entry, entries.MediaSegment)
    writing.execute(
        schema.segment.insert()
        .prefix_with("OR REPLACE")
        .values(
            session_id=entry.session,
            source_id=segment.source,
            epoch=segment.epoch,
            number=segment.number,
            path=segment.path,
            sha256=segment.sha256,
            size_bytes=segment.size,
            start_us=segment.start_us,
            duration_us=segment.duration_us,
            log_index=entry.seq,
        )
    )
    table = schema.recording
    writing.execute(
        update(table)
        .where(table.c.session_id == entry.session, table.c.source_id == segment.source)
        .values(
            recorded_us=table.c.recorded_us + segment.duration_us,
            segments=table.c.segments + 1,
            bytes=table.c.bytes + segment.size,
            start_us=func.min(table.c.start_us, segment.start_us),
        )
    )


def _gap(writing: Writing, entry: Entry) -> None:
    gap = body(entry, entries.MediaGap)
    writing.execute(
        schema.gap.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            source_id=gap.source,
            start_us=gap.start_us,
            end_us=gap.end_us,
            cause=gap.cause,
            track=gap.track,
        )
    )
    table = schema.recording
    if gap.track == "all":
        writing.execute(
            update(table)
            .where(table.c.session_id == entry.session, table.c.source_id == gap.source)
            .values(gap_us=table.c.gap_us + (gap.end_us - gap.start_us))
        )
    cursor = writing.next_cursor()
    event = protocol.GapEvent(
        cursor=cursor,
        room=entry.room,
        source=gap.source,
        start_us=gap.start_us,
        end_us=gap.end_us,
        cause=gap.cause,
    )
    writing.emit(case_of(writing, entry), entry.room, cursor, protocol.encode(event))


def _joined(writing: Writing, entry: Entry) -> None:
    joined = body(entry, entries.View)
    writing.execute(
        schema.view.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            source_id=joined.source,
            viewer=joined.viewer,
            viewer_name=joined.viewer_name,
            login_id=joined.login,
            view_id=joined.view,
            from_us=entry.t_us,
        )
    )


def _left(writing: Writing, entry: Entry) -> None:
    left = body(entry, entries.View)
    table = schema.view
    writing.execute(
        update(table)
        .where(
            table.c.session_id == entry.session,
            table.c.source_id == left.source,
            table.c.login_id == left.login,
            table.c.view_id == left.view,
            table.c.to_us.is_(None),
        )
        .values(to_us=entry.t_us)
    )


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "recording.open": _opened,
    "recording.close": _closed,
    "media.init": _init,
    "media.segment": _segment,
    "media.gap": _gap,
    "view.join": _joined,
    "view.leave": _left,
}
