"""What happened before the visitor came: a first questioning of 张某 and an inspection of the pit.

Both are recorded, sealed and signed for by the product's own ways, while the visitor may already
look on: the recorder takes real media in real time, the log has its own clock, and each act stands
under the name of who did it. What is done with the recordings afterwards is ``demo_papers``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from command_centre import demo_ink, demo_store
from command_centre.demo_desk import Desk, DeskError, DeskLine
from command_centre.demo_detector import feed_readings
from command_centre.demo_people import Interviewer
from command_centre.demo_publishers import publishers
from command_centre.demo_store import CLIPS, DETECTOR, DemoStore
from command_centre.demo_timeline import Timeline
from command_centre.desk import protocol
from command_centre.desk.protocol import ServerMessage
from config.demo import CLIPS as CLIP_FOLDER
from config.words import MICROSECONDS

_KEPT = "earlier.json"
_ROOM, _CAMERA = "room1", "room1-camera"
_SITE, _BODY = "site", "bodycam-02"
#: Where the clip of room 1 begins: the last questions, then quiet in which the record is signed.
_FROM_S, _LAST_WORD_S = 251.5, 282.0
_LEAD_S = 2.5
#: A page of the record stays on the screen so long.
_READ_S = 1.0
#: The transcriber has so long for the last sentence.
_HEARD_S = 12.0
#: Stretches of the body camera's clip; between them it was out of reach.
_FIRST_S, _SECOND_S, _STRETCH_S, _OUTAGE_S = 2.0, 18.0, 7.0, 4.0
#: The detector's values begin here: its oxygen falls below the limit a few seconds later.
_READINGS_FROM_S = 38.0
_ALARM_S = 25.0
_RECORDING_S = 30.0
_FILED_S = 60.0
_POLL_S = 0.3

_QUESTION = "核实人员晕倒和救人的经过"
_MARKS = ("被询问人称单位内部已处理、已赔付，待核实",)
_SITE_MARK = "隔油池池口未设警戒，割炬和气瓶在池边"
#: Steps that the recording does not show, and why each was left out.
_LEFT_OUT = {
    "identity": "开始录制前已出示证件，见开始前检查单",
    "cause": "事由已随权利义务告知书宣读",
    "health": "被询问人自述身体无不适，未再询问",
}
_KEPT_AS_WRITTEN = "与录音核对过，按原意写"


@dataclass(frozen=True)
class Earlier:
    """The two sealed sessions; the store keeps their names for a later run."""

    questioning: str
    inspection: str


@dataclass
class _Board:
    """Alarms of the site, as the manager's wall shows them."""

    alarms: list[protocol.AlarmEvent] = field(default_factory=list)

    def on_message(self, message: ServerMessage, _arrived_us: int) -> None:
        if isinstance(message, protocol.AlarmEvent):
            self.alarms.append(message)


async def happen(store: DemoStore, say: Callable[[str], None]) -> Earlier | None:
    """Record both, unless the case has a session already.

    Returns those of an earlier run of the same store, and None when that did not come so far or
    somebody at a desk came between; what was recorded by then is sealed.
    """
    kept = store.directory / _KEPT
    if kept.exists():
        return Earlier(**json.loads(kept.read_text(encoding="utf-8")))
    async with desk_of(store, "lin") as manager:
        if (await manager.get(f"/api/cases/{store.case}/recordings"))["recordings"]:
            return None
        say("an earlier questioning and an inspection are recorded first, about 45 s; look around")
        try:
            async with asyncio.TaskGroup() as both:
                questioning = both.create_task(_questioned(store, manager))
                inspection = both.create_task(_inspected(store, manager))
        except ExceptionGroup as failed:
            known, unknown = failed.split((DeskError, TimeoutError))
            if known is None or unknown is not None:
                raise
            said = str(known.exceptions[0]) or "it took too long"
            say(f"the earlier questioning was left as it is: {said}")
            return None
    say("the earlier questioning is sealed, its record is signed")
    earlier = Earlier(questioning.result(), inspection.result())
    kept.write_text(json.dumps(asdict(earlier)), encoding="utf-8")
    return earlier


def desk_of(store: DemoStore, account: str) -> Desk:
    """A login of one of the story's people."""
    person = store.accounts[account]
    return Desk(store.address, person.account, person.password)


# --- the questioning ------------------------------------------------------------------------


