"""Finds the people, places, equipment and matters of a case in text, by name and by sound.

Longest first, no overlaps. A name that two people of the case share is reported as ``ambiguous``
and never guessed. By sound (``transcription.terms``) only what is no ordinary word of the language
is taken, so that clean text stays free of false matches; such a mention is marked. Spans are of the
text given; pronouns and unnamed posts are not found here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import rjieba

from transcription import terms
from transcription.comparison.model import TURN_CHARACTERS_MAX, Case, Term
from transcription.comparison.names_en import EnglishNames

PERSON, PLACE, EQUIPMENT, VERB, ITEM = "person", "place", "equipment", "verb", "item"
AMBIGUOUS = "ambiguous"

_ORDER = {PERSON: 0, AMBIGUOUS: 0, PLACE: 1, EQUIPMENT: 2, ITEM: 3, VERB: 4}
_DOUBLE = ("欧阳", "上官", "司马", "诸葛", "司徒", "慕容", "皇甫", "令狐", "公孙", "夏侯", "尉迟")
_RECENT_MAX = 64
_LATIN = re.compile(r"[A-Za-z]{2}")
_CJK = re.compile(r"[\u3400-\u9fff]")
#: 老 or 小 and a family name that is another word.
_NOT_DERIVED = frozenset(
    [
        "老师",
        "老板",
        "老家",
        "老人",
        "老公",
        "老乡",
        "老年",
        "老路",
        "老车",
        "老白",
        "小时",
        "小心",
        "小路",
        "小车",
        "小白",
        "小米",
        "小包",
        "小方",
        "小文",
        "小石",
        "小曲",
        "小满",
        "小花",
        "小金",
        "小水",
        "小牛",
        "小马",
        "老马",
        "小龙",
        "小雷",
        "小毛",
        "老毛",
        "小古",
        "老古",
        "小高",
        "老高",
        "小年",
        "小边",
        "小管",
        "老管",
        "小农",
        "小应",
    ]
)
#: Characters of grammar: where one of them was heard, another word was said.
_GRAMMAR = frozenset("的了是在有我他她你它们就都个这那到和说去来上下着过还也把被给让叫对跟")


_PLACED = re.compile(r"(?:在|到|去|从|进|回)\s*$")
_INSIDE = re.compile(r"^\s*(?:里|门|窗|外|旁|附近|边|那)")


@dataclass(frozen=True)
class Mention:
    """``kind`` is one of the constants above; ``id`` that of the term (a point's for its words).

    An ambiguous mention has no id but ``candidates``. ``repaired_to`` is the name a mention by
    sound stands for.
    """

    kind: str
    id: str
    span: tuple[int, int]
    by_sound: bool = False
    candidates: tuple[str, ...] = ()
    repaired_to: str = ""


@dataclass
class Lexicon:
    """The names of one case, made ready. Owned by one thread."""

    case: Case
    _names: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    #: Texts looked through last: every point of the case reads the same turns.
    _recent: dict[str, list[Mention]] = field(default_factory=dict)
    _pattern: re.Pattern[str] = field(init=False)
    _index: terms.TermIndex = field(init=False)
    _english: EnglishNames = field(init=False)

    def __post_init__(self) -> None:
        self._add_named()
        self._add_derived()
        self._pattern = _pattern(self._names)
        self._index = terms.TermIndex.of(
            name for name, meant in self._names.items() if _may_be_heard(name, meant)
        )
        self._english = EnglishNames(self.case, self._names)

    def mentions(self, text: str) -> list[Mention]:
        """Mentions in order. Any text is taken; only so much of it is read."""
        text = text[:TURN_CHARACTERS_MAX]
        known = self._recent.get(text)
        if known is None:
            if len(self._recent) >= _RECENT_MAX:
                self._recent.clear()
            known = self._recent[text] = self._search(text)
        return list(known)

    def _search(self, text: str) -> list[Mention]:
        found = [self._mention(m) for m in self._pattern.finditer(text)]
        taken = [mention.span for mention in found]
        found += [
            mention
            for mention in self._heard(text)
            if not any(a < mention.span[1] and mention.span[0] < b for a, b in taken)
        ]
        if _LATIN.search(text):
            found = self._with_english(text, found)
        return sorted(found, key=lambda mention: mention.span)

    def _with_english(self, text: str, found: list[Mention]) -> list[Mention]:
        """Manager Ni for the Ni of the case file, the freezer, where nothing longer stands."""
        for kind, ids, (start, end) in self._english.find(text):
            over = [m for m in found if m.span[0] < end and start < m.span[1]]
            if any(m.span[0] < start or end < m.span[1] or m.span == (start, end) for m in over):
                continue
            found = [m for m in found if m not in over]
            if len(ids) > 1:
                found.append(Mention(AMBIGUOUS, "", (start, end), False, ids))
            else:
                found.append(Mention(kind, ids[0], (start, end), False))
        return found

    # --- names ---------------------------------------------------------------------------------

    def _add_named(self) -> None:
        kinds = (
            (PERSON, self.case.people),
            (PLACE, self.case.places),
            (EQUIPMENT, self.case.equipment),
        )
        for kind, several in kinds:
            for term in several:
                for name in (term.id, *term.aliases, *term.en):
                    self._add(name, kind, term.id)
        for point in self.case.points:
            for kind, words in ((VERB, point.verbs), (ITEM, (*point.items, *point.synonyms))):
                for word in words:
                    if len(word.strip()) > 1 and _key(word) not in self._names:
                        self._add(word, kind, point.id)

    def _add(self, name: str, kind: str, of: str) -> None:
        key = _key(name)
        if key:
            self._names[key].add((kind, of))

    def _add_derived(self) -> None:
        """老 and 小 with the family name, and the given name; the case's own names come first."""
        derived: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for person in self.case.people:
            for name in _derived(person):
                derived[name].add((PERSON, person.id))
        for name, meant in derived.items():
            if name not in self._names and name not in _NOT_DERIVED:
                self._names[name] = meant

    # --- finding -------------------------------------------------------------------------------

    def _mention(self, match: re.Match[str]) -> Mention:
        return self._of(_key(match.group()), match.span(), by_sound=False)

    def _of(self, name: str, span: tuple[int, int], *, by_sound: bool) -> Mention:
        meant = self._names[name]
        kind = min((k for k, _ in meant), key=_ORDER.__getitem__)
        ids = tuple(sorted(of for k, of in meant if k == kind))
        repaired_to = name if by_sound else ""
        if len(ids) > 1 and kind not in (VERB, ITEM):
            return Mention(AMBIGUOUS, "", span, by_sound, ids, repaired_to)
        return Mention(kind, ids[0], span, by_sound, (), repaired_to)

    def _heard(self, text: str) -> Iterator[Mention]:
        spans = [
            span
            for span in terms.find_terms(text, self._index)
            if span.rule != terms.EXACT and span.distance <= 2
        ]
        if not spans:
            return
        words = _words(text)
        for span in spans:
            if _is_error(span, words, text) and not self._rivals(span):
                yield self._of(_key(span.term), (span.start, span.end), by_sound=True)

    def _rivals(self, span: terms.Span) -> bool:
        """Another name that sounds as well means somebody else."""
        return any(self._names.get(_key(r)) != self._names[_key(span.term)] for r in span.rivals)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _derived(person: Term) -> list[str]:
    name = person.id
    if not all(_CJK.match(character) for character in name) or not 2 <= len(name) <= 4:
        return []
    family = name[:2] if name[:2] in _DOUBLE and len(name) > 2 else name[:1]
    given = name[len(family) :]
    return [f"老{family}", f"小{family}", *([given] if len(given) > 1 else [])]


def _pattern(names: dict[str, set[tuple[str, str]]]) -> re.Pattern[str]:
    """Every name; blanks between Chinese characters do not matter, English needs whole words."""
    rules = []
    for name in sorted(names, key=lambda n: (-len(n), n)):
        if name.isascii():
            words = r"\s+".join(re.escape(word) for word in name.split())
            rules.append(rf"(?<![a-z0-9]){words}(?![a-z0-9])")
        elif len(name) == 1:
            rules.append(rf"(?<![\u3400-\u9fff]){re.escape(name)}(?![\u3400-\u9fff])")
        else:
            rules.append(re.escape(name))
    return re.compile("|".join(rules) or r"(?!)", re.IGNORECASE)


def _may_be_heard(name: str, meant: set[tuple[str, str]]) -> bool:
    kinds = {kind for kind, _ in meant}
    if kinds & {VERB, ITEM}:
        return False
    if name.isascii():
        return len(name) >= 9 or (kinds == {PERSON} and len(name) >= 5)
    return 2 <= len(name) <= 12


def _words(text: str) -> list[tuple[int, int]]:
    """Where the words of ordinary language lie in ``text``."""
    spans, at = [], 0
    for word in rjieba.cut(text, False):
        spans.append((at, at + len(word)))
        at += len(word)
    return spans


def _is_error(span: terms.Span, words: list[tuple[int, int]], text: str) -> bool:
    """Whether what was heard is no ordinary word or part of one, so that the term was meant."""
    if span.original.isascii():  # the installers are not the installer heard wrongly
        original, term = span.original.casefold(), span.term.casefold()
        return not (original.startswith(term) or term.startswith(original))
    size = len(span.term)
    near = 0 if size <= 2 else 1 if size == 3 else 2
    if span.distance > near or len(span.original) != size:
        return False
    changed = [(h, t) for h, t in zip(span.original, span.term, strict=True) if h != t]
    if any(heard in _GRAMMAR for heard, _ in changed):
        # 在配电是里面: a room by its ending, where a place is spoken of.
        room = size > 2 and span.distance == 0 and changed == [("是", "室")]
        return room and bool(_PLACED.search(text[: span.start]) or _INSIDE.match(text[span.end :]))
    inside = [(a, b) for a, b in words if a < span.end and span.start < b]
    crossing = [(a, b) for a, b in inside if a < span.start or b > span.end]
    if crossing:
        return False
    whole = [(a, b) for a, b in inside if b - a > 1]
    if size == 2 or sum(b - a for a, b in whole) == size:
        # A word of the language, or two of them, was said. Otherwise single characters remain.
        return not whole
    return True
