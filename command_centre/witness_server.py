"""A witness over HTTP (C2SP tlog-witness): what another unit runs for the logs of this one.

``POST /add-checkpoint`` and ``GET /<sha256 of origin>/checkpoint``. It needs no database and knows
no cases; requests are not authenticated beyond the log's signature. Bodies are bounded.
"""

from __future__ import annotations

import asyncio
import logging

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from evidence_store.errors import WitnessError
from evidence_store.witness_directory import WitnessDirectory
from evidence_store.witness_protocol import REQUEST_BYTES_MAX, Answer

logger = logging.getLogger(__name__)


def witness_app(directory: WitnessDirectory) -> Starlette:
    """The application; it takes a changed file of logs at the next request."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        try:
            async for block in request.stream():
                body += block
                if len(body) > REQUEST_BYTES_MAX:
                    return Response("the request is too large\n", 413, media_type="text/plain")
        except ClientDisconnect:
            return Response(status_code=400)
        answer = await asyncio.to_thread(_answer, directory, body)
        logger.info("add-checkpoint: %d", answer.status)
        return Response(answer.body, answer.status, headers={"content-type": answer.media_type})

    async def checkpoint(request: Request) -> Response:
        origin = request.path_params["origin"]
        note = await asyncio.to_thread(directory.cosigner.latest, origin)
        if note is None:
            return Response("nothing was cosigned for this origin\n", 404, media_type="text/plain")
        return Response(note, media_type="text/plain")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


def _answer(directory: WitnessDirectory, body: bytes) -> Answer:
    try:
        directory.refresh()
    except WitnessError as error:
        logger.error("the logs stay as they were: %s", error)
    return directory.cosigner.add_checkpoint(body)


def witness_server(directory: WitnessDirectory, host: str, port: int) -> uvicorn.Server:
    """A server that is not started yet; TLS, where it is wanted, stands before it."""
    return uvicorn.Server(
        uvicorn.Config(
            witness_app(directory),
            host=host,
            port=port,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )
