"""Acts on the command line go into the centre's log, whether or not a centre is running.

A running centre owns its log; it then takes the entry over the bus. Otherwise the log is opened
here for the one entry.
"""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import version
from typing import Any

from command_centre.zmq_bus import ZmqBus
from config.bus import BusError, Handler, Refused
from config.clock import SystemClock
from config.messages import CENTRE, Append, Done, decode, encode
from config.settings import Settings
from evidence_store.errors import StoreBusy, StoreError
from evidence_store.signer import Ed25519Signer
from evidence_store.writer import Draft, StoreWriter

#: Origin of the centre's own log.
CENTRE_ORIGIN = "duizhi.local/centre"

#: What the command line may ask a running centre to log.
COMMAND_LINE_KINDS = frozenset(
    {"account.create", "account.password", "source.token", "case.create", "export"}
)


def open_centre_writer(settings: Settings) -> StoreWriter:
    """The centre's own log; one process at a time.

    Raises:
        EvidenceError: it cannot be opened; StoreBusy when a centre is running.
    """
    key = settings.store_path / "keys" / "centre.pem"
    signer = Ed25519Signer.load(key) if key.exists() else Ed25519Signer.generate(key)
    return StoreWriter.open(
        settings.store_path / "centre",
        origin=CENTRE_ORIGIN,
        signer=signer,
        software={"software": "duizhi", "version": version("duizhi"), "name": "centre"},
        queue_jobs=settings.recorder.writer_queue_jobs,
        checkpoint_ms=settings.recorder.checkpoint_ms,
    )


async def note_act(settings: Settings, kind: str, body: dict[str, Any]) -> None:
    """Append one entry to the centre's log; durable when this returns.

    Raises:
        EvidenceError: it could not be written.
    """
    try:
        writer = await asyncio.to_thread(open_centre_writer, settings)
    except StoreBusy:
        await _through_the_centre(settings, kind, body)
        return
    try:
        draft = Draft(kind=kind, session="", room="", body=body, t_us=SystemClock().now_us())
        await asyncio.wrap_future(writer.submit([draft]))
    finally:
        await asyncio.to_thread(writer.close)


async def _through_the_centre(settings: Settings, kind: str, body: dict[str, Any]) -> None:
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
            await bus.request(CENTRE, "append", encode(append))
    except BusError as error:
        raise StoreError(f"the running centre did not take the entry: {error}") from error


def note_service(writer: StoreWriter) -> Handler:
    """What a running centre answers to ``note_act`` of the command line."""

    async def handle(method: str, payload: bytes) -> bytes:
        if method != "append":
            raise Refused("bad_request", f"the centre has no method {method}; it has: append")
        append = decode(payload, Append)
        if append.kind not in COMMAND_LINE_KINDS:
            raise Refused("bad_request", f"the command line does not log {append.kind}")
        draft = Draft(
            kind=append.kind, session="", room="", body=json.loads(append.body), t_us=append.t_us
        )
        await asyncio.wrap_future(writer.submit([draft]))
        return encode(Done())

    return handle
