"""Prompts as acts: each step is appended to the recorder's log first, the state follows from it.

A step is refused by the machine before it is appended, so the log holds legal steps only. Steps of
one prompt take turns; steps of different prompts do not wait for each other.

Answers: the first final utterance of the interviewee (or of a single mixed microphone) in the
prompt's room that starts after the acknowledgement. The search runs over the database after each
commit that could matter and once at start, so an answer is not missed when the centre was away.

A session that is sealed takes no step of a person any more (``prompt_closed``): its prompts stay as
they stood, and say since when (``closed_us``). The recorder refuses as well, so none comes between.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select

from command_centre.comparison.book import CaseBook
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.questions import Questions
from command_centre.comparison.wording_check import check
from command_centre.comparison.wording_rules import Rules
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import rows
from command_centre.desk.cases import open_session
from command_centre.desk.entries import Entry
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.prompts import IllegalStep, advance
from command_centre.desk.recorder_port import append
from command_centre.desk.tasks import Turns
from command_centre.desk.views import Prompt
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.words import PromptState, Speaker

logger = logging.getLogger(__name__)

MAX_TEXT_CHARACTERS = 200
_RETRY_S = 2.0
_CLOSED = "its session is sealed; the prompt stays as it stood then"
_ANSWERING = (Speaker.INTERVIEWEE, Speaker.UNKNOWN)
_MATTERS = frozenset({"utterance", "prompt.acknowledged"})


class PromptDesk:
    """Sends prompts, takes their steps, finds their answers. One per centre."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        follower: Follower,
        clock: Clock,
        book: CaseBook,
        questions: Questions,
        wording: KeptWording,
        *,
        hints: bool = True,
    ) -> None:
        self._bus = bus
        self._book = book
        self._questions = questions
        self._wording = wording
        self.hints = hints  # whether leading wording is pointed out
        self._database = database
        self._follower = follower
        self._clock = clock
        self._turns = Turns()
        self._search = asyncio.Event()
        self._search.set()
        follower.listen(self._heard)

    async def send(
        self,
        caller: Caller,
        *,
        case: str,
        text: str,
        rooms: Sequence[str],
        point: str | None,
        key: str | None = None,
        difference: str | None = None,
        wording_before: str | None = None,
        hints_shown: Collection[str] | None = None,
        question: tuple[str, int] | None = None,
    ) -> list[Prompt]:
        """Ask rooms together; nothing is sent unless every room can be asked.

        ``difference`` is the one it is about: its state becomes ``prompted``. ``wording_before`` is
        an earlier wording that a hint was shown for, ``hints_shown`` are the rules whose hints the
        desk showed (None: it does not say); a hint is recorded and never holds back.
        ``question`` is the kept question it was made from and its version; the words may differ.
        With a ``key`` a repeat is the same prompts.

        Raises:
            Rejected: ``bad_text``, ``bad_rooms``, ``unknown_difference``, ``unknown_room``,
                ``no_open_session``, ``unknown_point``, ``unknown_question``; and what the recorder
                refuses.
        """
        text, wanted = _checked(text, rooms)
        if difference is not None:
            await self._book.require_difference(case, difference)
        open_in = await self._database.read(
            lambda connection: askable(connection, case, wanted, point)
        )
        prompts = {room: _id("pr", caller, key, room) for room in wanted}
        body = {
            "group": _id("pg", caller, key, ""),
            "point": point,
            "text": text,
            "by": caller.account_id,
            "by_name": caller.name,
            **await self._origin(difference, question),
            **await self._worded(text, wording_before or "", hints_shown),
        }
        await self._issue(prompts, open_in, body)
        ids = list(prompts.values())
        if difference is not None:
            await self._book.prompted(caller, case, difference, ids)
        return await self._database.read(lambda connection: rows.prompts_by_id(connection, ids))

    async def _origin(
        self,
        difference: str | None,
        question: tuple[str, int] | None,
    ) -> dict[str, Any]:
        """What the entry says of where the prompt comes from."""
        origin: dict[str, Any] = {"difference": difference} if difference else {}
        if question is not None:
            if not await self._questions.has_version(*question):
                raise Rejected("unknown_question", "there is no such question in that version")
            origin |= {"question": question[0], "question_version": question[1]}
        return origin

    async def _worded(
        self, text: str, before: str, shown: Collection[str] | None
    ) -> dict[str, Any]:
        return worded(text, before, await self._wording.rules(), shown) if self.hints else {}

    async def _issue(
        self, prompts: dict[str, str], sessions: dict[str, str], body: dict[str, Any]
    ) -> None:
        """Append one entry for each room, all at one time; returns once they came back."""
        now_us = self._clock.now_us()
        appending = (
            append(
                self._bus,
                key=f"prompt:{prompt}:issued",
                kind="prompt.issued",
                session=sessions[room],
                room=room,
                body={"prompt": prompt, "target_room": room, **body},
                t_us=now_us,
            )
            for room, prompt in prompts.items()
        )
        receipts = await asyncio.gather(*appending)
        await self._follower.reached(*(receipt.index for receipt in receipts))

    async def step(
        self,
        caller: Caller,
        prompt: str,
        step: PromptState,
        *,
        case: str,
        room: str | None,
        t_us: int,
        reason: str = "",
    ) -> Prompt:
        """Take a step on a prompt of the desk's room; a repeat returns the prompt as it is."""
        if step is PromptState.DECLINED and not 1 <= len(reason.strip()) <= MAX_TEXT_CHARACTERS:
            raise Rejected("bad_text", "say in a few words why it is not asked now")
        async with self._turns.turn(prompt):
            current = await self._of_case(prompt, case)
            if room is not None and current.room != room:
                raise Rejected("wrong_room", "this prompt was sent to another room")
            caller.require_room(current.room)
            body = {"prompt": prompt, "by": caller.account_id}
            if step in (PromptState.DELIVERED, PromptState.SHOWN):
                body = {"prompt": prompt, "desk": caller.login}
            if step is PromptState.DECLINED:
                body["reason"] = reason.strip()
            return await self._take(current, step, body, t_us)

    async def withdraw(self, caller: Caller, prompt: str, *, case: str, t_us: int) -> Prompt:
        """Take back a prompt of the case that was not asked yet; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_prompt``, ``illegal_step`` (it was asked).
        """
        async with self._turns.turn(prompt):
            current = await self._of_case(prompt, case)
            body = {"prompt": prompt, "by": caller.account_id, "by_name": caller.name}
            return await self._take(current, PromptState.WITHDRAWN, body, t_us)

    async def run(self) -> None:
        """Find answers until cancelled."""
        while True:
            await self._search.wait()
            self._search.clear()
            if not await self._answer_all():
                await asyncio.sleep(_RETRY_S)
                self._search.set()

    def _heard(self, entries: Sequence[Entry]) -> None:
        if any(entry.kind in _MATTERS for entry in entries):
            self._search.set()

    async def _answer_all(self) -> bool:
        """Append an answer for every prompt that has one; false when the recorder is away."""
        for prompt, utterance in await self._database.read(answers):
            try:
                async with self._turns.turn(prompt):
                    current = await self._current(prompt)
                    body = {"prompt": prompt, "utterance": utterance}
                    await self._take(current, PromptState.ANSWERED, body, self._clock.now_us())
            except Rejected as error:
                logger.warning("an answer could not be recorded: %s", error.code)
                return False
        return True

    async def _take(
        self, current: Prompt, step: PromptState, body: dict[str, str], t_us: int
    ) -> Prompt:
        try:
            moves = advance(PromptState(current.state), step)
        except IllegalStep as error:
            raise Rejected("illegal_step", str(error)) from error
        if not moves:
            return current
        if current.closed_us is not None and step is not PromptState.ANSWERED:
            raise Rejected("prompt_closed", _CLOSED)
        try:
            receipt = await append(
                self._bus,
                key=f"prompt:{current.id}:{step}",
                kind=f"prompt.{step}",
                session=current.session,
                room=current.room,
                body=body,
                t_us=t_us,
            )
        except Rejected as error:
            if error.code != "session_closed":
                raise
            raise Rejected("prompt_closed", _CLOSED) from error  # while this was on its way
        await self._follower.reached(receipt.index)
        return await self._current(current.id)

    async def _of_case(self, prompt: str, case: str) -> Prompt:
        """A prompt of this case: a room may have been another case's before."""
        owner = select(schema.prompt.c.case_id).where(schema.prompt.c.id == prompt)
        if await self._database.read(lambda reading: reading.execute(owner).scalar()) != case:
            raise Rejected("unknown_prompt", "there is no such prompt")
        return await self._current(prompt)

    async def _current(self, prompt: str) -> Prompt:
        found = await self._database.read(lambda connection: rows.prompt(connection, prompt))
        if found is None:
            raise Rejected("unknown_prompt", "there is no such prompt")
        return found


