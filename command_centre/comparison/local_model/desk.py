"""Suggestions of a language model beside the comparison; nothing waits for it.

Procedure

1. After each change of the comparison the case is looked at (``pairs``): suggestions that no longer
   hold are withdrawn, pairs of answers that were not asked about yet join the queue.
2. One request at a time, in a thread of its own, no more often than the settings say. The queue
   holds ``QUEUE_MAX`` pairs; the oldest is dropped and counted, and found again by a later look.
3. A reply that keeps the contract is compared with the answers as they are now; then it is an entry
   (``suggestion.made``: ids, spans, model, digests; no words) and a difference of the tier
   ``suggested``. Everything else is counted by its reason.

Without an address there is no thread, no socket and no name looked up; only 1. withdraws what
was suggested before.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from command_centre.comparison import store
from command_centre.comparison.book import CaseBook
from command_centre.comparison.local_model.breaker import Breaker
from command_centre.comparison.local_model.client import LocalModel
from command_centre.comparison.local_model.contract import (
    Answer,
    Dropped,
    ModelFailure,
    Pair,
    Suggestion,
    read_reply,
    request_body,
)
from command_centre.comparison.local_model.pairs import look
from command_centre.comparison.views import SUGGESTED, Difference, Finding, Side
from command_centre.db.database import Database
from command_centre.errors import Rejected
from config.clock import Clock
from config.settings import LocalModelSettings

logger = logging.getLogger(__name__)

QUEUE_MAX = 64
_ASKED_MAX = 4096
#: Requests about a pair that get no answer, after which it is asked about no more.
_TRIES = 3
#: Of reasons that the site can mend.
SAID = {
    Dropped.ADDRESS_REFUSED: "[local_model] url leads to an address that is not private",
    Dropped.MISCONFIGURED: "[local_model] api_key_file or ca_file cannot be used",
    Dropped.REDIRECT: "it sends elsewhere; [local_model] url must lead to the model itself",
}
#: What says that the model is not there or not fit, rather than that it understood nothing.
_NO_ANSWER = frozenset(
    {
        *(Dropped.TIMEOUT, Dropped.HTTP_ERROR, Dropped.REDIRECT, Dropped.UNREACHABLE),
        *(Dropped.ADDRESS_REFUSED, Dropped.MISCONFIGURED),
    }
)


class SuggestionDesk:
    """One per centre; on the event loop."""

    def __init__(
        self,
        database: Database,
        book: CaseBook,
        clock: Clock,
        settings: LocalModelSettings,
        connect: Callable[[], LocalModel] | None = None,
    ) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._settings = settings
        self._connect = connect or (lambda: LocalModel(settings))
        self._breaker = Breaker(settings.max_requests_per_minute)
        self._cases: set[str] = set()
        self._changed = asyncio.Event()
        self._waiting: OrderedDict[str, Pair] = OrderedDict()  # by suggestion's id
        self._queued = asyncio.Event()
        self._asked: OrderedDict[Pair, None] = OrderedDict()
        self._tried: Counter[Pair] = Counter()  # without an answer
        self._busy = 0
        self.dropped: Counter[Dropped] = Counter()
        self.requests = 0
        self.suggested = 0
        self.slowest_s = 0.0
        self.last_failure = ""

    @property
    def is_on(self) -> bool:
        """Whether a model is configured."""
        return bool(self._settings.url)

    @property
    def is_resting(self) -> bool:
        """Whether it is left alone after failures."""
        return self._breaker.is_resting(asyncio.get_running_loop().time())

    @property
    def queued(self) -> int:
        """Pairs that wait."""
        return len(self._waiting)

    def changed(self, case: str) -> None:
        """The comparison of a case shows something else."""
        self._cases.add(case)
        self._changed.set()

    async def settled(self) -> None:
        """Wait until nothing is left to look at or to ask; for tests."""
        while self._cases or self._waiting or self._busy:
            await asyncio.sleep(0.02)

    async def run(self) -> None:
        """Look and ask until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_on())
            if self.is_on:
                group.create_task(self._ask_on())

    # --- looking ----------------------------------------------------------------------------------

    async def _look_on(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._busy += 1
            try:
                while self._cases:
                    await self._look(self._cases.pop())
            finally:
                self._busy -= 1

    async def _look(self, case: str) -> None:
        seen = await self._database.read(lambda connection: look(connection, case))
        for one in seen.outdated:
            await self._withdraw(case, one)
        if not self.is_on:
            return
        for pair in seen.pairs:
            if pair not in self._asked and self._waiting.get(pair.id) != pair:
                self._enqueue(pair)

    def _enqueue(self, pair: Pair) -> None:
        self._waiting.pop(pair.id, None)  # its answers are others now
        self._waiting[pair.id] = pair
        if len(self._waiting) > QUEUE_MAX:
            self._waiting.popitem(last=False)
            self.dropped[Dropped.QUEUE_FULL] += 1
        self._queued.set()

    # --- asking -----------------------------------------------------------------------------------

    async def _ask_on(self) -> None:
        threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-model")
        model = self._connect()
        try:
            while True:
                await self._queued.wait()
                now_s = asyncio.get_running_loop().time()
                if wait_s := self._breaker.wait_s(now_s):
                    await asyncio.sleep(wait_s)
                    continue
                _, pair = self._waiting.popitem(last=False)
                if not self._waiting:
                    self._queued.clear()
                self._busy += 1
                try:
                    await self._ask(threads, model, pair)
                finally:
                    self._busy -= 1
        finally:
            model.abort()
            threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, threads: ThreadPoolExecutor, model: LocalModel, pair: Pair) -> None:
        loop = asyncio.get_running_loop()
        body = request_body(pair, self._settings.model, secrets.token_hex(16))
        started_s = loop.time()
        self._breaker.asked(started_s)
        self.requests += 1
        try:
            reply = await loop.run_in_executor(threads, model.ask, body)
            self.slowest_s = max(self.slowest_s, loop.time() - started_s)
            self._breaker.answered()
            self._remember(pair)
            suggestion = read_reply(pair, reply)
        except ModelFailure as failure:
            self._note(pair, failure.reason, loop.time())
            return
        await self._take(pair, suggestion, body, reply)

    def _note(self, pair: Pair, reason: Dropped, now_s: float) -> None:
        self.dropped[reason] += 1
        self.last_failure = str(reason)
        if reason in _NO_ANSWER:
            self._breaker.failed(now_s)
            logger.warning("the local language model gave no answer: %s", SAID.get(reason, reason))
            self._tried[pair] += 1
            if self._tried[pair] < _TRIES:
                self._enqueue(pair)
            else:
                self._remember(pair)

    def _remember(self, pair: Pair) -> None:
        self._asked[pair] = None
        del self._tried[pair]
        while len(self._asked) > _ASKED_MAX:
            self._asked.popitem(last=False)

    # --- what it suggests -------------------------------------------------------------------------

    async def _take(
        self, pair: Pair, suggestion: Suggestion | None, body: bytes, reply: bytes
    ) -> None:
        now = await self._database.read(lambda connection: look(connection, pair.case))
        if pair not in now.pairs:
            self.dropped[Dropped.STALE] += 1
            return
        known = now.standing.get(pair.id)
        if suggestion is None:
            if known is not None:
                await self._withdraw(pair.case, known)
            return
        finding = _finding(pair, suggestion)
        if known is not None and known.finding == finding:
            return
        digests = {
            "model": self._settings.model,
            "request_sha256": hashlib.sha256(body).hexdigest(),
            "reply_sha256": hashlib.sha256(body + reply).hexdigest(),
        }
        index = await self._recorded("suggestion.made", pair.case, finding, digests)
        t_us = self._clock.now_us()
        await self._database.write(
            lambda writing: store.write_finding(
                writing, pair.case, finding, engine=self._settings.model, t_us=t_us, index=index
            )
        )
        self.suggested += 1

    async def _withdraw(self, case: str, one: Difference) -> None:
        said = {"model": one.engine}
        index = await self._recorded("suggestion.withdrawn", case, one.finding, said)
        t_us = self._clock.now_us()
        await self._database.write(
            lambda writing: store.end_finding(writing, case, one.finding.id, t_us=t_us, index=index)
        )

    async def _recorded(
        self, kind: str, case: str, finding: Finding, said: dict[str, str]
    ) -> int | None:
        try:
            return await self._book.record_suggestion(kind, case, finding, said)
        except Rejected as error:
            logger.error("a suggestion could not be recorded: %s", error.code)
            return None


def _finding(pair: Pair, suggestion: Suggestion) -> Finding:
    return Finding(
        id=pair.id,
        kind=SUGGESTED,
        tier=SUGGESTED,
        point=pair.point,
        slot=suggestion.slot,
        rule="model.suggested",
        a=_side(pair.a, suggestion.span_a),
        b=_side(pair.b, suggestion.span_b),
    )


def _side(answer: Answer, span: tuple[int, int]) -> Side:
    return Side(
        person=answer.person,
        room=answer.room,
        session=answer.session,
        utterance=answer.utterance,
        span=span,
        text=answer.text[span[0] : span[1]],
        start_us=answer.start_us,
        end_us=answer.end_us,
    )
