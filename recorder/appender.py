"""Appends for others: entries of the centre and the transcriber in the recorder's log.

The same key is answered with the same receipt, also while the first is still on its way and, for
the last entries, after a restart. Kinds that only the recorder may write are refused, and steps of
a prompt behind the close of its session, and whatever has private fields once its session's
retention has ended: nobody would destroy them.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from config.kinds import split_foreign
from config.recorder_messages import DOCUMENT_BYTES_MAX, Append, FileDocument, Receipt
from config.recorders import position
from evidence_store.draft import FileWrite
from evidence_store.errors import StoreError
from recorder.errors import BadRequest, RetentionOver, SessionClosed
from recorder.history import IDEMPOTENT, LogSource, entry_digest
from recorder.journal import Draft, Journal, as_recorder_error

_KIND = re.compile(r"^[a-z][a-z0-9]*(?:\.[a-z][a-z0-9_]*)*$")
_DOCUMENT_KINDS = ("document.made", "document.signed", "notice.signed")
_DOCUMENT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.pdf")
_OWN = frozenset(
    ("media", "session", "recording", "tick", "pause", "clock", "late", "log", "process", "recover")
)

#: What people do with a prompt, who asks or attends, and what they sign. An answer may be found
#: in the last words, which come later.
_WHILE_OPEN = frozenset(
    f"prompt.{step}"
    for step in ("issued", "delivered", "shown", "acknowledged", "declined", "withdrawn")
) | {
    *("officers.changed", "attendants.changed", "notice.signed", "notice.unsigned"),
    "page.signed",  # on camera; an officer who signs later says so with another kind
}


class Appender:
    """Serves ``append``."""

    def __init__(
        self,
        journal: Journal,
        log: LogSource,
        known: dict[bytes, int],
        log_name: str,
        sealed: Callable[[str], bool] = lambda _: False,
        ended: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """``sealed``: whether a session is closed, or its closing is being written.

        ``ended``: the same of its retention.
        """
        self._journal = journal
        self._is_sealed = sealed
        self._has_ended = ended
        self._log_name = log_name
        self._log = log
        self._known = known  # digest of entries from before this process -> index
        #: Of the last ``IDEMPOTENT`` keys: the receipt, or the task that will have it.
        self._by_key: OrderedDict[str, asyncio.Future[Receipt] | Receipt] = OrderedDict()

    async def append(self, request: Append) -> Receipt:
        """Durable and covered by a checkpoint on return.

        Raises:
            RecorderError: bad request, or the store did not take it.
        """
        return await self._once(request, _checked_body(request), None)

    async def file_document(self, request: FileDocument) -> Receipt:
        """The same for an entry with a document; file and entry are durable on return.

        Raises:
            RecorderError: bad request, or the store did not take it.
        """
        if request.kind not in _DOCUMENT_KINDS:
            raise BadRequest(f"expected one of {', '.join(_DOCUMENT_KINDS)}")
        if not request.session or not _DOCUMENT_NAME.fullmatch(request.name):
            raise BadRequest("expected a session, and a name such as re-abc.pdf")
        if not 0 < len(request.data) <= DOCUMENT_BYTES_MAX:
            raise BadRequest(f"expected a document of at most {DOCUMENT_BYTES_MAX} bytes")
        plain = Append(
            key=request.key,
            kind=request.kind,
            session=request.session,
            room=request.room,
            body=request.body,
            t_us=request.t_us,
        )
        path = f"documents/{request.session}/{request.name}"
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(request.data).hexdigest())
        # as the writer will put them in, so that a repeat after a restart is recognised
        named = {"path": path, "sha256": sha256, "size": len(request.data)}
        body = {**_checked_body(plain, documents=True), **named}
        return await self._once(plain, body, FileWrite(path, request.data))

    async def _once(self, request: Append, body: dict[str, Any], file: FileWrite | None) -> Receipt:
        before = self._by_key.get(request.key)
        if isinstance(before, Receipt):
            return before
        if before is not None and not (before.done() and before.exception() is not None):
            return await asyncio.shield(before)
        digest = entry_digest(request.kind, request.session, request.room, body, request.t_us)
        index = self._known.get(digest)
        if index is not None:
            return await asyncio.to_thread(self._receipt_of, index, request.t_us)
        receipt = asyncio.ensure_future(self._append(request, body, file))
        self._by_key[request.key] = receipt
        receipt.add_done_callback(lambda done: self._appended(request.key, done))
        while len(self._by_key) > IDEMPOTENT:
            self._by_key.popitem(last=False)
        return await asyncio.shield(receipt)

    def _appended(self, key: str, done: asyncio.Future[Receipt]) -> None:
        """Keep the receipt alone: a finished task holds its coroutine and its context too."""
        if self._by_key.get(key) is done and not done.cancelled() and done.exception() is None:
            self._by_key[key] = done.result()

    async def _append(
        self, request: Append, body: dict[str, Any], file: FileWrite | None
    ) -> Receipt:
        # looked at in the turn in which it is handed over, so nothing comes in between
        if request.kind in _WHILE_OPEN and self._is_sealed(request.session):
            raise SessionClosed(f"session {request.session} is sealed: {request.kind} comes late")
        public, private = split_foreign(request.kind, body)
        if private is not None and self._has_ended(request.session):
            raise RetentionOver(f"the retention of session {request.session} has ended")
        draft = Draft(
            request.kind, request.session, request.room, public, request.t_us, file, private
        )
        try:
            [appended] = await self._journal.submit([draft])
        except StoreError as error:
            raise as_recorder_error(error) from error
        at = position(self._log_name, appended.index)
        return Receipt(index=at, leaf_hash=appended.leaf_hash, t_us=appended.t_us)

    def _receipt_of(self, index: int, t_us: int) -> Receipt:
        [leaf_hash] = self._log.leaf_hashes(index, 1)
        return Receipt(index=position(self._log_name, index), leaf_hash=leaf_hash, t_us=t_us)


def _checked_body(request: Append, *, documents: bool = False) -> dict[str, Any]:
    if not request.key:
        raise BadRequest("expected a key, so that asking again is safe")
    if not _KIND.match(request.kind):
        raise BadRequest("expected a kind such as prompt.issued")
    if request.kind in _DOCUMENT_KINDS and not documents:
        raise BadRequest(f"{request.kind} comes with its document")
    if request.kind.partition(".")[0] in _OWN:
        raise BadRequest(f"only the recorder writes {request.kind} entries")
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError as error:
        raise BadRequest("expected the body as a JSON object") from error
    if not isinstance(body, dict):
        raise BadRequest("expected the body as a JSON object")
    if _has_float(body):
        raise BadRequest("expected integers only; scale fractions and say so in the name")
    return body


def _has_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_float(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_float(item) for item in value)
    return isinstance(value, float)
