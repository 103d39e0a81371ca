"""Exhibits that are pictures of a recording, when the recording's retention ends. Blocking parts.

A moment kept as an exhibit (exhibits.py) shows what the media showed. What was shown to somebody in
another interview belongs to that interview too. So:

1. A moment goes when the retention of the session it was taken from has ended, and that of every
   session in which it was shown. A hold on any of them, or on the case, keeps it.
2. A file goes only when every exhibit with its digest goes; what somebody brought stays.
3. The entry ``exhibit.destroyed`` is in the log before the file goes. Died in between, it is done
   again: what is there, not what was said, decides.

Which exhibits there are is read from the centre's log (retention_book.py), where they were shown
from the table that follows the recorders' logs. Number, title and digest stay.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.desk.exhibits import DIRECTORY
from command_centre.desk.retention_book import KeptExhibit

__all__ = ["due", "is_there", "remove_file", "shown_in"]


def shown_in(connection: Connection, exhibits: Iterable[KeptExhibit]) -> dict[str, set[str]]:
    """The sessions of their cases in which exhibits were shown."""
    wanted = list(exhibits)
    found = {one.id: set[str]() for one in wanted}
    table, session = schema.log_entry, schema.session
    of = select(session.c.id).where(session.c.case_id.in_({one.case for one in wanted}))
    name = func.json_extract(table.c.summary, "$.exhibit")
    rows = connection.execute(
        select(name, table.c.session_id)
        .where(table.c.session_id.in_(of), table.c.kind == "exhibit.shown")
        .distinct()
    )
    for exhibit, session in rows:
        if exhibit in found:
            found[exhibit].add(session)
    return found


def due(
    kept: Iterable[KeptExhibit],
    shown: dict[str, set[str]],
    ended: Callable[[str], bool],
    held: Callable[[str, str], bool],
) -> list[KeptExhibit]:
    """The exhibits to destroy; ``held`` is asked for session and case."""

    def is_over(one: KeptExhibit) -> bool:
        sessions = {one.session, *shown.get(one.id, set())}
        return bool(one.session) and all(
            ended(session) and not held(session, one.case) for session in sessions
        )

    everything = list(kept)
    staying = {one.sha256 for one in everything if not is_over(one)}
    return [one for one in everything if one.sha256 not in staying]


def is_there(store: Path, sha256: str) -> bool:
    """Whether the file of an exhibit lies in the store; a digest of an altered entry is none."""
    named = len(sha256) == 64 and all(one in "0123456789abcdef" for one in sha256)
    return named and (store / DIRECTORY / sha256).is_file()


def remove_file(store: Path, sha256: str) -> None:
    """Remove the file of an exhibit.

    Raises:
        OSError: the disk refused; do it again.
    """
    path = store / DIRECTORY / sha256
    path.unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
