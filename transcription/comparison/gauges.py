"""Readings spoken of in a case, kept so that they meet instruments and times that come later."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from transcription.comparison.cells import CellState
from transcription.comparison.device import (
    READINGS_MAX,
    Claim,
    DeviceLog,
    Log,
    Moment,
    Reading,
    claims,
    device_differences,
    of_speaking,
)
from transcription.comparison.live_readings import INSTRUMENTS_MAX, LiveLog
from transcription.comparison.model import Case, Certainty, Difference, Slot, When
from transcription.comparison.parts import find_times
from transcription.comparison.pauses import paused
from transcription.comparison.threads import Heard

#: Answers with a reading that are kept; the oldest go.
SPOKEN_MAX = 512
#: The beginning of the work is a time said roughly, at the widest so many minutes.
BEGINNING_MIN = 120
_Key = tuple[str, str]


@dataclass(frozen=True)
class _Spoken:
    """An answer that speaks of readings; ``when`` is the time it states itself, if any."""

    heard: Heard
    asked: str
    point: str
    claims: tuple[Claim, ...]
    when: When | Moment | None


@dataclass
class Gauges:
    """Owned by the engine."""

    _logs: dict[str, DeviceLog] = field(default_factory=dict)
    _live: dict[str, LiveLog] = field(default_factory=dict)
    _spoken: OrderedDict[_Key, _Spoken] = field(default_factory=OrderedDict)

    @property
    def keys(self) -> list[_Key]:
        """Answers that speak of a reading."""
        return list(self._spoken)

    @property
    def timeless(self) -> list[_Key]:
        """Those that state no time themselves, and so rest on when the work began."""
        return [key for key, spoken in self._spoken.items() if spoken.when is None]

    def put(self, log: DeviceLog) -> None:
        """Take in what an instrument stored; of more than ``READINGS_MAX`` the first are kept."""
        kept = tuple(sorted(log.readings, key=lambda r: r.at_us)[:READINGS_MAX])
        self._logs[log.device] = DeviceLog(
            log.device, log.name, kept, log.points, log.utc_offset_min
        )

    def drop(self, device: str) -> None:
        """What that instrument stored counts no more; what it measures live does."""
        self._logs.pop(device, None)

    def add(self, device: str, name: str, reading: Reading) -> bool:
        """Take in a live reading; whether it says more than those before it of its minute."""
        live = self._live.get(device)
        if live is None:
            if len(self._live) >= INSTRUMENTS_MAX:
                return False
            live = self._live[device] = LiveLog(device, name or device)
        return live.add(reading)

    def spoken(self, key: _Key, heard: Heard, asked: str, point: str, case: Case) -> bool:
        """Take an answer in; whether it speaks of a reading, or did before its correction."""
        was = self._spoken.pop(key, None) is not None
        marked = paused(heard.turn)
        said = replace(heard, turn=marked.turn)
        found = tuple(replace(one, span=marked.back(one.span)) for one in claims(said, asked))
        if not found:
            return was
        stated = find_times(marked.turn.text, heard.said_on, case.incident, heard.language)
        times = [f.value for f in stated if isinstance(f.value, When)]
        when = times[0] if times else of_speaking(heard, asked)
        plain = replace(heard, turn=replace(heard.turn, words=()))
        self._spoken[key] = _Spoken(plain, asked, point, found, when)
        if len(self._spoken) > SPOKEN_MAX:
            self._spoken.popitem(last=False)
        return True

    def forget(self, key: _Key) -> None:
        """The answer is none any more."""
        self._spoken.pop(key, None)

    def differences(
        self, key: _Key, case: Case, cells: Mapping[tuple[str, str], CellState]
    ) -> list[Difference]:
        """What that answer says beside every instrument; one difference for each."""
        spoken = self._spoken.get(key)
        logs: list[Log] = [*self._logs.values(), *self._live.values()]
        if spoken is None or not logs:
            return []
        heard = spoken.heard
        when = spoken.when or _of_the_work(case, cells, heard.person)
        gas = next((p.id for p in case.points if p.topic == "gas_test"), "")
        point = gas or spoken.point
        return device_differences(heard, spoken.claims, spoken.asked, point, case, when, logs)


def _of_the_work(
    case: Case, cells: Mapping[tuple[str, str], CellState], person: str
) -> When | None:
    """When the work began, as this person says, else as anybody says who says it flatly.

    A time of something else said on the way (a meeting, the accident) has another event's key, and
    a stretch (八点半到十一点) is no beginning.
    """
    points = [p for p in case.points if p.topic == "work" and Slot.WHEN in p.slots]
    said: list[tuple[bool, int, When]] = []
    for point in points:
        for (on, who), cell in cells.items():
            if on != point.id:
                continue
            said += [
                (who != person, fact.start_us, fact.value)
                for fact in cell.facts
                if isinstance(fact.value, When)
                and fact.certainty is Certainty.FLAT
                and not fact.event
                and fact.value.high - fact.value.low <= BEGINNING_MIN
            ]
    return min(said, key=lambda s: s[:2])[2] if said else None
