"""Batches of encoded Opus for the transcriber, about 100 ms each. Pure but for the callback.

The tap never holds anything back for the recording's sake: what the transcriber misses on the
bus it reads from the segments.
"""

from __future__ import annotations

from collections.abc import Callable

from config.messages import AudioBatch, AudioPacket
from recorder.media import TimedFrame
from recorder.outbox import Address

BATCH_US = 100_000


class AudioTap:
    """Collects the packets of one recording."""

    def __init__(
        self,
        address: Address,
        publish: Callable[[AudioBatch], None],
        covered: Callable[[], bool] | None = None,
    ) -> None:
        self._address = address
        self._publish = publish
        self._covered = covered
        self._packets: list[AudioPacket] = []
        self._epoch = 0
        self._number = 0

    def add(self, timed: TimedFrame, epoch: int) -> None:
        """Take a packet; a batch never spans a hole or two epochs."""
        packets = self._packets
        if packets:
            expected_us = packets[-1].start_us + packets[-1].duration_us
            apart = abs(timed.start_us - expected_us) > timed.duration_us
            if epoch != self._epoch or apart:
                self.flush()
        self._epoch = epoch
        self._packets.append(
            AudioPacket(
                start_us=timed.start_us, duration_us=timed.duration_us, data=timed.frame.data
            )
        )
        first = self._packets[0].start_us
        if timed.end_us - first >= BATCH_US:
            self.flush()

    def flush(self) -> None:
        """Publish what is there."""
        if not self._packets:
            return
        packets, self._packets = self._packets, []
        self._number += 1
        self._publish(
            AudioBatch(
                source=self._address.source,
                session=self._address.session,
                room=self._address.room,
                epoch=self._epoch,
                number=self._number,
                channels=list(self._address.channels),
                packets=packets,
                covered=self._covered is not None and self._covered(),
            )
        )
