from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from config.settings import load
from transcription.errors import ModelError
from transcription.model_build.tongue import TONGUES
from transcription.model_directory import (
    LANGUAGES,
    SHIPPED,
    check_model,
    chosen_models,
    digest,
    find_model,
    known_words,
    shipped,
)

NETWORK = b"\0B<TransitionModel> and so on"
FST = struct.pack("<i", 2125659606) + b"and so on"
CONF = "--endpoint.silence-phones=1:2:3\n--frame-subsampling-factor=3\n# a comment\n"


def write(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def modern() -> dict[str, bytes | str]:
    return {
        "am/final.mdl": NETWORK,
        "conf/model.conf": CONF,
        "conf/mfcc.conf": "--sample-frequency=16000\n",
        "graph/HCLG.fst": FST,
        "graph/words.txt": "<eps> 0\n没有 1\n人 2\n[unk] 3\n#0 4\n",
    }


def test_modern_layout(tmp_path: Path) -> None:
    info = check_model(write(tmp_path / "large-cn", modern()))
    assert (info.name, info.words, info.demo, info.language) == ("large-cn", 2, False, "zh")


def test_old_layout_with_a_dynamic_graph(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "final.mdl": NETWORK,
        "mfcc.conf": "--sample-frequency=16000\n",
        "HCLr.fst": FST,
        "Gr.fst": FST,
        "disambig_tid.int": "5\n",
        "words.txt": "<eps> 0\nhello 1\n",
    }
    assert check_model(write(tmp_path, files)).language == "en"


def test_card_names_the_model(tmp_path: Path) -> None:
    card = json.dumps({"name": "示范", "demo": True, "language": "zh"})
    info = check_model(write(tmp_path, modern() | {"model.json": card}))
    assert (info.name, info.demo) == ("示范", True)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("conf/model.conf", "--frame-subsampling-factor=3\n", "endpoint.silence-phones"),
        ("conf/model.conf", CONF.replace("1:2:3", "one"), "endpoint.silence-phones"),
        ("conf/model.conf", CONF.replace("factor=3", "factor=1"), "frame-subsampling-factor=3"),
        ("conf/model.conf", CONF + "beam 12\n", "lines like"),
        ("conf/model.conf", b"\xff\xfe", "readable text"),
        ("conf/mfcc.conf", "--sample-frequency=8000\n", "sample-frequency=16000"),
        ("am/final.mdl", b"text model", "binary Kaldi"),
        ("graph/HCLG.fst", b"nothing", "OpenFst"),
        ("model.json", "{", "JSON object"),
    ],
)
def test_each_fault_says_what_was_expected(
    tmp_path: Path, name: str, data: bytes | str, expected: str
) -> None:
    with pytest.raises(ModelError, match=expected):
        check_model(write(tmp_path, modern() | {name: data}))


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("am/final.mdl", "not a Vosk model"),
        ("conf/model.conf", "not a Vosk model"),
        ("conf/mfcc.conf", "readable text"),
        ("graph/HCLG.fst", "HCLr.fst"),
        ("graph/words.txt", "words.txt"),
    ],
)
def test_each_missing_file_is_named(tmp_path: Path, missing: str, expected: str) -> None:
    files = modern()
    del files[missing]
    with pytest.raises(ModelError, match=expected):
        check_model(write(tmp_path, files))


def test_not_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a directory"):
        check_model(tmp_path / "nowhere")


def test_setting_names_the_directory(tmp_path: Path) -> None:
    assert find_model("shipped") == SHIPPED
    assert find_model("shipped", "en") == shipped("en") != SHIPPED == shipped("zh")
    assert find_model(str(tmp_path)) == tmp_path.resolve()
    with pytest.raises(ModelError, match="'fr'"):
        shipped("fr")


def test_each_language_has_its_setting(tmp_path: Path) -> None:
    file = tmp_path / "duizhi.toml"
    assert chosen_models(load().transcription) == {"zh": shipped("zh"), "en": shipped("en")}
    file.write_text(f'[transcription]\nmodel = "{tmp_path}"\nmodel_en = ""\n')
    assert chosen_models(load(file).transcription) == {"zh": tmp_path.resolve()}


def test_digest_sees_every_byte_and_name(tmp_path: Path) -> None:
    one = write(tmp_path / "one", modern())
    assert digest(one) == digest(write(tmp_path / "two", modern()))
    before = digest(one)
    (one / "graph/words.txt").rename(one / "graph/words2.txt")
    assert digest(one) != before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_tells_the_shipped_digest(language: str) -> None:
    page = (SHIPPED.with_name("model_build") / "README.md").read_text("utf-8")
    assert digest(shipped(language)) in page


@pytest.mark.parametrize(
    ("language", "size_bytes", "words"), [("zh", 12_000_000, 11_000), ("en", 8_000_000, 5_500)]
)
def test_shipped_models_stay_small_and_know_common_words(
    language: str, size_bytes: int, words: int
) -> None:
    model = check_model(shipped(language))
    assert model.language == language
    assert model.demo
    assert model.size_bytes < size_bytes
    assert model.words >= words
    corpus = TONGUES[language].corpus
    common = known_words(shipped(language), corpus.common[:4000])
    trade = known_words(shipped(language), corpus.trade)
    assert len(common) >= 3000
    assert len(trade) >= 0.99 * len(corpus.trade)


def test_both_languages_are_there_without_any_setting() -> None:
    chosen = chosen_models(load().transcription)
    assert [check_model(path).language for path in chosen.values()] == ["zh", "en"]
