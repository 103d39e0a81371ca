"""Who watched, opened and took away what of a case: every look is an entry, here they are laid out.

From two places: live views (``view.join`` and ``view.leave``, in the recorders' logs) and acts of
the centre's log. A look that begins and ends is one line with both times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.case_log import account_names, spell, who_did
from command_centre.desk.cases import require_case
from command_centre.desk.views import View
from config.recorders import CENTRE_LOG, place

#: Lines of one page at most; the sums are over all of them.
PAGE_MAX = 500
#: Who looked where no person did.
NOBODY = "system"

WATCHED, PLAYED, OPENED, READ = "watched", "played", "opened", "read"
SEARCHED, TAKEN, EXPORTED, VERIFIED = "searched", "taken", "exported", "verified"
#: What each kind of entry is. An ``access.case`` that names a file is a download.
_WHAT = {
    "access.case": OPENED,
    "access.session": OPENED,
    "access.text": READ,
    "access.document": READ,
    "access.search": SEARCHED,
    "access.media": PLAYED,
    "access.transcript": TAKEN,
    "export": EXPORTED,
    "disclose.made": EXPORTED,
    "derived.made": EXPORTED,
    "copy.made": EXPORTED,
    "verify": VERIFIED,
}
_ENDED = "access.media_end"


class Look(View, frozen=True):
    """One look. ``item`` says at what: case, session, recording, document, words, package, log."""

    place: str
    kind: str
    what: str
    by_name: str
    from_us: int
    to_us: int | None  # when it has an end, and it is known
    item: str
    session: str = ""
    source: str = ""
    note: str = ""  # the reason, the words looked for, the form


class LookSum(View, frozen=True):
    """All looks of one person, or at one item."""

    name: str  # of the person; empty for an item
    item: str
    session: str
    source: str
    counts: dict[str, int]
    length_us: int  # watched and played
    people: list[str]  # who looked at the item
    last_us: int


class CaseAccess(View, frozen=True):
    """Who looked at what."""

    looks: list[Look]  # one page of what was asked
    total: int  # on all of its pages
    people: list[LookSum]  # of everything, whatever was asked
    items: list[LookSum]


@dataclass(frozen=True)
class LookQuestion:
    """What is asked of the looks; empty: everything."""

    whats: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    people: tuple[str, ...] = ()  # names, or NOBODY
    text: str = ""  # in the note or the name
    from_us: int | None = None
    to_us: int | None = None
    order: str = "time"  # or what, person, note, length
    upwards: bool = False

    def holds(self, one: Look) -> bool:
        """Whether a look is asked for."""
        text = self.text.casefold()
        return (
            (not self.whats or one.what in self.whats)
            and (not self.items or one.item in self.items)
            and (not self.people or (one.by_name or NOBODY) in self.people)
            and (not text or text in f"{one.note}\n{one.by_name}".casefold())
            and (self.from_us is None or one.from_us >= self.from_us)
            and (self.to_us is None or one.from_us < self.to_us)
        )


#: What looks can be put in order by.
ORDERS: dict[str, Callable[[Look], Any]] = {
    "time": lambda one: one.from_us,
    "what": lambda one: one.what,
    "person": lambda one: one.by_name,
    "note": lambda one: one.note,
    "length": lambda one: one.to_us - one.from_us if one.to_us is not None else -1,
}


def case_access(
    connection: Connection, case: str, asked: LookQuestion, *, offset: int, limit: int
) -> CaseAccess:
    """A page of what was looked at in a case, the newest first unless asked otherwise, and sums.

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    names = account_names(connection)
    looks = [*_live(connection, case), *_acts(connection, case, names)]
    looks.sort(key=lambda one: (-one.from_us, one.place))
    chosen = [one for one in looks if asked.holds(one)]
    chosen.sort(key=ORDERS[asked.order], reverse=not asked.upwards)
    return CaseAccess(
        looks=chosen[offset : offset + min(limit, PAGE_MAX)],
        total=len(chosen),
        people=_sums(looks, lambda one: (one.by_name, "", "", "")),
        items=_sums(looks, lambda one: ("", one.item, one.session, one.source)),
    )


def _live(connection: Connection, case: str) -> Iterable[Look]:
    view, session = schema.view, schema.session
    found = connection.execute(
        select(view)
        .join(session, session.c.id == view.c.session_id)
        .where(session.c.case_id == case)
    )
    for row in found:
        yield Look(
            place=spell(*place(row.log_index)),
            kind="view.join",
            what=WATCHED,
            by_name=row.viewer_name,
            from_us=row.from_us,
            to_us=row.to_us,
            item="recording",
            session=row.session_id,
            source=row.source_id,
        )


def _acts(connection: Connection, case: str, names: dict[str, str]) -> Iterable[Look]:
    table = schema.act
    rows = connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.kind.in_([*_WHAT, _ENDED]))
        .order_by(table.c.log_index)
    ).all()
    said = [(row, dict(msgspec.json.decode(row.summary))) for row in rows]
    ends = {str(body.get("view", "")): (row.t_us, body) for row, body in said if row.kind == _ENDED}
    for row, body in said:
        if row.kind == _ENDED:
            continue
        end = ends.get(str(body.get("view", ""))) if row.kind == "access.media" else None
        taken = row.kind == "access.case" and body.get("what")
        yield Look(
            place=spell(CENTRE_LOG, row.log_index),
            kind=row.kind,
            what=_taken(str(body["what"])) if taken else _WHAT[row.kind],
            by_name=who_did(body, names),
            from_us=row.t_us,
            to_us=end[0] if end and end[1].get("how") != "lost" else None,
            item=_item(row.kind, body),
            session=row.session_id,
            source=str(body.get("source", "")),
            note=str(body.get("reason") or body.get("query") or body.get("label") or ""),
        )


def _taken(what: str) -> str:
    return OPENED if what == "log" else TAKEN


def _item(kind: str, body: dict[str, Any]) -> str:
    if kind == "access.case":
        first = str(body.get("what", "")).partition(" ")[0]
        return {"package": "package", "derived": "derived", "proof": "proof", "log": "log"}.get(
            first, "case"
        )
    return {
        "access.session": "session",
        "access.text": "words",
        "access.search": "words",
        "access.transcript": "words",
        "access.document": "document",
        "access.media": "recording",
        "derived.made": "derived",
        "verify": "session" if body.get("session") else "case",
    }.get(kind, "package")


def _sums(looks: list[Look], key: Any) -> list[LookSum]:
    groups: dict[tuple[str, str, str, str], list[Look]] = {}
    for one in looks:
        groups.setdefault(key(one), []).append(one)
    sums = []
    for (name, item, session, source), members in groups.items():
        counts: dict[str, int] = {}
        for one in members:
            counts[one.what] = counts.get(one.what, 0) + 1
        sums.append(
            LookSum(
                name=name,
                item=item,
                session=session,
                source=source,
                counts=counts,
                length_us=sum(
                    one.to_us - one.from_us
                    for one in members
                    if one.to_us is not None and one.what in (WATCHED, PLAYED)
                ),
                people=sorted({one.by_name for one in members if one.by_name}),
                last_us=max(one.from_us for one in members),
            )
        )
    return sorted(sums, key=lambda one: -one.last_us)
