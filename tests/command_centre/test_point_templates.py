"""Templates of points: the ten shipped ones, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_centre.comparison.book import checked
from command_centre.comparison.templates import read_templates, wording_of
from command_centre.errors import TemplateError


def test_the_shipped_templates_are_the_ten_kinds_of_violation() -> None:
    templates = read_templates("shipped")
    assert [one.id for one in templates.template] == [
        "confined_space",
        "hot_work",
        "fall",
        "hazardous_storage",
        "no_certificate",
        "machinery",
        "concealment",
        "training",
        "unsafe_orders",
        "alarms_disabled",
    ]
    assert sum(len(one.points) for one in templates.template) == 77
    for template in templates.template:
        assert template.name
        assert template.name_en
        for point in template.points:
            assert point.text.startswith("核实")
            assert point.en.startswith("verify")
            assert point.question_en
            assert point.topic
            assert point.event
            assert point.verbs or point.items or point.spoken
            checked(wording_of(point))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = 1", "str"),
        ('format = "other"\nversion = "1"\ntemplate = []', "expected format"),
        ("not toml [", "line"),
        (
            'format = "duizhi-points/1"\nversion = "1"\n[[template]]\nid = "a"\nname = "b"\n'
            'points = [{ text = "x", question = "y", slots = ["who"] }]',
            "a/1: slots",
        ),
        (
            'format = "duizhi-points/1"\nversion = "1"\n[[template]]\nid = "a"\nname = "b"\n'
            'points = [{ text = " ", question = "y", slots = ["when"] }]',
            "a/1: text",
        ),
        (
            'format = "duizhi-points/1"\nversion = "own-1"\ntemplate = []',
            'not beginning with "own-"',
        ),
        ('format = "duizhi-points/1"\nversion = "1/2"\ntemplate = []', "version: expected"),
        (
            'format = "duizhi-points/1"\nversion = "1"\n[[template]]\nid = "a/b"\nname = "b"\n'
            "points = []",
            "id: expected",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "points.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError, match=says):
        read_templates(str(path))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot read"):
        read_templates(str(tmp_path / "none.toml"))
