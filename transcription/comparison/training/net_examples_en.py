"""More for the English network to learn from: the older answers, exchanges changed a little."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from transcription.comparison.en.matters import kin_of, matter_of, stem, stop_word
from transcription.comparison.en.net_input import plain
from transcription.comparison.model import Point, Slot
from transcription.comparison.net_shape import BESIDE, ROLES, STATES, WHOLE, Mark, Said
from transcription.comparison.training.changing import Ways, changed_by
from transcription.comparison.training.examples import UNSAID, Example

_HERE = Path(__file__).parent
_OLDER = 0.3

#: A verb in three forms and what it is done to.
_ACTS = tuple(
    tuple(row.split("/"))
    for row in (
        "weld/welded/welding/tank", "clean/cleaned/cleaning/pit", "lift/lifted/lifting/beam",
        "open/opened/opening/valve", "check/checked/checking/gauge", "lock/locked/locking/gate",
        "dig/dug/digging/trench", "strip/stripped/stripping/scaffold", "load/loaded/loading/kiln",
        "paint/painted/painting/hull", "cut/cut/cutting/cable", "drain/drained/draining/sump",
        "sign/signed/signing/permit", "wear/wore/wearing/harness", "test/tested/testing/air",
        "guard/guarded/guarding/press", "stack/stacked/stacking/pallets",
        "fit/fitted/fitting/guard",
    )
)  # fmt: skip
_ORDER_ASKS = (
    "who told you to {V}", "who sent you", "who gave the order", "why did you {V} the {N}",
    "did anybody ask you to {V} the {N}", "whose idea was that", "who was it had you {V} it",
    "who arranged the {G}",
)  # fmt: skip
_DEED_ASKS = (
    "who {P} the {N}", "who was it that {P} it", "who did that", "who was {G} when it happened",
    "did you see who {P} the {N}", "who was on the {N}",
)  # fmt: skip
_WHETHER_ASKS = (
    "was the {N} {P}", "did you {V} the {N}", "did anyone {V} it", "was it {P}",
    "had the {N} been {P} by then", "did they {V} the {N} that day",
)  # fmt: skip
_VALUE_ASKS = {
    "t": ("what time did you {V}", "when was the {N} {P}", "when did the {G} begin", "what time"),
    "n": ("how many were {G}", "how many of you", "how many men were on the {N}", "how many"),
    "w": ("where did you {V}", "where was the {N}", "whereabouts was that", "where were you {G}"),
    "m": ("what did you {V} it with", "what were you using", "how did you {V} the {N}"),
}
_VALUES = {
    "t": "eight|half two|quarter past three|nine in the morning|about ten|seven|noon|ten to six|"
    "first thing|just gone four|two o'clock|half nine|three in the afternoon|the day before",
    "n": "three|four|two|five|six or seven|a couple|eight men|three of us|one|nine|a dozen|ten",
    "w": "workshop|roof|north pit|store|third floor|shaft|tank|boiler house|loading bay|back yard|"
    "pump room|canteen|deck|gantry",
    "m": "crowbar|grinder|rope|forklift|chain block|shovel|torch|ladder|drill|spanner|hammer|crane",
}
_SLOT = {"t": Slot.WHEN, "n": Slot.HOW_MANY, "w": Slot.WHERE, "m": Slot.WITH_WHAT}
_TYPE = {"t": "t", "n": "n", "w": "l", "m": "e"}
_ROLE = {"t": "when", "n": "many", "w": "where", "m": "with"}
_NAMES = ("Walsh", "Okoro", "Petrov", "Brennan", "Sato", "Marley", "Haddad", "Quigley")
_WHO = {
    "i": "i", "me": "i", "myself": "i", "we": "we", "us": "we", "he": "he", "him": "he",
    "she": "he", "her": "he", "they": "they", "them": "they",
}  # fmt: skip
_PEOPLE = {
    "r": {"A": ("ord", "said"), "P": ("to", "said"), "D": ("ord", "denied")},
    "d": {"A": ("did", "said"), "D": ("did", "denied")},
}
_WORD = re.compile(r"[A-Za-z']+|,")


def older() -> list[Example]:
    """The answers of the linear classifiers as exchanges, each with a question of its kind."""
    draw = random.Random(7)
    made: list[Example] = []
    for kind, text in _lines("english_answers.txt"):
        made.append(_people(kind, text, draw) if kind in "rd" else _value(kind, text, draw))
    made += [_whether(label, text, draw) for label, text in _lines("english_whether.txt")]
    return made


def _lines(name: str) -> list[tuple[str, str]]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(row[0].strip(), row[1].strip()) for row in rows if len(row) == 2]


class _Filled:
    """A line in words: ``text``, its mentions, and which word of the line each was."""

    def __init__(self, line: str, values: dict[str, tuple[str, str]], act: Sequence[str]) -> None:
        self.text, self.marks, self.words = "", [], []  # type: ignore[var-annotated]
        before = ""
        for found in _WORD.finditer(line):
            said = found.group()
            head, _, rest = said.partition("'")
            if head in values:
                kind, words = values[head]
                self._mention(said, kind, words, "name" if kind == "p" else "", words)
                self.text += f"'{rest}" if rest else ""
            elif head in _WHO:
                self._mention(said, "p", said, _WHO[head], "i" if _WHO[head] == "i" else "")
            else:
                self._add({"V": _form(act, before), "N": act[3], "M": "kettle"}.get(said, said))
            before = said
        self.said = Said(self.text, False, tuple(self.marks))

    def _add(self, word: str) -> None:
        joint = " " if self.text and word != "," else ""
        self.text += joint + word

    def _mention(self, letter: str, kind: str, words: str, who: str, key: str) -> None:
        self._add(words)
        end = len(self.text)
        self.marks.append(Mark(end - len(words), end, kind, who, plain(key) if kind == "p" else ""))
        self.words.append(letter.partition("'")[0])


def _form(act: Sequence[str], before: str) -> str:
    if before in ("was", "were", "is", "are", "been", "started", "kept", "of", "on", "while", "by"):
        return act[2]
    base = ("to", "did", "didn't", "not", "would", "could", "never", "let", "us", "you", "P")
    return act[0] if before in base else act[1]


def _asked(some: Sequence[str], act: Sequence[str], draw: random.Random) -> Said:
    words = {"V": act[0], "P": act[1], "G": act[2], "N": act[3]}
    return Said(draw.choice(some).format(**words), asks=True)


def _people(kind: str, line: str, draw: random.Random) -> Example:
    act = draw.choice(_ACTS)
    names = draw.sample(_NAMES, 4)
    values = {c: ("p", name) for c, name in zip("ADPX", names, strict=True)}
    filled = _Filled(line, values, act)
    roles = []
    for letter in filled.words:
        states = [0] * len(ROLES)
        role, how = _PEOPLE[kind].get(letter, ("", ""))
        if kind == "r" and letter in ("me", "us", "him", "her", "them"):
            role, how = "to", "said"
        if role:
            states[ROLES.index(role)] = STATES.index(how)
        for at, name in enumerate(ROLES):
            if (name == "did") != (kind == "d"):
                states[at] = UNSAID
        if letter in ("i", "we", "he", "she", "they"):
            states = [UNSAID] * len(ROLES)
        roles.append(tuple(states))
    beside = (UNSAID, UNSAID, UNSAID)
    if kind == "r":
        slots, topic = (Slot.WHO_ORDERED, Slot.TO_WHOM), "arrange"
        point, asks = f"who arranged the {act[2]} of the {act[3]}", _ORDER_ASKS
    else:
        slots, topic, asks = (Slot.WHO_DID,), "", _DEED_ASKS  # type: ignore[assignment]
        point = f"who {act[1]} the {act[3]}"
    return Example(
        "older", Point("P", point, point, topic, slots),
        (_asked(asks, act, draw), filled.said), tuple(roles), UNSAID, beside, _OLDER,
    )  # fmt: skip


def _whether(label: str, line: str, draw: random.Random) -> Example:
    act = draw.choice(_ACTS)
    filled = _Filled(line, {"P": ("p", draw.choice(_NAMES))}, act)
    point = f"whether the {act[3]} was {act[1]}"
    whole = {"y": "yes", "n": "no", "u": "unk", "o": "off"}[label]
    unsaid = (UNSAID,) * len(ROLES)
    return Example(
        "older", Point("P", point, point, "", (Slot.WHETHER,)),
        (_asked(_WHETHER_ASKS, act, draw), filled.said), (unsaid,) * len(filled.marks),
        WHOLE.index(whole), (UNSAID,) * len(BESIDE), _OLDER,
    )  # fmt: skip


def _value(kind: str, line: str, draw: random.Random) -> Example:
    act = draw.choice(_ACTS)
    words = draw.sample(_VALUES[kind].split("|"), 4)
    values = {c: (_TYPE[kind], v) for c, v in zip("ADXE", words, strict=True)}
    filled = _Filled(line, values | {"P": ("p", draw.choice(_NAMES))}, act)
    roles = []
    for letter, mark in zip(filled.words, filled.marks, strict=True):
        states = [UNSAID] * len(ROLES) if mark.kind == "p" else [0] * len(ROLES)
        if letter in ("A", "D"):
            states[ROLES.index(_ROLE[kind])] = STATES.index("said" if letter == "A" else "denied")
        roles.append(tuple(states))
    ask = {"t": "when", "n": "how many people", "w": "where", "m": "with what"}[kind]
    point = f"{ask} {act[1]} the {act[3]}"
    return Example(
        "older", Point("P", point, point, "", (_SLOT[kind],)),
        (_asked(_VALUE_ASKS[kind], act, draw), filled.said), tuple(roles), UNSAID,
        (UNSAID,) * len(BESIDE), _OLDER,
    )  # fmt: skip


# --- changed a little ----------------------------------------------------------------------------


def _related(point: Point, text: str) -> int:
    """Words of the point's matter, or of its kind of act, in a text."""
    own = matter_of(point).stems
    said = {stem(w) for w in re.findall(r"[a-z]{3,}", plain(text)) if not stop_word(w)}
    return 2 * len(own & said) + sum(bool(kin_of(w) & own) for w in said - own)


