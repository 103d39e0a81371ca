"""Writes the Vosk model directory from trained weights: network, graph, words, settings.

``python -m transcription.model_build.build --help``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from transcription.model_build.acoustic import fold, model_file
from transcription.model_build.corpus import Corpus, is_held_out
from transcription.model_build.graph import (
    UNKNOWN,
    GraphBuilder,
    Pronunciations,
    Weights,
    phone_id,
    pronunciations,
)
from transcription.model_build.language import Counts, Language, estimate
from transcription.model_build.pronounce import pronounce
from transcription.model_build.synthesis import Espeak
from transcription.model_build.tongue import TONGUES, Tongue

_SENTENCES = 30_000  # drawn for the language model
_SEED = 5
_TEMPLATE_WEIGHT, _STORY_WEIGHT = 4.0, 60.0

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

#: The scale weighs sound against words, and was chosen on sentences kept out of all texts (dev);
#: beams are in the same scale. The shipped English model has others, see the README.
MODEL_CONF = """\
--min-active=100
--max-active=800
--beam=6.0
--lattice-beam=2.0
--acoustic-scale=0.4
--frame-subsampling-factor=3
--frames-per-chunk=12
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.4
--endpoint.rule3.min-trailing-silence=0.6
--endpoint.rule4.min-trailing-silence=0.9
"""


@dataclass(frozen=True)
class Texts:
    """What the language model is counted from besides the corpus: files of segmented sentences."""

    files: tuple[tuple[Path, float], ...]  # with the weight of each
    pairs: int  # kept in the graph
    bytes_for_triples: int


def language_of(corpus: Corpus, words: list[str], texts: Texts) -> Language:
    """Counts of the corpus and of all texts in one model."""
    counts = Counts(words)
    random = Random(_SEED)
    story = [*corpus.turns, *corpus.clauses]
    drawn = [corpus.template_sentence(random) for _ in range(_SENTENCES)]
    counts.add([sentence for sentence in drawn if not is_held_out(sentence)], _TEMPLATE_WEIGHT)
    counts.add(story, _STORY_WEIGHT)
    for path, weight in texts.files:
        with path.open(encoding="utf-8") as lines:
            counts.add((line.split() for line in lines), weight)
    return estimate(counts, pairs=texts.pairs, bytes_for_triples=texts.bytes_for_triples)


def spoken_words(tongue: Tongue, trained: Path) -> tuple[list[str], Pronunciations]:
    """Phones of the network, and how every word sounds that is made of them."""
    lexicon = json.loads((trained / "lexicon.json").read_text("utf-8"))
    phones: list[str] = lexicon["phones"]
    known = set(phones)
    counted = pronounce(Espeak(), tongue.ways, tongue.voices)
    if tongue.code != "zh":  # sounds depend on the words around, so what was heard counts too
        for word, spoken, count in lexicon["pronunciations"]:
            counted[word, spoken] += count
    counted = Counter(
        {key: count for key, count in counted.items() if known.issuperset(key[1].split())}
    )
    return phones, pronunciations(counted, phones)


def write_directory(
    tongue: Tongue, trained: Path, out: Path, weights: Weights, texts: Texts
) -> dict[str, int]:
    """Write the directory; returns its sizes."""
    corpus = tongue.corpus
    phones, spoken = spoken_words(tongue, trained)
    words = [word for word in corpus.vocabulary if word in spoken]
    ids = {word: index + 1 for index, word in enumerate([*words, UNKNOWN])}
    language = language_of(corpus, words, texts)
    graph = GraphBuilder(ids, spoken, len(phones), weights).build(language)
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
    return {"words": len(words), "states": states, "arcs": arcs}


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
    parser.add_argument("--language", dest="language_code", choices=sorted(TONGUES), default="zh")
    parser.add_argument("--weight", type=float, default=Weights.language, help="of the language")
    parser.add_argument("--word", type=float, default=Weights.word)
    parser.add_argument("--text", action="append", default=[], help="FILE=WEIGHT, segmented")
    parser.add_argument("--pairs", type=int, default=250_000)
    parser.add_argument("--triples", type=float, default=2.0, help="megabytes")
    options = parser.parse_args()
    weights = Weights(language=options.weight, word=options.word)
    pieces = [text.rpartition("=") for text in options.text]
    texts = Texts(
        files=tuple((Path(path), float(weight)) for path, _, weight in pieces),
        pairs=options.pairs,
        bytes_for_triples=round(options.triples * 1e6),
    )
    tongue = TONGUES[options.language_code]
    print(write_directory(tongue, options.trained, options.out, weights, texts))


if __name__ == "__main__":
    main()
