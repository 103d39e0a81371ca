"""Question words a recogniser wrote as other words of their sound: 娠么氏候, 极点进的仓, 夺少人.

Only in questions, and only where the characters as written ask for nothing, or where part of the
word still stands as it was said. Replaced character by character in the flattened copy, so every
place stays. What a question asks is no statement of the person: it lowers no tier. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

import rjieba

from transcription.comparison.zh.topics import words
from transcription.sounds import fold, tokens

_PHRASES = words(
    "什么时候 啥时候 什么时间 什么地方 什么位置 什么工具 什么东西 什么人 哪个人 几点钟 几个人"
    " 多少人 多少个人 用什么 拿什么 用的什么 拿的什么 使什么 在哪里 在哪儿 从哪里 从哪儿 到哪里"
    " 去哪里 去哪儿 在什么 有没有 是不是 怎么样 什么 怎么 几点 几个 几号 几时 几人 几位 哪里 哪儿"
    " 哪个 哪天 哪位 哪边 多少 拿啥 用啥 使啥 在哪 到哪 去哪 放哪 站哪 支哪 搁哪 堆哪 是谁"
    " 谁让 谁叫"
)
#: A question word of which this much stands is known by it alone.
_TELLING = frozenset("什么怎几哪啥谁多")
#: As written, the text asks for something.
_ASKS = re.compile(
    r"什么|啥|怎么|咋|谁|哪|[几多](?!次|亏|年来)|何|吗|么(?=\?|$)|有没有|是不是|是否|"
    r"[没不]有?[?.]*$|(.)[没不]\1|呢|"
    r"为何|干嘛|吧[?.]*$|经过|情况|说一?说|讲一?讲|说一下|讲一下|甚么|乜|咩|么子"
)
#: Characters that mean themselves where they stand.
_OWN = frozenset("那这又由有是以已也的了就你我他她一不没在")


def mend_question(text: str) -> str:
    """``text`` with its question words as they were asked."""
    return _mended(text)


@lru_cache(maxsize=1024)
def _mended(text: str) -> str:
    spoken = tokens(text)
    if len(spoken) > 120:
        return text
    heard = [fold(token.sound) for token in spoken]
    asks = bool(_ASKS.search(text))
    inside: list[tuple[int, int]] | None = None
    taken: list[tuple[int, int, str]] = []
    for at in range(len(heard)):
        for phrase in _index().get(tuple(heard[at : at + 2]), ()):
            sounds = _sounds(phrase)
            if tuple(heard[at : at + len(sounds)]) != sounds:
                continue
            start, end = spoken[at].start, spoken[at + len(sounds) - 1].end
            written = text[start:end]
            if len(written) != len(phrase) or any(a < end and start < b for a, b, _ in taken):
                continue
            if written == phrase:
                taken.append((start, end, phrase))
                break
            inside = _words(text) if inside is None else inside
            if _meant(written, phrase, asks, (start, end), inside):
                taken.append((start, end, phrase))
                break
    for start, end, phrase in taken:
        text = text[:start] + phrase + text[end:]
    return text


def _meant(
    written: str, phrase: str, asks: bool, span: tuple[int, int], inside: list[tuple[int, int]]
) -> bool:
    start, end = span
    wrong = [a for a, b in zip(written, phrase, strict=True) if a != b]
    if any(a in _OWN for a in wrong):
        return False
    kept = {b for a, b in zip(written, phrase, strict=True) if a == b}
    if len(phrase) >= 4 and kept:
        return True
    # 沈厂长哪儿 is no 站哪: the character belongs to a word that reaches beyond.
    if any(a < end and start < b and (a < start or b > end) for a, b in inside if b - a > 1):
        return False
    if phrase == "是谁":
        return wrong in (["水"], ["睡"], ["税"])
    if kept & _TELLING and len(kept) >= len(wrong):
        return True
    return not asks or (len(phrase) >= 3 and len(kept) >= 2)


@lru_cache(maxsize=1)
def _index() -> dict[tuple[str, ...], list[str]]:
    """Phrases by their first two sounds, the longest first."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for phrase in sorted(_PHRASES, key=lambda p: (-len(p), p)):
        found[_sounds(phrase)[:2]].append(phrase)
    return dict(found)


@lru_cache(maxsize=256)
def _sounds(phrase: str) -> tuple[str, ...]:
    return tuple(fold(token.sound) for token in tokens(phrase))


def _words(text: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for word in rjieba.cut(text, False):
        spans.append((at, at + len(word)))
        at += len(word)
    return spans
