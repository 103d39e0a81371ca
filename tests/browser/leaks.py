"""Words on a page that do not belong there: of the other language, keys of words, raw ids.

What people wrote (the case) stays as it was written in either language, so it is told apart from
the interface: a text that is a whole message of the other language's catalogue is a leak; so is
Chinese on an English page that no known content explains. The catalogues are the built ones, asked
of the page.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from playwright.async_api import Page

from tests.browser.routes import manifest

#: Ids of this project (command_centre/ids.py, sessions): made of letters and digits by a machine.
_IDS = re.compile(r"\b(?:[a-z]{1,4}-[a-z0-9]{16}|s[0-9a-z]{20}|case-\d{4}-\d+)\b")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_HOLE = re.compile(r"\{[^}]*\}")
_SHORT = 2  # a message with fewer characters says nothing about where it is from

_FLAT = """
async (files) => {
    const found = {}
    const into = (of, thing, path) => {
        for (const [key, value] of Object.entries(thing)) {
            if (typeof value === 'string') of[path + key] = value
            else if (value && typeof value === 'object') into(of, value, path + key + '.')
        }
    }
    for (const [language, parts] of Object.entries(files)) {
        found[language] = {}
        for (const file of parts) into(found[language], (await import('/' + file)).default, '')
    }
    return found
}
"""
_TEXTS = """
() => {
    const found = new Set()
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const of = node.parentElement
        if (of && !of.closest('script, style, [lang], pre, code')) found.add(node.data.trim())
    }
    for (const of of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
        if (of.closest('[lang]:not(html)')) continue
        for (const name of ['aria-label', 'placeholder', 'title']) {
            found.add(of.getAttribute(name) || '')
        }
    }
    found.add(document.title)
    return [...found].filter(Boolean)
}
"""


@dataclass(frozen=True)
class Catalogues:
    """What each language says, by key; and what people wrote."""

    words: dict[str, dict[str, str]]
    content: tuple[str, ...]  # the longest first

    @classmethod
    async def of(cls, page: Page, content: Collection[str]) -> Catalogues:
        """The catalogues of the pages that are served, told by one of them."""
        files = {
            one: [
                found["file"]
                for name, found in manifest().items()
                if re.fullmatch(rf"src/i18n/{one}(-\w+)?\.ts", name)
            ]
            for one in ("zh-CN", "en")
        }
        words = await page.evaluate(_FLAT, files)
        assert all(len(one) > 500 for one in words.values())
        return cls(words, tuple(sorted(set(content), key=len, reverse=True)))

    def wrong(self, texts: Collection[str], language: str) -> list[str]:
        """What of the texts does not belong on a page in this language."""
        other = "en" if language == "zh-CN" else "zh-CN"
        theirs = self._messages(other) - self._messages(language)
        keys = self.words[language].keys()
        found = []
        for text in texts:
            rest = self._without_content(text)
            if text in keys or any(part in keys for part in text.split() if "." in part):
                found.append(f"key: {text}")
            elif _IDS.search(text):
                found.append(f"id: {text}")
            elif _HOLE.search(text) and not rest.startswith("{"):
                found.append(f"hole: {text}")
            elif text in theirs and rest:
                found.append(f"{other}: {text}")
            elif language == "en" and _HAN.search(rest):
                found.append(f"zh: {text}")
        return sorted(found)

    def _messages(self, language: str) -> set[str]:
        return {one for one in self.words[language].values() if len(one) >= _SHORT}

    def _without_content(self, text: str) -> str:
        for one in self.content:
            text = text.replace(one, "")
        return text.strip()


async def texts_of(page: Page) -> list[str]:
    """Everything a page says, to the eye or to a reader of screens."""
    found: list[str] = await page.evaluate(_TEXTS)
    return found
