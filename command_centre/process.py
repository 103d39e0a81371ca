"""Entry point of each process: ``python -m command_centre.process NAME --config FILE``.

The only place where adapters are wired to ports: which bus, which store, which recogniser. It
holds no behaviour of its own beyond starting, telling its pulse to the supervisor, and stopping in
order on SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path

from command_centre.process_state import FaultTeller
from command_centre.recorder_router import RecorderRouter
from command_centre.start_error import StartError
from command_centre.supervisor import EXIT_CONFIGURATION, process_names
from command_centre.zmq_bus import ZmqBus
from config.bus import Bus, BusError
from config.clock import SystemClock
from config.kept import load_site
from config.recorders import CENTRE_LOG, recorder_names, recorder_origin
from config.settings import Settings, SettingsError

logger = logging.getLogger(__name__)

_PULSE_S = 1.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: list[str] | None = None) -> int:
    """Run one process until SIGTERM. Exit status 78 when a person must change something first."""
    parser = argparse.ArgumentParser(prog="command_centre.process")
    parser.add_argument("name", help="recorder-1, ..., transcriber or centre")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--pulse-fd", type=int)
    parser.add_argument("--parent-pid", type=int)
    options = parser.parse_args(arguments)
    _die_with_parent(options.parent_pid)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for chatty in ("aioice", "aiortc", "httpx", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    pulse = _Pulse(options.pulse_fd)
    logging.getLogger().addHandler(FaultTeller(pulse.say))
    try:
        settings = load_site(options.config)
        if options.name not in process_names(settings.recorder.processes):
            raise StartError(f"no process {options.name} in this installation")
        asyncio.run(_run(options.name, settings, pulse))
    except (SettingsError, StartError, BusError) as error:
        logger.error("%s", error)
        pulse.say(f"error {error}")
        return EXIT_CONFIGURATION
    return 0


async def _run(name: str, settings: Settings, pulse: _Pulse) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    recorders = recorder_names(settings.recorder.processes)
    peers = process_names(settings.recorder.processes)
    async with (
        ZmqBus(settings.bus_path, name, peers, settings.bus.high_water) as line,
        _part(
            name,
            settings,
            line if name in recorders else RecorderRouter(line, recorders),
            stop.set,
            pulse.reading,
        ),
    ):
        pulse.say("ready")
        logger.info("%s %s ready", name, version("duizhi"))
        while not stop.is_set():
            pulse.say("beat")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PULSE_S):
                    await stop.wait()
        logger.info("%s stopping", name)


def _part(
    name: str,
    settings: Settings,
    bus: Bus,
    restart: Callable[[], None],
    reading: Callable[[], None],
) -> contextlib.AbstractAsyncContextManager[None]:
    """The process by its name; ``restart`` ends it, and the supervisor starts it again.

    ``reading`` tells the supervisor that a long log is being read.
    """
    if name in recorder_names(settings.recorder.processes):
        return _recorder(settings, bus, name, restart, reading)
    if name == CENTRE_LOG:
        return _centre(settings, bus, restart)
    return _PARTS[name](settings, bus, restart)


def _collect_seldom() -> None:
    """Frames are never in cycles, and there are thousands: looking for cycles costs a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@contextlib.asynccontextmanager
