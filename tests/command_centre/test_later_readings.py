"""Closed sessions heard again by several models: each reading beside the live one."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.db.migrate import upgrade
from command_centre.desk import model_list, reading_tries, second_pass
from command_centre.desk.reading_tries import ReadingTries
from command_centre.desk.session_log import append_to_session
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.test_acts import check_fields, log_of
from tests.command_centre.test_hearing import until
from transcription.model_directory import digest
from transcription.model_kinds import check_any
from transcription.recogniser import ModelInfo

#: Stands for ``transcription.second_pass``: says what it is told to hear with, and its digest.
CHILD = """
import json, pathlib, sys
from transcription.model_directory import digest
from transcription.model_kinds import check_any
from transcription.recogniser import ModelInfo
order = json.loads(sys.stdin.readline())
name = order["model"].rsplit("/", 1)[-1]
if name == "broken":
    print(json.dumps({"error": "bad_model"}))
    sys.exit(1)
if name == "replaced":  # between the centre's look and the loading
    (pathlib.Path(order["model"]) / "encoder.onnx").write_text("another")
loaded = digest(pathlib.Path(order["model"]))
print(json.dumps({"model": loaded}))
said = {
    "source": "room1-camera", "id": "x-0-1", "speaker": "interviewee", "text": name + "听到的",
    "start_us": AT_US, "end_us": AT_US + 10, "language": "?", "model": "?", "model_sha256": "?",
    "words": [{"w": name, "s_us": AT_US, "e_us": AT_US + 10, "c_pm": 900}],
}
print(json.dumps({"said": said}))
print(json.dumps({"done": loaded}))
"""


def model(store: Path, name: str, language: str = "zh") -> Path:
    """A directory that looks like a sherpa-onnx model; nobody loads it."""
    folder = store / "models" / name
    folder.mkdir(parents=True)
    for file in ("tokens.txt", "encoder.onnx", "decoder.onnx"):
        (folder / file).write_text(f"{name} {file}", encoding="utf-8")
    card = json.dumps({"name": f"{name} 模型", "language": language})
    (folder / "model.json").write_text(card, encoding="utf-8")
    return folder


async def names_of(live: House) -> dict[str, str]:
    """Every model that can hear, by its name; all of them are looked at then."""
    return {one.name: one.id for one in await live.centre.models.speech()}


async def closed(live: House, room: RecordRoom) -> None:
    """The session is closed and has a recording; its second passes are the script above."""
    script = f"AT_US = {await _start(room)}\n{CHILD}"
    live.centre.second_pass._child = (sys.executable, "-c", script)
    if (await live.centre.sessions.find(room.session)).closed_us is None:
        await live.centre.sessions.close(room.session, "test", "done")
    await live.centre.database.write(lambda writing: _recorded(writing, room.session))


async def _start(room: RecordRoom) -> int:
    """When the second sentence began."""
    said = (await room.get(f"/api/sessions/{room.session}/transcript/json")).json()
    return int(said["utterances"][1]["start_us"])


def _recorded(writing: Writing, session: str) -> None:
    table = schema.recording
    values: dict[str, Any] = {
        column.name: 0 for column in table.c if not column.nullable and column.default is None
    }
    values |= {"session_id": session, "source_id": "room1-camera"}
    if not writing.execute(table.select().where(table.c.session_id == session)).first():
        writing.execute(table.insert().values(values))


async def _state(room: RecordRoom, number: int, state: str) -> list[dict[str, Any]]:
    found = (await room.get(f"/api/sessions/{room.session}/readings")).json()["readings"]
    return found if len(found) > number and found[number]["state"] == state else []


async def test_each_model_gives_a_reading_of_its_own(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        for name in ("first", "second"):
            model(store, name)
        model(store, "english", "en")
        path = f"/api/sessions/{room.session}/readings"
        await names_of(live)
        offered = (await room.get(path)).json()
        assert (offered["closed"], offered["readings"]) == (False, [])
        names = {one["name"]: one["id"] for one in offered["models"]}
        assert {"first 模型", "second 模型"} < set(names)
        assert "english 模型" not in names
        early = await room.post(path, {"model": names["first 模型"]})
        assert early.json()["code"] == "session_open"
        live_before = (await room.get(f"/api/sessions/{room.session}/transcript/json")).json()
        await live.centre.sessions.close(room.session, "test", "done")
        silent = await room.post(path, {"model": names["first 模型"]})
        assert silent.json()["code"] == "nothing_recorded"
        await closed(live, room)
        assert (await room.post(path, {"model": "none"})).json()["code"] == "unknown_model"
        english = {one.name: one.id for one in await live.centre.models.speech()}["english 模型"]
        assert (await room.post(path, {"model": english})).json()["code"] == "model_language"
        await room.done(path, {"model": names["first 模型"]})
        [first] = await until(lambda: _state(room, 0, "done"))
        assert (first["engine"], first["model"]) == ("sherpa-onnx", "first 模型")
        assert (first["language"], first["sentences"]) == ("zh", 1)
        assert first["by_name"]
        assert first["done_us"] >= first["asked_us"]
        again = await room.done(path, {"model": names["first 模型"]})
        assert again["readings"] == [first]  # the same model hears the same
        await room.done(path, {"model": names["second 模型"]})
        second = (await until(lambda: _state(room, 1, "done")))[1]
        await _files(room, first, second, live_before)
        await _beside_a_sentence(room, live_before["utterances"][1]["id"])
        asked = log_of(store, "recorder-1", "utterance.second_asked")
        assert [one["body"]["model"] for one in asked] == ["first 模型", "second 模型"]
        assert len(log_of(store, "recorder-1", "utterance.second")) == 2
        taken = log_of(store, "centre", "access.transcript")
        assert [one["body"]["reading"] for one in taken][-2:] == [first["id"], second["id"]]
    check_fields(store)
    assert verify_path(store).exit_code == 0


async def _files(
    room: RecordRoom, first: dict[str, Any], second: dict[str, Any], before: dict[str, Any]
) -> None:
    path = f"/api/sessions/{room.session}/transcript"
    utterance = before["utterances"][1]["id"]
    await room.done(f"/api/utterances/{utterance}/versions", {"base": 0, "text": "改过的话"})
    now = (await room.get(f"{path}/json")).json()
    assert now["reading"] == "live"
    assert [one["spoken"] for one in now["utterances"]] == [
        one["spoken"] for one in before["utterances"]
    ]
    assert now["utterances"][1]["shown"] == "改过的话"  # stays with what it corrected
    for form in ("vtt", "srt", "txt"):
        assert "改过的话" in (await room.get(f"{path}/{form}?reading=live")).text
    for form in ("vtt", "srt", "txt"):
        answer = await room.get(f"{path}/{form}?reading={first['id']}")
        assert "first听到的" in answer.text
        assert "改过的话" not in answer.text
        assert f"{room.session}-{first['id']}.{form}" in answer.headers["content-disposition"]
        assert ("first 模型" in answer.text) == (form != "srt")
    for one in (first, second):
        found = (await room.get(f"{path}/json?reading={one['id']}")).json()
        assert found["reading"]["model_sha256"] == one["model_sha256"]
        [line] = found["utterances"]
        assert (line["corrected"], line["words"][0]["c_pm"]) == (None, 900)
    gone = await room.get(f"{path}/json?reading=0")
    assert gone.json()["code"] == "unknown_reading"


async def _beside_a_sentence(room: RecordRoom, utterance: str) -> None:
    found = (await room.get(f"/api/utterances/{utterance}/readings")).json()["readings"]
    assert [(one["model"], one["text"]) for one in found] == [
        ("first 模型", "first听到的"),
        ("second 模型", "second听到的"),
    ]


async def test_what_cannot_be_heard_says_so_and_holds_nobody_up(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        broken, _ = (model(tmp_path / "store", name) for name in ("broken", "good"))
        path = f"/api/sessions/{room.session}/readings"
        names = await names_of(live)
        await closed(live, room)
        await room.done(path, {"model": names["broken 模型"]})
        [reading] = await until(lambda: _state(room, 0, "failed"))
        file = f"/api/sessions/{room.session}/transcript/txt?reading={reading['id']}"
        assert (await room.get(file)).json()["code"] == "reading_unfinished"
        await room.done(path, {"model": names["good 模型"]})
        await until(lambda: _state(room, 1, "done"))
        shutil.rmtree(broken)
        await until(lambda: _state(room, 0, "missing"))


async def test_a_large_model_that_is_new_holds_up_nobody_who_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, free = tmp_path / "store", threading.Event()
    async with house(store) as live:
        room = await RecordRoom.open(live)
        model(store, "first")
        path = f"/api/sessions/{room.session}/readings"
        names = await names_of(live)
        await closed(live, room)
        await room.done(path, {"model": names["first 模型"]})
        [reading] = await until(lambda: _state(room, 0, "done"))
        looks = []

        def slow(path: Path) -> ModelInfo:
            looks.append(path)
            free.wait(30)
            return check_any(path)

        monkeypatch.setattr(second_pass, "_PATIENCE_S", 0.05)
        monkeypatch.setattr(model_list, "check_any", slow)
        model(store, "large")
        try:
            async with asyncio.timeout(10):
                for _ in range(40):  # more than there are threads
                    shown = (await room.get(path)).json()
                assert shown["readings"] == [reading]
                assert (shown["looking"], "large 模型" in names) == (True, False)
                offered = {one["name"] for one in shown["models"]}
                assert "first 模型" in offered <= set(names)
                second = f"/api/sessions/{room.session}/second?reading={reading['id']}"
                assert (await room.get(second)).json()["lines"][0]["text"] == "first听到的"
        finally:
            free.set()
        assert [one.name for one in looks] == ["large"]
        await until(lambda: _offers(room, "large 模型"))


async def _offers(room: RecordRoom, name: str) -> bool:
    shown = (await room.get(f"/api/sessions/{room.session}/readings")).json()
    return name in {one["name"] for one in shown["models"]}


async def test_each_language_of_a_session_is_heard_by_a_model_of_its_own(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        for name, language in (("first", "zh"), ("english", "en"), ("any", "und")):
            model(store, name, language)
        path = f"/api/sessions/{room.session}/readings"
        at_us = (await live.centre.sessions.find(room.session)).opened_us + 1_000_000
        await append_to_session(
            live.centre.bus,
            live.centre.follower,
            key=f"switch:{room.session}",
            kind="transcription.language",
            session=room.session,
            room="room1",
            body={"from_us": at_us, "language": "en", "model_sha256": "", "by": "test"},
            t_us=at_us,
        )
        await closed(live, room)
        orders = tmp_path / "orders"
        script = live.centre.second_pass._child[-1].replace(
            "name = ", f"open({str(orders)!r}, 'a').write(json.dumps(order) + '\\n')\nname = ", 1
        )
        live.centre.second_pass._child = (sys.executable, "-c", script)
        names = await names_of(live)
        for number, name in enumerate(("first", "english", "any")):
            await room.done(path, {"model": names[f"{name} 模型"]})
            readings = await until(partial(_state, room, number, "done"))
        said = [(one["language"], one["part"]) for one in readings]
        assert said == [("zh", True), ("en", True), ("und", False)]
        file = f"/api/sessions/{room.session}/transcript/txt?reading={readings[1]['id']}"
        assert "只听这种语言的部分 its parts only" in (await room.get(file)).text
    told = [json.loads(line) for line in orders.read_text(encoding="utf-8").splitlines()]
    assert [one["language"] for one in told] == ["zh", "en", "und"]
    for one in told:
        assert one["default"] == "zh"
        assert [(at["from_us"], at["language"]) for at in one["switches"]] == [(at_us, "en")]


async def test_the_settings_ask_for_every_language_of_a_session(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        desk = live.centre.second_pass
        desk._languages[room.session] = ["zh", "en"]
        desk._configured = {
            language: model(store, f"own-{language}", language) for language in ("zh", "en")
        }
        await closed(live, room)
        readings = await until(lambda: _state(room, 1, "done"))
        assert sorted(one["language"] for one in readings) == ["en", "zh"]
        assert {one["by_name"] for one in readings} == {""}


async def test_a_model_for_which_there_is_no_memory_is_not_loaded(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        model(store, "large")
        path = f"/api/sessions/{room.session}/readings"
        names = await names_of(live)
        await closed(live, room)
        live.centre.second_pass._free_bytes = lambda: 100 * 1024 * 1024
        refused = await room.post(path, {"model": names["large 模型"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "model_too_large")
        assert (await room.get(path)).json()["readings"] == []
        live.centre.second_pass._free_bytes = lambda: 300 * 1024 * 1024
        await room.done(path, {"model": names["large 模型"]})
        await until(lambda: _state(room, 0, "done"))


async def test_what_fails_again_and_again_waits_until_somebody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_tries, "AFTER_FAULT_S", 0.0)
    monkeypatch.setattr(second_pass, "_LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr(reading_tries, "TRIES", 2)
    tries = tmp_path / "tries"
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        model(tmp_path / "store", "broken")
        path = f"/api/sessions/{room.session}/readings"
        names = await names_of(live)
        await closed(live, room)
        script = f"open({str(tries)!r}, 'a').write('x')"
        live.centre.second_pass._child = (sys.executable, "-c", script)
        await room.done(path, {"model": names["broken 模型"]})
        await until(lambda: _state(room, 0, "stopped"))
        await asyncio.sleep(0.3)
        assert tries.read_text(encoding="utf-8") == "xx"
        again = await room.done(path, {"model": names["broken 模型"]})
        assert again["readings"][0]["state"] != "stopped"
        await until(lambda: _state(room, 0, "stopped"))
        assert tries.read_text(encoding="utf-8") == "xxxx"


async def test_each_fault_is_followed_by_a_longer_pause_and_a_restart_forgets_none(
    tmp_path: Path,
) -> None:
    key, pauses = ("s", "r"), []
    with Database(tmp_path / "centre.sqlite") as database:
        tries = ReadingTries(database)
        for _ in range(reading_tries.TRIES - 1):
            await tries.begin(key)
            tries.failed(key)
            tried = tries.of(key)
            assert tried is not None
            pauses.append(round(tried.again_s - time.monotonic()))
            assert not tries.may_be_tried(key, time.monotonic())
            assert tries.may_be_tried(key, tried.again_s)
        assert pauses == [60, 120, 240, 480, 960]
        await tries.begin(key)
        await tries.take_back(key)  # the centre was stopped meanwhile
        await tries.begin(key)  # and one that took the centre down with it: nothing was said of it
        again = ReadingTries(database)
        await again.load()
        tried = again.of(key)
        assert tried is not None
        assert (tried.tries, tried.stopped) == (reading_tries.TRIES, True)
        assert not again.may_be_tried(key, tried.again_s + 1)
        await again.clear(key)  # somebody asks
        last = ReadingTries(database)
        await last.load()
        assert last.of(key) is None
        assert last.may_be_tried(key, 0.0)


def test_the_process_lets_the_others_go_first() -> None:
    script = (
        "import os, pathlib\n"
        "from transcription.second_pass import step_back\n"
        "before = os.nice(0)\n"
        "step_back()\n"
        "score = pathlib.Path('/proc/self/oom_score_adj')\n"
        "print(os.nice(0) - before, score.read_text().strip() if score.is_file() else 1000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["10", "1000"]


async def test_an_old_entry_names_no_engine_and_is_the_reading_of_its_model(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        wanted = digest(model(store, "first"))
        path = f"/api/sessions/{room.session}/readings"
        await names_of(live)
        models = (await room.get(path)).json()["models"]
        [offered] = [one for one in models if one["name"] == "first 模型"]
        await closed(live, room)
        await append_to_session(
            live.centre.bus,
            live.centre.follower,
            key=f"old:{room.session}",
            kind="utterance.second_done",
            session=room.session,
            room="room1",
            body={"language": "zh", "model_sha256": wanted, "sentences": 0, "from_us": 1},
            t_us=live.centre.clock.now_us(),
        )
        [old] = await until(lambda: _state(room, 0, "done"))
        assert (old["id"], old["engine"], old["model"]) == (offered["reading"], "", "")
        assert (await room.done(path, {"model": offered["id"]}))["readings"] == [old]
        file = f"/api/sessions/{room.session}/transcript/txt?reading={old['id']}"
        assert "引擎未记明 engine not recorded" in (await room.get(file)).text
    assert log_of(store, "recorder-1", "utterance.second_asked") == []


async def test_nothing_is_said_in_the_name_of_a_model_that_did_not_hear(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        folder = model(store, "replaced")
        path = f"/api/sessions/{room.session}/readings"
        names = await names_of(live)
        await closed(live, room)
        await room.done(path, {"model": names["replaced 模型"]})
        # What the reading was asked of is not there any more; the other can be asked instead.
        [reading] = await until(lambda: _state(room, 0, "missing"))
        assert reading["sentences"] == 0
        assert log_of(store, "recorder-1", "utterance.second") == []
        assert log_of(store, "recorder-1", "utterance.second_done") == []
        await room.done(path, {"model": names["replaced 模型"]})
        now = (await until(lambda: _state(room, 1, "done")))[1]
        assert now["model_sha256"] == digest(folder) != reading["model_sha256"]


async def test_a_model_with_other_bytes_is_another_though_nothing_else_tells(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        file = model(store, "first") / "encoder.onnx"
        [before] = [one for one in await live.centre.models.speech() if one.name == "first 模型"]
        written = file.stat()
        file.write_text("FIRST encoder.onnx", encoding="utf-8")
        os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns))
        [after] = [one for one in await live.centre.models.speech() if one.name == "first 模型"]
        assert after.digest == digest(file.parent) != before.digest
        assert after.size_bytes == before.size_bytes


@pytest.mark.parametrize("done", [1, 0])
def test_what_was_heard_before_becomes_the_reading_of_its_model(tmp_path: Path, done: int) -> None:
    path = tmp_path / "centre.sqlite"
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    upgrade(engine, "0047")
    line = (
        "INSERT INTO second_reading (log_index, session_id, source_id, speaker, start_us, end_us,"
        " text, model_sha256, done) VALUES ({}, 's1', 'c', 'interviewee', 1, 2, '话', '{}', {})"
    )
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO case_file (id, number, name, log_index) VALUES ('c1', '1', '', 1)")
        )
        connection.execute(
            text(
                "INSERT INTO session (id, case_id, room_id, kind, opened_us, closed_us)"
                " VALUES ('s1', 'c1', 'r', 'interview', 1, 9)"
            )
        )
        connection.execute(text(line.format(5, "ab" * 32, 0)))
        if done:
            connection.execute(text(line.format(6, "ab" * 32, 1)))
    upgrade(engine)
    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT id, engine, done_us, sentences, language FROM second_pass")
        )
        assert rows.all() == [("ab" * 8, "", 9 if done else None, 1, "zh")]
        lines = connection.execute(text("SELECT reading, text FROM second_reading"))
        assert lines.all() == [("ab" * 8, "话")]
