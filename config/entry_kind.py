"""What the table of kinds (kinds.py) says of one kind of entry."""

from __future__ import annotations

from dataclasses import dataclass

RECORDER = "recorder"  # the log of a recorder
CENTRE = "centre"  # the centre's own log
EVERY = "every"  # each log has them


@dataclass(frozen=True)
class EntryKind:
    """What is said of one kind."""

    log: str
    writer: str  # the package that decides to write it
    public: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


def entry_kind(log: str, writer: str, public: str = "", private: str = "") -> EntryKind:
    """A kind; the names of its fields, with spaces between them."""
    return EntryKind(log, writer, tuple(public.split()), tuple(private.split()))
