"""What the centre's log says of retention: categories, holds, proposals. Pure.

The log is the authority; nothing of this is kept in the database. Entries, all with ``by`` and
``by_name``::

    retention.set        case, category, reason
    hold.placed          hold, case or session, reason
    hold.lifted          hold, case or session, reason
    retention.proposed   proposal, session, case, category, until_us
    retention.confirmed  proposal, session, case
    retention.refused    proposal, session, case, reason
    retention.carried    proposal, session, case, keys, files, bytes, payloads, exports

``exhibit.added`` is read as well: a picture of a recording goes with it (retention_exhibits.py).
A hold ends every proposal about what it lies on: after it was lifted, everything begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from config.recorder_messages import RetentionConfirmed


@dataclass(frozen=True)
class Hold:
    """A legal hold that was placed and not lifted."""

    id: str
    case: str
    session: str  # empty: the whole case
    reason: str
    by_name: str
    placed_us: int


@dataclass
class Proposal:
    """That the retention of a session should end."""

    id: str
    session: str
    case: str
    category: str
    until_us: int
    proposed_us: int
    confirmed: list[RetentionConfirmed] = field(default_factory=list)

    @property
    def decided(self) -> bool:
        """Two people have confirmed it."""
        return len(self.confirmed) >= 2


@dataclass(frozen=True)
class Carried:
    """A session whose retention has ended."""

    session: str
    case: str
    t_us: int
    names: tuple[str, ...]
    files: int


@dataclass(frozen=True)
class KeptExhibit:
    """An exhibit of a case."""

    id: str
    case: str
    sha256: str  # of its file
    session: str  # from whose recording it was taken; empty: it was brought


@dataclass
class RetentionBook:
    """Fed with the entries of the centre's log, in order."""

    category: dict[str, str] = field(default_factory=dict)  # by case
    holds: dict[str, Hold] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)  # by session
    refused_us: dict[str, int] = field(default_factory=dict)  # by session
    carried: dict[str, Carried] = field(default_factory=dict)  # by session
    exhibits: dict[str, KeptExhibit] = field(default_factory=dict)

    def add(self, kind: str, body: dict[str, Any], t_us: int) -> None:
        """One entry; other kinds are passed over."""
        keep = _KEEPERS.get(kind)
        if keep is not None:
            keep(self, body, t_us)

    def held(self, session: str, case: str) -> list[Hold]:
        """The holds that lie on a session, its own and its case's."""
        return [
            one
            for one in self.holds.values()
            if one.session == session or (not one.session and one.case == case)
        ]


def _keep_set(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    book.category[_text(body, "case")] = _text(body, "category")
    _drop(book, _text(body, "case"), "")


def _keep_placed(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    hold = Hold(
        _text(body, "hold"),
        _text(body, "case"),
        _text(body, "session"),
        _text(body, "reason"),
        _text(body, "by_name"),
        t_us,
    )
    book.holds[hold.id] = hold
    _drop(book, hold.case, hold.session)


def _keep_lifted(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    book.holds.pop(_text(body, "hold"), None)


def _keep_proposed(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    until_us = body.get("until_us")
    proposal = Proposal(
        _text(body, "proposal"),
        _text(body, "session"),
        _text(body, "case"),
        _text(body, "category"),
        until_us if type(until_us) is int else 1 << 62,
        t_us,
    )
    book.proposals[proposal.session] = proposal


def _keep_confirmed(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    found = book.proposals.get(_text(body, "session"))
    by = _text(body, "by")
    if found is None or found.id != _text(body, "proposal"):
        return
    if by and all(one.by != by for one in found.confirmed):
        found.confirmed.append(RetentionConfirmed(by=by, by_name=_text(body, "by_name"), t_us=t_us))


def _keep_refused(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    book.proposals.pop(_text(body, "session"), None)
    book.refused_us[_text(body, "session")] = t_us


def _keep_carried(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    session = _text(body, "session")
    found = book.proposals.pop(session, None)
    names = tuple(one.by_name or one.by for one in found.confirmed) if found else ()
    files = body.get("files")
    book.carried[session] = Carried(
        session, _text(body, "case"), t_us, names, files if type(files) is int else 0
    )


def _keep_exhibit(book: RetentionBook, body: dict[str, Any], t_us: int) -> None:
    origin = body.get("origin")
    session = _text(origin, "session") if isinstance(origin, dict) else ""
    name = _text(body, "exhibit")
    sha256 = _text(body, "exhibit_sha256")
    book.exhibits[name] = KeptExhibit(name, _text(body, "case"), sha256, session)


def _drop(book: RetentionBook, case: str, session: str) -> None:
    """End the proposals about a session, or about all of a case."""
    for name, one in list(book.proposals.items()):
        if one.session == session or (not session and one.case == case):
            del book.proposals[name]


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""


_KEEPERS = {
    "retention.set": _keep_set,
    "hold.placed": _keep_placed,
    "hold.lifted": _keep_lifted,
    "retention.proposed": _keep_proposed,
    "retention.confirmed": _keep_confirmed,
    "retention.refused": _keep_refused,
    "retention.carried": _keep_carried,
    "exhibit.added": _keep_exhibit,
}
