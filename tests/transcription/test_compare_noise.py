"""Recognition errors of the evaluation: how many, of which kinds, always the same."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from command_centre.cli import main
from transcription.comparison.noise import misheard, noisy
from transcription.comparison.pairs import read_pairs
from transcription.errors import PairError
from transcription.sounds import fold, tokens

SETS = Path(__file__).with_name("testimony")
PAIRS = read_pairs(SETS / "pairsA1.jsonl", SETS)
TEXTS = [t.text for p in PAIRS if p.language == "zh" for x in (p.a, p.b) for t in x.turns]


def errors(rate: float) -> float:
    changed = characters = 0
    for pair, other in zip(PAIRS, noisy(PAIRS, rate), strict=True):
        for one, two in ((pair.a, other.a), (pair.b, other.b)):
            if one.language == "zh":
                for before, after in zip(one.turns, two.turns, strict=True):
                    changed += Levenshtein.distance(before.text, after.text)
                    characters += sum("\u4e00" <= c <= "\u9fff" for c in before.text)
    return changed / characters


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_so_many_errors_as_asked_for(rate: float) -> None:
    assert 0.85 * rate < errors(rate) < 1.15 * rate


def test_the_same_seed_gives_the_same_text_in_any_order() -> None:
    forward = {p.id: p for p in noisy(PAIRS, 0.1, 7)}
    backward = {p.id: p for p in noisy(PAIRS[::-1], 0.1, 7)}
    assert forward == backward
    assert forward != {p.id: p for p in noisy(PAIRS, 0.1, 8)}


def test_no_noise_changes_nothing_and_gold_and_english_never_change() -> None:
    assert noisy(PAIRS, 0.0) == PAIRS
    for before, after in zip(PAIRS, noisy(PAIRS, 0.3), strict=True):
        assert (before.relation, before.conflicts) == (after.relation, after.conflicts)
        assert before.language == "zh" or (before.a, before.b) == (after.a, after.b)


def test_what_is_heard_sounds_as_what_was_said() -> None:
    alike = replaced = 0
    for text in TEXTS:
        heard = misheard(text, 0.1, random.Random(text))
        for step in Levenshtein.editops(text, heard):
            if step.tag == "replace":
                said = next(t for t in tokens(text) if t.start == step.src_pos)
                replaced += 1
                alike += fold(said.sound) in {fold(t.sound) for t in tokens(heard[step.dest_pos])}
    assert replaced > 100
    # Not all: a lost character beside one put in counts as replaced, and some have two readings.
    assert alike / replaced > 0.85


@pytest.mark.parametrize("rate", [-0.1, 0.6])
def test_a_rate_out_of_range_is_said(rate: float) -> None:
    with pytest.raises(PairError, match=r"0 to 0\.5"):
        noisy(PAIRS, rate)


def test_the_command_names_its_noise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (SETS / "pairsA1.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    path = tmp_path / "four.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    command = ["compare", str(path), "--cases", str(SETS), "--noise", "0.1", "--seed", "3"]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["noise"] == {"rate": 0.1, "seed": 3}
    assert main(command) == 0
    assert "recognition errors 0.10, seed 3" in capsys.readouterr().out
