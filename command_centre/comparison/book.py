"""Acts on a case that are the centre's own: points, lexicon, device logs, reviews, findings.

Each act is an entry of the centre's log first; the row and the event follow from the entry. Acts
take turns, so the order of rows is the order of entries.

What an act may say is read from the rows: a number that is free, a version that is the next. So no
act is taken while the log has entries that the rows do not have. Between an entry and its row the
book is *behind*; if the row cannot be written it stays so until the entry is read again and taken:
by the next act before it looks at anything, by ``run`` as soon as the database lets us, or by
``catch_up`` at the next start if we died. Nobody who goes away breaks an act off half-way.

What a case file brought is written down at the first start (``announce``). What this does not do:
hold up a recording. No recorder, and no part that only notes something, waits for the book.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from command_centre.comparison import book_projection, store
from command_centre.comparison.lexicon import CaseLexicon, DeviceLog, clashes, problem_of
from command_centre.comparison.views import Difference, Finding, Point, PointDetail
from command_centre.db import schema
from command_centre.db.database import Database, Writing, read_counter
from command_centre.desk import rows
from command_centre.desk.centre_log import CaseLog, catch_up
from command_centre.desk.member_projection import unrecorded_members
from command_centre.desk.permissions import Caller
from command_centre.desk.tasks import to_the_end
from command_centre.errors import Rejected
from config.clock import Clock
from config.words import ReviewState
from evidence_store.reader import LogReader
from transcription.comparison.model import Slot

logger = logging.getLogger(__name__)

MAX_POINT_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 500
POINTS_MAX = 300  # of one case, retired ones included
_WORDS_MAX = 60  # verbs, items or synonyms of a point
SLOTS = frozenset(Slot)
_AGAIN_S = 2.0  # between tries to take what is behind


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """How a point is put."""

    text: str
    en: str = ""
    detail: PointDetail = PointDetail()


class CaseBook:
    """Takes the acts; used on the event loop. One per centre."""

    def __init__(self, database: Database, log: CaseLog, clock: Clock, log_directory: Path) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._reader = LogReader(log_directory)
        self._lock = asyncio.Lock()
        self._behind = asyncio.Event()  # set: the log may have entries that the rows do not have
        self._behind.set()
        self._last = -1  # the last entry that is known to be ours
        self._untold: set[str] = set()  # cases whose entries were taken, and nobody was told yet
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call with the case's id when its points or names have changed."""
        self._listeners.append(listener)

    # --- points -----------------------------------------------------------------------------------

    async def add_point(
        self,
        caller: Caller,
        case: str,
        wording: Wording,
        *,
        template: str = "",
        utterance: str = "",
        kept: Sequence[str] = (),
    ) -> Point:
        """Add a point to the end of the list; every desk of the case is told.

        ``kept`` is what in its wording was pointed out and kept (``point_wording.agreed``).
        """
        wording = checked(wording)
        async with self._turn():
            await self._database.read(lambda connection: require(connection, case, utterance))
            point = await self._database.read(lambda connection: next_point(connection, case))
            body = {
                "case": case,
                "point": point,
                "template": template,
                "utterance": utterance,
                **_kept(kept),
                **_said(wording),
                **_by(caller),
            }
            await self._append("point.add", body)
        return await self._changed_point(case, point)

    async def change_point(
        self, caller: Caller, case: str, point: str, wording: Wording, *, kept: Sequence[str] = ()
    ) -> Point:
        """Word a point otherwise; earlier wordings stay in the log. ``kept``: as above."""
        wording = checked(wording)
        async with self._turn():
            await self.require_point(case, point)
            said = {**_kept(kept), **_said(wording), **_by(caller)}
            await self._append("point.changed", {"case": case, "point": point, **said})
        return await self._changed_point(case, point)

    async def retire_point(self, caller: Caller, case: str, point: str, reason: str) -> Point:
        """Ask a point no more. It is never deleted; a repeat changes nothing."""
        async with self._turn():
            current = await self.require_point(case, point)
            if current.retired_us is None:
                reason = reason.strip()[:MAX_NOTE_CHARACTERS]
                body = {"case": case, "point": point, "reason": reason, **_by(caller)}
                await self._append("point.retired", body)
        return await self._changed_point(case, point)

    async def resume_point(self, caller: Caller, case: str, point: str) -> Point:
        """Ask a point again that was retired; a repeat changes nothing."""
        async with self._turn():
            current = await self.require_point(case, point)
            if current.retired_us is not None:
                await self._append("point.resumed", {"case": case, "point": point, **_by(caller)})
        return await self._changed_point(case, point)

    async def require_point(self, case: str, point: str) -> Point:
        """A point of a case, or ``unknown_point``."""
        found = await self._database.read(lambda connection: find_point(connection, case, point))
        if found is None:
            raise Rejected("unknown_point", "there is no such point in this case")
        return found

    def names_changed(self, case: str) -> None:
        """People of a case are others now, or are called otherwise."""
        for listener in self._listeners:
            listener(case)

    async def _changed_point(self, case: str, point: str) -> Point:
        self.names_changed(case)
        return await self.require_point(case, point)

    # --- names, documents -------------------------------------------------------------------------

    async def set_lexicon(
        self, caller: Caller, case: str, lexicon: CaseLexicon
    ) -> list[tuple[str, tuple[str, ...]]]:
        """Set what people and things are called; names that mean several are given back."""
        if problem := problem_of(lexicon):
            raise Rejected("bad_lexicon", problem)
        async with self._turn():
            await self._database.read(lambda connection: require(connection, case))
            await self._append("case.lexicon", {"case": case, **_lexicon(lexicon), **_by(caller)})
        for listener in self._listeners:
            listener(case)
        return clashes(lexicon)

    # --- differences ------------------------------------------------------------------------------

    async def review(
        self,
        caller: Caller,
        case: str,
        difference: str,
        state: str,
        *,
        note: str = "",
        prompts: Sequence[str] = (),
    ) -> Difference:
        """Say what a difference is; the earlier reviews stay before it."""
        try:
            meant = ReviewState(state)
        except ValueError as error:
            known = ", ".join(ReviewState)
            raise Rejected("bad_review", f"a review is one of {known}") from error
        if len(note) > MAX_NOTE_CHARACTERS:
            raise Rejected("bad_text", f"a note has at most {MAX_NOTE_CHARACTERS} characters")
        async with self._turn():
            await self.require_difference(case, difference)
            body: dict[str, Any] = {
                "case": case,
                "difference": difference,
                "state": str(meant),
                "prompts": list(prompts),
                "note": note.strip(),
                **_by(caller),
            }
            await self._append("difference.review", body)
        return await self.require_difference(case, difference)

    async def prompted(
        self, caller: Caller, case: str, difference: str, prompts: Sequence[str]
    ) -> None:
        """Prompts were sent about a difference; a repeat of the same prompts changes nothing."""
        current = await self.require_difference(case, difference)
        if all(set(prompts) != set(review.prompts) for review in current.reviews):
            await self.review(caller, case, difference, ReviewState.PROMPTED, prompts=prompts)

    async def require_difference(self, case: str, difference: str) -> Difference:
        """A difference of a case, or ``unknown_difference``."""
        found = await self._database.read(
            lambda connection: store.read_difference(connection, case, difference)
        )
        if found is None:
            raise Rejected("unknown_difference", "there is no such difference in this case")
        return found

    async def record_finding(self, kind: str, case: str, finding: Finding, engine: str) -> int:
        """Write down what the engine found, without its words; returns the entry's index.

        ``kind`` is difference.found, .changed or .gone.
        """
        body = {
            "case": case,
            "difference": finding.id,
            "kind": finding.kind,
            "tier": finding.tier,
            "point": finding.point,
            "slot": finding.slot,
            "rule": finding.rule,
            "a": _place(finding.a),
            "b": _place(finding.b),
            "engine": engine,
        }
        return await self._log.append(kind, body)

    async def record_suggestion(
        self, kind: str, case: str, finding: Finding, said: dict[str, str]
    ) -> int:
        """Write down what a language model suggested, without its words; the entry's index.

        ``kind`` is suggestion.made or .withdrawn; ``said`` is the model and digests.
        """
        body = {
            "case": case,
            "difference": finding.id,
            "point": finding.point,
            "slot": finding.slot,
            "a": _place(finding.a),
            "b": _place(finding.b),
            **said,
        }
        return await self._log.append(kind, body)

    # --- other acts on a case ---------------------------------------------------------------------

    async def act(
        self,
        kind: str,
        by: dict[str, str],
        ready: Callable[[Connection], dict[str, Any] | None],
    ) -> None:
        """Take an act in its turn: ``ready`` looks whether it can be, and says its body.

        None: nothing is to be done, and nothing is written.
        """
        async with self._turn():
            body = await self._database.read(ready)
            if body is not None:
                await self._append(kind, body | by)

    # --- the log ----------------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Take entries of the centre's log that are written and not taken yet.

        A log that cannot be read is left to later acts, which wait for it.
        """
        async with self._lock:
            await self._take_rest()

    async def run(self) -> None:
        """Take what acts that failed half-way have left in the log, as soon as it can be taken."""
        while True:
            await self._behind.wait()
            try:
                async with self._turn():
                    pass
            except Rejected as error:
                logger.warning("entries of the centre's log wait to be taken: %s", error.code)
                await asyncio.sleep(_AGAIN_S)

    async def announce(self) -> None:
        """Write down what came with case files: lexicons, device logs, points; and members.

        While the rows are behind it is left to the next start: the centre starts all the same.
        """
        async with self._lock:
            if self._behind.is_set() and not await self._take_rest():
                logger.error("the centre's log cannot be read; case files are not written down yet")
                return
            for kind, body in await self._database.read(_unrecorded):
                await self._append(kind, body)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Our turn, with every row that the log calls for.

        Raises:
            Rejected: ``log_unavailable``, ``database_unavailable``: rows are behind the log.
        """
        async with self._lock:
            if self._behind.is_set() and not await self._take_rest():
                raise Rejected(
                    "log_unavailable", "the centre's log cannot be read; look at the store's disk"
                )
            yield

    async def _take_rest(self) -> bool:
        # Kept when we fail between two pages: the rows of the first one are not read again.
        take = partial(_take_all, self._untold)
        with _database_unavailable():
            read = await catch_up(self._database, self._reader, _next_index, take)
            taken = await self._database.read(_next_index)
        if not read or taken <= self._last:  # a log that shows less than we know of is not read
            return False
        self._behind.clear()
        while self._untold:
            self.names_changed(self._untold.pop())
        return True

    async def _append(self, kind: str, body: dict[str, Any]) -> None:
        await to_the_end(self._write(kind, body))

    async def _write(self, kind: str, body: dict[str, Any]) -> None:
        self._behind.set()
        t_us = self._clock.now_us()
        self._last = index = await self._log.append(kind, body, t_us=t_us)
        # The entry is durable. If this fails or we die, it is read again and taken then.
        with _database_unavailable():
            await self._database.write(
                lambda writing: book_projection.take(writing, index, t_us, kind, body)
            )
        self._behind.clear()


