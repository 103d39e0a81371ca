"""A case of a lift under repair, for questions and answers put in many ways."""

from __future__ import annotations

from transcription.comparison.case_file import case_from_json

CASE = case_from_json(
    {
        "id": "lift",
        "incident_date": "2026-05-12",
        "people": [
            {"id": "祁长河", "aliases": ["祁班长", "老祁"]},
            {"id": "仝小满", "aliases": ["小满"]},
            {"id": "褚经理", "aliases": ["褚总"]},
        ],
        "places": [{"id": "底坑", "aliases": []}, {"id": "机房", "aliases": []}],
        "equipment": [{"id": "手拉葫芦", "aliases": ["葫芦"]}],
        "points": [
            {"id": "P1", "text": "核实谁安排换钢丝绳", "topic": "arrange",
             "slots": ["who_ordered", "to_whom"]},
            {"id": "P2", "text": "核实开始时间", "topic": "work", "slots": ["when"]},
            {"id": "P3", "text": "核实作业人数", "topic": "work", "slots": ["how_many"]},
            {"id": "P4", "text": "核实轿厢坠落位置", "topic": "accident", "slots": ["where"]},
            {"id": "P5", "text": "核实换绳前有没有断电挂牌", "topic": "lockout",
             "slots": ["whether", "who_did"]},
            {"id": "P6", "text": "核实安全带佩戴", "topic": "ppe", "slots": ["whether"]},
            {"id": "P7", "text": "核实用什么提升轿厢", "topic": "work", "slots": ["with_what"]},
            {"id": "P8", "text": "核实谁叫的救护车", "topic": "report",
             "slots": ["who_did", "when"]},
            {"id": "P9", "text": "核实事发时祁长河在哪里", "topic": "presence",
             "slots": ["where"]},
            {"id": "P10", "text": "核实谁启动的曳引机", "topic": "start", "slots": ["who_did"]},
        ],
    }
)  # fmt: skip
