"""One case in the engine's process: orders of the centre in, cells and findings as desks see them
out.

It turns utterances into turns (who asks, which prompt's point is carried: ``talk``), feeds the pure
engine (``transcription.comparison``), and translates what it says: names of people into their ids.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from typing import Any

from command_centre.comparison import views
from command_centre.comparison.lexicon import DeviceLog as StoredLog
from command_centre.comparison.orders import (
    Asked,
    Corrected,
    Measured,
    OpenCase,
    ReviseCase,
    Said,
    SaidWord,
    State,
)
from command_centre.comparison.talk import RoomTalk
from transcription.comparison.case_file import case_from_json
from transcription.comparison.device import DeviceLog, Reading
from transcription.comparison.document_file import document_facts
from transcription.comparison.engine import (
    CaseComparison,
    CellChanged,
    Change,
    DifferenceWithdrawn,
    Heard,
)
from transcription.comparison.model import (
    Case,
    Difference,
    Exchange,
    Fact,
    Role,
    Side,
    Turn,
    WordTime,
)
from transcription.comparison.parts import Names, show
from transcription.comparison.topic import topic_of
from transcription.errors import CaseError

logger = logging.getLogger(__name__)

#: Statements of a cell that desks are shown; the engine keeps more.
STATEMENTS_SHOWN = 12
#: Of an utterance whose speaker is not certain, at most this: the engine then says amber at most.
UNCERTAIN_CONFIDENCE = 500
#: Answers read again for each answer to the centre after the points or names changed.
_CATCH_UP = 64


@dataclass(frozen=True, slots=True)
class _Known:
    """What a turn's id stands for."""

    session: str
    end_us: int
    certain: bool
    heard: Heard | None = None


