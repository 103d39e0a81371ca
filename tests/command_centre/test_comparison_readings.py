"""What a detector measures while people speak, through a real broker, beside what they say."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from command_centre.comparison import readings
from command_centre.comparison.readings import ReadReadings, new_readings
from command_centre.comparison.views import Difference
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.demo_detector import reading_at
from command_centre.demo_store import DETECTOR
from command_centre.desk.cases import read_case
from tests.command_centre.broker import Broker, link_of, running_broker
from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.test_comparison_story import STORY

WAIT_S = 60.0
TOPIC = f"duizhi/readings/{DETECTOR}"


@contextlib.asynccontextmanager
async def _centre(directory: Path, broker: Broker) -> AsyncIterator[Centre]:
    mqtt = {"host": "127.0.0.1", "port": broker.port}
    path = directory / "store" / "centre" / "centre.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with Database(path) as database:
        seed_case(database, STORY)
    async with running_centre(directory, settings={"mqtt": mqtt}, keep=True) as centre:
        await _until(lambda: link_of(centre).connected)
        yield centre


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():
            await asyncio.sleep(0.02)


async def _measure(centre: Centre, broker: Broker, *values: dict[str, float]) -> None:
    before = len(centre.recorder.bodies("reading"))
    async with broker.client() as client:
        for one in values:
            await client.publish(TOPIC, json.dumps({"values": one}), qos=1)
    await _until(lambda: len(centre.recorder.bodies("reading")) == before + len(values))


def _say(centre: Centre, session: str, name: str, text: str, *, asks: bool = False) -> None:
    t_us = centre.clock.now_us()
    said = {"source": "room1-camera", "id": name, "text": text, "start_us": t_us, "end_us": t_us}
    said["speaker"] = "interviewer" if asks else "interviewee"
    centre.recorder.append("utterance", said, session=session, room="room1", t_us=t_us)


async def _found(centre: Centre) -> list[Difference]:
    await centre.settle()
    async with asyncio.timeout(WAIT_S):
        await centre.context.comparison.settled()
    case = await centre.context.database.read(lambda connection: read_case(connection, CASE))
    return [one for one in case.differences if one.gone_us is None]


async def _awaited(centre: Centre, count: int) -> list[Difference]:
    async with asyncio.timeout(WAIT_S):
        while len(found := await _found(centre)) != count:
            await asyncio.sleep(0.1)
    return found


def _is_the_detector(found: Difference) -> None:
    finding = found.finding
    assert (finding.kind, finding.tier, finding.point) == ("device", "amber", "p7")
    assert (finding.a.utterance, finding.a.text, finding.a.value) == (
        "u2",
        "百分之二十一",
        "21 %VOL",
    )
    assert (finding.b.reference, finding.b.value) == (DETECTOR, "17.2-17.4 %VOL")
    assert finding.b.text == "气体检测仪 03"


async def test_a_reading_spoken_of_beside_the_detector_of_that_minute(tmp_path: Path) -> None:
    """Live, and again from the log when the comparison or the whole centre starts anew."""
    async with running_broker(tmp_path / "broker") as broker:
        async with _centre(tmp_path, broker) as centre:
            await centre.open_room("site")
            room = await centre.open_room("room1")
            await _measure(
                centre, broker, {"O2_vol": 17.4, "battery_pct": 90}, {"O2_vol": 17.2, "CO_ppm": 8}
            )
            _say(centre, room, "u1", "现在检测仪上氧含量是多少？", asks=True)
            _say(centre, room, "u2", "现在氧含量百分之二十一，完全合格。")
            (found,) = await _awaited(centre, 1)
            _is_the_detector(found)
            log = list(centre.recorder.entries)

        empty = tmp_path / "again"
        async with _centre(empty, broker) as centre:
            centre.recorder.entries[:] = log
            centre.clock.forward(60)  # the new clock begins where the old one began
            (found,) = await _awaited(centre, 1)
            _is_the_detector(found)


async def test_a_reading_that_comes_after_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody speaks again: it is looked at all the same, and one that bears them out ends it."""
    monkeypatch.setattr("command_centre.comparison.desk.READINGS_S", 0.3)
    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        await centre.open_room("site")
        room = await centre.open_room("room1")
        _say(centre, room, "u2", "现在氧含量百分之二十一，完全合格。")
        assert await _found(centre) == []
        await _measure(centre, broker, {"O2_vol": 17.0})
        (found,) = await _awaited(centre, 1)
        assert (found.finding.a.utterance, found.finding.b.value) == ("u2", "17 %VOL")
        await _measure(centre, broker, {"O2_vol": 20.9})
        await _awaited(centre, 0)


async def test_readings_are_thinned_to_the_extremes_of_minutes(tmp_path: Path) -> None:
    """Those of the demo's detector too; what is left is what the comparison needs."""
    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        site = await centre.open_room("site")
        start_us = centre.clock.now_us() // 60_000_000 * 60_000_000
        for second in range(180):
            body: dict[str, Any] = reading_at(STORY, float(second)) | {"device": DETECTOR}
            centre.recorder.append(
                "reading", body, session=site, room="site", t_us=start_us + second * 1_000_000
            )
        await centre.settle()
        read = await centre.context.database.read(
            lambda connection: new_readings(connection, CASE, ReadReadings())
        )
        (order,) = read.orders
        assert (order.device, order.name, read.more) == (DETECTOR, "气体检测仪 03", False)
        assert [one.t_us - start_us for one in order.minutes] == [0, 60_000_000, 120_000_000]
        first = [reading_at(STORY, float(second))["values"] for second in range(60)]
        for name in readings.QUANTITIES:
            assert order.minutes[0].low[name] == min(one[name] for one in first)
            assert order.minutes[0].high[name] == max(one[name] for one in first)
        again = await centre.context.database.read(
            lambda connection: new_readings(connection, CASE, read.read)
        )
        assert (again.orders, again.read) == ([], read.read)
