"""A recorder in a box: the real store, the real WebRTC path, an in-memory bus."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from config import messages as m
from config import recorder_messages as rm
from config.clock import SystemClock
from config.settings import Settings, load
from evidence_store.reader import LogReader
from evidence_store.signer import Ed25519Signer
from evidence_store.store_format import ensure_format
from evidence_store.verify import verify_path
from evidence_store.writer import StoreWriter
from recorder.ingest.clip import Clip
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import Accepted, SignallingError
from recorder.service import RecorderService
from tests.fakes.memory_bus import Exchange, MemoryBus

M = TypeVar("M", bound=msgspec.Struct)

TOPICS: dict[str, type[msgspec.Struct]] = {
    "media": m.LiveFragment,
    "audio": m.AudioBatch,
    "log": m.LogAppended,
    "protected": m.Protected,
    "state": m.SourceStatus,
    "process": m.ProcessNote,
}


class Heard:
    """Everything the recorder published, by topic."""

    def __init__(self) -> None:
        self.messages: dict[str, list[Any]] = defaultdict(list)

    def of(self, kind: str) -> list[Any]:
        """Messages of one kind of topic, for instance ``state``."""
        return self.messages[kind]

    async def until(self, condition: Callable[[], object], timeout_s: float = 15.0) -> None:
        """Wait for something to become true of what was heard."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.02)


class Lab:
    """One running recorder."""

    def __init__(
        self, service: RecorderService, writer: Any, bus: MemoryBus, root: Path, heard: Heard
    ) -> None:
        self.service = service
        self.writer = writer
        self.bus = bus
        self.root = root
        self.heard = heard

    async def ask(self, method: str, request: msgspec.Struct, kind: type[M]) -> M:
        """A request to the recorder."""
        reply = await self.bus.request(m.RECORDER, method, m.encode(request), timeout_s=20)
        return m.decode(reply, kind)

    async def open(self, session: str = "s-one", room: str = "room1") -> None:
        """Open a session."""
        await self.ask("open_session", opening(session, room), m.Done)

    async def close(self, session: str = "s-one") -> None:
        """Close a session."""
        closing = rm.CloseSession(session=session, closed_by="m", reason="done")
        await self.ask("close_session", closing, m.Done)

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        """The log, or its entries of one kind."""
        reader = LogReader(self.root / "log")
        found = [json.loads(raw) for raw in reader.opened(0, reader.checkpoint().size)]
        return [entry for entry in found if not kind or entry["kind"] == kind]

    def signalling(self, source: str = "cam", session: str = "s-one") -> BusSignalling:
        """WHIP without HTTP."""
        return BusSignalling(self, source, session)

    @contextlib.asynccontextmanager
    async def publishing(
        self, clip: Clip, source: str = "cam", session: str = "s-one"
    ) -> AsyncIterator[Publisher]:
        """A publisher while the context is open."""
        publisher = Publisher(clip, self.signalling(source, session))
        task = asyncio.create_task(publisher.run())
        try:
            yield publisher
        finally:
            publisher.stop()
            await task


class BusSignalling:
    """Carries offers over the bus, as the centre does."""

    def __init__(self, lab: Lab, source: str, session: str) -> None:
        self._lab = lab
        self._source = source
        self._session = session
        self.refusals: list[str] = []

    async def offer(self, sdp: str) -> Accepted:
        """See Signalling."""
        from config.bus import BusError

        request = whip_offer(sdp, self._source, self._session)
        try:
            answer = await self._lab.ask("whip_offer", request, rm.WhipAnswer)
        except BusError as error:
            self.refusals.append(str(error))
            raise SignallingError(str(error)) from error
        return Accepted(answer.sdp, answer.resource)

    async def delete(self, resource: str) -> None:
        """See Signalling."""
        await self._lab.ask(
            "whip_delete", rm.WhipDelete(source=self._source, resource=resource), m.Done
        )


def opening(session: str, room: str) -> rm.OpenSession:
    """A request to open a session."""
    return rm.OpenSession(
        session=session,
        case="case-1",
        case_number="1",
        room=room,
        room_name="Room",
        kind="interview",
        people=[rm.Person(name="A", role="interviewee")],
        opened_by="m",
        t_us=SystemClock().now_us(),
    )


def whip_offer(sdp: str, source: str = "cam", session: str = "s-one") -> rm.WhipOffer:
    """A request to answer an offer."""
    return rm.WhipOffer(
        source=source,
        source_name="Camera",
        source_kind="room_camera",
        session=session,
        room="room1",
        channels=["interviewer", "interviewee"],
        sdp=sdp,
    )


def lab_settings(store: Path, **recorder: Any) -> Settings:
    """Settings for a test."""
    values = {"segment_seconds": 1.0, "watchdog_seconds": 2.0, **recorder}
    return load(
        None,
        {
            "store": {
                "directory": str(store),
                "minimum_free_bytes": 1_000_000,
                "stop_free_bytes": 1_000_000,
            },
            "recorder": values,
        },
    )


def open_writer(store: Path) -> StoreWriter:
    """The real writer."""
    key = store / "keys" / "recorder-1.pem"
    key.parent.mkdir(parents=True, exist_ok=True)
    signer = Ed25519Signer.load(key) if key.exists() else Ed25519Signer.generate(key)
    return StoreWriter.open(
        store / "recorder-1",
        origin="test/recorder-1",
        signer=signer,
        software={"software": "duizhi", "version": "0", "name": "recorder"},
        queue_jobs=200,
        checkpoint_ms=20,
    )


@contextlib.asynccontextmanager
async def running(
    store: Path, *, writer: Any = None, disk: Any = None, **recorder: Any
) -> AsyncIterator[Lab]:
    """A recorder on a store; in the end the store must verify."""
    ensure_format(store)
    own = writer is None
    writer = writer or open_writer(store)
    exchange = Exchange()
    bus = exchange.bus()
    heard = Heard()
    root = store / "recorder-1"
    listening = asyncio.create_task(_listen(bus, heard))
    try:
        async with RecorderService(
            bus, writer, lab_settings(store, **recorder), SystemClock(), root, disk=disk
        ) as service:
            yield Lab(service, writer, bus, root, heard)
    finally:
        await asyncio.sleep(0.05)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        if own:
            await asyncio.to_thread(writer.close)
    if own:
        report = await asyncio.to_thread(verify_path, store)
        assert report.exit_code == 0, report.findings


async def _listen(bus: MemoryBus, heard: Heard) -> None:
    async with bus.subscribe(*(f"{topic}." for topic in TOPICS)) as subscription:
        async for topic, payload in subscription:
            kind = topic.partition(".")[0]
            heard.messages[kind].append(m.decode(payload, TOPICS[kind]))