class CaseEngine:
    """One case."""

    def __init__(self, opened: OpenCase) -> None:
        self._case = opened.case
        self._engine = CaseComparison(_case(opened.document))
        self._names = Names(self._engine.case)
        self._people = opened.people
        self._talks: dict[str, RoomTalk] = {}
        self._known: dict[str, _Known] = {}
        self._cells: dict[tuple[str, str], views.Cell] = {}
        self._findings: dict[str, views.Finding] = {}
        self._gone: set[str] = set()
        self._full = True
        self._slowest_us = 0
        self._failed = 0
        self._logs: dict[str, StoredLog] = {}
        self._store(opened.logs)

    def revise(self, order: ReviseCase) -> None:
        """Points, names, documents or stored logs are others now; what was said stays and is read
        again bit by bit.
        """
        self._people = order.people
        case = _case(order.document)
        self._names = Names(case)
        self._note(self._engine.revise(case))
        self._store(order.logs)

    def _store(self, logs: Sequence[StoredLog]) -> None:
        """These are all the stored logs there are."""
        now = {one.device: one for one in logs}
        for device in self._logs.keys() - now.keys():
            self._note(self._engine.unmeasured(device))
        for device, log in now.items():
            if self._logs.get(device) != log:
                self._note(self._engine.measured(_log(log)))
        self._logs = now

    def take(self, order: Said | Corrected | Asked | Measured) -> None:
        """What was said, asked or measured."""
        if isinstance(order, Said):
            self._hear(order)
        elif isinstance(order, Corrected):
            self._correct(order)
        elif isinstance(order, Asked):
            self._talk(order.session).asked(order)
        else:
            self._note(self._engine.reading(order.device, order.name, _readings(order)))

    def took(self, elapsed_us: int) -> None:
        """How long that was."""
        self._slowest_us = max(self._slowest_us, elapsed_us)

    def settle(self, number: int) -> State:
        """What changed since the last time."""
        self._note(self._engine.catch_up(_CATCH_UP))
        state = State(
            case=self._case,
            number=number,
            full=self._full,
            cells=list(self._cells.values()),
            findings=list(self._findings.values()),
            gone=sorted(self._gone),
            engine=version("duizhi"),
            behind=self._engine.behind,
            failed=self._failed,
            slowest_us=self._slowest_us,
        )
        self._cells, self._findings, self._gone = {}, {}, set()
        self._full, self._slowest_us = False, 0
        return state

    # --- hearing ----------------------------------------------------------------------------------

    def _hear(self, said: Said) -> None:
        turn = self._talk(said.session).hear(said)
        heard = Heard(
            turn=Turn(
                id=said.utterance,
                role=Role.QUESTION if turn.asks else Role.ANSWER,
                text=said.text,
                start_us=said.start_us,
                end_us=said.end_us,
                point=turn.point,
                words=_words(said, certain=turn.certain),
            ),
            room=said.room,
            session=said.session,
            person=said.person or nameless(said.room),
            language=said.language,
            said_on=date.fromisoformat(said.day),
        )
        # a correction replaces text and words; the engine has the words
        kept = replace(heard, turn=replace(heard.turn, words=()))
        known = _Known(said.session, said.end_us, turn.certain, kept)
        self._known[said.utterance] = known
        self._read(heard)

    def _correct(self, order: Corrected) -> None:
        known = self._known.get(order.utterance)
        if known is None or known.heard is None:
            return
        turn = known.heard.turn
        words = () if known.certain else (_doubtful(order.text, turn.start_us, turn.end_us),)
        heard = replace(known.heard, turn=replace(turn, text=order.text, words=words))
        self._known[order.utterance] = replace(known, heard=heard)
        self._read(heard)

    def _read(self, heard: Heard) -> None:
        try:
            self._note(self._engine.hear(heard))
        except Exception as error:  # noqa: BLE001  worker top, see below
            # worker top: one utterance that cannot be read must not end the comparison of the case.
            # Only the kind of error: its message and traceback may carry what was said.
            self._failed += 1
            logger.error("an utterance could not be read: %s", type(error).__name__)

    def _talk(self, session: str) -> RoomTalk:
        return self._talks.setdefault(session, RoomTalk(self._asks_about))

    def _asks_about(self, said: Said) -> str:
        """The one point a question clearly asks about; empty when it is not clear."""
        question = Turn("question", Role.QUESTION, said.text, said.start_us, said.end_us)
        answer = Turn("answer", Role.ANSWER, "", said.end_us, said.end_us)
        exchange = Exchange(
            room=said.room,
            speaker=said.person or nameless(said.room),
            said_on=date.fromisoformat(said.day),
            language=said.language,
            turns=(question, answer),
            session=said.session,
        )
        topic = topic_of(exchange, self._engine.case, self._names)
        return topic.asked.id if topic.asked else ""

    # --- telling ----------------------------------------------------------------------------------

    def _note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, CellChanged):
                cell = self._cell(change)
                self._cells[cell.point, cell.person] = cell
            elif isinstance(change, DifferenceWithdrawn):
                self._findings.pop(change.id, None)
                self._gone.add(change.id)
            else:
                self._gone.discard(change.difference.id)
                self._findings[change.difference.id] = self._finding(change.difference)

    def _cell(self, change: CellChanged) -> views.Cell:
        statements = [self._fact(fact) for fact in change.facts]
        last = change.statement
        if last is not None and all(one.utterance != last.turn for one in statements):
            statements.append(
                views.Statement(
                    utterance=last.turn,
                    session=last.session,
                    room=last.room,
                    slot="",
                    value="",
                    certainty="",
                    text=last.text,
                    start_us=last.start_us,
                    end_us=last.end_us,
                    span=(0, len(last.text)),
                    speaker_certain=self._is_certain(last.turn),
                )
            )
        statements.sort(key=lambda one: (one.start_us, one.span))
        person = self._person(change.person)
        shown = tuple(statements[-STATEMENTS_SHOWN:])
        return views.Cell(point=change.point, person=person, statements=shown)

    def _fact(self, fact: Fact) -> views.Statement:
        known = self._known.get(fact.turn, _Known("", fact.start_us, certain=True))
        return views.Statement(
            utterance=fact.turn,
            session=known.session,
            room=fact.room,
            slot=str(fact.slot),
            value=show(fact.value) if fact.value is not None else "",
            certainty=str(fact.certainty),
            text=fact.text,
            start_us=fact.start_us,
            end_us=known.end_us,
            span=fact.span,
            confidence=fact.confidence,
            repaired=fact.repaired,
            speaker_certain=known.certain,
            event=fact.event,
        )

    def _finding(self, found: Difference) -> views.Finding:
        return views.Finding(
            id=found.id,
            kind=str(found.kind),
            tier=str(found.tier),
            point=found.point,
            slot=str(found.slot or ""),
            rule=found.rule,
            a=self._side(found.a),
            b=self._side(found.b),
        )

    def _side(self, side: Side) -> views.Side:
        known = self._known.get(side.turn)
        return views.Side(
            person=self._person(side.person) if side.person else "",
            room=side.room,
            session=known.session if known else "",
            utterance=side.turn,
            span=side.span,
            text=side.text,
            value=side.value,
            start_us=side.start_us,
            end_us=max(side.end_us, known.end_us if known else 0),
            reference=side.reference,
        )

    def _person(self, name: str) -> str:
        return self._people.get(name, name)

    def _is_certain(self, turn: str) -> bool:
        known = self._known.get(turn)
        return known is None or known.certain


