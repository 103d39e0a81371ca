"""Does a finding deny what was said on site, or say what was denied there?

A denial is compared by what it is about: the words after it (无警示标志) or before it (标志没有).
Only a statement counts: a question, a plan, or what ought to be or stands elsewhere, says nothing
about what is. A statement affirms with any verb of the denial as done (未配备, 配备了; was not
installed, we installed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from command_centre.record.spoken_token import CHAR, NEGATION, Token

#: What stands between a denial and what it is about: 缺少, 没有; never is a denial and "ever".
_LEAD = frozenset(("少", "失", "乏", "有", "ever"))
#: So many tokens after a denial, or before it, are what it is about.
_FOCUS = 6
_ASKS = re.compile(
    r"[吗呢么？?]$|谁|什么|多少|哪|怎么|几[个点]|是不是|有没有|对不对|为什么"
    r"|^(?:and |so |then |but )?(?:is|are|was|were|do|does|did|have|has|had|can) "
    r"(?:there|this|that|it|he|she|we|you|they|the|any\w*|your)\b"
    r"|^(?:and |so |then |but )?(?:who\b|(?:what|when|where|why|how|which)\b(?: \w+){0,2}? "
    r"(?:is|are|was|were|do|does|did|have|has|had)\b)",
    re.IGNORECASE,
)
_OUGHT = re.compile(
    "应|必须|需|得|要|请|补|整改|规定|should|must|need|ought|have to", re.IGNORECASE
)
_AFFIRMS = re.compile(
    "(?<!没)有|已|都|齐全|完好|正常|到位|合格|[设装配戴办测做关锁挂贴]了|[戴关锁挂贴]着|[测做办]过"
    r"|\b(?:is|are|was|were|has|have|had|did)\b",
    re.IGNORECASE,
)
#: What follows a verb that is done; 了解 and 过期 are words of their own.
_DONE = re.compile(
    "[完好上齐妥全到]{0,2}(?:了(?![解结然])|过(?![期高低大小多少程度滤载于去来长短快慢热重道户敏磅渡火]))"
    "(?![^，。；！？、,;!?]*[吗么])"
)
#: Thought of, or elsewhere: nothing about what is here.
_PLANNED = re.compile(
    "(?:计划|打算|准备|即将|将要?|马上|快要|以为|如果|要是|假如|等到)(?!好?了)"
    r"|\b(?:will|would|going to|plan(?:s|ned|ning)? to|to be|if|until|thought)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    "另[一两几]|(?<![特区级类个分性])别[处的]|其[他它]|隔壁|对面"
    r"|\b(?:other(?! day)|another|elsewhere|next door)\b",
    re.IGNORECASE,
)
#: Verbs whose past has another form, by it: put and set are their own.
_PAST_TEXT = """
put:put set:set shut:shut cut:cut made:make done:do worn:wear wore:wear gave:give given:give
kept:keep held:hold sent:send built:build hung:hang took:take taken:take wrote:write written:write
drew:draw drawn:draw got:get brought:bring bought:buy laid:lay told:tell taught:teach went:go
gone:go shown:show spoke:speak spoken:speak chose:choose chosen:choose paid:pay
"""
_PAST = dict(one.split(":") for one in _PAST_TEXT.split())
#: After these a past form is said of a thing: the fixed ladder, for enclosed space.
_OF_A_THING_TEXT = """
a an the this that these those my your our its of in on at for from with to by into
"""
_OF_A_THING = frozenset(_OF_A_THING_TEXT.split())
#: Words in any English sentence.
_COMMON_TEXT = """
they them then that this there here with from were have been when what which will your into over
the and was had has not for you his her its our are but did can all any out she him who ever
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_ARTICLES = frozenset(("a", "an", "the"))
#: Between two words that belong together: 签过字, wore the helmet.
_BETWEEN = _ARTICLES | {"过"}
#: What is forbidden or not known denies no fact.
_NO_FACT = re.compile(
    "^(?:[能得准许应要用敢]|允许|知道|清楚|记得|晓得|看见|看到|注意|问题|关系|事|明白|know|remember|sure|allowed)"
)
_CLAUSE = re.compile("[，。；！？、,;!?]|[.](?!\\d)")


@dataclass(frozen=True)
class Words:
    """A text and its tokens."""

    text: str
    tokens: Sequence[Token]


@dataclass(frozen=True)
class _Denial:
    """Where a denial stands, and its words with what it is about."""

    place: int
    focus: tuple[str, ...]  # tokens
    start: int
    end: int


def contradicted(finding: Words, spoken: Words) -> tuple[str, str, bool] | None:
    """What was said and what is written, where one denies the other; True: the finding denies.

    None where they agree, or speak of different things.
    """
    if _ASKS.search(spoken.text.strip()):
        return None
    for denial in _denials(finding):
        at = _mentions(spoken, denial.focus)
        if not (at and _AFFIRMS.search(spoken.text)):
            done = _done(spoken, at, denial.focus)
            at = [place for place in done if _same_thing(finding, spoken, place)]
        affirmed = at and not any(_denied(spoken, place) for place in at)
        if affirmed and _of_here(finding, spoken, at):
            return spoken.text, finding.text[denial.start : denial.end], True
    for denial in _denials(spoken):
        if _NO_FACT.match("".join(denial.focus)) or _OUGHT.search(spoken.text):
            continue
        at = _mentions(finding, denial.focus)
        if at and not any(_denied(finding, place) for place in at):
            token = finding.tokens[at[0]]
            said = spoken.text[denial.start : denial.end]
            return said, finding.text[token.start : finding.tokens[at[-1]].end], False
    return None


