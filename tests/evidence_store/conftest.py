"""A store and a package made once, and copies of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence_store.builder import export, make_store


@pytest.fixture
def quick_path() -> Iterator[Path]:
    """A directory in memory where there is one: for tests that flush thousands of times."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="duizhi-test-", dir=parent) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store and the package of its first session; copied, never changed."""
    top = tmp_path_factory.mktemp("made")
    store, names = make_store(top / "store", sessions=2, centre=True, gap=True)
    export(store, top / "package", names[0])
    return top


@pytest.fixture
def package(made: Path, quick_path: Path) -> Path:
    """A copy of the package, to look at or to tamper with."""
    shutil.copytree(made / "package", quick_path / "package")
    return quick_path / "package"
