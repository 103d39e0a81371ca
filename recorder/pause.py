"""Privileged pauses of one session (lawyer, doctor ...): what is withheld, since when, and why.

Pure. One pause is in force at a time. A second one while the first runs can only withhold more:
asking for less, or for the same, changes nothing; asking for more ends the first and begins a
wider one at the same instant. Only ``end`` lifts a pause, and only the one the caller has seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from recorder.errors import NotPaused, PauseChanged
from recorder.media import Kind

#: A picture resumes at a key frame: so long after the end of a pause its absence still belongs
#: to the pause. Later it is a gap.
RESUME_US = 3_000_000
#: Time this short between the last frame and the pause belongs to the pause.
JOINT_US = 100_000


@dataclass(slots=True, frozen=True)
class Pause:
    """One order to withhold media; ``end_us`` is None while it is in force."""

    id: str
    tracks: frozenset[Kind]
    reason: str
    begin_us: int
    end_us: int | None = None


@dataclass(slots=True)
class PauseBook:
    """Every pause of a session, in order. Owned by the session, read by its recordings."""

    pauses: list[Pause] = field(default_factory=list)

    @property
    def present(self) -> Pause | None:
        """The pause in force."""
        last = self.pauses[-1] if self.pauses else None
        return last if last is not None and last.end_us is None else None

    @property
    def tracks(self) -> frozenset[Kind]:
        """What is being withheld."""
        present = self.present
        return present.tracks if present is not None else frozenset()

    def withholds(self, kind: Kind, at_us: int) -> bool:
        """Whether a frame that stands here must not be recorded, however late it arrives.

        While a pause is in force that is every frame; afterwards what belongs to its time, such as
        packets that were sent again.
        """
        for pause in reversed(self.pauses):
            if pause.end_us is None:
                if kind in pause.tracks:
                    return True
            elif at_us >= pause.end_us:
                return False
            elif kind in pause.tracks and pause.begin_us <= at_us:
                return True
        return False

    def begin(self, wanted: Pause) -> tuple[Pause | None, Pause | None]:
        """Withhold what ``wanted`` says; returns the pause this ended and the one it began.

        Both are None when the pause in force covers it already, or it was begun before.
        """
        present = self.present
        if any(known.id == wanted.id for known in self.pauses):
            return None, None  # told again: in force, or over by now
        if present is None:
            self.pauses.append(wanted)
            return None, wanted
        if wanted.tracks <= present.tracks:
            return None, None
        ended = self._end(wanted.begin_us)
        begun = replace(wanted, tracks=wanted.tracks | ended.tracks)
        self.pauses.append(begun)
        return ended, begun

    def end(self, pause: str, now_us: int) -> Pause | None:
        """Lift a pause; None when it was lifted before.

        Raises:
            PauseChanged: another pause is in force.
            NotPaused: there never was such a pause.
        """
        present = self.present
        if present is not None and present.id == pause:
            return self._end(now_us)
        if present is not None:
            raise PauseChanged("another pause is in force; look again, then resume that one")
        if any(known.id == pause for known in self.pauses):
            return None
        raise NotPaused("nothing is paused")

    def covering(self, kinds: Iterable[Kind]) -> list[Pause]:
        """The pauses that withhold all of these."""
        wanted = frozenset(kinds)
        return [pause for pause in self.pauses if wanted and wanted <= pause.tracks]

    def _end(self, now_us: int) -> Pause:
        ended = replace(self.pauses[-1], end_us=max(now_us, self.pauses[-1].begin_us))
        self.pauses[-1] = ended
        return ended


def split_hole(
    start_us: int, end_us: int, pauses: Iterable[Pause], after: str = ""
) -> list[tuple[int, int, Pause | None]]:
    """A hole cut into what pauses explain and the rest (None), in order and without overlap.

    A pause reaches back over a joint, and on to the end of the hole when that comes soon after.
    ``after`` names the pause that ended where the hole begins, if one did.
    """
    pieces: list[tuple[int, int, Pause | None]] = []
    position = start_us
    for pause in pauses:
        until_us = end_us if pause.end_us is None else pause.end_us
        adjoins = start_us <= until_us or pause.id == after
        if adjoins and end_us <= until_us + RESUME_US:
            until_us = end_us
        begin_us, until_us = max(position, pause.begin_us), min(until_us, end_us)
        if until_us <= begin_us:
            continue
        if begin_us - position > JOINT_US:
            pieces.append((position, begin_us, None))
        else:
            begin_us = position
        pieces.append((begin_us, until_us, pause))
        position = until_us
    if position < end_us:
        pieces.append((position, end_us, None))
    return pieces
