"""What stands on each page of a record, to be read large or heard instead of looked at.

The text of a page (``Typeset.texts``) has the lines of the paper and nothing of what they are.
Here the content the pages were made from is laid beside it: questions, answers, fields and
places to sign, each with its moment in the recording, divided where the pages are. A block
never says more or less than the page: its characters are counted against those of the page's own
text, and a page that does not come out even is given as the plain lines of that text instead.

Not covered: which words the paper sets in one line, and what is written on it by hand. Fields of a
finding so long that the paper's columns mingle are given as plain lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import msgspec

from command_centre.record.content import Line, RecordContent
from command_centre.record.sheet import FORMS, header_rows, role_label, signer_text

_LABELS = {"q": "问：", "a": "答："}
_END = "（以下无正文）"


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a page; ``t_us`` and ``end_us`` are its moment, 0 where there is none."""

    #: head | title | field | q | a | n | f | text | sign | foot; text: what has no other name
    kind: str
    text: str
    label: str = ""  # as it is printed before the text
    t_us: int = 0
    end_us: int = 0
    continued: bool = False  # it began on the page before


@dataclass(frozen=True)
class _Sides:
    """A page's text apart: what stands above, between and below, as the paper has it."""

    head: str
    body: str  # without spaces
    foot: str


def page_blocks(content: RecordContent, texts: Sequence[str]) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page, in the order in which they are read."""
    sides = [_sides(content, text) for text in texts]
    bodies = "".join(one.body for one in sides)
    ends = list(accumulate(len(one.body) for one in sides))
    pages: list[list[Block]] = [[] for _ in texts]
    placed = 0
    for orders in _said(content):
        found = _found(orders, bodies, placed)
        if found is None:
            continue
        placed, blocks = found
        for block in blocks:
            for page, part in _divided(block, placed, ends):
                pages[page].append(part)
            placed += len(_flat(block.label + block.text))
    made = []
    for number, (text, side) in enumerate(zip(texts, sides, strict=True)):
        first = _opening(content) if number == 0 else []
        last = _closing(content) if number == len(texts) - 1 else []
        blocks = [*_plain("head", side.head), *first, *pages[number], *last]
        blocks += _plain("foot", side.foot)
        even = Counter(_flat("".join(one.label + one.text for one in blocks)))
        made.append(tuple(blocks if even == Counter(_flat(text)) else _plain("text", text)))
    return tuple(made)


def _flat(text: str) -> str:
    return "".join(text.split())


def _plain(kind: str, text: str) -> list[Block]:
    return [Block(kind=kind, text=line.strip()) for line in text.splitlines() if line.strip()]


def _sides(content: RecordContent, text: str) -> _Sides:
    """Cut a page below its running head and above the sentence that is signed."""
    form = FORMS[content.form]
    places = [at for at, character in enumerate(text) if not character.isspace()]
    flat = _flat(text)
    name = _flat(content.agency + form.title)
    number = _flat(content.header.number or content.case_number)
    heads = [one for one in (name + number, number + name) if flat.startswith(one)]
    begin = len(heads[0]) if heads else 0
    end = flat.rfind(_flat(form.page_statement))
    if end < begin:
        return _Sides("", flat, "")
    above = places[begin] if begin < len(places) else len(text)
    return _Sides(text[:above], flat[begin:end], text[places[end] :])


def _opening(content: RecordContent) -> list[Block]:
    """Title and fields: they stand on the first page."""
    form = FORMS[content.form]
    under = "" if content.form == "inspection" else f"（第 {content.header.ordinal} 次询问）"
    titles = [content.agency, form.title, under]
    return [
        *(Block(kind="title", text=one) for one in titles if one),
        *(
            Block(kind="field", label=f"{label}：", text=str(value))
            for row in header_rows(content)
            for label, value, _ in row
        ),
    ]


def _said(content: RecordContent) -> Iterator[list[list[Block]]]:
    """The running text part by part, which goes over pages; each in the orders it may come in."""
    inspection = content.form == "inspection"
    if inspection and content.header.opening:
        yield [[Block(kind="text", text=content.header.opening)]]
    findings = [_printed(one) for one in content.lines if one.kind == "f"]
    for line in content.lines:
        if line.kind == "f":
            # numbered as record.typ does: what is the same twice has one number
            yield _finding(line, findings.index(_printed(line)) + 1)
        else:
            text = f"（{line.text}）" if line.kind == "n" else line.text
            yield [[_anchored(line, _LABELS.get(line.kind, ""), text)]]
    if inspection and content.header.handling:
        yield [[Block(kind="text", label="处理情况：", text=content.header.handling)]]


def _printed(line: Line) -> tuple[str, ...]:
    return line.text, line.place, line.evidence, line.article


def _anchored(line: Line, label: str, text: str) -> Block:
    return Block(kind=line.kind, label=label, text=text, t_us=line.t_us, end_us=line.end_us)


def _finding(line: Line, number: int) -> list[list[Block]]:
    """A finding with its fields; the two that stand side by side come in either order."""
    found = _anchored(line, f"{number}.", line.text)
    place = Block(kind="field", label="位置：", text=line.place)
    evidence = Block(kind="field", label="证据编号：", text=line.evidence)
    article = Block(kind="field", label="涉嫌违反：", text=line.article)
    return [[found, place, evidence, article], [found, evidence, place, article]]


def _found(
    orders: Sequence[list[Block]], bodies: str, placed: int
) -> tuple[int, list[Block]] | None:
    """Where a part begins: at the next words of the page, or further on after unknown ones."""
    flats = [_flat("".join(one.label + one.text for one in blocks)) for blocks in orders]
    for flat, blocks in zip(flats, orders, strict=True):
        if flat and bodies.startswith(flat, placed):
            return placed, blocks
    for flat, blocks in zip(flats, orders, strict=True):
        if flat and (begin := bodies.find(flat, placed)) >= 0:
            return begin, blocks
    return None


def _closing(content: RecordContent) -> list[Block]:
    """Below the text: who signs the whole record."""
    blocks = [Block(kind="text", text=_END)]
    blocks.append(Block(kind="text", text=FORMS[content.form].closing))
    for one in content.signers:
        who = f"{role_label(content, one.role)}：{signer_text(one)}"
        blocks.append(Block(kind="sign", label=who, text="签名：　日期："))
    return blocks


def _divided(block: Block, begin: int, ends: Sequence[int]) -> Iterator[tuple[int, Block]]:
    """A block where the pages part it; ``begin`` counts characters without spaces."""
    whole = block.label + block.text
    places = [at for at, character in enumerate(whole) if not character.isspace()]
    end = begin + len(places)
    for page, (top, bottom) in enumerate(pairwise((0, *ends))):
        if bottom <= begin or top >= end:
            continue
        first, last = max(begin, top) - begin, min(end, bottom) - begin
        since = places[first] if first else 0
        until = places[last] if last < len(places) else len(whole)
        label = block.label if since == 0 else ""
        text = whole[max(since, len(block.label)) : until].strip()
        if text or label:
            yield page, msgspec.structs.replace(block, label=label, text=text, continued=since > 0)
