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
        "into",
        "onto",
        "out",
        "raised",
        "made",
    ]
)
_ORDER = re.compile(
    r"\b(?:told|tell|sent|send|order(?:ed)?|instruct\w*|arrang\w*|assign\w*|whose (?:idea|"
    r"decision|call|orders?)|say[- ]so|go[- ]ahead|"
    r"gave (?:the|you|that|him|them)|give (?:the|you|him|them)|asked (?:you|him|them)|"
    r"ask (?:you|him|them)|put you|put him|behind it|authori[sz]ed|decided|"
    r"responsible for (?:sending|ordering)|"
    r"own accord|own initiative|on your own|by (?:your|him|her|them)sel(?:f|ves)|off your own|"
    r"wanted (?:it|that|this|the)|"
    r"(?:who|that) (?:had|got|made) (?:you|him|them)|"
    r"(?:got|made|get) (?:you|him|them) (?:to|do|go)|"
    r"who (?:was |got )?picked|had (?:you|him|them) do|"
    r"asked for (?:it|the|this|that)|put \w+ on|"
    r"put (?!the |a |your |his |those |these |my )[a-z]+(?: [a-z]+)? (?:in|into|on|down|to)\b|"
    r"gave [a-z' ]{2,14}? the (?:job|order|task|signal|nod)|"
    r"set (?:you|him|her|them|[a-z]+) (?:on|to|onto)\b|"
    r"who (?:was it that )?(?:asked|wanted|made|let|called for|signalled|waved)|"
    r"who had [a-z' ]{2,30}?(?:ed|en|ne|nt|cut|put|hung|set|gone)(?=$| (?:out|off|up|down|in))|"
    r"in charge of (?:the|that) (?!case))\b"
)
_WHY = re.compile(
    r"\b(?:why (?:were|was|did|are|you|he|she|they)|how come|what (?:made|took) you|"
    r"how did (?:you|he|"
    r"they) (?:come|end up|get) (?:to|down|up|in|there|involved)|"
    r"how did [a-z' ]{2,20}? (?:come to|end up) (?:be|go|do|in|on|down|up|there|work\w*))\b"
)
_SLOTS = (
    (
        Slot.WHEN,
        re.compile(
            r"\b(?:when(?! (?:the|he|they|you|it|that|she|it's)\b[^?]*\b(?:who|where|how many|"
            r"did)\b)|what time|which day|what day|what hour|how (?:early|late)|at what point|"
            r"(?<!at )(?<!all )(?<!by )(?<!of )the time)\b"
        ),
    ),
    (
        Slot.HOW_MANY,
        re.compile(
            r"\b(?:how many|how (?:big|large|strong) (?:was|were|is) (?:the|your|that)|"
            r"head ?count|what number|number of|how much|what was the (?:reading|"
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


#: Wasn't it, is that right, correct.
_TAG = re.compile(
    r"(?:,\s*|\s+)(?:(?:is|was|did|do|does|are|were|has|have|had|would|wo|ca|could)n't (?:it|he|"
    r"she|"
    r"they|you|that|there|i|we)|(?:is|was) (?:that|it) (?:so|right|it|correct|true)|am i right|"
    r"isn't that (?:so|right))$|"
    r",\s*(?:(?:is|was|did|do|does|are|were|has|have|had) (?:it|he|she|they|you|there|i|we)|right|"
    r"correct|yes|yeah|no|true|eh)$"
)
#: A statement put as a question: your men worked without coats.
_STATED = re.compile(
    r"^(?:but |and |so |then )?(?:he|she|they|it|there|your|the [a-z]+|[a-z]+ (?:says?|said|"
    r"told us))\b"
    r"(?!.*\b(?:who|what|when|where|why|how|which)\b)"
)
#: Was it you who called: a yes or no.
_CLEFT = re.compile(
    r"^(?:so |and |but )?(?:was|is|wasn't|isn't) (?:it|"
    r"that) (?:really )?(?!who)[a-z]+(?: [a-z]+){0,2}? "
    r"(?:who|that)\b"
)
#: That was you, was it him: who did it, put as yes or no.
_THAT_YOU = re.compile(
    r"\b(?:was|is) (?:that|it|this) (?:really )?(?:you|him|her)\b|\bthat was you\b"
)


_WHO = re.compile(r"\b(?:who|whose|whom|which (?:one|person|man) of|by whom)\b")


@dataclass(frozen=True)
class Matter:
    """``stems`` of the point's words; ``topic`` a key of ``marks.TOPICS`` or empty."""

    stems: frozenset[str]
    topic: str


#: Ways to speak of one kind of act or thing. For what a question is about, not for what it says.
_KIN = (
    "drive operate control steer wheel controls driver cab",
    "call ring phone dial telephone alarm",
    "tell inform notify report hear learn",
    "clean sweep wash wipe vacuum dust",
    "remove undo unscrew dismantle strip change replace swap",
    "lift hoist raise haul hang sling rig",
    "cut saw slice grind sever",
    "fire flame burn smoke blaze ignite flash explode explosion blast bang",
    "leak escape hiss spray",
    "stop shut switch kill halt",
    "faint pass blackout dizzy collapse",
    "enter entered go climb",
    "loosen break free dig",
    "run operate drive work",
    "fall collapse drop tumble crash",
    "lock chain bolt padlock",
    "check inspect examine test look",
    "watch supervise guard mind oversee attend supervision supervisor lookout",
    "drill exercise evacuation practice",
    "injure injury hurt hit strike",
    "put place store stack keep",
    "signal wave direct guide",
    "sign issue approve permit ticket",
    "close closure closed shut barrier cordon block fence",
    "release let free",
)


@lru_cache(maxsize=512)
def kin_of(word: str) -> frozenset[str]:
    """Stems of other words for the same kind of act; ``word`` is a stem."""
    found: set[str] = set()
    for row in _KIN_STEMS:
        if word in row:
            found |= row
    return frozenset(found - {word})


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


def stop_word(word: str) -> bool:
    """Words that name no matter."""
    return word in _STOP


def stem(word: str) -> str:
    """emptying, emptied, empties -> empt; cheap, for comparing only."""
    word = BASE.get(word, word)
    for ending in ("ying", "ings", "ing", "ied", "ies", "ed", "es", "er", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


_KIN_STEMS = tuple(frozenset(map(stem, row.split())) for row in _KIN)


@lru_cache(maxsize=512)
def understand(text: str) -> Question:
    """The last question of ``text``."""
    text = text.lower().replace("’", "'").strip()
    parts = [p.strip() for p in re.split(r"[?.!]", text) if p.strip()]
    last, tagged = _untagged(parts[-1] if parts else "")
    slots = frozenset(slot for slot, rule in _SLOTS if rule.search(last))
    cleft = re.sub(_CLEFT, "was it", last)
    asking = re.sub(r"\b(?:one|ones|person|man|people|men) who\b", "", cleft)
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
        yes_no=bool(tagged or _YES_NO.match(last) or _THAT_YOU.search(last) or _STATED.match(last))
        and not who
        and not slots,
        negative=bool(marks.NEGATIVE_QUESTION.match(last)),
        topics=frozenset(t for t, rule in marks.TOPICS.items() if rule.search(last)),
        idle=bool(marks.IDLE.search(last)),
        event=next((key for key, rule in _EVENTS if rule.search(last)), ""),
    )


def _untagged(text: str) -> tuple[str, bool]:
    """The gate was locked, wasn't it: without the tag, and whether there was one."""
    found = _TAG.search(text)
    if found is None or len(text[: found.start()].split()) < 3:
        return text, False
    return text[: found.start()].strip(" ,"), True


def events(text: str) -> frozenset[str]:
    """Keys of the events a text names."""
    return frozenset(key for key, rule in _EVENTS if rule.search(text))
