"""Exhibits: what is let in, pages and moments, the screens of rooms and what is logged of them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection

from command_centre.db import schema
from command_centre.desk import exhibit_stage
from command_centre.desk import exhibit_wire as wire
from command_centre.desk.exhibit_files import CLIP_US_MAX, examined
from command_centre.desk.exhibit_samples import PIECE_MAX, SHOWING_MAX, Samples
from command_centre.desk.exhibit_stage import place_of
from command_centre.desk.notices import shipped_notice
from command_centre.desk.record_notes import shown_text
from command_centre.errors import Rejected
from recorder.ingest.clip import Clip
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.late_media import body_camera_file, house
from tests.command_centre.pictures import pdf, png
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.test_acts import check_fields, log_of
from tests.command_centre.web import DeskClient, Web

WAIT_S = 60
EXHIBITS = f"/api/cases/{CASE}/exhibits"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x20\x00\x30\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    b"\x00\xff\xd9"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def said(title: str, data: bytes) -> dict[str, str]:
    """The body that adds a file."""
    return {"title": title, "data": base64.b64encode(data).decode()}


async def added(client: httpx.AsyncClient, title: str, data: bytes) -> dict[str, Any]:
    answer = await client.post(EXHIBITS, json=said(title, data))
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


# --- what is let in -------------------------------------------------------------------------------


def test_a_file_is_told_by_its_bytes() -> None:
    assert (examined(png(40, 30)).mime, examined(png(40, 30)).width) == ("image/png", 40)
    found = examined(JPEG)
    assert (found.mime, found.width, found.height) == ("image/jpeg", 48, 32)


@pytest.mark.parametrize(
    "data",
    [
        SVG,
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a" + bytes(100),
        b"MZ" + bytes(100),
        b"",
        png()[:20],
        png(said=(60_000, 60_000)),  # a few bytes that would be 3.6 thousand million points
        png(said=(0, 10)),
        b"\xff\xd8\xff" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(21 << 20),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        examined(data)
    assert refused.value.code == "bad_exhibit"


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_examined_or_refused(data: bytes, magic: bytes) -> None:
    with contextlib.suppress(Rejected):
        examined(magic + data)


async def test_hostile_documents_are_refused_and_stop_nobody(centre: Centre) -> None:
    deep = b"%PDF-1.7\n" + b"1 0 obj\n<< /Type /Pages /Kids [1 0 R] /Count 999999999 >>\nendobj\n"
    huge = pdf(1).replace(b"/MediaBox", b"/XediaBox", 1)
    async with centre.client("manager") as client:
        for data in (b"%PDF-1.7\nnothing", deep, pdf(1)[:200], b"%PDF-" + bytes(5000)):
            answer = await client.post(EXHIBITS, json=said("x", data))
            assert answer.json()["code"] == "bad_exhibit", answer.text
        scripted = await client.post(EXHIBITS, json=said("脚本<script>", SVG))
        assert scripted.json()["code"] == "bad_exhibit"
        assert (await client.post(EXHIBITS, json=said(" ", png()))).json()["code"] == "bad_text"
        large = await client.post(EXHIBITS, json=said("x", bytes(28 << 20)))
        assert large.json()["code"] == "too_large"
        await client.post(EXHIBITS, json=said("y", huge))  # drawn or refused; the next one works
        assert (await client.get(EXHIBITS)).status_code == 200
        good = await added(client, "<img src=x onerror=alert(1)>", png())
        assert good["title"] == "<img src=x onerror=alert(1)>"
        served = await client.get(f"/api/exhibits/{good['id']}/file")
        assert served.headers["content-security-policy"] == "sandbox"
        assert served.headers["content-type"] == "image/png"


async def test_documents_have_pages_and_all_have_numbers(centre: Centre) -> None:
    async with centre.client("manager") as client:
        first = await added(client, "照片", png())
        document = await added(client, "动火作业票台账", pdf(3))
        assert (first["number"], first["kind"], first["pages"]) == (1, "picture", 1)
        assert (document["number"], document["kind"], document["pages"]) == (2, "document", 3)
        assert document["height"] > document["width"] > 100
        pages = [
            (await client.get(f"/api/exhibits/{document['id']}/pages/{n}")).content
            for n in (1, 2, 3)
        ]
        assert all(page.startswith(b"\x89PNG") for page in pages)
        assert len({hashlib.sha256(page).digest() for page in pages}) == 3
        for page in ("0", "4", "x"):
            answer = await client.get(f"/api/exhibits/{document['id']}/pages/{page}")
            assert answer.json()["code"] == "unknown_page"
        plan = await client.post(f"{EXHIBITS}/map", json={"title": "现场位置"})
        assert plan.json()["code"] == "no_positions"


def test_a_line_of_the_record_names_the_exhibit() -> None:
    assert shown_text({"title": "动火作业票复印件", "number": 4}) == "出示证据四，动火作业票复印件"
    assert shown_text({"title": "台账", "number": 12, "page": 3}) == "出示证据十二，台账第3页"
    assert shown_text({"title": "台账", "number": 20}) == "出示证据二十，台账"
    assert shown_text({"title": "旧的"}) == "出示证据：旧的"


# --- samples --------------------------------------------------------------------------------------


def test_samples_keep_the_way_and_the_place_where_it_ends() -> None:
    samples = Samples()
    for step in range(100):  # ten seconds of moving, ten looks a second
        samples.take(wire.Look(x=step, pointer=(step, 1)), 1_000_000 + step * 100_000)
    assert samples.due(1_000_000 + 9_900_000 + 3_000_000)
    from_us, piece = samples.piece_out()
    assert from_us == 1_000_000
    assert len(piece) <= PIECE_MAX + 1
    assert piece[0][:2] == [0, 0]
    assert piece[-1] == [9900, 99, 5000, 100, 99, 1]
    assert not samples.due(30_000_000)
    samples.take(wire.Look(frame=(1, 2, 3, 4)), 40_000_000)
    assert samples.piece_out() == (40_000_000, [[0, 5000, 5000, 100, -1, -1, 1, 2, 3, 4]])


def test_a_showing_keeps_so_many_samples_and_no_more() -> None:
    samples, kept = Samples(), 0
    for step in range(SHOWING_MAX + 100):
        samples.take(wire.Look(x=step % 100), step * 300_000)
        if samples.due(step * 300_000):
            kept += len(samples.piece_out()[1])
    assert kept + len(samples.piece_out()[1]) == SHOWING_MAX


@given(st.lists(st.integers(-(2**60), 2**60), min_size=9, max_size=9))
def test_every_look_is_brought_inside_the_sheet(numbers: list[int]) -> None:
    x, y, zoom, px, py, *frame = numbers
    left, top, right, bottom = frame
    look = wire.bounded(
        wire.Look(x=x, y=y, zoom=zoom, pointer=(px, py), frame=(left, top, right, bottom))
    )
    assert look.pointer is not None
    assert look.frame is not None
    places = [look.x, look.y, *look.pointer, *look.frame]
    assert all(0 <= value <= wire.UNITS for value in places)
    assert wire.ZOOM_MIN <= look.zoom <= wire.ZOOM_MAX
    assert look.frame[0] <= look.frame[2]
    assert look.frame[1] <= look.frame[3]


# --- the screens of a room ------------------------------------------------------------------------


class Page:
    """A screen or a desk, as a page would be."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, **message: Any) -> None:
        await self._connection.send(json.dumps(message))

    async def until(self, type: str, **wanted: Any) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            while True:
                message: dict[str, Any] = json.loads(await self._connection.recv())
                if message["type"] == type and all(
                    message.get(name) == value for name, value in wanted.items()
                ):
                    return message


