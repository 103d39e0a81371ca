"""Media, redacted copies and documents, from the store into the bag."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from evidence_store.books import Books, Recording
from evidence_store.derived_account import DERIVED, DerivedWork
from evidence_store.document_account import DOCUMENTS, document_files
from evidence_store.export_bag import Bag
from evidence_store.export_logs import LogCopy
from evidence_store.export_wish import Wish, file_blocks
from evidence_store.media_check import media_files
from evidence_store.package_layout import (
    play_parts,
    play_path,
    played,
)


def write_media(bag: Bag, store: Path, log: LogCopy, books: Books, wish: Wish) -> None:
    """Media and playable copies of the sessions of one log."""
    root = store / log.name
    sessions = {entry.session for entry in log.entries}
    for file, recording in media_files(books):
        if recording.session not in sessions or file.path in recording.withheld:
            continue
        # A path in an altered entry could lead anywhere; only media of this store are copied.
        inside = (root / file.path).resolve().is_relative_to((root / "media").resolve())
        if inside and (root / file.path).is_file():
            bag.join("data/" + file.path, wish.blocks(log.name, file.path))
    for recording, epoch in played(books):
        if not wish.sealed and recording.session in sessions:
            _write_copy(bag, recording, epoch)


def write_derived(bag: Bag, store: Path, works: Sequence[DerivedWork]) -> None:
    """Redacted copies of these sessions; they lie below the store, made by the centre."""
    for work in works:
        path = store / work.path
        inside = path.resolve().is_relative_to((store / DERIVED).resolve())
        if work.path.startswith(DERIVED) and inside and path.is_file():
            bag.join("data/" + work.path, file_blocks(path))


def write_documents(bag: Bag, store: Path, log: LogCopy, books: Books, wish: Wish) -> None:
    """Documents of the sessions of one log."""
    root = store / log.name
    sessions = {entry.session for entry in log.entries}
    for file in document_files(books):
        if file.session not in sessions or not file.path.startswith(DOCUMENTS):
            continue
        if file.path in books.sessions[file.session].withheld:
            continue
        inside = (root / file.path).resolve().is_relative_to((root / DOCUMENTS).resolve())
        if inside and (root / file.path).is_file():
            bag.join("data/" + file.path, wish.blocks(log.name, file.path))


def _write_copy(bag: Bag, recording: Recording, epoch: int) -> None:
    """The playable copy of an epoch, unless one of its parts is missing."""
    parts = play_parts(recording, epoch)
    if all(part in bag.digests for part in parts):
        joined = chain.from_iterable(file_blocks(bag.directory / part) for part in parts)
        bag.join(play_path(recording, epoch), joined)
