"""What a screen was turned to, as few numbers as bring it back: at most five a second. Pure.

A sample is ``[ms since the first one, x, y, zoom, pointer x, pointer y]``, -1 for no pointer, with
``left, top, right, bottom`` of the frame behind it when there is one. They go to the log in pieces
of at most ``PIECE_MAX`` samples or ``PIECE_US``, sooner when nothing moves for ``REST_US``; a
showing keeps at most ``SHOWING_MAX`` of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from command_centre.desk.exhibit_wire import Look

EVERY_US = 200_000
PIECE_MAX = 50
PIECE_US = 10_000_000
REST_US = 2_000_000
SHOWING_MAX = 20_000  # over an hour of constant moving; what comes later is not kept


@dataclass
class Samples:
    """Of one showing."""

    kept: int = 0
    from_us: int = 0
    piece: list[list[int]] = field(default_factory=list)
    last_us: int = 0
    _pending: tuple[Look, int] | None = None  # newer than the last sample

    def take(self, look: Look, t_us: int) -> None:
        """The screens are turned to this now."""
        self._pending = (look, t_us)
        if t_us - self.last_us >= EVERY_US:
            self._settle()

    def due(self, now_us: int) -> bool:
        """Whether a piece is to be written."""
        if self._pending is not None and now_us - self._pending[1] >= EVERY_US:
            self._settle()  # it came to rest here
        full = len(self.piece) >= PIECE_MAX or now_us - self.from_us >= PIECE_US
        return bool(self.piece) and (full or now_us - self.last_us >= REST_US)

    def piece_out(self) -> tuple[int, list[list[int]]]:
        """When the piece begins, and its samples; the next piece begins empty."""
        self._settle()
        piece, self.piece = self.piece, []
        return self.from_us, piece

    def _settle(self) -> None:
        if self._pending is None:
            return
        look, t_us = self._pending
        self._pending = None
        if self.kept >= SHOWING_MAX:
            return
        if not self.piece:
            self.from_us = t_us
        pointer = look.pointer or (-1, -1)
        at_ms = max(0, t_us - self.from_us) // 1000
        self.piece.append([at_ms, look.x, look.y, look.zoom, *pointer, *(look.frame or ())])
        self.kept += 1
        self.last_us = t_us
