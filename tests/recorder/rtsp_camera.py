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
    sound: list[tuple[int, bytes]] = field(default_factory=list)  # (90 kHz, payload)
    sound_map: str = ""  # rtpmap and payload type of the sound, "0 PCMU/8000"


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
        if self.film.sound_map:
            number, _, name = self.film.sound_map.partition(" ")
            lines += [f"m=audio 0 RTP/AVP {number}", f"a=rtpmap:{number} {name}"]
            lines += ["a=control:track2"]
        return ("\r\n".join(lines) + "\r\n").encode()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        self.playing += 1
        if self.silent:
            return
        started, offset = time.monotonic(), 0
        sequence, stamp, ssrc = secrets.randbits(16), secrets.randbits(32), secrets.randbits(32)
        sent, reported = 0, -1.0
        while True:
            for picture in self.film.pictures:
                at_s = (picture.decoded + offset) / 90_000 / self.speed
                wait_s = started + at_s - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                shown = (picture.shown + offset + stamp) & 0xFFFFFFFF
                out: list[bytes] = []
                if at_s - reported >= 1.0:
                    reported = at_s
                    out.append(interleaved(1, _sender_report(ssrc, shown, sent)))
                last = len(picture.payloads) - 1
                for index, payload in enumerate(picture.payloads):
                    sequence = (sequence + 1) & 0xFFFF
                    sent += 1
                    if self.drop_every and sent % self.drop_every == 0:
                        continue
                    marker = 0x80 if index == last else 0
                    head = pack(">BBHII", 0x80, 96 | marker, sequence, shown, ssrc)
                    out.append(interleaved(0, head + payload))
                writer.write(b"".join(out))
                await writer.drain()
            offset += self.film.length


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