@contextlib.asynccontextmanager
async def page(web: Web, role: str, of: str, room: str = "room1") -> AsyncIterator[Page]:
    async with web.connect(f"/ws/exhibit/{room}", role) as connection:
        made = Page(connection)
        await made.send(type="hello", role=of)
        yield made


async def logged(centre: Centre, kind: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(WAIT_S):
        while True:
            entries = [json.loads(one) for one in centre.recorder.entries]
            bodies = [one["body"] for one in entries if one["kind"] == kind]
            if len(bodies) >= count:
                return bodies
            await asyncio.sleep(0.05)


async def test_a_screen_shows_what_is_pushed_and_follows_the_presenter(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    async with centre.client("manager") as client:
        exhibit = await added(client, "动火作业票", png())
        async with (
            page(web, "manager", "desk") as desk,
            page(web, "auditor", "desk") as onlooker,
            page(web, "interviewer", "screen") as screen,
        ):
            await desk.until("stage", screens=1, state="none")
            shown = f"/api/sessions/{session}/shown"
            answer = await client.post(f"{shown}/{exhibit['id']}", json={})
            show = answer.json()["show"]
            stage = await screen.until("stage", state="sent")
            assert stage["now"]["show"] == show
            assert (stage["now"]["title"], stage["now"]["number"]) == ("动火作业票", 1)
            await screen.send(type="shown", show=show)
            await desk.until("stage", state="shown")
            look = {"x": 2500, "y": 7500, "zoom": 300, "pointer": [2600, 7400]}
            await onlooker.send(type="turn", show=show, look={"x": 1})  # an auditor turns nothing
            await screen.send(type="turn", show=show, look={"x": 2})  # nor does a screen
            await desk.send(type="turn", show="sh-old", look={"x": 3})
            await desk.send(type="turn", show=show, look=look)
            while (seen := (await screen.until("look"))["look"])["zoom"] == 100:
                pass
            assert seen == {**look, "frame": None}
            # one that comes later is told what is shown and where it is turned to
            async with page(web, "interviewer", "screen") as late:
                assert (await late.until("stage"))["now"]["show"] == show
                assert (await late.until("look"))["look"]["zoom"] == 300
            for step in range(400):  # a flood: the newest arrives, whatever is left out
                await desk.send(type="turn", show=show, look={"x": step, "zoom": 200})
            while (await screen.until("look"))["look"]["x"] != 399:
                pass
            await client.post(shown, json={})
            await screen.until("stage", state="none", now=None)
        views = await logged(centre, "exhibit.view", 1)
        states = [one["state"] for one in await logged(centre, "exhibit.screen", 2)]
        assert states == ["sent", "shown"]
        samples = [sample for one in views for sample in one["samples"]]
        assert samples[0][1:] == [2500, 7500, 300, 2600, 7400]
        assert samples[-1][1] == 399
        assert len(samples) < 50
        showings = (await client.get(f"/api/sessions/{session}/showings")).json()
    assert showings["code"] == "store_unreadable"  # this recorder keeps its log in memory


async def test_a_screen_that_is_away_or_fails_is_said_to_the_desk(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    async with centre.client("manager") as client, page(web, "manager", "desk") as desk:
        exhibit = await added(client, "照片", png())
        shown = f"/api/sessions/{session}/shown"
        show = (await client.post(f"{shown}/{exhibit['id']}", json={})).json()["show"]
        await desk.until("stage", state="waiting", screens=0)
        async with page(web, "interviewer", "screen") as screen:
            assert (await screen.until("stage"))["now"]["show"] == show
            await desk.until("stage", state="sent", screens=1)
            await screen.send(type="failed", show=show)
            await desk.until("stage", state="failed")
            await screen.send(type="shown", show=show)
            await desk.until("stage", state="shown")
        await desk.until("stage", state="lost", screens=0)
        await centre.context.sessions.close(session, "test", "done")
        await desk.until("stage", session="", now=None)
    states = [one["state"] for one in await logged(centre, "exhibit.screen", 5)]
    assert states == ["waiting", "sent", "failed", "shown", "lost"]


INTERVIEW = shipped_notice("interview")


async def test_the_notice_stands_on_the_screen_before_a_session(web: Web) -> None:
    centre = web.centre
    async with (
        page(web, "interviewer", "desk") as desk,
        page(web, "auditor", "desk") as onlooker,
        page(web, "interviewer", "screen") as screen,
    ):
        first = await screen.until("stage")
        assert (first["notice"], first["session"]) == (None, "")
        await onlooker.send(type="notice", language="en")  # an auditor puts nothing there
        await screen.send(type="notice", language="en")  # nor does a screen
        await desk.send(type="notice", language="fr")  # nor is it there in a third language
        await desk.send(type="notice", language="zh")
        while not (stage := await screen.until("stage"))["notice"]:
            pass
        assert stage["notice"]["language"] == "zh"
        assert stage["notice"]["title"] == INTERVIEW.title
        assert stage["notice"]["lines"] == [
            {"text": one.zh, "law": one.law} for one in INTERVIEW.lines
        ]
        await desk.send(type="notice", language="en")
        stage = await screen.until("stage", language="en")
        assert stage["notice"]["lines"] == [
            {"text": one.en, "law": one.law_en} for one in INTERVIEW.lines
        ]
        async with page(web, "interviewer", "screen") as late:
            assert (await late.until("stage"))["notice"]["language"] == "en"
        await desk.send(type="notice", language="")
        # of no notice that was read either: the screen speaks as its machine does
        assert (await screen.until("stage", language=""))["notice"] is None
    session = await centre.open_room("room1")
    async with centre.client("manager") as client, page(web, "interviewer", "desk") as desk:
        await desk.send(type="notice", language="zh")
        while not (await desk.until("stage"))["notice"]:
            pass
        exhibit = await added(client, "照片", png())
        await client.post(f"/api/sessions/{session}/shown/{exhibit['id']}", json={})
        assert (await desk.until("stage", state="waiting"))["notice"] is None
        await desk.send(type="notice", language="zh")  # not over an exhibit
        await client.post(f"/api/sessions/{session}/shown", json={})
        assert (await desk.until("stage", now=None))["notice"] is None


async def _clip_of(centre: Centre) -> str:
    """A clip as an exhibit; what is made of a recording is tested with one below."""
    async with centre.client("manager") as client:
        exhibit = await added(client, "录像片段", png())
    table = schema.exhibit
    await centre.context.database.write(
        lambda writing: writing.execute(
            table.update().where(table.c.id == exhibit["id"]).values(mime="video/mp4", kind="clip")
        )
    )
    return str(exhibit["id"])


async def test_a_clip_runs_and_is_held_in_step_and_each_act_is_an_entry(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    exhibit = await _clip_of(centre)
    async with (
        centre.client("manager") as client,
        page(web, "manager", "desk") as desk,
        page(web, "auditor", "desk") as onlooker,
        page(web, "interviewer", "screen") as screen,
    ):
        await desk.until("stage", screens=1)
        answer = await client.post(f"/api/sessions/{session}/shown/{exhibit}", json={})
        show = answer.json()["show"]
        await screen.until("stage", state="sent")
        await onlooker.send(
            type="play", show=show, playing=True, at_ms=1
        )  # an auditor plays nothing
        await screen.send(type="play", show=show, playing=True, at_ms=2)  # nor a screen
        await desk.send(type="play", show="sh-old", playing=True, at_ms=3)
        await desk.send(type="play", show=show, playing=True, at_ms=4200)
        told = [await one.until("playing", at_ms=4200) for one in (screen, desk, onlooker)]
        assert all(one["playing"] and 0 <= one["ago_ms"] < 5_000 for one in told)
        centre.clock.us += 1_500_000
        # one that comes later counts on from where it was let go
        async with page(web, "interviewer", "screen") as late:
            assert 1_500 <= (await late.until("playing"))["ago_ms"] < 1_600
        await desk.send(type="play", show=show, playing=False, at_ms=90_000)  # beyond any clip
        assert not (await screen.until("playing", at_ms=60_000))["playing"]
        plays = await logged(centre, "exhibit.play", 2)
        said = [(one["show"], one["playing"], one["at_ms"], one["by"]) for one in plays]
        manager = said[0][3]
        assert said == [(show, True, 4200, manager), (show, False, 60_000, manager)]
        # a centre that begins again reads where it was
        found = await centre.context.database.read(lambda reading: place_of(reading, session, show))
        assert (found[0].playing, found[0].at_ms, found[1]) == (False, 60_000, 2)


async def test_a_picture_does_not_run_and_a_showing_takes_so_many_acts(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhibit_stage, "PLAYS_MAX", 4)
    centre = web.centre
    session = await centre.open_room("room1")
    clip = await _clip_of(centre)
    async with centre.client("manager") as client, page(web, "manager", "desk") as desk:
        picture = await added(client, "动火作业票", png())
        shown = f"/api/sessions/{session}/shown"
        show = (await client.post(f"{shown}/{picture['id']}", json={})).json()["show"]
        await desk.until("stage", state="waiting")
        await desk.send(type="play", show=show, playing=True, at_ms=0)
        show = (await client.post(f"{shown}/{clip}", json={})).json()["show"]
        while (await desk.until("stage"))["now"]["show"] != show:
            pass
        for at_ms in range(9):
            await desk.send(type="play", show=show, playing=True, at_ms=at_ms)
        await desk.until("playing", at_ms=3)
        plays = await logged(centre, "exhibit.play", 4)
        await desk.send(type="play", show=show, playing=False, at_ms=0)
        await client.post(shown, json={})
        await desk.until("stage", state="none")
        assert len(await logged(centre, "exhibit.play", 4)) == 4
    assert {one["show"] for one in plays} == {show}


async def test_who_may_not_is_refused_the_screen(web: Web) -> None:
    for role, of, code in (
        ("administrator", "desk", 4403),
        ("auditor", "screen", 4403),
        (None, "screen", 4401),
    ):
        async with web.connect("/ws/exhibit/room1", role) as connection:
            with contextlib.suppress(Exception):
                await connection.send(json.dumps({"type": "hello", "role": of}))
            assert await DeskClient(connection).close_code() == code, role
    async with web.connect("/ws/exhibit/nowhere", "manager") as connection:
        assert await DeskClient(connection).close_code() == 4404
    async with web.connect("/ws/exhibit/room1", "manager") as connection:
        await connection.send("{}")
        assert await DeskClient(connection).close_code() == 4000


# --- with a real recorder -------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_moment_becomes_an_exhibit_and_the_review_brings_it_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    clip = Clip.read(body_camera_file(tmp_path / "a.mp4", seconds=6.0, audio=None))
    async with house(store) as live:
        room = await RecordRoom.open(live, "site")
        begun = time.time_ns() // 1000
        async with live.publishing(clip, room.session, begun):
            await live.recorded_until(room.session, begun + 2_500_000)
        [first, *_] = await live.segments(room.session)
        moment = {"title": "配电箱", "session": room.session, "source": "bodycam-02"}
        view = await room.done(f"{EXHIBITS}/moment", {**moment, "t_us": first[0] + 700_000})
        assert (view["kind"], view["width"], view["height"]) == ("moment", 160, 120)
        assert 0 <= first[0] + 700_000 - view["origin"]["t_us"] < 400_000
        wrong = await room.post(f"{EXHIBITS}/moment", {**moment, "t_us": begun - 90_000_000})
        assert wrong.json()["code"] == "no_segment"
        shown = f"/api/sessions/{room.session}/shown"
        await room.done(f"{shown}/{view['id']}", {})
        await room.done(shown)
        [showing] = (await room.get(f"/api/sessions/{room.session}/showings")).json()["showings"]
        assert showing["exhibit"] == view["id"]
        assert showing["from_us"] < showing["to_us"]
        await live.centre.sessions.close(room.session, "test", "done")
    [entry] = log_of(store, "recorder-1", "exhibit.shown")
    assert entry["body"]["picture_sha256"] == view["sha256"]
    check_fields(store)


@pytest.mark.slow
async def test_a_clip_of_a_recording_becomes_an_exhibit(tmp_path: Path) -> None:
    """Exactly the stretch, from the signed segments; what cannot be is refused."""
    store = tmp_path / "store"
    clip = Clip.read(body_camera_file(tmp_path / "a.mp4", seconds=8.0, audio=None))
    async with house(store) as live:
        room = await RecordRoom.open(live, "site")
        begun = time.time_ns() // 1000
        async with live.publishing(clip, room.session, begun):
            await live.recorded_until(room.session, begun + 4_500_000)
        [first, *_] = await live.segments(room.session)
        asked = {"title": "倒罐作业", "session": room.session, "source": "bodycam-02"}
        from_us, to_us = first[0] + 700_000, first[0] + 2_700_000
        at = f"{EXHIBITS}/clip"
        view = await room.done(at, {**asked, "from_us": from_us, "to_us": to_us})
        assert (view["kind"], view["mime"]) == ("clip", "video/mp4")
        origin = view["origin"]
        assert (origin["t_us"], origin["to_us"]) == (from_us, to_us)
        assert origin["segments"] >= 1
        data = (await room.get(f"/api/exhibits/{view['id']}/file")).content
        assert hashlib.sha256(data).hexdigest() == view["sha256"]
        with av.open(io.BytesIO(data), mode="r") as made:
            times = [float(frame.time or 0) for frame in made.decode(video=0)]
        assert times[-1] - times[0] == pytest.approx(2.0, abs=0.4)
        refused = {
            "bad_exhibit_clip": (from_us, from_us + CLIP_US_MAX + 1),
            "no_segment": (begun - 90_000_000, begun - 88_000_000),
        }
        for code, (start, end) in refused.items():
            answer = await room.post(at, {**asked, "from_us": start, "to_us": end})
            assert answer.json()["code"] == code
        short = await room.post(at, {**asked, "from_us": from_us, "to_us": from_us + 100_000})
        assert short.json()["code"] == "bad_exhibit_clip"
        assert not list((store / "centre/exhibits/making").iterdir())  # nothing half made is left
        await live.centre.sessions.close(room.session, "test", "done")
    [entry] = log_of(store, "centre", "exhibit.added")
    assert entry["body"]["form"] == "clip"
    check_fields(store)
