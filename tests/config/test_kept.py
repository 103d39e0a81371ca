"""Settings changed on the page, as processes read them at their start."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.changeable import CHANGEABLE, RESTARTED, value_of
from config.kept import KEPT_FILE, load_site, to_bytes, without_file
from config.settings import to_toml


def _site(folder: Path, **kept: Any) -> Path:
    file = folder / "duizhi.toml"
    site = {"store": {"directory": str(folder)}, "site": {"unit_name": "文件里的名称"}}
    file.write_text(to_toml(site), encoding="utf-8")
    (folder / KEPT_FILE).write_bytes(
        to_bytes({name.replace("__", "."): kept[name] for name in kept})
    )
    return file


def test_what_is_kept_goes_before_the_file_and_says_so(tmp_path: Path) -> None:
    file = _site(tmp_path, site__unit_name="页面上的名称", store__mirrors=["/mnt/a"])
    settings = load_site(file)
    assert settings.site.unit_name == "页面上的名称"
    assert settings.mirror_paths == [Path("/mnt/a")]
    assert (settings.said["site.unit_name"], settings.said["store.mirrors"]) == ("page", "page")
    base = without_file(settings)
    assert (base.site.unit_name, base.said["site.unit_name"]) == ("文件里的名称", "file")
    assert base.store.mirrors == []
    assert "store.mirrors" not in base.said
    assert base.below == {}


def test_without_the_file_nothing_is_other(tmp_path: Path) -> None:
    file = _site(tmp_path)
    (tmp_path / KEPT_FILE).unlink()
    settings = load_site(file)
    assert settings.below == {}
    assert without_file(settings) == settings


@pytest.mark.parametrize(
    "kept",
    [
        {"site__unit_name": ""},
        {"site__unit_name": 7},
        {"store__mirrors": "/mnt/a"},
        {"store__mirrors": ["/a", "/b", "/c", "/d"]},
        {"centre__https_port": 1},
        {"alarms__co_warning_ppm": 1.0},
        {"no__such": 1},
    ],
)
def test_what_cannot_be_is_left_out(tmp_path: Path, kept: dict[str, Any]) -> None:
    settings = load_site(_site(tmp_path, **kept))
    assert settings.below == {}
    assert settings.site.unit_name == "文件里的名称"
    assert settings.store.mirrors == []


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff", b'"x"'])
def test_a_file_that_cannot_be_read_stops_nobody(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = _site(tmp_path)
    (tmp_path / KEPT_FILE).write_bytes(data)
    with caplog.at_level(logging.ERROR):
        assert load_site(file).site.unit_name == "文件里的名称"
    assert KEPT_FILE in caplog.text


def test_the_file_is_plain_and_in_order() -> None:
    data = to_bytes({"store.mirrors": ["/b"], "site.unit_name": "名"})
    assert msgspec.json.decode(data) == {"site.unit_name": "名", "store.mirrors": ["/b"]}
    assert data.index(b"site") < data.index(b"store")


def test_what_protects_is_never_weakened_by_what_may_be_changed() -> None:
    """Only names, further copies, further witnesses and models: no address, key or encryption."""
    assert {
        *("site.unit_name", "site.unit_name_en", "store.mirrors", "witness.outside"),
        *("transcription.model", "transcription.model_en"),
    } == RESTARTED
    settings = load_site()
    assert all(CHANGEABLE[name].restarts for name in RESTARTED)
    assert [value_of(settings, name) for name in ("store.mirrors", "witness.outside")] == [[], []]
