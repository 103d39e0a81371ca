"""Running the installation: processes, storage, keys and witnesses, models. Administrators only.

Nothing here is of any case: sizes, counts, codes, fingerprints.
"""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import Connection, func, select

from command_centre.api.endpoint import Call, Endpoint, Handler
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.db import schema
from command_centre.desk.health_views import HealthReply
from command_centre.desk.key_list import list_keys
from command_centre.desk.key_views import KeysView, TokenView, VoucherView, WitnessLogView
from command_centre.desk.model_views import ModelChecked, ModelsView
from command_centre.desk.permissions import Action
from command_centre.desk.storage_views import StorageView
from config.messages import ModelStatus


async def _health(call: Call) -> HealthReply:
    health = call.context.health
    return HealthReply(health=await health.look(), history=health.history())


async def _storage(call: Call) -> StorageView:
    return await call.context.storage.view(await call.context.retention.counts())


async def _measure(call: Call) -> StorageView:
    return await call.context.storage.view(await call.context.retention.counts(), again=True)


async def _keys(call: Call) -> KeysView:
    context = call.context
    settings, now_us = context.settings, context.clock.now_us()
    vouchers = [
        VoucherView(
            name=one.name,
            kind=one.kind,
            outside=one.outside,
            state=one.state,
            since_us=one.since_us,
            detail=one.detail,
            logs=[
                WitnessLogView(log=log, until_us=one.until_us.get(log))
                for log in context.vouchers.origins
            ],
        )
        for one in context.vouchers.states.all()
    ]
    return KeysView(
        at_us=now_us,
        keys=await asyncio.to_thread(list_keys, settings, now_us),
        tokens=await context.database.read(_tokens),
        vouchers=vouchers,
        quorum=settings.witness.quorum,
        interval_seconds=settings.witness.interval_seconds,
        outside=sum(one.kind == "witness" and one.outside for one in vouchers),
        warn_expiry_days=settings.running.warn_expiry_days,
    )


def _tokens(connection: Connection) -> list[TokenView]:
    """Tokens of devices; those of browsers, which expire by themselves, are left out."""
    token, source = schema.source_token, schema.source
    rows = connection.execute(
        select(
            source.c.id,
            source.c.name,
            source.c.name_en,
            func.count(token.c.sha256).label("made"),
            func.count(token.c.revoked_us).label("revoked"),
            func.max(token.c.created_us).label("last_us"),
        )
        .join(token, token.c.source_id == source.c.id)
        .where(token.c.expires_us.is_(None))
        .group_by(source.c.id, source.c.name, source.c.name_en)
        .order_by(source.c.name)
    )
    return [
        TokenView(
            source=row.id,
            name=row.name,
            name_en=row.name_en,
            valid=row.made - row.revoked,
            revoked=row.revoked,
            last_us=row.last_us,
        )
        for row in rows
    ]


def _loaded(call: Call) -> list[ModelStatus]:
    transcriber = call.context.watch.transcriber
    return transcriber.models if transcriber else []


async def _models(call: Call) -> ModelsView:
    rooms = await call.context.database.read(_rooms)
    return await call.context.models.view(_loaded(call), rooms)


def _rooms(connection: Connection) -> dict[str, list[str]]:
    """Names of rooms with an open session, by the language they are heard in."""
    session = schema.session
    found: dict[str, list[str]] = {}
    for row in connection.execute(
        select(session.c.room_name, session.c.language)
        .where(session.c.closed_us.is_(None))
        .order_by(session.c.room_name)
    ):
        found.setdefault(row.language or "zh", []).append(row.room_name)
    return found


async def _check_model(call: Call) -> ModelChecked:
    return await call.context.models.check(call.path("model"), _loaded(call))


def _seen(path: str, summary: str, handler: Handler, reply: type[msgspec.Struct]) -> Endpoint:
    return Endpoint(
        "GET",
        path,
        summary,
        handler,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=reply,
    )


ENDPOINTS = (
    _seen("/api/running/health", "How every process is, and the last hour", _health, HealthReply),
    _seen("/api/running/storage", "How full the disks are, and until when", _storage, StorageView),
    _seen("/api/running/keys", "Keys, certificates, witnesses", _keys, KeysView),
    _seen("/api/running/models", "The models installed here", _models, ModelsView),
    Endpoint(
        "POST",
        "/api/running/storage/measure",
        "Measure the directories now",
        _measure,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=StorageView,
    ),
    Endpoint(
        "POST",
        "/api/running/models/{model}/check",
        "Make the digest of a model anew from every byte",
        _check_model,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=ModelChecked,
        codes=("unknown_model", "model_unreadable"),
    ),
)
