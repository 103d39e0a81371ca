# mypy: disable-error-code="import-not-found, no-untyped-call, misc, arg-type, no-any-return"
"""Trains a network that says which point a question and its answer are about; for any language.

``tie.py`` and ``tie_en.py`` say what is a language's own (``Tongue``) and are what is run; needs
torch, which the product does not. The same files are kept apart as for the other network. Three
heads learn beside each other: one of everything and one of the meaning, which are kept and of which
the mean counts, and one of the words, which only helps what lies below it to learn.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import nn

from transcription.comparison import sense
from transcription.comparison.meant import alike
from transcription.comparison.model import Point
from transcription.comparison.net_shape import ANSWERED, ASKED, FIRST, PART, Encoded, Said
from transcription.comparison.sense import TALK, WIDE, Sense, sense_of
from transcription.comparison.tie import (
    ATTENDING,
    GAPS,
    HEADS,
    LEFT_OUT,
    Floats,
    Tie,
    store,
)

WIDTH = 48
#: Numbers of the products of meaning and of kind, of the hidden layers over them.
MATTER, KIND, HIDDEN = 64, 16, 64
#: Shares left out in training: of what comes from words, and from meaning.
DROPPED, DROPPED_MEANT = 0.3, 0.5
#: What the heads of the words and of the meaning count beside that of everything.
ASIDE = 0.3
#: Texts whose vectors are kept while it learns.
_TEXTS = 400_000
_BATCH = 16
_RATE = 2e-3
#: Epochs without anything better before it stops.
_PATIENCE = 6
#: The talk for one point as rows; turns said a little otherwise.
RowsOf = Callable[[Point, Sequence[Said], Any], Encoded]
Changed = Callable[[tuple[Said, ...], random.Random], tuple[Said, ...]]


#: Of the exchanges, so many are seen in an epoch, each among at most so many points.
OFTEN, BESIDE = 1.0, 9


@dataclass(frozen=True)
class Asked:
    """An exchange among the points of its file; ``right`` is -1 for none of them."""

    source: str
    turns: tuple[Said, ...]
    points: tuple[Point, ...]
    right: int
    features: Floats
    off: bool


@dataclass(frozen=True)
class Drawn:
    """An exchange among points: rows and numbers a point; ``right`` -1 for none of them."""

    rows: list[Encoded]
    features: Floats
    sense: Sense
    right: int


class Coded:
    """Encoded rows and vectors of exchanges, kept: for each point, plain and once changed."""

    def __init__(
        self, some: Sequence[Asked], words: Any, tongue: Tongue, draw: random.Random | None
    ) -> None:
        self.some = some
        self.rows: list[list[list[Encoded]]] = []
        self.senses: list[list[Sense]] = []
        for one in some:
            ways = [one.turns]
            if draw is not None:
                ways.append(tongue.changed(one.turns, draw))
            self.rows.append([[tongue.rows_of(p, way, words) for p in one.points] for way in ways])
            worded = [tongue.wording(point) for point in one.points]
            self.senses.append([sense_of(worded, way) for way in ways])

    def plain(self) -> list[Drawn]:
        """Each exchange as it was said among all of its points."""
        return [
            Drawn(rows[0], one.features, senses[0], one.right)
            for one, rows, senses in zip(self.some, self.rows, self.senses, strict=True)
        ]


def drawn_from(coded: Coded, draw: random.Random) -> list[Drawn]:
    """One pass: each exchange among some of its points, now and then without the right one."""
    made = []
    for one, ways, senses in zip(coded.some, coded.rows, coded.senses, strict=True):
        if draw.random() > OFTEN:
            continue
        way = draw.randrange(len(ways))
        rows, said = ways[way], senses[way]
        most = min(BESIDE, len(rows))
        keep = draw.sample(range(len(rows)), draw.randint(min(4, most), most))
        without = one.off or draw.random() < 0.15
        if one.off and draw.random() < 0.5:
            continue
        keep = [at for at in keep if at != one.right]
        if not without:
            keep.insert(draw.randint(0, len(keep)), one.right)
        if not keep:
            continue
        features = one.features[keep].copy()
        if draw.random() < 0.25:
            features[:, [0, 1, 4, 6]] = 0  # the rules saw nothing
        right = keep.index(one.right) if not without else -1
        meant = Sense(said.talk, said.points[keep])
        made.append(Drawn([rows[at] for at in keep], features, meant, right))
    return made


@dataclass(frozen=True)
class Given:
    """A batch, a row a point: ``sizes`` are the points of each exchange, ``right`` the right one
    of each, its number of points for none."""

    rows: torch.Tensor
    slots: torch.Tensor
    features: torch.Tensor
    points: torch.Tensor
    talk: torch.Tensor
    near: torch.Tensor
    sizes: list[int]
    right: torch.Tensor


class Net(nn.Module):
    """The sums of ``comparison/tie.py`` in torch."""

    def __init__(
        self, columns: Sequence[str], sizes: Mapping[str, int], width: int, features: int
    ) -> None:
        super().__init__()
        self.places = {c: at for at, c in enumerate(columns) if c not in LEFT_OUT}
        self.tables = nn.ModuleDict({c: nn.Embedding(sizes[c], width) for c in self.places})
        for table in self.tables.values():
            nn.init.normal_(table.weight, std=0.3)
        self.slots = nn.Linear(8, width)
        self.norms = nn.ModuleDict(
            {name: nn.LayerNorm(width) for name in ("in", "out", "m")}
            | {f"n{b}": nn.LayerNorm(width) for b in range(len(GAPS))}
        )
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(width, 2 * width, 3, padding=gap, dilation=gap) for gap in GAPS]
        )
        self.after = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in GAPS])
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.joined = nn.Linear(width, width, bias=False)
        self.talk = nn.Linear(TALK * WIDE, MATTER, bias=False)
        self.matter = nn.Linear(WIDE, MATTER, bias=False)
        self.kind = nn.Linear(TALK * WIDE, KIND, bias=False)
        self.slot = nn.Linear(8, KIND, bias=False)
        nn.init.normal_(self.talk.weight, std=0.1)
        nn.init.normal_(self.matter.weight, std=0.3)
        seen, meant = 5 * width + features, 2 * TALK + MATTER + KIND
        self.head = nn.ModuleList([nn.Linear(seen + meant, HIDDEN), nn.Linear(HIDDEN, 1)])
        self.worded = nn.ModuleList([nn.Linear(seen, width), nn.Linear(width, 1)])
        self.meant = nn.ModuleList([nn.Linear(features + meant, HIDDEN), nn.Linear(HIDDEN, 1)])
        self.drop, self.drop_meant = nn.Dropout(DROPPED), nn.Dropout(DROPPED_MEANT)

    def forward(self, given: Given) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """A number a point of the heads of everything, of the words and of the meaning."""
        seen = torch.cat([self._read(given.rows, given.slots), given.features], dim=-1)
        matter = self.drop_meant(self.talk(given.talk) * self.matter(given.points))
        kind = self.drop_meant(self.kind(given.talk) * self.slot(given.slots))
        meant = torch.cat([given.near, matter, kind], dim=-1)
        return (
            _headed(self.head, torch.cat([seen, meant], dim=-1), self.drop),
            _headed(self.worded, seen, self.drop),
            _headed(self.meant, torch.cat([given.features, meant], dim=-1), self.drop_meant),
        )

    def _read(self, rows: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        part = rows[:, :, PART]
        here = (rows[:, :, 0] > 0).float().unsqueeze(-1)
        x = self.slots(slots).unsqueeze(1)
        for column, at in self.places.items():
            x = x + self.tables[column](rows[:, :, at])
        x = self.drop(self.norms["in"](x)) * here
        for block in range(len(GAPS)):
            inner = (self.norms[f"n{block}"](x) * here).transpose(1, 2)
            made, gate = self.convolutions[block](inner).transpose(1, 2).chunk(2, dim=-1)
            x = x + self.drop(self.after[block](made * torch.sigmoid(gate))) * here
            if block == ATTENDING:
                x = x + self.drop(self._attended(self.norms["m"](x), here)) * here
        x = self.norms["out"](x)
        means = []
        for n in (0, ASKED, ANSWERED):
            mask = (part == n).float().unsqueeze(-1) * here
            means.append((x * mask).sum(1) / mask.sum(1).clamp(min=1))
        asked = (part == ASKED).unsqueeze(-1) & (here > 0)
        most = x.masked_fill(~asked, -10).max(dim=1).values
        return torch.cat([*means, most, means[0] * means[1]], dim=-1)

    def _attended(self, x: torch.Tensor, here: torch.Tensor) -> torch.Tensor:
        size, length, width = x.shape
        joint = self.qkv(x).reshape(size, length, 3, HEADS, width // HEADS)
        q, k, v = (joint[:, :, n].transpose(1, 2) for n in range(3))
        mask = (here[:, :, 0] > 0)[:, None, None, :]
        made = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.joined(made.transpose(1, 2).reshape(size, length, width))

    def weights(self) -> dict[str, numpy.ndarray]:
        """As ``comparison/tie.py`` wants them."""

        def plain(tensor: torch.Tensor) -> numpy.ndarray:
            return tensor.detach().numpy().astype(numpy.float32)

        w = {column: plain(table.weight) for column, table in self.tables.items()}
        w["slots"] = numpy.concatenate([plain(self.slots.bias)[None], plain(self.slots.weight).T])
        for name, norm in self.norms.items():
            named = name if name in ("in", "out", "m") else f"{name[1:]}.n"
            w[f"{named}.g"], w[f"{named}.b"] = plain(norm.weight), plain(norm.bias)
        for block, (conv, after) in enumerate(zip(self.convolutions, self.after, strict=True)):
            w[f"{block}.c"] = numpy.concatenate([plain(conv.weight)[:, :, n].T for n in range(3)])
            w[f"{block}.cb"], w[f"{block}.p"] = plain(conv.bias), plain(after.weight).T
        w["qkv"], w["o"] = plain(self.qkv.weight).T, plain(self.joined.weight).T
        for head in ("head", "meant"):
            for at, layer in enumerate(getattr(self, head), 1):
                w[f"{head}.{at}"], w[f"{head}.{at}b"] = plain(layer.weight).T, plain(layer.bias)
        for name in ("talk", "matter", "kind", "slot"):
            w[f"m.{name}"] = plain(getattr(self, name).weight).T
        return w


def _headed(head: nn.ModuleList, joined: torch.Tensor, drop: nn.Dropout) -> torch.Tensor:
    return head[1](drop(torch.relu(head[0](drop(joined)))))[:, 0]


def batch_of(drawn: Sequence[Drawn], draw: random.Random | None) -> Given:
    """All points of all exchanges below each other; with ``draw`` some characters are hidden."""
    flat = [e for one in drawn for e in one.rows]
    length = max(len(e.rows) for e in flat)
    rows = numpy.zeros((len(flat), length, flat[0].rows.shape[1]), numpy.int64)
    for at, e in enumerate(flat):
        rows[at, : len(e.rows)] = e.rows
    if draw is not None:
        _disguise(rows, draw)
    sizes = [len(one.rows) for one in drawn]
    talks = [numpy.repeat(one.sense.talk.reshape(1, -1), len(one.rows), 0) for one in drawn]
    right = [one.right if one.right >= 0 else len(one.rows) for one in drawn]
    return Given(
        rows=torch.from_numpy(rows),
        slots=_floats([numpy.stack([e.slots for e in flat])]),
        features=_floats([one.features for one in drawn]),
        points=_floats([one.sense.points for one in drawn]),
        talk=_floats(talks),
        near=_floats([alike(one.sense) for one in drawn]),
        sizes=sizes,
        right=torch.tensor(right),
    )


def _floats(parts: Sequence[numpy.ndarray]) -> torch.Tensor:
    return torch.from_numpy(numpy.concatenate(parts).astype(numpy.float32))


def _disguise(rows: numpy.ndarray, draw: random.Random) -> None:
    """Some characters known by their sound only, some not at all."""
    state = numpy.random.default_rng(draw.randrange(1 << 30))
    plain = rows[:, :, 0] >= FIRST
    rows[:, :, 0][(state.random(plain.shape) < 0.08) & plain] = 1
    lost = (state.random(plain.shape) < 0.05) & plain
    rows[:, :, 0][lost] = 1
    rows[:, :, 1][lost] = 1


def loss_of(net: Net, given: Given) -> torch.Tensor:
    """Of all heads, for learning."""
    full, worded, meant = (_cross(scores, given) for scores in net(given))
    return full + ASIDE * (worded + meant)


def _cross(scores: torch.Tensor, given: Given) -> torch.Tensor:
    most = max(given.sizes) + 1
    table = torch.full((len(given.sizes), most), -1e4)
    at = 0
    for line, size in enumerate(given.sizes):
        table[line, :size] = scores[at : at + size]
        table[line, size] = 0.0
        at += size
    return nn.functional.cross_entropy(table, given.right)


def scores_in(net: Net, given: Given) -> torch.Tensor:
    """What counts: the mean of the heads that are kept."""
    full, _, meant = net(given)
    return (full + meant) / 2


@dataclass(frozen=True)
class Tongue:
    """What the training of one language's network has of its own."""

    columns: tuple[str, ...]
    sizes: Mapping[str, int]  # of the columns but the first two
    lists: tuple[str, str]
    epochs: int
    words_of: Callable[[Sequence[str], Sequence[str]], Any]
    rows_of: RowsOf
    wording: Callable[[Point], str]
    new_words: Callable[[Sequence[Asked]], tuple[list[str], list[str]]]
    changed: Changed
    asked_in: Callable[[Path, random.Random | None], list[Asked]]
    weights: Path
    expected: Path
    folder: Path
    held_out: tuple[str, ...]
    tuned_on: tuple[str, ...]

    def sizes_of(self, lists: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """How many rows the table of each column has, with these lists."""
        first, second = self.columns[:2]
        return {
            first: len(lists[self.lists[0]]) + FIRST,
            second: len(lists[self.lists[1]]) + 2,
            **self.sizes,
        }


def _options(tongue: Tongue, about: str | None, arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--out", type=Path, default=tongue.weights)
    parser.add_argument("--expected", type=Path, default=tongue.expected)
    parser.add_argument("--epochs", type=int, default=tongue.epochs)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--apart", action="store_true", help="with points taken apart as well")
    parser.add_argument("--rate", type=float, default=_RATE)
    return parser.parse_args(arguments)


def run(tongue: Tongue, about: str | None, arguments: Sequence[str]) -> int:
    """Trains, prints the figures and writes the weights."""
    options = _options(tongue, about, arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    draw = random.Random(1)
    sense.kept_at_most(_TEXTS)
    files = {
        path.stem: tongue.asked_in(path, random.Random(path.stem) if options.apart else None)
        for path in sorted(tongue.folder.glob("*.txt"))
    }
    apart = {*tongue.held_out, *tongue.tuned_on}
    learnt = [x for name, some in files.items() if name not in apart for x in some]
    tuned = [x for name in tongue.tuned_on for x in files[name]]
    held = [x for name in tongue.held_out for x in files[name]]
    lists = dict(zip(tongue.lists, tongue.new_words(learnt), strict=True))
    words = tongue.words_of(*lists.values())
    print(f"{len(learnt)} learnt, {len(tuned)} tuned on, {len(held)} held out", flush=True)
    coded = Coded(learnt, words, tongue, draw)
    check = Coded([x for x in tuned if not x.off], words, tongue, None)
    known = {
        "tuned on": Coded(tuned, words, tongue, None),
        "held out": Coded(held, words, tongue, None),
    }
    print("encoded", flush=True)
    net = Net(tongue.columns, tongue.sizes_of(lists), WIDTH, learnt[0].features.shape[1])
    _train(net, coded, check, draw, options)
    weights = {
        name: value.astype(numpy.float16).astype(numpy.float32)
        for name, value in net.weights().items()
    }
    network = Tie(words, tongue.columns, weights, 1.0)
    heat = _heat(network, check)
    store(options.out, lists, weights, heat)
    network = replace(network, temperature=heat)
    for name, some in known.items():
        print(name, json.dumps(figures(network, some)))
    expected = json.dumps(_expected(net, known["held out"]))
    options.expected.write_text(expected + "\n", encoding="utf-8")
    print(f"temperature {heat}, {options.out.stat().st_size} bytes")
    return 0


def _train(
    net: Net, coded: Coded, check: Coded, draw: random.Random, options: argparse.Namespace
) -> None:
    """Leaves in ``net`` the average of its weights over the last steps, at the best epoch."""
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99)
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.05)
    begun = time.monotonic()
    steps, step = int(options.epochs * len(coded.some) * OFTEN) // _BATCH, 0
    best, since, kept = math.inf, 0, None
    for epoch in range(options.epochs):
        net.train()
        cut = _cut(drawn_from(coded, draw), draw)
        total = 0.0
        for part in cut:
            done = min(1.0, step / steps)
            rate = min(1, (step + 1) / 100) * (0.505 + 0.495 * math.cos(math.pi * done))
            for group in optimiser.param_groups:
                group["lr"] = options.rate * rate
            optimiser.zero_grad()
            loss = loss_of(net, batch_of(part, draw))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            mean.update_parameters(net)
            step += 1
            total += float(loss.detach())
        mean.eval()
        found = _cost(mean.module, check)
        if found < best:
            best, since = found, 0
            kept = {k: v.clone() for k, v in mean.module.state_dict().items()}
        else:
            since += 1
        spent = time.monotonic() - begun
        print(f"epoch {epoch}: {total / len(cut):.3f} {found:.3f} {spent:.0f}s", flush=True)
        if since >= _PATIENCE:
            break
    net.load_state_dict(kept)
    net.eval()


def _cut(some: list[Drawn], draw: random.Random) -> list[list[Drawn]]:
    """Batches of about one length, in another order each time."""
    some.sort(key=lambda one: max(len(e.rows) for e in one.rows) + draw.random() * 20)
    cut = [some[at : at + _BATCH] for at in range(0, len(some), _BATCH)]
    draw.shuffle(cut)
    return cut


def _cost(net: Net, coded: Coded) -> float:
    total = 0.0
    with torch.no_grad():
        for one in coded.plain():
            given = batch_of([one], None)
            total += float(_cross(scores_in(net, given), given))
    return total / len(coded.some)


def _heat(network: Tie[Any], coded: Coded) -> float:
    """The temperature that makes the shares likeliest."""
    logits = []
    for one in coded.plain():
        shares = network.shares(one.rows, one.features, one.sense)
        logits.append((numpy.log(shares + 1e-9), one.right))

    def cost(t: float) -> float:
        lost = 0.0
        for line, right in logits:
            lost += float(numpy.log(numpy.exp(line / t).sum()) - line[right] / t)
        return lost

    return min((0.6 + 0.05 * n for n in range(40)), key=cost)


def figures(network: Tie[Any], coded: Coded) -> dict[str, object]:
    """Of answers to the point: share whose likeliest point is the right one; by least share, how
    many are named and of those how many rightly; of answers marked off, among the other points
    only: how many are named."""
    some = coded.some
    on = [x for x in some if not x.off]
    named: dict[str, object] = {"on": len(on), "off": len(some) - len(on)}
    found = [network.shares(one.rows, one.features, one.sense) for one in coded.plain()]
    likeliest = [
        shares[:-1].argmax() == one.right
        for one, shares in zip(some, found, strict=True)
        if not one.off
    ]
    named["likeliest right"] = round(sum(likeliest) / max(len(on), 1), 3)
    for least in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        taken = right = wrong_off = 0
        for one, shares in zip(some, found, strict=True):
            at = int(shares[:-1].argmax())
            if shares[at] < least:
                continue
            if one.off:
                wrong_off += at != one.right
            else:
                taken += 1
                right += at == one.right
        named[str(least)] = {
            "named": round(taken / max(len(on), 1), 3),
            "right": round(right / max(taken, 1), 3),
            "off": wrong_off,
        }
    return named


def _expected(net: Net, coded: Coded) -> list[dict[str, object]]:
    made = []
    every = coded.plain()
    for known, one in list(zip(coded.some, every, strict=True))[:: max(len(every) // 4, 1)]:
        talk, points = (v.astype(float).round(4) for v in (one.sense.talk, one.sense.points[:4]))
        some = Drawn(one.rows[:4], one.features[:4], Sense(talk, points), -1)
        with torch.no_grad():
            scores = scores_in(net, batch_of([some], None)).numpy()
        made.append(
            {
                "source": known.source,
                "rows": [e.rows.tolist() for e in some.rows],
                "slots": [e.slots.tolist() for e in some.rows],
                "features": some.features.tolist(),
                "talk": talk.tolist(),
                "points": points.tolist(),
                "scores": scores.round(4).tolist(),
            }
        )
    return made
