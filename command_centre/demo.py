"""``duizhi demo``: everything a visitor needs, started by one command, over real WebRTC.

Order of starting: store, processes, what happened before, sessions, publishers, people; the visitor
may look around from the second step on. Order of ending: the sessions are
closed and sealed, the publishers take leave, the last words arrive, the people go, the case is
exported and verified (with --seconds), the processes stop, the recorder last. Ctrl-C takes the
same way.

Without --headless nobody acts for the visitor: no prompt is sent or answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from rich.console import Console

from command_centre import (
    demo_before,
    demo_differences,
    demo_fill,
    demo_ink,
    demo_package,
    demo_papers,
    demo_results,
    demo_screen,
    demo_store,
)
from command_centre.comparison.views import Difference
from command_centre.demo_desk import Desk, DeskError
from command_centre.demo_detector import feed_readings
from command_centre.demo_live import LiveProbe
from command_centre.demo_outside import serving_outside
from command_centre.demo_people import Interviewer, ask_both
from command_centre.demo_publishers import publishers
from command_centre.demo_results import Row
from command_centre.demo_store import CLIPS, DETECTOR, DemoError, DemoStore
from command_centre.demo_sync import sync_errors_ms
from command_centre.demo_timeline import Timeline
from command_centre.demo_watch import Watch
from command_centre.supervisor import Supervisor
from config.words import MICROSECONDS

#: Ctrl-C, an administrator, a terminal that is closed.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

EXIT_HELD, EXIT_MISSED, EXIT_UNUSABLE = 0, 1, 2

#: From starting the publishers to the first frame: they import, connect and wait for it.
LEAD_S = 4.0
#: A short run starts here, so that both answers to "who arranged it" fall into it.
SHORT_START_S, LONG_START_S, SHORT_RUN_S = 85.0, 75.0, 120.0
#: Longest wait for all sources to be recording; the seconds of a run count from then.
CONNECT_S = 30.0
#: From asking the recorder to close until the publishers are told; they need longer to come back.
LEAVE_S = 0.15
#: Seconds after the sessions are closed in which the last words may still arrive.
LAST_WORDS_S = 3.0
#: Longest wait for a transcriber that could not keep up.
CATCH_UP_S = 60.0
_ROOMS = {"room1": "wu", "room2": "sun", "site": "lin"}
_PROBED = "room1-camera"
_PLAIN_WIDTH = 120  # columns where no terminal says how many it has


@dataclass(frozen=True)
class DemoOptions:
    """What was asked for on the command line."""

    seconds: float | None = None
    headless: bool = False
    export: Path | None = None
    start: float | None = None
    store: Path | None = None
    port: int | None = None
    recorders: int = 1
    past: bool = True

    @property
    def start_s(self) -> float:
        """Second of the story at which the rooms begin."""
        if self.start is not None:
            return self.start
        short = self.seconds is not None and self.seconds <= SHORT_RUN_S
        return SHORT_START_S if short else LONG_START_S

    @property
    def prompt_after_s(self) -> float:
        """When the headless manager asks: late, when both have spoken, with time to answer."""
        seconds = self.seconds or 60.0
        return max(seconds * 0.5, seconds - 8.0)


@dataclass
class _Run:
    """One demo: what it found out on the way."""

    options: DemoOptions
    store: DemoStore
    timeline: Timeline
    watch: Watch
    probe: LiveProbe
    sent: list[str] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    opened: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # room, by whom


async def run_demo(options: DemoOptions) -> int:
    """Run the demo; returns the exit status."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, stop.set)
    try:
        store = await asyncio.to_thread(
            demo_store.prepare_store,
            options.store,
            options.port,
            any_port=options.headless,
            recorders=options.recorders,
        )
        demo_store.require_free_ports(store.settings)
        logs = store.directory / "logs"
        async with (
            serving_outside(store.directory, store.settings),
            Supervisor(store.config_file, log_directory=logs) as supervisor,
        ):
            await supervisor.wait_ready()
            rows = await _while_serving(options, store, console, stop)
    except (DemoError, DeskError) as error:
        console.print(f"duizhi demo: {error}", style="red", highlight=False)
        return EXIT_UNUSABLE
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
    if not rows:
        console.print("the sessions are closed and sealed", highlight=False)
        return EXIT_HELD
    demo_screen.print_results(console, rows)
    return EXIT_MISSED if any(row.held is False for row in rows) else EXIT_HELD


