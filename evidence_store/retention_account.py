"""The end of retention: media that are gone by decision, told apart from media that are missing.

Standard library only (part of the verifier inside a package). At the end of its retention a
session's data key is destroyed and its media files are removed; its entries stay, and with them
the tree. Two entries on the session's own chain, behind its closing, say so::

    retention.ended   case, category, until_us, confirmed [{by, by_name, t_us}, ...], files, reason
    key.destroyed     keys (their ids; none when the session was not encrypted)

and the centre's log holds what led there: ``retention.proposed``, two ``retention.confirmed``, and
every ``hold.placed`` and ``hold.lifted``. The rules checked:

1. Media may be gone only when a genuine ``retention.ended`` of their session says so; without it
   a file that is not there is missing.
2. It stands behind ``session.close``, is not earlier than ``until_us``, and names two people.
3. A key was destroyed only where retention had ended.
4. The centre's log holds the confirmations of the same two people for this session, and at that
   time no hold lay on the session or its case.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence_store.entry import Entry
from evidence_store.report import Finding, Notice

#: Clocks of centre and recorder may differ by this much.
_CLOCKS_US = 60_000_000
#: Kinds of the centre's log that are needed for rule 4.
RETENTION_KINDS = ("hold.", "retention.")


@dataclass(frozen=True)
class Ended:
    """What ``retention.ended`` says of a session."""

    session: str
    case: str
    t_us: int
    until_us: int
    people: tuple[tuple[str, str], ...]  # id and name of those who confirmed

    def words(self) -> str:
        """When and by whom."""
        names = " and ".join(name or by for by, name in self.people)
        return f"destroyed under retention at {_day(self.t_us)} by {names}"


@dataclass
class RetentionAccount:
    """The entries about ends of retention in a run of entries; fed in the order of the log."""

    closed: set[str] = field(default_factory=set)
    ended: dict[str, Ended] = field(default_factory=dict)
    _wrong: list[tuple[str, str]] = field(default_factory=list)

    def add(self, entry: Entry, *, trusted: bool = True) -> None:
        """Rules 1 to 3. What does not stand in the signed tree ends nothing."""
        if not entry.session or not trusted:
            return
        if entry.kind == "session.close":
            self.closed.add(entry.session)
        elif entry.kind == "retention.ended":
            ended = _ended(entry)
            wrong = self._faults(ended)
            self._wrong += [(entry.session, detail) for detail in wrong]
            if not wrong:
                self.ended.setdefault(entry.session, ended)
        elif entry.kind == "key.destroyed" and entry.session not in self.ended:
            self._wrong.append((entry.session, "its key was destroyed before retention had ended"))

    def settle(self, sessions: Iterable[str]) -> tuple[list[Finding], list[Notice]]:
        """What is wrong with these sessions, and which of them are gone by decision."""
        wanted = set(sessions)
        findings = [
            Finding("retention", detail, session)
            for session, detail in self._wrong
            if session in wanted
        ]
        notices = [
            Notice("destroyed", ended.words(), session)
            for session, ended in self.ended.items()
            if session in wanted
        ]
        return findings, notices

    def _faults(self, ended: Ended) -> list[str]:
        """Rule 2."""
        faults = []
        if ended.session not in self.closed:
            faults.append("retention ended before the session was closed")
        if ended.t_us < ended.until_us:
            faults.append(f"retention ended before its time, {_day(ended.until_us)}")
        if len({by for by, _ in ended.people if by}) < 2:
            faults.append("retention ended without two people who confirmed it")
        return faults


@dataclass
class RetentionDecisions:
    """What the centre's log says: holds and confirmations; fed in the order of the log."""

    confirmed: dict[str, dict[str, int]] = field(default_factory=dict)  # session -> by -> when
    holds: dict[str, list[tuple[str, int, int | None]]] = field(default_factory=dict)
    _open: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """One entry."""
        body = entry.body
        if entry.kind == "retention.confirmed":
            people = self.confirmed.setdefault(_word_of(body, "session"), {})
            people.setdefault(_word_of(body, "by"), entry.t_us)
        elif entry.kind == "hold.placed":
            target = _word_of(body, "session") or _word_of(body, "case")
            self._open[_word_of(body, "hold")] = (target, entry.t_us)
        elif entry.kind == "hold.lifted":
            target, since = self._open.pop(_word_of(body, "hold"), ("", 0))
            self.holds.setdefault(target, []).append((_word_of(body, "hold"), since, entry.t_us))

    def held_at(self, targets: Iterable[str], t_us: int) -> bool:
        """Whether a hold lay on one of these (sessions, cases) at a time."""
        wanted = {target for target in targets if target}
        if any(target in wanted and since <= t_us for target, since in self._open.values()):
            return True
        spans = [span for target in wanted for span in self.holds.get(target, [])]
        return any(since <= t_us < (until or 0) for _, since, until in spans)

    def check(self, ended: Ended) -> Iterator[Finding]:
        """Rule 4."""
        known = self.confirmed.get(ended.session, {})
        missing = [
            name or by
            for by, name in ended.people
            if known.get(by, ended.t_us + _CLOCKS_US + 1) > ended.t_us + _CLOCKS_US
        ]
        if missing:
            detail = f"the centre's log holds no confirmation by {', '.join(missing)}"
            yield Finding("retention", detail, ended.session)
        if self.held_at((ended.session, ended.case), ended.t_us):
            yield Finding("retention", "media were destroyed under a legal hold", ended.session)


def _ended(entry: Entry) -> Ended:
    body = entry.body
    listed = body.get("confirmed")
    people = tuple(
        (_word_of(one, "by"), _word_of(one, "by_name"))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    )
    until = body.get("until_us")
    until_us = until if type(until) is int else entry.t_us + 1
    return Ended(entry.session, _word_of(body, "case"), entry.t_us, until_us, people)


def _word_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""


def _day(t_us: int) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%MZ", time.gmtime(t_us // 1_000_000))
    except (ValueError, OverflowError, OSError):
        return str(t_us)