@contextlib.contextmanager
def _database_unavailable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise Rejected(
            "database_unavailable",
            f"the centre's database cannot be used ({type(error.orig).__name__}); what the log has"
            " already follows by itself; free space on the store's disk",
        ) from error


def checked(wording: Wording) -> Wording:
    """A point's wording that can be used.

    Raises:
        Rejected: empty, too long, or too many words.
    """
    text, en = wording.text.strip(), wording.en.strip()
    if not 1 <= len(text) <= MAX_POINT_CHARACTERS or len(en) > MAX_POINT_CHARACTERS:
        raise Rejected("bad_text", f"a point has 1 to {MAX_POINT_CHARACTERS} characters")
    detail = wording.detail
    lists = (detail.slots, detail.verbs, detail.items, detail.synonyms)
    single = (detail.topic, detail.event, detail.question, detail.question_en)
    if any(len(one) > _WORDS_MAX for one in lists) or any(
        len(word) > MAX_POINT_CHARACTERS for word in (*single, *(w for one in lists for w in one))
    ):
        raise Rejected("bad_text", f"at most {_WORDS_MAX} words of {MAX_POINT_CHARACTERS} each")
    if unknown := set(detail.slots) - SLOTS:
        known = ", ".join(sorted(SLOTS))
        raise Rejected("bad_text", f"slots are some of {known}, not {sorted(unknown)[0]!r}")
    return Wording(text=text, en=en, detail=detail)


