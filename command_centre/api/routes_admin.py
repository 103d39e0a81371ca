"""Tokens of sources, for the administrator."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import (
    Empty,
    SourceToken,
)
from command_centre.db.accounts import add_source_token
from command_centre.desk.permissions import Action
from command_centre.errors import Rejected


async def _create_token(call: Call) -> SourceToken:
    context, source = call.context, call.path("source")
    if await context.board.place(source) is None:
        raise Rejected("unknown_source", "there is no such source")
    now_us, by = context.clock.now_us(), call.caller.account_id
    token = await context.database.write(
        lambda writing: add_source_token(writing, source, now_us=now_us, created_by=by)
    )
    await context.log.note("source.token", {"source": source, "by": by})
    return SourceToken(source=source, token=token, whip_url=f"{call.request.base_url}whip/{source}")


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/sources/{source}/tokens",
        "A bearer token for a source; shown this once",
        _create_token,
        action=Action.ADMINISTER,
        body=Empty,
        reply=SourceToken,
        status=201,
        codes=("unknown_source",),
    ),
)
