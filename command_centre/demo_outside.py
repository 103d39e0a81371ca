"""What stands outside an installation, for the demo: a witness of another unit and an authority.

Both run in the demo's own process on this machine, so they prove nothing to a stranger; what they
do and how they are asked is the real thing. The authority needs openssl; without it there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from command_centre.local_authority import AuthorityError, LocalAuthority, has_openssl
from command_centre.witness_server import witness_server
from config.recorders import log_origins
from config.settings import Settings, load
from evidence_store.errors import EvidenceError
from evidence_store.host_keys import open_host_keys
from evidence_store.own_witness import log_keys, parse_outside
from evidence_store.witness_directory import WitnessDirectory, trust_logs

logger = logging.getLogger(__name__)

#: As the settings name them and every page shows the half of its language; a name has no space.
WITNESS, AUTHORITY = "公证处（Notary）", "时间戳服务（Time-stamping）"
_WITNESS_NAME = "notary.demo.example/1"
_FOLDER, _WITNESS_FOLDER, _AUTHORITY_FOLDER = "outside", "notary", "timestamps"


def outside_settings(store: Path, recorders: int) -> dict[str, dict[str, Any]]:
    """Make both below ``store`` and say how they are reached; what cannot be made is left out."""
    sections: dict[str, dict[str, Any]] = {}
    folder = store / _FOLDER
    origins = log_origins(load().recorder.log_origin, recorders)
    try:
        for name in origins:
            open_host_keys(store, name)  # the witness must know the logs before they begin
        trust_logs(folder / _WITNESS_FOLDER, [one.text for one in log_keys(store, origins)])
        directory = WitnessDirectory(folder / _WITNESS_FOLDER, _WITNESS_NAME)
        vkey = directory.keys[0].text
        directory.close()
        sections["witness"] = {"outside": [f"{WITNESS} {vkey} http://127.0.0.1:{_free_port()}"]}
        if has_openssl():
            authority = LocalAuthority(folder / _AUTHORITY_FOLDER)
            authority.make()
            url = f"http://127.0.0.1:{_free_port()}/"
            roots = str(authority.roots)
            sections["stamp"] = {"authorities": [f"{AUTHORITY} {url}"], "ca_file": roots}
    except (EvidenceError, AuthorityError, OSError) as error:
        logger.warning("the demo goes without a witness or an authority outside: %s", error)
    return sections


@contextlib.asynccontextmanager
async def serving_outside(store: Path, settings: Settings) -> AsyncIterator[None]:
    """Both answer until the context ends."""
    async with contextlib.AsyncExitStack() as stack:
        for line in settings.witness.outside:
            _, _, url = parse_outside(line)
            await stack.enter_async_context(_witness(store / _FOLDER / _WITNESS_FOLDER, _port(url)))
        for line in settings.stamp.authorities:
            authority = LocalAuthority(store / _FOLDER / _AUTHORITY_FOLDER)
            port = _port(line.partition(" ")[2])
            await stack.enter_async_context(authority.serving(port))
        yield


@contextlib.asynccontextmanager
async def _witness(folder: Path, port: int) -> AsyncIterator[None]:
    directory = await asyncio.to_thread(WitnessDirectory, folder)
    server = witness_server(directory, "127.0.0.1", port)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
        directory.close()


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def _free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
