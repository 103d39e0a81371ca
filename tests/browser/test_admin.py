"""The administrator's pages on the real system: devices by QR code, people by invitation."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import signal
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import docx
import httpx
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from command_centre.db.accounts import create_account
from command_centre.db.database import Database
from command_centre.demo_desk import Desk
from command_centre.demo_store import DemoAccount, free_ports
from command_centre.supervisor import Supervisor
from command_centre.witness_server import witness_server
from config.clock import SystemClock
from config.demo import CLIPS
from config.recorders import log_origins
from config.settings import load, to_toml
from config.words import Role
from evidence_store.own_witness import log_keys
from evidence_store.witness_directory import WitnessDirectory, trust_logs
from tests.browser.browser import PATIENCE_MS, Errors, browser, seen_when_failed, sign_in
from tests.e2e.installation import Installation, running, until
from tests.fakes.other_disk import other_disk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Installation]:
    async with running(tmp_path_factory.mktemp("admin") / "store") as started:
        yield started


async def read_qr(code: Locator) -> str:
    """What a QR code on the screen says, as a camera reads it."""
    await code.wait_for()
    picture = cv2.imdecode(np.frombuffer(await code.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    large = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(large)
    return str(read)


async def _registered(page: Page, address: str, name: str) -> str:
    """Register a body camera at the site; returns what its QR code says."""
    await page.goto(f"{address}/admin/sources")
    await page.get_by_test_id("source-new").click()
    await page.get_by_test_id("source-kind").select_option("body_camera")
    await page.get_by_test_id("source-room").select_option("site")
    await page.get_by_test_id("source-name").fill(name)
    await page.get_by_test_id("source-save").click()
    return await read_qr(page.get_by_test_id("source-qr"))


async def _state(desk: Desk, name: str) -> str:
    found: dict[str, Any] = await desk.get("/api/sources")
    return str(next(one["state"] for one in found["sources"] if one["name"] == name))


async def test_a_device_scans_its_code_and_records(
    installation: Installation, tmp_path: Path
) -> None:
    store, name = installation.store, f"记录仪 {secrets.token_hex(4)}"
    async with browser() as context, installation.desk("admin") as desk:
        page = await context.new_page()
        errors = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["admin"])
        assert "/admin" in page.url
        async with seen_when_failed(page):
            read = await _registered(page, store.address, name)
            found = re.match(r"https://[^/]+/device#join=([\w-]{20,})$", read)
            assert found, read
            # the device: it takes the code and publishes over WebRTC with what it gets
            async with httpx.AsyncClient(base_url=store.address) as device:
                taken = await device.post(
                    "/api/devices/join", json={"code": found[1]}, headers={"X-Duizhi": "1"}
                )
            joined = taken.json()
            assert joined["whip_url"] == f"{store.address}/whip/{joined['source']}"
            await expect(page.get_by_test_id("source-taken")).to_be_visible()
            publisher = await _publishing(joined, tmp_path)
            try:
                await expect(page.get_by_test_id("source-dialog")).to_contain_text("正在录制")
                assert await _state(desk, name) == "recording"
                await page.get_by_test_id("source-withdraw").click()
                await page.get_by_test_id("source-confirm").click()
                await expect(page.get_by_test_id("source-dialog")).to_contain_text("已收回")

                async def over() -> bool:
                    return await _state(desk, name) != "recording"

                await until(over, 60)
            finally:
                publisher.terminate()
                await asyncio.wait_for(publisher.wait(), 30)
            assert errors.found == []


async def _publishing(joined: dict[str, str], folder: Path) -> asyncio.subprocess.Process:
    token = folder / "token"
    token.write_text(joined["token"])
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recorder.ingest.webrtc_publisher"),
        *("--url", joined["whip_url"], "--token-file", str(token)),
        *("--clip", str(CLIPS / "bodycam.mp4"), "--from", "85"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def test_an_invited_person_sets_a_password_and_signs_in(installation: Installation) -> None:
    store = installation.store
    account = f"zheng{secrets.token_hex(4)}"
    async with browser() as context, browser(width=390, height=844) as own:
        page, phone = await context.new_page(), await own.new_page()
        await sign_in(page, store.address, store.accounts["admin"])
        await page.goto(f"{store.address}/admin/accounts")
        async with seen_when_failed(page, phone):
            await page.get_by_test_id("account-new").click()
            await page.get_by_test_id("new-account-name").fill("<b>郑某</b>")
            await page.get_by_test_id("new-account-account").fill(account)
            await page.get_by_test_id("new-account-role").select_option("auditor")
            await page.get_by_test_id("new-account-save").click()
            address = await page.get_by_test_id("invitation-address").text_content()
            assert address
            assert await read_qr(page.get_by_test_id("qr-code")) == address
            await page.get_by_test_id("new-account-done").click()
            await phone.goto(address)
            await phone.get_by_test_id("invitation-password").fill("three blind mice 47")
            await phone.get_by_test_id("invitation-again").fill("three blind mice 47")
            await phone.get_by_test_id("invitation-save").click()
            await phone.get_by_test_id("invitation-login").click()
            await phone.get_by_test_id("login-account").fill(account)
            await phone.get_by_test_id("login-password").fill("three blind mice 47")
            await phone.get_by_test_id("login-submit").click()
            await phone.wait_for_url(re.compile("/cases$"))
            # locked: out at once, and not in again
            dialog = page.get_by_test_id("account-dialog")
            await expect(dialog).to_be_visible()
            await page.get_by_test_id("account-lock").click()
            await page.get_by_test_id("account-confirm").click()
            await expect(page.get_by_test_id("account-unlock")).to_be_visible()
            await phone.reload()
            await phone.wait_for_url(re.compile("/login"))


async def test_a_fresh_centre_is_set_up_and_its_test_recording_verified(tmp_path: Path) -> None:
    """No case, no room: every step of the assistant, and the browser's own camera at the end."""
    voice = await asyncio.to_thread(voice_file, tmp_path)
    store = tmp_path / "store"
    async with (
        fresh_centre(store) as (address, admin),
        outside_witness(store, tmp_path / "witness") as witness,
        browser(microphone=voice) as context,
    ):
        page = await context.new_page()
        errors = Errors(page, address)
        await sign_in(page, address, admin)
        with other_disk(tmp_path) as disk:
            async with seen_when_failed(page):
                await _opens_by_itself(page, address)
                await _set_unit_disk_and_witness(page, store, disk, witness)
                assert (disk / "recorder-1" / "log" / "checkpoint").exists()
                errors.found.clear()  # the centre was away for a moment
                await _set_up(page, address)
                await _verified(page)
                for step in STEPS:
                    done = page.get_by_test_id(f"step-{step}")
                    await expect(done).to_have_attribute("data-done", "true")
        assert errors.found == []