async def _while_serving(
    options: DemoOptions, store: DemoStore, console: Console, stop: asyncio.Event
) -> list[Row]:
    """Everything between the processes' readiness and their end."""
    demo_screen.print_welcome(console, store)
    await demo_fill.fill(store)

    def say(text: str) -> None:
        console.print(text, highlight=False)

    earlier = await _before(demo_before.happen(store, say), stop) if options.past else None
    if stop.is_set():
        return []
    papers = demo_papers.Papers(store, earlier, say)
    if options.seconds is not None:  # what is measured is measured with nothing else going on
        await papers.run()
    watch = Watch()
    async with (
        _in_background([] if papers.filed.is_set() else [papers.run()]),
        _desk(store, "lin") as manager,
        _desk(store, "demo") as desk,
        desk.line(store.case, "audit", None, watch.on_message),
    ):
        start_us = time.time_ns() // 1000 + round(LEAD_S * MICROSECONDS)
        timeline = Timeline(start_us, options.start_s)
        run = _Run(options, store, timeline, watch, LiveProbe(_PROBED, timeline))
        await _open_sessions(run, manager)
        try:
            await _play(run, console, desk, manager, stop)
        finally:
            await _close_sessions(run, manager)
        if options.seconds is None:
            return []
        return await _measured(run, desk)


