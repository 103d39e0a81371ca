"""What stands between a text and its document: differences from the recording, and required steps.

Both are worked out anew from the text, the utterances, their corrections and the entries; only
what an officer decides is kept, as an entry of the session first (``record.justified``,
``record.step``). A difference is named by its own words and anchors: a text that is corrected no
longer has it, and one that was justified stays so in later versions. A document is refused while a
difference in a number, a name, a negation or a time is open, or a finding on site without evidence;
required steps that are missing are shown, and the document's entry names them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.record_header import form_of, require_keeper
from command_centre.desk.record_notes import marks
from command_centre.desk.record_readings import Listed, findings_listed, listed
from command_centre.desk.record_said import (
    SecondHearing,
    Sentence,
    second_of,
    sentences_of,
)
from command_centre.desk.record_scene import findings_of, scene_of
from command_centre.desk.record_text import Text, latest_text
from command_centre.desk.record_views import open_places
from command_centre.desk.room_acts import notice_view
from command_centre.desk.room_checks import ChecksView, checks_of
from command_centre.desk.session_log import append_to_session
from command_centre.desk.sessions import read_session
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from command_centre.record.content import INSPECTION
from command_centre.record.finding_evidence import Finding, Scene
from command_centre.record.steps import Found, Heard, Step, find_step, steps_of
from config.bus import Bus
from config.clock import Clock
from transcription.comparison.names_en import sure_names

#: What a list of entries keeps of a text; the whole reason is to be readable there.
REASON_CHARACTERS_MAX = 80
_IDS_MAX = 5000
_KEPT = 8  # lists in memory
_SAID, _LEFT_OUT = "said", "left_out"


class DifferenceView(View, frozen=True):
    """One item; ``reason`` and ``by_name`` once it is justified.

    ``corrected``: a correction of the sentence justifies it, with its own reason and name.
    """

    id: str
    kind: str  # missing | added | changed | unproved | misheard | summary | second
    about: str  # number | name | negation | time | evidence | speaker | words
    critical: bool
    line: int | None
    said: str
    written: str
    said_context: str
    written_context: str
    utterances: list[str]
    start_us: int
    end_us: int
    justified: bool = False
    reason: str = ""
    by_name: str = ""
    corrected: bool = False


class StepView(View, frozen=True):
    """A required step: found in an entry, heard in what was said, decided, or open."""

    key: str
    name: str
    wording: str
    law: str
    optional: bool
    state: str  # found | heard | said | left_out | open
    by: str = ""  # notice | mark | wording
    t_us: int = 0
    text: str = ""
    reason: str = ""
    by_name: str = ""


class ReviewView(View, frozen=True):
    """Everything that is to be settled before a document is signed."""

    version: int
    differences: list[DifferenceView]
    open_critical: int
    open_other: int
    steps: list[StepView]
    open_steps: int
    checks: ChecksView | None = None  # before the start; None: started without a list
    unsigned: int = 0  # places of the document that are still to be signed, on camera


class _Basis(msgspec.Struct, frozen=True):
    """What was read at once."""

    text: Text
    said: Sequence[Sentence]
    second: Sequence[SecondHearing]
    names: list[str]
    marks: list[tuple[int, str]]
    notice: dict[str, int]
    decided: list[tuple[str, dict[str, Any]]]  # kind and short form of the officers' entries
    findings: Sequence[Finding]  # of an inspection
    scene: Scene | None
    stamp: int  # the last entry of the session: a list is good until another one comes
    checks: ChecksView | None
    unsigned: int

    @property
    def exhibits(self) -> tuple[tuple[int, str], ...]:
        """What findings may name; no entry of the session says that one was added."""
        return tuple(self.scene.exhibits) if self.scene else ()


class RecordReview:
    """One per centre; used on the event loop, lists are worked out in a thread."""

    def __init__(self, bus: Bus, database: Database, follower: Follower, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._lists: OrderedDict[tuple[object, ...], list[Listed]] = OrderedDict()

    async def view(self, caller: Caller, session: str) -> ReviewView:
        """What is open for a session.

        Raises:
            Rejected: ``unknown_session``, ``wrong_room``.
        """
        return await self.of(await self._session(caller, session))

    async def of(self, summary: SessionSummary) -> ReviewView:
        """The same for a session that was looked up."""
        now_us = self._clock.now_us()
        basis = await self._database.read(lambda connection: _read(connection, summary, now_us))
        items = await self._list(summary, basis)
        justified = _justified(basis.decided)
        views = [_view(one, justified.get(one.difference.id)) for one in items]
        still = [one for one in views if not one.justified]
        steps = _steps(form_of(summary.kind), basis)
        return ReviewView(
            version=basis.text.version,
            differences=views,
            open_critical=sum(1 for one in still if one.critical),
            open_other=sum(1 for one in still if not one.critical),
            steps=steps,
            open_steps=sum(1 for one in steps if one.state == "open" and not one.optional),
            checks=basis.checks,
            unsigned=basis.unsigned,
        )

    async def justify(
        self, caller: Caller, session: str, ids: Sequence[str], reason: str
    ) -> ReviewView:
        """Why these differences stay as they are; one reason for all that are named.

        Raises:
            Rejected: ``bad_reason``, ``difference_gone``, or what the recorder says.
        """
        summary = await self._session(caller, session)
        require_keeper(caller, summary.kind)
        reason = _reason(reason)
        known = {one.id: one for one in (await self.of(summary)).differences}
        wanted = list(dict.fromkeys(ids))[:_IDS_MAX]
        if not wanted or any(one not in known for one in wanted):
            raise Rejected("difference_gone", "the text was changed meanwhile; look again")
        body = {
            "critical": sum(1 for one in wanted if known[one].critical),
            "others": sum(1 for one in wanted if not known[one].critical),
            "differences": wanted,
            "reason": reason,
        }
        await self._append(caller, summary, "record.justified", body)
        return await self.of(summary)

    async def settle_step(
        self, caller: Caller, session: str, step: str, how: str, reason: str
    ) -> ReviewView:
        """An officer says that a step was taken, or why it was left out.

        Raises:
            Rejected: ``bad_reason``, ``unknown_step``, or what the recorder says.
        """
        summary = await self._session(caller, session)
        require_keeper(caller, summary.kind)
        if step not in {one.key for one in steps_of(form_of(summary.kind))}:
            raise Rejected("unknown_step", "there is no such step")
        if how not in (_SAID, _LEFT_OUT):
            raise Rejected("bad_reason", "say that it was said, or why it was left out")
        said_why = _reason(reason) if how == _LEFT_OUT else ""
        body = {"step": step, "how": how, **({"reason": said_why} if said_why else {})}
        await self._append(caller, summary, "record.step", body)
        return await self.of(summary)

    async def before_making(self, summary: SessionSummary, *, steps_seen: bool) -> dict[str, Any]:
        """Refuse a document that is not ready; what its entry says of what was open.

        Raises:
            Rejected: ``differences_open``, ``steps_open``.
        """
        view = await self.of(summary)
        if view.open_critical:
            raise Rejected(
                "differences_open",
                f"{view.open_critical} differences in numbers, names, negations, times or evidence "
                "are open; correct the text or give a reason",
            )
        missing = [one.key for one in view.steps if one.state == "open" and not one.optional]
        if missing and not steps_seen:
            raise Rejected("steps_open", "required steps are missing: confirm or give a reason")
        justified = sum(1 for one in view.differences if one.justified)
        return {
            "differences": {
                "listed": len(view.differences),
                "justified": justified,
                "open": view.open_other,
            },
            "steps_missing": missing,
        }

    async def _list(self, summary: SessionSummary, basis: _Basis) -> list[Listed]:
        names = tuple(sorted(set(basis.names)))
        key = (summary.id, basis.text.version, basis.stamp, names, basis.exhibits)
        known = self._lists.get(key) if basis.text.version else None
        if known is None:
            known = await asyncio.to_thread(_listed, basis, names)
            self._lists[key] = known
            while len(self._lists) > _KEPT:
                self._lists.popitem(last=False)
        return known

    async def _session(self, caller: Caller, session: str) -> SessionSummary:
        summary = await self._database.read(lambda connection: read_session(connection, session))
        if summary is None:
            raise Rejected("unknown_session", "there is no such session")
        caller.require_room(summary.room)
        return summary

    async def _append(
        self, caller: Caller, summary: SessionSummary, kind: str, body: dict[str, Any]
    ) -> None:
        await append_to_session(
            self._bus,
            self._follower,
            key=f"{kind}:{short_id('rr')}",
            kind=kind,
            session=summary.id,
            room=summary.room,
            body={**body, "by": caller.account_id, "by_name": caller.name},
            t_us=self._clock.now_us(),
        )


def _read(connection: Connection, summary: SessionSummary, now_us: int) -> _Basis:
    person, table = schema.person, schema.session
    text = latest_text(connection, summary, now_us)
    people = connection.execute(
        select(person.c.name, person.c.name_en)
        .join(table, table.c.case_id == person.c.case_id)
        .where(table.c.id == summary.id)
    ).all()
    english = [one for row in people for one in sure_names(row.name_en)]
    notice = notice_view(connection, summary)
    times = {"read": notice.read_us, "answered": notice.answered_us}
    entry = schema.log_entry
    last = connection.execute(
        select(func.max(entry.c.log_index)).where(entry.c.session_id == summary.id)
    ).scalar()
    said = sentences_of(connection, summary.id)
    inspected = form_of(summary.kind) == INSPECTION
    findings = findings_of(text.lines) if inspected else []
    return _Basis(
        text=text,
        said=said,
        findings=findings,
        scene=scene_of(connection, summary, findings, said) if inspected else None,
        second=second_of(connection, summary.id),
        names=[*(row.name for row in people), *english, text.header.name],
        marks=[(row.t_us, row.text) for row in marks(connection, summary.id)],
        notice={name: t_us for name, t_us in times.items() if t_us is not None},
        decided=_decided(connection, summary.id),
        stamp=last or 0,
        checks=checks_of(connection, summary.id),
        unsigned=open_places(connection, summary.id),
    )


def _listed(basis: _Basis, names: tuple[str, ...]) -> list[Listed]:
    if basis.scene is not None:
        return findings_listed(basis.findings, basis.scene, basis.said, names)
    return listed(basis.text, basis.said, basis.second, names)


def _decided(connection: Connection, session: str) -> list[tuple[str, dict[str, Any]]]:
    table = schema.log_entry
    found = connection.execute(
        select(table.c.kind, table.c.summary)
        .where(table.c.session_id == session, table.c.kind.in_(["record.justified", "record.step"]))
        .order_by(table.c.log_index)
    ).all()
    return [(row.kind, msgspec.json.decode(row.summary)) for row in found]


def _justified(decided: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for kind, body in decided:
        if kind == "record.justified":
            why = (str(body.get("reason", "")), str(body.get("by_name", "")))
            found.update(dict.fromkeys(map(str, body.get("differences", [])), why))
    return found


def _view(item: Listed, why: tuple[str, str] | None) -> DifferenceView:
    one = item.difference
    if why is None and item.corrected is not None:
        why = item.corrected.reason, item.corrected.by_name
    return DifferenceView(
        id=one.id,
        kind=one.kind,
        about=one.about,
        critical=item.critical,
        line=one.line,
        said=one.said,
        written=one.written,
        said_context=one.said_context,
        written_context=one.written_context,
        utterances=list(one.utterances),
        start_us=one.start_us,
        end_us=one.end_us,
        justified=why is not None,
        reason=why[0] if why else "",
        by_name=why[1] if why else "",
        corrected=item.corrected is not None,
    )


def _steps(form: str, basis: _Basis) -> list[StepView]:
    said = [Heard(one.kind, one.text, one.start_us, one.id) for one in basis.said]
    decided = {str(body.get("step")): body for kind, body in basis.decided if kind == "record.step"}
    return [
        _step(step, find_step(step, said, basis.marks, basis.notice), decided.get(step.key))
        for step in steps_of(form)
    ]


def _step(step: Step, found: Found | None, decided: dict[str, Any] | None) -> StepView:
    state = "open"
    if found is not None:
        state = "heard" if found.by == "wording" else "found"
    if decided is not None and state != "found":
        state = str(decided.get("how", state))
    return StepView(
        key=step.key,
        name=step.name,
        wording=step.wording,
        law=step.law,
        optional=step.optional,
        state=state,
        by=found.by if found else "",
        t_us=found.t_us if found else 0,
        text=found.text[:200] if found else "",
        reason=str((decided or {}).get("reason", "")),
        by_name=str((decided or {}).get("by_name", "")),
    )


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= REASON_CHARACTERS_MAX:
        raise Rejected("bad_reason", f"give a reason of 1 to {REASON_CHARACTERS_MAX} characters")
    return reason