def require(connection: Connection, case: str, utterance: str = "") -> None:
    """The case, and an utterance of it if one is named."""
    table, said = schema.case_file, schema.utterance
    if connection.execute(select(table.c.id).where(table.c.id == case)).scalar() is None:
        raise Rejected("unknown_case", "there is no such case")
    mine = (said.c.id == utterance, said.c.case_id == case)
    if utterance and connection.execute(select(said.c.id).where(*mine)).scalar() is None:
        raise Rejected("unknown_utterance", "there is no such sentence in this case")


def next_point(connection: Connection, case: str) -> str:
    """The id of the next point."""
    table = schema.point
    mine = table.c.case_id == case
    count, last = connection.execute(
        select(func.count(), func.max(table.c.position)).where(mine)
    ).one()
    if count >= POINTS_MAX:
        raise Rejected("too_many_points", f"a case has at most {POINTS_MAX} points")
    taken = set(connection.execute(select(table.c.id).where(mine)).scalars())
    number = (last or 0) + 1
    while f"p{number}" in taken:
        number += 1
    return f"p{number}"


def find_point(connection: Connection, case: str, point: str) -> Point | None:
    """A point of a case."""
    table = schema.point
    row = connection.execute(
        select(table).where(table.c.case_id == case, table.c.id == point)
    ).one_or_none()
    return rows.point(row) if row else None


