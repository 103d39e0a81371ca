# mypy: disable-error-code="import-not-found, no-untyped-call, misc, arg-type, no-any-return"
"""Trains ``zh/meant.npz`` or ``en/meant.npz``: which point a talk is about, by what both mean.

Run: ``python -m transcription.comparison.training.meant zh|en [--out FILE] [--epochs N]``; needs
torch, which the product does not. It learns from the same exchanges as ``tie.py``, with the same
files kept apart, and is weighed against that network on the files that only tune.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import nn

from transcription.comparison import meant, sense
from transcription.comparison.en import tie as tie_en
from transcription.comparison.meant import Meant
from transcription.comparison.sense import TALK, WIDE, Floats, Sense, sense_of
from transcription.comparison.tie import Tie
from transcription.comparison.training.tie import CHINESE, EXPECTED
from transcription.comparison.training.tie_en import ENGLISH
from transcription.comparison.training.tie_network import Asked, Tongue
from transcription.comparison.zh import tie as tie_zh

#: Numbers of the products of meaning and of kind, of the hidden layer; share left out in training.
MATTER, KIND, HIDDEN, DROPPED = 64, 16, 64, 0.3
_BATCH, _RATE, _MOST = 64, 2e-3, 9
#: Texts kept while it learns.
_TEXTS = 400_000
TONGUES: dict[str, tuple[Tongue, Any]] = {"zh": (CHINESE, tie_zh), "en": (ENGLISH, tie_en)}


@dataclass(frozen=True)
class Row:
    """An exchange among its points, said in one way or two; ``right`` -1: none of them."""

    features: Floats
    slots: Floats
    ways: tuple[Sense, ...]
    right: int
    off: bool


class Net(nn.Module):
    """The sums of ``meant.scores_of`` in torch."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.talk = nn.Linear(TALK * WIDE, MATTER, bias=False)
        self.matter = nn.Linear(WIDE, MATTER, bias=False)
        self.kind = nn.Linear(TALK * WIDE, KIND, bias=False)
        self.slot = nn.Linear(8, KIND, bias=False)
        self.hidden = nn.Linear(features + 2 * TALK + MATTER + KIND, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.drop = nn.Dropout(DROPPED)
        nn.init.normal_(self.talk.weight, std=0.1)
        nn.init.normal_(self.matter.weight, std=0.3)

    def forward(
        self,
        features: torch.Tensor,
        slots: torch.Tensor,
        points: torch.Tensor,
        talk: torch.Tensor,
        there: torch.Tensor,
    ) -> torch.Tensor:
        near = torch.einsum("bnd,bkd->bnk", points, talk.reshape(len(talk), TALK, WIDE))
        mask = there.unsqueeze(-1).float()
        mean = (near * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)
        matter = self.drop(self.talk(talk).unsqueeze(1) * self.matter(points))
        kind = self.drop(self.kind(talk).unsqueeze(1) * self.slot(slots))
        joined = torch.cat([features, near * 4, (near - mean) * 10, matter, kind], -1)
        hidden = self.drop(torch.relu(self.hidden(self.drop(joined))))
        scores = self.out(hidden)[..., 0].masked_fill(~there, -1e4)
        return torch.cat([scores, torch.zeros(len(scores), 1)], 1)

    def weights(self) -> dict[str, Floats]:
        """As ``meant.scores_of`` wants them."""
        made = {}
        for name in ("talk", "matter", "kind", "slot", "hidden", "out"):
            made[name] = getattr(self, name).weight.detach().numpy().T
        for name in ("hidden", "out"):
            made[f"{name}.b"] = getattr(self, name).bias.detach().numpy()
        return {n: v.astype(numpy.float16).astype(numpy.float32) for n, v in made.items()}


def expected(net: Net, held: Sequence[Row]) -> list[dict[str, object]]:
    """What torch gives for some exchanges among three points, for a test of ``scores_of``."""
    made = []
    for one in held[:: max(len(held) // 2, 1)][:2]:
        talk, points = one.ways[0].talk.round(4), one.ways[0].points[:3].round(4)
        some = Row(one.features[:3], one.slots[:3], (Sense(talk, points),), -1, False)
        given, _ = _batch([some], None)
        with torch.no_grad():
            scores = net(*given)[0, : len(points)].numpy()
        made.append(
            {
                "features": some.features.tolist(),
                "slots": some.slots.tolist(),
                "talk": talk.tolist(),
                "points": points.tolist(),
                "scores": scores.round(4).tolist(),
            }
        )
    return made


def rows_of(some: Sequence[Asked], tongue: Tongue, draw: random.Random | None) -> list[Row]:
    """With ``draw`` also said a little otherwise, some of it misheard."""
    made = []
    for one in some:
        worded = [tongue.wording(point) for point in one.points]
        turns = [one.turns] if draw is None else [one.turns, tongue.changed(one.turns, draw)]
        ways = tuple(sense_of(worded, way) for way in turns)
        made.append(Row(one.features, meant.slots_of(one.points), ways, one.right, one.off))
    return made


def _batch(some: Sequence[Row], draw: random.Random | None) -> tuple[list[torch.Tensor], Any]:
    """With ``draw`` among some of its points, now and then without the right one."""
    size = len(some)
    features = numpy.zeros((size, _MOST, some[0].features.shape[1]), numpy.float32)
    slots = numpy.zeros((size, _MOST, 8), numpy.float32)
    points = numpy.zeros((size, _MOST, WIDE), numpy.float32)
    talk = numpy.zeros((size, TALK * WIDE), numpy.float32)
    there = numpy.zeros((size, _MOST), bool)
    right = numpy.full(size, _MOST)
    for at, one in enumerate(some):
        keep, way = list(range(len(one.features))), one.ways[0]
        if draw is not None:
            keep, way = _kept(one, draw), draw.choice(one.ways)
        kept = len(keep)
        features[at, :kept] = one.features[keep]
        if draw is not None and draw.random() < 0.25:
            features[at][:, [0, 1, 4, 6]] = 0  # the rules saw nothing
        slots[at, :kept], points[at, :kept] = one.slots[keep], way.points[keep]
        talk[at], there[at, :kept] = way.talk.reshape(-1), True
        if one.right in keep:
            right[at] = keep.index(one.right)
    given = [torch.from_numpy(a) for a in (features, slots, points, talk, there)]
    return given, torch.from_numpy(right)


def _kept(one: Row, draw: random.Random) -> list[int]:
    count = len(one.features)
    keep = draw.sample(range(count), draw.randint(min(4, count), count))
    others = [at for at in keep if at != one.right]
    if (one.off or draw.random() < 0.15) and others:
        return others
    others.insert(draw.randint(0, len(others)), one.right)
    return others


def trained(learnt: list[Row], tuned: Sequence[Row], epochs: int) -> Net:
    """The average of its weights over the last steps, at the epoch that tunes best."""
    torch.manual_seed(0)
    draw = random.Random(0)
    net = Net(learnt[0].features.shape[1])
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99)
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.05)
    steps = epochs * (len(learnt) // _BATCH) + 1
    slower = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, _RATE, total_steps=steps, pct_start=0.05
    )
    best, kept = math.inf, net.state_dict()
    for epoch in range(epochs):
        net.train()
        draw.shuffle(learnt)
        for at in range(0, len(learnt) - _BATCH + 1, _BATCH):
            given, right = _batch(learnt[at : at + _BATCH], draw)
            loss = nn.functional.cross_entropy(net(*given), right)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            slower.step()
            mean.update_parameters(net)
        mean.eval()
        given, right = _batch([one for one in tuned if not one.off], None)
        with torch.no_grad():
            found = float(nn.functional.cross_entropy(mean.module(*given), right))
        print(f"epoch {epoch}: {found:.3f}", flush=True)
        if found < best:
            best = found
            kept = {name: value.clone() for name, value in mean.module.state_dict().items()}
    net.load_state_dict(kept)
    return net.eval()


def _alternatives(
    some: Sequence[Asked], rows: Sequence[Row], tongue: Tongue, network: Tie[Any]
) -> Iterator[tuple[Asked, Row, Floats]]:
    for one, row in zip(some, rows, strict=True):
        given = [tongue.rows_of(point, one.turns, network.words) for point in one.points]
        yield one, row, network.scores(given, one.features)


def mixed(weights: dict[str, Floats], known: Sequence[tuple[Asked, Row, Floats]]) -> Meant:
    """What each score is worth: likeliest on what neither learnt from, once in four without the
    right point."""
    scored = [
        (meant.scores_of(weights, row.features, row.slots, row.ways[0]), scores, one)
        for one, row, scores in known
    ]

    def cost(own: float, other: float, none: float) -> float:
        lost = 0.0
        for mine, scores, one in scored:
            made = numpy.append(own * mine + other * scores, none)
            without = numpy.delete(made, one.right)
            if not one.off:
                lost += float(numpy.log(numpy.exp(made - made[one.right]).sum()))
            lost += 0.25 * float(numpy.log(numpy.exp(without - none).sum()))
        return lost

    tenths = [n / 10 for n in range(13)]
    own, other, none = min(
        product(tenths, tenths, [n / 4 for n in range(-4, 5)]), key=lambda mix: cost(*mix)
    )
    return Meant(weights, own, other, none)


def figures(made: Meant, known: Sequence[tuple[Asked, Row, Floats]]) -> dict[str, object]:
    """Of answers to the point: named and of those rightly, by least share; likeliest one right."""
    sure = []
    for one, row, scores in known:
        if one.off:
            continue
        shares = made.shares(scores, row.features, one.points, row.ways[0])
        at = int(shares[:-1].argmax())
        sure.append((float(shares[at]), at == one.right))
    result: dict[str, object] = {"on": len(sure)}
    result["likeliest right"] = round(sum(right for _, right in sure) / len(sure), 3)
    for least in (0.5, 0.6, 0.7, 0.75, 0.8, 0.9):
        named = [right for share, right in sure if share >= least]
        result[str(least)] = {
            "named": round(len(named) / len(sure), 3),
            "right": round(sum(named) / max(len(named), 1), 3),
        }
    return result


def main(arguments: Sequence[str]) -> int:
    """Trains, prints the figures and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=sorted(TONGUES))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    sense.kept_at_most(_TEXTS)
    tongue, product_ = TONGUES[options.language]
    files = {path.stem: tongue.asked_in(path, None) for path in sorted(tongue.folder.glob("*.txt"))}
    apart = {*tongue.held_out, *tongue.tuned_on}
    learnt = [x for name, some in files.items() if name not in apart for x in some]
    tuned = [x for name in tongue.tuned_on for x in files[name]]
    held = [x for name in tongue.held_out for x in files[name]]
    print(f"{len(learnt)} learnt, {len(tuned)} tuned on, {len(held)} held out", flush=True)
    rows = {id(some): rows_of(some, tongue, None) for some in (tuned, held)}
    net = trained(rows_of(learnt, tongue, random.Random(0)), rows[id(tuned)], options.epochs)
    text = json.dumps(expected(net, rows[id(held)])) + "\n"
    EXPECTED.with_name(f"meant_{options.language}_expected.json").write_text(text, "utf-8")
    network = product_.stored()
    tuning = list(_alternatives(tuned, rows[id(tuned)], tongue, network))
    made = mixed(net.weights(), tuning)
    meant.store(options.out or product_.MEANT, made)
    print(f"own {made.own}, other {made.other}, none {made.none}")
    print("tuned on", json.dumps(figures(made, tuning)))
    holding = list(_alternatives(held, rows[id(held)], tongue, network))
    print("held out", json.dumps(figures(made, holding)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
