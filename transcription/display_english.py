"""English words as people like to read them: capitals, I, names of the case, commas at pauses.

A comma stands only where a pause does not cut a word from what belongs to it (the ... tank). A
question mark only where the words ask. No number, and no word, is changed. For reading only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: From, to, and what is shown there; equal: it is put in.
Figure = tuple[int, int, str]

_I = re.compile(r"(?<![A-Za-z'-])i(?![A-Za-z-])(?!\.)")
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday "
    "january february april june july august september october november december"
)
_CAPITALS = re.compile(rf"\b(?:{_DAYS.replace(' ', '|')})\b")
_TIED_TEXT = """
a an the of to in on at by for from with into onto about under over after before my your his her
our their its this that these those no and or but if when than as is was are were be been am i we
he she they very not didn't don't mister mr mrs ms doctor number
"""
#: After these nothing is parted from what comes next.
_TIED = frozenset(_TIED_TEXT.split())
_WHO = "i|you|he|she|it|we|they"
_BEGINS = r"(?:and |so |then |but |well |okay )?"
_AUXILIARY = (
    "did|do|does|is|are|was|were|have|has|had|can|could|will|would|should|"
    "didn't|don't|doesn't|isn't|aren't|wasn't|weren't|haven't|hasn't|hadn't|can't|couldn't|won't"
)
#: Anybody asks like this.
_ASKS = re.compile(
    rf"{_BEGINS}(?:did|do|does|are|were|have|can|could|will|would) you\b"
    rf"|.*\b(?:{_AUXILIARY})(?<=n't) (?:{_WHO})$"
)
#: And an interviewer like this: what I saw, or how we did it, is no question.
_ASKING = re.compile(
    rf"{_BEGINS}(?:{_AUXILIARY}) (?:{_WHO}|there|any\w+|the|your|his|her|their|that|this)\b"
    rf"|{_BEGINS}(?:at |in |from |to |for |by |with )?(?:who|whom|whose|what|when"
    r"|where|why|how|which)\b(?: (?!(?:i|you|he|she|it|we|they)\b)\w+){0,3}? ?"
    rf"(?:\b(?:{_AUXILIARY}|sent|told|asked|gave|happened|arranged|ordered|opened|signed)\b|$)"
)


def english(
    text: str, pauses: Iterable[int], *, question: bool, names: Sequence[str] = ()
) -> list[Figure]:
    """The edits of an English sentence; where two overlap the first named holds.

    ``pauses``: places between its words. A name that stands as it is written is named too, so
    that nothing is set inside it.
    """
    found = _names(text, names)
    found += [(one.start(), one.end(), "I") for one in _I.finditer(text)]
    found += [(one.start(), one.end(), one[0].capitalize()) for one in _CAPITALS.finditer(text)]
    first = re.match(r"\s*([a-z])", text)
    if first:
        found.append((first.start(1), first.end(1), first[1].upper()))
    found += [(at, at, ",") for at in pauses if _parts(text, at)]
    asks = _ASKS.match(text.lower()) or (question and _ASKING.match(text.lower()))
    return [*found, (len(text), len(text), "?" if asks else ".")]


def _names(text: str, names: Sequence[str]) -> list[Figure]:
    wanted = sorted({one for one in names if one.isascii() and one}, key=len, reverse=True)
    if not wanted:
        return []
    proper = {one.lower(): one for one in wanted}
    each = re.compile(
        rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, wanted))})(?![A-Za-z])",
        re.IGNORECASE | re.ASCII,
    )
    return [(one.start(), one.end(), proper[one[0].lower()]) for one in each.finditer(text)]


def _parts(text: str, at: int) -> bool:
    before = re.search(r"[A-Za-z']+$", text[:at])
    return before is None or before[0].lower() not in _TIED
