"""The models that are installed: one look at a time, in a thread of its own, never an old one."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from command_centre.desk import model_list
from command_centre.desk.model_list import ModelDesk
from config.settings import load
from tests.command_centre.test_hearing import until
from tests.command_centre.test_later_readings import model
from transcription.model_kinds import check_any
from transcription.recogniser import ModelInfo


class Slow:
    """Looking at a large model that is new; it takes until ``free`` is set."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.looks: list[str] = []

    def __call__(self, path: Path) -> ModelInfo:
        self.looks.append(path.name)
        if path.name == "large":
            self.free.wait(30)
        return check_any(path)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(model_list, "check_any", made)
    return made


def _desk(tmp_path: Path) -> ModelDesk:
    return ModelDesk(load(overrides={"store": {"directory": str(tmp_path)}}))


async def test_many_who_ask_meanwhile_take_one_thread_and_none_of_the_others(
    tmp_path: Path, slow: Slow
) -> None:
    model(tmp_path, "large")
    desk = _desk(tmp_path)
    async with asyncio.TaskGroup() as tasks:
        speech = [tasks.create_task(desk.speech()) for _ in range(40)]
        views = [tasks.create_task(desk.view((), {})) for _ in range(40)]
        try:
            await until(lambda: asyncio.to_thread(lambda: "large" in slow.looks))
            async with asyncio.timeout(5):
                await asyncio.to_thread(lambda: None)
                gone = tasks.create_task(desk.speech())
                await asyncio.sleep(0)
                gone.cancel()  # whoever goes away takes the look from nobody
            assert not any(one.done() for one in (*speech, *views))
        finally:
            slow.free.set()
    assert all("large 模型" in {found.name for found in one.result()} for one in speech)
    assert all("large 模型" in {found.name for found in one.result().models} for one in views)
    assert slow.looks.count("large") == 1


async def test_a_look_that_nobody_waited_for_is_not_told_later_as_new(
    tmp_path: Path, slow: Slow
) -> None:
    model(tmp_path, "large")
    desk = _desk(tmp_path)
    assert (await desk.seen(0.01), desk.looking) == ([], True)
    model(tmp_path, "later")  # after that look has begun
    slow.free.set()

    async def ended() -> bool:
        return not desk.looking

    await until(ended)
    found = {one.name for one in await desk.seen(30)}
    assert ({"large 模型", "later 模型"} <= found, desk.looking) == (True, False)
