"""Every page against WCAG 2.2 A and AA with axe-core: no violations, both languages and themes.

Each page is opened once; language and theme change in it, as if another tab had chosen them. In
each language all rules are held against the light theme, those about colours against the dark one.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from command_centre.demo_store import DemoStore
from config.demo import DEMO
from tests.browser.browser import browser, counting, settled, sign_in
from tests.browser.leaks import Catalogues, texts_of
from tests.e2e.installation import Installation, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

AXE = Path("web/node_modules/axe-core/axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: Page, who looks at it, and what is there once it is whole.
PAGES = [
    ("login", None, "/login", "login-submit"),
    ("cases", "lin", "/cases", None),
    ("case", "lin", "/cases/{case}", "case-words"),
    ("case points", "lin", "/cases/{case}?part=points", "matrix"),
    ("case people", "lin", "/cases/{case}?part=people", "people"),
    ("case rooms", "lin", "/cases/{case}?part=rooms", "rooms"),
    ("case evidence", "lin", "/cases/{case}?part=evidence", "list-evidence"),
    ("case documents", "lin", "/cases/{case}?part=documents", "list-documents"),
    ("case audit", "lin", "/cases/{case}?part=audit", "list-acts"),
    ("stated", "lin", "/cases/{case}/stated", None),
    ("moment", "lin", "/cases/{case}/moment?session={session}&room=room1&t=0", None),
    ("exhibits", "lin", "/cases/{case}/exhibits", "stage-rooms"),
    ("exhibit screen", "wu", "/exhibit/room1", "exhibit-screen"),
    ("review", "lin", "/review/{case}", None),  # nothing recorded; with recordings: test_review.py
    ("words", "lin", "/cases/{case}/words", "words-people"),
    ("search", "lin", "/search?q=动火", None),
    ("wall", "lin", "/wall/{case}", "prompt-input"),
    ("choose a room", "wu", "/room", "choose-room1"),
    ("room", "wu", "/room/room1", "room-stop"),
    ("record", "wu", "/cases/{case}/record/{session}", None),
    ("account", "lin", "/account", None),
    ("permissions", "lin", "/permissions", None),
    ("audit home", "shen", "/audit", "audit-package"),
    ("audit package", "shen", "/audit/package", "check-go"),
    ("audit", "shen", "/audit/{case}", "audit-verify"),
    ("audit log", "shen", "/audit/{case}/log", "list-case-log"),
    ("audit entry", "shen", "/audit/{case}/log?entry=recorder-1.1", "entry-download"),
    ("audit access", "shen", "/audit/{case}/access", "access"),
    ("receipt not sealed", "wu", "/receipt/{session}", None),
    ("check a receipt", None, "/check", "receipt-field"),
    ("handover", "lin", "/handover", None),
    ("admin", "admin", "/admin", "admin-cards"),
    ("admin accounts", "admin", "/admin/accounts", "account-admin"),
    ("invitation", None, "/invitation#code=none", None),
    ("admin rooms", "admin", "/admin/rooms", "list-rooms"),
    ("admin sources", "admin", "/admin/sources", "list-sources"),
    ("admin templates", "admin", "/admin/templates", "list-questions"),
    ("admin settings", "admin", "/admin/settings", "list-settings"),
    ("admin set-up", "admin", "/admin/set-up", "step-test"),
    ("admin roles", "admin", "/admin/roles", "permissions"),
    ("admin outside", "admin", "/admin/outside", "admin-outside"),
    ("admin health", "admin", "/admin/health", "health-processes"),
    ("admin storage", "admin", "/admin/storage", "storage-disks"),
    ("admin log", "admin", "/admin/log", "list-centre-log"),
    ("centre log", "shen", "/audit/centre", "list-centre-log"),
    ("admin keys", "admin", "/admin/keys", "keys-list"),
    ("admin models", "admin", "/admin/models", "model"),
    ("device", None, "/device", None),
    ("not found", None, "/no/such/page", None),
]


@cache
def _axe() -> str:
    return AXE.read_text()


#: Colours on their way from one to another are nobody's: what moves and ends is at its end.
_AT_REST = """() => document.getAnimations()
  .filter((one) => one.effect && one.effect.getComputedTiming().endTime !== Infinity)
  .forEach((one) => one.finish())"""


#: What another theme can change.
COLOURS = ["color-contrast", "link-in-text-block"]


async def violations(page: Page, *, colours: bool = False) -> list[dict[str, Any]]:
    """What axe finds: rule, and where. ``colours``: only what depends on them."""
    await page.evaluate(_axe())
    await page.evaluate(_AT_REST)
    found = await page.evaluate(
        "async (only) => (await axe.run(document, {runOnly: only})).violations",
        {"type": "rule", "values": COLOURS} if colours else TAGS,
    )
    return [
        {
            "rule": one["id"],
            "help": one["help"],
            "nodes": [
                [node["html"][:200], node["any"][0]["message"][:200] if node["any"] else ""]
                for node in one["nodes"][:6]
            ],
        }
        for one in found
    ]


#: Looked at on a phone too.
ON_PHONES = {"login", "cases", "case", "words", "choose a room", "room", "device"}


LANGUAGES = ("en", "zh-CN")
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
#: Which pages a test looks at: so many that it ends in time on a busy machine.
LOOKS = [
    ("desk", ("lin",)),
    ("desk", ("admin",)),
    ("desk", ("wu", "shen", None)),
    ("phone", ("lin", "wu", None)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Installation]:
    """One for all tests here, for all roles."""
    async with running(tmp_path_factory.mktemp("pages") / "store") as started:
        yield started


async def test_every_page_is_looked_at() -> None:
    of = {who for size, people in LOOKS if size == "desk" for who in people}
    assert {one[1] for one in PAGES} <= of
    phones = {who for size, people in LOOKS if size == "phone" for who in people}
    assert {one[1] for one in PAGES if one[0] in ON_PHONES} <= phones
    assert {one[0] for one in PAGES} >= ON_PHONES


@pytest.mark.parametrize(
    ("size", "people"), LOOKS, ids=["manager", "administrator", "others", "phone"]
)
async def test_every_page_is_accessible(
    installation: Installation, size: str, people: tuple[str | None, ...]
) -> None:
    store = installation.store
    session = await _session(installation)
    found: dict[str, Any] = {}
    words: Catalogues | None = None
    pages = [one for one in PAGES if one[1] in people and (size == "desk" or one[0] in ON_PHONES)]
    width, height = SIZES[size]
    for who in dict.fromkeys(one[1] for one in pages):
        async with browser(width=width, height=height) as context:
            await counting(context)
            page = await context.new_page()
            if who:
                await sign_in(page, store.address, store.accounts[who])
            for name, _, path, whole in (one for one in pages if one[1] == who):
                await page.goto(store.address + path.format(case=store.case, session=session))
                if whole:
                    await expect(page.get_by_test_id(whole).first).to_be_visible(timeout=30_000)
                words = words or await Catalogues.of(page, _written(store))
                for language in LANGUAGES:
                    found |= await _wrong(page, f"{name} {language}", language, words)
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)


async def _session(installation: Installation) -> str:
    """The interview in room 1; opened by the first test that needs it."""
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
        [room] = [one for one in detail["rooms"] if one["id"] == "room1"]
        opened = room["session"] or await desk.post("/api/rooms/room1/session", {})
    return str(opened["id"])


async def _wrong(page: Page, name: str, language: str, words: Catalogues) -> dict[str, Any]:
    """What of a page is wrong in a language: rules, words, keys and ids; in Chinese both themes.

    Which colours a theme has does not depend on the language.
    """
    found: dict[str, Any] = {}
    await page.evaluate(_CHOOSE, ["locale", language])
    await expect(page.locator("html")).to_have_attribute("lang", language)
    for theme in ("light", "dark") if language == "zh-CN" else ("light",):
        await page.evaluate(_CHOOSE, ["theme", theme])
        await expect(page.locator("html")).to_have_attribute("data-theme", theme)
        await settled(page)  # what comes after the frame; the words of the language, and are drawn
        if wrong := await violations(page, colours=theme == "dark"):
            found[f"{name} {theme}"] = wrong
    if leaks := words.wrong(await texts_of(page), language):
        found[f"{name} words"] = leaks
    return found


#: As if another tab had chosen.
_CHOOSE = (
    "([what, newValue]) => dispatchEvent("
    "new StorageEvent('storage', {key: `duizhi.${what}`, newValue}))"
)


def _written(store: DemoStore) -> set[str]:
    """What people wrote: the case, the points and wordings that come with it, names."""
    files = [DEMO / "story.json", *Path("config").glob("*.toml")]
    text = "\n".join(one.read_text(encoding="utf-8") for one in files)
    names = {one.name for one in store.accounts.values()}
    return names | set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
