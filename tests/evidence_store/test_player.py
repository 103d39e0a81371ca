"""The player page: what it carries, and that the verifier holds it to the entries."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from evidence_store import player_data
from evidence_store.errors import PackageError
from evidence_store.player_data import PLAYER_PAGE, data_of_page, embedded_data
from evidence_store.player_page import player_page
from evidence_store.verify import verify_path
from tests.evidence_store.builder import (
    SECOND,
    START_US,
    SessionScript,
    export,
    open_writer,
)

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & {about}{script}"


def page_value(package: Path) -> dict[str, Any]:
    element = data_of_page((package / PLAYER_PAGE).read_text())
    value: dict[str, Any] = json.loads(re.sub(r"^<script[^>]*>|</script>$", "", element))
    return value


def test_it_says_where_every_stretch_stands(package: Path) -> None:
    (session,) = page_value(package)["sessions"]
    (source,) = session["sources"]
    assert [file["path"].rpartition("/")[2] for file in source["files"]] == [
        "e001-play.mp4",
        "e002-play.mp4",
    ]
    for file in source["files"]:
        assert (package / "data" / file["path"]).is_file()
    assert source["files"][1]["runs"] == [
        {
            "start_us": START_US + 7 * SECOND,
            "end_us": START_US + 11 * SECOND,
            "media_us": 7 * SECOND,
        }
    ]
    (band,) = source["bands"]
    assert (band["kind"], band["cause"], band["end_us"]) == (
        "gap",
        "network",
        START_US + 7 * SECOND,
    )
    assert [line["text"] for line in session["lines"]] == ["是李某安排我们进去的 <确认>"]
    assert session["people"] == [{"name": "张某", "role": "interviewee"}]


def test_pauses_prompts_marks_and_single_tracks(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "store")
    script = SessionScript(writer, "s1")
    script.open()
    script.open_recording("cam")
    script.segment("cam")
    script.append("prompt.issued", {"prompt": "p1", "text": "由谁安排", "by_name": "林"})
    script.append("prompt.shown", {"prompt": "p1"})
    script.append("prompt.acknowledged", {"prompt": "p1", "by": "x"})
    script.append("prompt.shown", {"prompt": "unknown"})
    script.append("marker", {"text": "改口", "by_name": "吴"})
    script.gap("cam", 60 * SECOND, pause=True)
    script.segment("cam")
    script.close_recording("cam")
    script.close()
    writer.close()
    package = export(tmp_path / "store", tmp_path / "package", "s1")
    assert verify_path(package).exit_code == 0
    (session,) = page_value(package)["sessions"]
    (band,) = session["sources"][0]["bands"]
    assert (band["kind"], band["cause"], band["track"]) == ("pause", "lawyer", "all")
    prompt, marker = session["marks"]
    assert [step["step"] for step in prompt["steps"]] == ["shown", "acknowledged"]
    assert (marker["kind"], marker["text"], marker["by"]) == ("marker", "改口", "吴")


def test_every_kind_of_mark_has_a_word_in_both_languages() -> None:
    words = (Path(player_data.__file__).parent / "player" / "words.js").read_text()
    tables = re.findall(r"^    marks: \{(.*)\},$", words, re.MULTILINE)
    assert len(tables) == 2
    for table in tables:
        named = re.findall(r"(?:^|, | )'?([a-z._]+)'?: '([^']+)'", table)
        assert {kind for kind, _ in named} == set(player_data.MARK_TEXTS)


def test_no_text_ends_the_data_or_becomes_markup(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "store")
    script = SessionScript(writer, "s1")
    script.open()
    script.open_recording("cam")
    script.segment("cam")
    script.utterance("cam", 1, HOSTILE)
    script.append("marker", {"text": HOSTILE, "by_name": HOSTILE})
    script.close_recording("cam")
    script.close()
    writer.close()
    case = {"id": "c", "name": HOSTILE, "number": HOSTILE}
    package = export(tmp_path / "store", tmp_path / "package", "s1", case=case)
    text = (package / PLAYER_PAGE).read_text()
    assert text.count("<script") == 3
    assert text.count("</script>") == 3
    assert "alert(1)" in text
    assert page_value(package)["sessions"][0]["lines"][0]["text"] == HOSTILE
    assert verify_path(package).exit_code == 0


def test_the_policy_names_exactly_its_own_program() -> None:
    text = player_page({"sessions": []}, {})
    policy = re.findall(r'content="(default-src[^"]*)"', text)[0]
    for tag, name in (("style", "style-src"), ("script", "script-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.findall(r"https?://", text)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("是李某安排", "是张某安排"), "altered"),
        (lambda text: text.replace('id="duizhi-data"', 'id="other"'), "altered"),
        (lambda text: text + embedded_data({}), "altered"),
        (lambda text: text[: text.index('id="duizhi-data"') + 40], "altered"),
        (None, "missing"),
    ],
)
def test_a_page_that_shows_something_else_is_found(package: Path, change: Any, code: str) -> None:
    """Also when whoever changed it wrote the manifests again."""
    path = package / PLAYER_PAGE
    if change:
        path.write_text(change(path.read_text()))
    else:
        path.unlink()
    write_manifests_again(package)
    report = verify_path(package)
    assert [(one.code, one.path) for one in report.findings] == [(code, PLAYER_PAGE)]


def write_manifests_again(package: Path) -> None:
    """As somebody would who can write the whole package."""
    for name, top in (("manifest-sha256.txt", "data"), ("tagmanifest-sha256.txt", ".")):
        paths = (package / top).rglob("*") if top == "data" else package.glob("*")
        files = {
            path.relative_to(package).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
            if path.is_file() and path.name != "tagmanifest-sha256.txt"
        }
        lines = [f"{files[file]}  {file}\n" for file in sorted(files)]
        (package / name).write_text("".join(lines))


def test_a_page_without_its_data_is_refused() -> None:
    with pytest.raises(PackageError, match="once"):
        data_of_page("<html>")
    with pytest.raises(PackageError, match="never ends"):
        data_of_page('<script type="application/json" id="duizhi-data">{}')
