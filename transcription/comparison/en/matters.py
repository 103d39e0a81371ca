"""What English talk is about: a point's words and topic, and what a question asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from transcription.comparison.en import marks
from transcription.comparison.en.verbs import BASE
from transcription.comparison.model import Point, Slot

_STOP = frozenset(
    [
        "verify",
        "who",
        "what",
        "when",
        "where",
        "how",
        "many",
        "which",
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "was",
        "were",
        "is",
        "are",
        "be",
        "been",
        "did",
        "do",
        "does",
        "done",
        "and",
        "or",
        "whether",
        "there",
        "took",
        "place",
        "took",
        "taken",
        "take",
        "work",
        "working",
        "people",
        "person",
        "time",
        "began",
        "begin",
        "started",
        "start",
        "give",
        "given",
        "gave",
        "use",
        "used",
        "they",
        "them",
        "their",
        "he",
        "his",
        "it",
        "its",
        "you",
        "your",
        "that",
        "this",
        "any",
        "some",
        "about",
        "with",
        "by",
        "from",
        "had",
        "have",
        "has",
        "not",
        "no",
        "during",
        "before",
        "after",
        "on",
        "spot",
        "sent",
        "send",
        "arranged",
        "arrange",
        "ordered",
        "order",
        "told",
        "tell",
        "men",
        "number",
        "head",
        "count",
        "kind",
        "moved",
        "site",
        "job",
        "happened",
        "happen",
        "raised",
        "made",
    ]
)
_ORDER = re.compile(
    r"\b(?:told|tell|sent|send|order(?:ed)?|instruct\w*|arrang\w*|assign\w*|whose (?:idea|"
    r"decision|call|order)|say[- ]so|go[- ]ahead|"
    r"gave (?:the|you|that|him|them)|give (?:the|you|him|them)|asked (?:you|him|them)|"
    r"ask (?:you|him|them)|put you|put him|behind it|authori[sz]ed|decided|"
    r"responsible for (?:sending|ordering)|"
    r"own accord|own initiative|on your own|off your own|wanted (?:it|that|this|the)|"
    r"(?:who|that) (?:had|got|made) (?:you|him|them)|"
    r"(?:got|made|get) (?:you|him|them) (?:to|do|go)|"
    r"who (?:was |got )?picked|had (?:you|him|them) do|"
    r"asked for (?:it|the|this|that)|put \w+ on)\b"
)
_WHY = re.compile(
    r"\b(?:why (?:were|was|did|are)|how come|what (?:made|took) you|how did (?:you|he|"
    r"they) (?:come|end up|get) (?:to|down|up|in|there|involved)|"
    r"how did [a-z' ]{2,20}? (?:come to|end up) (?:be|go|do|in|on|down|up|there|work\w*))\b"
)
_SLOTS = (
    (
        Slot.WHEN,
        re.compile(
            r"\b(?:when(?! (?:the|he|they|you|it|that|she|it's)\b[^?]*\b(?:who|where|how many|"
            r"did)\b)|what time|which day|what day|what hour|how (?:early|late)|at what point|"
            r"the time)\b"
        ),
    ),
    (
        Slot.HOW_MANY,
        re.compile(
            r"\b(?:how many|head ?count|what number|number of|how much|what was the (?:reading|"
            r"level|concentration))\b"
        ),
    ),
    (
        Slot.WHERE,
        re.compile(
            r"\b(?:where(?:abouts)?|which (?:tank|workshop|building|room|bay|line|shed|floor|"
            r"level|place|part|belt|pit|area|side|shaft|face|hall|yard|berth|hold|silo|kiln|"
            r"furnace|section|house|deck|platform)|what (?:place|part|location|spot))\b"
        ),
    ),
    (
        Slot.WITH_WHAT,
        re.compile(
            r"\b(?:what (?:\w+ ){0,2}?(?:tools?|equipment|machines?|gear|kit|tackle)\b|with what|"
            r"what (?:was|were) [^?]*\b(?:hanging|hung|slung|held|lifted|moved) \w*$|"
            r"how (?:were|was|did|had) [^?]*\b(?:free|freed|clear(?:ed)?|shift(?:ed)?|lift(?:ed)?|"
            r"lower(?:ed)?|remov(?:e|ed)|haul(?:ed)?|emptied|empty|broken?|dug|dig|moved?)\b|"
            r"what (?:did|were|was|"
            r"are|had|have)[^?]*\b(?:with|using|use|used)\b|what.*\busing\b|which (?:tool|machine|"
            r"pump|crane)|how did (?:you|they|he|the \w+|it)[^?]*\b(?:down|up|out|in|moved?|"
            r"across|shift|lift|cut|clear|get)\b|what (?:pump|crane|lift|truck|vehicle|ladder|saw|"
            r"drill)|by what means)\b"
        ),
    ),
)
_EVENTS = (
    (
        "arrive",
        re.compile(
            r"\b(?:arriv\w*|get (?:there|to (?:the )?(?:site|work|plant|yard))|got (?:there|"
            r"to work)|clock(?:ed)? (?:on|in)|come (?:in|to work)|start your shift|your shift)\b"
        ),
    ),
    ("end", re.compile(r"\b(?:finish\w*|knock(?:ed)? off|ended?|leave|left|go home|stopp?\w*)\b")),
    (
        "accident",
        re.compile(
            r"\b(?:accident|happen\w*|fell|fall|explo\w*|blew|collaps\w*|caught fire|injur\w*|"
            r"hurt|trapped|passed out|incident)\b"
        ),
    ),
    ("rescue", re.compile(r"\b(?:rescue\w*|got him out|pulled|hospital)\b")),
)
_YES_NO = re.compile(
    r"^(?:(?:and|so|but|well|ok|okay|now|then|right),? )*(?:did|was|were|is|are|do|does|had|"
    r"have|has|could|would|any|anybody|anyone|so|there was|you)\b"
)


_WHO = re.compile(r"\b(?:who|whose|whom|which (?:one|person|man) of|by whom)\b")


@dataclass(frozen=True)
class Matter:
    """``stems`` of the point's words; ``topic`` a key of ``marks.TOPICS`` or empty."""

    stems: frozenset[str]
    topic: str


