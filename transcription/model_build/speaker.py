# mypy: disable-error-code="import-not-found, no-untyped-call"
"""Trains and writes the speaker model: numbers by which synthetic voices are told apart.

Two layers (the first five frames wide) over features without silence and without their sliding
mean, then mean and deviation over the utterance, then 32 numbers; learned by naming the training
voice. The files are what Vosk's speaker recogniser reads. Needs torch, scipy and espeak-ng.
``python -m transcription.model_build.speaker --out FOLDER``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from transcription.model_build.alignment import speak
from transcription.model_build.augment import resample
from transcription.model_build.build import MFCC_CONF
from transcription.model_build.features import DIMENSION, mfcc
from transcription.model_build.kaldi import (
    Floats,
    affine,
    full_matrix,
    integer,
    nonlinearity,
    real,
    token,
    vector,
)
from transcription.model_build.synthesis import Espeak, Manner
from transcription.model_build.tongue import TONGUES
from transcription.model_build.variants import TRAINING_VARIANTS

HIDDEN, NUMBERS = 96, 32
UTTERANCES = 25  # of each voice
_FRAMES, _BATCH, _STEPS = 100, 64, 900
_WINDOW = 300  # frames of the sliding mean, as Vosk takes them
_SHARPNESS = 16.0  # of the cosine to each voice
_EPSILON = 1e-5

Features = npt.NDArray[np.float32]

_CONFIG = """\
input-node name=input dim=40
component-node name=l0 component=l0 input=Append(Offset(input, -2), Offset(input, -1), input, \
Offset(input, 1), Offset(input, 2))
component-node name=r0 component=r0 input=l0
component-node name=l1 component=l1 input=r0
component-node name=r1 component=r1 input=l1
component-node name=se component=se input=r1
component-node name=sp component=sp input=se
component-node name=emb component=emb input=sp
output-node name=output input=emb objective=linear
"""


def without_mean(features: Features) -> Features:
    """Less the mean of the 300 frames around each, as Vosk does before the network."""
    count = len(features)
    sums = np.vstack([np.zeros(DIMENSION), np.cumsum(features, 0, dtype=np.float64)])
    starts = np.maximum(np.arange(count) - _WINDOW // 2, 0)
    ends = np.minimum(starts + _WINDOW, count)
    starts = np.maximum(ends - _WINDOW, 0)
    mean = (sums[ends] - sums[starts]) / (ends - starts)[:, None]
    return np.asarray(features - mean, np.float32)


def utterances(seed: int) -> list[list[Features]]:
    """Features of each training voice: strings of words, at a pitch of the voice's own."""
    espeak, random, draw = Espeak(), Random(seed), np.random.default_rng(seed)
    readings = TONGUES["zh"].readings
    words = sorted(readings)
    out: list[list[Features]] = []
    for index, variant in enumerate(TRAINING_VARIANTS):
        own: list[Features] = []
        for _ in range(UTTERANCES):
            pitch = max(30, 30 + 5 * (index % 9) + random.randint(-4, 4))
            manner = Manner(variant=variant, rate_wpm=random.randint(140, 210), pitch=pitch)
            spoken = speak(espeak, random.choices(words, k=random.randint(4, 8)), readings, manner)
            if spoken is None:
                continue
            samples, _ = resample(spoken.audio, espeak.sample_rate, 1.0)
            samples = samples * np.float32(10 ** draw.uniform(-1.2, 0))
            noise = draw.standard_normal(len(samples)) * draw.uniform(0.5, 60)
            rows = mfcc(np.round(samples + noise).astype(np.float32))
            loud = rows[rows[:, 0] > np.percentile(rows[:, 0], 15)]
            if len(loud) > _FRAMES:
                own.append(without_mean(loud))
        out.append(own)
    return out


