"""What is looked at on the machine before a setting is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from command_centre.desk.setting_checks import look_at
from config.changeable import BadSetting
from config.settings import Settings, load
from evidence_store.witness_directory import WitnessDirectory
from tests.fakes.other_disk import other_disk
from transcription.model_directory import shipped


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    store = tmp_path / "store"
    store.mkdir()
    return load(overrides={"store": {"directory": str(store), "minimum_free_bytes": 1}})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder of another file system."""
    with other_disk(tmp_path) as folder:
        yield folder


def _why(settings: Settings, name: str, value: Any) -> str:
    with pytest.raises(BadSetting) as refused:
        look_at(settings, name, value)
    return refused.value.reason


def test_a_further_disk_is_taken(settings: Settings, disk: Path) -> None:
    (disk / "lost+found").mkdir()
    look_at(settings, "store.mirrors", [str(disk)])
    (disk / "FORMAT").write_text("x")  # a mirror already
    look_at(settings, "store.mirrors", [str(disk)])
    look_at(settings, "store.mirrors", [])


def test_what_is_no_further_disk_is_refused(settings: Settings, disk: Path, tmp_path: Path) -> None:
    store = settings.store_path
    (tmp_path / "file").write_text("x")
    beside, inside, full = tmp_path / "beside", store / "inside", disk / "full"
    for one in (beside, inside, full, disk / "a", disk / "b"):
        one.mkdir()
    (full / "letter").write_text("x")
    wrong = {
        "mnt/disk2": "path",
        str(disk / "none"): "no_folder",
        str(tmp_path / "file"): "no_folder",
        str(store): "in_store",
        str(inside): "in_store",
        str(tmp_path): "in_store",
        str(beside): "same_disk",
        str(full): "not_empty",
    }
    found = {one: _why(settings, "store.mirrors", [one]) for one in wrong}
    assert found == wrong
    assert _why(settings, "store.mirrors", [str(disk / "a"), str(disk / "b")]) == "same_disk"
    store_settings = msgspec.structs.replace(settings.store, minimum_free_bytes=1 << 60)
    large = msgspec.structs.replace(settings, store=store_settings)
    assert _why(large, "store.mirrors", [str(disk / "a")]) == "no_room"


def test_one_that_is_in_use_may_stay_though_its_disk_is_away(settings: Settings) -> None:
    store = msgspec.structs.replace(settings.store, mirrors=["/mnt/away"])
    known = msgspec.structs.replace(settings, store=store)
    look_at(known, "store.mirrors", ["/mnt/away"])


def test_a_witness_is_spelled_right_and_none_of_our_own(settings: Settings, tmp_path: Path) -> None:
    directory = WitnessDirectory(tmp_path / "witness", "notary.example/1")
    key = directory.keys[0].text
    directory.close()
    good = [f"notary {key} https://notary.example", f"usb {key}"]
    look_at(settings, "witness.outside", good)
    name = "witness.outside"
    assert _why(settings, name, ["notary"]) == "witness"
    assert _why(settings, name, ["notary key https://x"]) == "witness"
    assert _why(settings, name, [f"notary {key} ftp://x"]) == "witness"
    assert _why(settings, name, [f"recorder-1 {key}"]) == "twice"
    assert _why(settings, name, [good[0], good[0]]) == "twice"


@pytest.mark.model
def test_a_model_is_loaded_before_it_is_taken(settings: Settings, tmp_path: Path) -> None:
    look_at(settings, "transcription.model", "shipped")
    look_at(settings, "transcription.model_en", "")
    (tmp_path / "half").mkdir()
    assert _why(settings, "transcription.model", str(tmp_path / "half")) == "model"
    assert _why(settings, "transcription.model", str(tmp_path / "none")) == "model"
    english = str(shipped("en"))
    assert _why(settings, "transcription.model", english) == "model_language"
    look_at(settings, "transcription.model_en", english)