def _done(spoken: Words, at: Sequence[int], focus: Sequence[str]) -> list[int]:
    """Where a verb that a denial is about is said to be done: 设置了, 签过字, we installed."""
    values = [one.value for one in spoken.tokens]
    after = {*at}
    if len(focus) > 2 and (focus[1], focus[2]) in pairwise(values):  # 未系安全带: 安全带系了
        after |= {place for place, one in enumerate(values) if one == focus[0]}
    wanted = {_base(one) for one in focus}
    return sorted(
        place
        for place, token in enumerate(spoken.tokens)
        if (place in after and _DONE.match(spoken.text, token.end))
        or (
            place  # what begins with a past form has no doer
            and _is_past(token.value)
            and _base(token.value) in wanted
            and values[place - 1] not in _OF_A_THING
        )
    )


def _same_thing(finding: Words, spoken: Words, verb: int) -> bool:
    """Is what was done done to what the finding names, or to nothing else that is named?"""
    end = spoken.tokens[verb].end
    stop = _CLAUSE.search(spoken.text, end)
    rest = [
        one
        for one in spoken.tokens[verb + 1 :]
        if one.kind == CHAR and (stop is None or one.start < stop.start())
    ]
    return len(rest) < 2 or bool(_things(finding, ()) & _things(spoken, (verb,)))


def _things(words: Words, without: Sequence[int]) -> set[tuple[str, ...]]:
    """Pairs of characters, and English words, that tell what a text is about."""
    places = [at for at in range(len(words.tokens)) if at not in without]
    values = {at: words.tokens[at].value for at in places}
    found = {
        (values[one], values[two])
        for one, two in pairwise(places)
        if two == one + 1 and not values[one].isascii()
    }
    named = {one for one in values.values() if one.isascii() and len(one) > 2}
    return found | {(_base(one),) for one in named - _COMMON}


def _of_here(finding: Words, spoken: Words, at: Sequence[int]) -> bool:
    """Is it about what is, and not about what ought to be, is planned or stands elsewhere?"""
    if _OUGHT.search(spoken.text):
        return False
    start, end = spoken.tokens[at[0]].start, spoken.tokens[at[-1]].end
    start = max((one.end() for one in _CLAUSE.finditer(spoken.text, 0, start)), default=0)
    after = _CLAUSE.search(spoken.text, end)
    clause = spoken.text[start : after.start() if after else None]
    if _PLANNED.search(clause):
        return False
    return not _ELSEWHERE.search(clause) or bool(_ELSEWHERE.search(finding.text))


def _is_past(word: str) -> bool:
    return word in _PAST or (word.isascii() and len(word) > 4 and word.endswith("ed"))


def _base(word: str) -> str:
    """One form for install and installed, fit and fitted, wear and worn; no word of English."""
    if not word.isascii() or not word.isalpha():
        return word
    word = _PAST.get(word, word)
    if len(word) > 4 and word.endswith("ied"):
        word = f"{word[:-3]}y"
    elif len(word) > 4 and word.endswith("ed"):
        word = word[:-2]
    word = word.removesuffix("e") if len(word) > 3 else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def agrees(finding: Words, spoken: Words) -> bool:
    """Is something that the finding denies denied in what was said, too?"""
    return any(
        _denied(spoken, place)
        for denial in _denials(finding)
        for place in _mentions(spoken, denial.focus)
    )


def _denials(words: Words) -> list[_Denial]:
    found: list[_Denial] = []
    for place, token in enumerate(words.tokens):
        if not _denies(token):
            continue
        after = _row(words, place, 1)
        row = after or _row(words, place, -1)
        if row:
            span = [token, *(words.tokens[at] for at in row)]
            start, end = min(one.start for one in span), max(one.end for one in span)
            focus = tuple(words.tokens[at].value for at in row)
            found.append(_Denial(place, focus, start, end))
    return found


def _denies(token: Token) -> bool:
    return token.kind == NEGATION or (token.kind == CHAR and token.value in ("缺", "欠"))


def _row(words: Words, place: int, step: int) -> list[int]:
    """Places of the plain words that stand next to a denial in its clause."""
    row: list[int] = []
    at = place + step
    while 0 <= at < len(words.tokens) and len(row) < _FOCUS:
        if words.tokens[at].kind != CHAR or _apart(words, at, at - step):
            break
        leads = step > 0 and not row and words.tokens[at].value in _LEAD
        if not leads and words.tokens[at].value not in _ARTICLES:
            row.append(at)
        at += step
    return sorted(row)


def _mentions(words: Words, focus: Sequence[str]) -> list[int]:
    """Where a text has two of the words in a row that a denial is about; one, where it is one."""
    values = [_base(one.value) for one in words.tokens]
    wanted = [_base(one) for one in focus]
    if len(wanted) == 1:
        return [at for at, one in enumerate(values) if one == wanted[0]]
    pairs = {(wanted[one], wanted[two]) for one, two in _beside(wanted)}
    found = [two for two in _beside(values) if (values[two[0]], values[two[1]]) in pairs]
    return sorted({at for two in found for at in two})


def _beside(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of two words in a row, or with one between them that takes nothing from them."""
    for at in range(len(values) - 1):
        yield at, at + 1
        if values[at + 1] in _BETWEEN and at + 2 < len(values):
            yield at, at + 2


def _denied(words: Words, place: int) -> bool:
    return any(
        _denies(token) and abs(at - place) <= _FOCUS and not _apart(words, at, place)
        for at, token in enumerate(words.tokens)
    )


def _apart(words: Words, one: int, other: int) -> bool:
    """Do two tokens stand in different clauses?"""
    first, last = sorted((one, other))
    between = words.text[words.tokens[first].end : words.tokens[last].start]
    return _CLAUSE.search(between) is not None