class Voices(nn.Module):  # type: ignore[misc, unused-ignore]
    """The network while it is trained, with one direction for each training voice."""

    def __init__(self, voices: int) -> None:
        super().__init__()
        self.first, self.first_norm = nn.Conv1d(DIMENSION, HIDDEN, 5), nn.BatchNorm1d(HIDDEN)
        self.second, self.second_norm = nn.Conv1d(HIDDEN, HIDDEN, 1), nn.BatchNorm1d(HIDDEN)
        self.numbers = nn.Linear(2 * HIDDEN, NUMBERS)
        self.directions = nn.Parameter(torch.randn(voices, NUMBERS))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Likeness to each voice."""
        inner = functional.relu(self.first_norm(self.first(features)))
        inner = functional.relu(self.second_norm(self.second(inner)))
        deviation = torch.sqrt(inner.var(2, unbiased=False) + _EPSILON)
        numbers = self.numbers(torch.cat([inner.mean(2), deviation], 1))
        return _SHARPNESS * functional.normalize(numbers) @ functional.normalize(self.directions).T


def train(spoken: list[list[Features]], random: Random) -> tuple[Voices, Floats, Floats]:
    """The trained network, with mean and deviation of its input."""
    everything = np.concatenate([one for own in spoken for one in own]).astype(np.float64)
    mean, deviation = everything.mean(0), everything.std(0)
    net = Voices(len(spoken))
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
    items = [(voice, one) for voice, own in enumerate(spoken) for one in own]
    for _ in range(_STEPS):
        pieces, voices = [], []
        for voice, one in random.sample(items, _BATCH):
            start = random.randint(0, len(one) - _FRAMES)
            pieces.append((one[start : start + _FRAMES] - mean) / deviation)
            voices.append(voice)
        batch = torch.from_numpy(np.stack(pieces).astype(np.float32)).transpose(1, 2)
        loss = functional.cross_entropy(net(batch), torch.tensor(voices))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    net.eval()
    return net, mean, deviation


def model_file(net: Voices, mean: Floats, deviation: Floats) -> bytes:
    """final.ext.raw: input scaling and normalisation are folded into the layers."""
    first = _folded(net.first, net.first_norm, 1 / deviation, -mean / deviation)
    second = _folded(net.second, net.second_norm, np.ones(HIDDEN), np.zeros(HIDDEN))
    components = (
        ("l0", affine(*first, full_matrix)),
        ("r0", nonlinearity("RectifiedLinearComponent", HIDDEN)),
        ("l1", affine(*second, full_matrix)),
        ("r1", nonlinearity("RectifiedLinearComponent", HIDDEN)),
        ("se", _extraction()),
        ("sp", _pooling()),
        ("emb", affine(_array(net.numbers.weight), _array(net.numbers.bias), full_matrix)),
    )
    out = b"\0B" + token("<Nnet3>") + b"\n" + _CONFIG.encode() + b"\n"
    out += token("<NumComponents>") + integer(len(components))
    for name, component in components:
        out += token("<ComponentName>") + token(name) + component
    return out + token("</Nnet3>")


def _folded(layer: Any, norm: Any, scale: Floats, shift: Floats) -> tuple[Floats, Floats]:
    kernel = _array(layer.weight)
    bias = _array(layer.bias) + (kernel.sum(2) * shift).sum(1)
    flat = (kernel * scale[None, :, None]).transpose(0, 2, 1).reshape(len(kernel), -1)
    gain = _array(norm.weight) / np.sqrt(_array(norm.running_var) + _EPSILON)
    return flat * gain[:, None], (bias - _array(norm.running_mean)) * gain + _array(norm.bias)


def _array(tensor: torch.Tensor) -> Floats:
    return np.asarray(tensor.detach().double().numpy())


def _extraction() -> bytes:
    out = token("<StatisticsExtractionComponent>") + token("<InputDim>") + integer(HIDDEN)
    out += token("<InputPeriod>") + integer(1) + token("<OutputPeriod>") + integer(1)
    # Kaldi spells the name of this field so.
    return out + token("<IncludeVarinance>") + b"T" + token("</StatisticsExtractionComponent>")


def _pooling() -> bytes:
    out = token("<StatisticsPoolingComponent>") + token("<InputDim>") + integer(2 * HIDDEN + 1)
    out += token("<InputPeriod>") + integer(1) + token("<LeftContext>") + integer(0)
    out += token("<RightContext>") + integer(10_000) + token("<NumLogCountFeatures>") + integer(0)
    out += token("<OutputStddevs>") + b"T" + token("<VarianceFloor>") + real(_EPSILON)
    return out + token("</StatisticsPoolingComponent>")


def main() -> None:
    """Train and write the directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    spoken = utterances(options.seed)
    print(f"{len(spoken)} voices, {sum(map(len, spoken))} utterances")
    net, mean, deviation = train(spoken, Random(options.seed))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "final.ext.raw").write_bytes(model_file(net, mean, deviation))
    (options.out / "mean.vec").write_bytes(b"\0B" + vector(np.zeros(NUMBERS)))
    (options.out / "transform.mat").write_bytes(b"\0B" + full_matrix(np.eye(NUMBERS)))
    (options.out / "mfcc.conf").write_text(MFCC_CONF)


if __name__ == "__main__":
    main()