STEPS = ("agency", "people", "places", "safe", "test")
#: Processes end, read their logs and start on a machine that has other work.
RESTART_MS = 180_000


async def _verified(page: Page) -> None:
    await expect(page.get_by_test_id("test-verdict")).to_be_visible()
    await until(lambda: complete(page), 90)
    root = await page.get_by_test_id("test-root").text_content()
    assert re.fullmatch(r"[0-9a-f]{64}", str(root))


async def _opens_by_itself(page: Page, address: str) -> None:
    """It is where an administrator begins while steps are open, until they leave it."""
    await expect(page).to_have_url(f"{address}/admin/set-up")
    for step in STEPS:
        await expect(page.get_by_test_id(f"step-{step}")).to_have_attribute("data-done", "false")
    await page.get_by_test_id("set-up-leave").click()
    await expect(page).to_have_url(f"{address}/admin")
    await page.goto(f"{address}/cases")  # the way to where one begins
    await expect(page).to_have_url(f"{address}/admin")
    await page.goto(f"{address}/admin/set-up")
    await expect(page.get_by_test_id("set-up-leave")).to_have_count(0)


async def _set_unit_disk_and_witness(page: Page, store: Path, disk: Path, witness: str) -> None:
    async def takes(button: str, value: str) -> None:
        await page.get_by_test_id(button).click()
        await page.get_by_test_id("setting-value").fill(value)
        await page.get_by_test_id("setting-save").click()

    await takes("set-unit", "青川县应急管理局")
    await expect(page.get_by_test_id("unit-wanted")).to_contain_text("青川县应急管理局")
    await takes("set-mirror", str(store))
    await expect(page.get_by_test_id("setting-problem")).to_contain_text("起不到备份作用")
    await page.get_by_test_id("setting-value").fill(str(disk))
    await page.get_by_test_id("setting-save").click()
    await expect(page.get_by_test_id("step-safe")).to_contain_text(str(disk))
    await takes("set-witness", witness)
    await expect(page.get_by_test_id("step-safe")).to_contain_text("notary")
    for step in ("agency", "safe"):
        await expect(page.get_by_test_id(f"step-{step}")).to_have_attribute("data-done", "false")
    await page.get_by_test_id("restart-ask").click()
    await page.get_by_test_id("restart-now").click()
    await expect(page.get_by_test_id("restart")).to_have_count(0, timeout=RESTART_MS)
    for step in ("agency", "safe"):
        await expect(page.get_by_test_id(f"step-{step}")).to_have_attribute("data-done", "true")


