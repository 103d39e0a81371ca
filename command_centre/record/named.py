"""Whether somebody is named in what an officer wrote in a field: by the whole name.

Fields are free text: 「吴某某、马某某（某支队）」, 「见证人田某」. A name that is only a part of a
longer one is not meant by it: 吴某 is not 吴某某. Words between marks and spaces are compared as a
whole, with the part somebody had before or behind the name taken off. Pure.

Not decided here: who of two people of one name is meant.
"""

from __future__ import annotations

import re

from command_centre.record.content import ATTENDING

_MARKS = re.compile(r"[、，,；;：:。（）()【】\[\]/\n\t]+")
#: Parts that are written against a name without a mark between.
_PARTS = (
    *ATTENDING.values(),
    *("翻译", "监护人", "辩护人", "代理人", "证人"),
    *("检查人员", "检查人", "执法人员", "询问人", "记录人", "执法员"),
)


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
