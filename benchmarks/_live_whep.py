"""The peer of ``benchmarks.live``: viewers served by stock aiortc, and the process that watches.

``serve``: one ``RTCPeerConnection`` a viewer, each with aiortc's own sender fed encoded packets of
the clip (nothing is encoded again), as a WHEP server made of aiortc does. ``watch``: as many
receivers that unprotect and drop. Offers and answers go over standard input and output, a line of
JSON each, carried by the benchmark.

Run: python -m benchmarks._live_whep serve CLIP VIEWERS | watch VIEWERS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from recorder.ingest.clip import Clip
from recorder.ingest.webrtc_peer import WebRtcPeer
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import Accepted
from recorder.media import EncodedFrame, Kind, SenderReport


class _Lines:
    """JSON lines of this process; answers are matched by number."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[str]] = {}

    def say(self, number: int, sdp: str) -> None:
        print(json.dumps([number, sdp]), flush=True)

    async def ask(self, number: int, sdp: str) -> str:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.say(number, sdp)
        return await future

    def answered(self, line: str) -> None:
        number, sdp = json.loads(line)
        self._waiting.pop(number).set_result(sdp)


class _Signalling:
    def __init__(self, lines: _Lines, number: int) -> None:
        self._lines = lines
        self._number = number

    async def offer(self, sdp: str) -> Accepted:
        return Accepted(await self._lines.ask(self._number, sdp), "")

    async def delete(self, resource: str) -> None:
        """Nobody keeps it."""


async def _serve(clip: Clip, viewers: int) -> None:
    lines = _Lines()
    senders = [Publisher(clip, _Signalling(lines, number)) for number in range(viewers)]
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    while line := await asyncio.to_thread(sys.stdin.readline):
        lines.answered(line)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Counted:
    """A sink that only counts pictures."""

    def __init__(self) -> None:
        self.pictures = 0

    def on_frame(self, frame: EncodedFrame) -> None:
        self.pictures += frame.kind == "video"

    def on_sender_report(self, report: SenderReport) -> None:
        """Of no use here."""

    def on_lost(self, kind: Kind, packets: int) -> None:
        """Seen in the count."""

    def on_ended(self, reason: str) -> None:
        """Seen in the count."""


async def _watch() -> None:
    def now_us() -> int:
        return time.monotonic_ns() // 1000

    lines, sinks, peers = _Lines(), [], []
    while line := await asyncio.to_thread(sys.stdin.readline):
        number, sdp = json.loads(line)
        sinks.append(_Counted())
        peers.append(
            await WebRtcPeer.accept(
                sdp, sinks[-1], now_us, bits_per_s=4_000_000, key_frame_us=2_000_000
            )
        )
        lines.say(number, peers[-1].answer)
    print(json.dumps([-1, str(min(sink.pictures for sink in sinks))]), flush=True)
    await asyncio.gather(*(peer.close() for peer in peers))


def main() -> None:
    """One of the two roles."""
    if sys.argv[1] == "serve":
        asyncio.run(_serve(Clip.read(Path(sys.argv[2])), int(sys.argv[3])))
    else:
        asyncio.run(_watch())


if __name__ == "__main__":
    main()
