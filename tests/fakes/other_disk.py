"""A folder on another file system than a test's own, as a further disk of an installation is."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PLACES = ("/dev/shm", "/var/tmp", "/tmp", str(Path(__file__).parent))


@contextlib.contextmanager
def other_disk(beside: Path) -> Iterator[Path]:
    """An empty folder; fails where the machine has one file system only."""
    own = beside.stat().st_dev
    places = [one for one in _PLACES if os.path.isdir(one) and os.stat(one).st_dev != own]
    assert places, "this machine has one file system only"
    with tempfile.TemporaryDirectory(dir=places[0]) as folder:
        yield Path(folder)
