"""Appends for others: entries of the centre and the transcriber in the recorder's log.

The same key is answered with the same receipt, also while the first is still on its way and, for
the last entries, after a restart. Kinds that only the recorder may write are refused.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import Any

import msgspec

from config.messages import Append, Receipt
from config.recorders import position
from evidence_store.errors import StoreError
from recorder.errors import BadRequest
from recorder.history import IDEMPOTENT, LogSource, entry_digest
from recorder.journal import Draft, Journal, as_recorder_error

_KIND = re.compile(r"^[a-z][a-z0-9]*(?:\.[a-z][a-z0-9_]*)*$")
_OWN = frozenset(
    ("media", "session", "recording", "tick", "pause", "clock", "late", "log", "process", "recover")
)


class Appender:
    """Serves ``append``."""

    def __init__(
        self, journal: Journal, log: LogSource, known: dict[bytes, int], log_name: str
    ) -> None:
        self._journal = journal
        self._log_name = log_name
        self._log = log
        self._known = known  # digest of entries from before this process -> index
        self._by_key: OrderedDict[str, asyncio.Future[Receipt]] = OrderedDict()

    async def append(self, request: Append) -> Receipt:
        """Durable and covered by a checkpoint on return.

        Raises:
            RecorderError: bad request, or the store did not take it.
        """
        body = _checked_body(request)
        before = self._by_key.get(request.key)
        if before is not None and not (before.done() and before.exception() is not None):
            return await asyncio.shield(before)
        digest = entry_digest(request.kind, request.session, request.room, body, request.t_us)
        index = self._known.get(digest)
        if index is not None:
            return await asyncio.to_thread(self._receipt_of, index, request.t_us)
        receipt = asyncio.ensure_future(self._append(request, body))
        self._by_key[request.key] = receipt
        while len(self._by_key) > IDEMPOTENT:
            self._by_key.popitem(last=False)
        return await asyncio.shield(receipt)

    async def _append(self, request: Append, body: dict[str, Any]) -> Receipt:
        draft = Draft(request.kind, request.session, request.room, body, request.t_us)
        try:
            [appended] = await self._journal.submit([draft])
        except StoreError as error:
            raise as_recorder_error(error) from error
        at = position(self._log_name, appended.index)
        return Receipt(index=at, leaf_hash=appended.leaf_hash, t_us=appended.t_us)

    def _receipt_of(self, index: int, t_us: int) -> Receipt:
        [leaf_hash] = self._log.leaf_hashes(index, 1)
        return Receipt(index=position(self._log_name, index), leaf_hash=leaf_hash, t_us=t_us)


def _checked_body(request: Append) -> dict[str, Any]:
    if not request.key:
        raise BadRequest("expected a key, so that asking again is safe")
    if not _KIND.match(request.kind):
        raise BadRequest("expected a kind such as prompt.issued")
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
