"""Word templates: filled, replaced by the agency, and hostile text that stays text."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest

from command_centre.cli import main as cli
from command_centre.record import template_build
from command_centre.record.errors import TemplateUnusable
from command_centre.record.word_document import (
    SHIPPED,
    TEMPLATE_BYTES_MAX,
    fill,
    open_template,
    read_template,
)
from command_centre.record.word_values import FORM_NAMES, sample

HOSTILE = "{{ 7*7 }}{% for x in y %}<w:p/>&amp;]]>\x00\x07\x0b\x1b"


def texts(data: bytes) -> str:
    """Every paragraph and cell of a document."""
    found = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    ends = [one.text for section in found.sections for one in section.footer.paragraphs]
    heads = [one.text for section in found.sections for one in section.header.paragraphs]
    return "\n".join([*(one.text for one in found.paragraphs), *cells, *heads, *ends])


def own(text: str, version: str = "9") -> bytes:
    """A template of an agency with one paragraph."""
    document = docx.Document()
    document.add_paragraph(text)
    document.core_properties.version = version
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("form", FORM_NAMES)
def test_the_shipped_templates_have_every_field_of_the_form(form: str, tmp_path: Path) -> None:
    values = sample(form)
    values["header"] = {name: f"值-{name}" for name in values["header"]}
    template = read_template(form, tmp_path)
    assert (template.own, template.version) == (False, template_build.VERSION)
    found = texts(fill(template, values))
    for row in values["rows"]:
        for cell in row:
            assert f"{cell['label']}：" in found
    for one in values["signers"]:
        assert f"{one['role']}：{one['name']}" in found
    assert values["closing"] in found
    assert values["page_statement"] in found
    lines = values["findings"] if form == "inspection" else values["lines"]
    for one in lines:
        assert one["text"] in found
    if form == "inspection":
        assert "值-handling" in found
        assert "值-opening" in found
        assert all(lines[0][name] in found for name in ("place", "evidence", "article"))


def test_the_time_in_the_margin_can_be_left_out(tmp_path: Path) -> None:
    values = sample("questioning")
    template = read_template("questioning", tmp_path)
    assert values["lines"][0]["time"] in texts(fill(template, values))
    assert values["lines"][0]["time"] not in texts(fill(template, {**values, "times": False}))


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    template = read_template("questioning", tmp_path)
    assert fill(template, sample("questioning")) == fill(template, sample("questioning"))


@pytest.mark.parametrize("form", FORM_NAMES)
def test_hostile_text_stays_text(form: str, tmp_path: Path) -> None:
    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: spoil(one) for name, one in value.items()}
        if isinstance(value, list):
            return [spoil(one) for one in value]
        return HOSTILE if isinstance(value, str) else value

    values = spoil(sample(form))
    for line in values["lines"] + values["findings"]:
        line["kind"] = "a"
    data = fill(read_template(form, tmp_path), values)
    assert "{{ 7*7 }}{% for x in y %}<w:p/>&amp;]]>" in texts(data)
    assert "49" not in texts(data)


def test_the_files_in_the_repository_are_what_the_script_makes() -> None:
    for form in FORM_NAMES:
        made, kept = template_build.build(form), (SHIPPED / f"{form}.docx").read_bytes()
        assert _parts(made) == _parts(kept)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ header.shoe_size }}", "there is no field shoe_size; the fields are agency"),
        ("{{ unknown }}", "there is no field unknown"),
        ("{% for x in lines %}", "its template code cannot be read"),
        ("{{ lines.__class__.__mro__ }}", "it cannot be filled: SecurityError"),
        ("{{ 10 ** 'a' }}", "it cannot be filled"),
    ],
)
def test_a_wrong_template_is_told_apart(text: str, said: str) -> None:
    template = open_template("questioning", own(text), own=True)
    with pytest.raises(TemplateUnusable, match=r"field|code|filled") as told:
        fill(template, sample("questioning"))
    assert said in str(told.value)


def test_what_is_no_template_is_refused() -> None:
    with_macros = io.BytesIO(own("x"))
    with zipfile.ZipFile(with_macros, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(70 << 20))
    for data in (
        b"",
        b"PK\x03\x04 no archive",
        bytes(TEMPLATE_BYTES_MAX + 1),
        with_macros.getvalue(),
        bomb.getvalue(),
    ):
        with pytest.raises(TemplateUnusable):
            open_template("questioning", data, own=True)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    store.mkdir()
    config = tmp_path / "duizhi.toml"
    config.write_text(f'[store]\ndirectory = "{store}"\n', encoding="utf-8")
    site = ["--config", str(config)]
    out = tmp_path / "mine.docx"
    assert cli(["record", "template", "export", "questioning", "--out", str(out), *site]) == 0
    assert cli(["record", "template", "check", "questioning", str(out)]) == 0
    bad, good = tmp_path / "bad.docx", tmp_path / "good.docx"
    bad.write_bytes(own("{{ header.shoe_size }}"))
    good.write_bytes(own("{{ header.name }} {{ agency }}"))
    assert cli(["record", "template", "check", "questioning", str(bad)]) == 1
    assert "shoe_size" in capsys.readouterr().out
    assert cli(["record", "template", "use", "questioning", str(bad), *site]) != 0
    assert not (store / "templates").exists()
    assert cli(["record", "template", "use", "questioning", str(good), *site]) == 0
    assert read_template("questioning", store / "templates").version == "9"
    assert cli(["record", "template", "use", "questioning", str(bad), *site]) != 0
    assert read_template("questioning", store / "templates").data == good.read_bytes()
    capsys.readouterr()
    assert cli(["record", "template", "list", *site]) == 0
    told = capsys.readouterr().out
    assert "questioning: the agency's own, version 9" in told
    assert "inspection: shipped" in told
    assert cli(["record", "template", "use", "questioning", "--shipped", *site]) == 0
    assert not read_template("questioning", store / "templates").own
