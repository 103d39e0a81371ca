# mypy: disable-error-code="import-not-found, no-untyped-call, misc, arg-type, no-any-return"
"""Trains a network that reads exchanges, from scratch, on ``exchanges*/*.txt``; for any language.

``net.py`` and ``net_en.py`` say what is a language's own (``Tongue``) and are what is run; needs
torch, which the product does not. Whole files are kept apart: held-out ones are never trained on
and give the figures, others decide when to stop and how to calibrate.
"""

from __future__ import annotations

import json
import math
import random
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import nn

from transcription.comparison.net import ATTENDING, GAPS, HEADS, Network, store
from transcription.comparison.net_shape import (
    ASKED,
    BESIDE,
    FIRST,
    KEY,
    KEYS,
    MARK,
    OF_TYPE,
    PART,
    ROLES,
    SHARED,
    STATES,
    WHOLE,
    Encoded,
)
from transcription.comparison.training.examples import SAYS, UNSAID, Encode, Example
from transcription.comparison.training.net_figures import figures

WIDTH = 64
_BATCH = 32
#: Words of the whole that say something of the point.
_SAYING = [WHOLE.index(name) for name in ("yes", "no", "-")]
#: Epochs without anything better before it stops.
_PATIENCE = 6
#: One in so many of the older answers is seen in an epoch.
_ASIDE = 10
_RATE = 1.5e-3


@dataclass(frozen=True)
class Tongue:
    """What the training of one language's network has of its own.

    ``tokens`` and ``sounds`` name the two lists of words in the file of weights; a token that is
    hidden is known by its row of the second list, or not at all.
    """

    columns: tuple[str, ...]
    sizes: Mapping[str, int]  # of the columns but the first two
    lists: tuple[str, str]
    words_of: Callable[[Sequence[str], Sequence[str]], Any]
    encode: Encode
    new_words: Callable[[Sequence[Example]], dict[str, Any]]
    changed: Callable[[Example, Sequence[Example], random.Random], Example]
    examples: Callable[[Path], list[Example]]
    older: Callable[[], list[Example]]

    def sizes_of(self, words: Mapping[str, Any]) -> dict[str, int]:
        """How many rows the table of each column has, with these lists."""
        first, second = self.columns[:2]
        return {
            first: len(words[self.lists[0]]) + FIRST,
            second: len(words[self.lists[1]]) + 2,
            **self.sizes,
        }


class Net(nn.Module):
    """The sums of ``comparison/net.py`` in torch, over a padded batch."""

    def __init__(self, columns: Sequence[str], sizes: Mapping[str, int], width: int) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.tables = nn.ModuleDict({c: nn.Embedding(sizes[c], width) for c in columns})
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
        for at, column in enumerate(self.columns):
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
        """As ``comparison/net.py`` wants them."""

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
        rows = numpy.zeros((size, length, some[0][1].rows.shape[1]), numpy.int64)
        self.here = torch.zeros(size, length)
        self.answer = torch.zeros(size, length)
        for at, (_, e) in enumerate(some):
            rows[at, : len(e.rows)] = e.rows
            self.here[at, : len(e.rows)] = 1
            self.answer[at, e.answer[0] : e.answer[1]] = 1
            if draw is not None:
                _disguise(rows[at], draw)
        self.rows = torch.from_numpy(rows)
        self.asked = (self.rows[:, :, PART] == ASKED).float() * self.here
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
    """Other numbers for the people; some tokens known by their second row, or not at all.

    Not at all: those of the matter, of places and of tools, so that no trade is learnt by heart.
    """
    numbers = [0, *draw.sample(range(1, KEYS + 1), KEYS)]
    rows[:, KEY] = numpy.array(numbers)[rows[:, KEY]]
    random_state = numpy.random.default_rng(draw.randrange(1 << 30))
    plain = rows[:, 0] >= FIRST
    rows[(random_state.random(len(rows)) < 0.06) & plain, 0] = 1
    own = plain & (rows[:, SHARED] & 1 > 0)  # the matter's own words
    things = plain & (rows[:, MARK] >= 5) & (rows[:, MARK] <= 8)  # places and tools
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


