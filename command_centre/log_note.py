"""Acts on the command line go into the centre's log, whether or not a centre is running.

A running centre owns its log; it then takes the entry over the bus. Otherwise the log is opened
here for the one entry.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from command_centre.desk.centre_log import CaseLog, CentreLog
from command_centre.desk.opening import open_log
from command_centre.zmq_bus import ZmqBus
from config.bus import BusError, Handler, Refused
from config.clock import SystemClock
from config.messages import CENTRE, decode, encode
from config.recorder_messages import Append, Receipt
from config.settings import Settings
from evidence_store.errors import StoreBusy, StoreError

#: What the command line may ask a running centre to log.
COMMAND_LINE_KINDS = frozenset(
    {
        "account.create",
        "account.password",
        "account.reach",
        "case.member",
        "case.member_removed",
        "source.create",
        "source.pull",
        "source.token",
        "case.create",
        "export",
        "disclose.made",
        "derived.made",
        "key.recovered",
        "hold.placed",
        "hold.lifted",
        "retention.confirmed",
        "template.used",
    }
)


async def note_act(settings: Settings, kind: str, body: dict[str, Any]) -> int:
    """Append one entry to the centre's log; durable when this returns its index.

    Raises:
        EvidenceError: it could not be written.
    """
    try:
        writer = await asyncio.to_thread(
            open_log, settings.store_path, settings.recorder.checkpoint_ms
        )
    except StoreBusy:
        return await _through_the_centre(settings, kind, body)
    try:
        return await CentreLog(writer, SystemClock()).append(kind, body)
    finally:
        await asyncio.to_thread(writer.close)


async def _through_the_centre(settings: Settings, kind: str, body: dict[str, Any]) -> int:
    now_us = SystemClock().now_us()
    append = Append(
        key=f"cli-{now_us}",
        kind=kind,
        session="",
        room="",
        body=json.dumps(body).encode(),
        t_us=now_us,
    )
    try:
        async with ZmqBus(settings.bus_path, f"cli-{now_us}", [], 10) as bus:
            reply = await bus.request(CENTRE, "append", encode(append))
            return decode(reply, Receipt).index
    except BusError as error:
        raise StoreError(f"the running centre did not take the entry: {error}") from error


def note_service(log: CaseLog) -> Handler:
    """What a running centre answers to ``note_act`` of the command line."""

    async def handle(method: str, payload: bytes) -> bytes:
        if method != "append":
            raise Refused("bad_request", f"the centre has no method {method}; it has: append")
        append = decode(payload, Append)
        if append.kind not in COMMAND_LINE_KINDS:
            raise Refused("bad_request", f"the command line does not log {append.kind}")
        index = await log.append(append.kind, json.loads(append.body))
        return encode(Receipt(index=index, leaf_hash=b"", t_us=append.t_us))

    return handle
