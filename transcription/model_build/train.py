# mypy: disable-error-code="import-not-found, no-untyped-call"
"""Trains the acoustic network with torch and saves its weights as plain arrays.

The network is a time-delay network: six convolutions (the second with stride 3, so the rest runs
at 30 ms) with ReLU and batch normalisation, then one affine layer to the outputs of labels.py. The
last two look further back than ahead: a tone needs the pitch before it, and waiting costs delay.
``python -m transcription.model_build.train --help``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from transcription.model_build.chunk import Chunk, load_chunks
from transcription.model_build.features import DIMENSION, mfcc
from transcription.model_build.labels import frame_labels

#: Feature frames the network sees before and after the one it names.
LEFT, RIGHT = 21, 15
WINDOW = 50  # outputs in one training window
_BATCH = 96
_SMOOTHING = 0.03


@dataclass(frozen=True)
class Material:
    """All features and labels end to end, with the start of each training window in both."""

    features: torch.Tensor
    labels: torch.Tensor
    windows: torch.Tensor
    phones: list[str]
    pronunciations: Counter[tuple[str, str]]

    @property
    def outputs(self) -> int:
        """How many outputs the network has."""
        return 2 * (len(self.phones) + 1)


def gather(chunks: list[Chunk]) -> Material:
    """Pad each sentence by the network's context and cut it into windows."""
    pronunciations: Counter[tuple[str, str]] = Counter()
    for chunk in chunks:
        pronunciations.update(chunk.pronunciations)
    examples = [example for chunk in chunks for example in chunk.examples]
    phones = sorted({name for example in examples for _, name in example.phones if name})
    numbers = {name: index + 1 for index, name in enumerate(phones)}
    features: list[npt.NDArray[np.float32]] = []
    labels: list[npt.NDArray[np.int64]] = []
    windows: list[tuple[int, int]] = []
    frame = output = 0
    for example in examples:
        rows = mfcc(example.samples.astype(np.float32))
        own = frame_labels(example.phones, len(rows), numbers)
        count = max(len(own), WINDOW)
        tail = RIGHT + 3 * count - len(rows) + 2
        features.append(np.pad(rows, ((LEFT, tail), (0, 0)), mode="edge"))
        labels.append(np.pad(own, (0, count - len(own)), constant_values=-1))
        starts = list(range(0, count - WINDOW + 1, WINDOW))
        if starts[-1] + WINDOW < count:
            starts.append(count - WINDOW)
        windows += [(frame + 3 * start, output + start) for start in starts]
        frame += len(features[-1])
        output += count
    return Material(
        torch.from_numpy(np.concatenate(features)),
        torch.from_numpy(np.concatenate(labels)),
        torch.tensor(windows),
        phones,
        pronunciations,
    )


def network(hidden: int, outputs: int) -> Any:
    """The untrained network; layer offsets as in acoustic.OFFSETS."""

    def block(inputs: int, kernel: int, stride: int = 1) -> Any:
        return nn.Sequential(
            nn.Conv1d(inputs, hidden, kernel, stride=stride), nn.ReLU(), nn.BatchNorm1d(hidden)
        )

    return nn.Sequential(
        block(DIMENSION, 5),
        block(hidden, 3, 3),
        block(hidden, 3),
        block(hidden, 3),
        block(hidden, 4),
        block(hidden, 4),
        nn.Conv1d(hidden, outputs, 1),
    )


class Trainer:
    """One training run. Owns the network and the optimiser."""

    def __init__(self, material: Material, hidden: int, epochs: int) -> None:
        self._material = material
        self.network = network(hidden, material.outputs)
        self.mean = material.features[::7].mean(0)
        self.deviation = material.features[::7].std(0) + 1e-3
        order = torch.randperm(len(material.windows))
        held = len(order) // 30
        self._check, self._train = order[:held], order[held:]
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=3e-3, weight_decay=1e-3)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, 4e-3, total_steps=epochs * (len(self._train) // _BATCH), pct_start=0.15
        )

    def epoch(self) -> tuple[float, float]:
        """One pass; mean loss and the share of right frames among windows kept aside."""
        self.network.train()
        losses: list[float] = []
        order = self._train[torch.randperm(len(self._train))]
        for features, labels in self._batches(order[: len(order) // _BATCH * _BATCH]):
            features[:, 0] += torch.randn(len(features), 1) * 0.25  # level of the recording
            with torch.autocast("cpu", dtype=torch.bfloat16):
                guess = self.network(features)
            loss = functional.cross_entropy(
                guess.float(), labels, ignore_index=-1, label_smoothing=_SMOOTHING
            )
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self._optimiser.step()
            self._schedule.step()
            losses.append(loss.item())
        self.network.eval()
        right = total = 0
        with torch.no_grad():
            for features, labels in self._batches(self._check):
                known = labels >= 0
                guess = self.network(features).argmax(1)
                right += int((guess[known] == labels[known]).sum())
                total += int(known.sum())
        return float(np.mean(losses)), right / total

    def _batches(self, order: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        frames = torch.arange(3 * (WINDOW - 1) + 1 + LEFT + RIGHT)
        outputs = torch.arange(WINDOW)
        for start in range(0, len(order), _BATCH):
            windows = self._material.windows[order[start : start + _BATCH]]
            features = self._material.features[windows[:, 0, None] + frames]
            labels = self._material.labels[windows[:, 1, None] + outputs]
            yield ((features - self.mean) / self.deviation).transpose(1, 2).contiguous(), labels


def save(trainer: Trainer, material: Material, folder: Path) -> None:
    """Weights as weights.npz, phones and pronunciations as lexicon.json."""
    counted = material.labels[material.labels >= 0]
    arrays = {name: value.numpy() for name, value in trainer.network.state_dict().items()}
    arrays["input.mean"] = trainer.mean.numpy()
    arrays["input.deviation"] = trainer.deviation.numpy()
    arrays["label.counts"] = torch.bincount(counted, minlength=material.outputs).numpy()
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "weights.npz", **arrays)
    spoken = [[*key, count] for key, count in sorted(material.pronunciations.items())]
    lexicon = {"phones": material.phones, "pronunciations": spoken}
    (folder / "lexicon.json").write_text(json.dumps(lexicon, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    """Train and save after every epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of dataset.py's chunks")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--threads", type=int, default=1, help="more only on an idle machine")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    material = gather(load_chunks(options.data))
    hours = len(material.features) / 360_000
    print(f"{hours:.1f} h, {len(material.phones)} phones, {len(material.windows)} windows")
    trainer = Trainer(material, options.hidden, options.epochs)
    begun = monotonic()
    for epoch in range(options.epochs):
        loss, accuracy = trainer.epoch()
        save(trainer, material, options.out)
        spent = monotonic() - begun
        print(f"epoch {epoch + 1} loss {loss:.3f} frames {accuracy:.4f} {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
