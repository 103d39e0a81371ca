"""Sources, for administrators: registered, given to a device by a QR code, withdrawn, fetched."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.routes_account import Secret
from command_centre.api.routes_device import phone_address
from command_centre.api.shapes import Empty
from command_centre.db import administration
from command_centre.desk.permissions import Action
from command_centre.desk.provisioning import SourceCode, SourceRow, require_source
from command_centre.desk.recorder_port import ask
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.messages import Done
from config.recorder_messages import EndSource
from recorder.ingest.rtsp_wire import BadAddress, read_address

_LONGEST = 200


class SourceList(View, frozen=True):
    """Every source."""

    sources: list[SourceRow]


class SourceRequest(View, frozen=True):
    """A source to register."""

    kind: str
    room: str
    name: str
    name_en: str = ""


class SourceMade(View, frozen=True):
    """The id of a new source."""

    id: str


class SourceChange(View, frozen=True):
    """What a source is called, and where it is."""

    room: str
    name: str
    name_en: str = ""


class PullRequest(Secret, frozen=True):
    """Where a camera is fetched from; its password is never shown again."""

    address: str
    user: str = ""
    password: str = ""


async def _sources(call: Call) -> SourceList:
    return SourceList(sources=await call.context.provisioning.all())


async def _make_source(call: Call) -> SourceMade:
    said = call.body(SourceRequest)
    made = await call.context.provisioning.make(
        call.caller, kind=said.kind, room=said.room, name=said.name, name_en=said.name_en
    )
    return SourceMade(id=made)


async def _change_source(call: Call) -> Empty:
    said = call.body(SourceChange)
    await call.context.provisioning.change(
        call.caller, call.path("source"), room=said.room, name=said.name, name_en=said.name_en
    )
    return Empty()


async def _source_code(call: Call) -> SourceCode:
    source = call.path("source")
    code, expires_us = await call.context.provisioning.code(call.caller, source)
    base = await asyncio.to_thread(phone_address, call)
    return SourceCode(
        source=source,
        url=f"{base}/device#join={code}",
        whip_url=f"{base}/whip/{source}",
        expires_us=expires_us,
    )


async def _withdraw_source(call: Call) -> Empty:
    source = call.path("source")
    await call.context.provisioning.withdraw(call.caller, source)
    # Its tokens are void already. Away or not live, there is nothing to end.
    with contextlib.suppress(Rejected):
        await ask(call.context.bus, "end_source", EndSource(source=source), Done)
    return Empty()


async def _pull_source(call: Call) -> Empty:
    context, said, source = call.context, call.body(PullRequest), call.path("source")
    if max(len(said.user), len(said.password)) > _LONGEST:
        raise Rejected("bad_text", f"name and password have at most {_LONGEST} characters")
    try:
        address = read_address(said.address.strip())
    except BadAddress as error:
        raise Rejected("bad_address", str(error)) from error
    if address.password:
        raise Rejected("bad_address", "give name and password in their own fields")
    await context.database.read(lambda connection: require_source(connection, source))
    address = replace(address, user=said.user or address.user, password=said.password)
    await context.log.append("source.pull", {"source": source, "pulled": "yes", **_by(call)})
    now_us = context.clock.now_us()
    await asyncio.to_thread(administration.set_pull, context.database, source, address, now_us)
    return Empty()


async def _end_pull(call: Call) -> Empty:
    context, source = call.context, call.path("source")
    await context.database.read(lambda one: administration.require_idle_pull(one, source))
    await context.log.append("source.pull", {"source": source, "pulled": "no", **_by(call)})
    now_us = context.clock.now_us()
    await asyncio.to_thread(administration.end_pull, context.database, source, now_us)
    return Empty()


async def _take_up_pull(call: Call) -> Empty:
    context, source = call.context, call.path("source")
    kept = await context.database.read(lambda one: administration.pull_of(one, source, ended=True))
    if kept is None:
        raise Rejected("not_found", "this source was fetched from nowhere before")
    await context.log.append("source.pull", {"source": source, "pulled": "yes", **_by(call)})
    now_us = context.clock.now_us()
    await asyncio.to_thread(administration.take_up_pull, context.database, source, now_us)
    return Empty()


def _by(call: Call) -> dict[str, str]:
    return {"by": call.caller.account_id}


_NAMED = ("bad_text", "unknown_room", "source_exists", "log_unavailable")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sources",
        "Every source: where it is, what it is doing, whether a device holds its token",
        _sources,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=SourceList,
    ),
    Endpoint(
        "POST",
        "/api/sources",
        "Register a source in a room",
        _make_source,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=SourceRequest,
        reply=SourceMade,
        status=201,
        codes=("malformed_request", "registry_full", *_NAMED),
    ),
    Endpoint(
        "POST",
        "/api/sources/{source}/change",
        "Call a source otherwise, or move it to another room",
        _change_source,
        action=Action.ADMINISTER,
        body=SourceChange,
        reply=Empty,
        codes=("unknown_source", "session_open", *_NAMED),
    ),
    Endpoint(
        "POST",
        "/api/sources/{source}/code",
        "A one-time code with which a device becomes the source; shown this once",
        _source_code,
        action=Action.ADMINISTER,
        body=Empty,
        reply=SourceCode,
        status=201,
        codes=("unknown_source", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/sources/{source}/withdraw",
        "Void the source's tokens and codes; what it recorded stays",
        _withdraw_source,
        action=Action.ADMINISTER,
        body=Empty,
        reply=Empty,
        codes=("unknown_source", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/sources/{source}/pull",
        "Fetch the source from a camera over RTSP while a session is open in its room",
        _pull_source,
        action=Action.ADMINISTER,
        body=PullRequest,
        reply=Empty,
        codes=("unknown_source", "bad_address", "bad_text", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/sources/{source}/pull/end",
        "Fetch it no more, unless a session is open there; its address is kept",
        _end_pull,
        action=Action.ADMINISTER,
        body=Empty,
        reply=Empty,
        codes=("unknown_source", "not_found", "pull_in_use", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/sources/{source}/pull/again",
        "Fetch it again from where it was fetched before",
        _take_up_pull,
        action=Action.ADMINISTER,
        body=Empty,
        reply=Empty,
        codes=("unknown_source", "not_found", "log_unavailable"),
    ),
)
