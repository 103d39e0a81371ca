"""The port of the search index: documents in, places of hits out, newest first.

The index is derived: it may be thrown away and made again from the centre's database at any time.
It holds words, so it is as secret as the database and forgets what the database forgets.

Errors:
    SearchError
      IndexUnreachable   its server does not answer; later it may
      IndexDamaged       what is there cannot be used; it has to be made again
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from command_centre.search.words import Query

#: Of tokens, tables and ids, with the tables of characters tokens are cut by. An index of another
#: format is made again.
FORMAT = f"1 {unicodedata.unidata_version}"
#: Hits are counted up to here; more are "more than".
COUNTED = 1_000
#: Documents of the same millisecond.
SLOTS = 1_024
_MAX_MS = 1 << 42  # year 2109; a time beyond is taken for it


class SearchError(Exception):
    """Root of what an index can raise."""


class IndexUnreachable(SearchError):
    """The server of the index does not answer."""


class IndexDamaged(SearchError):
    """What is there is not an index of this format."""


@dataclass(frozen=True)
class Document:
    """Something said or written: ``kind`` and ``ref`` name its row in the database."""

    kind: str  # utterance | prompt | marker | correction
    ref: str
    case: str
    session: str
    room: str
    person: str
    t_us: int
    text: str
    id: int = 0  # its place in time, given by the index; higher is later


@dataclass(frozen=True)
class State:
    """How far the index has followed its database; ``generation`` 0: it holds nothing.

    While it is being built ``scan`` names the table and the row that were read last.
    """

    generation: int = 0
    change: int = 0  # last change taken
    scan: str = ""  # empty: complete
    scan_row: int = 0
    done: int = 0
    total: int = 0
    unclean: int = 0  # 1: words that were taken out may still be readable on the disk


@dataclass(frozen=True)
class Wanted:
    """A query with its filters; empty filters let everything through."""

    query: Query
    cases: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    from_us: int | None = None
    to_us: int | None = None
    before: int | None = None  # id of the last hit of the page before
    limit: int = 20


@dataclass(frozen=True)
class Found:
    """Hits, newest first: id, kind and ref of each. ``total`` counts from ``before`` on."""

    hits: tuple[tuple[int, str, str], ...] = ()
    more: bool = False
    total: int = 0
    total_is_least: bool = False  # there may be more than ``total``


class Index(Protocol):
    """Where the words are. Blocking; used from worker threads, several at once."""

    def state(self) -> State:
        """How far it is. Raises SearchError."""
        ...

    def apply(
        self, before: State, after: State, put: Sequence[Document], gone: Sequence[tuple[str, str]]
    ) -> bool:
        """Take documents in and out, and move the state, in one transaction.

        A document with the kind and ref of one that is there takes its place. False, and nothing
        is done, when the state is not ``before`` (somebody else was faster). When words were taken
        out the state is ``unclean``.
        """
        ...

    def purge(self) -> None:
        """Make what was taken out unreadable on the disk too; the state is clean then."""
        ...

    def clear(self, after: State) -> None:
        """Forget everything, also what is damaged, and begin with this state."""
        ...

    def search(self, wanted: Wanted) -> Found:
        """The hits of a query with at least one phrase. Raises SearchError."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def scope_tokens(document: Document) -> list[str]:
    """Filters are tokens too, so that the index joins them with the words."""
    return [
        f"c:{document.case}",
        f"r:{document.room}",
        f"p:{document.person}",
        f"k:{document.kind}",
    ]


def scope_wanted(wanted: Wanted) -> list[list[str]]:
    """For each filter in force, the tokens of which one must be there."""
    named = {"c": wanted.cases, "r": wanted.rooms, "p": wanted.people, "k": wanted.kinds}
    return [[f"{mark}:{one}" for one in values] for mark, values in named.items() if values]


def id_range(wanted: Wanted) -> tuple[int, int]:
    """Ids from (inclusive) and to (exclusive) that times (to the ms) and the page allow."""
    first = 0 if wanted.from_us is None else _first_id(wanted.from_us)
    end = (_MAX_MS + 1) * SLOTS if wanted.to_us is None else _first_id(wanted.to_us)
    return first, end if wanted.before is None else min(end, wanted.before)


def _first_id(t_us: int) -> int:
    return min(max(t_us, 0) // 1000, _MAX_MS) * SLOTS


@dataclass
class Places:
    """Gives ids to documents: the millisecond, then a slot that is free."""

    taken: Callable[[Sequence[int]], Iterable[int]]  # which of these ids are in use
    _given: set[int] = field(default_factory=set)

    def give(self, documents: Sequence[Document]) -> list[Document]:
        """The documents with their ids."""
        placed: list[Document] = []
        open_ids = [(one, self._wish(one)) for one in documents]
        while open_ids:
            used = {*self.taken([wish for _, wish in open_ids]), *self._given}
            again: list[tuple[Document, int]] = []
            for document, wish in open_ids:
                if wish in used or wish in self._given:
                    again.append((document, self._next(wish)))
                    continue
                self._given.add(wish)
                placed.append(replace(document, id=wish))
            open_ids = again
        return placed

    @staticmethod
    def _wish(document: Document) -> int:
        slot = zlib.crc32(f"{document.kind}:{document.ref}".encode()) % SLOTS
        return _first_id(document.t_us) + slot

    @staticmethod
    def _next(wish: int) -> int:
        base = wish - wish % SLOTS
        return base + (wish + 1) % SLOTS if (wish + 1) % SLOTS else wish + 1
