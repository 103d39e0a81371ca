"""How long every page takes until what one came for is there, cold and warm, in Chromium.

A real centre with the demo's story: two rooms and the site are recorded over WebRTC until both
answers about the same point are compared, then sealed. Pages of running interviews are measured
while the four sources are recorded, all others afterwards. Each page is opened by whoever uses it,
in a browser that has nothing of it (cold), then once more (warm, the browser's cache filled);
right after it the peer: the same built files from Debian's nginx, compressed, showing the page
that says "no such page". That is what a page of this build takes at least on this machine, with
no centre asked. Ratios are of neighbouring views; times are medians with the lowest and highest.

Targets: main content of a cold page within 1.5 s, no page over 300 kB of script as sent. Prints a
table to stderr and one line of JSON; exit status 1 when a page misses a target.

Run: .venv/bin/python -m benchmarks.pages [--rounds 5] [--only PART] [--waterfall]
Needs the built pages (web/dist), Debian's chromium and nginx-light.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, StorageState

from benchmarks._pages_nginx import PATH, nginx
from benchmarks._pages_routes import PAGES, Opened
from benchmarks._pages_view import View, path_of, views
from command_centre import demo_fill
from command_centre.demo_desk import Desk, DeskError
from command_centre.demo_store import CLIPS
from command_centre.desk.context import WEB_DIST
from tests.browser.browser import browser, sign_in
from tests.e2e.installation import Installation, running, until

MOST_MS = 1500
MOST_SCRIPT_BYTES = 300_000
PEER_NAME = "nginx, the same built files, the page that says 'no such page'"
_ROOMS = ("room1", "room2", "site")
#: Where in the clips the rooms begin: soon both say who arranged the work.
_FROM_S = {"room1-camera": 92.0, "room2-camera": 129.0}
_SPEAK_S = 150.0

#: A cold view and the warm one after it.
Pair = tuple[View, View]
#: Route: what was measured, ours and the peer's in turn.
Measured = dict[str, list[tuple[Pair, Pair]]]


@dataclass(frozen=True)
class Span:
    """A median, and the lowest and highest of what it was taken from."""

    middle: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Span:
        """Of some values, at least one."""
        return Span(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{self.middle:.0f} ({self.low:.0f}-{self.high:.0f})"


def row_of(route: str, pairs: Sequence[tuple[Pair, Pair]]) -> dict[str, Any]:
    """One line of the table."""
    row: dict[str, Any] = {"route": route}
    for which, name in enumerate(("cold", "warm")):
        ours = [one[which] for one, _ in pairs]
        for step in ("first", "largest", "main"):
            row[f"{name}_{step}_ms"] = Span.of([getattr(view, step) for view in ours])
        row[f"{name}_peer_ms"] = Span.of([peer[which].main for _, peer in pairs])
        ratios = [one[which].main / peer[which].main for one, peer in pairs]
        row[f"{name}_ratio"] = round(statistics.median(ratios), 2)
    row["script_bytes"] = max(one[0].script_bytes for one, _ in pairs)
    row["requests"] = max(len(one[0].asked) for one, _ in pairs)
    return row


def missed(row: dict[str, Any]) -> list[str]:
    """The targets that a page does not meet, in words."""
    found = []
    if row["cold_main_ms"].middle > MOST_MS:
        found.append(f"{row['route']}: {row['cold_main_ms'].middle:.0f} ms to its main content")
    if row["script_bytes"] > MOST_SCRIPT_BYTES:
        found.append(f"{row['route']}: {row['script_bytes']} bytes of script")
    return found


def table(rows: Sequence[dict[str, Any]]) -> str:
    """For a README."""
    heads: tuple[str, ...] = ("page", "cold: first paint", "largest", "main content", "ratio")
    heads += ("warm: main content", "ratio", "script kB", "requests")
    lines = [" | ".join(("", *heads, "")).strip(), "|" + "---|" * len(heads)]
    for row in sorted(rows, key=lambda one: -one["cold_main_ms"].middle):
        cells = [f"`{row['route']}`", *(str(row[f"cold_{s}_ms"]) for s in ("first", "largest"))]
        cells += [str(row["cold_main_ms"]), f"{row['cold_ratio']:.2f}", str(row["warm_main_ms"])]
        cells += [f"{row['warm_ratio']:.2f}", f"{row['script_bytes'] / 1000:.0f}"]
        lines.append(" | ".join(("", *cells, str(row["requests"]), "")).strip())
    return "\n".join(lines)


def result_of(rows: Sequence[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """The line of JSON."""
    spans = [{k: _plain(v) for k, v in row.items()} for row in rows]
    ours = statistics.median(row["cold_main_ms"].middle for row in rows)
    peer = statistics.median(row["cold_peer_ms"].middle for row in rows)
    return {
        "bench": "pages",
        "unit": "ms to the main content, cold, median of the pages' medians",
        "rounds": rounds,
        "ours": round(ours),
        "peer": round(peer),
        "peer_name": PEER_NAME,
        "ratio": round(statistics.median(row["cold_ratio"] for row in rows), 2),
        "warm_ratio": round(statistics.median(row["warm_ratio"] for row in rows), 2),
        "slowest_ms": round(max(row["cold_main_ms"].middle for row in rows)),
        "most_script_bytes": max(row["script_bytes"] for row in rows),
        "missed": [one for row in rows for one in missed(row)],
        "pages": spans,
    }


def _plain(value: object) -> object:
    if isinstance(value, Span):
        return [round(value.middle), round(value.low), round(value.high)]
    return value


def waterfall(view: View) -> str:
    """The requests of one view in order: from, to, kB as sent, address."""
    return "\n".join(
        f"{one['from']:7.0f} {one['to']:7.0f} {one['sent'] / 1000:7.1f}  {path_of(one['url'])}"
        for one in view.asked
    )


@dataclass
class _Centre:
    """The running centre, and how each person is signed in at it."""

    installation: Installation
    chromium: Browser
    states: dict[str, StorageState]
    named: dict[str, str]  # what stands in addresses

    async def view(self, page: Opened) -> Pair:
        address = self.installation.store.address + page.address.format(**self.named)
        main = page.main.replace("{case}", self.named["case"])
        return await views(self.chromium, address, main, self.states.get(page.account))


async def _measure(
    centre: _Centre, pages: Sequence[Opened], *, peer: str, rounds: int, told: bool
) -> Measured:
    found: Measured = {page.route: [] for page in pages}
    none = next(page for page in PAGES if page.address == PATH)
    for number in range(rounds):
        for page in pages:
            ours = await centre.view(page)
            theirs = await views(centre.chromium, peer + PATH, none.main, None)
            found[page.route].append((ours, theirs))
            if told and number == rounds - 1:
                print(f"\n{page.route}\n{waterfall(ours[0])}", file=sys.stderr)
    return found


async def _signed_in(installation: Installation, chromium: Browser) -> dict[str, StorageState]:
    """What a browser keeps of each person, and of a phone that joined the case."""
    store, found = installation.store, {}
    for account in dict.fromkeys(page.account for page in PAGES):
        if account in store.accounts:
            context = await chromium.new_context(locale="zh-CN")
            await sign_in(await context.new_page(), store.address, store.accounts[account])
            found[account] = await context.storage_state()
            await context.close()
    async with installation.desk("lin") as lin:
        made = await lin.post(f"/api/cases/{store.case}/devices/join-codes", {})
    context = await chromium.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(store.address + "/device#" + made["url"].partition("#")[2])
    await page.get_by_test_id("device-start").wait_for()
    found["phone"] = await context.storage_state()
    await context.close()
    return found


async def _invited(installation: Installation) -> str:
    """The code of an invitation that nobody has taken."""
    async with installation.desk("admin") as admin:
        body = {"account": "zheng", "name": "郑某", "role": "auditor"}
        made = await admin.post("/api/accounts", body)
        code: str = (await admin.post(f"/api/accounts/{made['id']}/invite", {}))["code"]
    return code


async def _sealed(desk: Desk, session: str) -> bool:
    try:
        await desk.get(f"/api/sessions/{session}/receipt")
    except DeskError:
        return False
    return True


@contextlib.asynccontextmanager
async def _recorded(installation: Installation) -> AsyncIterator[dict[str, str]]:
    """While it lasts the story is being recorded; yields once both rooms' answers are compared."""
    store = installation.store
    await demo_fill.fill(store)
    async with installation.desk("lin") as lin, contextlib.AsyncExitStack() as stack:
        opened = {one: await lin.post(f"/api/rooms/{one}/session", {}) for one in _ROOMS}
        for source in CLIPS:
            start_s = _FROM_S.get(source, 85.0)
            await stack.enter_async_context(installation.publishing(source, start_s=start_s))

        async def compared() -> bool:
            found = await lin.get(f"/api/cases/{store.case}/differences")
            return any(one["finding"]["tier"] != "grey" for one in found["differences"])

        await until(compared, _SPEAK_S)
        said = await lin.get(f"/api/cases/{store.case}/utterances", room="room1", limit=60)
        yield {
            "case": store.case,
            "session": opened["room1"]["id"],
            "t_us": str(said["utterances"][0]["start_us"]),
            "invitation": await _invited(installation),
        }
        await stack.aclose()
        for session in opened.values():
            await lin.post(f"/api/sessions/{session['id']}/close", {"reason": "演示结束"})
        await until(lambda: _sealed(lin, opened["room1"]["id"]))


