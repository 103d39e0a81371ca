"""The words on the screen are those of the glossary in config/README.md, everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = re.compile("<!-- words on the screen -->\n(.*?)<!-- end of words -->", re.DOTALL)
TEXTS = (
    *sorted(ROOT.glob("web/src/i18n/*.ts")),
    *sorted(ROOT.glob("evidence_store/player/*.js")),
    *(
        ROOT / one
        for one in (
            "command_centre/record/verification_words.py",
            "command_centre/cli_store.py",
            "evidence_store/pack_command.py",
            "evidence_store/verify_text.py",
        )
    ),
)


def _rows() -> list[list[str]]:
    found = TABLE.search((ROOT / "config/README.md").read_text(encoding="utf-8"))
    assert found
    lines = found[1].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(("zh", "en", "never"), _rows(), ids=lambda cell: cell[:12])
def test_a_word_of_the_glossary_is_used_and_no_other_for_it(zh: str, en: str, never: str) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in TEXTS}
    assert any(zh in text for text in texts.values()), f"{zh} stands nowhere"
    assert any(en in text.lower() for text in texts.values()), f"{en} stands nowhere"
    wrong = [(name, one) for one in never.split("、") for name in texts if one in texts[name]]
    assert wrong == []
