"""What people of a case, its places and its tools are called in English beside their given names.

A case file gives "Ni Haibo", "the blast freezer" and "angle grinder"; people say Ni, Manager Ni,
Haibo, the freezer, my grinder, the twelve floor. A name that fits two is ambiguous (people) or no
name at all (places and tools).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from transcription.comparison.model import Case, Term

#: A name found: the ids it may mean and where it stands.
Named = tuple[str, tuple[str, ...], tuple[int, int]]

_TITLES = (
    r"mr\.?|mister|mrs\.?|ms\.?|miss|madam|manager|director|engineer|foreman|master|captain|chief|"
    r"boss|"
    r"supervisor|comrade|teacher|doctor|dr\.?|team leader|shift leader|gang leader|section chief|"
    r"old|young|little|ah|uncle|auntie|aunt|(?:big |elder |little )?(?:brother|sister)"
)
_TITLE = re.compile(rf"(?:{_TITLES})$", re.IGNORECASE)
#: Family names that are words: left to the names the case file gives.
_ALSO_WORDS_TEXT = """
he she you we an so no do me man long fan ran may will sun song young gang pan bin the
"""
ALSO_WORDS = frozenset(_ALSO_WORDS_TEXT.split())
#: Words too, but seldom at the head of a sentence: only where nothing has a capital are they none.
_WORDS_TEXT = """
is it in on at to go be by my up us or of if hi oh ma pa ha can den die pie lie tan van wan win sin
min kin din tin bun gun nun run fun pin pen hen men ten ken ban bang fang hang rang sang tang pang
wing ping ding king ring sing gong dong tong hung lung sung lay bay hay ray day say way sue due
share shine lane mane cane mine yes her him his hot how now new fat far few key old dan kit sit set
let get got put cut big bit all any and are was too two one six out our
"""
_WORDS = frozenset(_WORDS_TEXT.split()) | ALSO_WORDS
#: Heads that say too little of themselves to stand for the whole name.
_VAGUE_TEXT = """
room area place building house side point machine set unit section space zone part end number
man woman lady head person worker floor level gear equipment tool line box block
"""
_VAGUE = frozenset(_VAGUE_TEXT.split())
_PART = re.compile(r"[^\W\d_][\w'-]*")
_POSSESSED = (
    r"(?:the|a|an|my|our|his|her|their|that|this|your|with|by|in|on|at|using|use|used|into)"
)
#: The freezer door is no freezer, the crane driver no crane.
_NOT_BEFORE = (
    r"(?!\s+(?:driver|operator|man|men|keeper|boss|chief|manager|mechanic|leader|foreman|"
    r"lady|woman|supervisor|attendant|hand|shift|crew|gang|work|permit|time)s?\b)"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_CARDINALS = "zero one two three four five six seven eight nine ten eleven twelve"
_RANK = {
    **{word: n for n, word in enumerate(_ORDINALS.split())},
    **{word: n for n, word in enumerate(_CARDINALS.split())},
    **{str(n): n for n in range(1, 100)},
    **{f"{n}{end}": n for n in range(1, 100) for end in ("st", "nd", "rd", "th")},
}


class EnglishNames:
    """The names of one case that its file does not spell out."""

    def __init__(self, case: Case, known: Iterable[str]) -> None:
        taken = frozenset(known)
        self._families, self._given = _people(case.people, taken)
        families = "|".join(sorted(map(re.escape, self._families), key=len, reverse=True))
        given = "|".join(sorted(map(re.escape, self._given), key=len, reverse=True))
        self._titled = re.compile(
            rf"\b(?:{_TITLES})\s+(?P<name>{families or '(?!)'})\b", re.IGNORECASE
        )
        self._bare = re.compile(
            rf"(?<![\w'])(?P<name>{given or '(?!)'}|{families or '(?!)'})(?!\w)", re.IGNORECASE
        )
        self._places = _heads(case.places, case.equipment, taken)
        self._tools = _heads(case.equipment, case.places, taken)
        self._thing = {
            kind: re.compile(
                rf"\b{_POSSESSED}\s+(?:\w+\s+)?(?P<name>{_alternatives(names)})\b{_NOT_BEFORE}",
                re.IGNORECASE,
            )
            for kind, names in (("place", self._places), ("equipment", self._tools))
        }
        self._ranked = _ranked(case.places)

    def find(self, text: str) -> Iterator[Named]:
        """Names in ``text``; of overlapping ones the first given is the better."""
        for match in self._titled.finditer(text):
            yield "person", self._families[match["name"].casefold()], match.span()
        capitals = any(c.isupper() for c in text)
        for match in self._bare.finditer(text):
            name = match["name"]
            key = name.casefold()
            if capitals and not name[0].isupper():
                continue
            if key in _WORDS and not capitals:
                continue
            if key in ALSO_WORDS and not _inside(text, match.start()):
                continue
            yield "person", self._given.get(key) or self._families[key], match.span()
        for kind, names in (("place", self._places), ("equipment", self._tools)):
            for match in self._thing[kind].finditer(text):
                yield kind, (names[match["name"].casefold()],), match.span("name")
        for rule, place in self._ranked:
            for match in rule.finditer(text):
                yield "place", (place,), match.span()


def _inside(text: str, at: int) -> bool:
    """Not at the head of a sentence, where every word has a capital."""
    return bool(re.search(r"[\w,] $", text[:at]))


def _people(
    people: Iterable[Term], known: frozenset[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    families: dict[str, set[str]] = defaultdict(set)
    given: dict[str, set[str]] = defaultdict(set)
    for person in people:
        for name in person.en:
            words = name.split()
            if name.lower().startswith("the ") or not words or not words[-1][0].isupper():
                continue
            if len(words) == 2 and not _TITLE.match(words[0]):
                families[words[0].casefold()].add(person.id)
                given[words[1].casefold()].add(person.id)
            elif len(words) >= 2 and _TITLE.match(" ".join(words[:-1])):
                families[words[-1].casefold()].add(person.id)
    return (
        {k: tuple(sorted(v)) for k, v in families.items()},
        {
            k: tuple(sorted(v))
            for k, v in given.items()
            if len(k) >= 4 and k not in known and k not in families
        },
    )


def _heads(terms: Iterable[Term], others: Iterable[Term], known: frozenset[str]) -> dict[str, str]:
    """Last words that one thing alone ends in: freezer, oxygen lance -> lance."""
    held: dict[str, set[str]] = defaultdict(set)
    for term in terms:
        for end in _ends(term):
            held[end].add(term.id)
    foreign = {end for term in others for end in _ends(term)}
    return {
        end: next(iter(ids))
        for end, ids in held.items()
        if len(ids) == 1 and end not in foreign and end not in known and end not in _VAGUE
    }


def _ends(term: Term) -> set[str]:
    found = set()
    for name in term.en:
        words = name.lower().removeprefix("the ").split()
        found |= {" ".join(words[at:]) for at in range(1, len(words))}
        ranked = [w for w in words if w in _RANK]
        if len(words) == 2 and len(ranked) == 1:  # hold three, of a case with one hold only
            found |= set(words) - set(ranked)
        if len(words) == 1 and words[0].isalpha():
            found.add(words[0])
    return {e for e in found if len(e) >= 4 and e not in _RANK and not e[-1].isdigit()}


def _alternatives(names: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True)) or "(?!)"


def _ranked(places: Iterable[Term]) -> list[tuple[re.Pattern[str], str]]:
    """The third floor, three floor, floor three, floor 3, the 3rd floor."""
    found = []
    for place in places:
        for name in place.en:
            words = name.lower().removeprefix("the ").split()
            ranks = [w for w in words if w in _RANK]
            if len(words) != 2 or len(ranks) != 1:
                continue
            noun = next(w for w in words if w not in ranks)
            same = "|".join(re.escape(w) for w, n in _RANK.items() if n == _RANK[ranks[0]])
            noun = re.escape(noun)
            rule = rf"\b(?:(?:{same})\s+{noun}|{noun}\s+(?:number\s+)?(?:{same}))\b"
            found.append((re.compile(rule, re.IGNORECASE), place.id))
    return found


def rank(word: str) -> int | None:
    """Third, three, 3, 3rd as a number."""
    return _RANK.get(word)


def sure_names(name: str) -> tuple[str, ...]:
    """A person's name, and those of its parts that are no English word: Zhang of "Zhang Long".

    For what must not take a word for a name: text in lower case gives no other sign.
    """
    parts = [one for one in _PART.findall(name) if not _TITLE.fullmatch(one)]
    whole = (" ".join(parts),) if len(parts) > 1 else ()
    alone = (one for one in parts if len(one) > 1 and one.casefold() not in _WORDS)
    return tuple(dict.fromkeys((*whole, *alone)))
