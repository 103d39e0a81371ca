"""English talk as tokens: words, pauses, and each mention of a person, place or tool as one token.

Spelling, capitals, marks and contractions do not matter to what follows; every token keeps its
place in the text given. Who a pronoun means is settled here: I is the speaker, he the person
spoken of last, you the person asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from transcription.comparison.lexicon import EQUIPMENT, PERSON, PLACE, Lexicon
from transcription.comparison.model import TURN_CHARACTERS_MAX, Case, Role
from transcription.comparison.names_en import ALSO_WORDS

WORD, PAUSE = "word", "pause"
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|'s\b|[,.;:?!]+|\s[-–—]\s|—")
_CONTRACTED = {
    "didnt": "didn't",
    "wasnt": "wasn't",
    "dont": "don't",
    "werent": "weren't",
    "hadnt": "hadn't",
    "couldnt": "couldn't",
    "wouldnt": "wouldn't",
    "isnt": "isn't",
    "cant": "can't",
    "ive": "i've",
    "im": "i'm",
    "doesnt": "doesn't",
    "hasnt": "hasn't",
    "havent": "haven't",
    "thats": "that's",
}
_NOBODY = re.compile(
    r"\b(?:nobody(?: else)?|no-? ?one(?: else)?|none of (?:us|them|you)|not one of (?:us|"
    r"them)|not a soul|neither of (?:us|them))\b"
)
_SOMEBODY = re.compile(
    r"\b(?:some ?one|somebody|management|the company|head office|upstairs|the bosses|"
    r"the others|other people|the contractor's people|"
    r"everyone|everybody|the men|the lads|the workers|the crew|the boys)\b"
)
_PRONOUNS = {
    **dict.fromkeys(("i", "me", "myself", "i'm", "i've", "i'd", "i'll"), "i"),
    **dict.fromkeys(("we", "us", "ourselves", "we'd", "we're", "we've"), "we"),
    **dict.fromkeys(
        ("he", "him", "she", "her", "himself", "herself", "he'd", "he's", "she'd", "she's"), "he"
    ),
    **dict.fromkeys(("they", "them", "themselves", "they'd", "they're"), "they"),
    **dict.fromkeys(("you", "yourself", "you'd"), "you"),
}


_TITLED_POST = re.compile(r"^(manager|director|engineer|foreman|captain|supervisor) [A-Z]")
#: Last words of posts that name nobody by themselves.
_NO_POST = frozenset(
    ("man", "woman", "lady", "head", "boss", "wife", "worker", "hand", "boy", "girl")
)


def posts(case: Case) -> dict[str, str]:
    """Bare posts that mean one person: "the contractor" of a case with one only, not "the boss"."""
    held: dict[str, set[str]] = {}
    for person in case.people:
        for name in person.en:
            words = name.lower().split()
            if len(words) > 1 and words[0] == "the" and words[-1].isalpha():
                held.setdefault(words[-1], set()).add(person.id)
            elif titled := _TITLED_POST.match(f"{name[:1].lower()}{name[1:]}"):
                held.setdefault(titled[1], set()).add(person.id)
    found = {
        post: next(iter(ids))
        for post, ids in held.items()
        if len(ids) == 1 and post not in _NO_POST
    }
    bosses = any("boss" in name.lower() for person in case.people for name in person.en)
    if "owner" in found and not bosses:
        found["boss"] = found["owner"]
    return found


def titles(case: Case) -> dict[str, str]:
    """Whole posts that mean one person, without the article: foreman, gate lady."""
    held: dict[str, set[str]] = {}
    for person in case.people:
        for name in person.en:
            if name.lower().startswith("the "):
                held.setdefault(name.lower()[4:], set()).add(person.id)
    return {title: next(iter(ids)) for title, ids in held.items() if len(ids) == 1}


def _titled(lower: str, held: Mapping[str, str]) -> Iterable[Token]:
    """Foreman say go, our foreman, that gate lady; not a foreman, nor foreman's hut."""
    for title, who in held.items():
        for m in re.finditer(rf"\b{re.escape(title)}\b(?!'s?\b| (?:of|for|from)\b)", lower):
            before = lower[: m.start()].rstrip()
            owned = re.search(r"\b(?:our|my|this|that|your|by|from|mister|mr)$", before)
            fresh = not before or before[-1] in ',.;:?!-"' or before.endswith((" and", " but"))
            if owned or fresh:
                yield Token(title, m.span(), PERSON, frozenset({who}))


@dataclass(frozen=True)
class Token:
    """``ids`` are people, or the one place or tool; ``others`` -1: people not named."""

    text: str
    span: tuple[int, int]
    kind: str = WORD
    ids: frozenset[str] = frozenset()
    others: int = 0
    nobody: bool = False
    by_sound: bool = False


