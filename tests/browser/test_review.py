"""Looking back in a real browser: two sessions in step, a gap shown, pictures one by one, jumps to
what happened, notes, a link that brings back the moment, and a clip that a stranger can check.

One installation and one browser for all of it; an auditor looks last, and changes nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from playwright.async_api import BrowserContext, Page, expect

from command_centre.api.app import create_app
from command_centre.comparison.views import Finding, Side
from command_centre.db import schema
from evidence_store.verify import verify_path
from evidence_store.writer import Draft, StoreWriter
from tests.browser.browser import Errors, browser, seen_when_failed
from tests.browser.test_accessibility import violations
from tests.command_centre.centre import Centre
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit, auditing
from tests.command_centre.web import serving
from tests.evidence_store.builder import SECOND, START_US, open_writer
from tests.evidence_store.real_media import PlayedSession, clips

pytestmark = [pytest.mark.browser, pytest.mark.slow]

S1, S2 = "s00000000000000000001", "s00000000000000000002"
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
CAMERA, OTHER = "room1-camera", "room2-camera"
#: A picture may be this far from the clock (issue: one clock).
APART_S = 0.1
PATIENCE_S = 60
AGAIN = "是李某安排我们几个进去的"
SENTENCE, WORDS = "是李某安排我们进去的", ("是", "李某", "安排", "我们", "进去的")


def two_sessions(path: Path, directory: Path) -> None:
    """Room 1 with a gap of a second; room 2 begins a second later, in another codec."""
    mp4, webm = clips(directory, 8)
    writer = open_writer(path)
    room1 = PlayedSession(writer, S1)
    room1.open()
    room1.begin(CAMERA, "摄像机")
    room1.stretch(CAMERA, mp4, 6)
    for number, text in enumerate((SENTENCE, HOSTILE)):
        at_us = START_US + (1 + number * 3) * SECOND
        said = {"source": CAMERA, "id": f"u{number}", "speaker": "interviewee"}
        times = {"start_us": at_us, "end_us": at_us + SECOND}
        words = [
            {"w": w, "s_us": at_us + n * 200_000, "e_us": at_us + (n + 1) * 200_000, "c_pm": 900}
            for n, w in enumerate(WORDS if not number else ())
        ]
        private = {"text": text, "words": words, "repairs": []}
        draft = Draft("utterance", S1, "room1", {**said, **times}, at_us, private=private)
        writer.submit([draft]).result(timeout=30)
    room1.note("marker", {"text": "改口", "by": "ac", "by_name": "林某某"}, START_US + 2 * SECOND)
    read: dict[str, object] = {"device": "env-01", "values": {"temp_c": 23_400}, "alarms": []}
    room1.note("reading", read, START_US)
    room1.gap(CAMERA, SECOND)
    room1.stretch(CAMERA, mp4, 3)
    _heard_again(writer)
    room1.close_recording(CAMERA)
    room1.close()
    room2 = PlayedSession(writer, S2, room="room2", t_us=START_US)
    room2.open()
    room2.begin(OTHER, "摄像机")
    room2.gap(OTHER, SECOND)
    room2.stretch(OTHER, webm, 8)
    room2.close_recording(OTHER)
    room2.close()
    writer.close()


def _heard_again(writer: StoreWriter) -> None:
    """Another model heard the first sentence otherwise."""
    model = {"language": "zh", "engine": "vosk", "model": "大模型", "model_sha256": "ab" * 32}
    at_us = START_US + SECOND
    line = {"source": CAMERA, "id": "x", "speaker": "interviewee", "vocabulary": ""}
    times = {"start_us": at_us, "end_us": at_us + SECOND}
    private = {"text": AGAIN, "words": [], "repairs": []}
    done = {"sentences": 1, "from_us": at_us}
    drafts = [
        Draft(
            "utterance.second_asked",
            S1,
            "room1",
            {**model, "by": "ac"},
            at_us,
            private={"by_name": "林某某"},
        ),
        Draft("utterance.second", S1, "room1", {**line, **times, **model}, at_us, private=private),
        Draft("utterance.second_done", S1, "room1", {**model, **done}, at_us),
    ]
    writer.submit(drafts).result(timeout=30)


@asynccontextmanager
async def reviewing(directory: Path) -> AsyncIterator[tuple[Audit, str]]:
    """A centre over the two sessions, and its address."""
    await asyncio.to_thread(two_sessions, directory / "store", directory)
    async with auditing(directory / "store", S1) as audit:
        served = SimpleNamespace(app=create_app(audit.context), cookies=audit.cookies)
        async with serving(cast(Centre, served)) as web:
            yield audit, f"http://127.0.0.1:{web.port}"


def _difference() -> Any:
    """What the engine would have found between the two, at four and five seconds."""
    sides = [
        Side(person=who, room=room, session=session, text=text, start_us=at_us, end_us=at_us + 1)
        for who, room, session, text, at_us in (
            ("zhang", "room1", S1, SENTENCE, START_US + 4 * SECOND),
            ("li", "room2", S2, "是他自己去的", START_US + 5 * SECOND),
        )
    ]
    finding = Finding("d-1", "conflict", "red", "p1", "who", "rule", *sides)
    return schema.difference.insert().values(
        case_id=CASE,
        id=finding.id,
        content=msgspec.json.encode(finding).decode(),
        engine="1",
        found_us=START_US,
    )


async def enter(context: BrowserContext, audit: Audit, address: str, role: str) -> None:
    """As somebody who has signed in."""
    cookie: dict[str, Any] = {"name": "duizhi_login", "value": audit.cookies[role]}
    await context.add_cookies([cast(Any, {**cookie, "url": address})])


async def came(page: Page, expression: str) -> None:
    """Wait until an expression holds; the page's policy forbids it to evaluate text itself."""
    async with asyncio.timeout(PATIENCE_S):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.1)