async def _before(
    happening: Coroutine[Any, Any, demo_before.Earlier | None], stop: asyncio.Event
) -> demo_before.Earlier | None:
    """What happened before, unless the demo is to end already."""
    told, ended = asyncio.create_task(happening), asyncio.create_task(stop.wait())
    await asyncio.wait({told, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not told.done():
        told.cancel()  # it seals what it opened on its way out
        await asyncio.wait({told})
        return None
    return await told


def _desk(store: DemoStore, account: str) -> Desk:
    person = store.accounts[account]
    return Desk(store.address, person.account, person.password)


async def _play(
    run: _Run, console: Console, desk: Desk, manager: Desk, stop: asyncio.Event
) -> None:
    """Publishers and people, until the time is up or somebody ends it; then seal."""
    begun = asyncio.Event()
    work: list[Coroutine[Any, Any, None]] = [demo_screen.show(console, run.watch, [*CLIPS])]
    if run.options.seconds is not None:
        work.append(run.probe.run(desk))
    if run.options.headless:
        people = [Interviewer(run.store, "wu", "room1"), Interviewer(run.store, "sun", "room2")]
        work += [*(person.run() for person in people), _manage(run, begun)]
    readings = feed_readings(
        run.store.settings,
        demo_store.read_story(),
        device=DETECTOR,
        room="site",
        session=run.sessions["site"],
    )
    async with _in_background(work):
        logs = run.store.directory / "logs"
        async with publishers(run.store, run.timeline, logs):
            async with _in_background([readings, _tell_rights(run, begun)]):
                await _until_all_record(run, stop)
                begun.set()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(run.options.seconds):
                        await stop.wait()
            # The recorder ends its sources first, so the recordings end with their last frame;
            # the publishers are told before any of them can come back and open a new session.
            closing = asyncio.create_task(_close_sessions(run, manager))
            await asyncio.sleep(LEAVE_S)
        await closing
        await _until_all_is_said(run, desk)


async def _until_all_record(run: _Run, stop: asyncio.Event) -> None:
    """The time of a run counts from here; a source that never comes shows in the results."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_S):
            while not stop.is_set() and not run.watch.all_recording(CLIPS):
                await asyncio.sleep(0.1)


async def _until_all_is_said(run: _Run, desk: Desk) -> None:
    """The last words arrive; a transcriber that is behind gets time, when the words are counted."""
    await asyncio.sleep(LAST_WORDS_S)
    if run.options.seconds is None:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CATCH_UP_S):
            while (await desk.get("/api/system"))["transcriber"]["behind_us"] != 0:
                await asyncio.sleep(1.0)


async def _tell_rights(run: _Run, begun: asyncio.Event) -> None:
    """The lists before the start, and the notices read and signed, in rooms that are recorded.

    A visitor may have been first at a tablet, or have seated somebody whose hand is not drawn.
    """
    await begun.wait()
    for room, account, opened in run.opened:
        name = str(opened.get("person_name") or "")
        if not demo_ink.can_write(name) or not run.watch.all_recording([f"{room}-camera"]):
            continue
        with contextlib.suppress(DeskError, httpx.HTTPError):
            async with _desk(run.store, account) as desk:
                await demo_before.open_properly(desk, opened)


async def _manage(run: _Run, begun: asyncio.Event) -> None:
    """The case manager asks once, when both rooms have had time to say their sentence."""
    await begun.wait()
    await asyncio.sleep(run.options.prompt_after_s)
    run.sent += await ask_both(run.store)


@contextlib.asynccontextmanager
async def _in_background(work: list[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run these beside the body and cancel them when it ends.

    Raises:
        DemoError: one of them failed; the body is cancelled.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
            yield
            for task in tasks:
                task.cancel()
    except ExceptionGroup as failed:
        known, unknown = failed.split((DeskError, DemoError))
        if known is None or unknown is not None:
            raise
        raise DemoError(str(known.exceptions[0])) from failed


async def _open_sessions(run: _Run, manager: Desk) -> None:
    """A session in every room; what an interrupted run left open goes on."""
    case = await manager.get(f"/api/cases/{run.store.case}")
    left = {room["id"]: room["session"]["id"] for room in case["rooms"] if room["session"]}
    for room, account in _ROOMS.items():
        if room in left:
            run.sessions[room] = left[room]
            continue
        async with _desk(run.store, account) as desk:
            opened = await desk.post(f"/api/rooms/{room}/session", {})
        run.sessions[room] = opened["id"]
        run.opened.append((room, account, opened))


async def _close_sessions(run: _Run, manager: Desk) -> None:
    """Close what is open, ours or a visitor's."""
    case = await manager.get(f"/api/cases/{run.store.case}")
    sessions = [room["session"]["id"] for room in case["rooms"] if room["session"]]
    reason = {"reason": "演示结束"}
    posts = [manager.post(f"/api/sessions/{session}/close", reason) for session in sessions]
    await asyncio.gather(*posts)


async def _differences(
    run: _Run, desk: Desk, spans: dict[str, list[demo_results.Span]]
) -> list[Row]:
    """What the comparison found of what was said by the end of the recordings."""
    story = demo_store.read_story()
    ends_us = [some[-1][1] for some in spans.values() if some]
    if not ends_us:
        return []
    until_s = run.timeline.story_ms(min(ends_us) - demo_results.SETTLING_US) / 1000
    expected = demo_differences.expected_of(story, from_s=run.options.start_s, until_s=until_s)
    found = (await desk.get(f"/api/cases/{run.store.case}/differences"))["differences"]
    differences = msgspec.convert(found, list[Difference])
    turn_of = demo_differences.turn_at(story, run.timeline)
    rows = demo_differences.difference_rows(expected, differences, turn_of)
    return rows + demo_differences.quiet_rows(
        story, differences, turn_of, from_s=run.options.start_s, until_s=until_s
    )


async def _measured(run: _Run, desk: Desk) -> list[Row]:
    """Export, verify, and everything that was measured as rows."""
    recordings: list[dict[str, Any]] = []
    for session in run.sessions.values():
        recordings += (await desk.get(f"/api/sessions/{session}"))["recordings"]
    drafts = [
        await _draft_behind_s(desk, session)
        for room, session in run.sessions.items()
        if room.startswith("room") and any(one.room == room for one in run.watch.heard)
    ]
    target = run.options.export or Path("export")
    package = await demo_package.export_case(run.store, desk, target)
    checked = await demo_package.check_package(package)
    rows = demo_results.recording_rows(recordings, CLIPS, run.watch, run.timeline.start_us)
    turns = run.timeline.turns(demo_store.read_story())
    spans = {
        room: demo_results.recorded_spans(
            one for one in recordings if one["source"] == f"{room}-camera" and one["end_us"]
        )
        for room in ("room1", "room2")
    }
    rows += demo_results.word_rows(turns, run.watch.heard, spans)
    if run.options.headless:
        rows += demo_results.prompt_rows(run.sent, run.watch.prompts)
    rows.append(demo_results.draft_row(drafts))
    rows += demo_results.latency_rows(run.watch, run.probe.delays_ms)
    rows += await _differences(run, desk, spans)
    media = package / "data" / "media" / run.sessions["room1"] / _PROBED
    errors_ms = await asyncio.to_thread(sync_errors_ms, media)
    rows.append(demo_results.sync_row(_PROBED, errors_ms))
    rows += demo_results.voucher_rows(checked.report, run.store.settings)
    return rows + demo_results.package_rows(
        checked.verdict, checked.exit_code, checked.script_exit, checked.script_words
    )


async def _draft_behind_s(desk: Desk, session: str) -> float | None:
    """Seconds from the end of an interview to its draft; None when it did not come in time."""
    ended = (await desk.get(f"/api/sessions/{session}"))["summary"]["closed_us"]
    try:
        async with asyncio.timeout(demo_results.WANTED_DRAFT_S):
            while not (made := (await desk.get(f"/api/sessions/{session}/record"))["drafted_us"]):
                await asyncio.sleep(0.5)
    except TimeoutError:
        return None
    return float(made - ended) / 1e6