def _checked(text: str, rooms: Sequence[str]) -> tuple[str, list[str]]:
    """The text without spaces around it, and each room once."""
    text, wanted = text.strip(), list(dict.fromkeys(rooms))
    if not 1 <= len(text) <= MAX_TEXT_CHARACTERS:
        raise Rejected("bad_text", f"a prompt has 1 to {MAX_TEXT_CHARACTERS} characters")
    if not wanted:
        raise Rejected("bad_rooms", "name at least one room")
    return text, wanted


def worded(
    text: str, before: str, rules: Rules, shown: Collection[str] | None = None
) -> dict[str, Any]:
    """What the entry says of a hint at the wording; nothing when there was none.

    Rules can change, and a prompt can leave faster than its hint comes: where the desk says what
    it has ``shown``, nobody is said to have kept or followed a hint that is not among it.
    """
    if found := check(text, rules=rules):
        unseen = {hint.category for hint in found if shown is not None and hint.rule not in shown}
        categories = sorted({hint.category for hint in found})
        if len(unseen) == len(categories):
            return {"wording": {"categories": categories, "answer": "unseen"}}
        note: dict[str, Any] = {"categories": categories, "answer": "sent"}
        return {"wording": note | ({"unseen": sorted(unseen)} if unseen else {})}
    earlier = check(before, rules=rules)
    followed = sorted({one.category for one in earlier if shown is None or one.rule in shown})
    if not followed:
        return {}
    note = {"categories": followed, "answer": "reworded"}
    return {"wording": note, "wording_before": before[:MAX_TEXT_CHARACTERS]}


