"""The witness that a recorder's process is for the other logs, as a service on the bus.

In threads and beside the recorder's own service: a witness that cannot be opened is told in the
process's log and stops nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from config.bus import Bus, Refused
from config.messages import (
    Cosign,
    Cosigned,
    MalformedMessage,
    decode,
    encode,
    witness_service,
)
from config.recorders import log_origins
from config.settings import Settings
from evidence_store.errors import EvidenceError
from evidence_store.own_witness import OwnWitness

logger = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def witness_service_of(settings: Settings, bus: Bus, name: str) -> AsyncIterator[None]:
    """Answer for the witness of the process ``name`` until the context ends."""
    recorder = settings.recorder
    origins = log_origins(recorder.log_origin, recorder.processes)
    try:
        witness = await asyncio.to_thread(OwnWitness, settings.store_path, name, origins)
    except EvidenceError as error:
        logger.error("the witness of %s cannot be opened; recording goes on: %s", name, error)
        yield
        return

    async def handle(method: str, payload: bytes) -> bytes:
        if method != "cosign":
            raise Refused("unknown_method", "expected cosign")
        try:
            request = decode(payload, Cosign)
            answer = await asyncio.to_thread(witness.answer, request.body)
        except MalformedMessage as error:
            raise Refused("malformed", str(error)) from error
        except EvidenceError as error:
            raise Refused("witness_failed", str(error)) from error
        return encode(Cosigned(status=answer.status, body=answer.body))

    try:
        async with bus.serve(witness_service(name), handle):
            yield
    finally:
        witness.close()
