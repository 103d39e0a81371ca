"""Notices: versions that are never changed, articles apart from the words, what must be said."""

from __future__ import annotations

import re

import pytest

from command_centre.desk.notices import (
    NOTICES,
    all_notices,
    notice_for,
    notice_named,
    read_notices,
)
from command_centre.errors import TemplateError
from tests.command_centre.centre import Centre

#: Digests that entries of logs may name: these versions were read to people.
READ = {
    "interview/1": "f662cdfc600e1b1568407a4d68c5473b2de9763ac909d6080bd8067c5d326c2e",
    "inspection/1": "d888fcf067659cc49f0a47c186aa3b312587047313452d476fe0a7ad0f698d81",
}
#: What a person is told in every kind of session (facts of the trade, 1.2).
SAID = (
    "执法证件",
    "申请回避",
    "陈述和申辩",
    "书面陈述",
    "听证",
    "保密",
    "控告",
    "行政复议",
    "行政诉讼",
)
IN_AN_INTERVIEW = ("录音录像", "翻译", "核对笔录", "宣读", "补正", "与本案无关", "如实回答")


def test_a_version_that_was_read_is_never_changed() -> None:
    assert {name: notice_named(name, "interview").sha256 for name in READ} == READ


@pytest.mark.parametrize("kind", ["interview", "inspection"])
def test_everything_is_said_and_articles_stand_in_their_field(kind: str) -> None:
    notice = notice_for(kind)
    words = "".join(line.zh for line in notice.lines)
    wanted = SAID + (IN_AN_INTERVIEW if kind == "interview" else ())
    assert [one for one in wanted if one not in words] == []
    for line in notice.lines:
        assert not re.search(r"第.{1,6}条|法第", line.zh), line.zh
        assert not re.search(r"\barts?\. \d", line.en), line.en
        assert bool(line.law) == bool(line.law_en)
    assert any(line.law for line in notice.lines)


def test_the_article_belongs_to_what_is_proved() -> None:
    notice = notice_for("interview")
    raw = NOTICES.read_text(encoding="utf-8").replace("第四十三条", "第四十四条")
    other = next(one for one in read_notices(raw.encode()) if one.name == notice.name)
    assert other.sha256 != notice.sha256


async def test_what_was_read_is_shown_as_it_was(centre: Centre) -> None:
    session = await centre.open_room("room1")
    async with centre.client("interviewer") as client:
        path = f"/api/sessions/{session}/notice"
        now = (await client.get(path)).json()
        assert now["name"] == notice_for("interview").name
        body = {"notice": "interview/1", "text_sha256": READ["interview/1"], "language": "zh"}
        body |= {"how": "aloud", "by": "a"}
        centre.recorder.append("notice.read", body, session=session, room="room1")
        await centre.settle()
        then = (await client.get(path)).json()
    assert then["name"] == "interview/1"
    assert [line["zh"] for line in then["lines"]] == [
        line.zh for line in notice_named("interview/1", "interview").lines
    ]
    assert then["read_us"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("duizhi-notices/1", "duizhi-notices/9", "expected format"),
        ('name = "interview/1"', 'name = "interview/2"', "same name"),
        ('kind = "inspection"', 'kind = "interview"', "one for each"),
        ("en = ", "english = ", "notices"),
        ("[[notice]]", "[notice]", "notices"),
        ('zh = "本次检查全程录音录像，请你单位知悉。"', 'zh = " "', "both languages"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(old: str, new: str, said: str) -> None:
    raw = NOTICES.read_text(encoding="utf-8")
    assert old in raw
    with pytest.raises(TemplateError, match=said):
        read_notices(raw.replace(old, new).encode())


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TemplateError):
        read_notices(b"\xff")


def test_the_last_of_a_kind_is_read_now() -> None:
    last = {one.kind: one.name for one in all_notices()}
    assert {kind: notice_for(kind).name for kind in last} == last
    assert notice_named("none", "inspection") == notice_for("inspection")
