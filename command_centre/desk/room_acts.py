"""Acts in a room that are entries of its session: the notice read and answered, exhibits shown.

State is what the projected list of entries says; nothing is kept beside it. An exhibit is shown
from its ``exhibit.shown`` to the next ``exhibit.shown`` or ``exhibit.removed`` of the session.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.exhibits import ExhibitView
from command_centre.desk.follower import Follower
from command_centre.desk.kept_notices import notice_at, notice_named
from command_centre.desk.notices import Line, Notice, kind_of_notice
from command_centre.desk.permissions import Caller
from command_centre.desk.session_log import append_to_session
from command_centre.desk.sessions import kind_of
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock

NOTE_CHARACTERS_MAX = 300
LANGUAGES = ("zh", "en", "other")
HOW = ("aloud", "shown", "interpreter")  # read aloud, by the person, or told by an interpreter
#: Given longer before its session than this, it is given again.
GIVEN_BEFORE_US_MAX = 2 * 3600 * 1_000_000
_AHEAD_US_MAX = 60 * 1_000_000  # clocks of tablets differ


class NoticeLine(View, frozen=True):
    """One line of the notice."""

    zh: str
    en: str
    law: str = ""  # the article it rests on; empty: none is named
    law_en: str = ""


class NoticeMark(View, frozen=True):
    """It was signed for, or not."""

    state: str  # signed | refused | unable
    t_us: int  # when, by the tablet
    name: str  # of who signs
    by_name: str  # the officer at the tablet
    document: str = ""
    sha256: str = ""  # of the signed PDF
    size: int = 0
    ink_sha256: str = ""
    reason: str = ""  # why not
    witness: str = ""


class NoticeView(View, frozen=True):
    """The notice of a session and what became of it."""

    name: str
    title: str
    title_en: str
    lines: list[NoticeLine]
    read_us: int | None = None
    how: str = ""
    language: str = ""
    answered_us: int | None = None
    understood: bool | None = None
    recusal: bool | None = None
    interpreter: bool | None = None
    note: str = ""
    signature: NoticeMark | None = None  # null: neither signed nor noted as not signed


class ShownView(View, frozen=True):
    """What is shown in a room."""

    exhibit: str = ""  # empty: nothing
    title: str = ""
    mime: str = ""
    since_us: int = 0
    show: str = ""  # this showing; another one of the same exhibit has another
    number: int = 0
    page: int = 1
    by_name: str = ""


class ShowRequest(View, frozen=True):
    """Which page of a document; a picture has one."""

    page: int = 1


class NoticeRead(View, frozen=True):
    """It was given: in which language, how, and when, where that was before it could be said."""

    language: str
    how: str
    given_us: int | None = None
    notice: str = ""  # name of the version that was before them; empty: the one in use then


class NoticeAnswered(View, frozen=True):
    """What the person answered; ``note`` in their words."""

    understood: bool
    recusal: bool
    interpreter: bool = False
    note: str = ""


class RoomActs:
    """Appends through the recorder; used on the event loop."""

    def __init__(self, bus: Bus, database: Database, follower: Follower, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock

    async def notice(self, session: SessionSummary) -> NoticeView:
        """The notice and its state."""
        return await self._database.read(lambda connection: notice_view(connection, session))

    async def notice_of_room(self, caller: Caller, room: str) -> NoticeView:
        """The notice that the next session of a room begins with, to be given before it opens.

        Raises:
            Rejected: ``unknown_room``, ``wrong_room``.
        """
        caller.require_room(room)
        return await self._database.read(
            lambda connection: blank_notice(connection, kind_of(connection, room))
        )

    async def notice_read(
        self, caller: Caller, session: SessionSummary, said: NoticeRead
    ) -> NoticeView:
        """The notice was read to the person.

        Raises:
            Rejected: ``bad_notice``, ``bad_notice_time``, ``session_closed``, or the recorder
                refused.
        """
        if said.language not in LANGUAGES or said.how not in HOW:
            expected = f"language {', '.join(LANGUAGES)}; how {', '.join(HOW)}"
            raise Rejected("bad_notice", f"expected {expected}")
        now_us = self._clock.now_us()
        given_us = now_us if said.given_us is None else said.given_us
        # counted from the start: a tablet that was cut off tells it as late as it must
        earliest_us = min(now_us, session.opened_us) - GIVEN_BEFORE_US_MAX
        if not earliest_us <= given_us <= now_us + _AHEAD_US_MAX:
            raise Rejected(
                "bad_notice_time",
                "given_us is from two hours before the start of the session until now",
            )
        notice = await self._database.read(
            lambda connection: _given(connection, session, said.notice, given_us)
        )
        body = {
            "notice": notice.name,
            "text_sha256": notice.sha256,
            "language": said.language,
            "how": said.how,
            "given_us": given_us,
        }
        await self._append(caller, session, "notice.read", body)
        return await self.notice(session)

    async def notice_answered(
        self, caller: Caller, session: SessionSummary, said: NoticeAnswered
    ) -> NoticeView:
        """The person answered; only after it was read.

        Raises:
            Rejected: ``bad_notice``, ``session_closed``, or the recorder refused.
        """
        notice = await self.notice(session)
        if notice.read_us is None:
            raise Rejected("bad_notice", "the notice is read first, then answered")
        note = said.note.strip()
        if len(note) > NOTE_CHARACTERS_MAX:
            raise Rejected("bad_text", f"a note has at most {NOTE_CHARACTERS_MAX} characters")
        body = {
            "notice": notice.name,
            "understood": said.understood,
            "recusal": said.recusal,
            "interpreter": said.interpreter,
            "note": note,
        }
        await self._append(caller, session, "notice.answered", body)
        return await self.notice(session)

    async def shown(self, session: str) -> ShownView:
        """What is shown in the room of this session now."""
        return await self._database.read(lambda connection: shown_view(connection, session))

    async def show(
        self, caller: Caller, session: SessionSummary, exhibit: ExhibitView, page: int, sha256: str
    ) -> ShownView:
        """Show an exhibit of the session's case instead of whatever is shown.

        ``sha256`` is the digest of the picture that screens are given: the file, or the page.

        Raises:
            Rejected: ``unknown_exhibit``, ``session_closed``, or the recorder refused.
        """
        known = await self._database.read(
            lambda connection: _is_of(connection, exhibit.id, session.id)
        )
        if not known:
            raise Rejected("unknown_exhibit", "this case has no such exhibit")
        body = {
            "exhibit": exhibit.id,
            "exhibit_sha256": exhibit.sha256,
            "exhibit_size": exhibit.size,
            "mime": exhibit.mime,
            "show": short_id("sh"),
            "number": exhibit.number,
            "page": page,
            "picture_sha256": sha256,
            "title": exhibit.title,
        }
        await self._append(caller, session, "exhibit.shown", body)
        return await self.shown(session.id)

    async def remove(self, caller: Caller, session: SessionSummary) -> ShownView:
        """Take away what is shown; a repeat changes nothing."""
        now = await self.shown(session.id)
        if now.exhibit:
            body = {
                "exhibit": now.exhibit,
                "show": now.show,
                "shown_us": now.since_us,
                "title": now.title,
            }
            await self._append(caller, session, "exhibit.removed", body)
        return await self.shown(session.id)

    async def _append(
        self, caller: Caller, session: SessionSummary, kind: str, body: dict[str, Any]
    ) -> None:
        caller.require_room(session.room)
        if session.closed_us is not None:
            raise Rejected("session_closed", "this session is sealed")
        await append_to_session(
            self._bus,
            self._follower,
            key=f"{kind}:{short_id('ra')}",
            kind=kind,
            session=session.id,
            room=session.room,
            body={**body, "by": caller.account_id, "by_name": caller.name},
            t_us=self._clock.now_us(),
        )


def _is_of(connection: Connection, exhibit: str, session: str) -> bool:
    """Whether an exhibit belongs to the case of a session."""
    table, sessions = schema.exhibit, schema.session
    found = connection.execute(
        select(table.c.id)
        .join(sessions, sessions.c.case_id == table.c.case_id)
        .where(table.c.id == exhibit, sessions.c.id == session)
    ).scalar()
    return found is not None


class ListedEntry(NamedTuple):
    """An entry of a session as the list of entries has it: where it stands, long parts cut."""

    kind: str
    log_index: int
    t_us: int
    body: dict[str, Any]


def _last(connection: Connection, session: str, *kinds: str) -> ListedEntry | None:
    table = schema.log_entry
    row = connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.kind.in_(kinds))
        .order_by(table.c.log_index.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return ListedEntry(row.kind, row.log_index, row.t_us, msgspec.json.decode(row.summary))


def _of_kinds(connection: Connection, session: str, *kinds: str) -> list[ListedEntry]:
    """Entries of a session, the last one first."""
    table = schema.log_entry
    rows = connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.kind.in_(kinds))
        .order_by(table.c.log_index.desc())
    )
    return [
        ListedEntry(row.kind, row.log_index, row.t_us, msgspec.json.decode(row.summary))
        for row in rows
    ]


def blank_notice(connection: Connection, kind: str) -> NoticeView:
    """The notice of a kind of session as it is given now, given to nobody yet."""
    return _view_of(notice_at(connection, kind))


def _given(connection: Connection, session: SessionSummary, name: str, given_us: int) -> Notice:
    """The version that was given, perhaps before the session opened.

    Raises:
        Rejected: ``bad_notice``: there is none of this name for such a session.
    """
    if not name:
        return notice_at(connection, session.kind, min(given_us, session.opened_us))
    found = notice_named(connection, name)
    if found is None or found.kind != kind_of_notice(session.kind):
        raise Rejected("bad_notice", "there is no notice of this name for such a session")
    return found


def _view_of(notice: Notice) -> NoticeView:
    return NoticeView(
        name=notice.name,
        title=notice.title,
        title_en=notice.title_en,
        lines=[
            NoticeLine(zh=one.zh, en=one.en, law=one.law, law_en=one.law_en) for one in notice.lines
        ],
    )


def notice_view(connection: Connection, session: SessionSummary) -> NoticeView:
    """The notice of a session with the last word on it: the version that was read there; before
    that, the one in use when it opened."""
    read = _last(connection, session.id, "notice.read")
    name = str(read.body.get("notice", "")) if read else ""
    known = notice_named(connection, name) if name else None
    view = _view_of(known or notice_at(connection, session.kind, session.opened_us))
    if read:
        how, language = str(read.body.get("how", "")), str(read.body.get("language", ""))
        given_us = int(read.body.get("given_us", read.t_us))  # older entries: when written
        view = msgspec.structs.replace(view, read_us=given_us, how=how, language=language)
    if answered := answers_entry(connection, session.id):
        view = msgspec.structs.replace(
            view,
            answered_us=answered.t_us,
            understood=answered.body.get("understood"),
            recusal=answered.body.get("recusal"),
            interpreter=answered.body.get("interpreter"),
            note=str(answered.body.get("note", "")),
        )
    if marked := _marked(connection, session.id, view.name):
        view = msgspec.structs.replace(view, signature=_mark(marked))
    return view


def _marked(connection: Connection, session: str, notice: str) -> ListedEntry | None:
    """What became of one version: signed where it ever was, whatever came after it; else the last
    word on why not. What was said of another version is not said of this one."""
    found = _of_kinds(connection, session, "notice.signed", "notice.unsigned")
    mine = [one for one in found if one.body.get("notice") == notice]
    signed = [one for one in mine if one.kind == "notice.signed"]
    return next(iter(signed or mine), None)


def _mark(entry: ListedEntry) -> NoticeMark:
    body, signed = entry.body, entry.kind == "notice.signed"
    return NoticeMark(
        state="signed" if signed else str(body.get("why", "")),
        t_us=int(body.get("to_us" if signed else "said_us", entry.t_us)),
        name=str(body.get("name", "")),
        by_name=str(body.get("by_name", "")),
        document=str(body.get("document", "")),
        sha256=str(body.get("sha256", "")),
        size=int(body.get("size", 0)),
        ink_sha256=str(body.get("ink_sha256", "")),
        reason=str(body.get("reason", "")),
        witness=str(body.get("witness", "")),
    )


def notice_of_view(view: NoticeView) -> Notice:
    """The version that a view shows."""
    lines = [Line(zh=one.zh, en=one.en, law=one.law, law_en=one.law_en) for one in view.lines]
    return Notice(
        name=view.name, kind="", title=view.title, title_en=view.title_en, lines=tuple(lines)
    )


def answers_entry(connection: Connection, session: str) -> ListedEntry | None:
    """The last answers to the version that was given last.

    They stand when the same words are read once more; another version in between asks anew.
    """
    answered: ListedEntry | None = None
    version: object = None
    for entry in _of_kinds(connection, session, "notice.read", "notice.answered"):
        said = entry.body.get("notice")
        if entry.kind == "notice.read":
            version = said if version is None else version
            if said != version:
                return None
            if answered is not None:
                return answered
        elif answered is None and (version is None or said == version):
            answered, version = entry, said
    return None


def signed_entry(
    connection: Connection, session: SessionSummary, document: str = ""
) -> ListedEntry | None:
    """Where a session's notice was signed, without the handwriting: the one of that code. Without a
    code the version that was given last; where that is not signed, the one that was signed last."""
    if document:
        found = _of_kinds(connection, session.id, "notice.signed")
        return next((one for one in found if one.body.get("document") == document), None)
    mine = _marked(connection, session.id, notice_view(connection, session).name)
    if mine is not None and mine.kind == "notice.signed":
        return mine
    return _last(connection, session.id, "notice.signed")


def shown_view(connection: Connection, session: str) -> ShownView:
    """The exhibit shown last, unless it was taken away or the session ended."""
    last = _last(connection, session, "exhibit.shown", "exhibit.removed", "session.close")
    if last is None or last.kind != "exhibit.shown":
        return ShownView()
    return shown_of(last.t_us, last.body)


def shown_of(t_us: int, body: dict[str, Any]) -> ShownView:
    """What an ``exhibit.shown`` says. Entries from before there were showings have no ``show``."""
    return ShownView(
        exhibit=str(body.get("exhibit", "")),
        title=str(body.get("title", "")),
        mime=str(body.get("mime", "")),
        since_us=t_us,
        show=str(body.get("show") or f"sh-{t_us}"),
        number=int(body.get("number", 0)),
        page=int(body.get("page", 1)),
        by_name=str(body.get("by_name", "")),
    )