async def _recorder(
    settings: Settings,
    bus: Bus,
    name: str,
    restart: Callable[[], None],
    reading: Callable[[], None],
) -> AsyncIterator[None]:
    from command_centre.own_witness_service import witness_service_of
    from evidence_store.errors import EvidenceError
    from evidence_store.host_keys import open_host_keys
    from evidence_store.places import use_mirrors
    from evidence_store.rotation_order import carry_out
    from evidence_store.sealer import Sealer
    from evidence_store.store_format import ensure_format
    from evidence_store.writer import StoreWriter
    from recorder.pushes import PortTaken
    from recorder.service import RecorderService

    clock = SystemClock()
    root = settings.store_path / name
    try:
        ensure_format(settings.store_path)
        use_mirrors(settings.store_path, settings.mirror_paths)
        origin = recorder_origin(settings.recorder.log_origin, name)
        software = {"software": "duizhi", "version": version("duizhi"), "name": name}
        mirrors = [mirror / name for mirror in settings.mirror_paths]
        carry_out(
            *(settings.store_path, name, origin, software),
            gm=settings.crypto.gm,
            mirrors=mirrors,
        )
        writer = StoreWriter.open(
            root,
            origin=origin,
            sealer=Sealer.of_store(root, origin, settings.store.encryption),
            signer=open_host_keys(settings.store_path, name, gm=settings.crypto.gm),
            software=software,
            queue_jobs=settings.recorder.writer_queue_jobs,
            checkpoint_ms=settings.recorder.checkpoint_ms,
            session_keys=True,
            mirrors=mirrors,
            reading=reading,
        )
    except EvidenceError as error:
        raise StartError(str(error)) from error
    try:
        async with (
            witness_service_of(settings, bus, name),
            RecorderService(
                bus, writer, settings, clock, root, service=name, restart=restart, reading=reading
            ),
        ):
            _collect_seldom()
            yield
    except PortTaken as error:
        raise StartError(str(error)) from error
    finally:
        await asyncio.to_thread(writer.close)


@contextlib.asynccontextmanager
async def _transcriber(
    settings: Settings, bus: Bus, restart: Callable[[], None]
) -> AsyncIterator[None]:
    from transcription.engine_vosk import VoskEngine
    from transcription.errors import ModelError
    from transcription.model_directory import (
        chosen_models,
        find_speaker_model,
        is_missing,
    )
    from transcription.service import TranscriberService

    try:
        chosen = chosen_models(settings.transcription)
        speakers = find_speaker_model(settings.transcription.speaker_model)
        engine = await asyncio.to_thread(VoskEngine, chosen.pop("zh"), "zh", speakers)
        others = [
            await asyncio.to_thread(VoskEngine, path, language, speakers)
            for language, path in chosen.items()
            if not is_missing(path)
        ]
    except ModelError as error:
        raise StartError(str(error)) from error
    store = settings.store_path
    async with TranscriberService(
        *(bus, settings, engine, store, SystemClock(), others, restart),
        open_model=lambda path, language: VoskEngine(path, language, speakers),
    ):
        yield


@contextlib.asynccontextmanager
async def _watcher(
    settings: Settings, bus: Bus, _restart: Callable[[], None]
) -> AsyncIterator[None]:
    from recorder.watcher import Watcher

    async with Watcher(bus, settings.watch, SystemClock()).running():
        yield


@contextlib.asynccontextmanager
async def _centre(settings: Settings, bus: Bus, restart: Callable[[], None]) -> AsyncIterator[None]:
    from command_centre.web_server import serve_web

    async with serve_web(settings, bus, SystemClock(), restart):
        yield


_Part = Callable[[Settings, Bus, Callable[[], None]], contextlib.AbstractAsyncContextManager[None]]
_PARTS: dict[str, _Part] = {
    "transcriber": _transcriber,
    "watcher": _watcher,
}


class _Pulse:
    """Lines to the supervisor; silent when there is none."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self._read_at = 0.0  # when it was last said that a log is being read

    def reading(self) -> None:
        """A long log is being read: this is no hanging start. At most once a second."""
        now = time.monotonic()
        if now - self._read_at >= _PULSE_S:
            self._read_at = now
            self.say("reading")

    def say(self, line: str) -> None:
        if self._descriptor is None:
            return
        try:
            os.write(self._descriptor, line.replace("\n", " ").encode() + b"\n")
        except OSError:  # the supervisor is gone; the kernel's signal follows
            self._descriptor = None


def _die_with_parent(parent_pid: int | None) -> None:
    """Ask the kernel for SIGTERM when the supervisor dies, however it dies (prctl(2))."""
    if parent_pid is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_pid:  # it died before the call
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
