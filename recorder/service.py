"""The recorder as the other processes see it: requests in, messages out.

``RecorderService`` composes sessions, recordings and the store around the ports it is handed
(bus, writer, clock). It has no idea of HTTP, accounts or cases. Requests run concurrently on one
event loop; every refusal is ``Refused`` with a stable code (see ``recorder.errors``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType

from config import messages as m
from config import recorder_messages as rm
from config.bus import Bus, Refused
from config.clock import Clock
from config.recorders import recorder_name
from config.settings import Settings
from evidence_store.reader import LogReader
from recorder.appender import Appender
from recorder.clock import SteadyClock
from recorder.connection import Connection, Peer
from recorder.disk_watch import DiskWatch
from recorder.errors import (
    BadRequest,
    ConnectionUnknown,
    DiskFull,
    RecorderError,
    Restarting,
    RetentionRefused,
    SessionClosed,
    SessionsOpen,
    SessionUnknown,
    SourceBusy,
    TooManySources,
)
from recorder.history import History, LogSource, read_history
from recorder.ingest.webrtc_peer import WebRtcPeer
from recorder.journal import Appended, Draft, Journal, Writer, as_recorder_error
from recorder.key_order import KeyOrder
from recorder.late import LateFiler
from recorder.outlet import Outlet
from recorder.parts import Arrival, Description, Parts
from recorder.pulls import Pulls
from recorder.pushes import Pushes
from recorder.recording import Recording
from recorder.retention import RetentionEnder
from recorder.session import DRAIN_S, Session
from recorder.space_left import SpaceLeft
from recorder.whip import WhipResources

logger = logging.getLogger(__name__)

WATCH_S = 0.25
_CLOSED_KEPT = 200
_SEGMENTS_MAX = 500
_READ_MAX = 2000


class RecorderService:
    """An async context manager; serves while it is open.

    When the writer has stopped for good the context is cancelled and raises its ``StoreError``:
    only a new process, through recovery, may go on. Leaving the context makes durable what was
    received and keeps sessions open in the log: the next process goes on with them, and declares
    the time between as a gap.
    """

    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        settings: Settings,
        clock: Clock,
        media_root: Path,
        *,
        log: LogSource | None = None,
        disk: DiskWatch | None = None,
        service: str = m.RECORDER,
        restart: Callable[[], None] | None = None,
        reading: Callable[[], None] = lambda: None,
    ) -> None:
        """``restart`` ends this process, which is then started again.

        ``reading`` is called, in another thread, for each page of the log read before it serves.
        """
        self._bus = bus
        self._writer = writer
        self._settings = settings.recorder
        self._clock = SteadyClock(clock)
        self._root = media_root
        self._log_name = media_root.name
        self._service = service
        self._reading = reading
        self._log: LogSource = log or LogReader(media_root / "log")
        self._space_left = SpaceLeft(media_root, writer, settings, disk)
        self._journal = Journal(writer, self._clock)
        self._outlet = Outlet(bus)
        self._sessions: dict[str, Session] = {}
        self._closed: OrderedDict[str, Session | None] = OrderedDict()
        self._sealed: set[str] = set()  # ids of those pushed out of ``_closed``
        self._negotiating: set[str] = set()
        self._whip = WhipResources()
        self._opening = asyncio.Lock()
        self._key_order = KeyOrder(media_root.parent, media_root.name, restart)
        self._store_trouble = ""  # of segments
        self._tick_trouble = ""
        self._degraded = ""
        mirrors = [mirror / media_root.name for mirror in settings.mirror_paths]
        self._retention = RetentionEnder(self._journal, [media_root, *mirrors])
        self._appender = self._make_appender({})
        self._late = LateFiler(self._journal, media_root)
        self._pulls = Pulls(self.admit, self._clock.now_us)
        self.pushes = Pushes(bus, self.admit, self._clock.now_us)
        self._stack = contextlib.AsyncExitStack()
        self._tasks = asyncio.TaskGroup()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.Task[None] | None = None
        self._methods = self._all_methods()

    # --- life -----------------------------------------------------------------------------

    async def __aenter__(self) -> RecorderService:
        self._loop = asyncio.get_running_loop()
        history = await asyncio.to_thread(read_history, self._log, self._log_name, self._reading)
        self._resume(history)
        self._writer.on_appended(self._appended)
        await self._stack.enter_async_context(self._bus.serve(self._service, self._handle))
        await self._tasks.__aenter__()
        self._watch = self._tasks.create_task(self._watch_for_ever())
        if self._service in (m.RECORDER, recorder_name(1)):  # one process has the ports
            ports = self._settings
            self.pushes.start(ports.push_bind, ports.rtmp_port, ports.rtsp_port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
        await self._pulls.stop()
        await self.pushes.stop()
        if self._watch is not None:
            self._watch.cancel()
        drain_s = DRAIN_S if self._journal.failure is None else 0.0
        await asyncio.gather(*(s.suspend(drain_s) for s in self._sessions.values()))
        self._loop = None
        cancelled = kind is asyncio.CancelledError  # perhaps by our own watch, which then failed
        try:
            await self._tasks.__aexit__(*((kind, error, trace) if cancelled else (None,) * 3))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    def _make_appender(self, known: dict[bytes, int]) -> Appender:
        return Appender(
            self._journal,
            self._log,
            known,
            self._log_name,
            sealed=self._is_sealed,
            ended=self._retention.has_ended,
        )

    def _resume(self, history: History) -> None:
        self._retention.resume(history.ended)
        self._appender = self._make_appender(history.appended)
        for closed in history.closed:
            self._closed[closed] = None
        for past in history.open:
            self._sessions[past.session] = Session.resume(past, self._parts())
            logger.info("session %s goes on", past.session)
        self._space_left.keep_only(list(self._sessions))

    def _parts(self) -> Parts:
        settings = self._settings
        return Parts(
            journal=self._journal,
            outlet=self._outlet,
            now_us=self._clock.now_us,
            may_write=lambda: self._space_left.may_write,
            on_trouble=self._trouble,
            release=self._release,
            segment_us=int(settings.segment_seconds * 1_000_000),
            fragment_ms=settings.fragment_ms,
            watchdog_us=int(settings.watchdog_seconds * 1_000_000),
            idle_us=int(settings.idle_seconds * 1_000_000),
            store_name=self._log_name,
            taken=lambda path: (self._root / path).exists(),
        )

    def _appended(self, first_index: int, size: int, entries: list[bytes]) -> None:
        """In the writer's thread."""
        loop = self._loop
        if loop is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
            loop.call_soon_threadsafe(
                self._outlet.appended, self._log_name, first_index, size, entries
            )

    def _release(self, peer: Peer) -> None:
        """Close a connection without waiting for it."""
        self._tasks.create_task(_close_peer(peer))

    # --- the passing of time --------------------------------------------------------------

    async def _watch_for_ever(self) -> None:
        second_us = self._clock.mono_us()
        while True:
            await asyncio.sleep(WATCH_S)
            now_us = self._clock.now_us()
            for recording in self._recordings():
                recording.watch(now_us)
            if self._clock.mono_us() - second_us < 1_000_000:
                continue
            second_us = max(second_us + 1_000_000, self._clock.mono_us() - 1_000_000)
            self._every_second(now_us)

    def _every_second(self, now_us: int) -> None:
        self._space_left.measure()
        for recording in self._recordings():
            recording.sample(now_us)
        failure = self._journal.failure
        if failure is not None:
            raise failure
        self._look_at_space(now_us)
        if not self._sessions and not self._opening.locked():
            self._key_order.take_up()
        open_sessions = [s for s in self._sessions.values() if not s.sealing]
        ticks = [(session, session.tick(self._space_left.free_bytes)) for session in open_sessions]
        if ticks:
            clocks = [draft for session in open_sessions if (draft := session.clock()) is not None]
            submitted = self._journal.submit([*(tick for _, tick in ticks), *clocks])
            submitted.add_done_callback(lambda done: self._ticked(done, ticks))
        self._tell_how_it_is()

    def _look_at_space(self, now_us: int) -> None:
        """A change of level is an entry."""
        open_s = {s.session: (now_us - s.opened_us) / 1_000_000 for s in self._sessions.values()}
        bits_per_s = sum(recording.status().bits_per_s for recording in self._recordings())
        changed = self._space_left.look(open_s, bits_per_s)
        if changed is not None:
            kind, body = changed
            logger.warning("%s: %.1f hours are left", kind, self._space_left.space.hours)
            draft = self._journal.draft(kind, "", "", body)
            self._journal.submit([draft]).add_done_callback(_look_at_result)

    def _ticked(
        self, done: asyncio.Future[list[Appended]], ticks: list[tuple[Session, Draft]]
    ) -> None:
        error = None if done.cancelled() else done.exception()
        for session, tick in ticks:
            session.ticked(tick, stored=error is None and not done.cancelled())
        self._tick_trouble = as_recorder_error(error).code if error is not None else ""
        if error is not None:
            logger.warning("a tick could not be stored: %s", error)
        self._tell_how_it_is()

    def _trouble(self, error: BaseException | None) -> None:
        if error is not None:
            self._store_trouble = as_recorder_error(error).code
        self._tell_how_it_is()

    def _tell_how_it_is(self) -> None:
        if not any(recording.troubled for recording in self._recordings()):
            self._store_trouble = self._tick_trouble
        code = self._store_trouble if self._space_left.may_write else DiskFull.code
        if code == self._degraded:
            return
        self._degraded = code
        word = "degraded" if code else "recovered"
        now_us = self._clock.now_us()
        self._outlet.note(m.ProcessNote(name=m.RECORDER, code=word, detail=code, t_us=now_us))
        for recording in self._recordings():
            self._outlet.state(recording.status())

    def _recordings(self) -> list[Recording]:
        return [recording for session in self._sessions.values() for recording in session]

    # --- requests -------------------------------------------------------------------------

    def _all_methods(self) -> dict[str, Callable[[bytes], Awaitable[m.Message]]]:
        return {
            "open_session": self._open_session,
            "close_session": self._close_session,
            "whip_offer": self._whip_offer,
            "whip_patch": self._whip_patch,
            "whip_delete": self._whip_delete,
            "end_source": self._end_source,
            "append": self._append,
            "read_log": self._read_log,
            "status": self._status,
            "live_cache": self._live_cache,
            "live_watch": self._live_watch,
            "segments": self._segments,
            "pull_plan": self._pull_plan,
            "pause_room": self._pause_room,
            "resume_room": self._resume_room,
            "find_session": self._find_session,
            "file_late": self._file_late,
            "file_document": self._file_document,
            "end_retention": self._end_retention,
            "rotate_key": self._rotate_key,
            "start_again": self._start_again,
        }

    async def _handle(self, method: str, payload: bytes) -> bytes:
        serve = self._methods.get(method)
        if serve is None:
            raise Refused(BadRequest.code, f"no method {method}")
        try:
            return m.encode(await serve(payload))
        except m.MalformedMessage as error:
            raise Refused(BadRequest.code, str(error)) from error
        except RecorderError as error:
            raise Refused(error.code, str(error)) from error

    async def _open_session(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.OpenSession)
        async with self._opening:
            if self._key_order.restarting:
                raise Restarting("the recorder starts again; ask again in a few seconds")
            if request.session in self._closed or request.session in self._sealed:
                raise SessionClosed(f"session {request.session} is sealed; open a new one")
            if request.session not in self._sessions:
                self._space_left.require_minimum()
                await asyncio.to_thread(self._space_left.book, request.session)
                try:
                    session = await Session.open(request, self._parts())
                except BaseException:  # also when cancelled: the reserve is given back, raised on
                    self._space_left.release(request.session)
                    raise
                self._sessions[request.session] = session
        return m.Done()

    async def _rotate_key(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.RotateKey)
        self._key_order.check(request.log)
        async with self._opening:
            if self._sessions:
                raise SessionsOpen("close the sessions that are still open first")
            await self._key_order.take()
        return m.Done()

    async def _start_again(self, payload: bytes) -> m.Message:
        m.decode(payload, m.StartAgain)
        async with self._opening:
            if self._sessions:
                raise SessionsOpen("close the sessions that are still open first")
            self._key_order.start_again()
        return m.Done()

    async def _close_session(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.CloseSession)
        if request.session in self._closed or request.session in self._sealed:
            return m.Done()
        session = self._session(request.session)
        await session.close(request)
        self._sessions.pop(request.session, None)
        self._space_left.release(request.session)
        self._closed[request.session] = session
        while len(self._closed) > _CLOSED_KEPT:
            self._sealed.add(self._closed.popitem(last=False)[0])
        return m.Done()

    async def _pause_room(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.PauseRoom)
        return await self._session(request.session).pause(request)

    async def _resume_room(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.ResumeRoom)
        return await self._session(request.session).resume_room(request)

    async def _whip_offer(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.WhipOffer)
        recording = self.admit(request)
        self._negotiating.add(request.source)
        try:
            return await self._accept(request, recording)
        finally:
            self._negotiating.discard(request.source)

    def admit(self, request: Arrival) -> Recording:
        """The recording a source may publish into now.

        Raises:
            RecorderError: its session is not open, it is busy, or there is no room.
        """
        session = self._session(request.session)
        if session.closing:
            raise SessionClosed(f"session {request.session} is being closed")
        self._check_room_for(request.source)  # first: what is refused leaves no trace
        return session.recording(
            Description(
                request.session,
                session.room,
                request.source,
                request.source_name,
                request.source_kind,
                tuple(request.channels),
            )
        )

    async def _accept(self, request: rm.WhipOffer, recording: Recording) -> rm.WhipAnswer:
        connection = Connection(recording, self._clock.now_us())
        peer = await WebRtcPeer.accept(
            request.sdp,
            connection,
            self._clock.now_us,
            bits_per_s=self._settings.receive_bits_per_s,
            key_frame_us=int(self._settings.key_frame_seconds * 1_000_000),
        )
        if recording.closed:
            await peer.close()
            raise SessionClosed(f"session {request.session} was closed meanwhile")
        connection.peer = peer
        connection.kinds = peer.kinds
        connection.resource = peer.resource
        connection.opened_us = self._clock.now_us()
        recording.attach(connection)
        self._whip.add(request.source, peer)
        return rm.WhipAnswer(sdp=peer.answer, resource=peer.resource, etag=peer.etag)

    def _check_room_for(self, source: str) -> None:
        if not self._space_left.may_write:
            raise DiskFull("the disk is full; free some space, then publish again")
        live = [r for r in self._recordings() if r.busy]
        same = any(r.description.source == source for r in live)
        if same or source in self._negotiating:
            raise SourceBusy(f"another publisher is live on {source}; stop it first")
        if len(live) + len(self._negotiating) >= self._settings.max_sources:
            raise TooManySources(f"{self._settings.max_sources} sources are live already")

    async def _whip_patch(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.WhipPatch)
        peer = self._whip.live(request.source, request.resource)
        patched = await peer.patch(request.if_match, request.fragment)
        return rm.WhipPatched(etag=patched.etag, fragment=patched.fragment)

    async def _whip_delete(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.WhipDelete)
        self._whip.check(request.source, request.resource)
        self._whip.end(request.resource)
        for recording in self._recordings():
            connection = recording.connection
            if connection is not None and connection.resource == request.resource:
                recording.ended(connection, "deleted")
        return m.Done()

    async def _end_source(self, payload: bytes) -> m.Message:
        source = m.decode(payload, rm.EndSource).source
        for recording in self._recordings():
            connection = recording.connection
            if connection is not None and recording.description.source == source:
                recording.ended(connection, "deleted")
                return m.Done()
        raise ConnectionUnknown(f"nothing is live on {source}")

    async def _pull_plan(self, payload: bytes) -> m.Message:
        self._pulls.carry_out(m.decode(payload, rm.PullPlan))
        return m.Done()

    async def _append(self, payload: bytes) -> m.Message:
        return await self._appender.append(m.decode(payload, rm.Append))

    async def _read_log(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.ReadLog)
        if not 1 <= request.limit <= _READ_MAX or request.first_index < 0:
            raise BadRequest(f"expected first_index >= 0 and limit 1..{_READ_MAX}")
        size, entries = await asyncio.to_thread(self._page, request.first_index, request.limit)
        return rm.LogPage(
            log=self._log_name, first_index=request.first_index, size=size, entries=entries
        )

    def _page(self, first: int, limit: int) -> tuple[int, list[bytes]]:
        size = self._log.checkpoint().size
        return size, self._log.opened(first, min(limit, max(0, size - first)))

    async def _status(self, payload: bytes) -> m.Message:
        m.decode(payload, rm.StatusRequest)
        sources = [recording.status() for recording in self._recordings()]
        return rm.RecorderStatus(
            log=self._log_name,
            size=self._journal.size,
            sessions=list(self._sessions),
            sources=sources,
            disk_free_bytes=self._space_left.free_bytes,
            disk_hours_left=self._space_left.space.hours,
            degraded=self._degraded,
            space=self._space_left.space.level,
            disks_failed=sum(not one["in_use"] for one in self._writer.directories),
            writing=self._writer.waiting,
            writing_limit=self._settings.writer_queue_jobs,
            max_sources=self._settings.max_sources,
        )

    async def _live_cache(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.LiveCacheRequest)
        for recording in self._recordings():
            if recording.description.source == request.source:
                recording.look()
                fragments = recording.live()
                if fragments:
                    return rm.LiveCache(fragments=fragments)
        return rm.LiveCache(fragments=[])

    async def _live_watch(self, payload: bytes) -> m.Message:
        watched = set(m.decode(payload, rm.LiveWatch).sources)
        for recording in self._recordings():
            if recording.description.source in watched:
                recording.look()
        return m.Done()

    async def _segments(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.SegmentsRequest)
        session = self._sessions.get(request.session) or self._closed.get(request.session)
        if session is None:
            raise SessionUnknown(f"no session {request.session} in this recorder's memory")
        recording = session.recordings.get(request.source)
        wanted = session.segments(request.source, request.from_us, _SEGMENTS_MAX)
        return rm.Segments(
            segments=wanted,
            room=session.room,
            channels=list(recording.description.channels) if recording is not None else [],
            open=not session.closed,
        )

    async def _find_session(self, payload: bytes) -> m.Message:
        session = m.decode(payload, rm.FindSession).session
        known = session in self._sessions or session in self._closed or session in self._sealed
        return rm.SessionFound(known=known)

    async def _file_late(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.FileLate)
        if not self._space_left.may_write:
            raise DiskFull("the disk is full; free some space, then file again")
        return await self._late.file(request, self._sessions.get(request.session))

    async def _file_document(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.FileDocument)
        if not self._space_left.may_write:
            raise DiskFull("the disk is full; free some space, then file again")
        return await self._appender.file_document(request)

    async def _end_retention(self, payload: bytes) -> m.Message:
        request = m.decode(payload, rm.EndRetention)
        if request.session in self._sessions:
            raise RetentionRefused("the session is open")
        return await self._retention.end(request)

    def _is_sealed(self, name: str) -> bool:
        """Closed, or about to be: no step of a person is written behind that."""
        session = self._sessions.get(name)
        if session is not None:
            return session.sealing or session.closed
        return name in self._closed or name in self._sealed

    def _session(self, name: str) -> Session:
        session = self._sessions.get(name)
        if session is not None:
            return session
        if name in self._closed or name in self._sealed:
            raise SessionClosed(f"session {name} is sealed; open a new one")
        raise SessionUnknown(f"no open session {name}")


async def _close_peer(peer: Peer) -> None:
    try:
        await peer.close()
    except (OSError, ConnectionError) as error:
        logger.debug("closing a connection: %s", error)


def _look_at_result(done: asyncio.Future[list[Appended]]) -> None:
    if not done.cancelled() and done.exception() is not None:
        logger.warning("a change of the space left could not be stored: %s", done.exception())