@contextlib.asynccontextmanager
async def outside_witness(store: Path, folder: Path) -> AsyncIterator[str]:
    """A witness of another unit that knows the logs of this store; how it is written down."""
    origins = log_origins(load().recorder.log_origin, 1)
    lines = [one.text for one in await asyncio.to_thread(log_keys, store, origins)]
    await asyncio.to_thread(trust_logs, folder, lines)
    directory = await asyncio.to_thread(WitnessDirectory, folder, "notary.example/1")
    port, _ = free_ports()
    server = witness_server(directory, "127.0.0.1", port)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started, 30)
        yield f"notary {directory.keys[0].text} http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
        directory.close()


async def complete(page: Page) -> bool:
    """The test recording is verified; the witness may come late: then it is verified once more."""
    verdict = page.get_by_test_id("test-verdict")
    if str(await verdict.get_attribute("data-verdict")).startswith("complete"):
        return True
    again = page.get_by_test_id("test-again")
    if await again.is_visible() and await again.is_enabled():
        await again.click()
    return False


async def _set_up(page: Page, address: str) -> None:
    for role in ("manager", "interviewer"):
        await page.goto(f"{address}/admin/accounts?new=1")
        await page.get_by_test_id("new-account-name").fill(f"新{role}")
        await page.get_by_test_id("new-account-account").fill(role)
        await page.get_by_test_id("new-account-role").select_option(role)
        await page.get_by_test_id("new-account-save").click()
        await page.get_by_test_id("new-account-done").click()
    await page.goto(f"{address}/admin/rooms")
    await page.get_by_test_id("room-new").click()
    await page.get_by_test_id("room-name").fill("询问室 1")
    await page.get_by_test_id("room-save").click()
    await expect(page.get_by_test_id("list-rooms")).to_contain_text("询问室 1")
    await page.goto(f"{address}/admin/set-up")  # taken up again: what is done is done
    for step in ("people", "places"):
        await expect(page.get_by_test_id(f"step-{step}")).to_have_attribute("data-done", "true")
    await page.get_by_test_id("test-camera").click()
    await expect(page.get_by_test_id("test-state")).to_contain_text("正在录制")
    await expect(page.get_by_test_id("test-finish")).to_be_enabled()
    await page.get_by_test_id("test-finish").click()


@contextlib.asynccontextmanager
async def fresh_centre(store: Path) -> AsyncIterator[tuple[str, DemoAccount]]:
    """A centre with one administrator and nothing else; real processes."""
    admin = DemoAccount("root", "管理员", Role.ADMINISTRATOR, "three blind mice 47")
    config, http_port = await asyncio.to_thread(_made, store, admin)
    async with Supervisor(config, log_directory=store / "logs") as supervisor:
        await supervisor.wait_ready()
        yield f"http://localhost:{http_port}", admin


def _made(store: Path, admin: DemoAccount) -> tuple[Path, int]:
    https_port, http_port = free_ports()
    store.mkdir(parents=True)
    config = store / "duizhi.toml"
    ports = {"https_port": https_port, "http_port": http_port, "bind": "127.0.0.1"}
    place = {"directory": str(store), "minimum_free_bytes": 64 << 20}
    config.write_text(to_toml({"store": place, "centre": ports}))
    with Database(store / "centre" / "centre.sqlite") as database:
        create_account(
            database,
            account=admin.account,
            name=admin.name,
            role=admin.role,
            password=admin.password,
            now_us=SystemClock().now_us(),
        )
    return config, http_port


