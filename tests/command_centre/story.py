"""A small case file in the demo format."""

from __future__ import annotations

from typing import Any

CASE = "case-2026-014"

STORY: dict[str, Any] = {
    "format": "duizhi-demo-story/1",
    "case": {
        "id": CASE,
        "number": "（渭）应急立〔2026〕014号",
        "name": "油库动火案",
        "name_en": "Oil depot hot-work case",
        "cause": "涉嫌动火作业未安排专门人员进行现场安全管理案",
        "status": "调查取证",
        "incident_date": "2026-05-12",
        "opened": "2026-05-14",
    },
    "enterprise": {"name": "渭州恒顺油品储运有限公司", "name_en": "Weizhou Hengshun"},
    "people": [
        {"id": "张某", "en": ["Zhang"], "post": "气割工", "role": "涉案人员", "room": "room1"},
        {"id": "李某", "en": ["Li"], "post": "班长", "role": "涉案人员", "room": "room2"},
        {"id": "王某", "en": ["Wang"], "post": "安全员", "role": "涉案人员", "room": None},
    ],
    "officers": [
        {"id": "吴某某", "cert": "渭执A0021", "duty": "询问人", "room": "room1"},
        {"id": "马某某", "cert": "渭执A0034", "duty": "记录人", "room": "room1"},
        {"id": "孙某某", "cert": "渭执A0017", "duty": "询问人", "room": "room2"},
        {"id": "林某某", "cert": "渭执A0003", "duty": "案件管理人员"},
    ],
    "points": [
        {
            "id": "P2",
            "text": "核实什么时候开始作业",
            "en": "verify when the work started",
            "topic": "work",
            "slots": ["when"],
            "verbs": ["开始"],
            "items": ["作业"],
        },
        {
            "id": "P1",
            "text": "核实危险作业由谁安排",
            "en": "verify who arranged the work",
            "topic": "arrange",
            "slots": ["who_ordered", "to_whom"],
            "verbs": ["安排", "指派"],
            "items": ["作业"],
            "question": "这次作业是怎么安排的？",
        },
    ],
    "rooms": [
        {"id": "room1", "name": "询问室 1", "person": "张某"},
        {"id": "room2", "name": "询问室 2", "person": "李某"},
    ],
}
