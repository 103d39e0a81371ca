"""Marks and figures that make final words easy to read on a screen; never part of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.views import EditView, Word
from config.words import Speaker
from transcription.comparison.names_en import sure_names
from transcription.display import Spoken, edits


def display_edits(
    text: str, words: Sequence[Word], speaker: str, names: Sequence[str] = ()
) -> list[EditView]:
    """What a desk puts into the spoken text where it shows it."""
    spoken = [Spoken(one.w, one.s_us, one.e_us) for one in words]
    found = edits(text, spoken, question=speaker == Speaker.INTERVIEWER, names=names)
    return [EditView(start=one.start, end=one.end, text=one.text) for one in found]


def english_names(connection: Connection, texts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What people are called in English, by case; ``texts`` are cases and what was said in them.

    Only cases in which English was said are looked up.
    """
    cases = {case for case, text in texts if text.isascii()}
    names: dict[str, list[str]] = {one: [] for one in cases}
    if not cases:
        return names
    person = schema.person.c
    asked = select(person.case_id, person.name_en).where(person.case_id.in_(cases))
    for row in connection.execute(asked):
        names[row.case_id] += sure_names(row.name_en)
    return names
