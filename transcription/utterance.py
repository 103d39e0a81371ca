"""A finished utterance on the session timeline, and the log entry it becomes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from config.recorder_messages import Append
from transcription.recogniser import UNKNOWN, Final, ModelInfo, Word, join
from transcription.repair import Repair
from transcription.timeline import Timeline

KIND = "utterance"
DOUBTFUL = "utterance.doubtful"


@dataclass(frozen=True)
class Place:
    """Which recording and channel a track listens to."""

    source: str
    session: str
    room: str
    channel: int
    speaker: str


@dataclass(frozen=True)
class Utterance:
    """Words of one speaker; times are session time. Unknown words stay in ``words`` only."""

    place: Place
    words: tuple[Word, ...]
    model: ModelInfo | None = None
    repaired: str | None = None  # the text with terms of the case put in; None: as recognised
    repairs: tuple[Repair, ...] = ()
    voice: tuple[float, ...] = ()  # never logged
    proposed: str = ""  # who it may be, of a mixed microphone; never certain
    resemblance_pm: int = 0  # how much the voice resembles theirs
    doubt: str = ""  # why it is likely no speech (doubt.py); empty: it is
    vocabulary: str = ""  # digest of the case's terms it was looked over with

    @property
    def start_us(self) -> int:
        """Where the first word begins."""
        return self.words[0].start_us

    @property
    def end_us(self) -> int:
        """Where the last word ends."""
        return self.words[-1].end_us

    @property
    def text(self) -> str:
        """The words joined, without the unknown ones; repaired where that was done."""
        if self.repaired is not None:
            return self.repaired
        return join([word.text for word in self.words if word.text != UNKNOWN])

    @property
    def id(self) -> str:
        """Unique in the log: no two utterances of one channel begin at one time."""
        return f"{self.place.source}-{self.place.channel}-{self.start_us}"

    @property
    def key(self) -> str:
        """Idempotency key: the same audio gives the same key."""
        return f"utterance/{self.place.session}/{self.id}"


def place_on_timeline(final: Final, timeline: Timeline, place: Place) -> Utterance | None:
    """Session times for a final; None when every word is unknown, for there is nothing to read."""
    if all(word.text == UNKNOWN for word in final.words):
        return None
    words: list[Word] = []
    for word in final.words:
        start_us = timeline.start_us(word.start_us)
        end_us = max(start_us, timeline.end_us(word.end_us))
        words.append(Word(word.text, start_us, end_us, word.confidence))
    return Utterance(place, tuple(words), voice=final.voice)


def to_append(utterance: Utterance, model: ModelInfo, now_us: int) -> Append:
    """The request to the recorder that makes it an entry; integers only.

    ``model`` is told when the utterance does not say itself what heard it.
    """
    model = utterance.model or model
    body: dict[str, object] = {
        "source": utterance.place.source,
        "id": utterance.id,
        "speaker": utterance.place.speaker,
        "start_us": utterance.start_us,
        "end_us": utterance.end_us,
        "text": utterance.text,
        "words": [
            {
                "w": word.text,
                "s_us": word.start_us,
                "e_us": word.end_us,
                "c_pm": round(word.confidence * 1000),
            }
            for word in utterance.words
        ],
        "language": model.language,
        "model": model.name,
        "model_sha256": model.digest,
    }
    if utterance.proposed:
        body["proposed"] = utterance.proposed
        body["resemblance_pm"] = utterance.resemblance_pm
    if utterance.doubt:
        body["why"] = utterance.doubt
    if utterance.vocabulary:
        body["vocabulary"] = utterance.vocabulary
    if utterance.repairs:
        body["repairs"] = [
            {
                "from": one.start,
                "to": one.end,
                "original": one.original,
                "rule": one.rule,
                "distance": one.distance,
            }
            for one in utterance.repairs
        ]
    return Append(
        key=utterance.key,
        kind=DOUBTFUL if utterance.doubt else KIND,
        session=utterance.place.session,
        room=utterance.place.room,
        body=msgspec.json.encode(body),
        t_us=now_us,
    )