async def at_us(page: Page) -> int:
    return int(await page.get_by_test_id("review-now").get_attribute("data-us") or 0)


NOW = "Number(document.querySelector('[data-testid=review-now]').dataset.us)"
VIDEOS = "[...document.querySelectorAll('[data-testid=review-picture] video')]"


async def test_two_sessions_are_looked_back_at(tmp_path: Path) -> None:
    async with (
        reviewing(tmp_path) as (audit, address),
        browser(width=1440, height=900) as context,
    ):
        await enter(context, audit, address, "manager")
        page = await context.new_page()
        complaints = Errors(page, address)
        async with seen_when_failed(page):
            begin = START_US + 1_200_000
            link = f"{address}/review/{CASE}?sessions={S1},{S2}&at={begin}&source={S1}/{CAMERA}"
            await page.goto(link)
            await expect(page.get_by_test_id("review-picture")).to_have_count(2)
            assert await at_us(page) == begin
            await _in_step(page)
            await _faster(page)
            await _a_gap_is_shown(page)
            await _one_picture_at_a_time(page)
            await _strips_are_drawn(page)
            await _from_one_event_to_the_next(page, audit)
            await _a_word_and_a_sentence(page)
            await _another_reading(page)
            await _a_note(page)
            await _a_link(page, context)
            await _a_clip(page, tmp_path)
            assert "taken" not in await page.title()
        assert complaints.found == []
        assert context.browser is not None
        theirs = await context.browser.new_context(locale="zh-CN", viewport=None)
        await enter(theirs, audit, address, "auditor")
        await _an_auditor_changes_nothing(await theirs.new_page(), address)
    kinds = audit.centre_kinds()
    for kind in ("access.session", "access.media", "note.added", "note.withdrawn", "derived.made"):
        assert kind in kinds


async def _in_step(page: Page) -> None:
    """Ten looks in a row with both running, no further from the clock than 100 ms; one is heard."""
    await page.keyboard.press("Space")
    look = f"[{NOW}, {VIDEOS}.map(v => [v.currentTime, v.paused, v.muted])]"
    near = 0
    apart: list[float] = []
    async with asyncio.timeout(PATIENCE_S):
        while near < 10:
            now, found = await page.evaluate(look)
            if now > START_US + 5 * SECOND:
                await page.keyboard.press("j")
            running = not any(paused for _, paused, _ in found)
            clock_s = (now - START_US) / SECOND
            gap = max(abs(seen - clock_s) for seen, _, _ in found)
            near = near + 1 if running and gap < APART_S else 0
            apart.append(gap)
            assert sorted(muted for _, _, muted in found) == [False, True]
            await asyncio.sleep(0.1)
    print(f"apart at most {max(apart[-10:]) * 1000:.0f} ms over ten looks")
    await page.keyboard.press("Space")
    await expect(page.get_by_test_id("review-play")).to_have_attribute("data-playing", "false")
    stood = await at_us(page)
    await asyncio.sleep(0.3)
    assert await at_us(page) == stood


