"""Who asks with a bearer token: the source whose token it is, when it is the one in the path."""

from __future__ import annotations

from starlette.requests import Request

from command_centre.db.accounts import source_of_token
from command_centre.desk.board import Place
from command_centre.desk.context import CentreContext
from command_centre.errors import Rejected


async def source_of(context: CentreContext, request: Request) -> Place:
    """The source of the request's token.

    Raises:
        Rejected: ``token_required``, ``token_unknown``, ``token_of_other_source``,
            ``unknown_source``.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Rejected("token_required", "send Authorization: Bearer with the source's token")
    return await source_by(context, request.path_params["source"], token.strip())


async def source_by(context: CentreContext, source: str, token: str) -> Place:
    """The source whose token this is, when it is the one addressed.

    Raises:
        Rejected: ``token_unknown``, ``token_of_other_source``, ``unknown_source``.
    """
    now_us = context.clock.now_us()
    owner = await context.database.read(
        lambda connection: source_of_token(connection, token, now_us)
    )
    if owner is None:
        raise Rejected("token_unknown", "ask the case manager to add this device anew")
    if owner.source != source:
        raise Rejected("token_of_other_source", "use the address given with the token")
    place = await context.board.place(owner.source)
    if place is None:
        raise Rejected("unknown_source", "there is no such source")
    return place
