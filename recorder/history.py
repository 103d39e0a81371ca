"""What a restarted recorder reads in its own log: the sessions that are still open.

The log is read backwards from its end. Every open session has a tick a second, so the last
entries name every session that was open when the recorder stopped; reading goes on until each of
them is found being opened. A log without open sessions is read for ``LOOK_BACK`` entries only.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from config.messages import SegmentRef
from config.words import SourceState
from recorder.errors import RecorderError
from recorder.ledger import Ledger
from recorder.parts import Description, Past
from recorder.past_account import PastAccount
from recorder.pause import Pause, PauseBook
from recorder.segment_entry import init_path

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
    appended: dict[bytes, int] = field(default_factory=dict)  # entry_digest -> index


def entry_digest(kind: str, session: str, room: str, body: dict[str, Any], t_us: int) -> bytes:
    """Recognises an entry that was appended before a restart, when its key is not known."""
    text = msgspec.json.encode([kind, session, room, body, t_us], order="sorted")
    return hashlib.sha256(text).digest()


def read_history(log: LogSource, store_name: str) -> History:
    """Read the log backwards as far as needed."""
    history = History()
    entries: dict[str, list[dict[str, Any]]] = {}  # by session, newest first
    candidates: set[str] = set()
    opened: set[str] = set()
    position = log.checkpoint().size
    looked = 0
    while position > 0 and (looked < LOOK_BACK or candidates):
        first = max(0, position - _PAGE)
        for raw in reversed(log.opened(first, position - first)):
            entry = msgspec.json.decode(raw)
            _note_appended(history, entry)
            session = entry.get("session", "")
            kind = entry["kind"]
            if not session or session in history.closed or kind.startswith("late."):
                continue  # a late file says nothing of whether its session is open
            if kind == "session.close":
                history.closed.add(session)
                candidates.discard(session)
                continue
            if looked < LOOK_BACK and session not in opened:
                candidates.add(session)
            if session in candidates:
                entries.setdefault(session, []).append(entry)
                if kind == "session.open":
                    candidates.discard(session)
                    opened.add(session)
                    _resume(history, entries.pop(session), store_name)
        looked += position - first
        position = first
    for session in candidates:
        logger.error("session %s is not opened anywhere in the log", session)
    history.open.sort(key=lambda past: past.opened_us)
    return history


def _note_appended(history: History, entry: dict[str, Any]) -> None:
    if len(history.appended) < IDEMPOTENT and not entry["kind"].startswith("media."):
        # how a document lies on the disk is the store's doing, not what was asked for
        asked = {k: v for k, v in entry["body"].items() if not k.startswith("sealed_")}
        digest = entry_digest(entry["kind"], entry["session"], entry["room"], asked, entry["t_us"])
        history.appended.setdefault(digest, entry["seq"])


def _resume(history: History, newest_first: list[dict[str, Any]], store_name: str) -> None:
    """An entry that cannot be understood must not keep the recorder from starting."""
    try:
        history.open.append(_rebuild(newest_first, store_name))
    except (KeyError, TypeError, ValueError, AssertionError, RecorderError):
        session = newest_first[-1]["session"]
        logger.exception("session %s cannot be gone on with; close it and open another", session)


def _rebuild(newest_first: list[dict[str, Any]], store_name: str) -> PastSession:
    opened = newest_first[-1]
    past = PastSession(opened["session"], opened["room"], opened["body"], opened["t_us"])
    past.last_tick_us = past.opened_us
    book = PauseBook(past.pauses)
    recordings: dict[str, PastRecording] = {}
    states: dict[str, str] = {}
    for entry in reversed(newest_first):
        kind, body = entry["kind"], entry["body"]
        if kind == "tick":
            past.ticks = max(past.ticks, body["n"])
            past.last_tick_us = entry["t_us"]
            states = body["sources"]
        elif kind == "recording.open":
            recordings[body["source"]] = _opened(past, body, book)
        elif kind == "pause.begin":
            tracks = frozenset(body["tracks"])
            book.pauses.append(Pause(body["pause"], tracks, body["reason"], body["start_us"]))
        elif kind == "pause.end":
            book.end(body["pause"], body["end_us"])
        elif kind.startswith("media."):
            recording = recordings.get(body["source"])
            if recording is not None:
                _apply(past, recording, kind, body, store_name)
    for source, recording in recordings.items():
        recording.past.was_live = states.get(source) != SourceState.OFFLINE
    past.recordings = list(recordings.values())
    return past


def _opened(past: PastSession, body: dict[str, Any], book: PauseBook) -> PastRecording:
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
    past_recording = Past(origin_us, ledger, 0, 0, [], True)
    return PastRecording(description, past_recording, PastAccount(ledger))


def _apply(
    session: PastSession, recording: PastRecording, kind: str, body: dict[str, Any], store: str
) -> None:
    past, account = recording.past, recording.account
    if kind in ("media.gap", "media.pause"):
        account.hole(body)
    elif kind == "media.init":
        past.last_epoch = max(past.last_epoch, body["epoch"])
    elif kind == "media.segment":
        account.segment(body)
        past.last_number = max(past.last_number, body["number"])
        past.last_epoch = max(past.last_epoch, body["epoch"])
        webm = body["path"].endswith(".webm")
        source = recording.description.source
        init = init_path(session.session, source, body["epoch"], webm)
        past.refs.append(
            SegmentRef(
                epoch=body["epoch"],
                number=body["number"],
                path=f"{store}/{body['path']}",
                init_path=f"{store}/{init}",
                start_us=body["start_us"],
                duration_us=body["duration_us"],
            )
        )