async def _faster(page: Page) -> None:
    """L plays and goes faster; the pictures follow the speed."""
    await _goto(page, START_US + SECOND)
    await page.keyboard.press("l")
    await page.keyboard.press("l")
    await expect(page.get_by_test_id("review-speed")).to_have_value("1.5")
    await came(page, f"{VIDEOS}.every(v => !v.paused && Math.abs(v.playbackRate - 1.5) < 0.2)")
    await page.get_by_test_id("review-speed").select_option("1")
    await page.get_by_test_id("review-speed").blur()
    await page.keyboard.press("k")
    await expect(page.get_by_test_id("review-play")).to_have_attribute("data-playing", "false")


async def _goto(page: Page, moment_us: int) -> None:
    """By the address, as a link does."""
    address = page.url.partition("?")[0]
    await page.goto(f"{address}?sessions={S1},{S2}&at={moment_us}&source={S1}/{CAMERA}")
    await expect(page.get_by_test_id("review-now")).to_have_attribute("data-us", str(moment_us))


async def _a_gap_is_shown(page: Page) -> None:
    await _goto(page, START_US + 6_300_000)
    first = page.locator(f'[data-lane="{S1}/{CAMERA}"]')
    await expect(first.locator(".cover")).to_have_text("网络中断")
    await expect(page.get_by_test_id("review-hole")).to_have_count(2)
    await page.keyboard.press("Space")
    before = await at_us(page)
    await came(page, f"{NOW} > {START_US + 7_200_000}")
    assert before < START_US + 7 * SECOND
    await expect(first.locator(".cover")).to_have_count(0)
    await page.keyboard.press("Space")


async def _one_picture_at_a_time(page: Page) -> None:
    """The clip has 25 to 30 pictures a second; each step shows another one, back as well."""
    await expect(page.get_by_test_id("review-play")).to_have_attribute("data-playing", "false")
    shown = f"{VIDEOS}[0].currentTime"
    before, seen, pictures = await at_us(page), [], []
    for key in ("one", ".", "."):
        if key == "one":
            await page.get_by_test_id("review-frame-on").click()
        else:
            await page.keyboard.press(key)
        await came(page, f"{NOW} > {before}")
        before = await at_us(page)
        seen.append(before)
        await came(page, f"Math.abs({shown} - {(before - START_US) / SECOND}) < 0.002")
        pictures.append(await page.evaluate(shown))
    steps = [round((b - a) / 1000) for a, b in itertools.pairwise(seen)]
    assert all(20 <= step <= 50 for step in steps), steps
    await page.keyboard.press(",")
    await came(page, f"Math.abs({NOW} - {seen[1]}) < 1000")
    await came(page, f"Math.abs({shown} - {pictures[1]}) < 0.002")


async def _strips_are_drawn(page: Page) -> None:
    inked = (
        "[...document.querySelectorAll('[data-testid=review-wave]')].filter(c =>"
        " c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)).length === 2"
    )
    await came(page, inked)
    await came(page, "document.querySelectorAll('.strip img').length >= 4")


async def _from_one_event_to_the_next(page: Page, audit: Audit) -> None:
    """A marker, then both sides of a difference, each in the lane of who said it; and back."""
    # the engine has read all words by now and looks again only when there are more
    await audit.context.database.write(lambda writing: writing.execute(_difference()))
    await _goto(page, START_US + SECOND)
    await page.get_by_test_id("review-tab-events").click()
    events = page.get_by_test_id("review-event")
    await expect(events.filter(has_text="改口")).to_have_attribute("data-kind", "marker")
    await expect(
        page.locator('[data-testid="review-event"][data-kind="difference"]')
    ).to_have_count(2)
    for seconds in (2, 4, 5):
        await page.keyboard.press("ArrowDown")
        await came(page, f"{NOW} === {START_US + seconds * SECOND}")
    heard = page.locator(f'[data-lane="{S2}/{OTHER}"]')
    await expect(heard).to_have_class("pic video heard")
    await page.keyboard.press("ArrowUp")
    await came(page, f"{NOW} === {START_US + 4 * SECOND}")
    await events.filter(has_text="改口").click()
    assert await at_us(page) == START_US + 2 * SECOND