def voice_file(folder: Path) -> Path:
    """A tone for the browser's microphone."""
    path = folder / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        t = np.arange(48_000 * 20) / 48_000
        file.writeframes((8000 * np.sin(2 * np.pi * 440 * t)).astype("<i2").tobytes())
    return path


async def test_a_setting_and_the_keys_of_a_log_are_changed(installation: Installation) -> None:
    store = installation.store
    async with (
        browser(width=1366, height=768) as context,
        installation.desk("lin") as lead,
        installation.desk("admin") as desk,
    ):
        page = await context.new_page()
        await sign_in(page, store.address, store.accounts["admin"])
        async with seen_when_failed(page):
            # live facts on the home
            await page.goto(f"{store.address}/admin")
            await expect(page.get_by_test_id("fact-processes")).to_be_visible()
            await expect(page.get_by_test_id("facts-live")).to_contain_text("实时")
            # a setting: refused with the reason, changed, put back
            await page.goto(f"{store.address}/admin/settings?q=co_warning")
            row = page.get_by_test_id("setting-alarms.co_warning_ppm")
            await row.click()
            await page.get_by_test_id("setting-value").fill("500")
            await page.get_by_test_id("setting-save").click()
            await expect(page.get_by_test_id("setting-problem")).to_contain_text("必须小于")
            await page.get_by_test_id("setting-value").fill("31")
            await page.get_by_test_id("setting-save").click()
            await expect(row).to_contain_text("在此更改")
            await row.click()
            await expect(page.get_by_test_id("setting-now")).to_have_text("31.0")
            await page.get_by_test_id("setting-restore").click()
            await expect(row).not_to_contain_text("在此更改")
            # the keys of the recorder's log: refused while a session is open, then changed
            session = (await lead.post("/api/rooms/room2/session", {}))["id"]
            await page.goto(f"{store.address}/admin/keys")
            await page.get_by_test_id("rotate-ask-recorder-1").click()
            await page.get_by_test_id("rotate-reason").fill("每年一次")
            await page.get_by_test_id("rotate-now").click()
            await expect(page.get_by_test_id("rotate-problem")).to_contain_text("还有询问没有结束")
            case = await lead.get(f"/api/cases/{store.case}")
            still = {one["id"] for one in case["sessions"] if not one["closed_us"]} | {session}
            for one in still:
                await lead.post(f"/api/sessions/{one}/close", {"reason": "test"})
            before = await _log_keys(desk)
            await _an_order_is_withdrawn(installation, page)
            assert await _log_keys(desk) == before
            await page.get_by_test_id("rotate-ask-recorder-1").click()
            await page.get_by_test_id("rotate-reason").fill("每年一次")
            await page.get_by_test_id("rotate-now").click()
            line = page.get_by_test_id("rotate-recorder-1")
            await expect(line.get_by_test_id("rotate-done")).to_be_visible()
            after = await _log_keys(desk)
            assert before - after  # the present key is another one now
            ended = {one["fingerprint"] for one in await _keys(desk) if one["state"] == "ended"}
            assert ended & before

            async def records_again() -> bool:
                health = await desk.get("/api/running/health")
                parts = health["health"]["parts"]
                return all(one["state"] == "ok" for one in parts if one["name"] == "recorder-1")

            await until(records_again, 60)
            opened = await lead.post("/api/rooms/room2/session", {})
            await lead.post(f"/api/sessions/{opened['id']}/close", {"reason": "test"})


