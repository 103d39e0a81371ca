"""Which storage directories hold everything that was acknowledged.

Each of several directories keeps ``together.json``: its own name, and the names of all that were
written together when it was last written. It is replaced, durably, before anything is acknowledged
that one of them does not hold. So a directory that names itself alone is known to be complete
without looking at the others, and one that names another may have been left behind.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from evidence_store.durable import Disk, replace_file
from evidence_store.errors import StoreDamaged

_FILE = "together.json"
#: Left in a directory by whoever made it whole again: its writer may take it back.
REJOIN_FILE = "rejoin"


@dataclass(frozen=True)
class Together:
    """A directory's name and the names of those it was last written together with."""

    own: str
    members: frozenset[str]
    stored: bool = True  # false: the directory has never been one of several


def read_together(root: Path) -> Together:
    """What a directory knows; one that was never one of several gets a name.

    Raises:
        StoreDamaged: the file is not what was written there.
        OSError: the disk refused.
    """
    try:
        value = json.loads((root / _FILE).read_bytes())
        own, members = value["own"], value["members"]
        if not isinstance(own, str) or not all(isinstance(one, str) for one in members):
            raise TypeError("names are strings")
    except FileNotFoundError:
        own = os.urandom(8).hex()
        return Together(own, frozenset({own}), stored=False)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{root / _FILE} is damaged: {error}") from error
    return Together(own, frozenset(members))


def write_together(disk: Disk, root: Path, together: Together) -> None:
    """Make it durable."""
    value = {"own": together.own, "members": sorted(together.members)}
    replace_file(disk, root / _FILE, json.dumps(value).encode() + b"\n")
