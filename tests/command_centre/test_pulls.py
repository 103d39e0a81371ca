"""The plan of what to pull, and a camera recorded from the database to the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

from command_centre.db.administration import end_pull, set_pull
from command_centre.desk.pulls import read_plan
from recorder.ingest.rtsp_wire import read_address
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
        await centre.sessions.close(session.id, MANAGER.account_id, "done")
        await asyncio.to_thread(end_pull, centre.database, "room1-camera")
        assert (await centre.database.read(read_plan)).sources == []
