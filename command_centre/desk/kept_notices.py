"""Notices of rights and duties as the agency keeps them: its own versions beside the shipped ones.

A version is never changed or deleted; another wording is the next version. The one put to use last
is read in sessions that open from then on: a session keeps the one that was in use when it opened,
and once read, the one its ``notice.read`` names. Each act is an entry of the centre's log first
(``notice.set``, ``notice.used``).

What a notice seems to leave out (``notices.doubts_about``) is pointed out, and kept only when the
person says so; the entry then names it. A lawyer checks the words; the system does not.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.notices import (
    Doubts,
    Line,
    Notice,
    all_notices,
    doubts_about,
    kind_of_notice,
    shipped_named,
    shipped_notice,
)
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.words import SessionKind

TITLE_MAX = 60  # characters, in each language
LINES_MAX = 40
LINE_MAX = 300  # characters of Chinese; English takes more room
LINE_EN_MAX = 800
LAW_MAX = 200
VERSIONS_MAX = 200  # of the agency's own, of one kind


class NoticeUse(View, frozen=True):
    """Once that a version was put to use."""

    by_name: str
    t_us: int
    left_out: list[str]  # pointed out then and kept: a part, a part with .en, article.LINE


class NoticeVersion(View, frozen=True):
    """One version of a notice, in full."""

    name: str
    number: int  # of the agency's own, or of those shipped
    shipped: bool
    title: str
    title_en: str
    lines: list[Line]
    by_name: str  # empty: it came with the programme
    t_us: int
    uses: list[NoticeUse]  # the newest first
    doubts: Doubts


class KeptNotice(View, frozen=True):
    """The notice that a kind of session begins with."""

    kind: str  # config.words.SessionKind
    in_use: str  # name of the version
    versions: list[NoticeVersion]  # the newest first, the shipped ones last


class NoticeText(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice says."""

    title: str
    title_en: str
    lines: tuple[Line, ...]


class KeptNotices:
    """Used on the event loop; one per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book

    async def all(self) -> list[KeptNotice]:
        """Every kind of session with every version of its notice."""
        return await self._database.read(
            lambda connection: [_kept(connection, kind) for kind in SessionKind]
        )

    async def set(
        self, caller: Caller, kind: str, said: NoticeText, *, despite: bool
    ) -> KeptNotice:
        """Make the next version and put it to use; the words in use again change nothing.

        Raises:
            Rejected: ``unknown_notice``, ``bad_notice_text``, ``notice_doubts`` with ``doubts``
                where the person has not said ``despite``, ``too_many_notices``,
                ``log_unavailable``.
        """
        wanted, said = _known(kind), _checked(said)
        left_out = _agreed(doubts_about(wanted, said.lines), despite=despite)

        def ready(connection: Connection) -> dict[str, Any] | None:
            now = notice_at(connection, wanted)
            if (now.title, now.title_en, now.lines) == (said.title, said.title_en, said.lines):
                return None
            number = _last_number(connection, wanted) + 1
            if number > VERSIONS_MAX:
                raise Rejected("too_many_notices", f"at most {VERSIONS_MAX} versions of one's own")
            made = Notice(
                name=f"{wanted}/own-{number}", kind=wanted, **msgspec.structs.asdict(said)
            )
            return {
                "kind": wanted,
                "notice": made.name,
                "number": number,
                "text_sha256": made.sha256,
                "left_out": left_out,
                "title": made.title,
                "title_en": made.title_en,
                "lines": msgspec.json.encode(made.lines).decode(),
            }

        await self._book.act("notice.set", _by(caller), ready)
        return await self._one(wanted)

    async def use(self, caller: Caller, kind: str, name: str, *, despite: bool) -> KeptNotice:
        """Read an earlier version from now on; the one in use changes nothing.

        Raises:
            Rejected: ``unknown_notice``, ``notice_doubts``, ``log_unavailable``.
        """
        wanted = _known(kind)

        def ready(connection: Connection) -> dict[str, Any] | None:
            found = notice_named(connection, name)
            if found is None or found.kind != wanted:
                raise Rejected("unknown_notice", "there is no such version of this notice")
            if notice_at(connection, wanted).name == name:
                return None
            left_out = _agreed(doubts_about(wanted, found.lines), despite=despite)
            return {
                "kind": wanted,
                "notice": name,
                "text_sha256": found.sha256,
                "left_out": left_out,
            }

        await self._book.act("notice.used", _by(caller), ready)
        return await self._one(wanted)

    async def _one(self, kind: SessionKind) -> KeptNotice:
        return await self._database.read(lambda connection: _kept(connection, kind))


def notice_at(connection: Connection, kind: str, at_us: int | None = None) -> Notice:
    """The notice in use for a kind of session, now or at a time."""
    table = schema.notice_use
    wanted = select(table.c.name).where(table.c.kind == kind_of_notice(kind))
    if at_us is not None:
        wanted = wanted.where(table.c.t_us <= at_us)
    name = connection.execute(wanted.order_by(table.c.log_index.desc()).limit(1)).scalar()
    return (notice_named(connection, name) if name else None) or shipped_notice(kind)


def notice_named(connection: Connection, name: str) -> Notice | None:
    """A version, shipped or the agency's own."""
    table = schema.notice_version
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    return _notice(row) if row else shipped_named(name)


