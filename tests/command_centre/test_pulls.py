"""The plan of what to pull, and a camera recorded from the database to the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from command_centre.db.administration import end_pull, pull_of, set_pull, sources
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.desk.pulls import read_plan
from command_centre.errors import Rejected, SeedError
from recorder.ingest.rtsp_wire import read_address
from tests.command_centre.story import STORY
from tests.command_centre.test_real_recorder import MANAGER, installation
from tests.recorder.clip_maker import make_clip
from tests.recorder.rtsp_camera import Camera, read_film


async def test_a_camera_is_recorded_while_its_room_has_an_open_session(tmp_path: Path) -> None:
    film = read_film(make_clip(tmp_path / "clip.mp4", audio=False))
    camera = Camera(film, user="admin", password="s3cret")
    async with camera.serving() as port, installation(tmp_path / "store") as centre:
        address = read_address(f"rtsp://admin:s3cret@127.0.0.1:{port}/stream")
        await asyncio.to_thread(
            set_pull, centre.database, "room1-camera", address, centre.clock.now_us()
        )
        assert (await centre.database.read(read_plan)).sources == []
        await asyncio.sleep(1.5)
        assert camera.requests == []
        session = await centre.sessions.open("room1", MANAGER.account_id)
        plan = await centre.database.read(read_plan)
        assert [source.session for source in plan.sources] == [session.id]
        assert "s3cret" not in repr(plan)
        async with asyncio.timeout(40):
            while not (state := centre.board.state_of("room1-camera")) or state.frames < 20:
                await asyncio.sleep(0.05)
        assert (state.state, state.fault, state.width) == ("recording", "", 320)
        camera.password = "changed"
        camera.hang_up()
        async with asyncio.timeout(40):
            while (state := centre.board.state_of("room1-camera")) and not state.fault:
                await asyncio.sleep(0.05)
        assert state is not None
        while state.fault == "unreachable":  # between the two
            await asyncio.sleep(0.05)
            state = centre.board.state_of("room1-camera")
            assert state is not None
        assert state.fault == "wrong_password"
        now_us = centre.clock.now_us()
        with pytest.raises(Rejected) as refused:
            await asyncio.to_thread(end_pull, centre.database, "room1-camera", now_us)
        assert refused.value.code == "pull_in_use"
        await centre.sessions.close(session.id, MANAGER.account_id, "done")
        await asyncio.to_thread(end_pull, centre.database, "room1-camera", now_us)
        assert (await centre.database.read(read_plan)).sources == []


def test_a_case_file_may_name_sources_and_never_a_password(tmp_path: Path) -> None:
    camera = {"id": "room1-side", "room": "room1", "name": "侧面", "kind": "room_camera"}
    microphone: dict[str, object] = {
        "id": "room1-mic",
        "room": "room1",
        "name": "领夹",
        "kind": "microphone",
        "channels": ["interviewee"],
    }
    good = {**STORY, "sources": [camera | {"rtsp": "rtsp://10.0.0.9/live"}, microphone]}
    with Database(tmp_path / "good.sqlite") as database:
        seed_case(database, good)
        listed = {row[0]: row for row in database.read_now(sources)}
        assert listed["room1-mic"][2] == "microphone"
        address = database.read_now(lambda connection: pull_of(connection, "room1-side"))
        assert address is not None
        assert (address.url, address.user) == ("rtsp://10.0.0.9/live", "")
    wrong = [
        camera | {"rtsp": "rtsp://admin:hunter22@10.0.0.9/live"},
        camera | {"rtsp": "http://10.0.0.9/"},
        camera | {"room": "room9"},
        camera | {"id": "Not A Slug"},
        camera | {"id": "room1-camera"},
        camera | {"kind": "telescope"},
    ]
    for number, source in enumerate(wrong):
        with (
            Database(tmp_path / f"{number}.sqlite") as database,
            pytest.raises(SeedError) as caught,
        ):
            seed_case(database, {**STORY, "sources": [source]})
        assert "hunter22" not in str(caught.value)
