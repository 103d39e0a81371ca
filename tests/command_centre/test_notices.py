"""Notices: versions that are never changed, articles apart from the words, what must be said."""

from __future__ import annotations

import re
from typing import Any

import httpx
import msgspec
import pytest

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.kept_notices import (
    LAW_MAX,
    LINE_EN_MAX,
    LINE_MAX,
    LINES_MAX,
    TITLE_MAX,
    VERSIONS_MAX,
)
from command_centre.desk.notices import (
    NOTICES,
    PARTS,
    all_notices,
    doubts_about,
    read_notices,
    shipped_named,
    shipped_notice,
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
    assert {one.name: one.sha256 for one in all_notices() if one.name in READ} == READ


@pytest.mark.parametrize("kind", ["interview", "inspection"])
def test_everything_is_said_and_articles_stand_in_their_field(kind: str) -> None:
    notice = shipped_notice(kind)
    words = "".join(line.zh for line in notice.lines)
    wanted = SAID + (IN_AN_INTERVIEW if kind == "interview" else ())
    assert [one for one in wanted if one not in words] == []
    for line in notice.lines:
        assert not re.search(r"第.{1,6}条|法第", line.zh), line.zh
        assert not re.search(r"\barts?\. \d", line.en), line.en
        assert bool(line.law) == bool(line.law_en)
    assert any(line.law for line in notice.lines)


def test_the_article_belongs_to_what_is_proved() -> None:
    notice = shipped_notice("interview")
    raw = NOTICES.read_text(encoding="utf-8").replace("第四十三条", "第四十四条")
    other = next(one for one in read_notices(raw.encode()) if one.name == notice.name)
    assert other.sha256 != notice.sha256


async def test_what_was_read_is_shown_as_it_was(centre: Centre) -> None:
    session = await centre.open_room("room1")
    async with centre.client("interviewer") as client:
        path = f"/api/sessions/{session}/notice"
        now = (await client.get(path)).json()
        assert now["name"] == shipped_notice("interview").name
        body = {"notice": "interview/1", "text_sha256": READ["interview/1"], "language": "zh"}
        body |= {"how": "aloud", "by": "a"}
        centre.recorder.append("notice.read", body, session=session, room="room1")
        await centre.settle()
        then = (await client.get(path)).json()
    assert then["name"] == "interview/1"
    assert [line["zh"] for line in then["lines"]] == [
        line.zh for one in all_notices() if one.name == "interview/1" for line in one.lines
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
    assert {kind: shipped_notice(kind).name for kind in last} == last
    assert shipped_named("none") is None


# --- notices the agency words itself ------------------------------------------------------------

PATH = "/api/notice-templates"
KEPT = ("notice.set", "notice.used")


def _text(kind: str = "interview", **changed: Any) -> dict[str, Any]:
    """The shipped notice as a request, with its first paragraph in other words."""
    notice = shipped_notice(kind)
    lines = [msgspec.to_builtins(one) for one in notice.lines]
    lines[0] = {**lines[0], "zh": "本机关对本次询问全程录音录像，请你知悉。"}
    return {"title": notice.title, "title_en": notice.title_en, "lines": lines} | changed


async def _kept(client: httpx.AsyncClient, kind: str = "interview") -> dict[str, Any]:
    found = (await client.get(PATH)).json()["notices"]
    return next(dict(one) for one in found if one["kind"] == kind)


async def _of(client: httpx.AsyncClient, session: str) -> dict[str, Any]:
    return dict((await client.get(f"/api/sessions/{session}/notice")).json())


@pytest.mark.parametrize("kind", ["interview", "inspection"])
def test_the_shipped_notices_leave_nothing_out(kind: str) -> None:
    assert not doubts_about(kind, shipped_notice(kind).lines)


@pytest.mark.parametrize("kind", ["interview", "inspection"])
@pytest.mark.parametrize("part", PARTS)
def test_what_is_left_out_is_named(kind: str, part: str) -> None:
    """Each part is found by words of its own: without its paragraphs it is named."""
    lines = shipped_notice(kind).lines
    if part in ("language", "read_back") and kind == "inspection":
        assert part not in doubts_about(kind, []).missing
        return
    without = [one for one in lines if part in doubts_about(kind, [one]).missing]
    assert len(without) < len(lines)
    assert part in doubts_about(kind, without).missing
    assert part in doubts_about(kind, without).missing_en


async def test_a_notice_is_replaced_and_taken_back(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        first = await _kept(client)
        assert first["in_use"] == "interview/2"
        assert [one["name"] for one in first["versions"]] == ["interview/2", "interview/1"]
        assert all(one["shipped"] and not one["uses"] for one in first["versions"])
        made = (await client.post(f"{PATH}/interview", json=_text())).json()
        assert made["in_use"] == "interview/own-1"
        mine = made["versions"][0]
        assert (mine["number"], mine["shipped"], len(mine["uses"])) == (1, False, 1)
        assert mine["by_name"] == mine["uses"][0]["by_name"] != ""
        assert mine["lines"][0]["zh"] == "本机关对本次询问全程录音录像，请你知悉。"
        again = await client.post(f"{PATH}/interview", json=_text())
        assert again.json() == made  # the same words
        title = {"title": "询问权利义务告知书"}
        assert (await client.post(f"{PATH}/interview", json=_text(**title))).json()[
            "in_use"
        ] == "interview/own-2"
        use = f"{PATH}/interview/use"
        for name in ("interview/2", "interview/own-1"):
            assert (await client.post(use, json={"name": name})).json()["in_use"] == name
        last = (await client.post(use, json={"name": "interview/own-1"})).json()
        assert [len(one["uses"]) for one in last["versions"]] == [1, 2, 1, 0]
        assert (await _kept(client, "inspection"))["in_use"] == "inspection/2"
    kinds = [kind for kind, _ in centre.log.entries if kind in KEPT]
    assert kinds == ["notice.set", "notice.set", "notice.used", "notice.used"]
    body = next(body for kind, body in centre.log.entries if kind == "notice.set")
    assert body["text_sha256"] != shipped_notice("interview").sha256


async def test_a_session_keeps_the_version_it_opened_with(centre: Centre) -> None:
    async with centre.client("administrator") as admin, centre.client("interviewer") as client:
        before = await centre.open_room("room1")
        await admin.post(f"{PATH}/interview", json=_text())
        assert (await _of(client, before))["name"] == "interview/2"
        blank = (await client.get("/api/rooms/room1/notice")).json()
        assert blank["name"] == "interview/own-1"
        read = {"language": "zh", "how": "aloud"}
        path = f"/api/sessions/{before}/notice/read"
        assert (await client.post(path, json=read)).json()["name"] == "interview/2"
        [entry] = centre.recorder.bodies("notice.read")
        assert entry["text_sha256"] == shipped_notice("interview").sha256
        closed = await client.post(f"/api/sessions/{before}/close", json={"reason": "done"})
        assert closed.status_code == 200
        after = await centre.open_room("room1")
        assert (await _of(client, after))["name"] == "interview/own-1"
        await admin.post(f"{PATH}/interview/use", json={"name": "interview/2"})
        assert (await _of(client, after))["name"] == "interview/own-1"
        assert (await _of(client, before))["name"] == "interview/2"


async def test_what_was_before_the_person_is_what_is_written(centre: Centre) -> None:
    """Given on the tablet, then replaced, then the session opens: the words that were given."""
    async with centre.client("administrator") as admin, centre.client("interviewer") as client:
        given = (await client.get("/api/rooms/room1/notice")).json()["name"]
        await admin.post(f"{PATH}/interview", json=_text())
        session = await centre.open_room("room1")
        path = f"/api/sessions/{session}/notice/read"
        read = {"language": "zh", "how": "aloud"}
        for wrong in ("inspection/2", "interview/9"):
            answer = await client.post(path, json={**read, "notice": wrong})
            assert answer.json()["code"] == "bad_notice", wrong
        told = await client.post(path, json={**read, "notice": given})
        assert told.json()["name"] == given == "interview/2"


async def test_what_is_left_out_is_kept_only_when_said(centre: Centre) -> None:
    without = [
        line for line in _text()["lines"] if "控告" not in line["zh"] and "回避" not in line["zh"]
    ]
    without[0] = {**without[0], "zh": "依照行政处罚法第四十七条，本次询问录音录像。"}
    async with centre.client("administrator") as client:
        refused = await client.post(f"{PATH}/interview", json=_text(lines=without))
        assert (refused.status_code, refused.json()["code"]) == (409, "notice_doubts")
        doubts = refused.json()["doubts"]
        assert doubts["missing"] == doubts["missing_en"] == ["withdrawal", "complaint"]
        assert doubts["articles"] == [1]
        earlier = await client.post(f"{PATH}/interview/use", json={"name": "interview/1"})
        assert "complaint" in earlier.json()["doubts"]["missing"]
        assert not [kind for kind, _ in centre.log.entries if kind in KEPT]
        body = _text(lines=without, despite=True)
        kept = (await client.post(f"{PATH}/interview", json=body)).json()
    left_out = [*doubts["missing"], "withdrawal.en", "complaint.en", "article.1"]
    assert kept["versions"][0]["uses"][0]["left_out"] == left_out
    assert centre.log.entries[-1][1]["left_out"] == left_out


LINE = {"zh": "一", "en": "one", "law": "", "law_en": ""}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": " "}, "a title has 1 to 60"),
        ({"title_en": "x" * (TITLE_MAX + 1)}, "a title has 1 to 60"),
        ({"lines": []}, "1 to 40 paragraphs"),
        ({"lines": [LINE] * (LINES_MAX + 1)}, "1 to 40 paragraphs"),
        (
            {"lines": [LINE, {**LINE, "zh": "字" * (LINE_MAX + 1)}]},
            "paragraph 2: expected",
        ),
        ({"lines": [{**LINE, "en": "x" * (LINE_EN_MAX + 1)}]}, "paragraph 1: expected"),
        ({"lines": [{**LINE, "en": " "}]}, "paragraph 1: expected"),
        ({"lines": [{**LINE, "zh": "一\n二"}]}, "without line breaks"),
        ({"lines": [{**LINE, "law": "安全生产法第六十六条"}]}, "in both languages, or in none"),
        ({"lines": [{**LINE, "law": "x" * (LAW_MAX + 1), "law_en": "x"}]}, "at most 200"),
    ],
)
async def test_what_cannot_be_is_refused(centre: Centre, changed: Any, said: str) -> None:
    async with centre.client("administrator") as client:
        answer = await client.post(f"{PATH}/interview", json=_text(**changed, despite=True))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_notice_text")
    assert said in answer.json()["detail"]


async def test_as_much_as_there_can_be_is_taken(centre: Centre) -> None:
    full = {"zh": "字" * LINE_MAX, "en": "é" * LINE_EN_MAX, "law": "条" * LAW_MAX}
    lines = [{**full, "law_en": "é" * LAW_MAX}] * LINES_MAX
    body = _text(title="题" * TITLE_MAX, lines=lines, despite=True)
    async with centre.client("administrator") as client:
        answer = await client.post(f"{PATH}/inspection", json=body)
    assert answer.json()["in_use"] == "inspection/own-1"


async def test_versions_have_an_end(centre: Centre) -> None:
    table = schema.notice_version
    row = {"name": "interview/own-200", "kind": "interview", "number": VERSIONS_MAX, "t_us": 1}
    await centre.context.database.write(
        lambda writing: writing.execute(table.insert().values(**row)).rowcount
    )
    async with centre.client("administrator") as client:
        answer = await client.post(f"{PATH}/interview", json=_text())
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_notices")


async def test_what_there_is_not_is_named(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        for path, body in (
            (f"{PATH}/trial", _text()),
            (f"{PATH}/trial/use", {"name": "interview/1"}),
            (f"{PATH}/interview/use", {"name": "inspection/1"}),
            (f"{PATH}/interview/use", {"name": "interview/own-1"}),
        ):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_notice"), path


async def test_the_same_entries_give_the_same_rows(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        await client.post(f"{PATH}/interview", json=_text())
        await client.post(f"{PATH}/interview/use", json={"name": "interview/2"})
        before = await _kept(client)
        mine = [(i, *one) for i, one in enumerate(centre.log.entries) if one[0] in KEPT]
        times = [use["t_us"] for one in before["versions"] for use in one["uses"]]

        def again(writing: Writing) -> None:
            writing.execute(schema.notice_version.delete())
            writing.execute(schema.notice_use.delete())
            for (index, kind, body), t_us in zip(mine, sorted(times), strict=True):
                book_projection.take(writing, index, t_us, kind, body)
                book_projection.take(writing, index, t_us, kind, body)
            for broken in ({"lines": "[]"}, {"kind": "trial"}, {"number": "x"}):
                book_projection.take(writing, 999, 1, "notice.set", {**mine[0][2], **broken})

        await centre.context.database.write(again)
        assert await _kept(client) == before
