"""What the demo says of who stands outside: names of the trade, and both can be asked."""

from __future__ import annotations

import re
from pathlib import Path

from command_centre.demo_outside import AUTHORITY, WITNESS, outside_settings, serving_outside
from command_centre.local_authority import has_openssl
from config.settings import load
from evidence_store.own_witness import parse_outside


async def test_they_are_called_as_in_the_trade_and_answer(tmp_path: Path) -> None:
    sections = outside_settings(tmp_path, 1)
    [line] = sections["witness"]["outside"]
    assert parse_outside(line)[0] == WITNESS
    assert ("stamp" in sections) == has_openssl()
    settings = load(overrides={"store": {"directory": str(tmp_path)}, **sections})
    async with serving_outside(tmp_path, settings):
        pass
    assert sorted(one.name for one in (tmp_path / "outside").iterdir()) == sorted(
        ["notary", "timestamps"] if has_openssl() else ["notary"]
    )


def test_a_name_is_one_word_in_both_languages() -> None:
    for name in (WITNESS, AUTHORITY):
        assert name.split() == [name]
        assert re.fullmatch(r"[\u4e00-\u9fff]+（[A-Z][A-Za-z-]+）", name)
