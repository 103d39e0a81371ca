"""What the documents claim and a machine can check: links, commands, targets, packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {"node_modules", ".venv", "test-results"} & set(path.relative_to(ROOT).parts)
)
PACKAGES = ["config", "evidence_store", "recorder", "transcription", "command_centre", "web"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_resolve(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_its_design(package: str) -> None:
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    assert len(text) > 1500
    assert "heck" in text, "how to check it"


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in DOCUMENTS:
        for named in re.findall(r"`make ([a-z]+)", path.read_text(encoding="utf-8")):
            assert named in targets, f"{path.name}: make {named}"


def test_documents_name_no_machine_and_no_registry() -> None:
    files = [*DOCUMENTS, ROOT / "requirements.lock", ROOT / "web" / "package-lock.json"]
    private = re.compile(r"(^|[^\w.])/(work|root|farm)/|pypi\.org|registry\.npmjs|\"resolved\"")
    for path in files:
        assert not private.search(path.read_text(encoding="utf-8")), path.name


def test_the_tree_of_the_readme_is_the_tree() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE):
        assert (ROOT / name).is_dir(), name
