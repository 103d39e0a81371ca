"""How rooms and sessions are heard, as rows; and the plan the transcriber is sent, made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import rows
from command_centre.desk.cases import open_session
from command_centre.desk.views import SessionSummary
from command_centre.desk.vocabulary import TERMS_MAX, terms_of
from command_centre.errors import Rejected
from config.transcriber_messages import (
    HearingPlan,
    LanguageSwitch,
    ModelStatus,
    NamedVoice,
    SessionHearing,
)

KIND = "transcription.language"


@dataclass(frozen=True)
class Choice:
    """A model, and its name where it was chosen by that."""

    model: ModelStatus
    name: str = ""

    @property
    def chosen_sha256(self) -> str:
        """Its digest where it was chosen by name."""
        return self.model.digest if self.name else ""

    @property
    def said(self) -> dict[str, str]:
        """What an entry says of it."""
        named = {"model": self.name, "model_sha256": self.model.digest} if self.name else {}
        return {"language": self.model.language, **named}


@dataclass(frozen=True)
class RoomHearing:
    """How a room is heard now: its open session, or what was chosen for the next."""

    session: SessionSummary | None
    case: str
    language: str
    model: str  # by name; empty: that of the language
    model_sha256: str
    missing: bool = False


def read_plan(connection: Connection) -> HearingPlan:
    """Every open session: from when on in which language, with which terms."""
    session, entry = schema.session, schema.log_entry
    found = connection.execute(
        select(session.c.id, session.c.case_id, session.c.vocabulary)
        .where(session.c.closed_us.is_(None))
        .order_by(session.c.id)
    ).all()
    terms = {case: terms_of(connection, case) for case in {row.case_id for row in found}}
    switches: dict[str, list[LanguageSwitch]] = {row.id: [] for row in found}
    switched = connection.execute(
        select(entry.c.session_id, entry.c.summary)
        .where(entry.c.kind == KIND, entry.c.session_id.in_(list(switches)))
        .order_by(entry.c.log_index)
    )
    for row in switched:
        said = msgspec.json.decode(row.summary)
        switch = LanguageSwitch(
            from_us=int(said["from_us"]),
            language=str(said["language"]),
            model=str(said["model_sha256"]) if said.get("model") else "",
        )
        switches[row.session_id].append(switch)
    said = schema.utterance
    named: dict[str, list[NamedVoice]] = {row.id: [] for row in found}
    for one in connection.execute(
        select(said.c.id, said.c.session_id, said.c.named)
        .where(said.c.named != "", said.c.session_id.in_(list(named)))
        .order_by(said.c.log_index)
    ):
        named[one.session_id].append(NamedVoice(utterance=one.id, speaker=one.named))
    return HearingPlan(
        sessions=[
            SessionHearing(
                session=row.id,
                switches=switches[row.id],
                terms=_together(row.vocabulary, terms[row.case_id]),
                named=named[row.id],
            )
            for row in found
        ]
    )


def _together(own: str, of_case: list[str]) -> list[str]:
    """A session's own terms come first: they count where there are too many."""
    terms = msgspec.json.decode(own, type=list[str])
    return list(dict.fromkeys([*terms, *of_case]))[:TERMS_MAX]


def room_hearing(connection: Connection, room: str) -> RoomHearing:
    table = schema.room
    row = connection.execute(select(table).where(table.c.id == room)).one_or_none()
    if row is None:
        raise Rejected("unknown_room", "there is no such room")
    session = open_session(connection, room)
    if session is None or not session.language:  # an entry will say so at once: ``hearing.py``
        return RoomHearing(session, row.case_id, row.language, row.model, row.model_sha256)
    table = schema.session
    digest = connection.execute(
        select(table.c.model_sha256).where(table.c.id == session.id)
    ).scalar_one()
    missing = bool(session.model_missing)
    return RoomHearing(session, row.case_id, session.language, session.model, digest, missing)


def chosen_in(connection: Connection) -> list[tuple[SessionSummary, str]]:
    """Open sessions for which a model was chosen, with its digest."""
    table = schema.session
    found = connection.execute(
        select(table).where(table.c.closed_us.is_(None), table.c.model_sha256 != "")
    )
    return [(rows.summary(row), row.model_sha256) for row in found]


def opened_otherwise(connection: Connection) -> list[tuple[SessionSummary, Any]]:
    session, room = schema.session, schema.room
    found = connection.execute(
        select(session.c.room_id, room.c.language, room.c.model, room.c.model_sha256)
        .join(room, room.c.id == session.c.room_id)
        .where(session.c.closed_us.is_(None), session.c.language == "", room.c.language != "")
    ).all()
    opened = [(open_session(connection, row.room_id), row) for row in found]
    return [(summary, row) for summary, row in opened if summary is not None]


def prepare_room(writing: Writing, room: str, wanted: Choice) -> None:
    table = schema.room
    writing.execute(
        update(table)
        .where(table.c.id == room)
        .values(
            language=wanted.model.language,
            model=wanted.name,
            model_sha256=wanted.chosen_sha256,
        )
    )
