"""Writes the Vosk model directory from trained weights: network, graph, words, settings.

``python -m transcription.model_build.build --help``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import numpy as np

from transcription.model_build.acoustic import fold, model_file
from transcription.model_build.corpus import Corpus, is_held_out
from transcription.model_build.graph import (
    UNKNOWN,
    GraphBuilder,
    Weights,
    phone_id,
    pronunciations,
)
from transcription.model_build.language import count_bigrams
from transcription.model_build.pinyin import DATA

_SENTENCES = 30_000  # drawn for the language model
_SEED = 5

MFCC_CONF = """\
--sample-frequency=16000
--use-energy=false
--num-mel-bins=40
--num-ceps=40
--low-freq=20
--high-freq=-400
--dither=0
--allow-upsample=true
"""

MODEL_CONF = """\
--min-active=100
--max-active=1000
--beam=10.0
--lattice-beam=3.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--frames-per-chunk=12
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.4
--endpoint.rule3.min-trailing-silence=0.6
--endpoint.rule4.min-trailing-silence=0.9
"""


def write_directory(trained: Path, out: Path, weights: Weights) -> dict[str, int]:
    """Write the directory; returns its sizes."""
    corpus = Corpus.load(DATA)
    lexicon = json.loads((trained / "lexicon.json").read_text(encoding="utf-8"))
    phones: list[str] = lexicon["phones"]
    counted = {(word, spoken): count for word, spoken, count in lexicon["pronunciations"]}
    spoken = pronunciations(counted, phones)
    words = [word for word in corpus.vocabulary if word in spoken]
    ids = {word: index + 1 for index, word in enumerate([*words, UNKNOWN])}
    random = Random(_SEED)
    sentences = [corpus.language_sentence(random) for _ in range(_SENTENCES)]
    story = {*corpus.turns, *corpus.clauses}
    known = [
        sentence
        for sentence in [*sentences, *corpus.turns, *corpus.clauses]
        if all(word in ids for word in sentence)
        and (sentence in story or not is_held_out(sentence))
    ]
    graph = GraphBuilder(ids, spoken, len(phones), weights).build(count_bigrams(known, words))
    for folder in ("am", "conf", "graph/phones"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    with np.load(trained / "weights.npz") as arrays:
        arrays_ = dict(arrays)
    network = model_file(fold(arrays_), arrays_["label.counts"], len(phones))
    (out / "am/final.mdl").write_bytes(network)
    graph.write(out / "graph/HCLG.fst")
    (out / "conf/mfcc.conf").write_text(MFCC_CONF)
    (out / "conf/model.conf").write_text(MODEL_CONF)
    table = ["<eps> 0", *(f"{word} {number}" for word, number in ids.items()), f"#0 {len(ids) + 1}"]
    (out / "graph/words.txt").write_text("\n".join(table) + "\n", encoding="utf-8")
    (out / "graph/phones/word_boundary.int").write_text(_word_boundaries(len(phones)))
    states, arcs = graph.size
    return {"words": len(words), "states": states, "arcs": arcs, "sentences": len(known)}


def _word_boundaries(phones: int) -> str:
    lines = ["1 nonword"]
    for phone in range(1, phones + 1):
        for position, name in enumerate(("begin", "end", "internal", "singleton")):
            lines.append(f"{phone_id(phone, position)} {name}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write it and print its sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained", type=Path, required=True, help="train.py's folder")
    parser.add_argument("--out", type=Path, required=True, help="model directory to write")
    parser.add_argument("--language", type=float, default=Weights.language)
    parser.add_argument("--word", type=float, default=Weights.word)
    options = parser.parse_args()
    weights = Weights(language=options.language, word=options.word)
    print(write_directory(options.trained, options.out, weights))


if __name__ == "__main__":
    main()
