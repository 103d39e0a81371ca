"""Every attack in every form, told alike by all three verifiers; and no false alarm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.attack import ATTACKS
from tests.attacks.run import OwnVerifier, attack_once, check_clean
from tests.attacks.scenes import CLEAN, Scenes
from tests.attacks.table import table_text

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # zip archives with two of a name


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return Scenes(tmp_path_factory.mktemp("scenes"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnVerifier]:
    verifier = OwnVerifier(tmp_path_factory.mktemp("own"))
    yield verifier
    verifier.close()


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_attack(name: str, scenes: Scenes, own: OwnVerifier, quick_path: Path) -> None:
    attack_once(ATTACKS[name], scenes, own, quick_path)


@pytest.mark.parametrize("name", sorted(CLEAN))
def test_no_false_alarm(name: str, scenes: Scenes, own: OwnVerifier, quick_path: Path) -> None:
    check_clean(name, scenes, own, quick_path)


def test_there_are_enough_attacks_and_the_table_lists_them() -> None:
    assert len(ATTACKS) >= 60
    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    assert readme == table_text(), "run: python -m tests.attacks --write"
