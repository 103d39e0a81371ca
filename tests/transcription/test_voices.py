"""Who spoke into one microphone: proposals only, and people have the last word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from config.demo import CLIPS
from config.messages import AudioPacket
from recorder.ingest.clip import Clip
from transcription.engine_vosk import VoskEngine
from transcription.errors import ModelError
from transcription.hearing import Hearing
from transcription.listener import Listener
from transcription.model_directory import SHIPPED, check_speaker_model, find_speaker_model
from transcription.utterance import Place, Utterance
from transcription.voices import VoiceBook

A, B, C = (1.0, 0.0, 0.1), (0.2, 1.0, 0.0), (-0.7, -0.7, 0.6)
ZERO_US = 1_700_000_000_000_000


def who(book: VoiceBook, utterance: str, voice: tuple[float, ...]) -> str:
    proposal = book.hear(utterance, voice)
    return proposal.speaker if proposal else ""


def test_the_first_voice_asks_and_the_next_one_answers() -> None:
    book = VoiceBook()
    assert [who(book, str(n), voice) for n, voice in enumerate((A, B, A, B, B))] == [
        "interviewer",
        "interviewee",
        "interviewer",
        "interviewee",
        "interviewee",
    ]


def test_a_third_voice_gets_no_proposal() -> None:
    book = VoiceBook()
    who(book, "1", A)
    who(book, "2", B)
    assert who(book, "3", C) == ""
    assert who(book, "4", (0.75, 0.6, 0.0)) == ""  # between both


def test_a_person_turns_it_round() -> None:
    book = VoiceBook()
    who(book, "1", A)
    book.name("1", "interviewee")
    assert who(book, "2", A) == "interviewee"
    assert who(book, "3", B) == "interviewer"
    book.name("unheard", "interviewer")
    assert who(book, "4", A) == "interviewee"


@pytest.mark.parametrize("voice", [(), (0.0, 0.0), (float("nan"), 1.0), (float("inf"), 1.0)])
def test_a_voice_that_is_none(voice: tuple[float, ...]) -> None:
    assert VoiceBook().hear("1", voice) is None


def test_directories_that_are_no_speaker_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected"):
        check_speaker_model(tmp_path)
    for name in ("final.ext.raw", "mean.vec", "transform.mat", "mfcc.conf"):
        (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="not the binary Kaldi file"):
        check_speaker_model(tmp_path)
    assert find_speaker_model("") is None


@pytest.mark.model
def test_the_demo_through_one_microphone() -> None:
    """Both voices of room 1 mixed: most proposals are right, and all are marked as proposals."""
    speakers = find_speaker_model("shipped")
    engine = VoskEngine(SHIPPED, "zh", speakers)
    sound = Clip.read(CLIPS / "room1.mp4").audio[: 50 * 110]
    packets = [
        AudioPacket(start_us=ZERO_US + n * 20_000, duration_us=20_000, data=one.data)
        for n, one in enumerate(sound)
    ]

    def said(channels: list[str], voices: bool) -> list[Utterance]:
        place = Place("room1-camera", "s1", "room1", 0, "")
        listener = Listener(Hearing([engine]), place, channels, {}, 100_000)
        speech = []
        for start in range(0, len(packets), 5):
            speech += listener.hear(1, packets[start : start + 5]).speech
        speech += listener.finish()
        return [one for one in speech if isinstance(one, Utterance)]

    truth = said(["interviewer", "interviewee"], voices=False)
    assert all(not one.proposed for one in truth)
    mixed = said(["unknown"], voices=True)
    right = wrong = 0
    for one in mixed:
        assert one.place.speaker == "unknown"
        middle_us = (one.start_us + one.end_us) // 2
        real = {t.place.speaker for t in truth if t.start_us <= middle_us <= t.end_us}
        if one.proposed and len(real) == 1:
            right, wrong = right + (one.proposed in real), wrong + (one.proposed not in real)
    assert right >= 5 * max(1, wrong), (right, wrong, len(mixed))
    assert np.isfinite([value for one in mixed for value in one.voice]).all()