async def _an_order_is_withdrawn(installation: Installation, page: Page) -> None:
    """Ordered while the recorder does not answer; another page shows it and withdraws it."""
    child = installation.supervisor.children["recorder-1"]
    assert child.pid is not None
    starts = child.starts
    other = await page.context.new_page()
    await other.goto(f"{installation.store.address}/admin/keys")
    await expect(other.get_by_test_id("keys-rotate")).to_be_visible()
    os.kill(child.pid, signal.SIGSTOP)
    try:
        await page.get_by_test_id("rotate-now").click()
        away = other.get_by_test_id("rotate-away-recorder-1")
        await expect(away).to_be_visible()  # told, without a reload
        await other.get_by_test_id("withdraw-ask-recorder-1").click()
        await other.get_by_test_id("withdraw-now").click()
        for one in (other, page):
            line = one.get_by_test_id("rotate-recorder-1")
            await expect(line.get_by_test_id("rotate-withdrawn")).to_have_text(
                "命令已撤回，仍用原密钥"
            )
    finally:
        os.kill(child.pid, signal.SIGCONT)
    await other.close()
    assert child.starts == starts


async def _keys(desk: Desk) -> list[dict[str, Any]]:
    return list((await desk.get("/api/running/keys"))["keys"])


async def _log_keys(desk: Desk) -> set[str]:
    """Fingerprints of the keys the recorder's log is signed with now."""
    return {
        str(one["fingerprint"])
        for one in await _keys(desk)
        if one["use"] == "log" and one["owner"] == "recorder-1" and one["state"] != "ended"
    }


async def test_a_record_form_is_checked_used_and_taken_back(
    installation: Installation, tmp_path: Path
) -> None:
    """Wrong files say what is wrong and change nothing; a good one is there when one comes back."""
    store = installation.store
    async with (
        browser(width=1366, height=768) as context,
        installation.desk("admin") as desk,
    ):
        page = await context.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["admin"])
        async with seen_when_failed(page):
            await page.goto(f"{store.address}/admin/templates")
            row = page.get_by_test_id("record-forms").locator("li[data-form]").first
            form = await row.get_attribute("data-form")
            choose, bad = page.get_by_test_id(f"form-file-{form}"), page.get_by_test_id("form-bad")
            async with page.expect_download() as download:
                await row.get_by_role("link").click()
            shipped = tmp_path / "shipped.docx"
            await (await download.value).save_as(shipped)
            # errors in words, and nothing changes
            wrong = tmp_path / "letter.docx"
            wrong.write_bytes(b"no document")
            await choose.set_input_files(wrong)
            await expect(bad).to_contain_text("现用的格式不变")
            check = page.get_by_test_id("form-check")
            await expect(check).to_contain_text("这不是文字处理文档")
            await expect(page.get_by_test_id("form-use")).to_have_count(0)
            await page.keyboard.press("Escape")
            await expect(bad).to_have_count(0)
            strange = tmp_path / "strange.docx"
            written = docx.Document(str(shipped))
            written.add_paragraph("{{ no_such_field }}")
            written.save(str(strange))
            await choose.set_input_files(strange)
            await expect(bad).to_contain_text("系统不认识的字段")
            await expect(check).to_contain_text("no_such_field")
            await page.keyboard.press("Escape")
            await expect(bad).to_have_count(0)
            await expect(row).to_contain_text("随附的")
            # a good one: left once without using it, then used
            own = tmp_path / "own.docx"
            written = docx.Document(str(shipped))
            written.add_paragraph("本单位专用")
            written.save(str(own))
            await choose.set_input_files(own)
            await expect(page.get_by_test_id("form-good")).to_be_visible()
            await page.goto(f"{store.address}/admin")
            await page.goto(f"{store.address}/admin/templates")
            await expect(row).to_contain_text("随附的")
            await choose.set_input_files(own)
            await page.get_by_test_id("form-use").click()
            await expect(row).to_contain_text("本单位的")
            await page.goto(f"{store.address}/admin")
            await page.goto(f"{store.address}/admin/templates")
            await expect(row).to_contain_text("本单位的")
            # and back to the shipped one, asked once more
            await page.get_by_test_id(f"form-versions-{form}").click()
            await page.get_by_test_id("form-back").click()
            await page.get_by_test_id("form-back-now").click()
            await expect(row).to_contain_text("随附的")

            async def is_back() -> bool:  # the list of versions says 随附的 before it is
                forms = (await desk.get("/api/record-templates"))["forms"]
                return [one["own"] for one in forms if one["form"] == form] == [False]

            await until(is_back, PATIENCE_MS / 1000)
        assert complaints.found == []
