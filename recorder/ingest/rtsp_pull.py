"""Pulls one camera over RTSP: login, description, set-up, play; media over the same TCP connection.

``RtspPull.open`` brings a camera to the point where it would play, ``play`` starts it into a sink.
Every way it can fail is a ``PullFailed`` with a stable word (``config.words.PullFault``), so that
people are told a wrong password from a camera that is switched off. Names, passwords and addresses
are never part of a message.

UDP, RTSP over TLS or HTTP, H.265 and RTSP 2.0 are not spoken.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable

from config.words import PullFault
from recorder.ingest import rtcp
from recorder.ingest.audio import can_hear, hear
from recorder.ingest.ordered_track import OrderedH264, OrderedTrack
from recorder.ingest.rtsp_sdp import Media, control_url, read_description
from recorder.ingest.rtsp_stream import InterleavedStream, frame
from recorder.ingest.rtsp_wire import (
    Address,
    Login,
    MalformedRtsp,
    Message,
    parse_message,
    request,
    response,
)
from recorder.ingest.socket_round import SocketRound
from recorder.ingest.transcoder import OpusTranscoder
from recorder.media import H264, Kind, MediaSink

CONNECT_S = 5.0  # to be connected, and again for each answer
KEEP_ALIVE_S = 20.0  # sessions last 60 s unless the camera says otherwise
REPORT_S = 5.0
_MOST_BYTES = 1 << 20  # of anything before the answer that is waited for
_AGENT = "User-Agent: Duizhi"


class PullFailed(Exception):
    """The camera cannot be pulled now; ``fault`` says why."""

    def __init__(self, fault: PullFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


class RtspPull:
    """One connection to a camera; a recorder ``Peer`` once it plays."""

    def __init__(self, address: Address, sock: socket.socket) -> None:
        self.media: list[Media] = []
        self.left_out: list[str] = []  # codecs offered that cannot be recorded
        self._address = address
        self._sock = sock
        self._login = Login(address.user, address.password)
        self._sequence = 0
        self._session = ""
        self._base = address.url
        self._received = bytearray()
        self._channels: list[tuple[Media, int, int]] = []
        self._stream: InterleavedStream | None = None
        self._sink: MediaSink | None = None
        self._round: SocketRound | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._alive_s = KEEP_ALIVE_S
        self._since_alive_s = 0.0
        self._transcoders: list[OpusTranscoder] = []
        self._ssrc = secrets.randbits(32)
        self._closed = False

    # --- until it plays -------------------------------------------------------------------

    @classmethod
    async def open(cls, address: Address) -> RtspPull:
        """Connect, log in and set up the tracks that can be recorded.

        Raises:
            PullFailed: see its ``fault``.
        """
        pull = cls(address, await _connect(address))
        try:
            await pull._describe()
            for media in pull.media:
                await pull._set_up(media)
        except BaseException:  # also when cancelled: no socket stays open; raised on
            pull._shut()
            raise
        return pull

    @property
    def kinds(self) -> list[Kind]:
        """The tracks that will come."""
        return [media.kind for media in self.media]

    async def _describe(self) -> None:
        answer = await self._ask("DESCRIBE", self._address.url, "Accept: application/sdp")
        base = answer.header("content-base") or answer.header("content-location")
        self._base = base if base.lower().startswith("rtsp://") else self._address.url
        try:
            described = read_description(answer.body.decode("utf-8", "replace"))
        except MalformedRtsp as error:
            raise PullFailed(PullFault.MALFORMED, str(error)) from error
        if described.control and described.control != "*":
            self._base = control_url(self._base, described.control)
        for media in described.media:
            if media.kind in self.kinds:
                continue
            usable = media.codec == H264 if media.kind == "video" else can_hear(media)
            if usable:
                self.media.append(media)
            else:
                self.left_out.append(media.codec or str(media.payload_type))
        if not self.media:
            offered = ", ".join(self.left_out) or "nothing"
            raise PullFailed(
                PullFault.UNSUPPORTED, f"expected H.264 from the camera, it offers {offered}"
            )

    async def _set_up(self, media: Media) -> None:
        channel = 2 * len(self._channels)
        wanted = f"Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        answer = await self._ask("SETUP", control_url(self._base, media.control), wanted)
        self._session, _, rest = answer.header("session").partition(";")
        for item in rest.split(";"):
            name, _, value = item.strip().partition("=")
            if name == "timeout" and value.isdigit() and int(value) > 0:
                self._alive_s = max(2.0, min(KEEP_ALIVE_S, int(value) / 2))
        first, second = channel, channel + 1
        for item in answer.header("transport").split(";"):
            name, _, value = item.strip().partition("=")
            low, _, high = value.partition("-")
            if name == "interleaved" and low.isdigit() and (high or low).isdigit():
                first, second = int(low), int(high or low)
        self._channels.append((media, first, second))

    async def play(
        self,
        sink: MediaSink,
        sockets: SocketRound,
        now_us: Callable[[], int],
    ) -> None:
        """Start the media into a sink; returns when the camera said that it plays.

        Raises:
            PullFailed: it does not.
        """
        await self._ask("PLAY", self._base, "Range: npt=0.000-")
        if self._closed:
            raise PullFailed(PullFault.REFUSED, "closed meanwhile")
        stream = InterleavedStream(sink.on_sender_report, self._bye, self._message)
        for media, first, second in self._channels:
            track, transcoder = make_track(media, sink)
            if transcoder is not None:
                self._transcoders.append(transcoder)
            stream.add(track, first, second)
        self._stream, self._sink, self._round = stream, sink, sockets
        rest, self._received = bytes(self._received), bytearray()
        sockets.add(self._sock, self)
        self._timer = asyncio.get_running_loop().call_later(REPORT_S, self._every_report)
        if rest:
            self.received(rest, now_us())

    async def _ask(self, method: str, url: str, *headers: str) -> Message:
        """One request and its answer, logging in when asked to."""
        tried = False
        while True:
            answer = await self._exchange(method, url, headers)
            if answer.status == 200:
                return answer
            if answer.status == 401:
                values = answer.headers.get("www-authenticate", [])
                if tried or not self._login.user:
                    raise PullFailed(PullFault.WRONG_PASSWORD, "the camera refuses the login")
                if not self._login.take(values):
                    raise PullFailed(
                        PullFault.REFUSED, "the camera asks for a login of an unknown kind"
                    )
                tried = True
                continue
            raise _refusal(answer.status)

    async def _exchange(self, method: str, url: str, headers: tuple[str, ...]) -> Message:
        self._send(self._request(method, url, headers))
        try:
            async with asyncio.timeout(CONNECT_S):
                return await self._answer()
        except TimeoutError as error:
            raise PullFailed(PullFault.UNREACHABLE, "the camera does not answer") from error
        except OSError as error:
            raise PullFailed(PullFault.UNREACHABLE, "the connection broke") from error
        except MalformedRtsp as error:
            raise PullFailed(PullFault.MALFORMED, str(error)) from error

    async def _answer(self) -> Message:
        loop = asyncio.get_running_loop()
        taken = 0
        while True:
            message = self._next_message()
            if message is not None and message.status:
                if message.header("cseq") in ("", str(self._sequence)):
                    return message
                continue
            if message is not None:
                continue
            data = await loop.sock_recv(self._sock, 65_536)
            taken += len(data)
            if not data:
                raise ConnectionResetError
            if taken > _MOST_BYTES:
                raise MalformedRtsp("no answer, but other data without end")
            self._received += data

    def _next_message(self) -> Message | None:
        """The next message in what came; media before it is passed over."""
        received = self._received
        while len(received) >= 4 and received[0] == 0x24:
            size = 4 + (received[2] << 8 | received[3])
            if len(received) < size:
                return None
            del received[:size]
        if not received:
            return None
        found = parse_message(received)
        if found is None:
            return None
        message, end = found
        del received[:end]
        return message

    def _request(self, method: str, url: str, headers: tuple[str, ...] = ()) -> bytes:
        self._sequence += 1
        lines = [_AGENT, *headers]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._login.challenge:
            lines.append(self._login.header(method, url, secrets.token_hex(8)))
        return request(method, url, self._sequence, *lines)

    def _send(self, data: bytes) -> None:
        """Requests and reports are small; when even they do not fit the camera is gone."""
        with contextlib.suppress(OSError):  # reading finds out and says so
            self._sock.send(data)

    # --- while it plays -------------------------------------------------------------------

    @property
    def bytes_received(self) -> int:
        """Media bytes so far."""
        return self._stream.bytes_received if self._stream is not None else 0

    def request_key_frame(self) -> None:
        """RTSP has no way to ask for one."""

    def received(self, data: bytes, now_us: int) -> None:
        """See Reader."""
        if self._stream is None:
            return
        try:
            self._stream.feed(data, now_us)
        except MalformedRtsp:
            self._end("failed")

    def disconnected(self) -> None:
        """See Reader."""
        self._end("closed")

    async def close(self) -> None:
        """Say goodbye and let go; idempotent."""
        if not self._closed and self._session:
            self._send(self._request("TEARDOWN", self._base))
        self._shut()

    def _shut(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for transcoder in self._transcoders:
            transcoder.close()
        if self._round is not None:
            self._round.remove(self._sock)
        self._sock.close()

    def _end(self, reason: str) -> None:
        if self._closed:
            return
        self._shut()
        if self._sink is not None:
            self._sink.on_ended(reason)

    def _bye(self) -> None:
        self._end("bye")

    def _message(self, message: Message) -> None:
        if message.method:  # some cameras ask whether we are there
            self._send(response("200 OK", message.header("cseq")))
        elif message.status == 401:
            self._login.take(message.headers.get("www-authenticate", []))

    def _every_report(self) -> None:
        """A receiver report, and a sign of life as often as the camera wants."""
        self._timer = asyncio.get_running_loop().call_later(
            min(REPORT_S, self._alive_s), self._every_report
        )
        assert self._stream is not None
        for (_, _, channel), track in zip(self._channels, self._stream.tracks, strict=True):
            if track.ssrc is not None:
                block = rtcp.ReportBlock(track.ssrc, 0, 0, track.highest, 0, 0, 0)
                self._send(frame(channel, rtcp.receiver_report(self._ssrc, [block])))
        self._since_alive_s += min(REPORT_S, self._alive_s)
        if self._since_alive_s >= self._alive_s:
            self._since_alive_s = 0.0
            self._send(self._request("GET_PARAMETER", self._base))


def make_track(media: Media, sink: MediaSink) -> tuple[OrderedTrack, OpusTranscoder | None]:
    """What takes a section's packets, and the transcoder of its sound, to be closed."""
    if media.kind == "audio":
        return hear(media, sink)
    sets = media.parameter_sets
    return OrderedH264(media.payload_type, sink.on_frame, sink.on_lost, sets), None


async def _connect(address: Address) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_S):
            found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            family, kind, protocol, _, target = found[0]
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await loop.sock_connect(sock, target)
            except BaseException:  # also when cancelled: no socket stays open; raised on
                sock.close()
                raise
            return sock
    except (TimeoutError, OSError) as error:
        raise PullFailed(PullFault.UNREACHABLE, "the camera cannot be reached") from error


def _refusal(status: int) -> PullFailed:
    if status in (404, 410):
        return PullFailed(PullFault.NOT_FOUND, "the camera has no stream at this address")
    if status in (401, 403):
        return PullFailed(PullFault.WRONG_PASSWORD, "the camera refuses the login")
    return PullFailed(PullFault.REFUSED, f"the camera answers {status}")
