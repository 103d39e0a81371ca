"""What ``duizhi export --withhold`` takes: a rule in words of the command line, or a JSON file.

``PART[:NAME=VALUE,...]`` is one scope of the rule (evidence_store/disclosure.py), for example
``media:source=room1-camera,start=2026-05-14T09:30:00+08:00,end=2026-05-14T09:31:00+08:00``. Times
are ISO 8601 with a zone, or microseconds since the epoch. Anything that names a file holds a
whole rule. Several are added together.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evidence_store.disclosure import parse_rule
from evidence_store.errors import PackageError

_PARTS = ("media", "payloads", "documents", "entries")
_RULE_BYTES_MAX = 1 << 20
_TIMES = {"start": "start_us", "end": "end_us", "start_us": "start_us", "end_us": "end_us"}


def rule_of(texts: Iterable[str]) -> dict[str, Any]:
    """The rule that these come to together.

    Raises:
        PackageError: one is spelled wrongly or cannot be read; the message says what was expected.
    """
    rule: dict[str, Any] = {}
    for text in texts:
        for part, scopes in _one(text).items():
            rule.setdefault(part, []).extend(scopes)
    parse_rule(rule)
    return rule


def _one(text: str) -> dict[str, Any]:
    part, _, rest = text.partition(":")
    if part not in _PARTS:
        return _from_file(Path(text))
    return {part: [dict(_field(text, word) for word in rest.split(",") if word)]}


def _field(text: str, word: str) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not equals or not value:
        raise PackageError(f"--withhold {text}: expected NAME=VALUE, found {word}")
    if name in _TIMES:
        return _TIMES[name], _moment(text, value)
    if name == "seq":
        if not value.isdecimal():
            raise PackageError(f"--withhold {text}: seq is the number of an entry, not {value}")
        return name, int(value)
    return name, value


def _moment(text: str, value: str) -> int:
    if value.isascii() and value.isdecimal():
        return int(value)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError as error:
        raise PackageError(
            f"--withhold {text}: {value} is no time; expected 2026-05-14T09:30:00+08:00,"
            " or microseconds since 1970"
        ) from error
    if moment.tzinfo is None:
        raise PackageError(f"--withhold {text}: {value} has no zone; add for example +08:00")
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (moment - epoch) // datetime.timedelta(microseconds=1)


def _from_file(path: Path) -> dict[str, Any]:
    expected = f"expected {', '.join(_PARTS)} with :NAME=VALUE,..., or a JSON file with a rule"
    try:
        if path.stat().st_size > _RULE_BYTES_MAX:
            raise PackageError(f"the rule {path} is longer than a rule can be")
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise PackageError(f"--withhold {path}: {error.strerror}; {expected}") from error
    except (ValueError, RecursionError) as error:
        raise PackageError(f"the rule {path} is no JSON: {error}") from error
    parse_rule(value)
    return dict(value)
