"""A privileged pause: nothing of what is paused is written, tapped or shown; its time is proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from config import recorder_messages as rm
from evidence_store.books import Books
from evidence_store.entry import Entry
from evidence_store.time_account import ORDER_SLACK_US, settle_time
from recorder.errors import NotPaused, PauseChanged
from recorder.ingest.clip import Clip
from recorder.media import Kind
from recorder.pause import Pause, PauseBook, split_hole
from recorder.session import Session
from recorder.timeline import AHEAD_US
from tests.recorder.test_recording import START_US, Fed

BOTH: frozenset[Kind] = frozenset(("audio", "video"))
SOUND: frozenset[Kind] = frozenset(("audio",))
PICTURE: frozenset[Kind] = frozenset(("video",))
SLACK_US = 150_000


# --- the orders ---------------------------------------------------------------------------


def test_a_second_press_changes_nothing_unless_it_withholds_more() -> None:
    book = PauseBook()
    assert book.begin(Pause("a", SOUND, "lawyer", 10))[1] is not None
    assert book.begin(Pause("a", BOTH, "lawyer", 11)) == (None, None)  # asked again
    assert book.begin(Pause("b", SOUND, "medical", 12)) == (None, None)
    ended, begun = book.begin(Pause("c", PICTURE, "medical", 13))
    assert ended == Pause("a", SOUND, "lawyer", 10, 13)
    assert begun == Pause("c", BOTH, "medical", 13)
    assert book.tracks == BOTH


def test_a_pause_that_is_told_again_is_no_second_one_even_when_it_is_over() -> None:
    book = PauseBook()
    wanted = Pause("pa-1", BOTH, "lawyer", 10)
    book.begin(wanted)
    assert book.begin(replace(wanted, begin_us=20)) == (None, None)
    book.end("pa-1", 30)  # by another desk, before the answer arrived
    assert book.begin(replace(wanted, begin_us=40)) == (None, None)
    assert book.present is None
    assert len(book.pauses) == 1


def test_only_the_pause_in_force_can_be_ended() -> None:
    book = PauseBook()
    with pytest.raises(NotPaused):
        book.end("a", 5)
    book.begin(Pause("a", SOUND, "lawyer", 10))
    book.begin(Pause("b", BOTH, "lawyer", 20))
    with pytest.raises(PauseChanged):
        book.end("a", 30)
    assert book.end("b", 30) == Pause("b", BOTH, "lawyer", 20, 30)
    assert book.end("b", 40) is None
    assert book.end("a", 40) is None
    assert book.tracks == frozenset()


def test_what_was_sent_during_a_pause_is_withheld_however_late_it_comes() -> None:
    book = PauseBook()
    assert not book.withholds("audio", 5)
    book.begin(Pause("a", SOUND, "lawyer", 10))
    assert book.withholds("audio", 5)  # in force: nothing of it
    assert not book.withholds("video", 15)
    book.end("a", 20)
    assert [book.withholds("audio", at) for at in (5, 10, 19, 20)] == [False, True, True, False]
    assert not book.withholds("video", 15)


def test_a_hole_is_cut_into_what_pauses_explain_and_the_rest() -> None:
    first, second = (
        Pause("a", BOTH, "rest", 1_000_000, 2_000_000),
        Pause("b", BOTH, "rest", 9_000_000),
    )
    assert split_hole(0, 500_000, [first]) == [(0, 500_000, None)]
    assert split_hole(0, 1_500_000, [first]) == [
        (0, 1_000_000, None),
        (1_000_000, 1_500_000, first),
    ]
    assert split_hole(950_000, 4_000_000, [first]) == [(950_000, 4_000_000, first)]
    assert split_hole(950_000, 8_000_000, [first]) == [
        (950_000, 2_000_000, first),
        (2_000_000, 8_000_000, None),
    ]
    assert split_hole(950_000, 12_000_000, [first, second]) == [
        (950_000, 2_000_000, first),
        (2_000_000, 9_000_000, None),
        (9_000_000, 12_000_000, second),
    ]
    assert split_hole(2_500_000, 2_900_000, [first]) == [(2_500_000, 2_900_000, None)]
    assert split_hole(2_500_000, 2_900_000, [first], "a") == [(2_500_000, 2_900_000, first)]


# --- a recording fed by hand ----------------------------------------------------------------


def frames_between(fed: Fed, start_us: int, end_us: int) -> dict[str, int]:
    """Media that segments in these bounds claim to have recorded."""
    found = {"video": 0, "audio": 0}
    for body in fed.writer.of("media.segment"):
        middle_us = body["start_us"] + body["duration_us"] // 2 - START_US
        if start_us <= middle_us < end_us:
            found["video"] += body["frames"]
            found["audio"] += body["audio_packets"]
    return found


def near(body: dict[str, Any], start_us: int, end_us: int) -> bool:
    off_us = body["start_us"] - START_US - start_us, body["end_us"] - START_US - end_us
    return bool(max(map(abs, off_us)) < SLACK_US)


async def test_everything_paused_is_one_pause_of_the_whole(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.pause(2_000_000, "audio", "video")
    fed.play(clip, 2_000_000, 5_000_000)
    fed.resume(5_000_000)
    fed.play(clip, 5_000_000, 7_000_000)
    closed = await fed.finish()
    assert fed.writer.of("media.gap") == []
    [pause] = fed.writer.of("media.pause")
    assert pause["track"] == "all"
    assert pause["pause"] == "p1"
    assert near(pause, 2_000_000, 5_000_000)
    assert closed["pause_us"] == pause["end_us"] - pause["start_us"]
    assert sum(frames_between(fed, 2_050_000, 4_950_000).values()) == 0
    assert fed.key_frames_asked > 0


async def test_the_picture_paused_leaves_every_packet_of_sound(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.pause(2_000_000, "video")
    fed.play(clip, 2_000_000, 5_000_000)
    fed.resume(5_000_000)
    fed.play(clip, 5_000_000, 7_000_000)
    closed = await fed.finish()
    assert fed.writer.of("media.gap") == []
    [pause] = fed.writer.of("media.pause")
    assert pause["track"] == "video"
    assert near(pause, 2_000_000, 5_000_000)
    assert closed["pause_us"] == closed["gap_us"] == 0
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 350
    assert sum(b["frames"] for b in fed.writer.of("media.segment")) == 100
    assert [("audio" in b, "video" in b) for b in fed.writer.of("media.init")] == [
        (True, True),
        (True, False),
        (True, True),
    ]


async def test_the_sound_paused_leaves_every_picture(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_500_000)
    fed.pause(2_500_000, "audio")
    fed.play(clip, 2_500_000, 5_500_000)
    fed.resume(5_500_000)
    fed.play(clip, 5_500_000, 8_000_000)
    await fed.finish()
    assert fed.writer.of("media.gap") == []
    [pause] = fed.writer.of("media.pause")
    assert pause["track"] == "audio"
    assert near(pause, 2_500_000, 5_500_000)
    assert sum(b["frames"] for b in fed.writer.of("media.segment")) == 200
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 250


@pytest.mark.parametrize("tracks", [("audio",), ("video",), ("audio", "video")])
async def test_a_short_pause_is_a_pause_however_short(clip: Clip, tracks: tuple[Kind, ...]) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_200_000)
    fed.pause(2_200_000, *tracks)
    fed.play(clip, 2_200_000, 2_500_000)
    fed.resume(2_500_000)
    fed.play(clip, 2_500_000, 5_000_000)
    closed = await fed.finish()
    assert fed.writer.of("media.gap") == []
    for kind in tracks:
        assert closed["tracks"][kind]["pause_us"] >= 290_000


async def test_a_pause_made_wider_goes_on_without_a_hole(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.pause(2_000_000, "audio")
    fed.play(clip, 2_000_000, 3_000_000)
    fed.pause(3_000_000, "video", name="p2")
    fed.play(clip, 3_000_000, 4_000_000)
    fed.resume(4_000_000, "p2")
    fed.play(clip, 4_000_000, 6_000_000)
    closed = await fed.finish()
    assert fed.writer.of("media.gap") == []
    found = {(b["track"], b["pause"]) for b in fed.writer.of("media.pause")}
    assert found == {("audio", "p1"), ("all", "p2")}
    assert abs(closed["tracks"]["audio"]["pause_us"] - 2_000_000) < SLACK_US
    assert abs(closed["tracks"]["video"]["pause_us"] - 1_000_000) < SLACK_US


async def test_a_source_that_connects_during_a_pause_is_accounted_from_then_on(clip: Clip) -> None:
    fed = Fed()
    fed.pause(0, "audio", "video")
    fed.play(clip, 1_000_000, 3_000_000)
    assert fed.writer.drafts == []
    fed.resume(3_000_000)
    fed.play(clip, 3_000_000, 5_000_000)
    closed = await fed.finish()
    [pause] = fed.writer.of("media.pause")
    assert near(pause, 1_000_000, 3_000_000)
    assert closed["start_us"] - START_US == 1_000_000
    assert set(closed["tracks"]) == {"audio", "video"}


async def test_a_source_whose_picture_is_paused_from_the_start_records_its_sound_at_once(
    clip: Clip,
) -> None:
    fed = Fed()
    fed.pause(0, "video")
    fed.play(clip, 0, 2_500_000)
    assert len(fed.writer.of("media.segment")) >= 1  # nothing waited for a picture
    fed.resume(2_500_000)
    fed.play(clip, 2_500_000, 5_000_000)
    closed = await fed.finish()
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 250
    assert closed["tracks"]["video"]["pause_us"] >= 2_400_000


@pytest.mark.parametrize("later_us", [20_000, 60_000, 300_000, 2_000_000])
@pytest.mark.parametrize(("withheld", "other"), [("video", "audio"), ("audio", "video")])
async def test_a_track_that_begins_after_the_other_was_withheld_is_in_order(
    clip: Clip, withheld: Kind, other: Kind, later_us: int
) -> None:
    fed = Fed()
    fed.pause(0, withheld)
    fed.play(clip, 0, later_us, video=other != "video", audio=other != "audio")
    fed.play(clip, later_us, 4_000_000)
    fed.resume(4_000_000)
    fed.play(clip, 4_000_000, 6_000_000)
    closed = await fed.finish()
    assert broken_orders(fed) == []
    assert closed["tracks"][withheld]["pause_us"] > 3_800_000
    counted = "frames" if other == "video" else "audio_packets"
    each_us = 40_000 if other == "video" else 20_000
    recorded = sum(body[counted] for body in fed.writer.of("media.segment"))
    assert recorded >= (6_000_000 - later_us) // each_us - 25  # a picture waits for its key frame


async def test_a_recording_can_end_in_a_pause_and_be_nothing_else(clip: Clip) -> None:
    fed = Fed()
    fed.pause(0, "audio", "video")
    fed.play(clip, 0, 2_000_000)
    closed = await fed.finish()
    assert (closed["segments"], closed["recorded_us"]) == (0, 0)
    [pause] = fed.writer.of("media.pause")
    assert pause["end_us"] - pause["start_us"] == closed["pause_us"] > 1_900_000


async def test_a_source_that_leaves_and_comes_back_during_a_pause(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.pause(2_000_000, "audio", "video")
    fed.play(clip, 2_000_000, 3_000_000)
    fed.recording.ended(fed.connection, "bye")
    fed.now_us += 2_000_000
    fed.connection = fed.connect()
    fed.play(clip, 5_000_000, 6_000_000)
    fed.resume(6_000_000)
    fed.play(clip, 6_000_000, 8_000_000)
    await fed.finish()
    assert fed.writer.of("media.gap") == []
    [pause] = fed.writer.of("media.pause")
    assert near(pause, 2_000_000, 6_000_000)


async def test_a_source_that_leaves_and_comes_back_after_the_pause_has_a_gap_too(
    clip: Clip,
) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.pause(2_000_000, "audio", "video")
    fed.play(clip, 2_000_000, 3_000_000)
    fed.recording.ended(fed.connection, "bye")
    fed.resume(4_000_000)
    fed.now_us = START_US + 9_000_000
    fed.connection = fed.connect()
    fed.play(clip, 9_000_000, 11_000_000)
    await fed.finish()
    [pause], [gap] = fed.writer.of("media.pause"), fed.writer.of("media.gap")
    assert near(pause, 2_000_000, 4_000_000)
    assert near(gap, 4_000_000, 9_000_000)
    assert gap["cause"] == "publisher"


# --- first frames that come at once -----------------------------------------------------------


def broken_orders(fed: Fed) -> list[str]:
    """What the verifier finds of pauses and tracks in what was written."""
    books = Books()
    orders: list[tuple[str, dict[str, Any]]] = []
    for one in fed.pauses.pauses:
        bounds = {"pause": one.id, "start_us": one.begin_us}
        orders.append(("pause.begin", {**bounds, "tracks": sorted(one.tracks)}))
        orders.append(("pause.end", {**bounds, "end_us": one.end_us}))
    written = [(draft.kind, draft.body) for draft in fed.writer.drafts]
    entries = [("session.open", {}), *orders, *written, ("session.close", {})]
    for seq, (kind, body) in enumerate(entries):
        at_us = START_US if seq == 0 else fed.now_us
        books.add(Entry(seq, kind, "s", "room1", at_us, at_us, "b", seq - 1, body))
    return [found.code for found in settle_time(books)[0] if found.code != "ticks"]


def at_once(at_us: int) -> int:
    """The machine was held up for the first 1.5 s."""
    return max(at_us, 1_500_000)


def caught_up(at_us: int) -> int:
    """The same, and what was held up comes at four times its speed."""
    return max(at_us, 1_500_000 + at_us // 4)


@pytest.mark.parametrize("arrives", [at_once, caught_up])
@pytest.mark.parametrize("begin_us", range(2_040_000, 4_000_000, 240_000))
async def test_no_media_stands_behind_the_beginning_of_a_pause_when_it_began_in_a_stall(
    clip: Clip, begin_us: int, arrives: Callable[[int], int]
) -> None:
    fed = Fed()
    fed.play(clip, 0, begin_us, arrives=arrives)
    fed.pause(begin_us, "audio", "video")
    fed.play(clip, begin_us, begin_us + 3_000_000)
    fed.resume(begin_us + 3_000_000)
    fed.play(clip, begin_us + 3_000_000, begin_us + 5_000_000)
    await fed.finish()
    assert broken_orders(fed) == []
    for body in fed.writer.of("media.segment"):
        end_us = body["start_us"] + body["duration_us"] - START_US
        assert end_us <= begin_us + ORDER_SLACK_US or end_us > begin_us + 3_000_000
    before = [b for b in fed.writer.of("media.segment") if b["start_us"] < START_US + begin_us]
    assert sum(b["frames"] for b in before) == begin_us // 40_000  # nothing of it was dropped
    assert sum(b["audio_packets"] for b in before) == begin_us // 20_000
    assert fed.writer.of("media.gap") == []


async def test_what_comes_at_once_stands_where_it_was_made_not_where_it_came(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 4_000_000, arrives=at_once)
    closed = await fed.finish()
    assert abs(closed["start_us"] - START_US) < 20
    assert abs(closed["end_us"] - START_US - 4_000_000) < 40_000


async def test_a_recording_does_not_begin_before_its_session(clip: Clip) -> None:
    fed = Fed(opened_us=START_US + 1_000_000)
    fed.play(clip, 0, 4_000_000, arrives=at_once)
    closed = await fed.finish()
    assert closed["start_us"] == START_US + 1_000_000
    assert abs(closed["end_us"] - START_US - 4_000_000) < AHEAD_US + 40_000
    assert sum(b["frames"] for b in fed.writer.of("media.segment")) == 100


async def test_a_pause_keeps_what_came_in_the_instant_before_it(clip: Clip) -> None:
    fed = Fed()
    session = Session("s", "room1", START_US, fed.recording._parts)
    session.recordings["cam"], session.pauses = fed.recording, fed.pauses
    fed.play(clip, 0, 80_000)
    fed.now_us = START_US + 80_000
    await session.pause(
        rm.PauseRoom(
            session="s", pause="p1", tracks=["audio", "video"], reason="lawyer", by="u", by_name="U"
        )
    )
    fed.play(clip, 80_000, 2_000_000)
    fed.resume(2_000_000)
    fed.writer.drafts = [draft for draft in fed.writer.drafts if draft.kind != "pause.begin"]
    await fed.finish()
    [body] = fed.writer.of("media.segment")
    assert (body["frames"], body["audio_packets"]) == (2, 4)
    assert broken_orders(fed) == []


async def test_what_came_in_the_instant_before_a_pause_ends_is_withheld(clip: Clip) -> None:
    fed = Fed()
    fed.pause(0, "audio", "video")
    fed.play(clip, 1_900_000, 2_000_000)
    fed.resume(2_000_000)
    fed.play(clip, 2_000_000, 4_000_000)
    await fed.finish()
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 100
    assert min(b["start_us"] for b in fed.writer.of("media.segment")) >= START_US + 2_000_000
    assert broken_orders(fed) == []


async def test_a_source_that_connects_after_a_pause_brings_nothing_of_it(clip: Clip) -> None:
    """What a server kept since the last key frame comes first."""
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.recording.ended(fed.connection, "bye")
    fed.pause(2_000_000, "audio", "video")
    fed.resume(5_000_000)
    fed.now_us = START_US + 5_200_000
    fed.connection = fed.connect()
    fed.play(clip, 4_000_000, 8_000_000, arrives=lambda at_us: max(at_us, 5_300_000))
    await fed.finish()
    assert broken_orders(fed) == []
    [withheld] = fed.writer.of("media.pause")
    assert withheld["end_us"] >= START_US + 5_000_000
    after = [b for b in fed.writer.of("media.segment") if b["start_us"] > START_US + 2_500_000]
    assert min(b["start_us"] for b in after) >= START_US + 5_000_000
    assert sum(b["audio_packets"] for b in after) == 150
