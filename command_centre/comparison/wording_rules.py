"""What leading or threatening wording looks like: config/wording.toml, with words of the agency's
own and without what it has switched off (``kept_wording``)."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from command_centre.errors import TemplateError

PATH = Path(__file__).parents[2] / "config" / "wording.toml"
FORMAT = "duizhi-wording/1"
CATEGORIES = ("T", "I", "D", "Z", "L", "B", "P", "H")
#: Where the point's own neutral question is a better way to ask than a general one.
ASKS = frozenset("DZLB")
#: The rule that counts questions; it has no pattern of its own.
SEVERAL = "B.several"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way of putting things, by what it looks like."""

    id: str  # category, dot, name
    neutral: str
    neutral_en: str
    pattern: str = ""
    example: str = ""  # words it finds

    @property
    def category(self) -> str:
        """One of ``CATEGORIES``."""
        return self.id.partition(".")[0]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: str
    question_words: str
    question_words_en: str
    several_from: int
    reading: str
    notice: str
    quoted: str
    rule: tuple[Rule, ...]


class Rules:
    """The file's rules, compiled."""

    def __init__(self, read: _File) -> None:
        self.rules = [
            (rule, re.compile(rule.pattern, re.IGNORECASE)) for rule in read.rule if rule.pattern
        ]
        self.shipped = read.rule
        self.several: Rule | None = next(rule for rule in read.rule if rule.id == SEVERAL)
        self.several_from = read.several_from
        self.asks = tuple(
            re.compile(words, re.IGNORECASE)
            for words in (read.question_words, read.question_words_en)
        )
        self.reading = re.compile(read.reading)
        self.quoted = (re.compile(read.quoted), re.compile(read.notice))

    def changed(self, own: Sequence[Rule], off: Collection[str]) -> Rules:
        """These with ``own`` before them, each ``pattern`` plain words, and without ``off``."""
        made = copy.copy(self)
        plain = [(one, re.compile(re.escape(one.pattern), re.IGNORECASE)) for one in own]
        made.rules = [*plain, *(one for one in self.rules if one[0].id not in off)]
        made.several = None if SEVERAL in off else self.several
        return made


def read_rules(path: Path = PATH) -> Rules:
    """The rules of a file.

    Raises:
        TemplateError: it is missing, or not what was expected.
    """
    try:
        read = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        unknown = [rule.id for rule in read.rule if rule.category not in CATEGORIES]
        if read.format != FORMAT or unknown:
            expected = f'format = "{FORMAT}" and categories {", ".join(CATEGORIES)}'
            raise TemplateError(f"{path}: expected {expected}; found {unknown or read.format}")
        return Rules(read)
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}") from error
    except (
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        msgspec.ValidationError,
        re.error,
        StopIteration,
    ) as error:
        raise TemplateError(f"{path}: {error}") from error
