"""Every command of a desk x every person, with the real names of things of another case.

What is named exists, is open and could be acted upon: whoever reaches it there is told "ok" (the
last test of this file). From a desk of one's own case the answer is the one for a thing that does
not exist, word for word, and nothing is written. The same of things of the other case that
happened in a room which is ours now.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from command_centre.api.desk_socket import COMMAND_ACTIONS
from command_centre.desk import protocol
from command_centre.desk.alarms import Condition
from command_centre.desk.permissions import Caller
from config.words import AlarmKind, Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.test_permissions import COMMANDS, EXPECTED, _tag
from tests.command_centre.two_cases import OTHER, ROOMS, named, two_cases
from tests.command_centre.web import DeskClient, Web, serving

ADMINISTRATOR = Caller("a", "x", "X", Role.ADMINISTRATOR, frozenset(), "login", all_cases=True)

#: Who works on the own case only, with which desk, and in which role there.
PEOPLE = {
    "manager": ("wall", Role.MANAGER),
    "auditor": ("audit", Role.AUDITOR),
    "interviewer": ("room", Role.INTERVIEWER),
    "demoted": ("room", Role.INTERVIEWER),
}


async def test_nothing_of_another_case_can_be_named(centre: Centre) -> None:
    async with _two(centre) as (web, cookies):
        things = await _happened(web, cookies, OTHER, ROOMS[OTHER], named("source", "other"))
        before = len(centre.recorder.entries)
        for person, (desk, role) in PEOPLE.items():
            async with _desk(web, cookies[person], CASE, desk) as client:
                await _refused(client, role, things, things["room"], "room-nowhere")
                await _refused(client, role, things, ROOMS[CASE], ROOMS[CASE])
        assert len(centre.recorder.entries) == before


async def test_nor_what_another_case_did_in_a_room_that_is_ours_now(centre: Centre) -> None:
    async with _two(centre) as (web, cookies):
        room = "room2"
        things = await _happened(web, cookies, CASE, room, "room2-camera")
        await centre.context.sessions.close(things["session"], "test", "over")
        await centre.context.rooms.assign(ADMINISTRATOR, room, OTHER)
        await centre.open_room(room)
        before = len(centre.recorder.entries)
        for person, role in (
            ("all_manager", Role.MANAGER),
            ("all_interviewer", Role.INTERVIEWER),
            ("all_auditor", Role.AUDITOR),
        ):
            desk = {"manager": "wall", "interviewer": "room", "auditor": "audit"}[role]
            async with _desk(web, cookies[person], OTHER, desk, room) as client:
                await _refused(client, role, things, room, room)
        assert len(centre.recorder.entries) == before


@pytest.mark.parametrize("role", [Role.MANAGER, Role.INTERVIEWER])
async def test_where_they_belong_the_same_names_do_something(centre: Centre, role: Role) -> None:
    """Else the refusals above would say nothing about the case."""
    async with _two(centre) as (web, cookies):
        room = ROOMS[OTHER]
        things = await _happened(web, cookies, OTHER, room, named("source", "other"))
        desk = "wall" if role is Role.MANAGER else "room"
        async with _desk(web, cookies[f"all_{role}"], OTHER, desk, room) as client:
            done = set()
            for type, fields in _commands(things, room).items():
                answer = await client.command(type, **fields)
                if answer["type"] == "ok":
                    done.add(type)
    assert done == _WORKS[role]


_WORKS = {
    Role.MANAGER: {
        *("prompt.send", "prompt.withdraw", "marker.add", "marker.withdraw", "alarm.acknowledge"),
        *("pause.begin", "pause.held", "pause.end", "voice.call", "voice.end", "ping"),
    },
    Role.INTERVIEWER: {
        *("prompt.delivered", "prompt.shown", "prompt.acknowledge", "marker.add"),
        *("pause.begin", "pause.held", "pause.end", "voice.answer", "voice.end", "ping"),
    },
}


def test_every_command_is_tried() -> None:
    things = {"prompt": "", "marker": 0, "alarm": "", "pause": "", "line": "", "session": ""}
    tried = set(_commands(things, "x"))
    assert tried == {_tag(one) for one in protocol.Command.__args__} == set(COMMANDS)


def _commands(things: dict[str, Any], room: str) -> dict[str, dict[str, Any]]:
    """Every command about these things, in an order in which as much as can be done is."""
    line = {"room": room, "line": things["line"]}
    prompt = {"prompt": things["prompt"]}
    return {
        "prompt.send": {"text": "问", "rooms": [room]},
        "prompt.delivered": prompt,
        "prompt.shown": prompt,
        "prompt.acknowledge": prompt,
        "prompt.decline": {**prompt, "reason": "x"},
        "prompt.withdraw": prompt,
        "marker.add": {"room": room, "text": "x"},
        "marker.withdraw": {"marker": things["marker"], "reason": "x"},
        "alarm.acknowledge": {"alarm": things["alarm"]},
        "voice.take": {**line, "accept": True},
        "voice.answer": {**line, "accept": True},
        "voice.talk": {**line, "on": True},
        "voice.end": line,
        "voice.call": {"room": room},
        "pause.end": {"room": room, "pause": things["pause"]},
        "pause.begin": {"room": room, "tracks": ["audio"], "reason": "lawyer"},
        "pause.held": {
            "room": room,
            "session": things["session"],
            "tracks": ["audio"],
            "reason": "lawyer",
            "key": "k",
            "at_us": 1,
            "until_us": 2,
        },
        "ping": {},
    }


#: About the room itself, which may be the desk's own.
_OF_ROOM = {"prompt.send", "marker.add", "voice.call", "pause.begin", "pause.held", "pause.end"}


async def _refused(
    client: DeskClient, role: Role, things: dict[str, Any], room: str, unknown_room: str
) -> None:
    """Each command is answered as if nothing had such a name; ``room`` equal: it is our own."""
    nothing = {**dict.fromkeys(things, "none"), "marker": 99_999_999}
    foreign, unknown = _commands(things, room), _commands(nothing, unknown_room)
    for kind, action in COMMAND_ACTIONS.items():
        type = str(_tag(kind))
        if type == "ping" or (room == unknown_room and type in _OF_ROOM):
            continue
        answers = [await client.command(type, **one[type]) for one in (foreign, unknown)]
        assert [one["type"] for one in answers] == ["error", "error"], (type, role)
        said = [  # the names asked for may be said back
            (one["code"], one["message"].replace(room, "").replace(unknown_room, ""))
            for one in answers
        ]
        assert said[0] == said[1], (type, role)
        may = str(role) in EXPECTED[action].split()
        assert (said[0][0] == "forbidden") is not may, (type, role)


async def _happened(
    web: Web, cookies: dict[str, str], case: str, room: str, source: str
) -> dict[str, Any]:
    """A session with one of each thing that a command can name, all of them open."""
    centre = web.centre
    session = await centre.open_room(room)
    alarm = await centre.context.alarms.raise_alarm(Condition(source, AlarmKind.SOS))
    async with _desk(web, cookies["all_manager"], case, "wall") as wall:
        sent = await wall.command("prompt.send", text="问", rooms=[room])
        assert (await wall.command("marker.add", room=room, text="此处"))["type"] == "ok"
        heard = [one for one in wall.seen if one["type"] == "marker"]
        marker = (heard or [await wall.until("marker")])[0]["marker"]
        call = await wall.command("voice.call", room=room)
        found = {
            "session": session,
            "room": room,
            "prompt": sent["prompts"][0]["id"],
            "marker": marker,
            "alarm": alarm.id,
            "line": call["lines"][0]["id"],
        }
        paused = await wall.command("pause.begin", room=room, tracks=["video"], reason="lawyer")
        return {**found, "pause": paused["pauses"][0]["id"]}


@contextlib.asynccontextmanager
async def _two(centre: Centre) -> AsyncIterator[tuple[Web, dict[str, str]]]:
    cookies = await two_cases(centre)
    async with serving(centre) as web:
        yield web, cookies


@contextlib.asynccontextmanager
async def _desk(
    web: Web, cookie: str, case: str, desk: str, room: str = ROOMS[CASE]
) -> AsyncIterator[DeskClient]:
    headers = {"Cookie": f"duizhi_login={cookie}"}
    async with web.connect("/ws", None, additional_headers=headers) as connection:
        client = DeskClient(connection)
        hello = {"type": "hello", "protocol": 1, "case": case, "desk": desk}
        await client.send({**hello, "room": room} if desk == "room" else hello)
        await client.until("welcome")
        yield client
