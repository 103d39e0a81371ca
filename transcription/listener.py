"""Everything one recording needs to be heard: decoder, channel split, tracks. No bus, no disk.

Used by one thread at a time; its worker runs each call to its end before the next. Live packets
and packets read back from the recording go the same way in, in the order of the timeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from config.messages import AudioPacket
from config.words import Speaker
from transcription.channels import ChannelSplit, levels_dbfs
from transcription.doubt import doubt
from transcription.hearing import Hearing
from transcription.recogniser import Engine
from transcription.repair import repair
from transcription.resample import OpusDecoder, Samples
from transcription.timeline import TOLERANCE_US
from transcription.track import Speech, Track
from transcription.utterance import Place, Utterance
from transcription.voices import Proposal, VoiceBook

#: Neighbouring packets are fed together up to this many, about what a live batch holds.
_TOGETHER = 5


@dataclass(frozen=True)
class Heard:
    """What came of some packets."""

    speech: list[Speech]
    rms_dbfs: list[float]
    peak_dbfs: list[float]


class Listener:
    """See the module. ``settled_us`` by speaker: what an earlier run has already settled."""

    def __init__(
        self,
        hearing: Hearing,
        place: Place,
        speakers: Sequence[str],
        settled_us: dict[str, int],
        partial_us: int,
    ) -> None:
        """``place`` names source, session and room; its channel and speaker are not used."""
        self._hearing = hearing
        self._engine: Engine | None = None  # which model the tracks use
        self._place = place
        self._speakers = list(speakers)[:2] or [Speaker.UNKNOWN.value]
        self._settled_us = dict(settled_us)
        self._partial_us = partial_us
        self._decoder = OpusDecoder()
        self._channels = ChannelSplit(len(self._speakers))
        self._tracks: dict[str, Track] = {}  # by speaker
        self._voices = VoiceBook()
        self._epoch = 0
        self._last: tuple[int, Samples] | None = None  # latest piece and where it began
        self.heard_us = min(settled_us.values(), default=0)  # all audio before it was fed

    @property
    def tracks(self) -> int:
        """How many recognisers are at work."""
        return len(self._tracks)

    def hear(self, epoch: int, packets: Sequence[AudioPacket]) -> Heard:
        """Feed packets in order; those before ``heard_us`` are left out."""
        speech: list[Speech] = []
        pieces: list[Samples] = []
        for group in _groups([packet for packet in packets if self._is_new(packet)]):
            if epoch != self._epoch or group[0].start_us - self.heard_us > TOLERANCE_US:
                self._epoch, self._decoder = epoch, OpusDecoder()
            samples = self._decoder.decode([(item.data, item.duration_us) for item in group])
            speech += self._choose_model(group[0].start_us)
            speech += self._feed(group[0].start_us, samples)
            pieces.append(samples)
            self.heard_us = group[-1].start_us + group[-1].duration_us
        whole = np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0), np.int16)
        return Heard(speech, *levels_dbfs(whole, len(self._speakers)))

    def measure(self, epoch: int, packets: Sequence[AudioPacket]) -> Heard:
        """Only how loud it is: somebody else hears the words. What was begun is ended."""
        speech = self.finish()
        new = [packet for packet in packets if self._is_new(packet)]
        if epoch != self._epoch or (new and new[0].start_us - self.heard_us > TOLERANCE_US):
            self._epoch, self._decoder = epoch, OpusDecoder()
        whole = self._decoder.decode([(item.data, item.duration_us) for item in new])
        if new:
            self.heard_us = new[-1].start_us + new[-1].duration_us
        return Heard(speech, *levels_dbfs(whole, len(self._speakers)))

    def finish(self) -> list[Speech]:
        """End every utterance in progress."""
        return self._looked_over(
            [item for track in self._tracks.values() for item in track.finish()]
        )

    def settled(self) -> dict[str, int]:
        """By speaker, the session time before which nothing is left to be said."""
        return {
            speaker: track.settled_us
            for speaker, track in self._tracks.items()
            if track.settled_us is not None
        }

    def _is_new(self, packet: AudioPacket) -> bool:
        return packet.start_us + packet.duration_us // 2 >= self.heard_us

    def _feed(self, start_us: int, samples: Samples) -> list[Speech]:
        was_split = self._channels.split
        parts = self._channels.feed(samples)
        speech: list[Speech] = []
        if self._channels.split and not was_split:
            speech += self.finish()  # what the joint track heard so far
            self._tracks.clear()
            if self._last is not None:  # the onset of the first word may lie in the piece before
                speech += self._feed_tracks(*self._last)
        self._last = (start_us, samples)
        return speech + self._feed_tracks(start_us, parts)

    def _choose_model(self, start_us: int) -> list[Speech]:
        """Change the model where the session's language changes; what was begun is ended first."""
        engine = self._hearing.engine(self._place.session, start_us)
        if engine is self._engine:
            return []
        speech = self.finish()
        if self._engine is not None:
            # The audio before is heard: the new tracks begin here.
            self._settled_us |= dict.fromkeys(self._tracks, start_us)
            self._tracks.clear()
            self._last = None
        self._engine = engine
        return speech

    def _looked_over(self, speech: list[Speech]) -> list[Speech]:
        """Utterances with their model, and with terms of the case put in where they were missed."""
        engine = self._engine
        if engine is None:
            return speech
        terms = self._hearing.terms(self._place.session, engine)
        out: list[Speech] = []
        for item in speech:
            if isinstance(item, Utterance):
                found = repair(item.words, terms)
                proposal = self._whose(item)
                item = replace(
                    item,
                    proposed=proposal.speaker if proposal else "",
                    resemblance_pm=proposal.resemblance_pm if proposal else 0,
                    model=engine.model,
                    repaired=found.text if found.repairs else None,
                    repairs=found.repairs,
                    vocabulary=terms.digest,
                    doubt=doubt(item.words),
                )
            out.append(item)
        return out

    def _whose(self, item: Utterance) -> Proposal | None:
        if not item.voice or item.place.speaker != Speaker.UNKNOWN.value:
            return None
        for utterance, speaker in self._hearing.named(self._place.session):
            self._voices.name(utterance, speaker)
        return self._voices.hear(item.id, item.voice)

    def _feed_tracks(self, start_us: int, parts: Samples) -> list[Speech]:
        named = self._speakers
        if not self._channels.split and len(named) > 1:
            named = [Speaker.UNKNOWN.value]
        return self._looked_over(
            [
                item
                for channel, (speaker, part) in enumerate(zip(named, parts, strict=True))
                for item in self._track(channel, speaker).feed(start_us, part)
            ]
        )

    def _track(self, channel: int, speaker: str) -> Track:
        if speaker not in self._tracks:
            place = Place(
                self._place.source, self._place.session, self._place.room, channel, speaker
            )
            after_us = self._settled_us.get(speaker)
            if speaker == Speaker.UNKNOWN.value and after_us is None:
                # Joint sound before a split: what any speaker has settled was heard then.
                after_us = max(self._settled_us.values(), default=None)
            voices = speaker == Speaker.UNKNOWN.value
            engine = self._engine or self._hearing.engine(self._place.session, self.heard_us)
            self._tracks[speaker] = Track(
                place,
                engine.recogniser(voices=voices),
                partial_us=self._partial_us,
                after_us=after_us,
            )
        return self._tracks[speaker]


def _groups(packets: Sequence[AudioPacket]) -> list[list[AudioPacket]]:
    """Packets that follow each other without a hole, at most ``_TOGETHER`` of them."""
    groups: list[list[AudioPacket]] = []
    for packet in packets:
        last = groups[-1][-1] if groups else None
        follows = (
            last is not None
            and abs(packet.start_us - last.start_us - last.duration_us) <= TOLERANCE_US // 4
        )
        if follows and len(groups[-1]) < _TOGETHER:
            groups[-1].append(packet)
        else:
            groups.append([packet])
    return groups
