"""Do two pieces of text sound alike? Pinyin without tones; what is mixed up is made equal."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

_MIXED = (
    (re.compile("^zh"), "z"),
    (re.compile("^ch"), "c"),
    (re.compile("^sh"), "s"),
    (re.compile("^l"), "n"),
    (re.compile("^f"), "h"),
    (re.compile("ng$"), "n"),
)
_CHARACTERS_MAX = 40
_NEAR = 0.75


def sounds_alike(first: str, second: str) -> bool:
    """Whether one may have been misheard as the other; long pieces never are."""
    if max(len(first), len(second)) > _CHARACTERS_MAX:
        return False
    one, two = _syllables(first), _syllables(second)
    if not one or not two or abs(len(one) - len(two)) > 1:
        return False
    if one == two:
        return True
    return len(one) > 1 and Levenshtein.normalized_similarity("".join(one), "".join(two)) >= _NEAR


@lru_cache(maxsize=4096)
def _syllables(text: str) -> tuple[str, ...]:
    # the table of pronunciations is large: it is read when the first difference is looked at
    from pypinyin import Style, lazy_pinyin

    kept = "".join(one for one in text if one.isalnum())
    return tuple(_plain(one) for one in lazy_pinyin(kept, style=Style.NORMAL))


def _plain(syllable: str) -> str:
    for pattern, instead in _MIXED:
        syllable = pattern.sub(instead, syllable)
    return syllable
