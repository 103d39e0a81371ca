"""Cameras and microphones on the wall: what is fetched plays, what cannot be had says why."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from command_centre.db.accounts import create_source_token
from command_centre.db.administration import add_source, set_pull
from command_centre.db.database import Database
from config.clock import SystemClock
from recorder.ingest.rtsp_wire import read_address
from tests.browser.browser import PATIENCE_MS, browser, sign_in
from tests.e2e.installation import Installation, running
from tests.recorder.clip_maker import make_clip
from tests.recorder.rtsp_camera import Camera, read_film, with_sound

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.slow]

MICROPHONE = "room1-microphone"


def set_up(installation: Installation, ports: tuple[int, int]) -> str:
    """Two pulled cameras, the second with a wrong password, and a microphone; its token."""
    now_us = SystemClock().now_us()
    with Database(installation.store.database_file) as database:
        good = read_address(f"rtsp://admin:right@127.0.0.1:{ports[0]}/stream")
        set_pull(database, "room1-camera", good, now_us)
        wrong = read_address(f"rtsp://admin:wrong@127.0.0.1:{ports[1]}/stream")
        set_pull(database, "room2-camera", wrong, now_us)
        values = {"id": MICROPHONE, "room_id": "room1", "kind": "microphone"}
        values |= {"name": "被询问人话筒", "name_en": "Interviewee's microphone"}
        add_source(database, {**values, "channels": '["interviewee"]'})
        return create_source_token(database, MICROPHONE, now_us=now_us)


@contextlib.asynccontextmanager
async def microphone(installation: Installation, token: str, folder: Path) -> AsyncIterator[None]:
    """Publishes a tone by WHIP, sound alone."""
    clip = await asyncio.to_thread(make_clip, folder / "sound.mp4", video=None)
    (folder / "token").write_text(token)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recorder.ingest.webrtc_publisher", "--clip", str(clip)),
        *("--url", f"{installation.store.address}/whip/{MICROPHONE}"),
        *("--token-file", str(folder / "token")),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def plays(page: Page, source: str) -> None:
    """The picture moves, at its full size, without an error."""
    video = page.get_by_test_id(f"wall-video-{source}")
    moving = (
        "async (v) => { const at = v.currentTime; await new Promise((r) => setTimeout(r, 1500));"
        " return v.currentTime - at > 0.5 && v.videoWidth === 640 && !v.error }"
    )
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await video.evaluate(moving):
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Installation]:
    """Everything above, with both interviews open."""
    path = make_clip(
        folder / "b.mp4", size=(640, 360), profile="high", b_frames=2, audio=False, seconds=4
    )
    film = await asyncio.to_thread(with_sound, read_film(path), "AAC")
    cameras = [Camera(film, user="admin", password="right") for _ in range(2)]
    async with (
        cameras[0].serving() as first,
        cameras[1].serving() as second,
        running(folder / "store") as installation,
        installation.desk("lin") as desk,
    ):
        token = await asyncio.to_thread(set_up, installation, (first, second))
        for room in ("room1", "room2"):
            await desk.post(f"/api/rooms/{room}/session", {})
        async with microphone(installation, token, folder):
            yield installation


async def test_the_wall_shows_cameras_that_are_fetched_and_microphones(tmp_path: Path) -> None:
    async with scene(tmp_path) as installation, browser(width=1440, height=900) as chromium:
        store = installation.store
        page = await chromium.new_page()
        await sign_in(page, store.address, store.accounts["lin"])
        await page.goto(f"{store.address}/wall/{store.case}")
        await plays(page, "room1-camera")
        fault = page.get_by_test_id("wall-room-room2").locator("[data-fault=wrong_password]")
        await expect(fault).to_be_visible()
        await expect(fault).to_contain_text("密码")
        row = page.get_by_test_id(f"microphone-{MICROPHONE}")
        await expect(row.locator("[data-state=recording]")).to_be_visible()
        await expect(row.locator(".meter i.on").first).to_be_attached()
