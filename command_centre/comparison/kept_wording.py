"""What is pointed out as leading or pressing, as the agency keeps it: words of its own beside the
rules of config/wording.toml, and rules that are switched off.

Words of its own are plain words, found in upper and lower case alike; they are no patterns. As with
the shipped rules, nothing is pointed out in what is quoted, read aloud or part of the notice of
rights (``wording_check``): words that could be found nowhere else are refused. Nothing is changed
or deleted: a rule is switched off and on again, other words are another rule. Each act is an entry
of the centre's log first (``wording_rule.added``, ``.off``, ``.on``) and holds from the next text
on. Prompts that were sent keep what was pointed out then.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.comparison.wording_check import check, shipped_rules
from command_centre.comparison.wording_rules import CATEGORIES, Rule, Rules
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id

OWN_MAX = 200  # rules of the agency's own
WORDS_MIN = 2  # characters: one alone would be found everywhere
WORDS_MAX = 40
NEUTRAL_MAX = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_LETTERS = re.compile(r"[^\W_]")


class KeptRule(View, frozen=True):
    """Something that is pointed out, or was."""

    id: str
    category: str  # one of wording_rules.CATEGORIES
    shipped: bool
    words: str  # of a shipped rule: an example of what it finds
    neutral: str
    neutral_en: str
    off_us: int | None  # switched off; None: in force
    by_name: str  # who added it, switched it off or on last; empty: it came with the programme
    t_us: int


class RuleText(msgspec.Struct, frozen=True, kw_only=True):
    """Words to be pointed out, and how to put it instead."""

    category: str
    words: str
    neutral: str
    neutral_en: str = ""


class KeptWording:
    """Used on the event loop; one per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book
        self._read: Sequence[Row[Any]] | None = None
        self._rules = shipped_rules()

    async def rules(self) -> Rules:
        """Those in force now."""
        rows = await self._database.read(_rows)
        if rows != self._read:
            self._rules = shipped_rules().changed(
                own=[_own_rule(row) for row in rows if row.words and row.off_us is None],
                off={row.id for row in rows if row.off_us is not None},
            )
            self._read = rows
        return self._rules

    async def kept(self) -> list[KeptRule]:
        """The agency's own, the newest first, then the shipped ones."""
        return await self._database.read(_kept)

    async def add(self, caller: Caller, said: RuleText) -> KeptRule:
        """Point out further words from now on.

        Raises:
            Rejected: ``bad_wording_rule``, ``wording_rule_exists``, ``too_many_wording_rules``,
                ``log_unavailable``.
        """
        said, name = _checked(said), short_id("w")
        rule = f"{said.category}.{name}"

        def ready(connection: Connection) -> dict[str, Any]:
            own = [one for one in _kept(connection) if not one.shipped]
            if any(one.words.casefold() == said.words.casefold() for one in own):
                raise Rejected("wording_rule_exists", "these words are kept already")
            if len(own) >= OWN_MAX:
                raise Rejected("too_many_wording_rules", f"at most {OWN_MAX} of one's own")
            return {
                "rule": rule,
                "text_sha256": hashlib.sha256(said.words.encode()).hexdigest(),
                **msgspec.to_builtins(said),
            }

        await self._book.act("wording_rule.added", _by(caller), ready)
        return await self._require(rule)

    async def switch(self, caller: Caller, rule: str, *, off: bool) -> KeptRule:
        """Point a rule out no more, or again; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_wording_rule``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            found = _find(connection, rule)
            return None if (found.off_us is not None) == off else {"rule": rule}

        kind = "wording_rule.off" if off else "wording_rule.on"
        await self._book.act(kind, _by(caller), ready)
        return await self._require(rule)

    async def _require(self, rule: str) -> KeptRule:
        return await self._database.read(lambda connection: _find(connection, rule))


def _find(connection: Connection, rule: str) -> KeptRule:
    found = next((one for one in _kept(connection) if one.id == rule), None)
    if found is None:
        raise Rejected("unknown_wording_rule", "there is no such rule")
    return found


def _kept(connection: Connection) -> list[KeptRule]:
    rows = _rows(connection)
    acts = {row.id: row for row in rows}
    own = [_view(_own_rule(row), row, row.words) for row in reversed(rows) if row.words]
    return own + [_view(one, acts.get(one.id), one.example) for one in shipped_rules().shipped]


def _view(rule: Rule, row: Row[Any] | None, words: str) -> KeptRule:
    return KeptRule(
        id=rule.id,
        category=rule.category,
        shipped=not (row is not None and row.words),
        words=words,
        neutral=rule.neutral,
        neutral_en=rule.neutral_en,
        off_us=row.off_us if row is not None else None,
        by_name=row.by_name if row is not None else "",
        t_us=row.t_us if row is not None else 0,
    )


def _own_rule(row: Row[Any]) -> Rule:
    return Rule(id=row.id, pattern=row.words, neutral=row.neutral, neutral_en=row.neutral_en)


def _rows(connection: Connection) -> Sequence[Row[Any]]:
    table = schema.wording_rule
    return connection.execute(select(table).order_by(table.c.first_index)).all()


def _checked(said: RuleText) -> RuleText:
    words, neutral, neutral_en = said.words.strip(), said.neutral.strip(), said.neutral_en.strip()
    if said.category not in CATEGORIES:
        raise _bad(f"a category is one of {', '.join(CATEGORIES)}")
    if not WORDS_MIN <= len(words) <= WORDS_MAX or not _LETTERS.search(words):
        raise _bad(f"words have {WORDS_MIN} to {WORDS_MAX} characters, one of them a letter")
    if not 1 <= len(neutral) <= NEUTRAL_MAX or len(neutral_en) > NEUTRAL_MAX:
        raise _bad(f"a suggestion has 1 to {NEUTRAL_MAX} characters, in English at most as many")
    if _CONTROL.search(words + neutral + neutral_en):
        raise _bad("expected texts of one line each")
    if words.casefold() in f"{neutral}\n{neutral_en}".casefold():
        raise _bad("the suggestion has the words in it that it is to replace")
    if not _findable(words):
        raise _bad(
            "expected words that are not quoted, read aloud or part of the notice of rights: "
            "nothing is pointed out there, so these would never be found",
            why="never_found",
        )
    return RuleText(category=said.category, words=words, neutral=neutral, neutral_en=neutral_en)


def _findable(words: str) -> bool:
    """Whether a text that is just these words is pointed out for them."""
    shipped = shipped_rules()
    alone = Rule(id="H.own", pattern=words, neutral="-", neutral_en="-")
    rules = shipped.changed(own=[alone], off={one.id for one in shipped.shipped})
    return bool(check(words, rules=rules))


def _bad(detail: str, **extra: str) -> Rejected:
    return Rejected("bad_wording_rule", detail, **extra)


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
