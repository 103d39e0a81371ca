"""Corrections of final text by people: versioned, attributed, entries of the session's log.

The spoken words are never changed: a correction stands beside them, the next one on top of it.
Correcting to the spoken text takes a correction back. What the recogniser heard and its audio stay
what the record of questioning is checked against.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import rows
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.session_log import append_to_session
from command_centre.desk.shown import english_names
from command_centre.desk.tasks import Turns
from command_centre.desk.views import Corrected, Utterance, View
from command_centre.errors import Rejected
from config.bus import Bus
from config.clock import Clock

TEXT_CHARACTERS_MAX = 2000
REASON_CHARACTERS_MAX = 200
VERSIONS_MAX = 200


class UtteranceVersions(View, frozen=True):
    """An utterance as spoken, and every correction, oldest first."""

    utterance: Utterance
    versions: list[Corrected]


class Corrections:
    """Appends through the recorder; used on the event loop."""

    def __init__(self, bus: Bus, database: Database, follower: Follower, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._turns = Turns()

    async def versions(self, caller: Caller, utterance: str) -> UtteranceVersions:
        """What was spoken and how it was corrected.

        Raises:
            Rejected: ``unknown_utterance``, ``wrong_room``.
        """
        found = await self._database.read(lambda connection: _versions(connection, utterance))
        caller.require_room(found.utterance.room)
        return found

    async def correct(
        self, caller: Caller, utterance: str, base: int, text: str, reason: str
    ) -> UtteranceVersions:
        """Put a correction on top of version ``base`` (0: the spoken words).

        Raises:
            Rejected: ``unknown_utterance``, ``wrong_room``, ``bad_text``, ``text_changed`` when
                somebody corrected meanwhile, or the recorder refused.
        """
        text, reason = text.strip(), reason.strip()
        if not 0 < len(text) <= TEXT_CHARACTERS_MAX or len(reason) > REASON_CHARACTERS_MAX:
            raise Rejected(
                "bad_text",
                f"expected 1 to {TEXT_CHARACTERS_MAX} characters of text and at most"
                f" {REASON_CHARACTERS_MAX} of reason",
            )
        async with self._turns.turn(utterance):
            now = await self.versions(caller, utterance)
            said = now.utterance
            version = now.versions[-1].version if now.versions else 0
            if version != base:
                raise Rejected("text_changed", "somebody else corrected this sentence; look again")
            if text == (now.versions[-1].text if now.versions else said.text):
                return now
            if version >= VERSIONS_MAX:
                raise Rejected("bad_text", f"a sentence has at most {VERSIONS_MAX} corrections")
            await append_to_session(
                self._bus,
                self._follower,
                key=f"utterance.corrected:{utterance}:{version + 1}",
                kind="utterance.corrected",
                session=said.session,
                room=said.room,
                body={
                    "utterance": utterance,
                    "version": version + 1,
                    "source": said.source,
                    "text": text,
                    "reason": reason,
                    "by": caller.account_id,
                    "by_name": caller.name,
                },
                t_us=self._clock.now_us(),
            )
            return await self.versions(caller, utterance)


def _versions(connection: Connection, utterance: str) -> UtteranceVersions:
    table = schema.correction
    found = connection.execute(
        select(table).where(table.c.utterance_id == utterance).order_by(table.c.version)
    )
    return UtteranceVersions(
        utterance=spoken(connection, utterance), versions=[rows.corrected(one) for one in found]
    )


def spoken(connection: Connection, utterance: str) -> Utterance:
    """An utterance as it was spoken.

    Raises:
        Rejected: ``unknown_utterance``.
    """
    row: Row[Any] = spoken_row(connection, utterance)
    names = english_names(connection, [(row.case_id, row.text)])
    return rows.utterance(row, names.get(row.case_id, ()))


def spoken_row(connection: Connection, utterance: str) -> Row[object]:
    """The row of an utterance.

    Raises:
        Rejected: ``unknown_utterance``.
    """
    table = schema.utterance
    row = connection.execute(select(table).where(table.c.id == utterance)).one_or_none()
    if row is None:
        raise Rejected("unknown_utterance", "there is no such sentence, or its words are gone")
    return row
