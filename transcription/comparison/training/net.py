# mypy: disable-error-code="import-not-found, no-untyped-call, misc, arg-type, no-any-return"
"""Trains ``zh/net.npz``: the network that reads an exchange, from scratch, on ``exchanges/*.txt``.

Run: ``python -m transcription.comparison.training.net [--out FILE] [--seeds N] [--epochs N]
[--minutes M] [--folder DIR]``; needs torch, which the product does not. Whole files are kept apart:
``HELD_OUT`` (``net_figures.py``) are never trained on and give the figures, ``TUNED_ON`` decide
when to stop and how to calibrate.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import nn

from transcription.comparison.training.exchanges import FOLDER, SAYS, UNSAID, Example, examples
from transcription.comparison.training.net_examples import changed, older
from transcription.comparison.training.net_figures import HELD_OUT, TUNED_ON, figures
from transcription.comparison.zh.net import ATTENDING, GAPS, HEADS, WEIGHTS, Network, store
from transcription.comparison.zh.net_input import (
    BESIDE,
    COLUMNS,
    FIRST,
    KEYS,
    OF_TYPE,
    ROLES,
    SIZES,
    STATES,
    WHOLE,
    Encoded,
    Words,
    encode,
    syllable,
)

#: What a few held-out exchanges give in torch, beside the tests.
EXPECTED = Path(__file__).parents[3] / "tests/transcription/data/net_expected.json"
WIDTH = 64
_BATCH = 32
#: Words of the whole that say something of the point.
_SAYING = [WHOLE.index(name) for name in ("yes", "no", "-")]
#: Epochs without anything better before it stops.
_PATIENCE = 6
#: One in so many of the older answers is seen in an epoch.
_ASIDE = 10
_RATE = 1.5e-3


class Net(nn.Module):
    """The sums of ``zh/net.py`` in torch, over a padded batch."""

    def __init__(self, characters: int, syllables: int, width: int) -> None:
        super().__init__()
        sizes = {"character": characters + FIRST, "syllable": syllables + 2, **SIZES}
        self.tables = nn.ModuleDict({c: nn.Embedding(sizes[c], width) for c in COLUMNS})
        for table in self.tables.values():
            nn.init.normal_(table.weight, std=0.3)
        self.slots = nn.Linear(8, width)
        self.norms = nn.ModuleDict(
            {"in": nn.LayerNorm(width), "out": nn.LayerNorm(width)}
            | {f"n{b}": nn.LayerNorm(width) for b in range(len(GAPS))}
            | {f"m{b}": nn.LayerNorm(width) for b in ATTENDING}
        )
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(width, 2 * width, 3, padding=gap, dilation=gap) for gap in GAPS]
        )
        self.after = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in GAPS])
        self.qkv = nn.ModuleDict(
            {str(b): nn.Linear(width, 3 * width, bias=False) for b in ATTENDING}
        )
        self.joined = nn.ModuleDict(
            {str(b): nn.Linear(width, width, bias=False) for b in ATTENDING}
        )
        self.role = nn.ModuleList(
            [nn.Linear(4 * width, width), nn.Linear(width, len(ROLES) * len(STATES))]
        )
        self.whole = nn.ModuleList(
            [nn.Linear(3 * width, width), nn.Linear(width, len(WHOLE) + len(BESIDE))]
        )
        self.drop = nn.Dropout(0.2)

    def encoded(self, rows: torch.Tensor, slots: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """What each token means where it stands."""
        here = there.unsqueeze(-1)
        x = self.slots(slots).unsqueeze(1)
        for at, column in enumerate(COLUMNS):
            x = x + self.tables[column](rows[:, :, at])
        x = self.drop(self.norms["in"](x)) * here
        for block in range(len(GAPS)):
            inner = (self.norms[f"n{block}"](x) * here).transpose(1, 2)
            made, gate = self.convolutions[block](inner).transpose(1, 2).chunk(2, dim=-1)
            x = (x + self.drop(self.after[block](made * torch.sigmoid(gate)))) * here
            if block in ATTENDING:
                x = x + self.drop(self._attended(self.norms[f"m{block}"](x), block, there))
        return self.norms["out"](x)

    def summary(self, x: torch.Tensor, answers: torch.Tensor, asks: torch.Tensor) -> torch.Tensor:
        """Answer and question, each as a whole."""
        answer, asked = answers.unsqueeze(-1), asks.unsqueeze(-1)
        most = x.masked_fill(answer == 0, -1e4).max(dim=1).values
        mean = (x * answer).sum(1) / answer.sum(1).clamp(min=1)
        question = (x * asked).sum(1) / asked.sum(1).clamp(min=1)
        return torch.cat([most, mean, question], dim=-1)

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.encoded(batch.rows, batch.slots, batch.here)
        summary = self.summary(x, batch.answer, batch.asked)
        whole = self.whole[1](self.drop(torch.relu(self.whole[0](self.drop(summary)))))
        each = torch.bmm(batch.spread, x.reshape(1, -1, x.shape[-1]).expand(1, -1, -1))[0]
        around = torch.cat([each, summary[batch.of]], dim=-1)
        roles = self.role[1](self.drop(torch.relu(self.role[0](self.drop(around)))))
        return roles.reshape(-1, len(ROLES), len(STATES)), whole

    def _attended(self, x: torch.Tensor, block: int, here: torch.Tensor) -> torch.Tensor:
        size, length, width = x.shape
        joint = self.qkv[str(block)](x).reshape(size, length, 3, HEADS, width // HEADS)
        q, k, v = (joint[:, :, n].transpose(1, 2) for n in range(3))
        mask = (here > 0)[:, None, None, :]
        made = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        result: torch.Tensor = self.joined[str(block)](
            made.transpose(1, 2).reshape(size, length, width)
        )
        return result

    def weights(self) -> dict[str, numpy.ndarray]:
        """As ``zh/net.py`` wants them."""

        def plain(tensor: torch.Tensor) -> numpy.ndarray:
            return tensor.detach().numpy().astype(numpy.float32)

        w = {column: plain(table.weight) for column, table in self.tables.items()}
        w["slots"] = numpy.concatenate([plain(self.slots.bias)[None], plain(self.slots.weight).T])
        for name, norm in self.norms.items():
            named = name if name in ("in", "out") else f"{name[1:]}.{name[0]}"
            w[f"{named}.g"], w[f"{named}.b"] = plain(norm.weight), plain(norm.bias)
        for block, (conv, after) in enumerate(zip(self.convolutions, self.after, strict=True)):
            w[f"{block}.c"] = numpy.concatenate([plain(conv.weight)[:, :, n].T for n in range(3)])
            w[f"{block}.cb"], w[f"{block}.p"] = plain(conv.bias), plain(after.weight).T
        for block in ATTENDING:
            w[f"{block}.qkv"] = plain(self.qkv[str(block)].weight).T
            w[f"{block}.o"] = plain(self.joined[str(block)].weight).T
        for name, head in (("role", self.role), ("whole", self.whole)):
            for at, layer in enumerate(head, 1):
                w[f"{name}.{at}"], w[f"{name}.{at}b"] = plain(layer.weight).T, plain(layer.bias)
        return w


class Batch:
    """Several exchanges, padded to one length."""

    def __init__(self, some: Sequence[tuple[Example, Encoded]], draw: random.Random | None) -> None:
        length = max(len(e.rows) for _, e in some)
        size = len(some)
        rows = numpy.zeros((size, length, len(COLUMNS)), numpy.int64)
        self.here = torch.zeros(size, length)
        self.answer = torch.zeros(size, length)
        for at, (_, e) in enumerate(some):
            rows[at, : len(e.rows)] = e.rows
            self.here[at, : len(e.rows)] = 1
            self.answer[at, e.answer[0] : e.answer[1]] = 1
            if draw is not None:
                _disguise(rows[at], draw)
        self.rows = torch.from_numpy(rows)
        self.asked = (self.rows[:, :, 3] == 3).float() * self.here
        self.slots = torch.from_numpy(numpy.stack([e.slots for _, e in some])).float()
        marks = [(at, a, b) for at, (_, e) in enumerate(some) for a, b, _ in e.marks]
        self.of = torch.tensor([at for at, _, _ in marks], dtype=torch.long)
        spread = torch.zeros(1, len(marks), size * length)
        for n, (at, a, b) in enumerate(marks):
            spread[0, n, at * length + a : at * length + b + 1] = 1 / (b - a + 1)
        self.spread = spread
        roles = [
            [
                x.roles[n][r] if r in OF_TYPE[x.turns[-1].marks[n].kind] else UNSAID
                for r in range(len(ROLES))
            ]
            for x, e in some
            for _, _, n in e.marks
        ]
        self.roles = torch.tensor(roles, dtype=torch.long).reshape(-1, len(ROLES))
        self.whole = torch.tensor([x.whole for x, _ in some])
        self.beside = torch.tensor([x.beside for x, _ in some]).float()
        self.weight = torch.tensor([x.weight for x, _ in some])


def _disguise(rows: numpy.ndarray, draw: random.Random) -> None:
    """Other numbers for the people; some characters known by their sound, or not at all.

    Not at all: those of the matter, of places and of tools, so that no trade is learnt by heart.
    """
    numbers = [0, *draw.sample(range(1, KEYS + 1), KEYS)]
    rows[:, 5] = numpy.array(numbers)[rows[:, 5]]
    random_state = numpy.random.default_rng(draw.randrange(1 << 30))
    plain = rows[:, 0] >= FIRST
    rows[(random_state.random(len(rows)) < 0.06) & plain, 0] = 1
    own = plain & (rows[:, 6] & 1 > 0)  # the matter's own characters
    things = plain & (rows[:, 4] >= 5) & (rows[:, 4] <= 8)  # places and tools
    for some, often in ((own, 0.3), (things, 0.4)):
        if draw.random() < often:
            rows[some, :2] = 1


def loss_of(net: Net, batch: Batch) -> torch.Tensor:
    roles, whole = net(batch)
    cross = nn.functional.cross_entropy
    smooth = 0.04
    total = torch.zeros(())
    known = batch.whole >= 0
    if known.any():
        each = cross(
            whole[known, : len(WHOLE)], batch.whole[known], reduction="none", label_smoothing=smooth
        )
        total = total + (each * batch.weight[known]).sum() / batch.weight.sum()
    says = batch.whole == SAYS
    if says.any():
        shares = torch.log_softmax(whole[says, : len(WHOLE)], -1)
        each = -torch.logsumexp(shares[:, _SAYING], -1)
        total = total + (each * batch.weight[says]).sum() / batch.weight.sum()
    beside = nn.functional.binary_cross_entropy_with_logits(
        whole[:, len(WHOLE) :], batch.beside.clamp(min=0), reduction="none"
    )
    beside = beside * (batch.beside >= 0) * batch.weight.unsqueeze(1)
    total = total + beside.sum() / batch.weight.sum()
    said = batch.roles >= 0
    if said.any():
        weight = batch.weight[batch.of].unsqueeze(1).expand_as(batch.roles)[said]
        each = cross(roles[said], batch.roles[said], reduction="none", label_smoothing=smooth)
        total = total + 2.5 * (each * weight).sum() / weight.sum()
    return total


def batches(some: Sequence[Example], words: Words, draw: random.Random | None) -> list[Batch]:
    coded = [(x, encode(x.point, x.turns, words)) for x in some]
    coded.sort(key=lambda pair: len(pair[1].rows) + (draw.random() * 20 if draw else 0))
    cut = [coded[at : at + _BATCH] for at in range(0, len(coded), _BATCH)]
    if draw:
        draw.shuffle(cut)
    return [Batch(one, draw) for one in cut]


def trained(
    learnt: Sequence[Example], tuned: Sequence[Example], aside: Sequence[Example], words: Words,
    seed: int, epochs: int, seconds: float, start: dict[str, torch.Tensor] | None = None,
) -> Net:  # fmt: skip
    """One network; the average of its weights over the last steps, at the best epoch."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    net = Net(len(words.characters), len(words.syllables), WIDTH)
    if start is not None:
        net.load_state_dict(start)
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995)
    )
    often = len(learnt) + len(aside) // _ASIDE
    steps = epochs * often // _BATCH
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.05)
    begun = time.monotonic()

    def rate_at(step: int) -> float:
        done = min(1.0, max(step / steps, (time.monotonic() - begun) / seconds))
        return min(1.0, (step + 1) / 100) * (0.52 + 0.48 * math.cos(math.pi * done))

    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, rate_at)
    check = batches(tuned, words, None)
    best, since = math.inf, 0
    kept: dict[str, torch.Tensor] | None = None
    for epoch in range(epochs):
        some = [changed(x, learnt, draw) for x in learnt]
        some += draw.sample(list(aside), len(aside) // _ASIDE)
        net.train()
        total = 0.0
        todo = batches(some, words, draw)
        for batch in todo:
            optimiser.zero_grad()
            loss = loss_of(net, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            rate.step()
            mean.update_parameters(net)
            total += float(loss.detach())
        mean.eval()
        with torch.no_grad():
            costs = [float(loss_of(mean.module, b)) * len(b.weight) for b in check]
        found = sum(costs) / max(len(tuned), 1)
        if found < best:
            best = found
            kept = {k: v.clone() for k, v in mean.module.state_dict().items()}
        spent = time.monotonic() - begun
        print(
            f"seed {seed} epoch {epoch}: {total / len(todo):.3f} {found:.3f} {spent:.0f}s",
            flush=True,
        )
        since = 0 if found == best else since + 1
        if spent > seconds or since >= _PATIENCE:
            break
    assert kept is not None
    net.load_state_dict(kept)
    net.eval()
    return net


def calibrated(network: Network, tuned: Sequence[Example]) -> tuple[float, float, float]:
    """The temperatures that make the probabilities of roles, whole and beside likeliest."""
    roles: list[tuple[numpy.ndarray, int]] = []
    whole: list[tuple[numpy.ndarray, int]] = []
    beside: list[tuple[float, int]] = []
    for one in tuned:
        given = encode(one.point, one.turns, network.words)
        said = network.read(given)
        for (_, _, n), found in zip(given.marks, said.roles, strict=True):
            for r in OF_TYPE[one.turns[-1].marks[n].kind]:
                roles.append((numpy.log(found[r] + 1e-9), one.roles[n][r]))
        if one.whole >= 0:
            whole.append((numpy.log(said.whole + 1e-9), one.whole))
        beside += [
            (float(numpy.log(p + 1e-9) - numpy.log(1 - p + 1e-9)), truth)
            for p, truth in zip(said.beside, one.beside, strict=True)
        ]

    def cost(rows: Sequence[tuple[numpy.ndarray, int]], t: float) -> float:
        logits = numpy.stack([r for r, _ in rows]) / t
        right = logits[numpy.arange(len(rows)), [y for _, y in rows]]
        return float((numpy.log(numpy.exp(logits).sum(1)) - right).mean())

    def cost_beside(t: float) -> float:
        return float(numpy.mean([math.log1p(math.exp(-(x if y else -x) / t)) for x, y in beside]))

    grid = [0.5 + 0.05 * n for n in range(50)]
    return (
        min(grid, key=lambda t: cost(roles, t)),
        min(grid, key=lambda t: cost(whole, t)),
        min(grid, key=cost_beside),
    )


def expected(
    nets: Sequence[Net], held: Sequence[Example], words: Words, heat: Sequence[float]
) -> list[dict[str, Any]]:
    """What torch makes of a few exchanges, for the test of the numpy twin."""
    made = []
    for one in held[:: max(len(held) // 8, 1)]:
        given = encode(one.point, one.turns, words)
        batch = Batch([(one, given)], None)
        with torch.no_grad():
            found = [net(batch) for net in nets]
        roles = sum(r for r, _ in found) / len(found) / heat[0]
        whole = sum(w for _, w in found)[0, : len(WHOLE)] / len(found) / heat[1]
        made.append(
            {
                "source": one.source,
                "rows": given.rows.tolist(),
                "slots": given.slots.tolist(),
                "answer": given.answer,
                "marks": given.marks,
                "roles": torch.softmax(roles, -1).numpy().round(4).tolist(),
                "whole": torch.softmax(whole, -1).numpy().round(4).tolist(),
            }
        )
    return made


def _new_words(some: Sequence[Example]) -> dict[str, Any]:
    count = Counter(c for x in some for t in x.turns for c in t.text)
    count.update(c for p in {x.point for x in some} for c in p.text)
    return {
        "characters": sorted(c for c, n in count.items() if n >= 2),
        "syllables": sorted({s for c in count if (s := syllable(c))}),
    }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--expected", type=Path, default=EXPECTED)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--held-out", nargs="*", default=HELD_OUT)
    parser.add_argument("--tuned-on", nargs="*", default=TUNED_ON)
    parser.add_argument("--state", type=Path, help="where to keep what --start goes on from")
    parser.add_argument("--start", type=Path, help="a state to go on from")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    files = {path.stem: examples(path) for path in sorted(options.folder.glob("*.txt"))}
    apart = {*options.held_out, *options.tuned_on}
    learnt = [x for name, some in files.items() if name not in apart for x in some]
    tuned = [x for name in options.tuned_on for x in files[name]]
    held = [x for name in options.held_out for x in files[name]]
    aside = older(random.Random(7)) + older(random.Random(8))
    begun = torch.load(options.start) if options.start else _new_words([*learnt, *aside])
    characters, syllables = begun["characters"], begun["syllables"]
    words = Words.of(characters, syllables)
    print(f"{len(learnt)} learnt, {len(tuned)} tuned on, {len(held)} held out")
    print(f"{len(aside)} older, {len(characters)} characters", flush=True)
    members, nets = [], []
    for seed in range(options.seeds):
        seconds = options.minutes * 60 / options.seeds
        start = begun["nets"][seed] if options.start else None
        net = trained(learnt, tuned, aside, words, seed, options.epochs, seconds, start)
        nets.append(net)
        members.append(
            {
                name: value.astype(numpy.float16).astype(numpy.float32)
                for name, value in net.weights().items()
            }
        )
    if options.state:
        torch.save(begun | {"nets": [net.state_dict() for net in nets]}, options.state)
    network = Network(words, tuple(members), numpy.ones(3, numpy.float32))
    heat = calibrated(network, tuned)
    store(options.out, characters, syllables, members, heat)
    network = Network(words, tuple(members), numpy.array(heat, numpy.float32))
    for name, some in (("tuned on", tuned), ("held out", held)):
        print(name, json.dumps(figures(network, some)))
    options.expected.write_text(
        json.dumps(expected(nets, held, words, heat)) + "\n",
        encoding="utf-8",
    )
    print(f"temperatures {heat}, {options.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
