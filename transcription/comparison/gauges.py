"""Readings spoken of in a case, kept so that they meet instruments and times that come later."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from transcription.comparison.cells import CellState
from transcription.comparison.device import (
    READINGS_MAX,
    DeviceLog,
    claims,
    device_differences,
)
from transcription.comparison.model import Case, Certainty, Difference, Slot, When
from transcription.comparison.parts import find_times
from transcription.comparison.threads import Heard

#: Answers with a reading that are kept; the oldest go.
SPOKEN_MAX = 512
_Key = tuple[str, str]


@dataclass(frozen=True)
class _Spoken:
    heard: Heard
    asked: str
    point: str


@dataclass
class Gauges:
    """Owned by the engine."""

    _logs: dict[str, DeviceLog] = field(default_factory=dict)
    _spoken: OrderedDict[_Key, _Spoken] = field(default_factory=OrderedDict)

    @property
    def keys(self) -> list[_Key]:
        """Answers that speak of a reading."""
        return list(self._spoken)

    def put(self, log: DeviceLog) -> None:
        """Take in what an instrument stored; of more than ``READINGS_MAX`` the first are kept."""
        kept = tuple(sorted(log.readings, key=lambda r: r.at_us)[:READINGS_MAX])
        self._logs[log.device] = DeviceLog(
            log.device, log.name, kept, log.points, log.utc_offset_min
        )

    def spoken(self, key: _Key, heard: Heard, asked: str, point: str) -> bool:
        """Take an answer in; whether it speaks of a reading, or did before its correction."""
        was = self._spoken.pop(key, None) is not None
        if not claims(heard, asked):
            return was
        self._spoken[key] = _Spoken(heard, asked, point)
        if len(self._spoken) > SPOKEN_MAX:
            self._spoken.popitem(last=False)
        return True

    def forget(self, key: _Key) -> None:
        """The answer is none any more."""
        self._spoken.pop(key, None)

    def differences(
        self, key: _Key, case: Case, cells: Mapping[tuple[str, str], CellState]
    ) -> list[Difference]:
        """What that answer says beside every instrument."""
        spoken = self._spoken.get(key)
        if spoken is None or not self._logs:
            return []
        heard = spoken.heard
        stated = find_times(heard.turn.text, heard.said_on, case.incident, heard.language)
        times = [f.value for f in stated if isinstance(f.value, When)]
        when = times[0] if times else _of_the_work(case, cells, heard.person)
        gas = next((p.id for p in case.points if p.topic == "gas_test"), "")
        point = gas or spoken.point
        return device_differences(heard, spoken.asked, point, case, when, self._logs.values())


def _of_the_work(
    case: Case, cells: Mapping[tuple[str, str], CellState], person: str
) -> When | None:
    """When the work began, as this person says, else as anybody says who says it flatly."""
    points = [p for p in case.points if p.topic == "work" and Slot.WHEN in p.slots]
    said: list[tuple[bool, int, When]] = []
    for point in points:
        for (on, who), cell in cells.items():
            if on != point.id:
                continue
            said += [
                (who != person, fact.start_us, fact.value)
                for fact in cell.facts
                if isinstance(fact.value, When) and fact.certainty is Certainty.FLAT
            ]
    return min(said, key=lambda s: s[:2])[2] if said else None
