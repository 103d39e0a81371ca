"""The table of kinds against the code that writes them, the document and the audit page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.entry_kind import CENTRE, EVERY, RECORDER
from config.kinds import KINDS, split, split_foreign, table

ROOT = Path(__file__).parents[2]
PACKAGES = ("recorder", "transcription", "command_centre", "evidence_store")
WORDS = ROOT / "web" / "src" / "i18n"

_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
#: Calls whose first argument, or whose ``kind``, is a kind.
_WRITERS = {
    *("Draft", "draft", "_draft", "note_act", "append", "_append", "note", "_order", "_file"),
    *("_prepared", "_say", "act"),
}
#: Kinds whose second word is a value of the code: the first word, and where the values stand.
_FAMILIES = {
    "prompt": ("command_centre/desk/prompt_desk.py", 'f"prompt.{step}"'),
    "task": ("command_centre/desk/case_acts.py", 'f"task.{step}"'),
    "alarm": ("command_centre/desk/alarms.py", 'f"alarm.{act}"'),
}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def named_in(call: ast.Call) -> Iterator[str]:
    """Kinds that a call names."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in _WRITERS:
        return
    wanted = [one.value for one in call.keywords if one.arg == "kind"] + call.args[:3]
    for value in wanted:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def written_in_code() -> dict[str, Path]:
    """Every dotted kind that a writing call names, and where."""
    found: dict[str, Path] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for name in named_in(node):
                    if "." in name and _KIND.fullmatch(name):
                        found.setdefault(name, path)
    return found


def test_every_kind_the_code_writes_is_in_the_table() -> None:
    unknown = {name: str(path) for name, path in written_in_code().items() if name not in KINDS}
    assert unknown == {}, (
        "add these kinds to config/kinds_of_recorder.py or kinds_of_centre.py (public and private "
        "fields), renew the table of config/README.md with `python -m config.kinds`, and put a "
        "wording for each into web/src/i18n/zh-CN-kinds.ts and en-kinds.ts"
    )


def test_every_kind_of_the_table_stands_in_the_code() -> None:
    text = {path: path.read_text(encoding="utf-8") for path in sources()}
    for name in KINDS:
        family = _FAMILIES.get(name.partition(".")[0])
        if family is not None:
            assert family[1] in text[ROOT / family[0]]
            assert f'"{name.partition(".")[2]}"' in "".join(text.values()) + (
                ROOT / "config/words.py"
            ).read_text(encoding="utf-8")
        else:
            assert any(f'"{name}"' in one for one in text.values()), name


def test_the_table_is_consistent() -> None:
    for name, kind in KINDS.items():
        assert _KIND.fullmatch(name)
        assert kind.log in (RECORDER, CENTRE, EVERY)
        assert kind.writer in PACKAGES
        both = [*kind.public, *kind.private]
        assert len(both) == len(set(both)), name
        assert not {"c", "withheld"} & set(both)


def test_the_document_holds_the_same_table() -> None:
    text = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    assert table() in text, "renew it with `python -m config.kinds`"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_kind_has_words_on_the_audit_page(language: str) -> None:
    text = (WORDS / f"{language}-kinds.ts").read_text(encoding="utf-8")
    for name in KINDS:
        match = re.search(rf"^  {name.replace('.', '_')}: (['\"])(.+)\1,$", text, re.MULTILINE)
        assert match, f"{language}: no words for {name}"
        assert "." not in match[2]


def test_a_body_is_split_by_the_table() -> None:
    body = {"prompt": "p", "text": "问谁安排", "by": "a", "by_name": "李", "target_room": "r"}
    public, private = split("prompt.issued", body)
    assert private == {"text": "问谁安排", "by_name": "李"}
    assert public == {"prompt": "p", "by": "a", "target_room": "r"}
    assert split("tick", {"n": 1}) == ({"n": 1}, None)
    assert split("marker", {"by": "a"}) == ({"by": "a"}, None)
    assert split("of.our.own", {"x": 1}) == ({"x": 1}, None)


def test_what_comes_under_an_unknown_kind_is_private_as_a_whole() -> None:
    assert split_foreign("detector.saw", {"text": "x"}) == ({}, {"text": "x"})
    assert split_foreign("detector.saw", {}) == ({}, None)
    assert split_foreign("marker", {"by": "a", "text": "x"}) == ({"by": "a"}, {"text": "x"})
