"""Reads what is recorded from the store: segments for playback, entries with their proofs.

Blocking; the callers run it in a thread. A segment is compared with the hash in the log before it
is handed out: what differs is not played as if it were evidence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, select

from command_centre.db import schema
from command_centre.errors import Rejected
from config.recorders import place
from evidence_store.errors import EvidenceError, SealedDamaged
from evidence_store.reader import LogReader
from evidence_store.sealed_media import media_of


@dataclass(frozen=True)
class FoundSegment:
    """A segment and the init segment it plays after; paths as in the log."""

    log: str  # name of the log, and of the directory the paths start from
    path: str
    sha256: str
    init_path: str
    init_sha256: str
    mime: str
    start_us: int
    duration_us: int
    late: bool = False  # handed over afterwards


@dataclass(frozen=True)
class Proof:
    """An entry and its audit path to the root of a checkpoint."""

    entry: bytes
    leaf_hash: bytes
    size: int
    root: bytes
    path: list[bytes]


def live_with_init() -> Select[Any]:
    """Segments received live, each with the init segment of its epoch (``init_*``, ``mime``)."""
    segment, init = schema.segment, schema.init_segment
    of_its_epoch = and_(
        init.c.session_id == segment.c.session_id,
        init.c.source_id == segment.c.source_id,
        init.c.epoch == segment.c.epoch,
    )
    return _with_init(segment, init, of_its_epoch)


def late_with_init() -> Select[Any]:
    """The same of segments that were handed over afterwards."""
    segment, init = schema.late_segment, schema.late_init
    of_its_epoch = and_(init.c.file_id == segment.c.file_id, init.c.epoch == segment.c.epoch)
    return _with_init(segment, init, of_its_epoch)


def _with_init(segment: Table, init: Table, of_its_epoch: ColumnElement[bool]) -> Select[Any]:
    path, sha256 = init.c.path.label("init_path"), init.c.sha256.label("init_sha256")
    return select(segment, path, sha256, init.c.mime).join(init, of_its_epoch)


def find_segment(connection: Connection, session: str, source: str, at_us: int) -> FoundSegment:
    """The segment that holds a moment; a late one where nothing was received live.

    Raises:
        Rejected: ``no_segment``.
    """
    live = (schema.segment, live_with_init())
    late = (schema.late_segment, late_with_init())
    for segment, segments in (live, late):
        row = connection.execute(
            segments.where(
                segment.c.session_id == session,
                segment.c.source_id == source,
                segment.c.start_us <= at_us,
            )
            .order_by(segment.c.start_us.desc())
            .limit(1)
        ).one_or_none()
        if row is not None and at_us < row.start_us + row.duration_us:
            return FoundSegment(
                log=place(row.log_index)[0],
                path=row.path,
                sha256=row.sha256,
                init_path=row.init_path,
                init_sha256=row.init_sha256,
                mime=row.mime,
                start_us=row.start_us,
                duration_us=row.duration_us,
                late=segment is schema.late_segment,
            )
    raise Rejected("no_segment", "nothing of this source was recorded at that moment")


def find_or_end(
    connection: Connection, session: str, source: str, at_us: int
) -> FoundSegment | None:
    """The segment that holds a moment; None behind the last one.

    A player goes on until there, or asks again.

    Raises:
        Rejected: ``no_segment``.
    """
    try:
        return find_segment(connection, session, source, at_us)
    except Rejected:
        if _is_after_all(connection, session, source, at_us):
            return None
        raise


def _is_after_all(connection: Connection, session: str, source: str, at_us: int) -> bool:
    """The source was or is recorded, and a moment is after what it has so far."""
    recording, segment = schema.recording, schema.segment
    of_it = (recording.c.session_id == session, recording.c.source_id == source)
    later = select(segment.c.session_id).where(
        segment.c.session_id == session,
        segment.c.source_id == source,
        segment.c.start_us > at_us,
    )
    known = connection.execute(select(recording.c.start_us).where(*of_it)).scalar()
    is_last = connection.execute(later.limit(1)).first() is None
    return known is not None and known <= at_us and is_last


def read_segment(store: Path, found: FoundSegment) -> bytes:
    """Init segment and segment, as one playable piece.

    Raises:
        Rejected: ``segment_altered``, ``segment_sealed``, ``store_unreadable``.
    """
    return read_file(store, found.log, found.init_path, found.init_sha256) + read_file(
        store, found.log, found.path, found.sha256
    )


def read_file(store: Path, log: str, path: str, sha256: str) -> bytes:
    """A media file of a log, if it is what the log says.

    Raises:
        Rejected: ``segment_altered``, ``segment_sealed``, ``store_unreadable``.
    """
    media = (store / log / "media").resolve()
    file = (store / log / path).resolve()
    if not file.is_relative_to(media):
        raise Rejected("store_unreadable", "the log names a file outside the store")
    try:
        data = media_of(store).read(log, path)
    except FileNotFoundError as error:
        raise Rejected("segment_altered", f"{path} is missing from the store") from error
    except SealedDamaged as error:
        raise Rejected("segment_altered", f"{path} has other bytes than the log says") from error
    except EvidenceError as error:
        raise Rejected("segment_sealed", f"{path} cannot be opened here: {error}") from error
    except OSError as error:
        raise Rejected("store_unreadable", f"cannot read {path}: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Rejected("segment_altered", f"{path} has other bytes than the log says")
    return data


def entry_proof(store: Path, at: int) -> Proof:
    """The entry at a position (``config.recorders``) and the proof that it stands there.

    Raises:
        Rejected: ``unknown_entry``, ``store_unreadable``.
    """
    log, index = place(at)
    if not (store / log / "log").is_dir():
        raise Rejected("unknown_entry", "there is no such log")
    reader = LogReader(store / log / "log")
    try:
        checkpoint = reader.checkpoint()
        if index >= checkpoint.size:
            raise Rejected("unknown_entry", f"the log has {checkpoint.size} entries")
        return Proof(
            entry=reader.entries(index, 1)[0],
            leaf_hash=reader.leaf_hashes(index, 1)[0],
            size=checkpoint.size,
            root=checkpoint.root,
            path=reader.inclusion_proof(index, checkpoint.size),
        )
    except EvidenceError as error:
        raise Rejected("store_unreadable", str(error)) from error
