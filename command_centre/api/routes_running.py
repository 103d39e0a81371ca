"""Running the installation: processes, storage, keys and witnesses, models. Administrators only.

Nothing here is of any case: sizes, counts, codes, fingerprints.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from command_centre.api.endpoint import Call, Endpoint, Handler
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty, JobStarted
from command_centre.desk.health_views import HealthReply
from command_centre.desk.key_list import list_keys
from command_centre.desk.key_views import KeysView, VoucherView, WitnessLogView
from command_centre.desk.model_views import ModelsView
from command_centre.desk.permissions import Action
from command_centre.desk.running_rows import device_tokens, rooms_heard
from command_centre.desk.storage_views import StorageView
from command_centre.desk.views import View
from config.changeable import TRANSCRIBER
from config.transcriber_messages import ModelStatus


async def _health(call: Call) -> HealthReply:
    health = call.context.health
    return HealthReply(health=await health.look(), history=health.history())


async def _storage(call: Call) -> StorageView:
    return await call.context.storage.view(await call.context.retention.counts())


async def _measure(call: Call) -> JobStarted:
    storage = call.context.storage

    async def work(far: Callable[[int], None]) -> dict[str, Any]:
        return {"at_us": await storage.measure_now(far)}

    return JobStarted(job=await call.context.jobs.own(call.caller, "measure", "", work))


async def _keys(call: Call) -> KeysView:
    context = call.context
    settings, now_us = context.settings, context.clock.now_us()
    rotations = await context.key_turns.states()  # before the keys: one that ended shows them
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
        tokens=await context.database.read(device_tokens),
        vouchers=vouchers,
        quorum=settings.witness.quorum,
        interval_seconds=settings.witness.interval_seconds,
        outside=sum(one.kind == "witness" and one.outside for one in vouchers),
        warn_expiry_days=settings.running.warn_expiry_days,
        rotations=rotations,
    )


class RotateRequest(View, frozen=True):
    """Why the keys are changed; goes into the log."""

    reason: str


async def _rotate(call: Call) -> KeysView:
    reason = call.body(RotateRequest).reason
    await call.context.key_turns.rotate(call.caller, call.path("log"), reason)
    return await _keys(call)


async def _withdraw(call: Call) -> KeysView:
    await call.context.key_turns.withdraw(call.caller, call.path("log"))
    return await _keys(call)


def _loaded(call: Call) -> list[ModelStatus]:
    transcriber = call.context.watch.transcriber
    return transcriber.models if transcriber else []


async def _models(call: Call) -> ModelsView:
    rooms = await call.context.database.read(rooms_heard)
    transcriber = call.context.watch.transcriber
    chosen = transcriber.chosen if transcriber else []
    return await call.context.models.view([*_loaded(call), *chosen], rooms)


async def _check_model(call: Call) -> JobStarted:
    models, model, loaded = call.context.models, call.path("model"), _loaded(call)
    models.require(model)

    async def work(far: Callable[[int], None]) -> dict[str, Any]:
        return msgspec.structs.asdict(await models.check(model, loaded, far))

    return JobStarted(job=await call.context.jobs.own(call.caller, "model", model, work))


class UseModel(View, frozen=True):
    """The language that is heard with it from now on: zh or en."""

    language: str


async def _use_model(call: Call) -> ModelsView:
    context, language = call.context, call.body(UseModel).language
    name, value = context.models.setting_of(call.path("model"), language)
    await context.live_settings.change(call.caller, name, value)
    await context.restarts.start_again(call.caller, only=TRANSCRIBER)
    return await _models(call)


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
        reply=JobStarted,
        status=202,
    ),
    Endpoint(
        "POST",
        "/api/running/keys/{log}/rotate",
        "Give a log new keys; its process starts again for it, and no session may be open",
        _rotate,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=RotateRequest,
        reply=KeysView,
        codes=(
            *("unknown_log", "bad_reason", "sessions_open", "jobs_running", "rotation_waiting"),
            *("cannot_restart", "log_unavailable", "recorder_restarting"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/running/keys/{log}/withdraw",
        "Withdraw the order for new keys that its process has not taken yet",
        _withdraw,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=KeysView,
        codes=("unknown_log", "rotation_taken", "no_rotation", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/running/models/{model}/check",
        "Make the digest of a model anew from every byte",
        _check_model,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=JobStarted,
        status=202,
        codes=("unknown_model", "model_unreadable"),
    ),
    Endpoint(
        "POST",
        "/api/running/models/{model}/use",
        "Hear a language with this model from now on; it is loaded once first, and what is said "
        "meanwhile is read from the recording",
        _use_model,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=UseModel,
        reply=ModelsView,
        codes=(
            *("unknown_model", "unknown_language", "model_kind", "bad_setting", "disk_full"),
            *("cannot_restart", "log_unavailable"),
        ),
    ),
)
