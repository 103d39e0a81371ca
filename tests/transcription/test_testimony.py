"""The labelled pairs of authors A, B and C: what the readers reached stays reached.

Their misses have been read, so the figures say nothing about other text.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_centre.cli import main

SETS = Path(__file__).with_name("testimony")
FILES = sorted(SETS.glob("pairs*.jsonl"))


def figures(author: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    pairs = tmp_path / "pairs.jsonl"
    lines = [
        line
        for path in FILES
        if path.stem.startswith(f"pairs{author}")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    pairs.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["compare", str(pairs), "--cases", str(SETS), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    assert found["pairs"] == len(lines)
    return found


def test_nine_cases_of_three_authors_are_whole() -> None:
    assert len(FILES) == 9
    for path in FILES:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert len(lines) == 47
        assert len({line["id"] for line in lines}) == 47
        assert all((SETS / line["case"]).is_file() for line in lines)


@pytest.mark.parametrize(
    ("author", "recall", "visible"), [("A", 0.85, 0.9), ("B", 0.85, 0.9), ("C", 0.65, 0.88)]
)
def test_what_was_reached_stays_reached(
    author: str,
    recall: float,
    visible: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = figures(author, tmp_path, capsys)
    chinese = found["by_language"]["zh"]  # type: ignore[index]
    assert chinese["conflict"]["precision"] >= 0.9
    assert chinese["conflict"]["recall"] >= recall
    assert chinese["any_tier_recall"] >= visible
    assert found["cross_topic_false_alarms"] <= 0.01  # type: ignore[operator]
