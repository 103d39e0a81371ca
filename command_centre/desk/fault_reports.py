"""Turns the watcher's reports into alarms: what it names holds, what it leaves out is over.

The watcher knows no sources, so what matters for which is decided here: a camera that is carried
moves all the time, and a drone's sound is no witness.

A source that was recorded and stopped, whatever the reason, is an alarm of its own
(``source_lost``) while its session is open; the first report about its media ends it.
"""

from __future__ import annotations

import asyncio

from command_centre.desk.alarms import OVER, SOURCE_GONE, Alarms, Condition
from command_centre.desk.board import Board, Place
from command_centre.errors import Rejected
from config.bus import Bus, Refused
from config.messages import ALARMS, Done, Fault, FaultReport, MalformedMessage, decode, encode
from config.words import MEDIA_ALARMS, AlarmKind, AlarmLevel, SourceKind

_LEVELS = {AlarmKind.PICTURE_MOVED: AlarmLevel.WARNING}  # the others lose evidence: danger
_FIXED = frozenset({SourceKind.ROOM_CAMERA})
_LISTENED = frozenset({SourceKind.ROOM_CAMERA, SourceKind.BODY_CAMERA, SourceKind.MICROPHONE})
#: Sources missed when they stop; what a room itself records is the interview.
_MISSED = {
    SourceKind.ROOM_CAMERA: AlarmLevel.DANGER,
    SourceKind.MICROPHONE: AlarmLevel.DANGER,
    SourceKind.BODY_CAMERA: AlarmLevel.WARNING,
    SourceKind.DRONE: AlarmLevel.WARNING,
}


class FaultReports:
    """The ``alarms`` service. One per centre."""

    def __init__(self, bus: Bus, board: Board, alarms: Alarms) -> None:
        self._bus = bus
        self._board = board
        self._alarms = alarms

    async def run(self) -> None:
        """Serve until cancelled."""
        async with self._bus.serve(ALARMS, self.handle):
            await asyncio.Event().wait()

    async def handle(self, method: str, payload: bytes) -> bytes:
        """One request of the watcher."""
        if method != "faults":
            raise Refused("unknown_method", "expected faults")
        try:
            report = decode(payload, FaultReport)
        except MalformedMessage as error:
            raise Refused("malformed", str(error)) from error
        try:
            await self._take(report)
        except Rejected as error:
            raise Refused(error.code, error.detail) from error
        return encode(Done())

    async def _take(self, report: FaultReport) -> None:
        place = await self._board.place(report.source)
        if place is None:
            return  # not ours any more
        wanted = {
            condition: fault.since_us
            for fault in [*(report.picture or []), *(report.sound or [])]
            if (condition := condition_of(fault, place)) is not None
        }
        for condition in await self._alarms.held(report.source):
            if condition.kind not in MEDIA_ALARMS or condition in wanted:
                continue
            judged = (
                report.sound if condition.kind is AlarmKind.MICROPHONE_SILENT else (report.picture)
            )
            if report.gone:
                await self._alarms.clear(condition, reason=SOURCE_GONE)
            elif judged is not None:
                await self._alarms.clear(condition, reason=OVER)
        for condition, since_us in wanted.items():
            await self._alarms.raise_alarm(condition, since_us=since_us)
        await self._missed(report, place)

    async def _missed(self, report: FaultReport, place: Place) -> None:
        level = _MISSED.get(SourceKind(place.kind))
        if level is None:
            return
        lost = Condition(report.source, AlarmKind.SOURCE_LOST, level=level)
        if not report.gone:
            await self._alarms.clear(lost)
        elif await self._alarms.session_of(report.source) == report.session:
            state = self._board.state_of(report.source)
            since_us = state.last_media_us if state and state.session == report.session else 0
            await self._alarms.raise_alarm(lost, since_us=since_us or None)


def condition_of(fault: Fault, place: Place) -> Condition | None:
    """The alarm a fault of this source is; None when it is none."""
    try:
        kind = AlarmKind(fault.kind)
    except ValueError:
        return None
    if kind not in MEDIA_ALARMS:
        return None
    if kind is AlarmKind.PICTURE_MOVED and place.kind not in _FIXED:
        return None
    about = ""
    if kind is AlarmKind.MICROPHONE_SILENT:
        if place.kind not in _LISTENED:
            return None
        if len(place.channels) > 1 and 0 <= fault.channel < len(place.channels):
            about = place.channels[fault.channel]
    return Condition(place.source, kind, about, _LEVELS.get(kind, AlarmLevel.DANGER))
