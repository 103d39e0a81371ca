"""Debian's Chromium with a fake camera and a microphone that plays a WAV file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from playwright.async_api import BrowserContext, Page, async_playwright, expect

from command_centre.demo_store import DemoAccount
from tests.browser.pictures import photographed

CHROMIUM = "/usr/bin/chromium"
#: Longest wait for what a page does or shows by itself; what is there already costs none of it.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
#: Keeps Chromium from looking for anything outside this machine.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
#: Called by what tests and pictures share at each state worth a picture, with its name.
Look = Callable[[Page, str], Awaitable[None]]


async def nothing(_page: Page, _name: str) -> None:
    """Look at nothing."""


async def photograph(page: Page, name: str) -> None:
    """Every look of a page, for whoever looks; only where ``DUIZHI_PICTURES`` names a folder."""
    folder = os.environ.get("DUIZHI_PICTURES")
    if folder:
        await photographed(page, Path(folder), name)


@contextlib.asynccontextmanager
async def browser(
    *,
    microphone: Path | None = None,
    locale: str = "zh-CN",
    width: int = 1920,
    height: int = 1080,
) -> AsyncIterator[BrowserContext]:
    """A browser of its own; with a microphone it also has a camera."""
    arguments = list(QUIET)
    if microphone is not None:
        arguments += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}%noloop",
        ]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            context = await chromium.new_context(
                locale=locale, viewport={"width": width, "height": height}
            )
            # the pages are Chinese whatever the browser speaks; a person chooses English
            await context.add_init_script(f"localStorage.setItem('duizhi.locale', '{locale}')")
            context.set_default_timeout(PATIENCE_MS)
            yield context
        finally:
            await chromium.close()


#: Counts what a page has asked for and not been answered.
_COUNT = """(() => {
  const ask = window.fetch
  window.unanswered = 0
  window.fetch = (...said) => {
    window.unanswered += 1
    return ask(...said).finally(() => { window.unanswered -= 1 })
  }
})()"""
_SETTLED = """([quietMs, patienceMs]) => new Promise((done) => {
  const begun = performance.now()
  let last = begun
  const watch = new MutationObserver(() => { last = performance.now() })
  const all = { subtree: true, childList: true, attributes: true, characterData: true }
  watch.observe(document, all)
  const moves = () => document.getAnimations().some((one) =>
    one.playState === 'running' && one.effect?.getComputedTiming().endTime !== Infinity)
  const look = () => {
    const now = performance.now()
    const still = window.unanswered === 0 && now - last >= quietMs && !moves()
    if (!still && now - begun < patienceMs) return setTimeout(look, 25)
    watch.disconnect()
    done(still)
  }
  look()
})"""
_QUIET_MS = 150


async def counting(context: BrowserContext) -> None:
    """Let ``settled`` work in pages opened from now on."""
    await context.add_init_script(_COUNT)


async def settled(page: Page) -> None:
    """Until everything asked for is answered, and nothing was drawn or moved for a moment."""
    assert await page.evaluate(_SETTLED, [_QUIET_MS, PATIENCE_MS]), f"{page.url} never rests"


class Errors:
    """What a page complained of: exceptions, console errors, requests to other machines."""

    def __init__(self, page: Page, address: str) -> None:
        self.found: list[str] = []
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on(
            "console",
            lambda said: (
                self.found.append(f"console: {said.text} {said.location['url']}")
                if said.type == "error"
                else None
            ),
        )
        own = (address, address.replace("http", "ws", 1), "blob:", "data:")
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(own)
                else self.found.append(f"outside: {request.url}")
            ),
        )


async def sign_in(page: Page, address: str, person: DemoAccount) -> None:
    """Sign in with a password, as a person does, and wait for the first page."""
    await page.goto(f"{address}/login")
    await page.get_by_test_id("login-account").fill(person.account)
    await page.get_by_test_id("login-password").fill(person.password)
    await page.get_by_test_id("login-submit").click()
    await page.wait_for_url(lambda url: not url.endswith("/login"))


async def start_anyway(room: Page) -> None:
    """Start a room with nothing checked, and say why."""
    await room.get_by_test_id("room-start").click()
    await room.get_by_test_id("unmet-urgent").click()


async def speak(page: Page, locale: str) -> None:
    """Let a page speak another language, as a second tab would tell it."""
    await page.evaluate(
        "locale => { localStorage.setItem('duizhi.locale', locale); window.dispatchEvent("
        "new StorageEvent('storage', { key: 'duizhi.locale', newValue: locale })) }",
        locale,
    )


@contextlib.asynccontextmanager
async def seen_when_failed(*pages: Page) -> AsyncIterator[None]:
    """When the body fails, what the pages showed lies in test-results/."""
    try:
        yield
    except BaseException:  # a time limit of the test as well; raised on
        for number, page in enumerate(pages, 1):
            await page.screenshot(path=f"test-results/page-{number}.png")
        raise
