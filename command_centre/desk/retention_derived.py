"""Redacted copies of a session whose retention ends: they show what the media showed, so they go.

What exists is read from the public part of the entries ``derived.made`` of the centre's log, so
copies of the audit desk and of the command line are found alike. Blocking; may be done again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from command_centre.desk.strips import remove_strips
from evidence_store.derived_account import DERIVED, DERIVED_KIND
from evidence_store.reader import LogReader

_PAGE = 1000


def remove_derived(store: Path, session: str) -> int:
    """Remove the redacted copies and strips of a session; returns how many copies there were.

    Raises:
        EvidenceError: the centre's log cannot be read.
        OSError: the disk refused; do it again.
    """
    remove_strips(store, session)
    folder = store / DERIVED
    removed = 0
    for path in sorted(_paths(store, session)):
        # a path in an altered entry could lead anywhere
        inside = path.startswith(DERIVED) and (store / path).resolve().parent == folder.resolve()
        if inside and (store / path).is_file():
            (store / path).unlink()
            removed += 1
    if folder.is_dir():
        _sync(folder)
    return removed


def _paths(store: Path, session: str) -> set[str]:
    reader = LogReader(store / "centre" / "log")
    size = reader.checkpoint().size
    mark = f'"kind":"{DERIVED_KIND}"'.encode()
    found: set[str] = set()
    for first in range(0, size, _PAGE):
        for raw in reader.entries(first, min(_PAGE, size - first)):
            if mark in raw:
                body = json.loads(raw).get("body", {})
                if body.get("session") == session:
                    found.add(str(body.get("path")))
    return found


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
