"""The published table: what failed, how often, and what came of it."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from tests.faults.in_process import Result

README = Path(__file__).with_name("README.md")
_HEAD = Path(__file__).with_name("head.md").read_text(encoding="utf-8")


def write_table(
    in_process: Iterable[Result], traced: Iterable[Result], took_s: float, note: str = ""
) -> str:
    """The README's text; stored beside this file."""
    parts = [_HEAD]
    everything: list[Result] = []
    for title, results in (("At the Disk port", in_process), ("System calls", traced)):
        rows = list(results)
        everything += rows
        parts.append(f"## {title}\n\n{_rows(rows)}")
    wrong = [one for one in everything if one.outcome == "WRONG"]
    summary = (
        f"**{len(everything)} runs in {timedelta(seconds=round(took_s))} on "
        f"{os.cpu_count()} cores: {len(wrong)} in which an acknowledged entry was lost, "
        f"something was lost in silence, or something was invented.**{note}\n"
    )
    parts.insert(1, summary)
    parts += [f"- WRONG: {one}" for one in wrong]
    text = "\n".join(parts)
    README.write_text(text, encoding="utf-8")
    return text


def _rows(results: list[Result]) -> str:
    groups: dict[tuple[str, str], dict[str, Counter[str]]] = defaultdict(dict)
    for one in results:
        counter = groups[one.scenario, one.operation].setdefault(one.fault, Counter())
        counter[one.outcome] += 1
    lines = [
        "| scenario | operation | fault: how often | outcomes | acknowledged and lost |",
        "|---|---|---|---|---|",
    ]
    for (scenario, operation), faults in groups.items():
        often = ", ".join(f"{fault}: {sum(found.values())}" for fault, found in faults.items())
        total: Counter[str] = Counter()
        for found in faults.values():
            total += found
        outcomes = ", ".join(f"{word} {count}" for word, count in sorted(total.items()))
        wrong = total.get("WRONG", 0)
        lost = "0" if not wrong else f"**{wrong}**"
        lines.append(f"| {scenario} | {operation} | {often} | {outcomes} | {lost} |")
    return "\n".join(lines) + "\n"
