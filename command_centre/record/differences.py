"""Where a record and the recording differ: missing, added, changed; the gravest first.

Pure: lines and utterances in, a list out. It says what is different, never what is right, and
nothing about people. Lines are compared with the utterances they are anchored to; an utterance
that has lost its line is looked for in the lines around it, because a clerk who sums up puts
several sentences into one line. Punctuation, fillers and ways of writing numbers make no
difference (spoken_tokens.py).

Numbers, names, negations and times are critical: each difference in them is an item of its own,
and a document is not made before it is corrected or justified. All other words of a line are one
item. Words that only sound like what is written are set apart: the recogniser may have misheard.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from command_centre.record.line_anchors import Assigned, assign
from command_centre.record.sound import sounds_alike
from command_centre.record.spoken_english import LIGHT
from command_centre.record.spoken_token import CHAR, CRITICAL, NAME, NEGATION, Token
from command_centre.record.spoken_tokens import is_latin, plain_text, tokens_of

MISSING, ADDED, CHANGED, MISHEARD, SUMMARY = "missing", "added", "changed", "misheard", "summary"
#: Of a finding on site (finding_differences.py): nothing known shows it.
UNPROVED, EVIDENCE = "unproved", "evidence"
WORDS, SPEAKER = "words", "speaker"
_RANK = {name: rank for rank, name in enumerate((*CRITICAL, EVIDENCE, SPEAKER, WORDS))}
_KIND_RANK = {MISSING: 0, ADDED: 1, CHANGED: 2, UNPROVED: 3, SUMMARY: 4, MISHEARD: 5}
#: Below this a line is not the sentences it is anchored to but a summary of them.
_LITERAL = 0.5
#: Longer lines are compared by what is critical in them only: aligning is quadratic.
_ALIGNED_TOKENS_MAX = 6000
_FRAGMENT_CHARACTERS = 120
#: Words that come and go without changing what was said.
_LIGHT = frozenset("就也还又那这是吗嘛便即把被所而且呢啊我你他们上个来") | LIGHT


@dataclass(frozen=True)
class Written:
    """A line of the record."""

    kind: str  # q | a | n | f
    text: str
    utterances: tuple[str, ...] = ()
    t_us: int = 0


@dataclass(frozen=True)
class Said:
    """An utterance; ``kind`` is empty where the speaker is not known."""

    id: str
    kind: str  # q | a | ""
    text: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Difference:
    """One item; ``said`` and ``written`` are the fragments, the contexts what is around them."""

    id: str
    kind: str  # missing | added | changed | unproved | misheard | summary
    about: str  # number | name | negation | time | evidence | speaker | words
    line: int | None  # index of the line; None: it was never written down
    said: str
    written: str
    said_context: str
    written_context: str
    utterances: tuple[str, ...]
    start_us: int  # 0: nothing was said
    end_us: int

    @property
    def critical(self) -> bool:
        """Is it about a number, a name, a negation, a time or evidence, and not only misheard?"""
        return self.about in (*CRITICAL, EVIDENCE) and self.kind != MISHEARD


@dataclass(frozen=True)
class _Side:
    """One side of a line's comparison."""

    text: str
    tokens: list[Token]
    keys: list[str] = field(default_factory=list)

    def place(self, number: int) -> int:
        """Where a token begins in the text; of none the end of the text."""
        return self.tokens[number].start if number < len(self.tokens) else len(self.text)

    def fragment(self, first: int, last: int) -> str:
        """The text of some tokens."""
        if first >= last:
            return ""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]

    def context(self, first: int, last: int, around: int = 14) -> str:
        """The same with what stands around it."""
        if not self.tokens:
            return self.text[: 2 * around]
        start = self.tokens[min(first, len(self.tokens) - 1)].start
        end = self.tokens[last - 1].end if last > first else start
        left, right = max(0, start - around), min(len(self.text), end + around)
        return (
            ("…" if left else "") + self.text[left:right] + ("…" if right < len(self.text) else "")
        )


@dataclass(frozen=True)
class _Pair:
    """A line of the record, its number, and what it was made from."""

    number: int
    line: Written
    heard: Sequence[Said]
    spoken: _Side
    written: _Side


def differences(
    lines: Sequence[Written], said: Sequence[Said], names: Iterable[str] = ()
) -> list[Difference]:
    """The list. ``names`` are those of the case: a difference in one is critical."""
    known = tuple(sorted(set(names)))
    assigned = assign(lines, said)
    found: list[Difference] = []
    for number, (line, heard) in enumerate(zip(lines, assigned.by_line, strict=True)):
        if line.kind in ("q", "a"):
            found.extend(_line(number, line, heard, known))
    found.extend(_unwritten(assigned, known))
    return gravest_first(found)


