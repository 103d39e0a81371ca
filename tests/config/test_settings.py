"""Settings, and that their documentation is complete."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.settings import DEFAULTS, SettingsError, load, to_toml
from config.settings_report import HIDDEN, read_meanings, report

README = DEFAULTS.with_name("README.md")


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    return {f"{s}.{k}": v for s, items in values.items() for k, v in items.items()}


def test_the_defaults_are_complete_and_the_readme_says_the_same() -> None:
    defaults = _flat(tomllib.loads(DEFAULTS.read_text(encoding="utf-8")))
    rows = re.findall(r"^\| (\w+\.\w+) \| (.*?) \|", README.read_text(encoding="utf-8"), re.M)
    written = {key: ("" if value == "(empty)" else value) for key, value in rows}
    assert written == {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in defaults.items()
    }


def test_a_site_file_overrides_single_keys(tmp_path: Path) -> None:
    site = tmp_path / "duizhi.toml"
    site.write_text(to_toml({"centre": {"https_port": 9443}, "site": {"unit_name": '甲"乙'}}))
    settings = load(site)
    assert settings.centre.https_port == 9443
    assert settings.site.unit_name == '甲"乙'
    assert settings.centre.http_port == load().centre.http_port


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[centre]\nhttps_prot = 1\n", "https_prot"),
        ("[centre]\nhttps_port = 'many'\n", "https_port"),
        ("[center]\nhttps_port = 1\n", r"\[center\]"),
        ("centre = 3\n", "centre"),
        ("[centre\n", "not a TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, named: str) -> None:
    site = tmp_path / "duizhi.toml"
    site.write_text(text)
    with pytest.raises(SettingsError, match=named):
        load(site)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        load(tmp_path / "absent.toml")


def test_each_store_has_its_own_short_socket_folder(tmp_path: Path) -> None:
    one = load(overrides={"store": {"directory": str(tmp_path / "one")}})
    two = load(overrides={"store": {"directory": str(tmp_path / "two")}})
    assert one.bus_path != two.bus_path
    assert len(str(one.bus_path)) < 80


def test_every_setting_has_its_meaning_in_both_languages() -> None:
    rows = re.findall(
        r"^\| (\w+\.\w+) \| .*? \| (.*) \|$", README.read_text(encoding="utf-8"), re.M
    )
    meanings = read_meanings()
    said = {key: one["en"] for key, one in meanings.items()}
    assert said == dict(rows), "config/meanings.toml says what the table of config/README.md says"
    for key, one in meanings.items():
        assert re.search(r"[\u4e00-\u9fff]", one["zh"]), f"{key}: no Chinese"


def test_the_report_says_where_each_setting_comes_from(tmp_path: Path) -> None:
    site = tmp_path / "duizhi.toml"
    secret = "postgresql://duizhi:very-secret@db/search"
    site.write_text(to_toml({"search": {"url": secret}, "centre": {"login_hours": 12}}))
    settings = load(site, {"store": {"directory": "/elsewhere"}})
    rows = {f"{one.section}.{one.key}": one for one in report(settings)}
    assert len(rows) == len(_flat(tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))))
    assert rows["search.url"].value == f"postgresql://duizhi:{HIDDEN}@db/search"
    assert (rows["search.url"].origin, rows["search.url"].default) == ("file", "")
    assert rows["centre.login_hours"].origin == "file"  # though it says the same
    assert (rows["store.directory"].value, rows["store.directory"].origin) == (
        "/elsewhere",
        "command line",
    )
    assert rows["store.preallocate"].value == "false"
    assert rows["site.unit_name"].origin == "default"
    assert "very-secret" not in str(rows)
