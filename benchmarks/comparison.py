"""The comparison engine with a long case in it: 16 rooms of 3 hours, 34,560 utterances.

Questions and answers about a case's points, with talk between them, go through the engine one by
one, as the centre's process does it: models are warm, the collector is off and looks through young
objects between utterances. One answer in fifty is a monologue of 400 characters over all points,
no two alike, and words come with times. The peer is the plain surface comparison of the same text
in the same run: rapidfuzz's ratio of each answer to the 200 latest answers of the other rooms. Both
are given as the median of an answer's time. Prints one line of JSON.

``max_ms`` and ``max_cpu_ms`` are of one utterance, by the wall clock and in the thread's own time;
``collector_ms`` is the longest look between utterances and ``cycles`` what all of them found;
memory is what is resident in MiB after each eighth.

Run: OPENBLAS_NUM_THREADS=1 .venv/bin/python -m benchmarks.comparison [UTTERANCES]
(the centre starts the engine with one thread too)
"""

from __future__ import annotations

import gc
import json
import random
import re
import resource
import sys
import time
from collections import deque
from datetime import date
from pathlib import Path
from statistics import median

from rapidfuzz import fuzz

from benchmarks._options import counts
from transcription.comparison.case_file import case_from_json
from transcription.comparison.engine import CaseComparison, Heard
from transcription.comparison.model import TURN_CHARACTERS_MAX, Case, Role, Turn, WordTime
from transcription.comparison.warm import warm

ROOMS, UTTERANCES = 16, 34_560
BOUND_MS = 50.0
#: Utterances between two looks of the collector, as in ``command_centre/comparison/worker.py``.
YOUNG_AFTER = 40
#: One answer in so many is a monologue.
MONOLOGUE_EACH = 50
_FAMILY = "张李王赵陈刘周吴徐孙马朱胡郭何高"
_GIVEN = "伟强军敏刚洋涛超磊平海明亮勇杰峰"


def long_case() -> Case:
    """Sixteen people and ten points."""
    points = [
        ("P1", "核实危险作业由谁安排", "arrange", ["who_ordered", "to_whom"]),
        ("P2", "核实作业什么时候开始", "work", ["when"]),
        ("P3", "核实当时有几个人作业", "work", ["how_many"]),
        ("P4", "核实作业地点在哪里", "work", ["where"]),
        ("P5", "核实有没有办作业票", "permit", ["whether", "who_did"]),
        ("P6", "核实有没有进行安全培训", "training", ["whether", "who_did"]),
        ("P7", "核实下去之前有没有检测气体", "gas_test", ["whether", "who_did"]),
        ("P8", "核实有没有戴防护用品", "ppe", ["whether"]),
        ("P9", "核实现场由谁监护", "supervise", ["who_did", "whether"]),
        ("P10", "核实用什么工具作业", "work", ["with_what"]),
    ]
    return case_from_json(
        {
            "id": "bench",
            "incident_date": "2026-05-03",
            "people": [
                {"id": f + g, "aliases": [f"老{f}", f"{f}师傅"]}
                for f, g in zip(_FAMILY, _GIVEN, strict=True)
            ],
            "places": [{"id": "污水池", "aliases": ["池子"]}, {"id": "三号车间"}, {"id": "仓库"}],
            "equipment": [{"id": "气割", "aliases": ["割枪"]}, {"id": "梯子"}],
            "points": [
                {"id": i, "text": text, "topic": topic, "slots": slots}
                for i, text, topic, slots in points
            ],
        }
    )


_TALK: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "order": (
        ("危险作业是谁安排的？", "是谁叫你去的？"),
        (
            "是{p}安排我去的。",
            "没有人安排，我自己去的。",
            "{p}让我跟{o}一起下去的，他说上午要干完。",
        ),
    ),
    "when": (
        ("几点开始作业的？", "你们什么时候下去的？"),
        ("上午{n}点左右开始的。", "大概{n}点多吧。"),
    ),
    "many": (("一共几个人作业？",), ("{n}个人，我、{p}还有{o}。", "记不清了，反正人不多。")),
    "where": (("作业地点在哪里？",), ("就在污水池那边。", "在三号车间门口，离仓库不远。")),
    "permit": (
        ("办没办作业票？",),
        ("办了，{p}签的字。", "没有办，什么票都没开。", "这个我不清楚。"),
    ),
    "gas": (
        ("下去之前有没有检测气体？",),
        ("测了，{p}测的，氧含量百分之{n}十。", "没有测。"),
    ),
    "watch": (("现场谁监护？",), ("{p}监护的，一直在池口守着。", "没人看着我们。")),
    "tool": (("用什么工具干的？",), ("用割枪割的。", "就一把梯子，别的没有。")),
    "idle": (
        ("你平时住哪里？", "身体怎么样？", "你来厂里几年了？"),
        (
            "住在宿舍，跟{p}一个屋，来了{n}年了。",
            "还行，就是腰不太好。",
            "老家是外地的，过年才回去。",
        ),
    ),
    "long": (
        ("你把当天的经过讲一下。",),
        (
            "那天早上我先到的班组，{p}点了名，说了几句注意安全的话，然后我们就去拿工具，"
            "走到污水池边上的时候{o}已经在那里了，他说昨天就看过了，管子锈得厉害，得割掉换新的，"
            "我们就下去了，大概干了{n}个钟头，后来觉得头晕就上来歇了一会儿，"
            "再后来的事情我也说不太清楚，反正就是这么个过程。",
        ),
    ),
}


