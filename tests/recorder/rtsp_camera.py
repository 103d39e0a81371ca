"""A small IP camera: serves clips over RTSP (interleaved TCP), with Digest or Basic login.

Real enough for FFmpeg, which the benchmark pulls with. Run as a program it serves until killed:
``python -m tests.recorder.rtsp_camera CLIP COUNT`` prints its port.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from struct import pack

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

from recorder.ingest.h264 import nal_units
from recorder.ingest.rtsp_stream import frame as interleaved
from recorder.ingest.rtsp_wire import Login, Message, parse_message, response

MTU = 1400
_NTP_EPOCH = 2_208_988_800


@dataclass(slots=True)
class Picture:
    """One access unit: when it is sent and shown (90 kHz), and its RTP payloads."""

    decoded: int
    shown: int
    payloads: list[bytes]
    key: bool


@dataclass(slots=True)
class Film:
    """What a camera sends, over and over."""

    pictures: list[Picture]
    length: int  # 90 kHz
    sound: list[tuple[int, int, bytes]] = field(default_factory=list)  # (90 kHz, RTP, payload)
    sound_lines: tuple[str, ...] = ()  # of the session description
    sound_rate: int = 8000


def read_film(path: Path) -> Film:
    """The H.264 of a file as RTP payloads (RFC 6184)."""
    pictures: list[Picture] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        to_annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            ticks = packet.time_base / Fraction(1, 90_000)
            decoded, shown = round(packet.dts * ticks), round(packet.pts * ticks)
            key = bool(packet.is_keyframe)
            for filtered in to_annex_b.filter(packet):
                units = nal_units(bytes(filtered))
                payloads = [p for unit in units for p in packetise(unit)]
                pictures.append(Picture(decoded, shown, payloads, key))
    first = pictures[0].decoded
    for picture in pictures:
        picture.decoded -= first
        picture.shown -= first
    step = pictures[1].decoded - pictures[0].decoded
    return Film(pictures, pictures[-1].decoded + step)


def with_sound(film: Film, codec: str) -> Film:
    """The same film with a beep in the first 100 ms of every second, in PCMA or AAC."""
    rate, size = (8000, 160) if codec == "PCMA" else (44_100, 1024)
    context = av.CodecContext.create("pcm_alaw" if codec == "PCMA" else "aac", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = rate
    context.layout = "mono"
    context.format = av.AudioFormat("s16" if codec == "PCMA" else "fltp")
    sound: list[tuple[int, int, bytes]] = []
    for number in range(film.length * rate // 90_000 // size):
        at = np.arange(number * size, (number + 1) * size) / rate
        beep = np.where(at % 1.0 < 0.1, 0.4, 0.0) * np.sin(2 * np.pi * 440 * at)
        if codec == "PCMA":
            whole = (beep * 32_767).astype(np.int16).reshape(1, -1)
            heard = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
        else:
            wave = beep.astype(np.float32).reshape(1, -1)
            heard = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        heard.sample_rate, heard.pts = rate, number * size
        heard.time_base = Fraction(1, rate)
        for packet in context.encode(heard):
            assert packet.pts is not None
            data = bytes(packet)
            if codec == "AAC":
                data = pack(">HH", 16, len(data) << 3) + data
            if packet.pts >= 0:
                sound.append((packet.pts * 90_000 // rate, packet.pts, data))
    if codec == "PCMA":
        lines: tuple[str, ...] = ("m=audio 0 RTP/AVP 8",)
    else:
        config = bytes(context.extradata or b"").hex()
        lines = (
            "m=audio 0 RTP/AVP 97",
            f"a=rtpmap:97 MPEG4-GENERIC/{rate}/1",
            "a=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
            f";config={config}",
        )
    return Film(film.pictures, film.length, sound, lines, rate)


def packetise(unit: bytes) -> Iterator[bytes]:
    """One NAL unit as single packet or FU-A."""
    if len(unit) <= MTU:
        yield unit
        return
    kind, position = unit[0], 1
    while position < len(unit):
        piece = unit[position : position + MTU - 2]
        start = 0x80 if position == 1 else 0
        end = 0x40 if position + len(piece) == len(unit) else 0
        yield bytes(((kind & 0xE0) | 28, start | end | (kind & 0x1F))) + piece
        position += len(piece)


@dataclass
class Camera:
    """One camera; change a field to make it misbehave."""

    film: Film
    user: str = ""
    password: str = ""
    basic: bool = False
    path: str = "/stream"
    silent: bool = False  # plays, but sends nothing
    codec: str = "H264"
    drop_every: int = 0  # leave out every n-th packet
    speed: float = 1.0
    requests: list[str] = field(default_factory=list)
    playing: int = 0
    logins_refused: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[int]:
        """Serve; yields the port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            self.hang_up()
            await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        nonce, received, player = secrets.token_hex(8), bytearray(), None
        try:
            while data := await reader.read(65_536):
                received += data
                while received:
                    if received[0] == 0x24:
                        size = 4 + int.from_bytes(received[2:4], "big")
                        if len(received) < size:
                            break
                        del received[:size]
                        continue
                    found = parse_message(received)
                    if found is None:
                        break
                    message, end = found
                    del received[:end]
                    self.requests.append(message.method)
                    writer.write(self._answer(message, nonce))
                    if message.method == "PLAY" and player is None:
                        player = asyncio.create_task(self._play(writer))
        except (ConnectionError, OSError):
            pass
        finally:
            if player is not None:
                player.cancel()
            writer.close()

    def _answer(self, message: Message, nonce: str) -> bytes:
        sequence = message.header("cseq")
        if self.user and message.method != "OPTIONS" and not self._allowed(message, nonce):
            asked = (
                'WWW-Authenticate: Basic realm="cam"'
                if self.basic
                else f'WWW-Authenticate: Digest realm="cam", nonce="{nonce}"'
            )
            if message.header("authorization"):
                self.logins_refused += 1
            return response("401 Unauthorized", sequence, asked)
        if message.method == "DESCRIBE":
            if not message.url.split("?")[0].endswith(self.path):
                return response("404 Not Found", sequence)
            base = f"Content-Base: {message.url}/"
            kind = "Content-Type: application/sdp"
            return response("200 OK", sequence, base, kind, body=self._description())
        if message.method == "SETUP":
            transport = message.header("transport")
            session = "Session: 1234;timeout=60"
            return response("200 OK", sequence, f"Transport: {transport}", session)
        return response("200 OK", sequence, "Session: 1234")

    def _allowed(self, message: Message, nonce: str) -> bool:
        login = Login(self.user, self.password)
        challenge = 'Basic realm="cam"' if self.basic else f'Digest realm="cam", nonce="{nonce}"'
        login.take([challenge])
        expected = login.header(message.method, message.url, "").partition(": ")[2]
        return message.header("authorization") == expected

    def _description(self) -> bytes:
        lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=camera", "t=0 0", "a=control:*"]
        lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {self.codec}/90000"]
        lines += ["a=fmtp:96 packetization-mode=1", "a=control:track1"]
        if self.film.sound_lines:
            lines += [*self.film.sound_lines, "a=control:track2"]
        return ("\r\n".join(lines) + "\r\n").encode()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        self.playing += 1
        if self.silent:
            return
        film = self.film
        video, audio = _Stream(0, 96, 90_000), _Stream(2, 0, film.sound_rate)
        if film.sound_lines:
            audio.payload_type = int(film.sound_lines[0].split()[-1])
        events: list[tuple[int, int, list[bytes], _Stream]] = [
            (picture.decoded, picture.shown, picture.payloads, video) for picture in film.pictures
        ]
        events += [(at, rtp, [payload], audio) for at, rtp, payload in film.sound]
        events.sort(key=lambda event: event[0])
        started, offset = time.monotonic(), 0
        while True:
            for at, rtp, payloads, stream in events:
                wait_s = started + (at + offset) / 90_000 / self.speed - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                shift = offset * stream.rate // 90_000
                writer.write(stream.frames(rtp + shift, payloads, self.drop_every))
                await writer.drain()
            offset += film.length