@dataclass
class Listener:
    """Follows who was spoken of, turn by turn. One per exchange."""

    lexicon: Lexicon
    speaker: str
    last: str = ""
    posts: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def tokens(self, given: str, role: Role) -> list[Token]:
        """The turn as tokens."""
        given = given[:TURN_CHARACTERS_MAX]
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in given).replace("’", "'")
        found = sorted(self._mentions(given, lower), key=lambda t: (t.span[0], -t.span[1]))
        out: list[Token] = []
        at = 0
        for mention in found:
            if mention.span[0] < at:
                continue
            out += self._plain(lower, at, mention.span[0], role)
            self._note(mention)
            out.append(mention)
            at = mention.span[1]
        return out + self._plain(lower, at, len(lower), role)

    def _mentions(self, given: str, lower: str) -> Iterable[Token]:
        capitals = any(c.isupper() for c in given)
        for m in self.lexicon.mentions(given):
            said = given[m.span[0] : m.span[1]]
            if said.casefold() in ALSO_WORDS and not (
                capitals and said[0].isupper() and m.span[0] > 0
            ):
                continue
            if m.kind in (PERSON, PLACE, EQUIPMENT):
                yield Token(said.lower(), m.span, m.kind, frozenset({m.id}), 0, False, m.by_sound)
            elif m.candidates:
                yield Token(said.lower(), m.span, PERSON, frozenset(), -1)
        if self.posts:
            named = "|".join(map(re.escape, self.posts))
            for post in re.finditer(rf"\bthe (?P<post>{named})\b(?!'s| (?:of|for|from)\b)", lower):
                ids = frozenset({self.posts[post["post"]]})
                yield Token(post.group(), post.span(), PERSON, ids)
        yield from _titled(lower, self.titles)
        for n in _NOBODY.finditer(lower):
            yield Token(n.group(), n.span(), PERSON, nobody=True)
        for s in _SOMEBODY.finditer(lower):
            yield Token(s.group(), s.span(), PERSON, others=-1)

    def _plain(self, lower: str, start: int, end: int, role: Role) -> list[Token]:
        out = []
        for m in _TOKEN.finditer(lower, start, end):
            word = _CONTRACTED.get(m.group(), m.group().strip())
            if not word[0].isalnum() and word != "'s":
                out.append(Token(",", m.span(), PAUSE))
                continue
            who = self._pronoun(_PRONOUNS.get(word, ""), role)
            if who is None:
                out.append(Token(word, m.span()))
                continue
            out.append(Token(word, m.span(), PERSON, *who))
            if "'" in word and not word.endswith("'s"):  # i'd told him: the verb stays a word
                out.append(Token(word[word.index("'") :], (m.end(), m.end())))
        return out

    def _pronoun(self, what: str, role: Role) -> tuple[frozenset[str], int] | None:
        me = frozenset({self.speaker})
        if what == "i" and role is Role.ANSWER:
            return me, 0
        if what == "we" and role is Role.ANSWER:
            return me, -1
        if what == "you" and role is Role.QUESTION:
            return me, 0
        if what == "he":
            return (frozenset({self.last}), 0) if self.last else (frozenset(), -1)
        if what == "they":
            return frozenset(), -1
        return None

    def _note(self, mention: Token) -> None:
        if mention.kind == PERSON and len(mention.ids) == 1 and self.speaker not in mention.ids:
            self.last = next(iter(mention.ids))


@dataclass(frozen=True)
class Piece:
    """A stretch between pauses or connectives; ``first`` and ``last`` are places in the tokens."""

    first: int
    last: int
    text: str
    tags: frozenset[str] = field(default=frozenset())


_CONNECT = frozenset(
    [
        "but",
        "then",
        "so",
        "because",
        "cos",
        "after",
        "before",
        "when",
        "while",
        "although",
        "though",
        "and",
        "which",
        "who",
    ]
)


def joined(tokens: list[Token]) -> str:
    """The words in a row; the 'd that was set apart from i'd stands once."""
    return " ".join(t.text for t in tokens if t.span[0] < t.span[1])


def pieces(tokens: list[Token]) -> list[Piece]:
    """Clauses: at pauses, and at a connective a few words on."""
    out: list[Piece] = []
    start = 0
    for at, token in enumerate([*tokens, Token(",", (0, 0), PAUSE)]):
        joint = token.text in _CONNECT and token.kind == WORD and at - start >= 3
        if token.kind == PAUSE or joint:
            if at > start:
                out.append(Piece(start, at, joined(tokens[start:at])))
            start = at + 1 if token.kind == PAUSE else at
    return out
