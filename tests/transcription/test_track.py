from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.transcription.fakes import ToneRecogniser
from transcription.recogniser import Event, Final, Partial, Word, join
from transcription.timeline import to_us
from transcription.track import PartialSpeech, Speech, Track
from transcription.utterance import Place, Utterance

ZERO_US = 1_700_000_000_000_000
PLACE = Place("room1-camera", "s1", "room1", 1, "interviewee")


def tone(number: int, seconds: float = 0.3) -> npt.NDArray[np.int16]:
    time = np.arange(round(seconds * 16000)) / 16000
    return (np.sin(2 * np.pi * 200 * number * time) * 9000).astype(np.int16)


def still(seconds: float) -> npt.NDArray[np.int16]:
    return np.zeros(round(seconds * 16000), np.int16)


def track(after_us: int | None = None) -> Track:
    return Track(PLACE, ToneRecogniser(), partial_us=100_000, after_us=after_us)


def feed(one: Track, sound: npt.NDArray[np.int16], start_us: int = ZERO_US) -> list[Speech]:
    out: list[Speech] = []
    for start in range(0, len(sound), 1600):
        out += one.feed(start_us + to_us(start), sound[start : start + 1600])
    return out


def utterances(speech: list[Speech]) -> list[Utterance]:
    return [item for item in speech if isinstance(item, Utterance)]


def test_words_are_placed_on_the_session_timeline() -> None:
    speech = feed(track(), np.concatenate([still(1), tone(3), still(1)]))
    (utterance,) = utterances(speech)
    assert utterance.text == "3"
    assert abs(utterance.start_us - (ZERO_US + 1_000_000)) <= 20_000
    assert abs(utterance.end_us - (ZERO_US + 1_300_000)) <= 20_000


def test_partial_before_final_and_cleared_after() -> None:
    speech = feed(track(), np.concatenate([tone(3), still(0.2), tone(4), still(1)]))
    kinds = [type(item).__name__ for item in speech]
    assert kinds == ["PartialSpeech", "PartialSpeech", "Utterance", "PartialSpeech"]
    texts = [item.text for item in speech]
    assert texts == ["3", "3 4", "3 4", ""]
    first = speech[0]
    assert isinstance(first, PartialSpeech)
    assert ZERO_US <= first.start_us < first.end_us


def test_words_after_a_filled_and_an_unfilled_hole_keep_their_time() -> None:
    one = track()
    feed(one, np.concatenate([tone(2), still(0.2)]))
    said = utterances(feed(one, np.concatenate([tone(3), still(1)]), ZERO_US + 1_000_000))
    assert [item.text for item in said] == ["2", "3"]
    assert abs(said[1].start_us - (ZERO_US + 1_000_000)) <= 20_000
    late_us = ZERO_US + 60_000_000
    speech = feed(one, np.concatenate([tone(4), still(1)]), late_us)
    (after,) = utterances(speech)
    assert after.text == "4"
    assert abs(after.start_us - late_us) <= 20_000


def test_a_long_hole_ends_the_utterance_before_it() -> None:
    one = track()
    assert not utterances(feed(one, np.concatenate([tone(2), still(0.1)])))
    (cut,) = utterances(one.feed(ZERO_US + 9_000_000, still(0.1)))
    assert cut.text == "2"
    assert cut.end_us <= ZERO_US + 400_000


def test_audio_settled_before_is_not_said_again() -> None:
    sound = np.concatenate([tone(2), still(1), tone(3), still(1)])
    one = track(after_us=ZERO_US + 700_000)
    assert [item.text for item in utterances(feed(one, sound))] == ["3"]


def test_audio_fed_twice_is_heard_once() -> None:
    one = track()
    sound = np.concatenate([tone(2), still(1)])
    assert len(utterances(feed(one, sound))) == 1
    assert utterances(feed(one, sound)) == []


def test_settled_waits_for_the_unfinished_utterance() -> None:
    one = track()
    assert one.settled_us is None
    feed(one, np.concatenate([still(3), tone(2), still(0.2)]))
    unsettled = one.settled_us
    assert unsettled is None or unsettled <= ZERO_US + 3_000_000
    feed(one, still(3), ZERO_US + 3_500_000)
    settled = one.settled_us
    assert settled is not None
    assert ZERO_US + 5_000_000 <= settled <= ZERO_US + 6_500_000


class Counting(ToneRecogniser):
    """Counts what it is fed."""

    def __init__(self) -> None:
        super().__init__()
        self.fed = 0

    def accept(self, pcm: bytes) -> list[Event]:
        self.fed += len(pcm) // 2
        return super().accept(pcm)


def test_a_muted_channel_rests_and_the_next_word_keeps_its_time() -> None:
    recogniser = Counting()
    one = Track(PLACE, recogniser, partial_us=100_000)
    sound = np.concatenate([tone(2), still(20), tone(3), still(1)])
    said = utterances(feed(one, sound))
    assert [item.text for item in said] == ["2", "3"]
    assert abs(said[1].start_us - (ZERO_US + 20_300_000)) <= 20_000
    assert recogniser.fed < 16_000 * 6
    assert one.position_us == ZERO_US + to_us(len(sound))


def test_a_hole_while_resting_leads_to_no_wrong_time() -> None:
    one = track()
    feed(one, np.concatenate([tone(2), still(5)]))
    late_us = ZERO_US + 30_000_000
    (said,) = utterances(feed(one, np.concatenate([tone(3), still(1)]), late_us))
    assert abs(said.start_us - late_us) <= 20_000


class Scripted:
    """Gives prepared events, one list for each call."""

    def __init__(self, *events: list[Event]) -> None:
        self._events = list(events)

    def accept(self, pcm: bytes) -> list[Event]:
        return self._events.pop(0) if self._events else []

    def finish(self) -> list[Event]:
        return []


def test_unknown_words_stay_out_of_the_text() -> None:
    words = (Word("[unk]", 0, 100_000, 0.3), Word("去", 100_000, 200_000, 0.9))
    one = Track(PLACE, Scripted([Final(words)]), partial_us=0)
    (utterance,) = utterances(one.feed(ZERO_US, still(0.1)))
    assert utterance.text == "去"
    assert [word.text for word in utterance.words] == ["[unk]", "去"]


def test_only_unknown_words_are_no_utterance() -> None:
    final = Final((Word("[unk]", 0, 100_000, 0.3),))
    one = Track(PLACE, Scripted([Partial("[unk]")], [final]), partial_us=0)
    assert one.feed(ZERO_US, still(0.2)) == []


def test_partials_are_not_given_faster_than_asked() -> None:
    events: list[list[Event]] = [[Partial("一" * count)] for count in range(1, 11)]
    one = Track(PLACE, Scripted(*events), partial_us=300_000)
    texts = [item.text for item in one.feed(ZERO_US, still(1.0))]
    assert len(texts) == 4
    assert texts[0] == "一"


def test_joining_words() -> None:
    assert join(["没有", "人", "安排"]) == "没有人安排"
    assert join(["nobody", "ordered", "it"]) == "nobody ordered it"
    assert join(["用", "LEL", "20", "检测仪"]) == "用LEL 20检测仪"
