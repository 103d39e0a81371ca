"""Transcripts as files: other people's readers read them, hostile text stays text."""

from __future__ import annotations

import io
import json
import re

import pytest
import srt  # type: ignore[import-untyped]
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from command_centre.desk.shown import display_edits
from command_centre.desk.transcript_files import FORMATS, Transcript, transcript_file
from command_centre.desk.views import Corrected, Utterance, Word
from config.words import Speaker

OPENED_US = 1_795_300_000_000_000


def line(text: str, at_s: int, speaker: str, corrected: str | None = None) -> Utterance:
    start_us = OPENED_US + at_s * 1_000_000
    words = [Word(w=text, s_us=start_us, e_us=start_us + 2_000_000)]
    return Utterance(
        id=f"room1-{at_s}",
        cursor=at_s,
        room="room1",
        source="room1-camera",
        session="s1",
        speaker=speaker,
        start_us=start_us,
        end_us=start_us + 2_000_000,
        text=text,
        words=words,
        display=display_edits(text, words, speaker),
        index=at_s,
        corrected=None
        if corrected is None
        else Corrected(version=1, text=corrected, by_name="吴某某", t_us=start_us),
    )


def transcript(*lines: Utterance) -> Transcript:
    return Transcript(
        case="c1",
        case_number="（渭）应急立〔2026〕014号",
        room_name="询问室 1",
        session="s1",
        opened_us=OPENED_US,
        names={Speaker.INTERVIEWER: "询问人", Speaker.INTERVIEWEE: "张某"},
        utterances=lines,
    )


STORY = transcript(
    line("谁安排你去的", 3, Speaker.INTERVIEWER),
    line("是李谋", 3700, Speaker.INTERVIEWEE, "是李某"),
    line("<b>没有</b> --> & 票", 3710, Speaker.UNKNOWN),
)


def test_webvtt_is_read_by_another_reader() -> None:
    found = webvtt.from_buffer(io.StringIO(transcript_file(STORY, "vtt").decode())).captions
    assert [one.start for one in found] == ["00:00:03.000", "01:01:40.000", "01:01:50.000"]
    assert found[0].voice == "询问人"
    assert found[1].text == "是李某（更正）"
    assert "&lt;b&gt;" in found[2].raw_text
    assert "--&gt;" in found[2].raw_text


def test_srt_is_read_by_another_reader() -> None:
    found = list(srt.parse(transcript_file(STORY, "srt").decode()))
    assert len(found) == 3
    assert found[1].start.total_seconds() == 3700
    assert found[1].content == "张某：是李某（更正）"
    assert found[2].content.startswith("说话人待确认：")


def test_json_has_what_was_spoken_beside_what_is_shown() -> None:
    found = json.loads(transcript_file(STORY, "json"))
    second = found["utterances"][1]
    assert (second["spoken"], second["shown"]) == ("是李谋", "是李某")
    assert second["corrected"]["by_name"] == "吴某某"


def test_plain_text_says_when_and_who() -> None:
    lines = transcript_file(STORY, "txt").decode().splitlines()
    assert re.fullmatch(r"\[\d\d:\d\d:\d\d\] 询问人：谁安排你去的？", lines[1])


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_said_is_a_file_too(form: str) -> None:
    assert isinstance(transcript_file(transcript(), form), bytes)


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of vtt"):
        transcript_file(STORY, "docx")


@given(st.text(min_size=1, max_size=80))
def test_any_text_stays_one_line_of_one_cue(text: str) -> None:
    made = transcript(line(text, 1, Speaker.INTERVIEWEE), line("好的", 9, Speaker.INTERVIEWEE))
    file = io.StringIO(transcript_file(made, "vtt").decode())
    assert len(webvtt.from_buffer(file).captions) == 2
    assert len(list(srt.parse(transcript_file(made, "srt").decode()))) == 2
