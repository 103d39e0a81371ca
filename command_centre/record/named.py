"""Whether somebody is named in what an officer wrote in a field: by the whole name.

Fields are free text: 「吴某某、马某某（某支队）」, 「见证人田某」. A name that is only a part of a
longer one is not meant by it: 吴某 is not 吴某某. Two ways to see that, for each has its own error:

1. ``is_named``: words between marks and spaces are compared as a whole, with the part somebody had
   before or behind the name taken off. What stands there in other words is not seen: a field then
   says a name twice.
2. ``occurs_in``: the name stands anywhere, unless only as a part of a longer name that the case
   knows. A unit, a post or a number may stand against it; nobody who must sign is left out.

Pure. Not decided here: who of two people of one name is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from command_centre.record.content import ATTENDING

_MARKS = re.compile(r"[、，,；;：:。（）()【】\[\]/\n\t]+")
#: Parts that are written against a name without a mark between.
_PARTS = (
    *ATTENDING.values(),
    *("翻译", "监护人", "辩护人", "代理人", "证人"),
    *("检查人员", "检查人", "执法人员", "询问人", "记录人", "执法员"),
)

#: Letters of a script that sets its words apart: a name does not stand inside a word.
_LETTER = "[a-z\u00df-\u024f]"


def name_key(name: str) -> str:
    """What two spellings of one name have in common: width, spaces and case say nothing.

    >>> name_key("吴 某某") == name_key("吴某某"), name_key("Ｊohn Smith")
    (True, 'johnsmith')
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def occurs_in(name: str, text: str, known: Iterable[str] = ()) -> bool:
    """Whether the name stands in the text, and not only inside longer ones of ``known``.

    >>> occurs_in("吴某某", "市应急局监察员吴某某和马某某"), occurs_in("吴某", "吴某某", ["吴某某"])
    (True, False)
    """
    key = name_key(name)
    said = unicodedata.normalize("NFKC", text).casefold()
    longer = {one for one in map(name_key, known) if key in one and one != key}
    inside = [span for one in longer for span in _spans(one, said)]
    return any(
        not any(first <= start and end <= last for first, last in inside)
        for start, end in _spans(key, said)
    )


def _spans(key: str, text: str) -> list[tuple[int, int]]:
    """Where a name stands, spaces between its characters or not, also where two overlap."""
    if not key:
        return []
    before = f"(?<!{_LETTER})" if re.match(_LETTER, key) else ""
    behind = f"(?!{_LETTER})" if re.match(_LETTER, key[-1]) else ""
    body = r"\s*".join(map(re.escape, key))
    found = re.finditer(f"{before}(?=({body}){behind})", text)
    return [one.span(1) for one in found]


def is_named(name: str, text: str) -> bool:
    """Whether the text names this person.

    >>> is_named("吴某", "吴某某、马某某（某支队）"), is_named("马某某", "吴某某、马某某（某支队）")
    (False, True)
    """
    wanted = " ".join(name.split())
    return bool(wanted) and any(wanted in _readings(word) for word in _MARKS.split(text))


def _readings(word: str) -> set[str]:
    """A word between marks, the words in it, and each without the part beside it."""
    words = word.split()
    whole = {" ".join(words), *words}
    for part in _PARTS:
        whole |= {one.removeprefix(part).removesuffix(part).strip() for one in whole}
    return whole
