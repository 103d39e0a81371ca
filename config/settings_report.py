"""Every setting with its meaning, default and value in force: what administrators are shown.

The meanings are config/meanings.toml, in both languages; a test holds its English against the table
of README.md and asks for a line for every setting. Passwords within an address are not shown; other
secrets are never settings, only the files that hold them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from config.changeable import CHANGEABLE, value_of
from config.settings import DEFAULTS, Settings

MEANINGS = Path(__file__).with_name("meanings.toml")
DEFAULT = "default"
HIDDEN = "\u2022\u2022\u2022\u2022"
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*(?=@)")


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a setting may be changed to while running, and who did it last."""

    kind: str  # config.changeable
    low: float
    high: float
    most: int
    least: int
    line: str  # what each of several lines is: place, mirror, witness
    restarts: list[str]  # processes that must start again before it holds; empty: at once
    value: Any  # in force, or from the restart on
    pending: str | None  # what holds from the restart on; null: what is in force
    back: str  # what putting it back gives: what the file or the default says
    by_name: str = ""
    t_us: int | None = None


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One setting."""

    section: str
    key: str
    value: str
    default: str
    origin: str  # default, file, command line; page: changed while running
    meaning_zh: str
    meaning_en: str
    change: ChangeRow | None = None  # null: from a restart on, by the site's file


class ChangedBy(msgspec.Struct, frozen=True):
    """Who changed a setting while it ran, and when."""

    name: str
    t_us: int


def report(
    settings: Settings,
    base: Settings | None = None,
    by: Mapping[str, ChangedBy] | None = None,
    wanted: Mapping[str, Any] | None = None,
) -> list[SettingRow]:
    """Every setting in the order of defaults.toml.

    ``base`` is what the file and the defaults say, ``wanted`` what holds after a restart.
    """
    meanings, rows = read_meanings(), []
    wanted = wanted or {}
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
                    change=_change(name, settings, base or settings, (by or {}).get(name), wanted),
                )
            )
    return rows


def _change(
    name: str,
    settings: Settings,
    base: Settings,
    by: ChangedBy | None,
    wanted: Mapping[str, Any],
) -> ChangeRow | None:
    about = CHANGEABLE.get(name)
    if about is None:
        return None
    in_force = value_of(settings, name)
    value = wanted.get(name, in_force)
    return ChangeRow(
        kind=about.kind,
        low=about.low,
        high=about.high,
        most=about.most,
        least=about.least,
        line=about.line,
        restarts=list(about.restarts),
        value=value,
        pending=None if value == in_force else _shown(value),
        back=_shown(value_of(base, name)),
        by_name=by.name if by else "",
        t_us=by.t_us if by else None,
    )


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
