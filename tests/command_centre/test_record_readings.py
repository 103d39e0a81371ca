"""A record against corrections and against a second hearing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from command_centre.desk.record_readings import SECOND, Listed, listed
from command_centre.desk.record_said import SecondHearing, Sentence
from command_centre.desk.record_text import Text, lines_of
from command_centre.desk.views import Corrected
from command_centre.record.content import Header
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom

S = 1_000_000


def sentence(number: int, text: str, corrected: str = "") -> Sentence:
    by = Corrected(version=1, text=corrected, by_name="林处", t_us=0, reason="听录音")
    return Sentence(
        id=f"u{number}",
        source="room1-camera",
        kind="a" if number % 2 else "q",
        spoken=text,
        start_us=number * 10 * S,
        end_us=(number * 10 + 4) * S,
        corrected=by if corrected else None,
    )


def second(number: int, text: str) -> SecondHearing:
    return SecondHearing(
        id=f"second-{number}",
        source="room1-camera",
        kind="a" if number % 2 else "q",
        text=text,
        start_us=number * 10 * S + S // 4,
        end_us=(number * 10 + 4) * S,
    )


def text_of(said: list[Sentence]) -> Text:
    return Text(
        version=1, header=Header(), lines=lines_of(said), until_us=10**12, by_name="", t_us=None
    )


def found(
    said: list[Sentence], other: list[SecondHearing], text: Text | None = None
) -> list[Listed]:
    return listed(text or text_of(said), said, other, ("李伟", "王军"))


def test_a_draft_takes_the_corrected_words_and_the_correction_settles_the_difference() -> None:
    said = [sentence(0, "几点进去的"), sentence(1, "九点进去的", "四点进去的")]
    assert text_of(said).lines[1].text == "四点进去的。"
    [one] = found(said, [])
    assert (one.difference.said, one.difference.written) == ("九点", "四点")
    assert one.corrected is not None
    assert one.corrected.by_name == "林处"


def test_a_record_that_has_not_taken_the_correction_differs_openly() -> None:
    before = text_of([sentence(0, "几点进去的"), sentence(1, "九点进去的")])
    said = [sentence(0, "几点进去的"), sentence(1, "九点进去的", "四点进去的")]
    [one] = found(said, [], before)
    assert (one.difference.said, one.difference.written) == ("四点", "九点")
    assert one.critical
    assert one.corrected is None


def test_the_second_hearing_is_pointed_out_where_a_number_a_name_or_a_negation_differs() -> None:
    said = [sentence(0, "谁让你去的"), sentence(1, "李伟让我去的"), sentence(3, "没有办票")]
    other = [second(0, "谁让你去的"), second(1, "王军让我去的"), second(3, "办票")]
    items = found(said, other)
    assert {(one.difference.kind, one.difference.about) for one in items} == {
        (SECOND, "name"),
        (SECOND, "negation"),
    }
    assert not any(one.critical for one in items)
    assert [one.difference.start_us // S for one in items] == [10, 30]


def test_words_alike_and_what_a_person_corrected_are_not_asked_of_a_machine() -> None:
    said = [sentence(1, "嗯就是李伟让我去的"), sentence(3, "三个人", "五个人")]
    other = [second(1, "那就李伟喊我去"), second(3, "六个人")]
    assert [one.difference.kind for one in found(said, other) if one.corrected is None] == []


async def test_a_correction_reaches_draft_and_list(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        at = f"/api/sessions/{room.session}/record"
        path = f"/api/utterances/u-{room.session}-3/versions"
        await room.done(path, {"base": 0, "text": "有，票都办了", "reason": "听录音"})
        record = (await room.get(at)).json()
        assert "有，票都办了" in record["lines"][3]["text"]
        body = {"base": 0, "header": record["header"], "lines": record["lines"]}
        await room.done(f"{at}/text", body)
        review = (await room.get(f"{at}/review")).json()
        assert review["open_critical"] == 0
        corrected = [one for one in review["differences"] if one["corrected"]]
        assert corrected
        assert all(one["justified"] and one["reason"] == "听录音" for one in corrected)
        # taken back: the record now says what the recording does not
        await room.done(path, {"base": 1, "text": "没有，什么票都没办", "reason": "听错了"})
        async with asyncio.timeout(30):
            while not (await room.get(f"{at}/review")).json()["open_critical"]:
                await asyncio.sleep(0.1)
