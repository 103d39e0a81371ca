"""A recorder behind the bus port: keeps a log in memory, publishes it, and can misbehave.

Speaks the same messages as the real one. Change a field and it serves that: ``refuse``,
``silent`` and ``drop_log`` are the faults the tests need.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from config.bus import Bus, Refused
from config.messages import RECORDER, Done, LiveFragment, LogAppended, SourceStatus, decode, encode
from config.recorder_messages import (
    Append,
    CloseSession,
    EndSource,
    LiveCache,
    LiveCacheRequest,
    LiveWatch,
    LogPage,
    OpenSession,
    PauseRoom,
    PauseState,
    PullPlan,
    ReadLog,
    Receipt,
    RecorderStatus,
    ResumeRoom,
    WhipAnswer,
    WhipDelete,
    WhipOffer,
    WhipPatch,
    WhipPatched,
)

ANSWER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"


class FakeRecorder:
    """State of the fake; the log is the list of canonical entries."""

    def __init__(self, bus: Bus, log: str = "recorder-1") -> None:
        self.bus = bus
        self.log = log
        self.entries: list[bytes] = []
        self.refuse: dict[str, Refused] = {}  # method: what it answers
        self.silent: set[str] = set()  # methods that never answer
        self.drop_log = False  # publications of the log do not arrive
        self.offers: list[WhipOffer] = []
        self.deleted: list[WhipDelete] = []
        self.ended: list[str] = []
        self.patches: list[WhipPatch] = []
        self.patched = WhipPatched()  # what it answers to the next ones
        self.cache: dict[str, list[LiveFragment]] = {}
        self.watched: list[str] = []  # sources that somebody looks at, as last told
        self.plan = PullPlan([])  # of the cameras to take streams from, as last told
        self.degraded = ""
        self._receipts: dict[str, Receipt] = {}
        self.sealed: set[str] = set()  # sessions: no step of a prompt is taken any more
        self._sessions: dict[str, OpenSession] = {}
        self.pauses: dict[str, PauseRoom] = {}  # in force, by session
        self._clock_us = 1_790_000_000_000_000
        self.append("log.open", {"software": "duizhi"})

    def append(
        self, kind: str, body: dict[str, Any], *, session: str = "", room: str = "", t_us: int = 0
    ) -> Receipt:
        """Put an entry into the log and publish it."""
        self._clock_us += 1000
        index = len(self.entries)
        entry = {
            "body": body,
            "boot": "0" * 16,
            "kind": kind,
            "mono_us": self._clock_us,
            "prev": index - 1,
            "room": room,
            "seq": index,
            "session": session,
            "t_us": t_us or self._clock_us,
            "v": 1,
        }
        raw = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        self.entries.append(raw)
        if not self.drop_log:
            self.publish_log(index)
        return Receipt(index=index, leaf_hash=hashlib.sha256(b"\0" + raw).digest(), t_us=0)

    def publish_log(self, first_index: int) -> None:
        """Publish everything from an index on, as one message."""
        message = LogAppended(
            log=self.log,
            first_index=first_index,
            size=len(self.entries),
            entries=self.entries[first_index:],
        )
        self.bus.publish(f"log.{self.log}", encode(message))

    def say(
        self,
        session: str,
        room: str,
        text: str,
        *,
        start_us: int,
        speaker: str = "interviewee",
        id: str = "",
    ) -> Receipt:
        """A final utterance."""
        body = {
            "source": f"{room}-camera",
            "id": id or f"u{len(self.entries)}",
            "speaker": speaker,
            "start_us": start_us,
            "end_us": start_us + 1_000_000,
            "text": text,
            "words": [{"w": text, "s_us": start_us, "e_us": start_us + 1_000_000, "c_pm": 900}],
            "language": "zh",
            "model": "test",
            "model_sha256": "00",
        }
        return self.append("utterance", body, session=session, room=room, t_us=start_us)

    def kinds(self) -> list[str]:
        """Kinds in the log, in order."""
        return [json.loads(entry)["kind"] for entry in self.entries]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the entries of a kind."""
        parsed = [json.loads(entry) for entry in self.entries]
        return [entry["body"] for entry in parsed if entry["kind"] == kind]

    def status(self, source: str, session: str = "", state: str = "recording") -> None:
        """Publish a state of a source."""
        message = SourceStatus(source=source, session=session, state=state, since_us=1)
        self.bus.publish(f"state.{source}", encode(message))

    def media(self, fragment: LiveFragment) -> None:
        """Publish a fragment."""
        self.bus.publish(f"media.{fragment.source}", encode(fragment))

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer requests until the context ends."""
        async with self.bus.serve(RECORDER, self.handle):
            yield

    async def handle(self, method: str, payload: bytes) -> bytes:
        """One request."""
        if method in self.silent:
            await asyncio.Event().wait()
        if method in self.refuse:
            raise self.refuse[method]
        reply: msgspec.Struct = getattr(self, f"_{method}")(payload)
        return encode(reply)

    def _open_session(self, payload: bytes) -> Done:
        asked = decode(payload, OpenSession)
        if asked.session not in self._sessions:
            self._sessions[asked.session] = asked
            self.append(
                "session.open",
                {
                    "case": asked.case,
                    "case_number": asked.case_number,
                    "room_name": asked.room_name,
                    "kind": asked.kind,
                    "people": [msgspec.to_builtins(person) for person in asked.people],
                    "opened_by": asked.opened_by,
                },
                session=asked.session,
                room=asked.room,
                t_us=asked.t_us,
            )
        return Done()

    def _close_session(self, payload: bytes) -> Done:
        asked = decode(payload, CloseSession)
        opened = self._sessions.pop(asked.session, None)
        if opened is not None:
            self.append(
                "session.close",
                {
                    "closed_by": asked.closed_by,
                    "reason": asked.reason,
                    "start_us": opened.t_us,
                    "end_us": opened.t_us + 1,
                    "recordings": [],
                },
                session=asked.session,
                room=opened.room,
            )
        return Done()

    def _pause_room(self, payload: bytes) -> PauseState:
        asked = decode(payload, PauseRoom)
        if asked.session not in self.pauses:
            self.pauses[asked.session] = asked
            body = {
                "pause": asked.pause,
                "tracks": sorted(asked.tracks),
                "reason": asked.reason,
                "start_us": self._clock_us,
                "by": asked.by,
                "by_name": asked.by_name,
            }
            self._order("pause.begin", asked.session, body)
        present = self.pauses[asked.session]
        return PauseState(
            pause=present.pause, tracks=sorted(present.tracks), index=len(self.entries) - 1
        )

    def _resume_room(self, payload: bytes) -> PauseState:
        asked = decode(payload, ResumeRoom)
        present = self.pauses.get(asked.session)
        if present is None or present.pause != asked.pause:
            raise Refused("not_paused" if present is None else "pause_changed", "look again")
        del self.pauses[asked.session]
        body = {
            "pause": asked.pause,
            "start_us": 0,
            "end_us": self._clock_us,
            "why": "resumed",
            "by": asked.by,
            "by_name": asked.by_name,
        }
        self._order("pause.end", asked.session, body)
        return PauseState(index=len(self.entries) - 1)

    def _order(self, kind: str, session: str, body: dict[str, Any]) -> None:
        opened = self._sessions[session]
        self.append(kind, body, session=session, room=opened.room)

    def _whip_offer(self, payload: bytes) -> WhipAnswer:
        self.offers.append(decode(payload, WhipOffer))
        return WhipAnswer(sdp=ANSWER, resource=f"r{len(self.offers)}", etag="e1")

    def _whip_patch(self, payload: bytes) -> WhipPatched:
        self.patches.append(decode(payload, WhipPatch))
        return self.patched

    def _whip_delete(self, payload: bytes) -> Done:
        self.deleted.append(decode(payload, WhipDelete))
        return Done()

    def _end_source(self, payload: bytes) -> Done:
        self.ended.append(decode(payload, EndSource).source)
        return Done()

    def _append(self, payload: bytes) -> Receipt:
        asked = decode(payload, Append)
        late = asked.kind.startswith("prompt.") and asked.kind != "prompt.answered"
        if asked.key not in self._receipts:
            if late and asked.session in self.sealed:
                raise Refused("session_closed", "the session is sealed")
            self._receipts[asked.key] = self.append(
                asked.kind,
                json.loads(asked.body),
                session=asked.session,
                room=asked.room,
                t_us=asked.t_us,
            )
        return self._receipts[asked.key]

    def _read_log(self, payload: bytes) -> LogPage:
        asked = decode(payload, ReadLog)
        return LogPage(
            log=self.log,
            first_index=asked.first_index,
            size=len(self.entries),
            entries=self.entries[asked.first_index : asked.first_index + asked.limit],
        )

    def _status(self, _payload: bytes) -> RecorderStatus:
        return RecorderStatus(
            log=self.log,
            size=len(self.entries),
            sessions=list(self._sessions),
            sources=[],
            disk_free_bytes=1 << 40,
            disk_hours_left=100.0,
            degraded=self.degraded,
        )

    def _live_cache(self, payload: bytes) -> LiveCache:
        return LiveCache(fragments=self.cache.get(decode(payload, LiveCacheRequest).source, []))

    def _live_watch(self, payload: bytes) -> Done:
        self.watched = decode(payload, LiveWatch).sources
        return Done()

    def _pull_plan(self, payload: bytes) -> Done:
        self.plan = decode(payload, PullPlan)
        return Done()
