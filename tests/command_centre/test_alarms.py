"""Alarms: one of a condition at a time, entries first, over with the session, taken notice of."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from command_centre.desk.alarms import Condition, waiting_alarms
from command_centre.desk.permissions import Caller
from command_centre.errors import Rejected
from config.bus import Unreachable
from config.words import AlarmKind, AlarmLevel, Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import DeskClient, Web

LOW_OXYGEN = Condition("gas-03", AlarmKind.READING_LOW, "O2_vol", AlarmLevel.DANGER)
SILENT = Condition("room1-camera", AlarmKind.MICROPHONE_SILENT)


async def _view(centre: Centre, role: str = "manager") -> list[dict[str, Any]]:
    async with centre.client(role) as client:
        found: list[dict[str, Any]] = (await client.get(f"/api/cases/{CASE}")).json()["alarms"]
        return found


async def test_an_alarm_is_an_entry_in_the_session_of_its_room(centre: Centre) -> None:
    session = await centre.open_room("site")
    alarm = await centre.context.alarms.raise_alarm(LOW_OXYGEN, value=18_500, limit=19_500)
    assert (alarm.room, alarm.session, alarm.value) == ("site", session, 18_500)
    [body] = centre.recorder.bodies("alarm.raised")
    assert body == {
        "alarm": alarm.id,
        "source": "gas-03",
        "kind": "reading_low",
        "about": "O2_vol",
        "level": "danger",
        "value": 18_500,
        "limit": 19_500,
        "since_us": alarm.since_us,
    }
    assert [one["id"] for one in await _view(centre)] == [alarm.id]


async def test_raising_again_while_it_holds_is_one_alarm(centre: Centre) -> None:
    raise_alarm = centre.context.alarms.raise_alarm
    alarms = await asyncio.gather(*(raise_alarm(LOW_OXYGEN) for _ in range(5)))
    assert len({alarm.id for alarm in alarms}) == 1
    assert len(centre.recorder.bodies("alarm.raised")) == 1
    over = await centre.context.alarms.clear(LOW_OXYGEN)
    assert over is not None
    assert over.cleared_us is not None
    assert await centre.context.alarms.clear(LOW_OXYGEN) is None
    assert len(centre.recorder.bodies("alarm.cleared")) == 1
    again = await raise_alarm(LOW_OXYGEN)
    assert again.id != over.id
    assert await centre.context.alarms.held("gas-03") == [LOW_OXYGEN]


async def test_levels_are_alarms_of_their_own(centre: Centre) -> None:
    warning = Condition("gas-03", AlarmKind.READING_HIGH, "LEL_pct", AlarmLevel.WARNING)
    danger = Condition("gas-03", AlarmKind.READING_HIGH, "LEL_pct", AlarmLevel.DANGER)
    await centre.context.alarms.raise_alarm(warning)
    await centre.context.alarms.raise_alarm(danger)
    assert await centre.context.alarms.held("gas-03") == [warning, danger]


async def test_without_a_session_it_stands_in_the_room(centre: Centre) -> None:
    alarm = await centre.context.alarms.raise_alarm(LOW_OXYGEN)
    assert (alarm.room, alarm.session) == ("site", "")
    assert [one["room"] for one in await _view(centre)] == ["site"]


async def test_an_unknown_source_is_refused(centre: Centre) -> None:
    with pytest.raises(Rejected) as refused:
        await centre.context.alarms.raise_alarm(Condition("nobody", AlarmKind.SOS))
    assert refused.value.code == "unknown_source"


async def test_a_second_try_is_the_same_entry(centre: Centre) -> None:
    centre.recorder.refuse["append"] = Unreachable("away")  # type: ignore[assignment]
    with pytest.raises(Exception, match="recorder"):
        await centre.context.alarms.raise_alarm(LOW_OXYGEN, since_us=5)
    del centre.recorder.refuse["append"]
    centre.clock.forward(30)
    alarm = await centre.context.alarms.raise_alarm(LOW_OXYGEN, since_us=99)
    assert alarm.since_us == 5
    assert alarm.raised_us < centre.clock.us, "it was noticed when it was first raised"
    assert len(centre.recorder.bodies("alarm.raised")) == 1


async def test_media_alarms_end_with_their_session_and_others_stay(centre: Centre) -> None:
    session = await centre.open_room("room1")
    silent = await centre.context.alarms.raise_alarm(SILENT)
    sos = await centre.context.alarms.raise_alarm(Condition("room1-camera", AlarmKind.SOS))
    await centre.context.sessions.close(session, "ac", "done")
    alarms = {one["id"]: one for one in await _view(centre)}
    assert alarms[silent.id]["reason"] == "session_closed"
    assert "cleared_us" not in alarms[sos.id]
    await centre.context.alarms.clear(Condition("room1-camera", AlarmKind.SOS))
    [entry] = [
        one for one in map(json.loads, centre.recorder.entries) if one["kind"] == "alarm.cleared"
    ]
    assert (entry["session"], entry["room"]) == ("", "room1"), "a sealed session takes no more"


async def test_desks_hear_of_every_step_and_the_manager_acknowledges(web: Web) -> None:
    await web.centre.open_room("room1")
    alarms = web.centre.context.alarms
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as room:
        raised = await alarms.raise_alarm(SILENT)
        for desk in (wall, room):
            assert (await _alarm(desk))["id"] == raised.id
        assert (await wall.command("alarm.acknowledge", alarm=raised.id))["type"] == "ok"
        assert (await wall.command("alarm.acknowledge", alarm=raised.id))["type"] == "ok"
        seen = [one["alarm"] for one in wall.events() if one["type"] == "alarm"]
        assert seen[-1]["acknowledged_by"] == "The manager"
        await alarms.clear(SILENT)
        assert (await _alarm(room))["acknowledged_by"] == "The manager"
        assert (await _alarm(room))["reason"] == "over"
    [body] = web.centre.recorder.bodies("alarm.acknowledged")
    assert body["by_name"] == "The manager"
    assert await _view(web.centre) == []


async def test_a_room_desk_hears_nothing_of_other_rooms(web: Web) -> None:
    await web.centre.open_room("room2")
    async with web.desk("interviewer", "room", "room2") as room:
        await web.centre.context.alarms.raise_alarm(SILENT)
        await web.centre.context.alarms.raise_alarm(
            Condition("room2-camera", AlarmKind.PICTURE_BLACK)
        )
        assert (await _alarm(room))["room"] == "room2"


async def test_an_alarm_that_is_not_there_is_unknown(web: Web) -> None:
    """Alarms of another case: test_message_matrix.py."""
    async with web.desk("manager") as wall:
        answer = await wall.command("alarm.acknowledge", alarm="al-none")
    assert answer["code"] == "unknown_alarm"


async def test_the_history_has_the_latest_first_in_pages(centre: Centre) -> None:
    raised = []
    for _ in range(3):
        centre.clock.forward(1)
        raised.append((await centre.context.alarms.raise_alarm(SILENT)).id)
        await centre.context.alarms.clear(SILENT)
    async with centre.client("auditor") as client:
        first = (await client.get(f"/api/cases/{CASE}/alarms?limit=2")).json()
        assert [one["id"] for one in first["alarms"]] == [raised[2], raised[1]]
        assert first["more"] is True
        before = first["alarms"][-1]["raised_us"]
        rest = (await client.get(f"/api/cases/{CASE}/alarms?before_us={before}")).json()
        assert [one["id"] for one in rest["alarms"]] == [raised[0]]
        assert rest["more"] is False
        # raised in the same instant, none falls between two pages
        pages = [
            (await client.get(f"/api/cases/{CASE}/alarms?limit=1&offset={n}")).json()
            for n in range(4)
        ]
        assert [[one["id"] for one in page["alarms"]] for page in pages] == [
            [raised[2]],
            [raised[1]],
            [raised[0]],
            [],
        ]
        assert [page["more"] for page in pages] == [True, True, False, False]
        assert (await client.get("/api/cases/none/alarms")).json()["code"] == "unknown_case"


async def test_entries_that_do_not_fit_are_left_out(centre: Centre) -> None:
    session = await centre.open_room("room1")
    centre.recorder.append("alarm.cleared", {"alarm": "al-never"}, session=session, room="room1")
    centre.recorder.append("alarm.acknowledged", {"alarm": 7}, session=session, room="room1")
    centre.recorder.append("alarm.raised", {"alarm": "al-1", "source": "x", "kind": "sos"})
    await centre.settle()
    assert await _view(centre) == []


async def _alarm(desk: DeskClient) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.until("alarm"))["alarm"]
    return found


async def test_alarms_that_wait_are_told_to_pages_of_no_case(centre: Centre) -> None:
    async def waiting(role: str) -> list[dict[str, Any]]:
        async with centre.client(role) as client:
            found: list[dict[str, Any]] = (await client.get("/api/alarms")).json()["alarms"]
            return found

    assert await waiting("manager") == []
    alarm = await centre.context.alarms.raise_alarm(LOW_OXYGEN, value=18_500, limit=19_500)
    [told] = await waiting("manager")
    assert (told["case"], told["alarm"]["id"]) == (CASE, alarm.id)
    assert all(told[name] for name in ("case_name", "room_name", "source_name", "source_kind"))
    # an interviewer of every room hears of it, one of another room does not
    assert [one["alarm"]["id"] for one in await waiting("interviewer")] == [alarm.id]
    role = Role.INTERVIEWER
    here = Caller("a", "a", "a", role, frozenset({"site"}), "l", cases={CASE: role})
    assert here.may_see(CASE, "site")
    assert not here.may_see(CASE, "room1")
    assert not here.may_see("case-other", "site")
    # over, but nobody has taken notice: it waits
    await centre.context.alarms.clear(LOW_OXYGEN)
    assert [one["alarm"]["id"] for one in await waiting("manager")] == [alarm.id]


async def test_alarms_that_hold_are_told_before_those_that_are_over(centre: Centre) -> None:
    raise_alarm = centre.context.alarms.raise_alarm
    holds = await raise_alarm(LOW_OXYGEN, value=18_500, limit=19_500)
    over = await raise_alarm(SILENT)
    await centre.context.alarms.clear(SILENT)

    def told(cases: frozenset[str] | None, rooms: frozenset[str] = frozenset()) -> Any:
        return lambda connection: [one.alarm.id for one in waiting_alarms(connection, cases, rooms)]

    read = centre.context.database.read
    assert await read(told(None)) == [holds.id, over.id]
    assert await read(told(frozenset({CASE}), frozenset({"site"}))) == [holds.id]
    assert await read(told(frozenset({"case-other"}))) == []
