"""``duizhi compare PAIRS.jsonl --cases DIR``: the comparison on labelled pairs, as figures.

``--noise RATE --seed N`` puts recognition errors into the Chinese turns first.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from command_centre.cli import EXIT_OK, CommandError
from transcription.comparison.evaluate import evaluate
from transcription.comparison.noise import noisy
from transcription.comparison.pairs import read_pairs
from transcription.errors import TranscriptionError


def compare(options: argparse.Namespace) -> int:
    """Run the comparison on every pair and print how it did."""
    try:
        pairs = noisy(read_pairs(options.pairs, options.cases), options.noise, options.seed)
    except TranscriptionError as error:
        raise CommandError(str(error)) from error
    report = evaluate(pairs)
    if options.noise:
        report["noise"] = {"rate": options.noise, "seed": options.seed}
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print("\n".join(_table(report)))
    return EXIT_OK


def _table(report: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{report['pairs']} pairs; 95 % intervals: Wilson for proportions, bootstrap for F1",
        "",
        f"{'':24}{'pairs':>6}{'precision':>22}{'recall':>22}{'slot F1':>22}"
        f"{'relation':>22}{'any tier':>10}{'across':>9}",
        _row("all", report),
    ]
    if noise := report.get("noise"):
        lines[0] += f"; recognition errors {noise['rate']:.2f}, seed {noise['seed']}, Chinese only"
    for heading in ("by_language", "by_tag"):
        lines.append("")
        lines += [_row(name, figures) for name, figures in report[heading].items()]
    cross = report["cross_topic"]
    lines += [
        "",
        f"false alarms across topics: {cross['alarms']} of {cross['pairs']} "
        f"= {_figure(report['cross_topic_false_alarms'], cross['interval'])}",
        f"something shown across topics, in any tier: {_figure(report['cross_topic_shown'])}",
        "shown where nothing conflicts (agree, one-sided, unrelated): "
        + ", ".join(f"{k} {_figure(v)}" for k, v in report["shown_without_conflict"].items()),
        f"values of slots found rightly that are the annotator's: "
        f"{_figure(report['slot']['values_matched'])}",
    ]
    return lines


def _row(name: str, figures: Mapping[str, Any]) -> str:
    conflict, slot = figures["conflict"], figures["slot"]
    return (
        f"{name[:23]:24}{figures['pairs']:>6}"
        f"{_figure(conflict['precision'], conflict['precision_interval']):>22}"
        f"{_figure(conflict['recall'], conflict['recall_interval']):>22}"
        f"{_figure(slot['f1'], slot['f1_interval']):>22}"
        f"{_figure(figures['relation_accuracy'], figures['relation_accuracy_interval']):>22}"
        f"{_figure(figures['any_tier_recall']):>10}"
        f"{_figure(figures['cross_topic_false_alarms']):>9}"
    )


def _figure(value: float | None, interval: list[float] | None = None) -> str:
    if value is None:
        return "-"
    if interval is None:
        return f"{value:.3f}"
    return f"{value:.3f} [{interval[0]:.2f}, {interval[1]:.2f}]"