def batches(
    some: Sequence[Example], words: Any, encode: Encode, draw: random.Random | None
) -> list[Batch]:
    """Cut by length; with ``draw`` in another order, and disguised, each time."""
    coded = [(x, encode(x.point, x.turns, words)) for x in some]
    coded.sort(key=lambda pair: len(pair[1].rows) + (draw.random() * 20 if draw else 0))
    cut = [coded[at : at + _BATCH] for at in range(0, len(coded), _BATCH)]
    if draw:
        draw.shuffle(cut)
    return [Batch(one, draw) for one in cut]


def trained(
    net: Net, tongue: Tongue, words: Any, some_of: tuple[Sequence[Example], ...], seed: int,
    epochs: int, seconds: float,
) -> Net:  # fmt: skip
    """One network; the average of its weights over the last steps, at the best epoch."""
    learnt, tuned, aside = some_of
    draw = random.Random(seed)
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
    check = batches(tuned, words, tongue.encode, None)
    best, since = math.inf, 0
    kept: dict[str, torch.Tensor] | None = None
    for epoch in range(epochs):
        some = [tongue.changed(x, learnt, draw) for x in learnt]
        some += draw.sample(list(aside), len(aside) // _ASIDE)
        net.train()
        total = 0.0
        todo = batches(some, words, tongue.encode, draw)
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


def calibrated(
    network: Network[Any], encode: Encode, tuned: Sequence[Example]
) -> tuple[float, float, float]:
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
    nets: Sequence[Net], encode: Encode, held: Sequence[Example], words: Any, heat: Sequence[float]
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


def parser(about: str | None, out: Path, expected_at: Path, folder: Path) -> ArgumentParser:
    """What can be said on the command line."""
    made = ArgumentParser(description=about)
    made.add_argument("--out", type=Path, default=out)
    made.add_argument("--expected", type=Path, default=expected_at)
    made.add_argument("--folder", type=Path, default=folder)
    made.add_argument("--seeds", type=int, default=1)
    made.add_argument("--epochs", type=int, default=30)
    made.add_argument("--minutes", type=float, default=8)
    made.add_argument("--held-out", nargs="*")
    made.add_argument("--tuned-on", nargs="*")
    made.add_argument("--state", type=Path, help="where to keep what --start goes on from")
    made.add_argument("--start", type=Path, help="a state to go on from")
    return made


def run(tongue: Tongue, options: Namespace) -> int:
    """Trains, calibrates, prints the figures and writes the weights."""
    torch.set_num_threads(1)
    files = {path.stem: tongue.examples(path) for path in sorted(options.folder.glob("*.txt"))}
    apart = {*options.held_out, *options.tuned_on}
    learnt = [x for name, some in files.items() if name not in apart for x in some]
    tuned = [x for name in options.tuned_on for x in files[name]]
    held = [x for name in options.held_out for x in files[name]]
    aside = tongue.older()
    begun = torch.load(options.start) if options.start else tongue.new_words([*learnt, *aside])
    lists = {name: begun[name] for name in tongue.lists}
    words = tongue.words_of(*lists.values())
    print(f"{len(learnt)} learnt, {len(tuned)} tuned on, {len(held)} held out")
    print(f"{len(aside)} older, {[len(some) for some in lists.values()]} words", flush=True)
    members, nets = [], []
    for seed in range(options.seeds):
        torch.manual_seed(seed)
        net = Net(tongue.columns, tongue.sizes_of(lists), WIDTH)
        if options.start:
            net.load_state_dict(begun["nets"][seed])
        seconds = options.minutes * 60 / options.seeds
        net = trained(net, tongue, words, (learnt, tuned, aside), seed, options.epochs, seconds)
        nets.append(net)
        members.append(
            {
                name: value.astype(numpy.float16).astype(numpy.float32)
                for name, value in net.weights().items()
            }
        )
    if options.state:
        torch.save(begun | {"nets": [net.state_dict() for net in nets]}, options.state)
    network = Network(words, tongue.columns, tuple(members), numpy.ones(3, numpy.float32))
    heat = calibrated(network, tongue.encode, tuned)
    store(options.out, lists, members, heat)
    network = replace(network, temperatures=numpy.array(heat, numpy.float32))
    for name, some in (("tuned on", tuned), ("held out", held)):
        print(name, json.dumps(figures(network, tongue.encode, some)))
    options.expected.write_text(
        json.dumps(expected(nets, tongue.encode, held, words, heat)) + "\n",
        encoding="utf-8",
    )
    print(f"temperatures {heat}, {options.out.stat().st_size} bytes")
    return 0
