"""Pictures of the audit desk's dialogs with something chosen, and of the report as pages.

On the store of ``test_export_dialog.py``: media that play, and a verification that was run. The
report is turned into pictures by poppler's ``pdftoppm`` where it is installed.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.pictures import photographed
from tests.browser.test_export_dialog import audit_desk, choose_partial, opened
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit


async def dialogs_photographed(folder: Path, target: Path) -> None:
    """Open each dialog; makes ``dialog-NAME-LANGUAGE-SIZE-THEME.png`` and pages of the report."""
    async with audit_desk(folder) as (audit, address):
        await _reports(audit, folder, target, "report")
        async with opened(audit, address, role="manager") as page:
            await _export(page, target)
            await _redaction(page, target)
            await _retention(page, target)
        _one_byte_altered(audit.store)
        await _reports(audit, folder, target, "report-altered")


async def _export(page: Page, target: Path) -> None:
    await choose_partial(page)
    await photographed(page, target, "dialog-export")
    await page.keyboard.press("Escape")


async def _redaction(page: Page, target: Path) -> None:
    await page.get_by_test_id("audit-redact").click()
    frame = page.get_by_test_id("redact-frame")
    video = frame.locator("video")
    await expect(video).to_have_js_property("readyState", 4)
    for x, y in ((20, 20), (180, 60)):
        box = await frame.bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + x, box["y"] + y)
        await page.mouse.down()
        await page.mouse.move(box["x"] + x + 100, box["y"] + y + 70, steps=4)
        await page.mouse.up()
    await page.get_by_test_id("redact-silent").click()
    await page.get_by_test_id("redact-reason").fill("未成年人面部")
    await photographed(page, target, "dialog-redact")
    await page.keyboard.press("Escape")


async def _retention(page: Page, target: Path) -> None:
    """A hold is placed on the case, and asked to be lifted again."""
    await page.get_by_test_id("hold-case").click()
    await page.get_by_test_id("retention-reason").fill("复议期间不得销毁")
    await photographed(page, target, "dialog-hold")
    await page.get_by_test_id("retention-do").click()
    held = page.get_by_test_id("retention").locator("li.whole")
    await expect(held).to_have_count(1)
    await held.get_by_role("button").click()
    await photographed(page, target, "dialog-lift")
    await page.keyboard.press("Escape")


async def _reports(audit: Audit, folder: Path, target: Path, name: str) -> None:
    program = shutil.which("pdftoppm")
    async with audit.client() as client:
        job = await audit.done(client, "/api/verifications", case=CASE)
        for language in ("zh", "en"):
            answer = await client.get(
                f"/api/jobs/{job['id']}/report.pdf", params={"lang": language}
            )
            assert answer.status_code == 200, answer.text
            pdf = folder / f"{name}-{language}.pdf"
            pdf.write_bytes(answer.content)
            if program:
                await _pages(program, pdf, target / f"{name}-{language}")


async def _pages(program: str, pdf: Path, prefix: Path) -> None:
    made = await asyncio.create_subprocess_exec(program, "-png", "-r", "90", str(pdf), str(prefix))
    assert await made.wait() == 0


def _one_byte_altered(store: Path) -> None:
    segment = sorted(store.glob("recorder-1/media/**/*.m4s"))[1]
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.chmod(0o644)
    segment.write_bytes(bytes(data))
