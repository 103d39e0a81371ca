"""The first-run assistant, for administrators."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty, Publication, RelayServer
from command_centre.desk.permissions import Action
from command_centre.desk.set_up import SetUpView


async def _set_up(call: Call) -> SetUpView:
    return await call.context.set_up.look()


async def _begin_test(call: Call) -> Publication:
    made = await call.context.set_up.begin(call.caller, call.path("room"))
    now_us = call.context.clock.now_us()
    return Publication(
        whip_url=f"{call.request.base_url}whip/{made.source}",
        token=made.token,
        expires_us=made.expires_us,
        source=made.source,
        session=made.session,
        ice_servers=[
            RelayServer(urls=one.url, username=one.username, credential=one.credential)
            for one in call.context.ice_servers.of(made.source, now_us)
        ],
    )


async def _finish_test(call: Call) -> SetUpView:
    await call.context.set_up.finish(call.caller, call.path("session"))
    return await call.context.set_up.look()


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/set-up",
        "How far the installation is, and its last test recording",
        _set_up,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=SetUpView,
    ),
    Endpoint(
        "POST",
        "/api/set-up/test/{room}",
        "Open a test recording in a free room; a token to publish into it",
        _begin_test,
        action=Action.ADMINISTER,
        body=Empty,
        reply=Publication,
        codes=(
            *("unknown_room", "room_in_use", "room_retired", "session_open", "log_unavailable"),
            *_RECORDER,
        ),
    ),
    Endpoint(
        "POST",
        "/api/set-up/finish/{session}",
        "Close, seal and verify a test recording; the room is free again",
        _finish_test,
        action=Action.ADMINISTER,
        body=Empty,
        reply=SetUpView,
        codes=("unknown_session", "log_unavailable", *_RECORDER),
    ),
)
