"""Reasons by one tap: the page offers exactly the codes that the words of the log name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.words import NotNow, StartUnmet

WEB = Path(__file__).parents[2] / "web" / "src"


@pytest.mark.parametrize(("name", "codes"), [("NOT_NOW", NotNow), ("START_UNMET", StartUnmet)])
def test_the_page_offers_the_codes_of_the_log(name: str, codes: type[NotNow | StartUnmet]) -> None:
    text = (WEB / "base" / "reasons.ts").read_text()
    found = re.search(rf"{name} = \[(.*?)\]", text)
    assert found is not None
    assert re.findall(r"'(\w+)'", found[1]) == list(codes)
