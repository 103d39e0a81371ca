"""A room heard with a model of its own and with words of its own, over a real transcriber."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from command_centre.desk.hearing_rows import read_plan
from command_centre.desk.model_list import ModelDesk
from config.clock import SystemClock
from config.settings import load
from config.words import Role
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.story import CASE
from tests.command_centre.test_acts import Person, check_fields, log_of
from tests.command_centre.test_hearing import until
from tests.transcription.fakes import ToneEngine
from tests.transcription.test_model_shelf import NamedEngine, model
from transcription.hearing_plan import plan_digest
from transcription.model_directory import digest
from transcription.model_shelf import Open
from transcription.recogniser import Engine
from transcription.service import TranscriberService


def transcriber(
    live: House,
    free_bytes: Callable[[], int | None] = lambda: None,
    open_model: Open = NamedEngine,
) -> TranscriberService:
    return TranscriberService(
        *(live.centre.bus, live.centre.settings, ToneEngine("zh"), live.store, SystemClock()),
        others=[ToneEngine("en")],
        open_model=open_model,
        free_bytes=free_bytes,
    )


async def _offered(live: House, room: RecordRoom, name: str) -> dict[str, Any] | None:
    await live.centre.watch.look()
    view = (await room.get("/api/rooms/room1/hearing")).json()
    return next((dict(one) for one in view["languages"] if one["name"] == name), None)


async def _hears(service: TranscriberService, session: str, name: str) -> bool:
    return service.hearing.engine(session, 1 << 62).model.name == name


async def _view(room: RecordRoom, **wanted: str) -> dict[str, Any] | None:
    view: dict[str, Any] = (await room.get("/api/rooms/room1/hearing")).json()
    return view if all(view[name] == value for name, value in wanted.items()) else None


async def test_a_room_is_heard_with_a_model_and_back_and_after_a_restart(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        folder = model(store, "large")
        path = "/api/rooms/room1/language"
        async with transcriber(live) as service:
            large = await until(lambda: _offered(live, room, "large"))
            assert (large["language"], large["demo"]) == ("zh", False)
            wrong = await room.post(path, {"language": "zh", "model": "none"})
            assert wrong.json()["code"] == "unknown_model"
            other = await room.post(path, {"language": "en", "model": large["model"]})
            assert other.json()["code"] == "model_language"
            view = await room.done(path, {"language": "zh", "model": large["model"]})
            assert (view["model"], view["missing"]) == (large["model"], "")
            assert await room.done(path, {"language": "zh", "model": large["model"]}) == view
            await until(lambda: _hears(service, room.session, "large"))
            await room.done(path, {"language": "zh"})
            await until(lambda: _hears(service, room.session, "tones"))
            await room.done(path, {"language": "zh", "model": large["model"]})
        async with transcriber(live) as service:  # another start
            await until(lambda: _hears(service, room.session, "large"))
            assert await _view(room, model=large["model"], missing="")
        wanted = digest(folder)
        shutil.rmtree(folder)
        async with transcriber(live) as service:
            await until(lambda: _view(room, missing="large"))
            assert await _hears(service, room.session, "tones")
            summary = await live.centre.sessions.find(room.session)
            assert (summary.model, summary.model_missing) == ("large", "missing")
        switches = [one["body"] for one in log_of(store, "recorder-1", "transcription.language")]
        assert [one.get("model", "") for one in switches] == ["large", "", "large"]
        [gone] = log_of(store, "recorder-1", "transcription.model_missing")
        assert (gone["body"]["model_sha256"], gone["body"]["why"]) == (wanted, "missing")
        assert gone["body"]["used_sha256"] == ToneEngine("zh").model.digest
    check_fields(store)
    assert verify_path(store).exit_code == 0


async def test_a_model_that_hears_again_is_told_and_a_repaired_choice_is_not_missed(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        folder, aside = model(store, "large"), tmp_path / "aside"
        path = "/api/rooms/room1/language"
        async with transcriber(live):
            large = await until(lambda: _offered(live, room, "large"))
            await room.done(path, {"language": "zh", "model": large["model"]})
        for lost in (1, 2):
            shutil.move(folder, aside)
            async with transcriber(live) as service:
                await until(lambda: _view(room, missing="large"))
                shutil.move(aside, folder)
                if lost == 2:
                    await live.centre.watch.look()
                    await room.done(path, {"language": "zh", "model": large["model"]})
                    await until(lambda: _hears(service, room.session, "large"))
                    await until(lambda: _in_force(live, service))
                    await asyncio.sleep(1.5)  # it was told within a look
            if lost == 1:
                async with transcriber(live) as service:
                    await until(lambda: _hears(service, room.session, "large"))
                    await until(lambda: _view(room, missing=""))
                    summary = await live.centre.sessions.find(room.session)
                    assert (summary.model, summary.model_missing) == ("large", "")
                back = log_of(store, "recorder-1", "transcription.model_back")
                assert [one["body"]["model_sha256"] for one in back] == [digest(folder)]
        assert len(log_of(store, "recorder-1", "transcription.model_missing")) == 2
        assert await _view(room, missing="")
    check_fields(store)


async def _in_force(live: House, service: TranscriberService) -> bool:
    return service.hearing.plan == plan_digest(await live.centre.database.read(read_plan))


async def test_a_session_that_opens_while_a_model_is_loaded_is_heard_by_it(tmp_path: Path) -> None:
    store, asked, ready = tmp_path / "store", threading.Event(), threading.Event()

    def slowly(path: Path, language: str) -> Engine:
        asked.set()
        ready.wait(30)
        return NamedEngine(path, language)

    async with house(store) as live:
        room = await RecordRoom.open(live)
        await live.centre.sessions.close(room.session, "test", "done")
        model(store, "large")
        async with transcriber(live, open_model=slowly) as service:
            large = await until(lambda: _offered(live, room, "large"))
            wanted = {"language": "zh", "model": large["model"]}
            async with asyncio.TaskGroup() as tasks:
                choosing = tasks.create_task(room.done("/api/rooms/room1/language", wanted))
                await asyncio.to_thread(asked.wait, 30)
                session = (await live.centre.sessions.open("room1", "test")).id
                ready.set()
            view = choosing.result()
            assert (view["session"], view["model"]) == (session, large["model"])
            await until(lambda: _hears(service, session, "large"))
    [entry] = log_of(store, "recorder-1", "transcription.language")
    assert (entry["session"], entry["body"]["model"]) == (session, "large")


async def test_a_model_for_which_there_is_no_memory_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        model(store, "large")
        async with transcriber(live, lambda: 100 * 1024 * 1024):
            large = await until(lambda: _offered(live, room, "large"))
            path = "/api/rooms/room1/language"
            refused = await room.post(path, {"language": "zh", "model": large["model"]})
            assert (refused.status_code, refused.json()["code"]) == (409, "model_too_large")
            assert "MiB" in refused.json()["detail"]
        away = await room.post(path, {"language": "zh", "model": large["model"]})
        assert away.json()["code"] in ("transcriber_unreachable", "unknown_language")
        assert log_of(store, "recorder-1", "transcription.language") == []


async def test_a_room_keeps_the_model_for_its_next_session(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        await live.centre.sessions.close(room.session, "test", "done")
        wanted = digest(model(store, "large"))
        async with transcriber(live) as service:
            large = await until(lambda: _offered(live, room, "large"))
            path = "/api/rooms/room1/language"
            view = await room.done(path, {"language": "zh", "model": large["model"]})
            assert (view["session"], view["model"]) == ("", large["model"])
            session = (await live.centre.sessions.open("room1", "test")).id
            await until(lambda: _hears(service, session, "large"))
            assert await _view(room, session=session, model=large["model"])
    [chosen] = log_of(store, "centre", "room.language")
    assert (chosen["body"]["model"], chosen["body"]["model_sha256"]) == ("large", wanted)
    check_fields(store)


async def test_words_of_a_session_are_taught_and_never_logged(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = f"/api/sessions/{room.session}/vocabulary"
        assert (await room.get(path)).json() == {"version": 0, "terms": [], "left_out": []}
        said = await room.done(
            path, {"base": 0, "terms": ["恒盛油库", "张", " x ", "恒盛油库", "字" * 33]}
        )
        assert (said["version"], said["terms"]) == (1, ["恒盛油库"])
        assert said["left_out"] == ["张", "x", "字" * 33]
        assert (await room.done(path, {"base": 1, "terms": ["恒盛油库"]}))["version"] == 1
        long = await room.post(path, {"base": 1, "terms": ["长" * 41]})
        assert long.json()["code"] == "bad_text"
        other = await room.post(path, {"base": 0, "terms": ["三脚架"]})
        assert (other.status_code, other.json()["code"]) == (409, "words_changed")
        assert (await room.get(path)).json()["terms"] == ["恒盛油库"]
        assert (await room.post(path, {"terms": ["三脚架"]})).status_code == 400
        async with transcriber(live) as service:
            await until(lambda: _knows(service, room.session))
        kept = await room.done(f"/api/cases/{CASE}/vocabulary", {"terms": ["三脚架", "票"]})
        assert (kept["terms"], kept["left_out"]) == (["三脚架"], ["票"])
        assert (await room.get(f"/api/cases/{CASE}/vocabulary")).json()["left_out"] == []
        auditor = await Person.of(live, "auditor-s", Role.AUDITOR)
        assert (await auditor.post(path, {"base": 1, "terms": []})).status_code == 403
        manager = await Person.of(live, "manager-s", Role.MANAGER)
        await live.centre.sessions.close(room.session, "test", "done")
        late = await manager.post(path, {"base": 1, "terms": ["三脚架"]})
        assert late.json()["code"] == "session_closed"
    [entry] = log_of(store, "recorder-1", "transcription.vocabulary")
    assert entry["body"]["terms"] == 1
    assert "恒盛" not in str(entry)
    check_fields(store)


async def _knows(service: TranscriberService, session: str) -> bool:
    hearing = service.hearing
    return "恒盛油库" in hearing.terms(session, hearing.engines[0]).index.sounds


async def test_a_model_that_takes_long_to_look_at_keeps_nobody_waiting(tmp_path: Path) -> None:
    settings = load()
    settings = msgspec.structs.replace(
        settings, store=msgspec.structs.replace(settings.store, directory=str(tmp_path))
    )
    model(tmp_path, "large")
    desk = ModelDesk(settings)
    desk._looking.acquire()  # somebody reads a large one
    assert await desk.seen(0.01) == []
    desk._looking.release()
    assert "large" in [one.name for one in await desk.seen(30)]
    desk._looking.acquire()
    assert "large" in [one.name for one in await desk.seen(0.01)]  # as seen before
    desk._looking.release()
