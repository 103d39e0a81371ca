"""Marks and figures that make final words easy to read on a screen; never part of the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from command_centre.desk.views import EditView, Word
from config.words import Speaker
from transcription.display import Spoken, edits


def display_edits(text: str, words: Sequence[Word], speaker: str) -> list[EditView]:
    """What a desk puts into the spoken text where it shows it."""
    spoken = [Spoken(one.w, one.s_us, one.e_us) for one in words]
    found = edits(text, spoken, question=speaker == Speaker.INTERVIEWER)
    return [EditView(start=one.start, end=one.end, text=one.text) for one in found]
