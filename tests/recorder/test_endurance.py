"""What must not be lost: restart, full disk, slow disk, loss, hostile datagrams, many cycles."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import random
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import av
import psutil
import pytest

from config import messages as m
from config import recorder_messages as rm
from config.bus import Refused
from evidence_store.errors import DiskFull, QueueFull, StoreClosed, StoreError
from evidence_store.writer import Appended, Draft, StoreWriter
from recorder.disk_watch import DiskWatch
from recorder.ingest.clip import Clip
from recorder.ingest.webrtc_publisher import Publisher
from tests.recorder.clip_maker import make_clip
from tests.recorder.harness import Lab, open_writer, opening, running, whip_offer
from tests.recorder.test_end_to_end import OFFER, check_account, file_of, segments_of


class TroubledWriter:
    """The real writer behind a disk that can be made full or slow."""

    def __init__(self, writer: StoreWriter) -> None:
        self._writer = writer
        self.refuse: Exception | None = None
        self.raise_at_once = False
        self.delay_s = 0.0

    @property
    def size(self) -> int:
        return self._writer.size

    @property
    def failure(self) -> StoreError | None:
        return self._writer.failure

    @property
    def waiting(self) -> int:
        return self._writer.waiting

    @property
    def directories(self) -> Any:
        return self._writer.directories

    def on_appended(self, callback: Any) -> None:
        self._writer.on_appended(callback)

    def between_groups(self, act: Any) -> Any:
        return self._writer.between_groups(act)

    def submit(self, drafts: Sequence[Draft]) -> Future[list[Appended]]:
        if self.refuse is not None and any(draft.file is not None for draft in drafts):
            if self.raise_at_once:
                raise self.refuse
            failed: Future[list[Appended]] = Future()
            failed.set_exception(self.refuse)
            return failed
        if not self.delay_s:
            return self._writer.submit(drafts)
        late: Future[list[Appended]] = Future()

        def pass_on() -> None:
            try:
                submitted = self._writer.submit(drafts)
            except StoreClosed as error:  # a tick that was under way when the test ended
                late.set_exception(error)
                return
            submitted.add_done_callback(lambda done: late.set_result(done.result()))

        threading.Timer(self.delay_s, pass_on).start()
        return late


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_short_refusal_of_the_store_loses_nothing(
    tmp_path: Path, clip: Clip, at_once: bool
) -> None:
    writer = TroubledWriter(open_writer(tmp_path))
    async with running(tmp_path, writer=writer, segment_seconds=0.9) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
            writer.refuse = QueueFull("full") if at_once else DiskFull("full")
            writer.raise_at_once = at_once
            code = "store_busy" if at_once else "disk_full"
            await lab.heard.until(lambda: lab.heard.of("process"))
            assert lab.heard.of("process")[-1].detail == code
            assert (await lab.ask("status", rm.StatusRequest(), rm.RecorderStatus)).degraded == code
            writer.refuse = None
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2)
            assert lab.heard.of("process")[-1].code == "recovered"
        await lab.close()
        assert lab.entries("media.gap") == []
        check_account(lab)
    await asyncio.to_thread(writer._writer.close)


async def test_a_full_disk_is_a_gap_and_recording_resumes(tmp_path: Path, clip: Clip) -> None:
    free = [10_000_000_000]
    (tmp_path / "recorder-1").mkdir()
    disk = DiskWatch(tmp_path / "recorder-1", 1_000_000, lambda path: free[0])
    async with running(tmp_path, disk=disk, segment_seconds=0.5) as lab:
        await lab.open()
        lab.service._parts()  # the recordings ask this disk
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
            free[0] = 10
            await lab.heard.until(lambda: lab.heard.of("state")[-1].state == "stalled")
            with pytest.raises(Refused, match="disk_full"):
                await lab.ask("open_session", opening("s-two", "room2"), m.Done)
            with pytest.raises(Refused, match="disk_full"):
                await lab.ask("whip_offer", whip_offer(OFFER, "other"), rm.WhipAnswer)
            outbox = next(iter(lab.service._sessions["s-one"]))._outbox
            assert outbox is not None
            await asyncio.sleep(1.5)
            while outbox._give_up():  # as when it lasts longer than what may wait
                pass
            free[0] = 10_000_000_000
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 1)
            await lab.heard.until(lambda: lab.heard.of("state")[-1].state == "recording")
        await lab.close()
        causes = {entry["body"]["cause"] for entry in lab.entries("media.gap")}
        assert causes == {"disk"}
        check_account(lab)


async def test_a_slow_disk_does_not_hold_up_reception(tmp_path: Path, clip: Clip) -> None:
    writer = TroubledWriter(open_writer(tmp_path))
    async with running(tmp_path, writer=writer, segment_seconds=0.9) as lab:
        await lab.open()
        writer.delay_s = 0.7
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2)
            assert lab.heard.of("state")[-1].packets_lost == 0
        await lab.close()
        writer.delay_s = 0.0
        check_account(lab)
    await asyncio.to_thread(writer._writer.close)


async def test_a_restart_declares_the_time_between(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip, "gone"):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
        appended = rm.Append(
            key="k1", kind="marker", session="s-one", room="room1", body=b'{"text":"x"}', t_us=5
        )
        receipt = await lab.ask("append", appended, rm.Receipt)
        publisher = Publisher(clip, lab.signalling())
        task = asyncio.create_task(publisher.run())
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2)
        await lab.heard.until(lambda: len(lab.entries("tick")) >= 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with running(tmp_path) as lab:
        status = await lab.ask("status", rm.StatusRequest(), rm.RecorderStatus)
        assert status.sessions == ["s-one"]
        assert {s.source: s.state for s in status.sources} == {"gone": "offline", "cam": "stalled"}
        assert (await lab.ask("append", appended, rm.Receipt)) == receipt
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2)
            wanted = rm.SegmentsRequest(session="s-one", source="cam", from_us=0)
            listed = await lab.ask("segments", wanted, rm.Segments)
            assert all((tmp_path / ref.path).exists() for ref in listed.segments)
            assert [ref.number for ref in listed.segments] == list(
                range(1, len(listed.segments) + 1)
            )
        await lab.close()
        ticks = [entry["body"]["n"] for entry in lab.entries("tick")]
        assert ticks == list(range(1, len(ticks) + 1))
        gaps = {(e["body"]["source"], e["body"]["cause"]) for e in lab.entries("media.gap")}
        assert ("cam", "recorder") in gaps
        assert ("gone", "publisher") in gaps
        check_account(lab)
        check_account(lab, "gone")
        assert len(lab.entries("recording.open")) == 2


async def test_hostile_datagrams_do_not_disturb_a_stream(tmp_path: Path, clip: Clip) -> None:
    """20,000 datagrams, from a stranger's address and from the publisher's own; a part of them
    through real sockets."""
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
            connection = next(iter(lab.service._sessions["s-one"])).connection
            assert connection is not None
            peer: Any = connection.peer
            protocol, theirs = _pair(peer._ice._transport._connection)
            own, ours = _pair(publisher.peers[0].getSenders()[0].transport.transport._connection)
            addresses = [("192.0.2.99", 9), theirs]
            chance = random.Random(1)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for index in range(20_000):
                    data = _hostile(chance)
                    if index % 4 == 0:
                        own.transport.sendto(data or b"\x80", ours)
                    elif index % 4 == 1:
                        stranger.sendto(data, ours)
                    else:
                        protocol.datagram_received(data, addresses[index % 2])
                    if index % 100 == 0:  # no more than a socket's buffer holds
                        await asyncio.sleep(0.015)
            lost = lab.heard.of("state")[-1].packets_lost
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2)
            assert lab.heard.of("state")[-1].packets_lost == lost == 0
        await lab.close()
        assert lab.entries("media.gap") == []
        check_account(lab)
    assert problems == []


def _pair(ice: Any) -> tuple[Any, tuple[str, int]]:
    """The socket in use, and the address at its other end."""
    pair = ice._nominated[1]
    return pair.protocol, pair.remote_addr


def _hostile(chance: random.Random) -> bytes:
    kind = chance.randrange(7)
    size = chance.choice([0, 1, 2, 11, 12, 19, 20, 40, 200, 1200, 1500, 1501, 9000])
    body = chance.randbytes(size)
    if kind == 0:
        return body
    if kind == 1:
        return b"\x80\x60" + body
    if kind == 2:
        return b"\x80\xc8" + body
    if kind == 3:
        return b"\xbf\xff" + body
    if kind == 4:
        return b"\x16\xfe\xfd" + body
    length = min(len(body), 600) // 4 * 4
    message = b"\x00\x01" + length.to_bytes(2, "big") + b"\x21\x12\xa4\x42" + chance.randbytes(12)
    if kind == 5:
        return message + body[:length]
    attribute = chance.choice([1, 6, 8, 9, 0x20, 0x24, 0x25, 0x8028, 0x8029])
    value = body[:length]
    value = attribute.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
    value = value[: len(value) // 4 * 4]
    return message[:2] + len(value).to_bytes(2, "big") + message[4:] + value


async def test_packet_loss_is_repaired_or_declared(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
            _lose(lab, publisher, every=25)
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 3)
        await lab.close()
        lost = sum(t["lost"] for b in segments_of(lab) for t in b["rtp"].values())
        assert lost <= 2  # asked for again, and got; a loaded machine may be late once
        check_account(lab)


async def test_loss_beyond_repair_is_a_gap_and_no_broken_picture(tmp_path: Path) -> None:
    """Everything for a while, and whatever is sent again of it."""
    clip = Clip.read(make_clip(tmp_path / "a.mp4"))
    async with running(tmp_path / "store") as lab:
        await lab.open()
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
            _lose(lab, publisher, every=1, seconds=0.7, for_good=True)
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 3)
        await lab.close()
        gaps = [entry["body"] for entry in lab.entries("media.gap")]
        assert {gap["cause"] for gap in gaps} == {"network"}
        assert sum(t["lost"] for b in segments_of(lab) for t in b["rtp"].values()) > 0
        for body in segments_of(lab):
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]
        check_account(lab)


def _lose(
    lab: Lab, publisher: Publisher, every: int, seconds: float = 1e9, for_good: bool = False
) -> None:
    """Drop every so many media datagrams on their way."""
    connection = next(iter(lab.service._sessions["s-one"])).connection
    assert connection is not None
    peer: Any = connection.peer
    tracks = {track.ssrc for track in peer._path._tracks}
    protocol, _ = _pair(publisher.peers[0].getSenders()[0].transport.transport._connection)
    send = protocol.transport.sendto
    seen = [0]
    dropped: set[tuple[int, bytes]] = set()
    until = time.monotonic() + seconds

    def lossy(data: bytes, address: Any = None) -> None:
        if data and 127 < data[0] < 192 and not 192 <= data[1] <= 223:
            seen[0] += 1
            name = (int.from_bytes(data[8:12], "big"), data[2:4])
            if for_good and (name in dropped or name[0] not in tracks):
                return
            if seen[0] % every == 0 and time.monotonic() < until:
                dropped.add(name)
                return
        send(data, address)

    protocol.transport.sendto = lossy


async def test_twenty_cycles_leave_nothing_behind(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await _cycle(lab, clip, "s-warm")
        gc.collect()
        before = _possessions()
        for index in range(20):
            await _cycle(lab, clip, f"s-{index}")
        await asyncio.sleep(0.3)
        gc.collect()
        after = _possessions()
    assert after["tasks"] <= before["tasks"]
    assert after["threads"] <= before["threads"]
    assert after["descriptors"] <= before["descriptors"]


async def _cycle(lab: Lab, clip: Clip, session: str) -> None:
    await lab.open(session)
    begun = len(lab.heard.of("media"))
    async with lab.publishing(clip, session=session):
        await lab.heard.until(lambda: len(lab.heard.of("media")) > begun)
    await lab.close(session)


def _possessions() -> dict[str, int]:
    return {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "descriptors": psutil.Process(os.getpid()).num_fds(),
    }


async def test_appending_is_idempotent_and_checked(tmp_path: Path) -> None:
    async with running(tmp_path) as lab:
        request = rm.Append(
            key="a", kind="prompt.issued", session="s-x", room="r", body=b'{"n":1}', t_us=7
        )
        first, second = await asyncio.gather(
            lab.ask("append", request, rm.Receipt), lab.ask("append", request, rm.Receipt)
        )
        assert first == second
        assert len(lab.entries("prompt.issued")) == 1
        for change in ({"body": b'{"n":1.5}'}, {"body": b"[]"}, {"kind": "tick"}, {"key": ""}):
            values: dict[str, Any] = {
                "key": "b",
                "kind": "marker",
                "session": "s-x",
                "room": "r",
                "body": b"{}",
                "t_us": 7,
            }
            with pytest.raises(Refused, match="bad_request"):
                await lab.ask("append", rm.Append(**{**values, **change}), rm.Receipt)
        page = await lab.ask("read_log", rm.ReadLog(first_index=0, limit=10), rm.LogPage)
        assert page.size == len(page.entries) == len(lab.entries())
        with pytest.raises(Refused, match="bad_request"):
            await lab.ask("read_log", rm.ReadLog(first_index=0, limit=5000), rm.LogPage)


async def test_of_an_append_only_its_receipt_is_kept(tmp_path: Path) -> None:
    """The last 10,000 are known by their keys: the words of a morning."""

    def finished() -> int:
        gc.collect()
        return sum(isinstance(one, asyncio.Task) and one.done() for one in gc.get_objects())

    async with running(tmp_path) as lab:
        before = finished()
        for n in range(30):
            request = rm.Append(
                key=f"k{n}", kind="marker", session="s-x", room="r", body=b"{}", t_us=7 + n
            )
            receipt = await lab.ask("append", request, rm.Receipt)
            assert await lab.ask("append", request, rm.Receipt) == receipt
        assert len(lab.entries("marker")) == 30
        assert finished() - before < 10


async def test_no_step_of_a_prompt_comes_behind_the_seal(tmp_path: Path) -> None:
    """Whatever is on its way while the session closes; an answer found in the last words may."""

    def step(key: str, kind: str) -> rm.Append:
        body = b'{"prompt":"pr-1"}'
        return rm.Append(key=key, kind=kind, session="s-one", room="room1", body=body, t_us=7)

    async with running(tmp_path) as lab:
        await lab.open()
        shown = await lab.ask("append", step("k", "prompt.shown"), rm.Receipt)
        steps = [
            lab.ask("append", step(f"k{n}", "prompt.acknowledged"), rm.Receipt) for n in range(40)
        ]
        _, *said = await asyncio.gather(lab.close(), *steps, return_exceptions=True)
        with pytest.raises(Refused, match="session_closed"):
            await lab.ask("append", step("late", "prompt.declined"), rm.Receipt)
        assert await lab.ask("append", step("k", "prompt.shown"), rm.Receipt) == shown
        await lab.ask("append", step("a", "prompt.answered"), rm.Receipt)
        kinds = [entry["kind"] for entry in lab.entries()]
        behind = kinds[kinds.index("session.close") + 1 :]
        assert [kind for kind in behind if kind.startswith("prompt.")] == ["prompt.answered"]
        taken = sum(isinstance(one, rm.Receipt) for one in said)
        refused = [one for one in said if isinstance(one, Refused)]
        assert kinds.count("prompt.acknowledged") == taken == len(said) - len(refused)
        assert {one.code for one in refused} <= {"session_closed"}
    async with running(tmp_path) as lab:  # and after a restart
        with pytest.raises(Refused, match="session_closed"):
            await lab.ask("append", step("later", "prompt.acknowledged"), rm.Receipt)


async def test_a_writer_that_stopped_for_good_ends_the_recorder(tmp_path: Path) -> None:
    """Only a new process may go on, so this one must not pretend to record."""

    class Stopped(TroubledWriter):
        stopped: StoreError | None = None

        @property
        def failure(self) -> StoreError | None:
            return self.stopped

    writer = Stopped(open_writer(tmp_path))
    with pytest.raises(StoreError, match="refused a flush"):  # noqa: PT012
        async with running(tmp_path, writer=writer) as lab:
            await lab.open()
            writer.stopped = StoreError("the disk refused a flush")
            await asyncio.sleep(10)
    await asyncio.to_thread(writer._writer.close)
