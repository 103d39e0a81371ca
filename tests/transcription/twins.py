"""The networks in numpy against what torch made of the same rows when the weights were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy

from transcription.comparison.net import Network
from transcription.comparison.net_shape import ROLES, STATES, Encoded
from transcription.comparison.sense import Sense
from transcription.comparison.tie import Tie

DATA = Path(__file__).with_name("data")
_MOST = 0.02  # weights are kept in two bytes


def reads_as_torch(network: Network[Any], name: str) -> None:
    """Every exchange of a file of data is read as torch read it."""
    stored = json.loads((DATA / name).read_text(encoding="utf-8"))
    assert len(stored) >= 8
    for line in stored:
        given = Encoded(
            numpy.array(line["rows"], numpy.int32),
            numpy.array(line["slots"], numpy.int32),
            (line["answer"][0], line["answer"][1]),
            tuple((a, b, n) for a, b, n in line["marks"]),
        )
        found = network.read(given)
        assert numpy.abs(found.whole - numpy.array(line["whole"])).max() < _MOST
        assert found.roles.shape == (len(line["roles"]), len(ROLES), len(STATES))
        if line["roles"]:
            assert numpy.abs(found.roles - numpy.array(line["roles"])).max() < _MOST


def ties_as_torch(network: Tie[Any], name: str) -> None:
    """Every question of a file of data is shared among its points as torch did it."""
    stored = json.loads((DATA / name).read_text(encoding="utf-8"))
    assert len(stored) >= 4
    for line in stored:
        given = [
            Encoded(numpy.array(rows, numpy.int32), numpy.array(slots, numpy.int32), (0, 0), ())
            for rows, slots in zip(line["rows"], line["slots"], strict=True)
        ]
        scores = numpy.append(numpy.array(line["scores"]), 0) / network.temperature
        wanted = numpy.exp(scores) / numpy.exp(scores).sum()
        features, talk, points = (
            numpy.array(line[name], numpy.float32) for name in ("features", "talk", "points")
        )
        shares = network.shares(given, features, Sense(talk, points))
        assert numpy.abs(shares - wanted).max() < _MOST
