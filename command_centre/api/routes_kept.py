"""What a person keeps for their own screens, on whatever machine they sign in."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.db import kept
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class Kept(View, frozen=True):
    """Texts by name."""

    kept: dict[str, str]


class KeepRequest(View, frozen=True):
    """Keep this text under this name; an empty text drops it."""

    name: str
    text: str


async def _kept(call: Call) -> Kept:
    own = call.caller.account_id
    found = await call.context.database.read(lambda connection: kept.kept_of(connection, own))
    return Kept(kept=found)


async def _keep(call: Call) -> Empty:
    said, own = call.body(KeepRequest), call.caller.account_id
    now_us = call.context.clock.now_us()
    await call.context.database.write(
        lambda writing: kept.keep(writing, own, said.name, said.text, now_us)
    )
    return Empty()


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/me/kept",
        "Saved views of lists and layouts of the wall that the caller keeps",
        _kept,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        reply=Kept,
    ),
    Endpoint(
        "POST",
        "/api/me/kept",
        "Keep a view or a layout, or drop it",
        _keep,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        body=KeepRequest,
        reply=Empty,
        codes=("bad_text",),
    ),
)
