"""What the recorder tells the other processes. A thin, typed layer over the bus."""

from __future__ import annotations

from collections.abc import Sequence

from config.bus import Bus
from config.messages import (
    AudioBatch,
    LiveFragment,
    LogAppended,
    ProcessNote,
    Protected,
    SourceStatus,
    encode,
)


class Outlet:
    """Publishes; never blocks (rule 1 of the bus)."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def fragment(self, fragment: LiveFragment) -> None:
        """A fragment, as written."""
        self._bus.publish(f"media.{fragment.source}", encode(fragment))

    def audio(self, batch: AudioBatch) -> None:
        """Opus packets for the transcriber."""
        self._bus.publish(f"audio.{batch.source}", encode(batch))

    def protected(self, protected: Protected) -> None:
        """How far a source is protected."""
        self._bus.publish(f"protected.{protected.source}", encode(protected))

    def state(self, status: SourceStatus) -> None:
        """State of a source."""
        self._bus.publish(f"state.{status.source}", encode(status))

    def appended(self, log: str, first_index: int, size: int, entries: Sequence[bytes]) -> None:
        """Entries that a checkpoint covers."""
        message = LogAppended(log=log, first_index=first_index, size=size, entries=list(entries))
        self._bus.publish(f"log.{log}", encode(message))

    def note(self, note: ProcessNote) -> None:
        """The recorder is degraded, or is well again."""
        self._bus.publish(f"process.{note.name}", encode(note))
