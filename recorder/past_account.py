"""Rebuilds a recording's account from its entries, in the order of the log. Pure.

Holes of a batch stand before its segment, whose entry states what each track has gained and how
far its account goes; so the sums are whole again after every segment. Entries of a recorder that
did not keep accounts of tracks give an account of the whole only.
"""

from __future__ import annotations

from typing import Any

from config.words import GapCause
from recorder.ledger import Gap, Ledger
from recorder.media import Kind
from recorder.track_account import TrackAccount

_KINDS: tuple[Kind, Kind] = ("video", "audio")


class PastAccount:
    """Takes the entries of one recording into its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._batch: list[tuple[str, Gap]] = []  # holes since the segment before

    def hole(self, body: dict[str, Any]) -> None:
        """A ``media.gap`` or ``media.pause``."""
        cause = GapCause(body["cause"]) if "cause" in body else GapCause.PUBLISHER
        gap = Gap(body["start_us"], body["end_us"], cause, body.get("pause", ""))
        if body["track"] == "all":
            self.ledger.declare([gap])
        self._batch.append((body["track"], gap))

    def segment(self, body: dict[str, Any]) -> None:
        """A ``media.segment``."""
        self.ledger.record(body["start_us"], body["start_us"] + body["duration_us"])
        for kind in _KINDS:
            stated = body.get("tracks", {}).get(kind)
            if stated is not None:
                self._take(kind, stated)
        self._batch.clear()

    def _take(self, kind: Kind, stated: dict[str, int]) -> None:
        account = self.ledger.tracks.get(kind)
        if account is None:
            start_us = stated["start_us"]
            account = self.ledger.tracks[kind] = TrackAccount(kind, start_us, start_us)
        account.recorded_us += stated["recorded_us"]
        account.until_us = stated["until_us"]
        account.fresh = False
        for track, gap in self._batch:
            if track not in ("all", kind):
                continue
            length_us = max(0, gap.end_us - max(gap.start_us, account.start_us))
            if gap.pause:
                account.pause_us += length_us
            else:
                account.gap_us += length_us
                account.gaps += 1