async def _questioned(store: DemoStore, manager: Desk) -> str:
    """The last questions of a questioning, its record made, shown and signed, sealed."""
    async with desk_of(store, "wu") as desk, _sitting(store, "wu"):
        opened = await desk.post(f"/api/rooms/{_ROOM}/session", {})
        session = str(opened["id"])
        async with _sealed(manager, session, "询问结束"), _playing(store, _CAMERA, _FROM_S) as play:
            await _is_recording(manager, session)
            await open_properly(desk, opened)
            await _asked(store, manager)
            await _until(play, _LAST_WORD_S)
            await _heard(desk, session, play)
            await _recorded_on_paper(store, desk, session)
    receipt = f"/api/sessions/{session}/receipt"
    async with desk_of(store, "wu") as desk:
        await desk.post(receipt, {"how": "printed"})
    return session


async def open_properly(desk: Desk, opened: dict[str, Any]) -> None:
    """The list before the start, the notice read, what the person answered, and their signature."""
    points = dict.fromkeys(("person", "officers", "notice"), "confirmed")
    points |= dict.fromkeys(("picture", "sound", "space"), "seen")
    at = f"/api/sessions/{opened['id']}"
    await desk.post(f"{at}/checks", {"points": points, "hours_left": 96})
    await desk.post(f"{at}/notice/read", {"language": "zh", "how": "shown"})
    given = await desk.post(f"{at}/notice/answers", {"understood": True, "recusal": False})
    hand = demo_ink.signature(str(opened["person_name"]), "", 0)
    ink = {name: hand[name] for name in ("strokes", "pointer", "from_us", "to_us")}
    who = {"notice": given["name"], "person": opened.get("person", "")}
    await desk.post(f"{at}/notice/signature", {**ink, **who})


async def _asked(store: DemoStore, manager: Desk) -> None:
    """One prompt of the manager's, and a mark in the room's session."""
    async with manager.line(store.case, "wall", None, _nothing) as line:
        await line.command(
            lambda n: protocol.PromptSend(id=n, text=_QUESTION, point="p9", rooms=[_ROOM])
        )
        await asyncio.sleep(9)
        for text in _MARKS:
            await _mark(line, _ROOM, text)


async def _recorded_on_paper(store: DemoStore, desk: Desk, session: str) -> None:
    """The record as it was heard: saved, what differs said why, shown page by page, signed."""
    at = f"/api/sessions/{session}/record"
    record = await desk.get(at)
    header = {**record["header"], "gender": "男", "age": "41"}
    saved = await desk.post(
        f"{at}/text",
        {"base": record["version"], "header": header, "lines": record["lines"] + record["fresh"]},
    )
    await _settled(desk, at)
    body = {"version": saved["version"], "steps_seen": True}
    await _signed(store, desk, await desk.post(f"{at}/document", body))


async def _settled(desk: Desk, at: str) -> None:
    review = await desk.get(f"{at}/review")
    for step in review["steps"]:
        if step["state"] == "open" and step["key"] in _LEFT_OUT:
            body = {"how": "left_out", "reason": _LEFT_OUT[step["key"]]}
            await desk.post(f"{at}/steps/{step['key']}", body)
    still = [one["id"] for one in review["differences"] if not one["justified"]]
    if still:
        await desk.post(f"{at}/justify", {"differences": still, "reason": _KEPT_AS_WRITTEN})


