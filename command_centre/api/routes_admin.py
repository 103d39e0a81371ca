"""The administrator: accounts, and tokens of sources."""

from __future__ import annotations

import asyncio

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import (
    AccountList,
    AccountRequest,
    Empty,
    SourceToken,
)
from command_centre.db.accounts import add_account, add_source_token, hash_password
from command_centre.desk.logins import list_accounts
from command_centre.desk.permissions import Action
from command_centre.desk.views import AccountView
from command_centre.errors import Rejected
from config.words import Role

_MAX_NAME = 80


async def _accounts(call: Call) -> AccountList:
    return AccountList(accounts=await call.context.database.read(list_accounts))


async def _create_account(call: Call) -> AccountView:
    asked, context = call.body(AccountRequest), call.context
    if asked.role not in tuple(Role):
        raise Rejected("malformed_request", f"a role is one of {', '.join(Role)}")
    if not (1 <= len(asked.account) <= _MAX_NAME and 1 <= len(asked.name) <= _MAX_NAME):
        raise Rejected("bad_text", f"account and name have 1 to {_MAX_NAME} characters")
    password_hash = await asyncio.to_thread(hash_password, asked.password)
    account_id = await context.database.write(
        lambda writing: add_account(
            writing,
            account=asked.account,
            name=asked.name,
            role=Role(asked.role),
            password_hash=password_hash,
            now_us=context.clock.now_us(),
            rooms=tuple(asked.rooms),
            all_cases=asked.all_cases,
        )
    )
    await context.announce()
    return AccountView(
        id=account_id,
        account=asked.account,
        name=asked.name,
        role=asked.role,
        rooms=asked.rooms,
        locked_until_us=None,
        all_cases=asked.all_cases,
    )


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
        "GET",
        "/api/accounts",
        "All accounts",
        _accounts,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=AccountList,
    ),
    Endpoint(
        "POST",
        "/api/accounts",
        "Create an account",
        _create_account,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=AccountRequest,
        reply=AccountView,
        status=201,
        codes=("account_exists", "weak_password", "bad_text", "log_unavailable"),
    ),
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
