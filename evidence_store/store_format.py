"""The FORMAT file of a store: which version of Duizhi's layout lies in this directory.

An older program must not write into a newer store, so an unknown format is refused with a
sentence that says what to do.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from evidence_store.durable import Disk, make_directories, replace_file, store_error
from evidence_store.errors import StoreFormatError

STORE_FORMAT = "duizhi-store/1"
_FORMAT_FILE = "FORMAT"


def ensure_format(store: Path, disk: Disk | None = None) -> None:
    """Make the directory a store of this version; an existing one is checked instead.

    Raises:
        StoreFormatError: another format lies there.
        StoreError: the disk refused.
    """
    if (store / _FORMAT_FILE).exists():
        check_store(store)
        return
    disk = disk or Disk()
    try:
        make_directories(disk, store)
        replace_file(disk, store / _FORMAT_FILE, _format_bytes())
    except OSError as error:
        raise store_error(error, f"cannot create the store {store}") from error


def check_store(store: Path) -> None:
    """Check that this program may work with the store.

    Raises:
        StoreFormatError: it is no store, or one of a newer version.
    """
    path = store / _FORMAT_FILE
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StoreFormatError(f"{store} is not a store: it has no file FORMAT") from error
    except (OSError, ValueError) as error:
        raise StoreFormatError(f"{path} cannot be read: {error}") from error
    found = value.get("format") if isinstance(value, dict) else None
    check_format(found, STORE_FORMAT, str(store))


def check_format(found: object, known: str, what: str) -> None:
    """Compare a format name with the one this program knows.

    Raises:
        StoreFormatError: it is another one.
    """
    if found == known:
        return
    family, _, version = known.partition("/")
    match = (
        re.fullmatch(rf"{re.escape(family)}/([0-9]{{1,6}})", found or "")
        if isinstance(found, str)
        else None
    )
    if match and int(match[1]) > int(version):
        raise StoreFormatError(
            f"{what} has the format {found}; this program knows {known}. "
            f"Use the version of Duizhi that made it, or a newer one."
        )
    raise StoreFormatError(f"{what} has an unknown format: {found!r}; expected {known}")


def _format_bytes() -> bytes:
    return json.dumps({"format": STORE_FORMAT}).encode() + b"\n"