async def _run(options: argparse.Namespace) -> list[dict[str, Any]]:
    chosen = [page for page in PAGES if options.only in page.route]
    with tempfile.TemporaryDirectory(prefix="duizhi-bench-") as folder:
        top = Path(folder)
        (top / "nginx").mkdir()
        async with (
            running(top / "store") as installation,
            nginx(WEB_DIST, top / "nginx") as peer,
            browser() as context,
        ):
            chromium = context.browser
            assert chromium is not None
            states = await _signed_in(installation, chromium)
            measure = functools.partial(
                _measure, peer=peer, rounds=options.rounds, told=options.waterfall
            )
            async with _recorded(installation) as named:
                centre = _Centre(installation, chromium, states, named)
                found = await measure(centre, [page for page in chosen if page.live])
            found |= await measure(centre, [page for page in chosen if not page.live])
    return [row_of(route, pairs) for route, pairs in found.items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="duizhi bench pages")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="routes that hold this text")
    parser.add_argument("--waterfall", action="store_true", help="the requests of each cold page")
    options = parser.parse_args()
    rows = asyncio.run(_run(options))
    print(table(rows), file=sys.stderr)
    result = result_of(rows, options.rounds)
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(1 if result["missed"] else 0)


if __name__ == "__main__":
    main()
