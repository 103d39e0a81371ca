"""What a restarted recorder reads in its own log: the sessions that are still open.

The log is read backwards from its end. Every open session has a tick a second, so the last
entries name every session that was open when the recorder stopped; reading goes on until each of
them is found being opened. A log without open sessions is read for ``LOOK_BACK`` entries only.

Then it is read once more, forwards, from where the oldest of them was opened, and each entry is
taken into the account of its session and let go. A page of the log is in memory at a time: a
session of a day has half a million entries, some gigabytes if they were kept.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from config.words import SourceState
from recorder.errors import RecorderError
from recorder.ledger import Ledger
from recorder.parts import Description, Past
from recorder.past_account import PastAccount
from recorder.pause import Pause, PauseBook
from recorder.segment_index import SegmentIndex

logger = logging.getLogger(__name__)

LOOK_BACK = 5000
IDEMPOTENT = 10_000
_PAGE = 1000


class CheckpointLike(Protocol):
    """The size is all that is needed."""

    @property
    def size(self) -> int:
        """Entries covered."""
        ...


class LogSource(Protocol):
    """What is needed of ``evidence_store.reader.LogReader``."""

    def checkpoint(self) -> CheckpointLike:
        """The latest checkpoint."""
        ...

    def opened(self, first: int, limit: int) -> list[bytes]:
        """Entries with their private parts."""
        ...

    def leaf_hashes(self, first: int, limit: int) -> list[bytes]:
        """Their leaf hashes."""
        ...


@dataclass(slots=True)
class PastRecording:
    """A recording and what it had."""

    description: Description
    past: Past
    account: PastAccount


@dataclass(slots=True)
class PastSession:
    """A session that is still open."""

    session: str
    room: str
    opened: dict[str, Any]
    opened_us: int
    ticks: int = 0
    last_tick_us: int = 0
    pauses: list[Pause] = field(default_factory=list)
    recordings: list[PastRecording] = field(default_factory=list)


@dataclass(slots=True)
class History:
    """What the log says."""

    open: list[PastSession] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)  # their retention
    appended: dict[bytes, int] = field(default_factory=dict)  # entry_digest -> index


def entry_digest(kind: str, session: str, room: str, body: dict[str, Any], t_us: int) -> bytes:
    """Recognises an entry that was appended before a restart, when its key is not known."""
    text = msgspec.json.encode([kind, session, room, body, t_us], order="sorted")
    return hashlib.sha256(text).digest()


_NOT_UNDERSTOOD = (KeyError, TypeError, ValueError, AssertionError, RecorderError)


class _Head(msgspec.Struct):
    """What has to be known of every entry; the rest of it is skipped, not made."""

    kind: str
    session: str = ""


_HEAD = msgspec.json.Decoder(_Head)


@dataclass(slots=True, frozen=True)
class _Pages:
    """The log, a page at a time."""

    log: LogSource
    reading: Callable[[], None]

    def read(self, first: int, end: int) -> list[tuple[int, bytes]]:
        """Entries with their index."""
        self.reading()
        return list(enumerate(self.log.opened(first, end - first), first))


def read_history(
    log: LogSource, store_name: str, reading: Callable[[], None] = lambda: None
) -> History:
    """Read the log as far as needed; ``reading`` is called for each page of it."""
    history = History()
    size = log.checkpoint().size
    pages = _Pages(log, reading)
    opened = _find_open(pages, size, history)
    sessions = _rebuild(pages, size, opened, store_name)
    history.open = sorted(sessions, key=lambda past: past.opened_us)
    return history


def _find_open(pages: _Pages, size: int, history: History) -> dict[str, int]:
    """Where each session was opened that is still open; fills in the rest of the history."""
    opened: dict[str, int] = {}
    candidates: set[str] = set()
    position = size
    looked = 0
    while position > 0 and (looked < LOOK_BACK or candidates):
        first = max(0, position - _PAGE)
        for index, raw in reversed(pages.read(first, position)):
            _note_appended(history, raw)
            head = _HEAD.decode(raw)
            session = head.session
            if head.kind == "retention.ended":
                history.ended.add(session)
            if not session or session in history.closed or _says_nothing(head.kind):
                continue
            if head.kind == "session.close":
                history.closed.add(session)
                candidates.discard(session)
                continue
            if looked < LOOK_BACK and session not in opened:
                candidates.add(session)
            if session in candidates and head.kind == "session.open":
                candidates.discard(session)
                opened[session] = index
        looked += position - first
        position = first
    for session in candidates:
        logger.error("session %s is not opened anywhere in the log", session)
    return opened


def _says_nothing(kind: str) -> bool:
    """A late file does not say whether its session is open, and is no part of its live account."""
    return kind.startswith("late.")


def _note_appended(history: History, raw: bytes) -> None:
    if len(history.appended) >= IDEMPOTENT:
        return
    entry = msgspec.json.decode(raw)
    if not entry["kind"].startswith("media."):
        # how a document lies on the disk is the store's doing, not what was asked for
        asked = {k: v for k, v in entry["body"].items() if not k.startswith("sealed_")}
        digest = entry_digest(entry["kind"], entry["session"], entry["room"], asked, entry["t_us"])
        history.appended.setdefault(digest, entry["seq"])


def _rebuild(
    pages: _Pages, size: int, opened: dict[str, int], store_name: str
) -> list[PastSession]:
    """Read forwards from where the oldest of these sessions was opened.

    An entry that cannot be understood must not keep the recorder from starting: its session is
    not gone on with.
    """
    rebuilt: dict[str, _Rebuilt] = {}
    given_up: set[str] = set()
    for first in range(min(opened.values(), default=size), size, _PAGE):
        for index, raw in pages.read(first, min(first + _PAGE, size)):
            head = _HEAD.decode(raw)
            session = head.session
            if index < opened.get(session, size) or session in given_up or _says_nothing(head.kind):
                continue
            try:
                entry = msgspec.json.decode(raw)
                if session not in rebuilt:
                    rebuilt[session] = _Rebuilt(entry, store_name)
                else:
                    rebuilt[session].take(entry)
            except _NOT_UNDERSTOOD:
                logger.exception(
                    "session %s cannot be gone on with; close it and open another", session
                )
                given_up.add(session)
                rebuilt.pop(session, None)
    return [one.finished() for one in rebuilt.values()]


class _Rebuilt:
    """One open session, from its entries in the order of the log; the first opened it."""

    def __init__(self, opening: dict[str, Any], store_name: str) -> None:
        self._past = PastSession(
            opening["session"], opening["room"], opening["body"], opening["t_us"]
        )
        self._past.last_tick_us = self._past.opened_us
        self._book = PauseBook(self._past.pauses)
        self._recordings: dict[str, PastRecording] = {}
        self._states: dict[str, str] = {}
        self._store_name = store_name

    def take(self, entry: dict[str, Any]) -> None:
        """The next entry."""
        kind, body, past = entry["kind"], entry["body"], self._past
        if kind == "tick":
            past.ticks = max(past.ticks, body["n"])
            past.last_tick_us = entry["t_us"]
            self._states = body["sources"]
        elif kind == "recording.open":
            self._recordings[body["source"]] = _opened(past, body, self._book, self._store_name)
        elif kind == "pause.begin":
            tracks = frozenset(body["tracks"])
            self._book.pauses.append(Pause(body["pause"], tracks, body["reason"], body["start_us"]))
        elif kind == "pause.end":
            self._book.end(body["pause"], body["end_us"])
        elif kind.startswith("media."):
            recording = self._recordings.get(body["source"])
            if recording is not None:
                _apply(recording, kind, body)

    def finished(self) -> PastSession:
        """The session as it stands after its last entry."""
        for source, recording in self._recordings.items():
            recording.past.was_live = self._states.get(source) != SourceState.OFFLINE
        self._past.recordings = list(self._recordings.values())
        return self._past


def _opened(
    past: PastSession, body: dict[str, Any], book: PauseBook, store_name: str
) -> PastRecording:
    description = Description(
        past.session,
        past.room,
        body["source"],
        body["name"],
        body["source_kind"],
        tuple(body["channels"]),
    )
    origin_us = body["origin_us"]
    ledger = Ledger(origin_us, book)
    refs = SegmentIndex(store_name, past.session, body["source"])
    past_recording = Past(origin_us, ledger, 0, 0, refs, True)
    return PastRecording(description, past_recording, PastAccount(ledger))


def _apply(recording: PastRecording, kind: str, body: dict[str, Any]) -> None:
    past, account = recording.past, recording.account
    if kind in ("media.gap", "media.pause"):
        account.hole(body)
    elif kind == "media.init":
        past.last_epoch = max(past.last_epoch, body["epoch"])
    elif kind == "media.segment":
        account.segment(body)
        past.last_number = max(past.last_number, body["number"])
        past.last_epoch = max(past.last_epoch, body["epoch"])
        start_us = body["start_us"]
        webm = body["path"].endswith(".webm")
        past.refs.add(
            body["epoch"], body["number"], start_us, start_us + body["duration_us"], webm=webm
        )
