"""A page of a record as text, and what is signed on it so far: by themselves and over HTTP."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from command_centre.record.content import Line, RecordContent
from command_centre.record.page_ink import SignedPlace, page_ink_svg
from command_centre.record.page_text import Block, page_blocks
from command_centre.record.strokes import ink_svg
from command_centre.record.typeset import Place, typeset
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom, ink
from tests.command_centre.test_record_pages import LONG, STROKE, content

QUESTION = Line(kind="q", text="谁安排的？", t_us=5_000_000, end_us=6_000_000)
ANSWER = Line(kind="a", text=LONG, t_us=7_000_000, end_us=9_000_000)
NOTE = Line(kind="n", text="10时5分至10时10分休息", t_us=8_000_000)


def _inspection() -> RecordContent:
    finding = Line(
        kind="f",
        text="一号库房门口堆放木托盘",
        place="一号库房",
        evidence="证据1、2",
        article="第三十六条",
    )
    other = msgspec.structs.replace(finding, text="灭火器过期", evidence="", t_us=3_000_000)
    made = content(
        finding, other, finding, NOTE, opening="我们是某某支队的执法人员。", handling="责令改正。"
    )
    return msgspec.structs.replace(made, form="inspection")


def _questioning(*lines: Line, **header: str) -> RecordContent:
    return msgspec.structs.replace(
        content(*lines, **header), form="questioning", start_root="cd34" * 16
    )


CASES = {
    "long": _questioning(QUESTION, ANSWER, NOTE),
    "first form": content(QUESTION, NOTE, cause="动火作业"),
    "no form of lines": _questioning(Line(kind="a", text="是")),
    "wide fields": _questioning(
        QUESTION,
        place="某某路一百二十三号" * 8,
        employer="某某化工有限公司检修班" * 6,
        notice="已告知。" * 90,
    ),
    "odd text": _questioning(
        Line(kind="a", text='#panic("x") $ *粗* \\ `x` [b] 😀㛃𠅤'),
        Line(kind="a", text="第一段。\n\n　第二段 with English words, 9:30."),
        Line(kind="a", text="本页笔录已阅，与所述一致。"),
        Line(kind="q", text="　"),
    ),
    "inspection": _inspection(),
}


@pytest.mark.parametrize("name", CASES)
def test_a_page_as_text_says_what_the_page_says_and_nothing_else(name: str) -> None:
    texts = typeset(CASES[name]).texts
    pages = page_blocks(CASES[name], texts)
    assert len(pages) == len(texts)
    for text, blocks in zip(texts, pages, strict=True):
        assert _counted("".join(one.label + one.text for one in blocks)) == _counted(text)
        assert {one.kind for one in blocks} > {"head", "foot"}, "its parts are known"


def test_a_long_answer_is_divided_where_the_pages_are_and_keeps_its_moment() -> None:
    made = CASES["long"]
    pages = page_blocks(made, typeset(made).texts)
    parts = [one for page in pages for one in page if one.kind == "a"]
    assert len(parts) >= 3
    assert "".join(one.text for one in parts) == LONG
    assert [one.label for one in parts] == ["答：", *[""] * (len(parts) - 1)]
    assert [one.continued for one in parts] == [False, *[True] * (len(parts) - 1)]
    assert {(one.t_us, one.end_us) for one in parts} == {(7_000_000, 9_000_000)}
    first = [one for one in pages[0] if one.kind in ("title", "q")]
    assert [one.text for one in first if one.kind == "title"][1] == "询问笔录"
    assert first[-1] == Block(
        kind="q", label="问：", text="谁安排的？", t_us=5_000_000, end_us=6_000_000
    )


def test_a_page_that_does_not_come_out_even_is_its_own_plain_lines() -> None:
    made = CASES["long"]
    texts = list(typeset(made).texts)
    texts[1] = texts[1].replace("上午必须割完", "下午必须割完", 1)
    pages = page_blocks(made, texts)
    assert {one.kind for one in pages[1]} == {"text"}
    assert "\n".join(one.text for one in pages[1]).count("下午必须割完") == 1
    for blocks, text in zip(pages, texts, strict=True):
        assert _counted("".join(one.label + one.text for one in blocks)) == _counted(text)


def test_findings_have_their_numbers_and_fields() -> None:
    made = CASES["inspection"]
    [blocks] = page_blocks(made, typeset(made).texts)
    found = [one for one in blocks if one.kind == "f"]
    assert [(one.label, one.text) for one in found[:2]] == [
        ("1.", "一号库房门口堆放木托盘"),
        ("2.", "灭火器过期"),
    ]
    assert found[1].t_us == 3_000_000
    assert [one.label for one in blocks].count("涉嫌违反：") == 3
    assert [one.label for one in blocks if one.kind == "sign"] == [
        "被检查单位现场负责人：张某",
        "检查人员：吴某某（证件号 渭执A0021）",
    ]


def test_handwriting_is_drawn_where_the_place_is_and_names_are_text() -> None:
    place = Place("foot", "p", 1, (294.0, 82.0, 528.0, 118.0), 162.0)
    drawn = page_ink_svg([SignedPlace(place, [STROKE], "<张&某>", "2026-05-18\n10:20:31")])
    assert 'viewBox="0 0 595.276 841.89"' in drawn
    assert 'transform="translate(294.0 723.9) scale(0.0132' in drawn
    assert "&lt;张&amp;某&gt;" in drawn
    assert drawn.count("<text") == 3
    assert page_ink_svg([]).count("<g") == 0
    assert "polyline" in ink_svg([STROKE])


async def test_a_page_is_read_large_and_shows_what_is_signed_on_it(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        first = (await room.get(f"{at}/pages/1/text")).json()
        assert (first["page"], first["of"]) == (1, document["pages"])
        record = (await room.get(f"/api/sessions/{room.session}/record")).json()
        said = [one for one in first["blocks"] if one["kind"] in ("q", "a")]
        assert [one["text"] for one in said] == [one["text"] for one in record["lines"]]
        assert [one["t_us"] for one in said] == [one["t_us"] for one in record["lines"]]
        heard = {"from_us": said[0]["t_us"], "source": "room1-camera"}
        assert record["microphones"] == [heard]
        for page in ("0", str(document["pages"] + 1), "x", "²", "٣", "9" * 4301):
            for what in ("text", "ink"):
                refused = await room.get(f"{at}/pages/{page}/{what}")
                assert refused.json()["code"] == "unknown_place", page
        assert (await room.get("/api/documents/none/pages/1/text")).status_code == 404
        empty = (await room.get(f"{at}/pages/1/ink")).text
        assert "<text" not in empty
        picture = (await room.get(f"{at}/pages/1")).content
        now_us = time.time_ns() // 1000
        shown = {"page": 1, "from_us": now_us - 9_000_000, "to_us": now_us}
        await room.done(f"{at}/shown", {**shown, "large_type": True, "scrolled_pm": 700})
        await room.done(f"{at}/shown", shown)
        await room.done(f"{at}/sign", {"ink": ink("foot", 1)})
        drawn = await room.get(f"{at}/pages/1/ink?signed=1")
        assert drawn.headers["Content-Type"].startswith("image/svg+xml")
        assert drawn.headers["Cache-Control"] == "private, no-store"
        assert "张某" in drawn.text
        assert "polyline" in drawn.text
        # the picture that was signed stays the one whose digest the log has
        assert (await room.get(f"{at}/pages/1")).content == picture
        large = [one.get("large_type", False) for one in await room.entries("page.shown")]
        assert large == [True, False]


def _counted(text: str) -> dict[str, Any]:
    return Counter("".join(text.split()))