def _notice(row: Row[Any]) -> Notice:
    lines = msgspec.json.decode(row.lines, type=tuple[Line, ...])
    return Notice(name=row.name, kind=row.kind, title=row.title, title_en=row.title_en, lines=lines)


def _kept(connection: Connection, kind: SessionKind) -> KeptNotice:
    uses = _uses(connection, kind)
    table = schema.notice_version
    mine = select(table).where(table.c.kind == kind).order_by(table.c.number.desc())
    own = [
        _version(_notice(row), row.number, uses, by_name=row.by_name, t_us=row.t_us)
        for row in connection.execute(mine)
    ]
    came = [one for one in all_notices() if one.kind == kind]
    shipped = [_version(one, number, uses) for number, one in enumerate(came, 1)]
    return KeptNotice(
        kind=kind, in_use=notice_at(connection, kind).name, versions=[*own, *reversed(shipped)]
    )


def _version(
    notice: Notice,
    number: int,
    uses: dict[str, list[NoticeUse]],
    *,
    by_name: str = "",
    t_us: int = 0,
) -> NoticeVersion:
    return NoticeVersion(
        name=notice.name,
        number=number,
        shipped=shipped_named(notice.name) is not None,
        title=notice.title,
        title_en=notice.title_en,
        lines=list(notice.lines),
        by_name=by_name,
        t_us=t_us,
        uses=uses.get(notice.name, []),
        doubts=doubts_about(notice.kind, notice.lines),
    )


def _uses(connection: Connection, kind: SessionKind) -> dict[str, list[NoticeUse]]:
    table, found = schema.notice_use, dict[str, list[NoticeUse]]()
    wanted = select(table).where(table.c.kind == kind).order_by(table.c.log_index.desc())
    for row in connection.execute(wanted):
        left_out = msgspec.json.decode(row.left_out, type=list[str])
        use = NoticeUse(by_name=row.by_name, t_us=row.t_us, left_out=left_out)
        found.setdefault(row.name, []).append(use)
    return found


def _last_number(connection: Connection, kind: SessionKind) -> int:
    table = schema.notice_version
    last = select(func.max(table.c.number)).where(table.c.kind == kind)
    return int(connection.execute(last).scalar() or 0)


def _known(kind: str) -> SessionKind:
    try:
        return SessionKind(kind)
    except ValueError as error:
        expected = ", ".join(SessionKind)
        raise Rejected("unknown_notice", f"a notice is of one of {expected}") from error


def _agreed(doubts: Doubts, *, despite: bool) -> list[str]:
    """What the person keeps although it was pointed out.

    Raises:
        Rejected: ``notice_doubts``: they have not said so.
    """
    if doubts and not despite:
        raise Rejected(
            "notice_doubts",
            "this notice seems to leave something out; look, and say despite to keep it",
            doubts=msgspec.to_builtins(doubts),
        )
    return [
        *doubts.missing,
        *(f"{one}.en" for one in doubts.missing_en),
        *(f"article.{one}" for one in doubts.articles),
    ]


def _checked(said: NoticeText) -> NoticeText:
    lines = tuple(_stripped(one) for one in said.lines)
    title, title_en = said.title.strip(), said.title_en.strip()
    if not all(1 <= len(one) <= TITLE_MAX for one in (title, title_en)):
        raise _bad(f"a title has 1 to {TITLE_MAX} characters in each language")
    if not 1 <= len(lines) <= LINES_MAX:
        raise _bad(f"a notice has 1 to {LINES_MAX} paragraphs")
    for number, line in enumerate(lines, 1):
        if problem := _problem(line):
            raise _bad(f"paragraph {number}: {problem}", line=number)
    return NoticeText(title=title, title_en=title_en, lines=lines)


def _stripped(line: Line) -> Line:
    return Line(**{name: text.strip() for name, text in msgspec.structs.asdict(line).items()})


def _problem(line: Line) -> str:
    if not 1 <= len(line.zh) <= LINE_MAX or not 1 <= len(line.en) <= LINE_EN_MAX:
        return f"expected 1 to {LINE_MAX} characters of Chinese and 1 to {LINE_EN_MAX} of English"
    if any("\n" in text for text in (line.zh, line.en, line.law, line.law_en)):
        return "expected one paragraph, without line breaks"
    if bool(line.law) != bool(line.law_en):
        return "expected the article in both languages, or in none"
    if max(len(line.law), len(line.law_en)) > LAW_MAX:
        return f"an article has at most {LAW_MAX} characters"
    return ""


def _bad(detail: str, **extra: Any) -> Rejected:
    return Rejected("bad_notice_text", detail, **extra)


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