def _case(document: dict[str, Any]) -> Case:
    """The case; one that cannot be read is compared without its names rather than not at all."""
    try:
        documents = document_facts(document.get("documents", []))
        return replace(case_from_json(document), documents=documents)
    except CaseError as error:
        logger.error("the case's names or points cannot be used: %s", type(error).__name__)
        return Case(id=str(document.get("id", "")), incident=None)


def _log(log: StoredLog) -> DeviceLog:
    """Stored values in their units."""
    readings = tuple(
        Reading(row.t_us, tuple((name, value / 1000) for name, value in row.values.items()))
        for row in log.rows
    )
    return DeviceLog(log.device, log.name or log.device, readings)


def _readings(order: Measured) -> list[Reading]:
    """Extremes of minutes in their units."""
    return [
        Reading(one.t_us, tuple((name, value / 1000) for name, value in values.items()))
        for one in order.minutes
        for values in (one.low, one.high)
    ]


def nameless(room: str) -> str:
    """Stands for a person when nobody says who is questioned in a room."""
    return f"room:{room}"


def _words(said: Said, *, certain: bool) -> tuple[WordTime, ...]:
    """Words with their places in the text; what was put in by sound is marked."""
    words = [*_placed(said)]
    if not certain:
        words = [
            replace(one, confidence=min(one.confidence, UNCERTAIN_CONFIDENCE)) for one in words
        ] or [_doubtful(said.text, said.start_us, said.end_us)]
    return tuple(words)


def _placed(said: Said) -> Iterator[WordTime]:
    """Words as heard stand where the text has them; those that a repair replaced, where it is."""
    ends = dict(said.repairs)
    at, replaced = 0, list[SaidWord]()
    for word in said.words:
        while said.text[at : at + 1].isspace():
            at += 1
        if at in ends and replaced and said.text.startswith(word.w, ends[at]):
            yield _repaired((at, ends[at]), replaced)
            at, replaced = ends[at], []
        if at in ends:
            replaced.append(word)
            continue
        start = said.text.find(word.w, at)
        if start >= 0:
            at = start + len(word.w)
            yield WordTime((start, at), word.start_us, word.end_us, word.confidence)
    if replaced:
        yield _repaired((at, ends[at]), replaced)


def _repaired(span: tuple[int, int], heard: Sequence[SaidWord]) -> WordTime:
    least = min(one.confidence for one in heard)
    return WordTime(span, heard[0].start_us, heard[-1].end_us, least, repaired=True)


def _doubtful(text: str, start_us: int, end_us: int) -> WordTime:
    """A whole text of which nobody is sure who said it."""
    return WordTime((0, len(text)), start_us, end_us, UNCERTAIN_CONFIDENCE)
