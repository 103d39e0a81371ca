"""What is written about the evidence store agrees with it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import evidence_store
from evidence_store import derived_check, disclosed_log, errors, fsck, ladder, store_ladder
from evidence_store.report import VERDICT_OF_CODE

PACKAGE = Path(evidence_store.__file__ or "").parent
MODULES = sorted(PACKAGE.glob("*.py"))


def test_the_readme_lists_every_finding_with_its_verdict() -> None:
    text = (PACKAGE / "README.md").read_text()
    table = text.split("| code | verdict | meaning |")[1].split("\n\n")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", table, re.MULTILINE)) == VERDICT_OF_CODE


def test_every_code_that_is_used_is_listed() -> None:
    used = {
        code
        for path in MODULES
        for code in re.findall(r'(?:Finding|self\._add)\(\s*"(\w+)"', path.read_text())
    }
    assert used <= set(VERDICT_OF_CODE)
    assert len(used) > 5


@pytest.mark.parametrize(
    ("first", "modules"),
    [(1, (ladder, disclosed_log, derived_check)), (1, (store_ladder,)), (1, (fsck,))],
)
def test_the_steps_of_a_ladder_are_numbered_alike_in_its_code(
    first: int, modules: tuple[object, ...]
) -> None:
    stated = re.findall(r"^(\d+)\. ", str(modules[0].__doc__), re.MULTILINE)
    assert stated == [str(number) for number in range(first, len(stated) + 1)]
    comments: set[int] = set()
    for module in modules:
        source = Path(str(module.__file__)).read_text()  # type: ignore[attr-defined]
        for begin, end in re.findall(r"# (\d+)\.(?: to (\d+)\.)? ", source):
            comments |= set(range(int(begin), int(end or begin) + 1))
        comments |= {int(step) for step in re.findall(r'"""Step (\d+)', source)}
    assert comments == {int(number) for number in stated}


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn = set(re.findall(r"[├└│─ ]+ ?(\w+Error|\w+) {2,}", errors.__doc__ or ""))
    defined = {name for name, item in vars(errors).items() if isinstance(item, type)}
    assert defined == drawn | {"EvidenceError"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_everything_public_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            nested = any(
                node in ast.walk(other) and other is not node
                for other in ast.walk(tree)
                if isinstance(other, ast.FunctionDef)
            )
            assert nested or ast.get_docstring(node), f"{path.name}: {node.name}"
