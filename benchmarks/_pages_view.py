"""One view of a page in Chromium: when something is painted, and when what one came for is there.

Times are the page's own, ms since its navigation began. The main content is there in the frame
after the one in which it has a box on the page. Bytes are those of the answers' bodies as sent.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, StorageState

SIZE = (1440, 900)
_PATIENCE_MS = 30_000
#: What is painted later than this after the main content is not waited for.
_AFTER_S = 0.4
_WATCH = """(() => {
  performance.setResourceTimingBufferSize(2000)
  const seen = window.__seen = { main: null, largest: null }
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) seen.largest = one.startTime
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  const drawn = (one) => one.getClientRects().length
  const there = () => [...document.querySelectorAll(WANTED)].some(drawn)
  const look = () => {
    if (!there()) return requestAnimationFrame(look)
    requestAnimationFrame(() => { seen.main = performance.now() })
  }
  requestAnimationFrame(look)
})()"""
_TAKE = """() => ({
  ...window.__seen,
  first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  asked: ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))
    .map((one) => ({
      url: one.name, from: one.startTime, to: one.responseEnd,
      sent: one.transferSize ? one.encodedBodySize : 0,
    })),
})"""


@dataclass(frozen=True)
class View:
    """What one view took: ms, bytes, and each request for the waterfall."""

    first: float  # first contentful paint
    largest: float  # largest contentful paint
    main: float
    script_bytes: int
    asked: tuple[dict[str, Any], ...]


def view_of(taken: dict[str, Any]) -> View:
    """From what the page says; a page that painted its main content has painted before."""
    asked = tuple(sorted(taken["asked"], key=lambda one: (one["from"], one["to"])))
    main = taken["main"]
    return View(
        first=main if taken["first"] is None else taken["first"],
        largest=main if taken["largest"] is None else taken["largest"],
        main=main,
        script_bytes=sum(one["sent"] for one in asked if path_of(one["url"]).endswith(".js")),
        asked=asked,
    )


def path_of(url: str) -> str:
    """The path of an address, without what is asked."""
    return "/" + url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]


async def views(
    chromium: Browser, address: str, main: str, state: StorageState | None, language: str = "zh-CN"
) -> tuple[View, View]:
    """The same page twice in a browser that has nothing of it at first: cold, then warm."""
    width, height = SIZE
    context = await chromium.new_context(
        locale=language, storage_state=state, viewport={"width": width, "height": height}
    )
    try:
        await context.add_init_script(f"localStorage.setItem('duizhi.locale', '{language}')")
        await context.add_init_script(_WATCH.replace("WANTED", json.dumps(main)))
        return await _one(context, address), await _one(context, address)
    finally:
        await context.close()


async def _one(context: BrowserContext, address: str) -> View:
    page: Page = await context.new_page()
    try:
        await page.goto(address, wait_until="commit")
        await page.wait_for_function(
            "() => window.__seen.main !== null", polling=50, timeout=_PATIENCE_MS
        )
        await asyncio.sleep(_AFTER_S)
        return view_of(await page.evaluate(_TAKE))
    finally:
        await page.close()
