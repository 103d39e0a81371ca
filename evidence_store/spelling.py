"""The entries of one group of jobs, spelled as they will stand in the log.

Between the drafts that callers handed in stand the entries that the writer makes itself about the
keys of sessions (session_keys.py). Nothing here is durable yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence_store.draft import Prepared
from evidence_store.merkle import leaf_hash
from evidence_store.session_keys import SessionKeys


class Spelling:
    """Owned by the writer thread for the length of one group."""

    def __init__(self, size: int, boot: str, last_of_session: Mapping[str, int]) -> None:
        self.entries: list[bytes] = []
        self.opened: list[bytes] = []  # the same as readers get them
        self.payloads: list[tuple[int, bytes]] = []  # index and line of what lies beside the log
        self.times: list[int] = []  # t_us of each entry
        self.asked: list[int] = []  # which of the entries callers handed in, by place in the group
        self.last: dict[str, int] = {}  # the last entry of each session in the group
        self._size = size
        self._boot = boot
        self._last_before = last_of_session

    def add(self, draft: Prepared, keys: SessionKeys | None) -> None:
        """Spell a caller's draft, and what the writer says about keys around it."""
        if keys is None:
            index, _ = self._place(draft)
        else:
            if not self.entries:
                keys.take_overdue(draft, self._place)
            index, _ = keys.take(draft, self._place)
        self.asked.append(index - self._size)

    def _place(self, draft: Prepared) -> tuple[int, bytes]:
        seq = self._size + len(self.entries)
        prev = self.last.get(draft.session, self._last_before.get(draft.session, -1))
        entry = draft.entry_bytes(seq, prev, self._boot)
        self.entries.append(entry)
        line = draft.payload_line(seq)
        if line is None:
            self.opened.append(entry)
        else:
            self.opened.append(draft.opened_bytes(seq, prev, self._boot))
            self.payloads.append((seq, line))
        self.times.append(draft.t_us)
        self.last[draft.session] = seq
        return seq, leaf_hash(entry)