@dataclass(slots=True)
class _Stream:
    """One RTP stream."""

    channel: int
    payload_type: int
    rate: int
    sequence: int = field(default_factory=lambda: secrets.randbits(16))
    stamp: int = field(default_factory=lambda: secrets.randbits(32))
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    sent: int = 0
    reported_s: float = 0.0

    def frames(self, rtp: int, payloads: list[bytes], drop_every: int) -> bytes:
        """Interleaved packets of one picture or piece of sound, a report once a second."""
        rtp = (rtp + self.stamp) & 0xFFFFFFFF
        out: list[bytes] = []
        if time.monotonic() - self.reported_s >= 1.0:
            self.reported_s = time.monotonic()
            report = _sender_report(self.ssrc, rtp, self.sent)
            out.append(interleaved(self.channel + 1, report))
        for index, payload in enumerate(payloads):
            self.sequence = (self.sequence + 1) & 0xFFFF
            self.sent += 1
            if drop_every and self.sent % drop_every == 0:
                continue
            marker = 0x80 if index == len(payloads) - 1 else 0
            head = pack(">BBHII", 0x80, self.payload_type | marker, self.sequence, rtp, self.ssrc)
            out.append(interleaved(self.channel, head + payload))
        return b"".join(out)


def _sender_report(ssrc: int, rtp: int, packets: int) -> bytes:
    now = time.time() + _NTP_EPOCH
    ntp = int(now * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
    return pack(">BBHIQIII", 0x80, 200, 6, ssrc, ntp, rtp, packets, 0)


async def _main(path: Path) -> None:
    async with Camera(read_film(path)).serving() as port:
        print(port, flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
