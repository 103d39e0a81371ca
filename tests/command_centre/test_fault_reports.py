"""Reports of the watcher become alarms of the sources they concern, and end them."""

from __future__ import annotations

import pytest

from command_centre.desk.alarms import Condition
from config.bus import Refused
from config.messages import ALARMS, Fault, FaultReport, encode
from config.words import AlarmKind, AlarmLevel
from tests.command_centre.centre import Centre

DANGER = AlarmLevel.DANGER


async def _report(centre: Centre, source: str = "room1-camera", **parts: object) -> None:
    report = FaultReport(source=source, **{"session": "s", **parts})  # type: ignore[arg-type]
    await centre.exchange.bus().request(ALARMS, "faults", encode(report))


async def _held(centre: Centre, source: str = "room1-camera") -> list[Condition]:
    return await centre.context.alarms.held(source)


async def test_what_is_named_holds_and_what_is_not_is_over(centre: Centre) -> None:
    await centre.open_room("room1")
    black = Fault(kind="picture_black", since_us=7)
    silent = Fault(kind="microphone_silent", since_us=8, channel=1)
    await _report(centre, picture=[black], sound=[silent])
    await _report(centre, picture=[black], sound=[silent])
    assert await _held(centre) == [
        Condition("room1-camera", AlarmKind.PICTURE_BLACK, "", DANGER),
        Condition("room1-camera", AlarmKind.MICROPHONE_SILENT, "interviewee", DANGER),
    ]
    assert [one["since_us"] for one in centre.recorder.bodies("alarm.raised")] == [7, 8]
    await _report(centre, picture=[], sound=None)
    assert [one.kind for one in await _held(centre)] == [AlarmKind.MICROPHONE_SILENT]
    await _report(centre, gone=True)
    assert await _held(centre) == []
    assert [one["reason"] for one in centre.recorder.bodies("alarm.cleared")] == [
        "over", "source_gone",
    ]  # fmt: skip


async def test_a_source_that_stops_is_missed_until_it_is_back(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await _report(centre, gone=True)  # of a session that is over
    assert await _held(centre) == []
    await _report(centre, session=session, gone=True)
    await _report(centre, session=session, gone=True)
    assert await _held(centre) == [Condition("room1-camera", AlarmKind.SOURCE_LOST, "", DANGER)]
    await _report(centre, session=session, picture=[])
    assert await _held(centre) == []
    assert [one["kind"] for one in centre.recorder.bodies("alarm.raised")] == ["source_lost"]
    assert [one["reason"] for one in centre.recorder.bodies("alarm.cleared")] == ["over"]


async def test_a_source_that_stops_is_missed_no_longer_than_its_session(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await _report(centre, session=session, gone=True)
    await centre.context.sessions.close(session, "test", "test")
    await centre.settle()
    assert await _held(centre) == []
    await _report(centre, session=session, gone=True)
    assert len(centre.recorder.bodies("alarm.raised")) == 1


async def test_who_speaks_to_a_room_is_not_missed(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await _report(centre, "call-room1", session=session, gone=True)
    assert centre.recorder.bodies("alarm.raised") == []


async def test_a_carried_camera_moves_and_a_drone_is_no_ear(centre: Centre) -> None:
    moved = Fault(kind="picture_moved", since_us=1)
    silent = Fault(kind="microphone_silent", since_us=1)
    await _report(centre, "drone-01", picture=[moved], sound=[silent])
    assert await _held(centre, "drone-01") == []
    await _report(centre, picture=[moved])
    assert [one.level for one in await _held(centre)] == [AlarmLevel.WARNING]


async def test_only_alarms_about_media_are_the_watchers(centre: Centre) -> None:
    sos = Condition("room1-camera", AlarmKind.SOS, level=DANGER)
    await centre.context.alarms.raise_alarm(sos)
    await _report(centre, picture=[Fault(kind="sos", since_us=1)], sound=[], gone=False)
    await _report(centre, picture=[Fault(kind="nonsense", since_us=1)])
    assert await _held(centre) == [sos]
    await _report(centre, "nobody", picture=[Fault(kind="picture_black", since_us=1)])


async def test_what_is_no_report_is_refused(centre: Centre) -> None:
    bus = centre.exchange.bus()
    for method, payload in (("faults", b"\xff"), ("other", b"")):
        with pytest.raises(Refused, match=r"malformed|unknown_method"):
            await bus.request(ALARMS, method, payload)