def askable(
    connection: Connection, case: str, rooms: Sequence[str], point: str | None
) -> dict[str, str]:
    """The open session of each room, when all can be asked."""
    place = schema.room
    sessions: dict[str, str] = {}
    for room in rooms:
        owner = connection.execute(select(place.c.case_id).where(place.c.id == room)).scalar()
        if owner != case:
            raise Rejected("unknown_room", f"room {room!r} is not a room of this case")
        session = open_session(connection, room)
        if session is None:
            raise Rejected("no_open_session", "no session is open in that room", room=room)
        sessions[room] = session.id
    table = schema.point
    if (
        point is not None
        and not connection.execute(
            select(table.c.id).where(
                table.c.case_id == case, table.c.id == point, table.c.retired_us.is_(None)
            )
        ).scalar()
    ):
        raise Rejected("unknown_point", "there is no such point in this case, or it is retired")
    return sessions


def answers(connection: Connection) -> list[tuple[str, str]]:
    """Acknowledged prompts with the utterance that answers them."""
    prompt, step, said = schema.prompt, schema.prompt_step, schema.utterance
    found = []
    for row in connection.execute(
        select(prompt.c.id, prompt.c.room_id, prompt.c.session_id, step.c.t_us)
        .join(step, step.c.prompt_id == prompt.c.id)
        .where(
            prompt.c.state == PromptState.ACKNOWLEDGED,
            step.c.state == PromptState.ACKNOWLEDGED,
        )
    ).all():
        utterance = connection.execute(
            select(said.c.id)
            .where(
                said.c.room_id == row.room_id,
                said.c.session_id == row.session_id,
                said.c.speaker.in_(_ANSWERING),
                said.c.start_us > row.t_us,
            )
            .order_by(said.c.start_us)
            .limit(1)
        ).scalar()
        if utterance is not None:
            found.append((row.id, utterance))
    return found


def _id(prefix: str, caller: Caller, key: str | None, room: str) -> str:
    """A random id, or with a key always the same one, so that a repeat is one prompt."""
    if key is None:
        return short_id(prefix)
    digest = hashlib.sha256("\0".join((prefix, caller.account_id, key, room)).encode())
    return f"{prefix}-{digest.hexdigest()[:24]}"
