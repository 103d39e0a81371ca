"""Every setting with its meaning, default and value in force: what administrators are shown.

The meanings are config/meanings.toml, in both languages; a test holds its English against the table
of README.md and asks for a line for every setting. Passwords within an address are not shown; other
secrets are never settings, only the files that hold them.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from config.settings import DEFAULTS, Settings

MEANINGS = Path(__file__).with_name("meanings.toml")
DEFAULT = "default"
HIDDEN = "\u2022\u2022\u2022\u2022"
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*(?=@)")


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One setting."""

    section: str
    key: str
    value: str
    default: str
    origin: str  # default, file, command line
    meaning_zh: str
    meaning_en: str


def report(settings: Settings) -> list[SettingRow]:
    """Every setting in the order of defaults.toml."""
    meanings, rows = read_meanings(), []
    for section, values in _defaults().items():
        in_force = getattr(settings, section)
        for key, default in values.items():
            name = f"{section}.{key}"
            rows.append(
                SettingRow(
                    section=section,
                    key=key,
                    value=_shown(getattr(in_force, key)),
                    default=_shown(default),
                    origin=settings.said.get(name, DEFAULT),
                    meaning_zh=meanings[name]["zh"],
                    meaning_en=meanings[name]["en"],
                )
            )
    return rows


@lru_cache(maxsize=1)
def read_meanings() -> dict[str, dict[str, str]]:
    """``section.key`` -> what it means, in ``zh`` and ``en``."""
    return tomllib.loads(MEANINGS.read_text(encoding="utf-8"))


def _defaults() -> dict[str, dict[str, Any]]:
    return tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return _PASSWORD.sub(rf"\1:{HIDDEN}", str(value))