def _said(wording: Wording) -> dict[str, Any]:
    content = msgspec.to_builtins(wording.detail)
    return {"text": wording.text, "en": wording.en, "content": content}


def _kept(codes: Sequence[str]) -> dict[str, Any]:
    return {"wording": list(codes)} if codes else {}


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}


def _lexicon(lexicon: CaseLexicon) -> dict[str, Any]:
    raw = msgspec.json.encode(lexicon)
    return {
        "content": raw.decode(),  # as text: entries have no fractions
        "sha256": hashlib.sha256(raw).hexdigest(),
        "people": len(lexicon.people),
        "places": len(lexicon.places),
        "equipment": len(lexicon.equipment),
        "documents": len(lexicon.documents),
    }


def _place(side: Any) -> dict[str, Any]:
    """Where a side stands, without a word of it."""
    said = {
        "session": side.session,
        "room": side.room,
        "utterance": side.utterance,
        "start": side.span[0],
        "end": side.span[1],
        "reference": side.reference,
    }
    return {name: value for name, value in said.items() if value != ""}


def _next_index(connection: Connection) -> int:
    return read_counter(connection, book_projection.NEXT)


def _take_all(touched: set[str], writing: Writing, first: int, page: list[bytes]) -> None:
    for index, data in enumerate(page, first):
        entry = msgspec.json.decode(data)
        touched.add(str(entry["body"].get("case", "")))
        book_projection.take(writing, index, entry["t_us"], entry["kind"], entry["body"])


def _unrecorded(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    table = schema.case_lexicon
    for row in connection.execute(select(table).where(table.c.log_index.is_(None))):
        lexicon = msgspec.json.decode(row.content, type=CaseLexicon)
        found.append(("case.lexicon", {"case": row.case_id, **_lexicon(lexicon)}))
    logs = schema.device_log
    for row in connection.execute(select(logs).where(logs.c.log_index.is_(None))):
        rows_kept = len(msgspec.json.decode(row.content, type=DeviceLog).rows)
        digest = hashlib.sha256(row.content.encode()).hexdigest()
        body = {"case": row.case_id, "device": row.device, "rows": rows_kept}
        found.append(("case.device_log", {**body, "sha256": digest, "content": row.content}))
    point = schema.point
    unrecorded = select(point).where(point.c.log_index.is_(None))
    for row in connection.execute(unrecorded.order_by(point.c.case_id, point.c.position)):
        view = rows.point(row)
        wording = Wording(text=view.text, en=view.en, detail=view.detail)
        body = {"case": row.case_id, "point": row.id, "by": row.created_by, **_said(wording)}
        found.append(("point.add", body))
    found += [("case.member", body) for body in unrecorded_members(connection)]
    return found
