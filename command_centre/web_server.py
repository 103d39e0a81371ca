"""The centre on its two addresses: HTTPS for the network, plain HTTP for this machine only."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable

import uvicorn

from command_centre.api.app import create_app
from command_centre.bus_service import centre_service
from command_centre.certificate import CertificateError, ensure_certificates, machine_names
from command_centre.desk.opening import open_centre
from command_centre.errors import CentreError
from command_centre.start_error import StartError
from config.bus import Bus
from config.clock import Clock
from config.messages import CENTRE
from config.recorders import recorder_names
from config.settings import Settings
from evidence_store.errors import EvidenceError

_BACKLOG = 128


@contextlib.asynccontextmanager
async def serve_web(
    settings: Settings, bus: Bus, clock: Clock, restart: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Open the centre and answer on both addresses until the context ends.

    ``restart`` ends this process, which is then started again.

    Raises:
        StartError: a port is taken, or certificate, database or store cannot be used.
    """
    centre = settings.centre
    secure = _listen(centre.bind, centre.https_port, "https_port")
    plain = _listen(centre.http_bind, centre.http_port, "http_port")
    try:
        paths = ensure_certificates(settings.store_path, machine_names(settings.site.host_name))
    except CertificateError as error:
        raise StartError(str(error)) from error
    try:
        recorders = recorder_names(settings.recorder.processes)
        opening = open_centre(settings, bus, clock, recorders=recorders)
        async with opening as context, bus.serve(CENTRE, centre_service(context)):
            context.key_turns.restart = context.restarts.restart = restart
            app = create_app(context)
            servers = [
                (_server(app, ssl=(str(paths.certificate), str(paths.key))), secure),
                (_server(app), plain),
            ]
            async with _running(servers):
                yield
    except (EvidenceError, CentreError) as error:
        raise StartError(str(error)) from error


def _listen(host: str, port: int, key: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"port {port} on {host} is taken by another program; "
                f"set [centre] {key} to a free one"
            ) from error
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _server(app: object, ssl: tuple[str, str] | None = None) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            ws="websockets-sansio",
            ws_max_size=1 << 20,
            ws_per_message_deflate=False,  # 68 times the work for video that does not shrink
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=3,
            ssl_certfile=ssl[0] if ssl else None,
            ssl_keyfile=ssl[1] if ssl else None,
        )
    )


@contextlib.asynccontextmanager
async def _running(servers: list[tuple[uvicorn.Server, socket.socket]]) -> AsyncIterator[None]:
    """Run the servers; signals stay with the process, not with uvicorn."""
    tasks = []
    for server, listener in servers:
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        tasks.append(asyncio.create_task(server.serve(sockets=[listener])))
    try:
        while not all(server.started for server, _ in servers):
            for task in tasks:
                if task.done():
                    task.result()
                    raise StartError("the web server ended while starting")
            await asyncio.sleep(0.01)
        yield
    finally:
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)
