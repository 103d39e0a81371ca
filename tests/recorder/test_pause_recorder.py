"""A privileged pause of the whole recorder: asked over the bus, proved by what is in the store."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import av
import pytest

from config import messages as m
from config import recorder_messages as rm
from config.bus import Refused
from recorder.ingest.clip import Clip
from tests.recorder.harness import Lab, running
from tests.recorder.test_end_to_end import check_account, file_of, segments_of

SLACK_US = 150_000


async def pause(
    lab: Lab, name: str = "p1", tracks: tuple[str, ...] = ("audio", "video"), session: str = "s-one"
) -> rm.PauseState:
    request = rm.PauseRoom(
        session=session, pause=name, tracks=list(tracks), reason="lawyer", by="u1", by_name="Wu"
    )
    return await lab.ask("pause_room", request, rm.PauseState)


async def resume(lab: Lab, name: str = "p1", session: str = "s-one") -> rm.PauseState:
    request = rm.ResumeRoom(session=session, pause=name, by="u2", by_name="Lin")
    return await lab.ask("resume_room", request, rm.PauseState)


async def test_nothing_leaves_the_recorder_while_it_is_paused(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, 30)
            state = await pause(lab)
            assert (state.pause, state.tracks) == ("p1", ["audio", "video"])
            assert lab.heard.of("state")[-1].paused == ["audio", "video"]
            assert len(lab.entries("pause.begin")) == 1  # durable on return
            media, audio = len(lab.heard.of("media")), len(lab.heard.of("audio"))
            ticks = len(lab.entries("tick"))
            await lab.heard.until(lambda: len(lab.entries("tick")) >= ticks + 3, 30)
            assert len(lab.heard.of("media")) == media
            assert len(lab.heard.of("audio")) == audio
            cache = await lab.ask("live_cache", rm.LiveCacheRequest(source="cam"), rm.LiveCache)
            assert cache.fragments == []
            await resume(lab)
            await lab.heard.until(lambda: len(lab.heard.of("media")) > media, 30)
            first: m.LiveFragment = lab.heard.of("media")[media]
            assert first.init is not None
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2, 30)
        await lab.close()
        [begun], [ended] = lab.entries("pause.begin"), lab.entries("pause.end")
        assert begun["body"]["by_name"] == "Wu"
        assert begun["body"]["tracks"] == ["audio", "video"]
        assert (ended["body"]["by_name"], ended["body"]["why"]) == ("Lin", "resumed")
        [withheld] = [e["body"] for e in lab.entries("media.pause") if e["body"]["track"] == "all"]
        length_us = withheld["end_us"] - withheld["start_us"]
        ordered_us = ended["body"]["end_us"] - begun["body"]["start_us"]
        assert abs(withheld["start_us"] - begun["body"]["start_us"]) < 100_000
        assert -100_000 < length_us - ordered_us < 3_000_000
        for body in segments_of(lab):  # and no segment reaches into it
            end_us = body["start_us"] + body["duration_us"]
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]
            assert end_us <= withheld["start_us"] or body["start_us"] >= withheld["end_us"]
        check_account(lab)


async def test_a_pause_of_one_track_keeps_the_other(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, 30)
            await pause(lab, "p1", ("video",))
            audio = len(lab.heard.of("audio"))
            await lab.heard.until(lambda: len(lab.heard.of("audio")) > audio + 10, 30)
            await resume(lab, "p1")
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2, 30)
            await pause(lab, "p2", ("audio",))
            audio, before = len(lab.heard.of("audio")), len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2, 30)
            assert len(lab.heard.of("audio")) == audio
            await resume(lab, "p2")
            await lab.heard.until(lambda: len(lab.heard.of("audio")) > audio + 10, 30)
        await lab.close()
        assert {e["body"]["track"] for e in lab.entries("media.pause")} == {"audio", "video"}
        for body in segments_of(lab):
            for kind, count in (("video", body["frames"]), ("audio", body["audio_packets"])):
                with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                    streams = [s for s in container.streams if s.type == kind]
                    demuxed = sum(1 for _ in container.demux(streams)) - 1 if streams else 0
                assert demuxed == count
        check_account(lab)


async def test_two_desks_press_at_once(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, 30)
            states = await asyncio.gather(pause(lab, "a"), pause(lab, "b"))
            assert {state.pause for state in states} == {"a"}
            with pytest.raises(Refused, match="pause_changed"):
                await resume(lab, "b")
            await asyncio.gather(resume(lab, "a"), resume(lab, "a"))
            with pytest.raises(Refused, match="not_paused"):
                await resume(lab, "never")
        await lab.close()
        assert len(lab.entries("pause.begin")) == len(lab.entries("pause.end")) == 1
        check_account(lab)


async def test_closing_the_session_ends_the_pause(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, 30)
            await pause(lab)
            await asyncio.sleep(1.2)
            await lab.close()
            with pytest.raises(Refused, match="session_closed"):
                await pause(lab, "p2")
        [ended] = lab.entries("pause.end")
        assert ended["body"]["why"] == "closed"
        # frames lost beside the pause on a busy machine are gaps of their own
        kinds = [e["kind"] for e in lab.entries() if e["kind"] not in ("tick", "media.gap")]
        assert kinds[-4:] == ["pause.end", "media.pause", "recording.close", "session.close"]
        check_account(lab)


async def test_a_pause_survives_the_recorder(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, 30)
            await pause(lab, tracks=("video",))
            audio = len(lab.heard.of("audio"))
            await lab.heard.until(lambda: len(lab.heard.of("audio")) > audio + 10, 30)
    async with running(tmp_path) as lab:
        [status] = (await lab.ask("status", rm.StatusRequest(), rm.RecorderStatus)).sources
        assert status.paused == ["video"]
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, 30)
            assert "video" not in lab.heard.of("media")[-1].mime
            await resume(lab)
            session = lab.service._sessions["s-one"]
            ledger = session.recordings["cam"].ledger
            assert ledger is not None
            assert [one.end_us is None for one in ledger._pauses.pauses] == [False]
            await lab.heard.until(lambda: "video" in lab.heard.of("media")[-1].mime, 30)
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2, 30)
        await lab.close()
        closed = check_account(lab)
        assert closed["tracks"]["video"]["pause_us"] > 0
        assert closed["tracks"]["audio"]["pause_us"] == 0
        assert [e["body"]["why"] for e in lab.entries("pause.end")] == ["resumed"]


@pytest.mark.parametrize(
    ("tracks", "reason", "name"),
    [
        ((), "lawyer", "p"),
        (("smell",), "lawyer", "p"),
        (("audio",), "whim", "p"),
        (("audio",), "lawyer", ""),
    ],
)
async def test_a_bad_order_says_what_was_expected(
    tmp_path: Path, tracks: tuple[str, ...], reason: str, name: str
) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        request = rm.PauseRoom(
            session="s-one", pause=name, tracks=list(tracks), reason=reason, by="u", by_name="U"
        )
        with pytest.raises(Refused, match="bad_request: expected"):
            await lab.ask("pause_room", request, rm.PauseState)
        assert lab.entries("pause.begin") == []
        await lab.close()
