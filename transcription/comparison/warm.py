"""Reads a few sentences, so that an interview's first ones wait for no models and tables."""

from __future__ import annotations

from datetime import date

from transcription.comparison.case_file import case_from_json
from transcription.comparison.engine import CaseComparison, Heard
from transcription.comparison.model import Role, Turn
from transcription.comparison.zh import parts

_CASE = {
    "id": "warm",
    "incident_date": "2026-01-01",
    "people": [{"id": "甲某", "en": ["Jia"]}, {"id": "乙某", "en": ["Yi"]}],
    "places": [{"id": "仓库", "en": ["the store"]}],
    "equipment": [{"id": "梯子", "en": ["the ladder"]}],
    "points": [
        {
            "id": slot,
            "text": text,
            "en": "verify who arranged the work, when and with what",
            "topic": topic,
            "slots": [slot],
        }
        for slot, text, topic in (
            ("who_ordered", "核实作业由谁安排", "arrange"),
            ("who_did", "核实现场由谁监护", "supervise"),
            ("whether", "核实有没有办作业票", "permit"),
            ("when", "核实什么时候开始作业", "work"),
        )
    ],
}
_SAID = {
    "zh": (
        ("作业是谁安排的", "甲某让乙某九点去仓库的"),
        ("现场谁监护", "乙某看着的"),
        ("办没办作业票", "没有办"),
        ("几点开始的", "九点左右开始的，三个人，用梯子"),
        ("这事怎么弄起来的", "人手不够，乙某拿的梯子"),
    ),
    "en": (
        ("Who arranged the work?", "Jia told me to go at nine."),
        ("Was there a permit?", "No."),
        ("And how did that come about?", "We were short of hands, so Yi took the ladder."),
    ),
}


def warm() -> None:
    """Everything that is loaded with first words is loaded."""
    parts.load()
    engine = CaseComparison(case_from_json(_CASE))
    at = 0
    for language, talk in _SAID.items():
        for exchange in talk:
            for role, text in zip((Role.QUESTION, Role.ANSWER), exchange, strict=True):
                for person in ("甲某", "乙某"):
                    turn = Turn(f"{person}{at}", role, text, at, at + 1)
                    engine.hear(Heard(turn, person, person, person, language, date(2026, 1, 2)))
                at += 2
