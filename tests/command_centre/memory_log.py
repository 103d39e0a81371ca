"""The centre's own log in memory, for tests that do not look at the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from command_centre.errors import Rejected


class MemoryLog:
    """Implements ``desk.centre_log.CaseLog``; ``full`` makes it refuse."""

    def __init__(self) -> None:
        self.lost = 0
        self.full = False
        self.entries: list[tuple[str, dict[str, Any]]] = []
        self.times: list[int | None] = []  # as given with each entry
        self._listeners: list[Callable[[str, dict[str, Any]], None]] = []

    def listen(self, listener: Callable[[str, dict[str, Any]], None]) -> None:
        """See CaseLog."""
        self._listeners.append(listener)

    async def append(self, kind: str, body: dict[str, Any], *, t_us: int | None = None) -> int:
        """See CaseLog."""
        if self.full:
            raise Rejected("log_unavailable", "the disk is full")
        self.entries.append((kind, body))
        self.times.append(t_us)
        for listener in self._listeners:
            listener(kind, body)
        return len(self.entries) - 1

    async def note(self, kind: str, body: dict[str, Any]) -> None:
        """See CaseLog."""
        try:
            await self.append(kind, body)
        except Rejected:
            self.lost += 1

    def kinds(self) -> list[str]:
        """Kinds in order."""
        return [kind for kind, _ in self.entries]
