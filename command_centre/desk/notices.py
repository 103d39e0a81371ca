"""The notices of rights and duties that came with the programme, by kind of session and version,
and what a notice has to say.

Their words are config/notices.toml; articles of law stand in a field of their own. The last notice
of a kind is the one that is read until the agency words its own (``kept_notices``); earlier ones
stay, because an entry names the notice and the SHA-256 of its words, and what was read then is
shown as it was. The system reads nothing into an answer.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from command_centre.errors import TemplateError
from config.words import SessionKind

NOTICES = Path(__file__).parents[2] / "config" / "notices.toml"
FORMAT = "duizhi-notices/1"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages, and the article it rests on; empty: none is named."""

    zh: str
    en: str
    law: str = ""
    law_en: str = ""


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a notice; ``name`` is another one with every change of the words."""

    name: str
    kind: str  # config.words.SessionKind
    title: str
    title_en: str
    lines: tuple[Line, ...]

    @property
    def sha256(self) -> str:
        """Of the lines, each text ended by a newline: Chinese, English, and the article if any."""
        texts = (
            text
            for line in self.lines
            for text in (line.zh, line.en, *((line.law, line.law_en) if line.law else ()))
        )
        return hashlib.sha256("".join(f"{text}\n" for text in texts).encode()).hexdigest()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    notice: tuple[Notice, ...]


def shipped_notice(kind: str) -> Notice:
    """The last notice of a kind of session that came with the programme."""
    return [one for one in all_notices() if one.kind == kind_of_notice(kind)][-1]


def shipped_named(name: str) -> Notice | None:
    """A notice that came with the programme."""
    return next((one for one in all_notices() if one.name == name), None)


def kind_of_notice(kind: str) -> SessionKind:
    """Which notice a kind of session begins with."""
    return SessionKind.INSPECTION if kind == SessionKind.INSPECTION else SessionKind.INTERVIEW


@functools.cache
def all_notices() -> tuple[Notice, ...]:
    """Every version, oldest first.

    Raises:
        TemplateError: the file is not what was expected.
    """
    return read_notices(NOTICES.read_bytes())


def read_notices(raw: bytes) -> tuple[Notice, ...]:
    """The notices of a file.

    Raises:
        TemplateError: it is no such file, two have one name, or a kind of session has none.
    """
    try:
        read = msgspec.convert(tomllib.loads(raw.decode("utf-8")), _File)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TemplateError(f"notices: {error}") from error
    if read.format != FORMAT:
        raise TemplateError(f'notices: expected format = "{FORMAT}", found {read.format!r}')
    if len({one.name for one in read.notice}) != len(read.notice):
        raise TemplateError("notices: two have the same name")
    kinds = {one.kind for one in read.notice}
    if kinds != set(SessionKind):
        raise TemplateError(f"notices: expected one for each of {', '.join(SessionKind)}")
    for one in read.notice:
        if not one.lines or not all(line.zh.strip() and line.en.strip() for line in one.lines):
            raise TemplateError(f"notices: {one.name}: expected lines in both languages")
    return read.notice


class _Part(NamedTuple):
    """Something people have to be told, and wordings that tell it."""

    name: str
    zh: str
    en: str
    kinds: tuple[SessionKind, ...] = tuple(SessionKind)


#: Facts of the trade, 1.1 and 1.2: what the law lets a person do, and what it asks of them.
_PARTS = (
    _Part("recording", "录音录像|录像|录音", "record(ed|ing)"),
    _Part("certificates", "证件", "certificate|identity card|credential"),
    _Part("withdrawal", "回避", "withdraw|recus"),
    _Part("statement", "陈述.{0,4}申辩", "defend|defen[cs]e"),
    _Part("written_statement", "书面.{0,6}(陈述|意见|材料)", "written statement|in writing"),
    _Part("hearing", "听证", "hearing"),
    _Part("secrecy", "保密", "secre|privacy|confidential"),
    _Part("complaint", "控告|检举|投诉", "complain"),
    _Part("review", "行政复议|复议", "administrative review|reconsideration"),
    _Part("suit", "行政诉讼|诉讼|起诉", r"\bsuit\b|litigation|\bsue\b|\bappeal"),
    _Part("language", "语言文字|翻译", "interpreter|own language", (SessionKind.INTERVIEW,)),
    _Part("read_back", "核对", "read the record|check the record", (SessionKind.INTERVIEW,)),
    _Part("truth", "如实", "truth|true information"),
)
PARTS = tuple(one.name for one in _PARTS)
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零〇\d]+条")
_ARTICLE_EN = re.compile(r"\b(arts?\.|articles?) ?\d", re.IGNORECASE)


class Doubts(msgspec.Struct, frozen=True):
    """What a person should look at before a notice is read to anybody."""

    missing: list[str]  # of PARTS: not told in Chinese
    missing_en: list[str]  # not told in English
    articles: list[int]  # lines, from 1, with an article of law among the words

    def __bool__(self) -> bool:
        return bool(self.missing or self.missing_en or self.articles)


def doubts_about(kind: str, lines: Sequence[Line]) -> Doubts:
    """What a notice seems to leave out. Words are looked for, not their sense."""
    zh, en = "\n".join(one.zh for one in lines), "\n".join(one.en for one in lines)
    parts = [one for one in _PARTS if kind_of_notice(kind) in one.kinds]
    return Doubts(
        missing=[one.name for one in parts if not re.search(one.zh, zh)],
        missing_en=[one.name for one in parts if not re.search(one.en, en, re.IGNORECASE)],
        articles=[
            number
            for number, line in enumerate(lines, 1)
            if _ARTICLE.search(line.zh) or _ARTICLE_EN.search(line.en)
        ],
    )
