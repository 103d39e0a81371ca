"""``duizhi model``: what is installed, what can be used, and the settings file it writes."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from command_centre.cli import main
from command_centre.cli_model import with_model
from config.settings import load
from transcription.model_directory import digest, shipped


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a settings file; commands run in it."""
    (tmp_path / "duizhi.toml").write_text('[store]\ndirectory = "store"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[transcription]\nmodel = "M"\n'),
        ("# mine\n[centre]\nhttps_port = 1", None),
        ('[transcription]\nmodel = "x" # old\npartial_ms = 5\n[bus]\n', None),
        ('[transcription]\nmodel_en = ""\n', '[transcription]\nmodel = "M"\nmodel_en = ""\n'),
        ("[transcription]\n", '[transcription]\nmodel = "M"\n'),
    ],
)
def test_the_model_is_set_and_the_rest_of_the_file_stays(before: str, after: str | None) -> None:
    changed = with_model(before, "M")
    if after is not None:
        assert changed == after
    expected = tomllib.loads(before)
    expected.setdefault("transcription", {})["model"] = "M"
    assert tomllib.loads(changed) == expected
    assert ("# mine" in changed) == ("# mine" in before)


def test_english_has_a_key_of_its_own() -> None:
    text = with_model('[transcription]\nmodel = "M"\n', "E", "model_en")
    assert tomllib.loads(text) == {"transcription": {"model": "M", "model_en": "E"}}
    assert tomllib.loads(with_model(text, "", "model_en"))["transcription"]["model_en"] == ""


@pytest.mark.model
def test_models_are_listed_with_what_they_are_for(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = site / "store" / "models" / "mine"
    shutil.copytree(shipped("zh"), own)
    (own / "model.json").write_text('{"name": "large", "language": "zh"}')
    (site / "store" / "models" / "half").mkdir()
    assert main(["model", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (chinese,) = [line for line in lines if line.startswith("zh")]
    for piece in ("shipped", "static", "synthetic voices only", digest(shipped("zh"))[:12]):
        assert piece in chinese
    (english,) = [line for line in lines if line.startswith("en")]
    assert "shipped --language en" in english
    assert digest(shipped("en"))[:12] in english
    (mine,) = [line for line in lines if str(own) in line]
    assert mine.startswith("-")
    assert "synthetic" not in mine
    assert any("half" in line and "cannot be used" in line for line in lines)
    assert any("half: " in line and "am/final.mdl" in line for line in lines)


@pytest.mark.model
def test_a_model_is_checked_and_used(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chinese = shipped("zh")
    assert main(["model", "check", str(chinese)]) == 0
    assert digest(chinese) in capsys.readouterr().out
    assert main(["model", "use", str(chinese)]) == 0
    file = site / "duizhi.toml"
    assert load(file).transcription.model == str(chinese)
    capsys.readouterr()
    (site / "broken").mkdir()
    before = file.read_text()
    assert main(["model", "use", str(site / "broken")]) == 2
    assert "Vosk" in capsys.readouterr().err
    assert main(["model", "use", str(chinese), "--language", "en"]) == 2
    assert "for zh" in capsys.readouterr().err
    assert main(["model", "use", "none", "--language", "zh"]) == 2
    assert file.read_text() == before
    assert main(["model", "use", "none", "--language", "en"]) == 0
    assert load(file).transcription.model_en == ""
    capsys.readouterr()
    assert main(["model", "list"]) == 0
    assert "en: none" in capsys.readouterr().out


@pytest.mark.model
def test_the_english_model_can_be_used(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "check", str(shipped("en"))]) == 0
    told = capsys.readouterr().out
    assert "can be used" in told
    assert "synthetic voices only" in told
    assert digest(shipped("en")) in told
    assert main(["model", "use", "shipped", "--language", "en"]) == 0
    assert load(site / "duizhi.toml").transcription.model_en == "shipped"


@pytest.mark.model
def test_check_names_what_native_code_finds(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = site / "damaged"
    shutil.copytree(shipped("zh"), copy)
    network = copy / "am" / "final.mdl"
    network.write_bytes(network.read_bytes()[:4000])
    assert main(["model", "check", str(copy)]) == 2
    assert str(copy) in capsys.readouterr().err