@dataclass(frozen=True)
class Question:
    """What is asked; without a question all is empty."""

    text: str = ""
    slots: frozenset[Slot] = frozenset()
    who: bool = False
    whom: bool = False
    order: bool = False
    yes_no: bool = False
    negative: bool = False
    topics: frozenset[str] = field(default=frozenset())
    idle: bool = False
    event: str = ""


@lru_cache(maxsize=512)
def matter_of(point: Point) -> Matter:
    """A point's words (its English text, verbs, items) and topic."""
    text = " ".join((point.en, *point.verbs, *point.items, *point.synonyms)).lower()
    stems = frozenset(stem(w) for w in re.findall(r"[a-z]{3,}", text) if w not in _STOP)
    topic = point.topic if point.topic in marks.TOPICS else ""
    if topic and not marks.TOPICS[topic].search(point.en.lower()):  # a gas test filed under permits
        named = [t for t, rule in marks.TOPICS.items() if rule.search(point.en.lower())]
        topic = named[0] if len(named) == 1 else topic
    if not topic and point.topic not in ("arrange", "work", "presence"):
        topic = next((t for t, rule in marks.TOPICS.items() if rule.search(text)), "")
    return Matter(stems, topic)


def stem(word: str) -> str:
    """emptying, emptied, empties -> empt; cheap, for comparing only."""
    word = BASE.get(word, word)
    for ending in ("ying", "ings", "ing", "ied", "ies", "ed", "es", "er", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def understand(text: str) -> Question:
    """The last question of ``text``."""
    text = text.lower().replace("’", "'").strip()
    parts = [p.strip() for p in re.split(r"[?.!]", text) if p.strip()]
    last = parts[-1] if parts else ""
    slots = frozenset(slot for slot, rule in _SLOTS if rule.search(last))
    asking = re.sub(r"\b(?:one|ones|person|man|people|men) who\b", "", last)
    who = bool(re.search(_WHO, asking))
    order = bool(_ORDER.search(last) or _WHY.search(last))
    whom = bool(
        re.search(
            r"\bwho(?:m)? (?:did|was|were|got|had) .*\b(?:send|sent|tell|told|put|pick|assign|ask|"
            r"order|given|job)\b|\bto whom\b|\bsent who\b|\bwho was (?:it|that|the \w+) for\b|"
            r"\bwhich (?:one |man )?of (?:them|you) (?:was|were|got) "
            r"(?:told|sent|picked|ordered|asked)\b",
            last,
        )
    )
    return Question(
        text=last,
        slots=slots,
        who=who,
        whom=whom,
        order=order,
        yes_no=bool(_YES_NO.match(last)) and not who and not slots,
        negative=bool(marks.NEGATIVE_QUESTION.match(last)),
        topics=frozenset(t for t, rule in marks.TOPICS.items() if rule.search(last)),
        idle=bool(marks.IDLE.search(last)),
        event=next((key for key, rule in _EVENTS if rule.search(last)), ""),
    )


def events(text: str) -> frozenset[str]:
    """Keys of the events a text names."""
    return frozenset(key for key, rule in _EVENTS if rule.search(text))
