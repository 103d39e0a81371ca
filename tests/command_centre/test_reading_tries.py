"""A later reading that is tried again: what it says is what one try has heard, whole."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from command_centre.desk import reading_tries, second_pass
from command_centre.desk.session_log import append_to_session
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.test_acts import log_of
from tests.command_centre.test_hearing import until
from tests.command_centre.test_later_readings import _start, _state, closed, model, names_of
from transcription.model_directory import digest

#: At its first try a segment cannot be read, and the sentence is cut there.
CHILD = """
import json, pathlib, sys
from transcription.model_directory import digest
order = json.loads(sys.stdin.readline())
loaded = digest(pathlib.Path(order["model"]))
print(json.dumps({"model": loaded}))
def say(start_us, end_us, text):
    said = {"source": "room1-camera", "id": f"room1-camera-0-{start_us}", "speaker": "interviewee",
            "text": text, "start_us": start_us, "end_us": end_us, "words": []}
    print(json.dumps({"said": said}))
tries = pathlib.Path(TRIES)
first = not tries.exists()
tries.open("a").write("x")
if first:
    say(AT_US, AT_US + 1_000_000, "我没有")
    say(AT_US + 3_000_000, AT_US + 4_000_000, "安排他们去")
    print(json.dumps({"error": "recording_unreadable"}))
    sys.exit(1)
say(AT_US, AT_US + 4_000_000, WHOLE)
print(json.dumps({"done": loaded}))
"""
WHOLE = "我没有听说过这事是李某安排他们去"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_tries, "AFTER_FAULT_S", 0.2)
    monkeypatch.setattr(second_pass, "_LOOK_AGAIN_S", 0.05)


async def _asked(live: House, room: RecordRoom, tmp_path: Path, before: str = "") -> Path:
    """Ask for a reading by the script above; gives the directory of its model."""
    folder = model(tmp_path / "store", "first")
    names = await names_of(live)
    at_us = await _start(room)
    await closed(live, room)
    told = f"AT_US, TRIES, WHOLE = {at_us}, {str(tmp_path / 'tries')!r}, {WHOLE!r}\n"
    live.centre.second_pass._child = (sys.executable, "-c", before + told + CHILD)
    await room.done(f"/api/sessions/{room.session}/readings", {"model": names["first 模型"]})
    return folder


async def _texts(room: RecordRoom, reading: str) -> list[str]:
    path = f"/api/sessions/{room.session}/second?reading={reading}"
    return [line["text"] for line in (await room.get(path)).json()["lines"]]


async def test_a_try_that_could_not_read_everything_leaves_nothing(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await _asked(live, room, tmp_path)
        [reading] = await until(partial(_state, room, 0, "done"))
        assert (tmp_path / "tries").read_text(encoding="utf-8") == "xx"
        assert reading["sentences"] == 1
        assert await _texts(room, reading["id"]) == [WHOLE]
        [said] = log_of(tmp_path / "store", "recorder-1", "utterance.second")
        assert said["body"]["end_us"] - said["body"]["start_us"] == 4_000_000


async def test_what_an_earlier_try_wrote_is_no_part_of_the_reading(tmp_path: Path) -> None:
    """The centre stopped while it wrote, or was of a version that wrote at once."""
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        gate = tmp_path / "gate"
        wait = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():"
        folder = await _asked(live, room, tmp_path, f"{wait} time.sleep(0.02)\n")
        at_us = await _start(room)
        await _write(live, room, digest(folder), at_us, "我没有", t_us=1)
        await _write(live, room, digest(folder), at_us + 3_000_000, "安排他们去", t_us=1)
        gate.touch()
        [reading] = await until(partial(_state, room, 0, "done"))
        assert await _texts(room, reading["id"]) == [WHOLE]
        assert len(log_of(tmp_path / "store", "recorder-1", "utterance.second")) == 3


async def test_sentences_that_a_last_try_left_out_as_known_stay(tmp_path: Path) -> None:
    """So logs of earlier versions have them: two sentences, one of them of the first try."""
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        at_us = await _start(room)
        await live.centre.sessions.close(room.session, "test", "done")
        await _write(live, room, "ab" * 32, at_us, "早先写下", t_us=1)
        await _write(live, room, "ab" * 32, at_us + 9, "后来写下", t_us=5)
        done = {"language": "zh", "model_sha256": "ab" * 32, "sentences": 2, "from_us": 3}
        await _append(live, room, "utterance.second_done", done, "done", t_us=6)
        assert await _texts(room, "ab" * 8) == ["早先写下", "后来写下"]


async def _write(
    live: House, room: RecordRoom, sha256: str, at_us: int, text: str, t_us: int
) -> None:
    said: dict[str, Any] = {"source": "room1-camera", "id": f"{at_us}", "speaker": "interviewee"}
    said |= {"start_us": at_us, "end_us": at_us + 9, "text": text, "words": [], "language": "zh"}
    said |= {"engine": "sherpa-onnx", "model": "first 模型", "model_sha256": sha256}
    await _append(live, room, "utterance.second", said, f"{at_us}", t_us=t_us)


async def _append(
    live: House, room: RecordRoom, kind: str, body: dict[str, Any], name: str, t_us: int
) -> None:
    await append_to_session(
        live.centre.bus,
        live.centre.follower,
        key=f"{kind}/{room.session}/{name}",
        kind=kind,
        session=room.session,
        room="room1",
        body=body,
        t_us=t_us,
    )
