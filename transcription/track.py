"""One track: one channel of one recording, its recogniser and its place in time.

Owned by the worker of its source and used by one thread at a time. Takes 16 kHz samples with
their session time, gives what to publish and what to log. Never touches the bus or the disk.

Rule: ``settled_us`` is a session time before which nothing is left to be said. Everything that
ends before it has been handed out as an utterance; audio after it may be fed again to another
track and gives the same utterances.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transcription.recogniser import (
    MAX_PIECE_BYTES,
    UNKNOWN,
    Event,
    Final,
    Partial,
    Recogniser,
    join,
)
from transcription.timeline import TOLERANCE_US, Timeline, to_us
from transcription.utterance import Place, Utterance, place_on_timeline

Samples = npt.NDArray[np.int16]  # one channel

#: Below this rms (-66 dBFS) a piece is a muted channel, not a quiet room.
_MUTED_RMS = 16.0
#: After this much of it the recogniser rests; at the next sound it first hears the last of it.
_REST_AFTER_US = 1_500_000
_HELD_US = 300_000

_PIECE = MAX_PIECE_BYTES // 4  # samples: half the longest piece, 100 ms
#: A partial shows up about this long after its first word began.
_PARTIAL_LAG_US = 400_000
#: Kept before the position when nothing is being said, so that no word's onset is lost.
_SETTLED_MARGIN_US = 1_000_000
#: Added to what the recogniser hears: models take exact zeros for the closure of a stop and write
#: words into them. A fixed table, so that the same audio always gives the same words.
_DITHER = np.random.default_rng(0).integers(-3, 4, size=16_007, dtype=np.int16)


@dataclass(frozen=True)
class PartialSpeech:
    """The unfinished utterance; empty text clears it."""

    place: Place
    start_us: int
    end_us: int
    text: str


Speech = PartialSpeech | Utterance


class Track:
    """See the module."""

    def __init__(
        self, place: Place, recogniser: Recogniser, *, partial_us: int, after_us: int | None = None
    ) -> None:
        """``after_us``: audio before this session time was settled by an earlier track."""
        self.place = place
        self._recogniser = recogniser
        self._partial_us = partial_us
        self._timeline = Timeline()
        self._settled_us = after_us
        self._text = ""  # latest partial of the recogniser
        self._shown = ""  # latest partial handed out
        self._shown_us = 0
        self._started_us = 0  # about where the unfinished utterance began
        self._quiet_us = 0  # muted audio at the end of what came
        self._held: deque[tuple[int, Samples]] = deque()  # muted audio not fed, the last of it

    @property
    def position_us(self) -> int | None:
        """Session time up to which audio was taken; None before the first piece."""
        if self._held:
            start_us, samples = self._held[-1]
            return start_us + to_us(len(samples))
        return self._timeline.position_us

    @property
    def settled_us(self) -> int | None:
        """See the rule in the module's docstring."""
        position = self.position_us
        if position is None or self._text:
            return self._settled_us
        return max(self._settled_us or 0, position - _SETTLED_MARGIN_US)

    def feed(self, start_us: int, samples: Samples) -> list[Speech]:
        """Audio that begins at ``start_us``; what was heard already is dropped."""
        if self._settled_us is not None and self.position_us is None:
            early = round((self._settled_us - start_us) * 16 / 1000)
            if early >= len(samples):
                return []
            samples = samples[max(0, early) :]
            start_us += to_us(max(0, early))
        if self._held and abs(start_us - (self.position_us or 0)) > TOLERANCE_US:
            self._held.clear()  # a hole: what was held does not lead up to this
        if self._rests(start_us, samples):
            return []
        if self._held:
            start_us, samples = self._wake(samples)
        step = self._timeline.plan(start_us, len(samples))
        out: list[Speech] = []
        if step.cut:
            out += self.finish()
        elif step.silence:
            out += self._accept(np.zeros(step.silence, np.int16))
        rest = samples[step.drop :]
        if len(rest):
            self._timeline.anchor(start_us + to_us(step.drop))
            out += self._accept(rest)
        return out

    def _rests(self, start_us: int, samples: Samples) -> bool:
        """Keep muted audio from the recogniser, which costs as much on it as on speech."""
        if np.mean(np.square(samples.astype(np.float32))) >= _MUTED_RMS**2:
            self._quiet_us = 0
            return False
        self._quiet_us += to_us(len(samples))
        if self._text or self._quiet_us < _REST_AFTER_US or self._timeline.position_us is None:
            return False
        self._held.append((start_us, samples))
        while start_us - self._held[0][0] > _HELD_US:
            self._held.popleft()
        return True

    def _wake(self, samples: Samples) -> tuple[int, Samples]:
        start_us = self._held[0][0]
        held = [piece for _, piece in self._held]
        self._held.clear()
        return start_us, np.concatenate([*held, samples])

    def finish(self) -> list[Speech]:
        """End the utterance in progress; feeding may go on."""
        return self._take(self._recogniser.finish())

    def _accept(self, samples: Samples) -> list[Speech]:
        out: list[Speech] = []
        for start in range(0, len(samples), _PIECE):
            piece = samples[start : start + _PIECE]
            events = self._recogniser.accept(_dithered(piece, self._timeline.fed))
            self._timeline.advance(len(piece))
            out += self._take(events)
        return out

    def _take(self, events: list[Event]) -> list[Speech]:
        out: list[Speech] = []
        for event in events:
            if isinstance(event, Final):
                out += self._final(event)
            else:
                self._partial(event)
        position = self.position_us or 0
        late = position - self._shown_us >= self._partial_us
        if self._text != self._shown and (late or not self._text):
            self._shown, self._shown_us = self._text, position
            out.append(PartialSpeech(self.place, self._started_us, position, self._text))
        return out

    def _partial(self, event: Partial) -> None:
        text = join([word for word in event.text.split() if word != UNKNOWN])
        if text and not self._text:
            begun = (self.position_us or 0) - _PARTIAL_LAG_US
            self._started_us = max(begun, self._settled_us or 0)
        self._text = text

    def _final(self, event: Final) -> list[Speech]:
        self._text = ""
        utterance = place_on_timeline(event, self._timeline, self.place)
        end_us = self._timeline.end_us(event.words[-1].end_us)
        self._settled_us = max(self._settled_us or 0, end_us)
        return [] if utterance is None else [utterance]


def _dithered(samples: Samples, fed: int) -> bytes:
    places = np.arange(fed, fed + len(samples)) % len(_DITHER)
    mixed = samples.astype(np.int32) + _DITHER[places]
    return bytes(np.clip(mixed, -32768, 32767).astype("<i2").tobytes())
