"""Every endpoint and every command, for every role: allowed exactly where the table says."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from command_centre.api.app import ENDPOINTS
from command_centre.api.desk_socket import COMMAND_ACTIONS, DESKS
from command_centre.api.endpoint import Endpoint
from command_centre.desk import protocol
from command_centre.desk.permissions import PERMISSIONS, Action
from config.words import Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import DeskClient, Web

#: Written out by hand, apart from the code's table: action -> roles.
EXPECTED = {
    Action.READ_SELF: "manager interviewer auditor administrator",
    Action.READ_SYSTEM: "manager interviewer auditor administrator",
    Action.READ_CASE: "manager interviewer auditor",
    Action.MANAGE_CASE: "manager",
    Action.SEAT: "manager interviewer administrator",
    Action.KEEP_TASKS: "manager interviewer",
    Action.READ_MEMBERS: "manager interviewer auditor administrator",
    Action.MANAGE_MEMBERS: "manager administrator",
    Action.READ_TEXT: "manager interviewer auditor",
    Action.WATCH: "manager interviewer auditor",
    Action.ADD_POINT: "manager",
    Action.COMPARE: "manager auditor",
    Action.REVIEW: "manager",
    Action.RUN_SESSION: "manager interviewer",
    Action.PUBLISH: "interviewer",
    Action.SEND_PROMPT: "manager",
    Action.TAKE_PROMPT: "interviewer",
    Action.ADD_MARKER: "manager interviewer",
    Action.ACKNOWLEDGE_ALARM: "manager",
    Action.PAUSE: "manager interviewer",
    Action.CALL_ROOM: "manager",
    Action.ANSWER_CALL: "interviewer",
    Action.END_CALL: "manager interviewer",
    Action.CORRECT_TEXT: "manager interviewer",
    Action.READ_RECORD: "manager interviewer auditor",
    Action.KEEP_RECORD: "manager interviewer",
    Action.PLAY: "manager interviewer auditor",
    Action.KEEP_NOTES: "manager interviewer",
    Action.AUDIT: "manager auditor",
    Action.READ_CENTRE_LOG: "auditor administrator",
    Action.VERIFY: "manager auditor",
    Action.EXPORT: "manager auditor",
    Action.MAKE_COPIES: "manager",
    Action.RETAIN: "manager",
    Action.END_RETENTION: "manager administrator",
    Action.MANAGE_DEVICES: "manager administrator",
    Action.READ_TEMPLATES: "manager interviewer auditor administrator",
    Action.ADMINISTER: "administrator",
    Action.HAND_OVER: "manager interviewer administrator",
    Action.ROOM_ACT: "manager interviewer",
    Action.ADD_EXHIBIT: "manager interviewer",
    Action.READ_CUSTODY: "manager auditor administrator",
    Action.KEEP: "manager administrator",
}

OPEN = {
    "/api/login/oidc/begin",
    "/api/login/oidc/back",
    *("/api/login", "/api/login/code", "/api/login/passkey/begin", "/api/login/passkey"),
    *("/api/invitation", "/api/invitation/accept"),
    *("/api/time", "/healthz", "/readyz", "/api/devices/join"),
    "/api/receipts/check",
}
#: Where a source's bearer token stands for the login.
BY_TOKEN = {
    "/api/devices/{source}",
    "/api/devices/{source}/recorded",
    "/api/devices/{source}/readings",
    "/api/devices/{source}/call",
    "/api/devices/{source}/call/answer",
    "/api/devices/{source}/call/end",
    "/api/devices/{source}/call/talk",
    "/api/devices/{source}/markers",
    "/api/devices/{source}/sos",
    "/api/devices/{source}/sos/over",
}


def test_the_table_is_what_was_agreed() -> None:
    written = {
        action: " ".join(role for role in Role if role in roles)
        for action, roles in PERMISSIONS.items()
    }
    assert written == EXPECTED


def test_only_these_endpoints_need_no_login() -> None:
    no_login = {endpoint.path for endpoint in ENDPOINTS if endpoint.action is None}
    assert no_login == OPEN | BY_TOKEN
    assert {endpoint.path for endpoint in ENDPOINTS if endpoint.by_token} == BY_TOKEN


def test_every_command_has_its_action() -> None:
    commands = set(protocol.Command.__args__)
    assert set(COMMAND_ACTIONS) == commands
    assert set(DESKS) == set(Role)


#: All that an auditor may send: what is the auditor's own, and what is read and taken away. Each of
#: the second kind is an entry of the log; none changes a case.
AUDITORS_OWN = {
    *("POST /api/logout", "POST /api/me/kept"),
    *("POST /api/account/password", "POST /api/account/recovery"),
    *(f"POST /api/account/codes/{step}" for step in ("begin", "confirm", "remove")),
    *("POST /api/account/passkeys/begin", "POST /api/account/passkeys"),
    "POST /api/account/passkeys/{passkey}/remove",
    "POST /api/account/logins/{login}/end",
}
AUDITORS_WORK = {
    *("POST /api/verifications", "POST /api/exports"),
    *("POST /api/packages", "DELETE /api/packages/{package}", "POST /api/checks"),
}


def test_auditors_change_nothing() -> None:
    sent = {
        f"{one.method} {one.path}"
        for one in ENDPOINTS
        if one.action and one.method != "GET" and Role.AUDITOR in PERMISSIONS[one.action]
    }
    assert sent == AUDITORS_OWN | AUDITORS_WORK
    said = {one for one, act in COMMAND_ACTIONS.items() if Role.AUDITOR in PERMISSIONS[act]}
    assert said == {protocol.Ping}
    assert Role.AUDITOR not in PERMISSIONS[Action.HAND_OVER]  # /uploads, which is no endpoint


async def test_what_is_withheld_is_not_for_auditors(centre: Centre) -> None:
    disclosed = {"withhold": {"media": [{"source": "x"}]}, "authorised_by": "x", "to": "x"}
    asked = {"case": CASE, "reason": "x", "disclosed": disclosed}
    for role in (Role.AUDITOR, Role.MANAGER):
        async with centre.client(role) as client:
            answer = await client.post("/api/exports", json=asked)
        # the manager is let through to what is wrong with the request itself
        assert (answer.json()["code"] == "forbidden") == (role is Role.AUDITOR), answer.text


async def test_every_endpoint_for_every_role(centre: Centre) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.action is None or endpoint.path == "/api/logout":
            continue
        assert (await _code(centre, endpoint, None)) == "login_required"
        for role in Role:
            code = await _code(centre, endpoint, role)
            if role in PERMISSIONS[endpoint.action]:
                assert code not in ("forbidden", "login_required"), (endpoint.path, role)
            else:
                assert code == "forbidden", (endpoint.path, role)


async def _code(centre: Centre, endpoint: Endpoint, role: Role | None) -> str:
    """The problem an endpoint gives a role for things that do not exist."""
    path = re.sub(r"{\w+}", "0", endpoint.path)
    async with centre.client(role) as client:
        answer = await client.request(
            endpoint.method, path, content=b"{}" if endpoint.method != "GET" else None
        )
    if answer.headers["content-type"] != "application/problem+json":
        return ""
    return str(answer.json()["code"])


COMMANDS: dict[str, dict[str, Any]] = {
    "prompt.send": {"text": "问", "rooms": ["room1"]},
    "prompt.delivered": {"prompt": "none"},
    "prompt.shown": {"prompt": "none"},
    "prompt.acknowledge": {"prompt": "none"},
    "prompt.decline": {"prompt": "none", "reason": "x"},
    "prompt.withdraw": {"prompt": "none"},
    "marker.add": {"room": "room1", "text": "x"},
    "marker.withdraw": {"marker": 0, "reason": "x"},
    "alarm.acknowledge": {"alarm": "none"},
    "pause.begin": {"room": "room1", "tracks": ["audio"], "reason": "lawyer"},
    "pause.end": {"room": "room1", "pause": "none"},
    "pause.held": {
        "room": "room1",
        "session": "none",
        "tracks": ["audio"],
        "reason": "lawyer",
        "key": "k",
        "at_us": 1,
        "until_us": 2,
    },
    "voice.call": {"room": "room1"},
    "voice.answer": {"room": "room1", "line": "none", "accept": False},
    "voice.take": {"room": "room1", "line": "none", "accept": False},
    "voice.talk": {"room": "room1", "line": "none", "on": True},
    "voice.end": {"room": "room1", "line": "none"},
    "ping": {},
}


@pytest.mark.parametrize(
    ("role", "desk", "room"),
    [
        ("manager", "wall", None),
        ("manager", "audit", None),
        ("interviewer", "room", "room1"),
        ("auditor", "wall", None),
        ("auditor", "audit", None),
    ],
)
async def test_every_command_for_every_role(
    web: Web, role: str, desk: str, room: str | None
) -> None:
    async with web.desk(role, desk, room) as client:
        for type, fields in COMMANDS.items():
            kind = next(one for one in COMMAND_ACTIONS if _tag(one) == type)
            answer = await client.command(type, **fields)
            allowed = role in EXPECTED[COMMAND_ACTIONS[kind]].split()
            assert (answer.get("code") == "forbidden") is not allowed, (role, type)


async def test_an_auditor_changes_nothing(web: Web) -> None:
    before = len(web.centre.recorder.entries)
    async with web.desk("auditor", "audit") as client:
        await _everything(client)
    assert len(web.centre.recorder.entries) == before


async def _everything(client: DeskClient) -> None:
    for type, fields in COMMANDS.items():
        await client.command(type, **fields)


def _tag(message: type) -> object:
    """The ``type`` with which a message is written."""
    return msgspec.inspect.type_info(message).tag  # type: ignore[attr-defined]
