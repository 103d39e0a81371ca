"""The notices of rights and duties that are read to people, by kind of session and version.

Their words are config/notices.toml, the agency's content; articles of law stand in a field of
their own. The last notice of a kind is the one that is read; earlier ones stay, because an entry
names the notice and the SHA-256 of its words, and what was read then is shown as it was. The system
reads nothing into an answer.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from pathlib import Path

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


def notice_for(kind: str) -> Notice:
    """The notice that is read in a kind of session now."""
    wanted = SessionKind.INSPECTION if kind == SessionKind.INSPECTION else SessionKind.INTERVIEW
    return [one for one in all_notices() if one.kind == wanted][-1]


def notice_named(name: str, kind: str) -> Notice:
    """The notice an entry names; one that is not known any more: that of today."""
    return next((one for one in all_notices() if one.name == name), notice_for(kind))


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