async def _signed(store: DemoStore, desk: Desk, document: dict[str, Any]) -> None:
    at = f"/api/documents/{document['id']}"
    for page in range(1, document["pages"] + 1):
        from_us = time.time_ns() // 1000
        await desk.fetch(f"{at}/pages/{page}")
        await asyncio.sleep(_READ_S)
        shown = {"page": page, "from_us": from_us, "to_us": time.time_ns() // 1000}
        await desk.post(f"{at}/shown", shown)
    officer = store.accounts["wu"]
    for place in document["places"]:
        ink = demo_ink.signature(place["name"], place["place"], place["page"])
        signed: dict[str, Any] = {"ink": ink}
        if place["role"] == "interviewer":
            signed |= {"account": officer.account, "password": officer.password}
        await desk.post(f"{at}/sign", signed)
    await desk.post(f"{at}/finish", {})


async def _heard(desk: Desk, session: str, play: Timeline) -> None:
    """The last sentence is a final one: something that ended after it began has arrived."""
    wanted_us = play.wall_us(_LAST_WORD_S - 2.0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HEARD_S):
            while True:
                record = await desk.get(f"/api/sessions/{session}/record")
                lines = record["lines"] + record["fresh"]
                if any(line["end_us"] >= wanted_us for line in lines):
                    return
                await asyncio.sleep(_POLL_S)


# --- the inspection -------------------------------------------------------------------------


async def _inspected(store: DemoStore, manager: Desk) -> str:
    """A walk to the pit with an outage, an alarm that somebody takes notice of, and a mark."""
    board = _Board()
    session = str((await manager.post(f"/api/rooms/{_SITE}/session", {}))["id"])
    async with (
        _sealed(manager, session, "现场检查结束"),
        manager.line(store.case, "wall", None, board.on_message) as line,
        _measuring(store, session),
    ):
        async with _playing(store, _BODY, _FIRST_S):
            await _is_recording(manager, session)
            await asyncio.sleep(_STRETCH_S)
        await asyncio.sleep(_OUTAGE_S)
        async with _playing(store, _BODY, _SECOND_S):
            await _alarm_noticed(line, board)
            await _mark(line, _SITE, _SITE_MARK)
            await asyncio.sleep(_STRETCH_S)
    await _handed_over(manager)
    return session


@contextlib.asynccontextmanager
async def _measuring(store: DemoStore, session: str) -> AsyncIterator[None]:
    readings = feed_readings(
        store.settings,
        demo_store.read_story(),
        device=DETECTOR,
        room=_SITE,
        session=session,
        from_s=_READINGS_FROM_S,
    )
    task = asyncio.create_task(readings)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _alarm_noticed(line: DeskLine, board: _Board) -> None:
    async with asyncio.timeout(_ALARM_S):
        while not board.alarms:
            await asyncio.sleep(_POLL_S)
    alarm = board.alarms[0].alarm.id
    await line.command(lambda n: protocol.AlarmAcknowledge(id=n, alarm=alarm))


async def _handed_over(manager: Desk) -> None:
    """The whole file of the body camera, out of its dock; what was cut off is in it."""
    clip = CLIP_FOLDER / f"{CLIPS[_BODY]}.mp4"
    upload = await manager.hand_over(clip, source=_BODY, filename="R0018.MP4")
    async with asyncio.timeout(_FILED_S):
        while True:
            listed = (await manager.get("/api/handover"))["uploads"]
            view = next(one for one in listed if one["id"] == upload)
            if view["state"] in ("filed", "refused"):
                return
            await asyncio.sleep(_POLL_S)


# --- both -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _playing(store: DemoStore, source: str, from_s: float) -> AsyncIterator[Timeline]:
    """One source publishes its clip from a second on."""
    start_us = time.time_ns() // 1000 + round(_LEAD_S * MICROSECONDS)
    timeline = Timeline(start_us, from_s)
    async with publishers(store, timeline, store.directory / "logs", (source,)):
        yield timeline


@contextlib.asynccontextmanager
async def _sealed(manager: Desk, session: str, reason: str) -> AsyncIterator[None]:
    """However the body ends, the session does not stay open."""
    try:
        yield
    finally:
        await manager.post(f"/api/sessions/{session}/close", {"reason": reason})


@contextlib.asynccontextmanager
async def _sitting(store: DemoStore, account: str) -> AsyncIterator[None]:
    """An interviewer at the room's desk, who takes prompts."""
    task = asyncio.create_task(Interviewer(store, account, _ROOM).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _is_recording(desk: Desk, session: str) -> None:
    async with asyncio.timeout(_RECORDING_S):
        while True:
            found = (await desk.get(f"/api/sessions/{session}"))["recordings"]
            if any(one["recorded_us"] > 0 for one in found):
                return
            await asyncio.sleep(_POLL_S)


async def _mark(line: DeskLine, room: str, text: str) -> None:
    await line.command(lambda n: protocol.MarkerAdd(id=n, room=room, text=text))


async def _until(play: Timeline, story_s: float) -> None:
    left_us = play.wall_us(story_s) - time.time_ns() // 1000
    await asyncio.sleep(max(0.0, left_us / MICROSECONDS))


def _nothing(_message: ServerMessage, _arrived_us: int) -> None:
    """A desk that only acts."""
