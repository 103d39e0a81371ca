"""The publishers of ``benchmarks.soak``: one process for several sources, with their troubles.

Everything is done at the sender: packets are left out (``loss``), all for a while (``cut``), the
connection is closed without a word (``reconnect``), or the clip becomes one of another size
(``size``). ``killed`` and ``pause`` are done by the parent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_centre.recorder_router import RecorderRouter
from command_centre.zmq_bus import ZmqBus
from config import messages as m
from config import recorder_messages as rm
from config.bus import BusError
from config.demo import CLIPS
from config.settings import load
from recorder.ingest.clip import Clip, ClipPacket
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import Accepted, SignallingError
from recorder.media import Kind

#: Troubles of the sources, by turns. A run of four has one of each.
TROUBLES: tuple[tuple[str, ...], ...] = (
    ("loss", "pause-video"),
    ("reconnect", "size"),
    ("killed",),
    ("cut", "pause"),
    ("loss", "reconnect"),
    ("size", "pause-audio"),
    (),
    ("loss", "cut", "pause"),
)
_CUT_S = 6.0
_RUNS = 4  # cuts or reconnects in a run


@dataclass
class Task:
    """One source."""

    source: str
    troubles: list[str]
    loss: float
    seconds: float


class SizeChange(Clip):
    """One clip, then another of a different size, on one clock and without a new connection."""

    def __init__(self, first: Clip, second: Clip, every_us: int) -> None:
        super().__init__(first.video, first.audio, first.loop_from_us)
        self._second = second
        self._every_us = every_us

    def packets_from(self, kind: Kind, position_us: int) -> Iterator[ClipPacket]:
        """By turns; the picture of each turn begins with its key frame."""
        if kind == "audio":
            yield from super().packets_from(kind, position_us)
            return
        while True:
            turn = position_us // self._every_us
            end_us = (turn + 1) * self._every_us
            clip = self._second if turn % 2 else None
            packets = (
                clip.packets_from(kind, position_us)
                if clip is not None
                else super().packets_from(kind, position_us)
            )
            for packet in packets:
                if packet.at_us >= end_us:
                    break
                yield packet
            position_us = end_us


class TroubledPublisher(Publisher):
    """Loses packets on purpose."""

    def __init__(self, clip: Clip, signalling: Any, task: Task) -> None:
        super().__init__(clip, signalling)
        self._task = task
        self._cut_until = 0.0

    async def _until_over(self, peer: Any) -> None:
        transport = peer.getSenders()[0].transport.transport
        send = transport._send
        loss = self._task.loss if "loss" in self._task.troubles else 0.0

        async def lossy(data: bytes) -> None:
            media = data and 127 < data[0] < 192
            if media and (time.monotonic() < self._cut_until or random.random() < loss):
                return
            await send(data)

        transport._send = lossy
        await super()._until_over(peer)

    async def troubles(self) -> None:
        """Cuts and reconnects, spread over the run."""
        for _ in range(_RUNS):
            await asyncio.sleep(self._task.seconds / (_RUNS + 1) * random.uniform(0.8, 1.1))
            if "cut" in self._task.troubles:
                self._cut_until = time.monotonic() + _CUT_S
            if "reconnect" in self._task.troubles:
                for peer in list(self.peers):
                    await peer.close()


class BusSignalling:
    """WHIP without HTTP: offers go to the recorder as the centre sends them."""

    def __init__(self, bus: RecorderRouter, source: str) -> None:
        self._bus = bus
        self._source = source

    async def offer(self, sdp: str) -> Accepted:
        """See Signalling."""
        request = rm.WhipOffer(
            source=self._source, source_name=self._source, source_kind="room_camera",
            session=f"s-{self._source}", room=f"room-{self._source}",
            channels=["interviewer", "interviewee"], sdp=sdp,
        )  # fmt: skip
        try:
            reply = await self._bus.request(
                m.RECORDER, "whip_offer", m.encode(request), timeout_s=10
            )
        except BusError as error:
            raise SignallingError(str(error)) from error
        answer = m.decode(reply, rm.WhipAnswer)
        return Accepted(answer.sdp, answer.resource)

    async def delete(self, resource: str) -> None:
        """See Signalling: the soak's sources are stopped with their sessions."""


async def _run(config: Path, tasks: list[Task]) -> None:
    settings = load(config)
    names = sorted(CLIPS.glob("*.mp4"))
    clips = [Clip.read(path) for path in names]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    own = f"soak-{tasks[0].source}"
    async with ZmqBus(settings.bus_path, own, ("recorder-1",), 2000) as line:
        bus = RecorderRouter(line, ("recorder-1",))
        publishers = []
        for task in tasks:
            clip = clips[hash_of(task.source) % len(clips)]
            if "size" in task.troubles:
                every_us = int(task.seconds * 1_000_000 / 4)
                clip = SizeChange(clips[0], half_size(), every_us)
            publishers.append(TroubledPublisher(clip, BusSignalling(bus, task.source), task))
        async with asyncio.TaskGroup() as group:
            for publisher in publishers:
                group.create_task(publisher.run())
            trouble = [group.create_task(publisher.troubles()) for publisher in publishers]
            await stop.wait()
            for one in trouble:
                one.cancel()
            for publisher in publishers:
                publisher.stop()


def hash_of(source: str) -> int:
    """The same on every run."""
    return int(source.rsplit("-", 1)[1])


def half_size() -> Clip:
    """A clip of another size than the demo's, made once a process."""
    import tempfile

    from tests.recorder.clip_maker import make_clip

    with tempfile.TemporaryDirectory() as folder:
        return Clip.read(make_clip(Path(folder) / "half.mp4", seconds=8.0, size=(320, 180)))


def main() -> int:
    """``python -m benchmarks._soak_publishers CONFIG TASKS``."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    for chatty in ("aioice", "aiortc"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    tasks = [Task(**one) for one in json.loads(sys.argv[2])]
    asyncio.run(_run(Path(sys.argv[1]), tasks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
