"""Do two pieces of text sound alike? By the sounds of transcription/sounds.py, tones ignored.

The dictionary of readings takes a fifth of a second to load: it is when two pieces are compared.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

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


def _syllables(text: str) -> list[str]:
    from transcription.sounds import fold, tokens

    return [fold(one.sound) for one in tokens(text)]