_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "it",
        "that",
        "was",
        "were",
        "had",
        "and",
        "so",
        "in",
        "on",
        "at",
    ]
)
_HEARD = (
    ("their", "there"), ("there", "they're"), ("to", "two"), ("two", "to"), ("for", "four"),
    ("four", "for"), ("were", "where"), ("where", "were"), ("knew", "new"), ("hole", "whole"),
    ("ate", "eight"), ("eight", "ate"), ("no", "know"), ("know", "no"), ("our", "are"),
    ("hour", "our"), ("been", "bin"), ("one", "won"), ("than", "then"), ("then", "than"),
    ("of", "have"), ("have", "of"), ("him", "in"), ("didn't", "did"), ("wasn't", "was"),
    ("weren't", "were"), ("sent", "cent"), ("hear", "here"), ("here", "hear"), ("your", "you're"),
    ("would", "wood"), ("right", "write"), ("made", "maid"), ("seen", "scene"), ("by", "buy"),
)  # fmt: skip
_HEARD_AS = dict(_HEARD)


def _misheard(text: str, rate: float, draw: random.Random) -> str:
    """Words heard as others that sound alike, small ones lost, apostrophes dropped."""
    made = []
    for part in re.split(r"(\s+)", text):
        if draw.random() < 2 * rate and part in _HEARD_AS and not part.endswith("n't"):
            made.append(_HEARD_AS[part])
        elif draw.random() < rate and part in _SMALL:
            made.append("")
        elif draw.random() < 2 * rate and "'" in part:
            made.append(part.replace("'", ""))
        else:
            made.append(part)
    return "".join(made)


WAYS = Ways(lambda text: re.sub(r"[,.?:;!]", "", text), _misheard, ", ", _related)


def changed(one: Example, all_of: Sequence[Example], draw: random.Random) -> Example:
    """The exchange heard otherwise (``changing.py``)."""
    return changed_by(WAYS, one, all_of, draw)
