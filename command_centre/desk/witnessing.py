"""Rounds of witnessing: every log's head is shown to every witness, and the answers are kept.

From outside the logs: checkpoints and tiles are read as anybody could read them, so nothing here
is in the way of recording. A round looks at each log that has grown since the witness cosigned it
last; rounds come every ``interval_seconds``, when a session opens or closes, and before an export.

Losing a witness stops nothing: it is an entry of every log (``witness.lost``, ``witness.back``) and
a state that desks show. One round at a time; this object is owned by the centre's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from command_centre.desk.vouching import LogEntries, VoucherStates
from command_centre.desk.witness_askers import Asker
from config.clock import Clock
from config.recorders import CENTRE_LOG
from evidence_store.checkpoint import Checkpoint
from evidence_store.durable import Disk, replace_file
from evidence_store.errors import EvidenceError, WitnessError
from evidence_store.note import VerifierKey
from evidence_store.own_witness import log_keys, own_witness_keys, policy_bytes
from evidence_store.reader import LogReader
from evidence_store.voucher_files import (
    POLICY_FILE,
    WITNESSED,
    keep_head,
    keep_policy,
    stored_head,
    stored_policy,
    thin_heads,
)
from evidence_store.witness_protocol import (
    Answer,
    conflict_size,
    cosigned,
    lean_note,
    merged,
    request_bytes,
)

logger = logging.getLogger(__name__)

#: A witness that says it has seen another size is asked again this often in one round.
_CONFLICTS_MAX = 2
_RETRY_S = 1.0


@dataclass(frozen=True)
class Witness:
    """Somebody who is asked. ``log`` names the log of its own process, which it never cosigns."""

    name: str
    asker: Asker | None  # None: by the USB route
    key: VerifierKey | None = None  # of an outside witness; own ones are read from the store
    url: str = ""
    log: str = ""


class Witnessing:
    """One per centre."""

    def __init__(
        self,
        store: Path,
        origins: Mapping[str, str],
        witnesses: Sequence[Witness],
        entries: LogEntries,
        states: VoucherStates,
        clock: Clock,
        *,
        quorum: int,
        interval_s: float,
    ) -> None:
        self._store = store
        self._origins = dict(origins)
        self._witnesses = tuple(witnesses)
        self._entries = entries
        self._states = states
        self._clock = clock
        self._quorum = quorum
        self._interval_s = interval_s
        self._readers = {log: LogReader(store / log / "log") for log in origins}
        self._seen: dict[tuple[str, str], int] = {}  # (witness, log): size it cosigned last
        self._named: dict[str, str] = {}  # log: SHA-256 of the policy its last entry names
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._disk = Disk()

    def hurry(self) -> None:
        """A session opened or closed: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Rounds until cancelled."""
        while True:
            self._wake.clear()
            await self.round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._wake.wait()

    async def round(self) -> None:
        """Show every log that has grown to every witness that has not seen it so."""
        async with self._turn:
            await self._keep_policy()
            keys = await asyncio.to_thread(own_witness_keys, self._store, self._origins)
            lost: dict[str, str] = {}
            asked: set[str] = set()
            for log in self._origins:
                try:
                    await self._show(log, keys, asked, lost)
                except (EvidenceError, OSError) as error:
                    logger.error("the heads of %s cannot be shown: %s", log, error)
            for witness in self._witnesses:
                if witness.name in asked:
                    await self._states.found(witness.name, lost.get(witness.name))

    async def _show(
        self, log: str, keys: Mapping[str, VerifierKey], asked: set[str], lost: dict[str, str]
    ) -> None:
        """One log's head to all witnesses at once; what they cosigned is stored together."""
        head = await asyncio.to_thread(self._readers[log].checkpoint)
        if head.size == 0:
            return
        waiting = [
            (witness, witness.asker, key)
            for witness in self._witnesses
            if (key := witness.key or keys.get(witness.log)) is not None
            and witness.asker is not None
            and witness.log != log
            and self._seen.get((witness.name, log)) != head.size
        ]
        if not waiting:
            return
        asked |= {witness.name for witness, _, _ in waiting}
        answers = await asyncio.gather(
            *(self._ask(witness.name, asker, key, log, head) for witness, asker, key in waiting)
        )
        note = lean_note(head.note)
        for (witness, _, _), answer in zip(waiting, answers, strict=True):
            if isinstance(answer, WitnessError):
                lost.setdefault(witness.name, str(answer))
            else:
                note = merged(note, answer)
        if note.count("— ".encode()) > 1:
            await asyncio.to_thread(self._keep, log, head.size, note)
        for (witness, _, _), answer in zip(waiting, answers, strict=True):
            if not isinstance(answer, WitnessError):
                self._seen[witness.name, log] = head.size
                self._states.vouched(witness.name, log, self._clock.now_us())

    async def _ask(
        self, name: str, asker: Asker, key: VerifierKey, log: str, head: Checkpoint
    ) -> bytes | WitnessError:
        """The head with the witness's cosignature; tried twice."""
        for last in (False, True):
            try:
                answer = await self._add_checkpoint(name, asker, log, head)
                return await asyncio.to_thread(cosigned, lean_note(head.note), answer.body, key)
            except WitnessError as error:
                if last:
                    return error
            except (EvidenceError, OSError) as error:
                return WitnessError(f"no proof for it: {error}")
            await asyncio.sleep(_RETRY_S)
        raise AssertionError("the last try returns")

    async def _add_checkpoint(self, name: str, asker: Asker, log: str, head: Checkpoint) -> Answer:
        """The procedure of tlog-witness: from the size it has seen, once more after a conflict.

        Raises:
            WitnessError: it does not cosign.
        """
        old = min(self._seen.get((name, log), 0), head.size)
        for _ in range(_CONFLICTS_MAX + 1):
            prove = partial(self._readers[log].consistency_proof, old, head.size)
            proof = await asyncio.to_thread(prove)
            answer = await asker.ask(request_bytes(old, proof, head.note))
            if answer.status == 200:
                return answer
            if answer.status != 409:
                why = answer.body[:200].decode("utf-8", "replace").strip()
                raise WitnessError(f"refused with {answer.status}: {why}")
            old = conflict_size(answer)
            if old > head.size:
                raise WitnessError(f"it has seen {old} entries, the log has {head.size}")
        raise WitnessError("it names another size each time")

    def _keep(self, log: str, size: int, note: bytes) -> None:
        root = self._store / log
        keep_head(self._disk, root, size, merged(stored_head(root, size), note))
        thin_heads(self._disk, root / WITNESSED)

    async def _keep_policy(self) -> None:
        """Every log names the policy of today, and it is in the store.

        First it is kept for the logs that will name it, then they do, then it is that of today: at
        no moment, and with no process away, does a log name a policy that the store has not.
        """
        try:
            data = await asyncio.to_thread(self._policy)
            digest = hashlib.sha256(data).hexdigest()
            before = await asyncio.to_thread(stored_policy, self._store)
            if not self._named or before != data:
                for one in (before, data):
                    if one is not None:
                        await asyncio.to_thread(keep_policy, self._disk, self._store, one)
            path = self._store / POLICY_FILE
            if before is None:
                await asyncio.to_thread(replace_file, self._disk, path, data)
            if not self._named:
                self._named = await asyncio.to_thread(_named, self._store)
            late = [log for log in self._origins if self._named.get(log) != digest]
            for log in late:
                if self._readers[log].checkpoint().size and await self._entries.append(
                    log, "witness.policy", {"sha256": digest, "size": len(data)}
                ):
                    self._named[log] = digest
            if late:
                await asyncio.to_thread(_remember, self._disk, self._store, self._named)
            if before is not None and before != data:
                await asyncio.to_thread(replace_file, self._disk, path, data)
        except (EvidenceError, OSError) as error:
            logger.error("the policy of witnesses cannot be written: %s", error)

    def _policy(self) -> bytes:
        own = own_witness_keys(self._store, self._origins)
        outside = {one.name: (one.key, one.url) for one in self._witnesses if one.key is not None}
        return policy_bytes(log_keys(self._store, self._origins), own, outside, self._quorum)


def _named(store: Path) -> dict[str, str]:
    """What the logs name, as remembered; nothing remembered costs an entry, no more."""
    try:
        text = _memory(store).read_text(encoding="ascii")
        return dict(line.split(" ", 1) for line in text.splitlines())
    except (OSError, ValueError):
        return {}


def _remember(disk: Disk, store: Path, named: Mapping[str, str]) -> None:
    text = "".join(f"{log} {digest}\n" for log, digest in named.items())
    with contextlib.suppress(OSError):  # asked again at the next start
        replace_file(disk, _memory(store), text.encode())


def _memory(store: Path) -> Path:
    return store / CENTRE_LOG / "policy-named"