def heard(count: int) -> list[Heard]:
    """So many utterances of all rooms in order of time."""
    chance = random.Random(7)
    people = [f + g for f, g in zip(_FAMILY, _GIVEN, strict=True)]
    out: list[Heard] = []
    topics = list(_TALK)
    pending: dict[int, str] = {}
    for number in range(count):
        room = number % ROOMS
        asked = pending.pop(room, "")
        start = number * 312_500
        if asked:
            text = chance.choice(_TALK[asked][1]).format(
                p=chance.choice(people),
                o=chance.choice(people),
                n=chance.choice("一二三四五六七八九"),
            )
        else:
            asked = pending[room] = chance.choice(topics)
            text = chance.choice(_TALK[asked][0])
        role = Role.QUESTION if room in pending else Role.ANSWER
        if role is Role.ANSWER and chance.random() < 1 / MONOLOGUE_EACH:
            text = monologue(chance, people)
        words = word_times(text, start)
        turn = Turn(f"u{number}", role, text, start, start + 4_000_000, words=words)
        out.append(Heard(turn, f"r{room}", f"s{room}", people[room], "zh", date(2026, 5, 4)))
    return out


def monologue(chance: random.Random, people: list[str]) -> str:
    """Sentences of all matters without a mark, 400 characters."""
    answers = [text for _, some in _TALK.values() for text in some]
    said = ""
    while len(said) < TURN_CHARACTERS_MAX:
        said += chance.choice(answers).format(
            p=chance.choice(people), o=chance.choice(people), n=chance.choice("一二三四五六七八九")
        )
        said = re.sub(r"[，。、！]", "", said)
    return said[:TURN_CHARACTERS_MAX]


def word_times(text: str, start_us: int) -> tuple[WordTime, ...]:
    """As a recogniser gives them: two characters a word."""
    return tuple(
        WordTime(
            (at, min(at + 2, len(text))),
            start_us + at * 150_000,
            start_us + (at + 2) * 150_000,
            990,
        )
        for at in range(0, len(text), 2)
    )


def _resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 20


def main() -> None:
    """One line of JSON; exit status 1 when an utterance took longer than the bound."""
    (count,) = counts(__doc__, utterances=UTTERANCES)
    some = heard(count)
    warm()
    latest: dict[str, deque[str]] = {f"r{room}": deque(maxlen=13) for room in range(ROOMS)}
    engine = CaseComparison(long_case())
    gc.collect()
    gc.freeze()
    gc.disable()
    cycles = 0
    pauses, ours, busy, peers, memory = [0.0], [], [], [], []
    for number, one in enumerate(some):
        began, worked = time.perf_counter(), time.thread_time()
        engine.hear(one)
        busy.append(time.thread_time() - worked)
        ours.append(time.perf_counter() - began)
        if one.turn.role is Role.ANSWER:
            began = time.perf_counter()
            for room, texts in latest.items():
                if room != one.room:
                    for text in texts:
                        fuzz.ratio(one.turn.text, text)
            peers.append(time.perf_counter() - began)
            latest[one.room].append(one.turn.text)
        if number % YOUNG_AFTER == 0:
            began = time.perf_counter()
            cycles += gc.collect(0)
            gc.freeze()
            pauses.append(time.perf_counter() - began)
        if (number + 1) % max(1, count // 8) == 0:
            memory.append(_resident_mib())
    answers = sorted(
        took for took, one in zip(ours, some, strict=True) if one.turn.role is Role.ANSWER
    )
    slowest = max(ours) * 1e3
    print(
        json.dumps(
            {
                "bench": "comparison",
                "ours": round(median(answers) * 1e3, 3),
                "peer": round(median(peers) * 1e3, 3),
                "peer_name": "rapidfuzz ratio to 200 answers of other rooms",
                "ratio": round(median(answers) / median(peers), 2),
                "unit": "ms an answer, median",
                "utterances": count,
                "p95_ms": round(answers[int(0.95 * len(answers))] * 1e3, 2),
                "p99_ms": round(answers[int(0.99 * len(answers))] * 1e3, 2),
                "max_ms": round(slowest, 2),
                "max_cpu_ms": round(max(busy) * 1e3, 2),
                "over_50_ms_cpu": sum(took * 1e3 > BOUND_MS for took in busy),
                "over_50_ms": sum(took * 1e3 > BOUND_MS for took in ours),
                "collector_ms": round(max(pauses) * 1e3, 2),
                "cycles": cycles,
                "memory_mib": memory,
                "memory_quarter_to_end_mib": memory[-1] - memory[1],
                "differences": len(engine.differences),
            }
        )
    )
    sys.exit(slowest > BOUND_MS)


if __name__ == "__main__":
    main()