def gravest_first(found: Iterable[Difference]) -> list[Difference]:
    """As the list shows them."""
    return sorted(
        found, key=lambda one: (_order(one), one.start_us, -1 if one.line is None else one.line)
    )


def _order(one: Difference) -> tuple[int, int]:
    # what only sounds different comes last, whatever it is about
    rank = len(_RANK) if one.kind == MISHEARD else _RANK[one.about]
    return rank, _KIND_RANK[one.kind]


def _line(
    number: int, line: Written, heard: Sequence[Said], names: tuple[str, ...]
) -> list[Difference]:
    if not line.text.strip():
        return []
    said_text = " ".join(one.text for one in heard)
    found: list[Difference] = []
    if heard and {one.kind for one in heard} == {"a" if line.kind == "q" else "q"}:
        found.append(_made(CHANGED, SPEAKER, (number, line), heard, said_text, line.text))
    if not is_latin(line.text) and plain_text(said_text) == plain_text(line.text):
        return found
    written = _side(line.text, names)
    if not heard:
        about = _gravest(written.tokens) or WORDS
        kept = [one for one in written.keys if one not in _LIGHT]
        return [_made(ADDED, about, (number, line), (), "", line.text)] if kept else []
    spoken = _side(said_text, names)
    if spoken.keys == written.keys:
        return found
    pair = _Pair(number, line, heard, spoken, written)
    long = max(len(spoken.keys), len(written.keys)) > _ALIGNED_TOKENS_MAX
    if long or Levenshtein.normalized_similarity(spoken.keys, written.keys) < _LITERAL:
        return found + _summed_up(pair)
    return found + _word_by_word(pair)


def _word_by_word(pair: _Pair) -> list[Difference]:
    spoken, written = pair.spoken, pair.written
    found: list[Difference] = []
    loose: list[tuple[int, int, int, int]] = []
    blocks = _blocks(spoken, written)
    moved = _moved(blocks, spoken, written)
    for i1, i2, j1, j2 in blocks:
        out, into = spoken.tokens[i1:i2], written.tokens[j1:j2]
        said, wrote = spoken.fragment(i1, i2), written.fragment(j1, j2)
        lost = Counter(one.key for one in out if one.kind != CHAR)
        gained = Counter(one.key for one in into if one.kind != CHAR)
        changed = [one for one in (*out, *into) if one.kind != CHAR]
        changed = [
            one
            for one in changed
            if lost[one.key] != gained[one.key] and (one.kind == NEGATION or one.key not in moved)
        ]
        alike = bool(said and wrote) and sounds_alike(said, wrote)
        about = _gravest(changed)
        if alike and about in (None, NAME):
            kind, about = MISHEARD, about or WORDS
        elif about is not None:
            kind = CHANGED if said and wrote else MISSING if said else ADDED
        else:
            loose.append((i1, i2, j1, j2))
            continue
        found.append(_at(pair, kind, about, (i1, i2, j1, j2)))
    if heavy := [one for one in loose if _heavy(one, spoken, written)]:
        out_any = any(i2 > i1 for i1, i2, _, _ in heavy)
        in_any = any(j2 > j1 for _, _, j1, j2 in heavy)
        kind = CHANGED if out_any and in_any else MISSING if out_any else ADDED
        found.append(_at(pair, kind, WORDS, heavy[0], len(heavy)))
    return found


def _blocks(spoken: _Side, written: _Side) -> list[tuple[int, int, int, int]]:
    """Stretches that differ: from and to among the spoken, from and to among the written tokens."""
    blocks: list[tuple[int, int, int, int]] = []
    for code in Levenshtein.opcodes(spoken.keys, written.keys):
        if code.tag == "equal":
            continue
        place = (code.src_start, code.src_end, code.dest_start, code.dest_end)
        if blocks and blocks[-1][1] == place[0] and blocks[-1][3] == place[2]:
            place = (blocks[-1][0], place[1], blocks[-1][2], place[3])
            blocks.pop()
        blocks.append(place)
    return blocks


def _moved(
    blocks: Sequence[tuple[int, int, int, int]], spoken: _Side, written: _Side
) -> frozenset[str]:
    """What was taken out in one place and put in at another, and nowhere exchanged for its like."""
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    exchanged: set[str] = set()
    for i1, i2, j1, j2 in blocks:
        lost = [one for one in spoken.tokens[i1:i2] if one.kind != CHAR]
        gained = [one for one in written.tokens[j1:j2] if one.kind != CHAR]
        out.update(one.key for one in lost)
        into.update(one.key for one in gained)
        if lost and gained:
            exchanged.update(one.key for one in (*lost, *gained))
    return frozenset(key for key in out if out[key] == into[key] and key not in exchanged)


