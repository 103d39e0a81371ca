"""Where the findings of an inspection and what is known of it do not agree.

Pure: findings and the scene in, a list out, of the same items as of a questioning. A finding is
seen, not only said, so two things are listed. Where people on site spoke of what it says, its
numbers, names, times and denials must be theirs; what a device measured then, and the clock of its
own moment, count as said. And a finding must be shown by something (finding_evidence.py).

What was said belongs to a finding when it was said within a minute of one of its moments and is
about the same things; of several findings, to those that it is most about. A finding without a
moment is compared with sentences that are nearly its own. Silence contradicts nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from command_centre.record.content import china_time
from command_centre.record.differences import (
    ADDED,
    CHANGED,
    EVIDENCE,
    MISSING,
    UNPROVED,
    Difference,
    Said,
    gravest_first,
    short,
)
from command_centre.record.finding_denials import Words, agrees, contradicted
from command_centre.record.finding_evidence import (
    Finding,
    Measured,
    Scene,
    anchors_of,
    is_shown,
    readings_near,
    was_measured,
)
from command_centre.record.spoken_token import CHAR, NAME, NEGATION, NUMBER, TIME, Token
from command_centre.record.spoken_tokens import tokens_of

#: Said so near to a moment of a finding, it may be about it; this near, one common word is enough.
_NEAR_US, _CLOSE_US = 60_000_000, 20_000_000
#: A sentence of which so much stands in a finding is what it was written from.
_SOURCE = 0.5
_ALONE = 0.5
_COMPARED = (NUMBER, NAME, TIME)
#: Pairs of characters that are in any sentence.
_COMMON_TEXT = """
这个 那个 我们 你们 他们 现场 时候 检查 一下 可以 就是 这里 那里 这边 那边 什么 怎么 里面 外面
上面 下面 现在 看看 看到 发现 存在 问题 是不 不是 还是 情况
"""
_COMMON = frozenset(_COMMON_TEXT.split())
#: Numbers of rules, not of things: 第三十五条, GB 30871.
_RULE = re.compile(
    r"第[^第条款项章]{1,8}[条款项章]|(?:GBZ?|AQ|DB|TSG|HG|SH|JJG|XF)[/TZ]*\s*\d[\d.\-—]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Text:
    """A finding or an utterance in tokens."""

    words: Words

    @cached_property
    def pairs(self) -> frozenset[str]:
        """What it is about: pairs of characters, longer words, names."""
        tokens = self.words.tokens
        found = {one.value for one in tokens if one.kind == NAME or _is_word(one)}
        for one, two in pairwise(tokens):
            if one.kind == two.kind == CHAR and one.end == two.start and not one.value.isascii():
                found.add(one.value + two.value)
        return frozenset(found - _COMMON)

    @cached_property
    def critical(self) -> dict[str, dict[str, Token]]:
        """Numbers, names and times by value, the first of each."""
        found: dict[str, dict[str, Token]] = {kind: {} for kind in _COMPARED}
        rules = [one.span() for one in _RULE.finditer(self.words.text)]
        for token in self.words.tokens:
            if token.kind in found and not any(a <= token.start < b for a, b in rules):
                found[token.kind].setdefault(token.value, token)
        return found


def _is_word(token: Token) -> bool:
    return token.kind == CHAR and token.value.isascii() and len(token.value) > 3


@dataclass(frozen=True)
class _Place:
    """A finding with what belongs to it."""

    finding: Finding
    text: _Text
    anchors: Sequence[int]
    heard: Sequence[tuple[Said, _Text]]
    measured: Sequence[Measured]


def finding_differences(
    findings: Sequence[Finding], scene: Scene, names: Iterable[str] = ()
) -> list[Difference]:
    """The list. ``names`` are those of the case."""
    known = tuple(sorted(set(names)))
    found: list[Difference] = []
    for place in _places([one for one in findings if one.text.strip()], scene, known):
        found += _compared(place)
        said = bool(place.heard)
        if not is_shown(place.finding, scene, place.anchors, said=said):
            found.append(_made(place, UNPROVED, EVIDENCE, None, "", place.finding.evidence))
    return gravest_first(found)


def _places(findings: Sequence[Finding], scene: Scene, names: tuple[str, ...]) -> list[_Place]:
    """Every utterance goes to the findings that it is most about."""
    texts = [_text(one.text, names) for one in findings]
    anchors = [anchors_of(one, scene.opened_us) for one in findings]
    heard: defaultdict[int, list[tuple[Said, _Text]]] = defaultdict(list)
    for said in sorted(scene.said, key=lambda one: (one.start_us, one.id)):
        spoken = _text(said.text, names)
        scores = {
            n: score
            for n, one in enumerate(findings)
            if (score := _score(one, texts[n], anchors[n], said, spoken))
        }
        for n in scores:
            if scores[n] == max(scores.values()):
                heard[n].append((said, spoken))
    return [
        _Place(one, texts[n], anchors[n], heard[n], readings_near(anchors[n], scene.measured))
        for n, one in enumerate(findings)
    ]


def _text(text: str, names: tuple[str, ...]) -> _Text:
    return _Text(Words(text, tokens_of(text, names)))


def _score(finding: Finding, text: _Text, anchors: Sequence[int], said: Said, spoken: _Text) -> int:
    """How much an utterance is about a finding; 0: not at all."""
    common = len(text.pairs & spoken.pairs)
    if said.id in finding.utterances:
        return common + 1
    if not anchors:
        shorter = min(len(text.pairs), len(spoken.pairs))
        return common if common >= max(2, _ALONE * shorter) else 0
    away = min(max(said.start_us - at, at - said.end_us, 0) for at in anchors)
    if away > _NEAR_US or not common or (common < 2 and away > _CLOSE_US):
        return 0
    return common


def _compared(place: _Place) -> list[Difference]:
    if not place.heard:
        return []
    found: list[Difference] = []
    for kind in _COMPARED:
        found += _values(place, kind)
    opposed = [(said, contradicted(place.text.words, one.words)) for said, one in place.heard]
    agreed = any(agrees(place.text.words, one.words) for _, one in place.heard)
    for said, what in opposed:
        if what is not None and not (what[2] and agreed):
            kind = CHANGED if what[2] else MISSING
            found.append(_made(place, kind, NEGATION, said, what[0], what[1]))
            break
    return found


def _values(place: _Place, kind: str) -> list[Difference]:
    """Numbers, names or times of a finding that nobody said, and those that it lost."""
    mine = place.text.critical[kind]
    spoken: dict[str, tuple[Said, Token]] = {}
    for said, one in place.heard:
        for value, token in one.critical[kind].items():
            spoken.setdefault(value, (said, token))
    unsaid = [one for one in mine if one not in spoken and not _known(place, kind, one)]
    others = [one for one in spoken if one not in mine]
    found: list[Difference] = []
    for value in unsaid:
        written = mine[value]
        fragment = place.finding.text[written.start : written.end]
        if others:
            said, token = spoken[others[min(len(found), len(others) - 1)]]
            spoke = said.text[token.start : token.end]
            found.append(_made(place, CHANGED, kind, said, spoke, fragment))
        elif (kind, value) != (NUMBER, "1"):  # 一处, a: nobody counts one
            found.append(_made(place, ADDED, kind, None, "", fragment))
    return found or _lost(place, kind, set(mine))


def _lost(place: _Place, kind: str, mine: set[str]) -> list[Difference]:
    """What the sentence had that a finding was written from."""
    for said, one in place.heard:
        shared = len(place.text.pairs & one.pairs)
        if shared < 2 or shared < _SOURCE * len(one.pairs):
            continue
        for value, token in one.critical[kind].items():
            if value not in mine and (kind, value) != (NUMBER, "1"):
                fragment = said.text[token.start : token.end]
                return [_made(place, MISSING, kind, said, fragment, "")]
    return []


def _known(place: _Place, kind: str, value: str) -> bool:
    """A number that was measured then; the time or date of the finding itself."""
    if kind == NUMBER:
        return was_measured(value, place.measured)
    if kind != TIME:
        return False
    for at_us in place.anchors:
        at = china_time(at_us)
        if value == f"{at.month}-{at.day}":
            return True
        hour, _, minutes = value.partition(":")
        if hour.isdigit() and minutes.isdigit():
            apart = abs(int(hour) * 60 + int(minutes) - at.hour * 60 - at.minute)
            if apart <= 1:
                return True
    return False


def _made(
    place: _Place, kind: str, about: str, said: Said | None, spoke: str, wrote: str
) -> Difference:
    """Named by its words and its moment: a reason outlives edits of other words."""
    finding = place.finding
    near = place.heard[0][0] if said is None and place.heard else said
    moment = str(finding.t_us) if finding.t_us and kind != UNPROVED else finding.text
    parts = (kind, about, near.id if near else "", moment, spoke, wrote)
    heard = near.start_us if near else (place.anchors[0] if place.anchors else 0)
    return Difference(
        id=hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        kind=kind,
        about=about,
        line=finding.line,
        said=short(spoke),
        written=short(wrote),
        said_context=short(said.text) if said else "",
        written_context=short(finding.text),
        utterances=(near.id,) if near else (),
        start_us=heard,
        end_us=near.end_us if near else 0,
    )