async def _a_word_and_a_sentence(page: Page) -> None:
    await page.get_by_test_id("review-tab-script").click()
    await page.get_by_test_id("review-word").filter(has_text="安排").click()
    assert await at_us(page) == START_US + SECOND + 400_000
    await page.locator('[data-line="u1"] button').click()
    assert await at_us(page) == START_US + 4 * SECOND
    await page.get_by_test_id("review-word").first.click()
    assert await at_us(page) == START_US + SECOND


async def _another_reading(page: Page) -> None:
    """It is chosen, taken as a file, and the live one is there again."""
    words = page.get_by_test_id("review-word")
    choice = page.get_by_test_id("reading-choose")
    await choice.select_option(label="复听：大模型")
    await expect(words.first).to_contain_text("几个")
    await expect(page.get_by_test_id("reading-about")).to_contain_text("林某某")
    await expect(page.get_by_test_id("review-word")).to_have_count(1)
    assert await violations(page) == []
    await choice.select_option("live")
    await expect(words.first).to_have_text("是")


async def _a_note(page: Page) -> None:
    await page.keyboard.press("m")
    await page.get_by_test_id("review-note-text").fill(HOSTILE)
    await page.get_by_test_id("review-note-save").click()
    note = page.locator('[data-testid="review-event"][data-kind="note"]')
    await expect(note).to_contain_text(HOSTILE)
    await page.get_by_test_id("review-withdraw").click()
    await page.get_by_test_id("review-withdraw-sure").click()
    await expect(note).to_contain_text("撤回")


async def _a_link(page: Page, context: BrowserContext) -> None:
    await page.get_by_test_id("review-link").click()
    await page.wait_for_url(f"**at={START_US + SECOND}**")
    other = await context.new_page()
    await other.goto(page.url)
    await expect(other.get_by_test_id("review-now")).to_have_attribute(
        "data-us", str(START_US + SECOND)
    )
    await other.close()


async def _a_clip(page: Page, directory: Path) -> None:
    """From the dialog to a package that the verifier accepts, with the room's temperature on it."""
    await page.keyboard.press("o")  # the other way round: the ends change places
    await page.get_by_test_id("review-frame-on").click()
    for _ in range(6):
        await page.keyboard.press(".")
    await came(page, f"{NOW} > {START_US + SECOND + 60_000}")
    await page.keyboard.press("i")
    await _one_calm_line(page)
    await page.get_by_test_id("review-clip").click()
    length = await page.get_by_test_id("clip-length").text_content()
    assert length is not None
    assert 0 < float(length.split()[0]) < 1
    await page.get_by_test_id("clip-reason").fill("向检察机关移送片段")
    await page.get_by_test_id("clip-to").fill("检察院")
    await expect(page.get_by_test_id("clip-climate")).to_be_checked()
    await page.get_by_test_id("clip-make").click()
    made = page.get_by_test_id("clip-made")
    await expect(made).to_be_visible(timeout=PATIENCE_S * 1000)
    assert (await made.get_attribute("data-verdict") or "").startswith("complete")
    async with page.expect_download() as download:
        await page.get_by_test_id("clip-package").click()
    package = await (await download.value).path()
    await asyncio.to_thread(_is_accepted, package, directory / "package")


async def _one_calm_line(page: Page) -> None:
    """With both ends marked, what plays and cuts stands in one line of a laptop's window."""
    for width, lines in ((1366, 1), (390, 3), (1440, 1)):
        await page.set_viewport_size({"width": width, "height": 844})
        box = await page.get_by_test_id("review-bar").bounding_box()
        assert box is not None
        assert (box["height"] < 60) is (lines == 1), (width, box)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        if lines > 1 or width == 1440:
            assert await violations(page) == []


def _is_accepted(package: Path, into: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(into)
    [top] = into.iterdir()
    report = verify_path(top)
    assert report.findings == []
    assert [one.state for one in report.derived] == ["proved"]
    assert json.loads((top / "data/case.json").read_text())["case"]["clip"]["source"] == CAMERA


async def _an_auditor_changes_nothing(page: Page, address: str) -> None:
    await page.goto(f"{address}/review/{CASE}?sessions={S1}")
    await expect(page.get_by_test_id("review-picture")).to_have_count(1)
    await page.get_by_test_id("review-tab-events").click()
    for name in ("review-note", "review-note-write"):
        await expect(page.get_by_test_id(name)).to_have_count(0)
    await page.keyboard.press("m")
    await expect(page.get_by_test_id("review-note-text")).to_have_count(0)
