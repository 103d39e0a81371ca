"""Every page against WCAG 2.2 A and AA with axe-core: no violations, both languages and themes."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from command_centre.demo_store import DemoStore
from config.demo import DEMO
from tests.browser.browser import browser, counting, settled, sign_in
from tests.browser.leaks import Catalogues, texts_of
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

AXE = Path("web/node_modules/axe-core/axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: Page, who looks at it, and what is there once it is whole.
PAGES = [
    ("login", None, "/login", "login-submit"),
    ("cases", "lin", "/cases", None),
    ("case", "lin", "/cases/{case}", "case-words"),
    ("case people", "lin", "/cases/{case}?part=people", "people"),
    ("case rooms", "lin", "/cases/{case}?part=rooms", "rooms"),
    ("case evidence", "lin", "/cases/{case}?part=evidence", "list-evidence"),
    ("case documents", "lin", "/cases/{case}?part=documents", "list-documents"),
    ("case audit", "lin", "/cases/{case}?part=audit", "list-acts"),
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
]


@cache
def _axe() -> str:
    return AXE.read_text()


#: Colours on their way from one to another are nobody's: what moves and ends is at its end.
_AT_REST = """() => document.getAnimations()
  .filter((one) => one.effect && one.effect.getComputedTiming().endTime !== Infinity)
  .forEach((one) => one.finish())"""


async def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds: rule, and where."""
    await page.evaluate(_axe())
    await page.evaluate(_AT_REST)
    found = await page.evaluate(
        "async (tags) => (await axe.run(document, {runOnly: tags})).violations",
        TAGS,
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


#: Looked at on a phone too, in English.
ON_PHONES = {"login", "cases", "case", "words", "choose a room", "room", "device"}


async def test_every_page_is_accessible(installation: Installation) -> None:
    store = installation.store
    async with installation.desk("lin") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
    found: dict[str, list[dict[str, Any]]] = {}
    leaks: dict[str, list[str]] = {}
    words: Catalogues | None = None
    for locale, width, height in (("zh-CN", 1440, 900), ("en", 390, 844)):
        pages = [one for one in PAGES if locale == "zh-CN" or one[0] in ON_PHONES]
        for who in dict.fromkeys(one[1] for one in pages):
            async with browser(locale=locale, width=width, height=height) as context:
                await counting(context)
                page = await context.new_page()
                if who:
                    await sign_in(page, store.address, store.accounts[who])
                for name, _, path, whole in (one for one in pages if one[1] == who):
                    await page.goto(store.address + path.format(case=store.case, session=session))
                    if whole:
                        there = page.get_by_test_id(whole).first
                        await expect(there).to_be_visible(timeout=30_000)
                    await settled(page)  # what comes after the frame
                    if wrong := await violations(page):
                        found[f"{name} {locale}"] = wrong
                    if locale == "zh-CN":
                        words = words or await Catalogues.of(page, _written(store))
                        leaks |= await _leaks(page, name, words)
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
    assert not leaks, json.dumps(leaks, ensure_ascii=False, indent=1)


#: As if another tab had chosen the language.
_SPEAK = "l => dispatchEvent(new StorageEvent('storage', {key: 'duizhi.locale', newValue: l}))"


def _written(store: DemoStore) -> set[str]:
    """What people wrote: the case, the points and wordings that come with it, names."""
    files = [DEMO / "story.json", *Path("config").glob("*.toml")]
    text = "\n".join(one.read_text(encoding="utf-8") for one in files)
    names = {one.name for one in store.accounts.values()}
    return names | set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


async def _leaks(page: Page, name: str, words: Catalogues) -> dict[str, list[str]]:
    """What of the other language, of keys and of ids stands on the page, in either language."""
    found = {}
    for language in ("zh-CN", "en"):
        await page.evaluate(_SPEAK, language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await settled(page)  # the words of the other language come, and are drawn
        if wrong := words.wrong(await texts_of(page), language):
            found[f"{name} {language}"] = wrong
    await page.evaluate(_SPEAK, "zh-CN")
    return found
