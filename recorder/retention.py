"""Ends the retention of a session in this recorder's log and storage directory.

The recorder does not decide that it is time: the centre does, after two people have confirmed. It
holds to what can be seen from its own log: the session is closed, its time is over, and the two
are two. Asked again after a crash it goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from config.recorder_messages import EndRetention, RetentionEnded
from evidence_store.durable import Disk
from evidence_store.end_of_retention import destroy_key, remove_media
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EvidenceError, StoreError
from evidence_store.reader import LogReader
from evidence_store.session_key import key_file
from recorder.errors import BadRequest, RecorderError, RetentionRefused
from recorder.journal import Journal, as_recorder_error

logger = logging.getLogger(__name__)

_PAGE = 1000
_KINDS = ("session.close", "retention.ended", "key.destroyed")


class RetentionEnder:
    """One per recorder; used on the event loop."""

    def __init__(self, journal: Journal, roots: Sequence[Path]) -> None:
        self._journal = journal
        self._roots = tuple(roots)  # the first holds the log
        self._turn = asyncio.Lock()
        self._ended: set[str] = set()

    def has_ended(self, session: str) -> bool:
        """As far as is known here: since the start, and a way back in the log from there.

        Behind that nobody asks: the centre sees the whole log.
        """
        return session in self._ended

    def resume(self, ended: Iterable[str]) -> None:
        """What the log says of the time before this process."""
        self._ended.update(ended)

    async def end(self, request: EndRetention) -> RetentionEnded:
        """Destroy the key, remove media and private payloads; both entries are durable on return.

        Raises:
            RecorderError: ``bad_request``, ``retention_refused``, or the store did not take it.
        """
        async with self._turn:
            found = await asyncio.to_thread(self._known, request)
            self._check(request, found)
            await self._say_ended(request, said="retention.ended" in found)
            try:
                keys = await asyncio.to_thread(destroy_key, Disk(), self._roots, request.session)
                if "key.destroyed" not in found:
                    await self._say("key.destroyed", request, {"keys": keys})
                files, size = await asyncio.to_thread(remove_media, self._roots, request.session)
                payloads = await asyncio.to_thread(
                    self._journal.remove_payloads, self._roots, request.session, request.first_index
                )
            except (OSError, EvidenceError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                detail = f"destruction is not complete and will be tried again: {why}"
                raise RetentionRefused(detail) from error
            logger.info("retention of session %s has ended: %d files", request.session, files)
            return RetentionEnded(keys=len(keys), files=files, bytes=size, payloads=payloads)

    def _check(self, request: EndRetention, found: dict[str, Entry]) -> None:
        if "session.close" not in found:
            raise RetentionRefused("the session is not closed")
        if self._journal.now_us() < request.until_us:
            raise RetentionRefused("its time is not over")
        if len({one.by for one in request.confirmed if one.by}) < 2:
            raise RetentionRefused("two people must have confirmed it")

    def _known(self, request: EndRetention) -> dict[str, Entry]:
        """What the log says of the session already."""
        try:
            key_file(self._roots[0], request.session)
            return _entries(self._roots[0], request.session, request.first_index)
        except EvidenceError as error:
            raise BadRequest(f"the session cannot be found: {error}") from error

    async def _say_ended(self, request: EndRetention, said: bool) -> None:
        """Words that are handed over from now on would stand behind it, and stay."""
        self._ended.add(request.session)
        if said:
            return
        try:
            await self._say("retention.ended", request, _ended_body(request))
        except RecorderError:
            self._ended.discard(request.session)
            raise

    async def _say(self, kind: str, request: EndRetention, body: dict[str, object]) -> None:
        draft = self._journal.draft(kind, request.session, request.room, body)
        try:
            await self._journal.submit([draft])
        except StoreError as error:
            raise as_recorder_error(error) from error


def _ended_body(request: EndRetention) -> dict[str, object]:
    return {
        "proposal": request.proposal,
        "case": request.case,
        "category": request.category,
        "until_us": request.until_us,
        "confirmed": [
            {"by": one.by, "by_name": one.by_name, "t_us": one.t_us} for one in request.confirmed
        ],
    }


def _entries(root: Path, session: str, first_index: int) -> dict[str, Entry]:
    reader = LogReader(root / "log")
    size = reader.checkpoint().size
    mark = f'"session":"{session}"'.encode()
    found: dict[str, Entry] = {}
    for first in range(first_index, size, _PAGE):
        for raw in reader.entries(first, min(_PAGE, size - first)):
            if mark in raw and any(kind.encode() in raw for kind in _KINDS):
                entry = parse_entry(raw)
                if entry.session == session and entry.kind in _KINDS:
                    found[entry.kind] = entry
    return found
