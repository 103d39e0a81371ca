"""Two packages laid side by side, and a package beside the store it came from.

What a verification says of one copy, it says of that copy alone. Whoever holds two wants to know
whether they are the same, and if not, what one has that the other has not. Every file is read and
hashed here; nothing is taken from the packages' own lists. The logs are compared leaf by leaf
(every package carries all leaf hashes, RFC 6962), so the first entry in which they part is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.errors import EvidenceError, PackageError
from evidence_store.merkle import HASH_BYTES
from evidence_store.package_files import PackageFiles, open_package
from evidence_store.package_layout import CENTRE_LOG, MEDIA, recorder_logs
from evidence_store.reader import LogReader

#: Files named one by one in each list; the counts are always whole.
NAMED_MAX = 200

SAME = "same"
FIRST_LONGER = "first_longer"  # the second's log is the beginning of the first's
SECOND_LONGER = "second_longer"
PARTED = "parted"  # they differ in an entry both have
ONLY_FIRST = "only_first"
ONLY_SECOND = "only_second"
UNREADABLE = "unreadable"

BEGINS_OURS = "begins_ours"  # the package's log is the beginning of the one kept here, or all of it
NOT_OURS = "not_ours"  # a log of this name is kept here, and it is another
UNKNOWN_LOG = "unknown_log"  # no log of this name is kept here


@dataclass(frozen=True)
class LogPair:
    """One log in two packages."""

    origin: str
    state: str
    first_size: int
    second_size: int
    parted_at: int | None = None  # index of the first entry that is not the same


@dataclass(frozen=True)
class LogAtHome:
    """One log of a package, beside the one of that name in a store."""

    origin: str
    state: str
    size: int
    our_size: int


@dataclass
class Copies:
    """What two packages have in common and what not. Names are relative to their tops."""

    logs: list[LogPair] = field(default_factory=list)
    same: int = 0
    media_same: int = 0
    different: list[str] = field(default_factory=list)
    only_first: list[str] = field(default_factory=list)
    only_second: list[str] = field(default_factory=list)
    different_count: int = 0
    only_first_count: int = 0
    only_second_count: int = 0

    @property
    def identical(self) -> bool:
        """Every file is in both and the same."""
        return not (self.different_count or self.only_first_count or self.only_second_count)

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "identical": self.identical}


def compare_copies(
    first: Path, second: Path, progress: Callable[[float], None] | None = None
) -> Copies:
    """Lay two packages (directories or zip archives) side by side.

    Raises:
        PackageError: one of them is no package, or cannot be opened.
    """
    one = open_package(first)
    try:
        other = open_package(second)
        try:
            return _compare(one, other, progress)
        finally:
            other.close()
    finally:
        one.close()


def logs_at_home(package: Path, logs: Iterable[Path]) -> list[LogAtHome]:
    """Each log of a package beside the log directories of a store.

    Raises:
        PackageError: it is no package.
    """
    ours: dict[str, LogReader] = {}
    for directory in logs:
        reader = LogReader(directory)
        try:
            ours[reader.checkpoint().origin] = reader
        except EvidenceError:
            continue  # a log here that cannot be read is the business of a verification
    files = open_package(package)
    try:
        return [
            _at_home(head, ours.get(head.origin))
            for folder in _folders(files)
            if (head := _head(files, folder)) is not None
        ]
    finally:
        files.close()


def _at_home(head: Checkpoint, reader: LogReader | None) -> LogAtHome:
    if reader is None:
        return LogAtHome(head.origin, UNKNOWN_LOG, head.size, 0)
    our_size = reader.checkpoint().size
    try:
        same = head.size <= our_size and reader.root(head.size) == head.root
    except EvidenceError:
        same = False
    return LogAtHome(head.origin, BEGINS_OURS if same else NOT_OURS, head.size, our_size)


def _compare(
    first: PackageFiles, second: PackageFiles, progress: Callable[[float], None] | None
) -> Copies:
    total = max(1, sum(first.sizes.values()) + sum(second.sizes.values()))
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(min(1.0, done / total))

    found = Copies(logs=_logs(first, second))
    for name in sorted(first.sizes.keys() | second.sizes.keys()):
        if name not in second.sizes:
            step(first.sizes[name])
            found.only_first_count += 1
            _name(found.only_first, name)
        elif name not in first.sizes:
            step(second.sizes[name])
            found.only_second_count += 1
            _name(found.only_second, name)
        else:
            one, other = first.digest(name, step), second.digest(name, step)
            if one.sha256 and one == other:
                found.same += 1
                found.media_same += name.startswith(MEDIA)
            else:
                found.different_count += 1
                _name(found.different, name)
    return found


def _name(names: list[str], name: str) -> None:
    """Media first: it is what one looks for."""
    if len(names) < NAMED_MAX:
        names.append(name)
    elif name.startswith(MEDIA) and not names[-1].startswith(MEDIA):
        names[-1] = name


def _folders(files: PackageFiles) -> list[str]:
    logs = [*recorder_logs(files.sizes), CENTRE_LOG]
    return [folder for folder in logs if f"{folder}/checkpoint" in files.sizes]


def _head(files: PackageFiles, folder: str) -> Checkpoint | None:
    try:
        return parse_checkpoint(files.read(f"{folder}/checkpoint"))
    except EvidenceError:
        return None


def _logs(first: PackageFiles, second: PackageFiles) -> list[LogPair]:
    """By origin; a head that cannot be read has the folder's name."""
    one, other = _heads(first), _heads(second)
    return [
        _pair(origin, first, second, one.get(origin), other.get(origin))
        for origin in dict.fromkeys([*one, *other])
    ]


def _heads(files: PackageFiles) -> dict[str, tuple[str, Checkpoint | None]]:
    found: dict[str, tuple[str, Checkpoint | None]] = {}
    for folder in _folders(files):
        head = _head(files, folder)
        found[head.origin if head else folder] = (folder, head)
    return found


def _pair(
    origin: str,
    first: PackageFiles,
    second: PackageFiles,
    one: tuple[str, Checkpoint | None] | None,
    other: tuple[str, Checkpoint | None] | None,
) -> LogPair:
    first_size = one[1].size if one and one[1] else 0
    second_size = other[1].size if other and other[1] else 0
    if one is None or other is None:
        state = ONLY_FIRST if other is None else ONLY_SECOND
        return LogPair(origin, state, first_size, second_size)
    try:
        mine = first.read(f"{one[0]}/leaf-hashes")
        theirs = second.read(f"{other[0]}/leaf-hashes")
    except PackageError:
        return LogPair(origin, UNREADABLE, first_size, second_size)
    if one[1] is None or other[1] is None:
        return LogPair(origin, UNREADABLE, first_size, second_size)
    at = _parting(mine, theirs)
    if at is not None:
        return LogPair(origin, PARTED, first_size, second_size, at)
    if len(mine) == len(theirs):
        return LogPair(origin, SAME, first_size, second_size)
    state = FIRST_LONGER if len(mine) > len(theirs) else SECOND_LONGER
    return LogPair(origin, state, first_size, second_size)


def _parting(mine: bytes, theirs: bytes) -> int | None:
    """Index of the first leaf that both have and that is not the same."""
    common = min(len(mine), len(theirs)) // HASH_BYTES * HASH_BYTES
    if mine[:common] == theirs[:common]:
        return None
    low, high = 0, common // HASH_BYTES
    while high - low > 1:
        middle = (low + high) // 2
        if mine[: middle * HASH_BYTES] == theirs[: middle * HASH_BYTES]:
            low = middle
        else:
            high = middle
    return low
