"""How many people a list makes: 我、小陈还有两个临时工 are four, 连我一共四个 are four.

Works on the flattened text with single people as one character each.
"""

from __future__ import annotations

import re

from transcription.comparison.model import Number
from transcription.comparison.values import numbers_zh
from transcription.comparison.zh.people import ANY, ONE, Speech

_COUNT = r"(?:俩|仨|(?:[一二两三四五六七八九十]|\d{1,2})(?:个|名|位|口))"
_MORE = (
    r"(?:小|临时|外[面边头]|来|雇|请|叫|打|帮|忙|修|的|外|地|年|轻|那|边|电|民|力|普|"
    r"杂)*(?:工|人|伙计|帮手|徒弟|师傅|小伙子?|青年|年轻|后生|女的|男的|老头)?"
)
_FROM = rf"(?:{ANY}(?:那边|那儿|那里|家里?|手下|底下|带来?|叫来)?的?)?"
#: 开绞磨的小马, 我这个刷碗的
_ONE = rf"(?:[一-鿿]{{1,4}}的)?{ONE}(?:这个[一-鿿]{{1,3}}的)?"
_PIECE = (
    rf"(?:{_ONE}(?:一个(?!一个))?|"
    rf"(?:另外|其他|别的|还有|再加|外带)?{_COUNT}(?![手脚巴]){_FROM}{_MORE})"
)
_AND = (
    r"(?:、|,|和|跟|搭|与|同|还有|以及|加上|加|再加|再加上|另外|外加|带着?|,还有|,再加上?|,和|"
    r",加上|,另外|,跟)+"
)
_LIST = re.compile(
    rf"(?:就|是|有|只有|也就|"
    rf"总共)*(?P<first>{ONE}(?:一个(?!一个))?)(?P<rest>(?:{_AND}{_PIECE}|{ONE}一个(?!一个))+)"
)
_BROUGHT = re.compile(
    rf"(?P<who>{ONE})(?:又|就)?(?:带着?|领着?|叫着?|拉着?|喊)(?:了|上)?(?P<n>{_COUNT})"
)
_EXCEPT = re.compile(
    rf"(?:除了|除开|除|不算|不连|抛开){ANY}(?:以外|之外|外)?,?(?:还有|另外有?|一共|"
    rf"总共)?(?P<n>{_COUNT})"
)
_ALONE = re.compile(
    rf"(?:就|只有|只|光|仅){ONE}(?:自己)?(?:独?一个人?|独个儿?|自个儿?|自己|独自|孤零零)|"
    rf"{ONE}(?:一个人|"
    rf"自己一个|独自一?个?人?)(?![和跟、])"
)
#: 我跟开挖机的老何, 两个: a bare number behind a comma is the sum, not two more.
_SUMMED = re.compile(rf",(?P<n>{_COUNT})人?$")
_TOTAL = re.compile(r"一共|总共|拢共|共|合计|加起来|连.{1,3}|算上.{1,3}|加上.{1,3}|带上.{1,3}")


def people_listed(speech: Speech) -> tuple[Number, tuple[int, int]] | None:
    """The number of people a list or a phrase makes, and where in the flattened text."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for letter, (start, end) in zip(speech.text, speech.places, strict=True):
        # Groups (两个临时工) are counted by their own words.
        one = end - start == 1 or re.match(ONE, letter)
        letters += [letter] if one else list(speech.flat.text[start:end])
        places += [(start, end)] if one else [(at, at + 1) for at in range(start, end)]
    listed = _listed("".join(letters))
    if listed is None:
        return None
    value, (first, last) = listed
    return value, (places[first][0], places[last - 1][1])


def _listed(text: str) -> tuple[Number, tuple[int, int]] | None:
    if m := _EXCEPT.search(text):
        return _people(_count(m["n"]) + 1), m.span()
    if m := _BROUGHT.search(text):
        return _people(_count(m["n"]) + 1), m.span()
    best: tuple[Number, tuple[int, int]] | None = None
    for m in _LIST.finditer(text):
        total = sum(_worth(p.group()) for p in re.finditer(_PIECE, m.group()))
        if text[m.end() : m.end() + 1] in ("", ",", ".") and (summed := _SUMMED.search(m.group())):
            return _people(_count(summed["n"])), m.span()
        if total > 1 and (best is None or total > best[0].low):
            best = _people(total), m.span()
    if best is None and (m := _ALONE.search(text)):
        return _people(1), m.span()
    return best


def says_total(text: str, start: int) -> bool:
    """Whether the number at ``start`` is said to be the sum."""
    return bool(re.search(rf"(?:{_TOTAL.pattern})(?:就|是|有|也就)*$", text[:start]))


def _people(count: int) -> Number:
    return Number(float(count), float(count), "人")


def _worth(piece: str) -> int:
    if re.match(_ONE, piece):
        return 1
    found = re.search(_COUNT, piece)
    return _count(found.group()) if found else 0


def _count(word: str) -> int:
    found = numbers_zh.find(word + "人" if word[-1:] in "个名位口" else word)
    return int(found[0][0].low) if found else 1