def _summed_up(pair: _Pair) -> list[Difference]:
    """A summary: what is critical in it must have been said, and what was said must not be lost."""
    said, wrote = _critical(pair.spoken), _critical(pair.written)
    found = [
        _at(pair, ADDED, _about(key), (0, 0, place, place + 1))
        for key, place in wrote.items()
        if key not in said
    ]
    lost = [(key, place) for key, place in said.items() if key not in wrote]
    if lost:
        lost.sort(key=lambda one: _RANK[_about(one[0])])
        about, place = _about(lost[0][0]), lost[0][1]
        found.append(_at(pair, MISSING, about, (place, place + 1, 0, 0), len(lost)))
    texts = (pair.spoken.text, pair.line.text)
    found.append(_made(SUMMARY, WORDS, (pair.number, pair.line), pair.heard, *texts, texts))
    return found


def _critical(side: _Side) -> dict[str, int]:
    """What is critical in a text, with its first place; a negation goes with the word after it."""
    found: dict[str, int] = {}
    for place, token in enumerate(side.tokens):
        if token.kind == CHAR:
            continue
        key = token.key
        if token.kind == NEGATION:
            after = side.tokens[place + 1 : place + 2]
            key += after[0].value if after else ""
        found.setdefault(key, place)
    return found


def _about(key: str) -> str:
    return key.partition(":")[0]


def _unwritten(assigned: Assigned, names: tuple[str, ...]) -> list[Difference]:
    """Utterances that no line has; those in a row are one item."""
    found: list[Difference] = []
    for group in assigned.unwritten:
        kept = [(one, _side(one.text, names)) for one in group]
        kept = [(one, side) for one, side in kept if any(key not in _LIGHT for key in side.keys)]
        if not kept:
            continue
        about = _gravest(token for _, side in kept for token in side.tokens) or WORDS
        heard = [one for one, _ in kept]
        text = " ".join(one.text for one in heard)
        found.append(_made(MISSING, about, None, heard, text, "", (text, "")))
    return found


def _side(text: str, names: tuple[str, ...]) -> _Side:
    tokens = tokens_of(text, names)
    return _Side(text, tokens, [one.key for one in tokens])


def _gravest(tokens: Iterable[Token]) -> str | None:
    kinds = {one.kind for one in tokens}
    return next((one for one in CRITICAL if one in kinds), None)


def _heavy(place: tuple[int, int, int, int], spoken: _Side, written: _Side) -> bool:
    i1, i2, j1, j2 = place
    return any(one not in _LIGHT for one in (*spoken.keys[i1:i2], *written.keys[j1:j2]))


def _at(
    pair: _Pair, kind: str, about: str, place: tuple[int, int, int, int], more: int = 1
) -> Difference:
    """A difference at a place: from and to among the spoken, from and to among the written."""
    spoken, written = pair.spoken, pair.written
    i1, i2, j1, j2 = place
    said, wrote = spoken.fragment(i1, i2), written.fragment(j1, j2)
    offset = spoken.tokens[min(i1, len(spoken.tokens) - 1)].start if spoken.tokens else 0
    others = f" （另 {more - 1} 处）" if more > 1 else ""
    return _made(
        kind,
        about,
        (pair.number, pair.line),
        _near(pair.heard, offset),
        said + (others if said else ""),
        wrote + (others if not said else ""),
        (spoken.context(i1, i2), written.context(j1, j2)),
    )


def _near(heard: Sequence[Said], offset: int) -> Sequence[Said]:
    """The utterance that holds a place of the joined text."""
    for one in heard:
        if offset <= len(one.text):
            return (one,)
        offset -= len(one.text) + 1
    return heard[-1:]


def _made(
    kind: str,
    about: str,
    where: tuple[int, Written] | None,
    heard: Sequence[Said],
    said: str,
    written: str,
    contexts: tuple[str, str] = ("", ""),
) -> Difference:
    """``where`` is the line and its number; an empty context is the fragment itself."""
    number, line = where or (None, None)
    anchors = tuple(one.id for one in heard)
    named = line.utterances if line is not None else ()
    parts = (kind, about, *anchors, "|", *named, said, written)
    return Difference(
        id=hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        kind=kind,
        about=about,
        line=number,
        said=short(said),
        written=short(written),
        said_context=short(contexts[0] or said),
        written_context=short(contexts[1] or written),
        utterances=anchors,
        start_us=heard[0].start_us if heard else (line.t_us if line is not None else 0),
        end_us=heard[-1].end_us if heard else 0,
    )


def short(text: str) -> str:
    """A text as an item of the list shows it."""
    return text if len(text) <= _FRAGMENT_CHARACTERS else text[: _FRAGMENT_CHARACTERS - 1] + "…"
