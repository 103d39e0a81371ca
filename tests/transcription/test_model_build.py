"""The building script's pure parts; torch, scipy and espeak-ng are not needed."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from random import Random

import numpy as np
import pytest

from transcription.model_build import cut_chinese, cut_english
from transcription.model_build import pinyin as pinyin_module
from transcription.model_build.acoustic import OFFSETS, fold, model_file
from transcription.model_build.corpus import Corpus, is_held_out
from transcription.model_build.cut_chinese import spoken_number
from transcription.model_build.features import DIMENSION, mfcc
from transcription.model_build.fst import Fst
from transcription.model_build.graph import UNKNOWN, GraphBuilder, Weights, pronunciations
from transcription.model_build.labels import frame_labels
from transcription.model_build.language import END, START, Counts, Language, estimate
from transcription.model_build.pinyin import DATA, PinyinError, lexicon, segment, to_pinyin
from transcription.model_build.texts import archive, tatoeba, write
from transcription.wer import bare

STORY = Path(__file__).parents[2] / "config/demo/story.json"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.load(DATA)


def of_pairs(sentences: list[list[str]], words: list[str]) -> Language:
    """A small model of pairs only, nothing dropped."""
    counts = Counts(words)
    counts.add(sentences)
    return estimate(counts, pairs=len(counts.pairs), bytes_for_triples=0)


def test_the_corpus_is_the_story_word_for_word(corpus: Corpus) -> None:
    turns = json.loads(STORY.read_text(encoding="utf-8"))["turns"]
    assert [bare(turn["text"]) for turn in turns] == ["".join(turn) for turn in corpus.turns]


def test_every_word_has_a_reading(corpus: Corpus) -> None:
    assert sorted(lexicon()) == corpus.vocabulary
    for word, reading in lexicon().items():
        assert reading.isascii(), word
        assert sum(letter.isdigit() for letter in reading) == len(word), word


def test_segmentation_takes_the_words_of_the_corpus(corpus: Corpus) -> None:
    wrong = [turn for turn in corpus.turns if tuple(segment("".join(turn))) != turn]
    assert wrong == []


def test_pinyin_of_a_turn() -> None:
    assert to_pinyin("九点半，没有人安排。") == "jiu3 dian3 ban4, mei2you3 ren2 an1pai2."
    assert to_pinyin("21 号") == "er4 yi1 hao4"
    assert to_pinyin("") == ""


def test_an_unknown_character_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinyin_module, "lexicon", lambda: {"我": "wo3"})
    with pytest.raises(PinyinError):
        to_pinyin("@")


def test_sentences_are_drawn_the_same_from_one_seed(corpus: Corpus) -> None:
    def draw() -> list[tuple[str, ...]]:
        random = Random(3)
        return [corpus.spoken_sentence(random) for _ in range(50)]

    first = draw()
    assert first == draw()
    known = set(corpus.vocabulary)
    assert all(word in known for sentence in first for word in sentence)


def test_about_an_eighth_is_held_out(corpus: Corpus) -> None:
    random = Random(4)
    drawn = {corpus.template_sentence(random) for _ in range(4000)}
    share = sum(map(is_held_out, drawn)) / len(drawn)
    assert 0.09 < share < 0.16


def test_bigrams_are_a_distribution() -> None:
    words = ["甲", "乙", "丙"]
    model = of_pairs([["甲", "乙"], ["甲", "甲"], ["乙"]], words)
    assert math.isclose(sum(model.single.values()), 1)
    for word in (START, "甲", "乙"):
        history = (word,)
        back = model.backoff[history]
        row = [
            model.following[history].get(word, back * model.single[word]) for word in [*words, END]
        ]
        assert math.isclose(sum(row), 1, rel_tol=1e-9)


def test_fst_file_reads_back(tmp_path: Path) -> None:
    fst = Fst()
    first, second = fst.state(), fst.state()
    fst.arc(first, second, 5, 7, 0.25)
    fst.final(second, 1.5)
    path = tmp_path / "a.fst"
    fst.write(path)
    data = path.read_bytes()
    assert struct.unpack_from("<i", data)[0] == 2125659606
    assert data[4:26] == struct.pack("<i", 6) + b"vector" + struct.pack("<i", 8) + b"standard"
    start, states, arcs = struct.unpack_from("<qqq", data, 42)
    assert (start, states, arcs) == (0, 2, 1)
    assert struct.unpack_from("<fqiifi", data, 66) == (math.inf, 1, 5, 7, 0.25, 1)
    assert struct.unpack_from("<fq", data, 94) == (1.5, 0)
    assert len(data) == 106


def test_rare_pronunciations_are_left_out() -> None:
    counted = {("人", "z. @ n"): 90, ("人", "z. n"): 12, ("人", "n"): 1, ("甲", "n"): 1}
    found = pronunciations(counted, ["@", "n", "z."])
    assert [phones for _, phones in found["人"]] == [[3, 1, 2], [3, 2]]
    assert found["人"][0][0] == 0
    assert found["甲"] == [(0.0, [2])]


def test_graph_holds_a_chain_per_word() -> None:
    words = {"甲": 1, "乙": 2, UNKNOWN: 3}
    spoken = {"甲": [(0.0, [1, 2])], "乙": [(0.0, [2])]}
    model = of_pairs([["甲", "乙"]], ["甲", "乙"])
    fst = GraphBuilder(words, spoken, 2, Weights()).build(model)
    arcs = [arc for own in fst._arcs for arc in own]
    assert {label for _, label, _, _ in arcs} == {0, 1, 2, 3}
    assert all(0 <= target < fst.size[0] for *_, target in arcs)


def test_labels_give_every_phone_a_frame() -> None:
    numbers = {"a": 1, "b": 2}
    labels = frame_labels([(100.0, "a"), (105.0, "b"), (200.0, "")], 40, numbers)
    assert len(labels) == 14
    assert list(labels[:5]) == [0, 1, 1, 2, 4]
    assert labels[-1] == 1
    assert set(labels) == {0, 1, 2, 4, 5}


def test_features_are_finite_on_silence_and_see_a_tone() -> None:
    still = mfcc(np.zeros(16000, np.float32))
    assert still.shape == (98, DIMENSION)
    assert np.isfinite(still).all()
    time = np.arange(16000) / 16000
    tone = mfcc((3000 * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
    assert tone[:, 0].mean() > still[:, 0].mean() + 10


def test_folding_keeps_what_the_network_computes() -> None:
    draw = np.random.default_rng(1)
    hidden, outputs = 6, 4
    weights: dict[str, np.ndarray] = {
        "input.mean": draw.normal(size=DIMENSION),
        "input.deviation": draw.uniform(0.5, 2, DIMENSION),
    }
    inputs = DIMENSION
    for index, offsets in enumerate(OFFSETS):
        last = index == len(OFFSETS) - 1
        name, size = (f"{index}.", outputs) if last else (f"{index}.0.", hidden)
        weights[name + "weight"] = draw.normal(size=(size, inputs, len(offsets)))
        weights[name + "bias"] = draw.normal(size=size)
        if not last:
            weights[f"{index}.2.weight"] = draw.uniform(0.5, 2, hidden)
            weights[f"{index}.2.bias"] = draw.normal(size=hidden)
            weights[f"{index}.2.running_mean"] = draw.normal(size=hidden)
            weights[f"{index}.2.running_var"] = draw.uniform(0.5, 2, hidden)
        inputs = hidden
    frames = draw.normal(size=(60, DIMENSION))
    at = 30
    plain = (frames - weights["input.mean"]) / weights["input.deviation"]
    folded = {time: frames[time] for time in range(60)}
    expected = {time: plain[time] for time in range(60)}
    for index, layer in enumerate(fold(weights)):
        folded = _layer(folded, layer.offsets, layer.weight, layer.bias)
        last = index == len(OFFSETS) - 1
        kernel = weights[f"{index}." + ("weight" if last else "0.weight")]
        bias = weights[f"{index}." + ("bias" if last else "0.bias")]
        flat = kernel.transpose(0, 2, 1).reshape(len(kernel), -1)
        expected = _layer(expected, layer.offsets, flat, bias)
        if not last:
            folded = {time: np.maximum(row, 0) for time, row in folded.items()}
            norm = f"{index}.2."
            expected = {
                time: (np.maximum(row, 0) - weights[norm + "running_mean"])
                / np.sqrt(weights[norm + "running_var"] + 1e-5)
                * weights[norm + "weight"]
                + weights[norm + "bias"]
                for time, row in expected.items()
            }
    assert np.allclose(folded[at], expected[at])


def _layer(
    rows: dict[int, np.ndarray], offsets: tuple[int, ...], weight: np.ndarray, bias: np.ndarray
) -> dict[int, np.ndarray]:
    return {
        time: weight @ np.concatenate([rows[time + offset] for offset in offsets]) + bias
        for time in rows
        if all(time + offset in rows for offset in offsets)
    }


def test_model_file_begins_as_vosk_expects() -> None:
    data = model_file([], np.array([900, 80, 10, 10]), 1)
    assert data.startswith(b"\0B<TransitionModel> <Topology> ")
    assert b"<Nnet3> \ninput-node name=input dim=40\n" in data
    assert b"<Priors> FV " in data


@pytest.mark.parametrize(
    ("digits", "spoken"),
    [
        ("7", "七"), ("10", "十"), ("15", "十五"), ("110", "一百一十"), ("205", "二百零五"),
        ("1998", "一九九八"), ("3000", "三千"), ("3050", "三千零五十"), ("0571", "零五七一"),
        ("13800", "一三八零零"), ("0", "零"),
    ],
)  # fmt: skip
def test_numbers_of_texts_as_they_are_read(digits: str, spoken: str) -> None:
    assert spoken_number(digits) == spoken


def test_clauses_of_a_text_are_words_only() -> None:
    text = "氧含量21%，合格（见附件）。PDF不算；他12.5元买的！"
    assert list(cut_chinese.clauses(text)) == ["氧含量百分之二十一", "合格", "他十二点五元买的"]
    english = "It's 5 o'clock. He said: “don’t go, well-known man” (laughs)."
    found = [["he", "said"], ["don't", "go", "well", "known", "man"]]
    assert list(cut_english.clauses(english)) == found


def test_common_english_words_stand_in_list_and_texts() -> None:
    listed = {"work": 1e-3, "taiwan": 1e-6, "x": 1e-4, "seldom": 2e-5, "rare": 1e-8}
    counted = {"work": 10.0, "taiwan": 50.0, "x": 5.0, "rare": 4.0}
    assert cut_english.choose(listed, counted) == ["work", "seldom"]


def test_texts_are_parted_by_language(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("Go on.\t继续。\tx\n\tnothing\n", encoding="utf-8")
    assert write("pairs", tatoeba([pairs]), tmp_path) == {"zh": 1, "en": 2}
    assert (tmp_path / "zh-pairs.txt").read_text(encoding="utf-8") == "继续。\n"
    speech = tmp_path / "speech.xml"
    speech.write_text("<p>今天 <b>开会</b> http://a.b/c</p><p>Yes &amp; no</p>", encoding="utf-8")
    assert list(archive(tmp_path, str)) == ["今天 开会 ", "Yes & no"]
