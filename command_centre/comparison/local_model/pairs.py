"""Which answers the language model is asked about, and which suggestions stand. Reads only.

Asked about: the latest answers of two people to one point, both known to be theirs, where the
engine read nothing in one of them or left the two grey. What the engine already shows as red or
amber needs no suggestion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison import store
from command_centre.comparison.local_model.contract import ANSWER_CHARACTERS_MAX, Answer, Pair
from command_centre.comparison.views import SUGGESTED, Cell, Difference, Side, Statement
from command_centre.db import schema
from command_centre.desk import rows
from config.words import Speaker
from transcription.comparison.model import Slot

_People = tuple[str, str, str]  # point and two people, sorted


@dataclass(frozen=True)
class Look:
    """A case as it stands: what to ask about, and suggestions that stand no longer."""

    pairs: list[Pair]
    standing: dict[str, Difference]  # suggestions, by id
    outdated: list[Difference]


def look(connection: Connection, case: str) -> Look:
    """A case as it stands now."""
    found = [one for one in store.read_differences(connection, case) if one.gone_us is None]
    standing = {one.finding.id: one for one in found if one.finding.kind == SUGGESTED}
    engine = _by_people([one for one in found if one.finding.kind != SUGGESTED])
    cells = store.read_cells(connection, case)
    texts = _Texts(connection, case)
    outdated = [one for one in standing.values() if not _holds(one, engine, cells, texts)]
    for one in outdated:
        del standing[one.finding.id]
    return Look(_pairs(connection, case, cells, engine, texts), standing, outdated)


def _by_people(found: Sequence[Difference]) -> dict[_People, set[str]]:
    """Tiers of what the engine found, by point and people."""
    tiers: dict[_People, set[str]] = defaultdict(set)
    for one in found:
        if one.finding.a.person and one.finding.b.person:
            key = _key(one.finding.point, one.finding.a.person, one.finding.b.person)
            tiers[key].add(one.finding.tier)
    return tiers


def _key(point: str, one: str, other: str) -> _People:
    first, second = sorted((one, other))
    return point, first, second


def _pairs(
    connection: Connection,
    case: str,
    cells: Sequence[Cell],
    engine: Mapping[_People, set[str]],
    texts: _Texts,
) -> list[Pair]:
    said: dict[str, list[tuple[str, list[Statement]]]] = defaultdict(list)
    for cell in cells:
        last = _latest(cell)
        if last:
            said[cell.point].append((cell.person, last))
    found: list[Pair] = []
    table = schema.point
    mine = (table.c.case_id == case, table.c.retired_us.is_(None))
    for row in connection.execute(select(table).where(*mine).order_by(table.c.position)):
        point = rows.point(row)
        slots = point.detail.slots or tuple(str(slot) for slot in Slot)
        for (one, first), (other, second) in combinations(sorted(said[point.id]), 2):
            if not _left_open(first, second, engine.get(_key(point.id, one, other), set())):
                continue
            a, b = texts.answer(one, first[-1]), texts.answer(other, second[-1])
            if a is not None and b is not None:
                a, b = sorted((a, b), key=lambda answer: (answer.room, answer.person))
                found.append(Pair(case, point.id, point.text, slots, a, b))
    return found


def _latest(cell: Cell) -> list[Statement]:
    """Statements of the last utterance of a cell; none when it is not sure whose it is."""
    if not cell.statements:
        return []
    last = max(cell.statements, key=lambda one: (one.start_us, one.utterance)).utterance
    mine = [one for one in cell.statements if one.utterance == last]
    return mine if all(one.speaker_certain for one in mine) else []


def _left_open(first: list[Statement], second: list[Statement], tiers: set[str]) -> bool:
    if tiers & {"red", "amber"}:
        return False
    return bool(tiers) or not (_is_read(first) and _is_read(second))


def _is_read(statements: list[Statement]) -> bool:
    return any(one.value and one.certainty != "unknown" for one in statements)


def _holds(
    one: Difference, engine: Mapping[_People, set[str]], cells: Sequence[Cell], texts: _Texts
) -> bool:
    finding = one.finding
    tiers = engine.get(_key(finding.point, finding.a.person, finding.b.person), set())
    if tiers & {"red", "amber"}:
        return False
    return all(_is_said(side, finding.point, cells, texts) for side in (finding.a, finding.b))


def _is_said(side: Side, point: str, cells: Sequence[Cell], texts: _Texts) -> bool:
    """Whether a quote still stands in an answer of the cell."""
    cell = next((c for c in cells if (c.point, c.person) == (point, side.person)), None)
    if cell is None or all(one.utterance != side.utterance for one in cell.statements):
        return False
    text = texts.text(side.utterance)
    return text is not None and text[side.span[0] : side.span[1]] == side.text


class _Texts:
    """Sentences as they read now."""

    def __init__(self, connection: Connection, case: str) -> None:
        self._connection = connection
        self._case = case

    def text(self, utterance: str) -> str | None:
        row = self._row(utterance)
        return None if row is None else self._corrected(row)

    def answer(self, person: str, statement: Statement) -> Answer | None:
        row = self._row(statement.utterance)
        if row is None:
            return None
        text = self._corrected(row)
        if not text.strip():
            return None
        return Answer(
            person=person,
            room=row.room_id,
            session=row.session_id,
            utterance=row.id,
            question=self._question(row),
            text=text[:ANSWER_CHARACTERS_MAX],
            start_us=row.start_us,
            end_us=row.end_us,
        )

    def _row(self, utterance: str) -> Row[Any] | None:
        table = schema.utterance
        mine = (table.c.id == utterance, table.c.case_id == self._case)
        return self._connection.execute(select(table).where(*mine)).one_or_none()

    def _corrected(self, row: Row[Any]) -> str:
        table = schema.correction
        latest = (
            select(table.c.text)
            .where(table.c.utterance_id == row.id)
            .order_by(table.c.version.desc())
            .limit(1)
        )
        text = self._connection.execute(latest).scalar()
        return str(row.text if text is None else text)

    def _question(self, row: Row[Any]) -> str:
        """The last thing the interviewer said before; empty when nobody is known to have asked."""
        table = schema.utterance
        before = (
            select(table)
            .where(table.c.session_id == row.session_id, table.c.start_us < row.start_us)
            .order_by(table.c.start_us.desc())
            .limit(10)
        )
        for one in self._connection.execute(before):
            if (one.named or one.proposed or one.speaker) == Speaker.INTERVIEWER:
                return self._corrected(one)
        return ""
