"""``duizhi demo``: everything a visitor needs, started by one command, over real WebRTC.

Order of starting: store, processes, sessions, publishers, people. Order of ending: publishers take
leave, the last words arrive, the people go, the sessions are closed and sealed, the case is
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

from rich.console import Console

from command_centre import demo_package, demo_people, demo_results, demo_screen, demo_store
from command_centre.demo_desk import Desk, DeskError
from command_centre.demo_detector import feed_readings
from command_centre.demo_live import LiveProbe
from command_centre.demo_publishers import publishers
from command_centre.demo_results import Row
from command_centre.demo_store import CLIPS, DETECTOR, DemoError, DemoStore
from command_centre.demo_timeline import Timeline
from command_centre.demo_watch import Watch
from command_centre.supervisor import Supervisor
from config.words import MICROSECONDS

EXIT_HELD, EXIT_MISSED, EXIT_UNUSABLE = 0, 1, 2

#: From starting the publishers to the first frame: they import, connect and wait for it.
LEAD_S = 4.0
#: A short run starts here, so that both answers to "who arranged it" fall into it.
SHORT_START_S, LONG_START_S, SHORT_RUN_S = 85.0, 75.0, 120.0
#: Seconds after the publishers have gone in which the last words may still arrive.
LAST_WORDS_S = 3.0
_ROOMS = {"room1": "wu", "room2": "sun", "site": "lin"}
_PROBED = "room1-camera"


@dataclass(frozen=True)
class DemoOptions:
    """What was asked for on the command line."""

    seconds: float | None = None
    headless: bool = False
    export: Path | None = None
    start: float | None = None
    store: Path | None = None
    port: int | None = None

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
    sessions: list[str] = field(default_factory=list)


async def run_demo(options: DemoOptions) -> int:
    """Run the demo; returns the exit status."""
    console = Console()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        store = await asyncio.to_thread(
            demo_store.prepare_store, options.store, options.port, any_port=options.headless
        )
        logs = store.directory / "logs"
        async with Supervisor(store.config_file, log_directory=logs) as supervisor:
            await supervisor.wait_ready()
            rows = await _while_serving(options, store, console, stop)
    except (DemoError, DeskError) as error:
        console.print(f"duizhi demo: {error}", style="red", highlight=False)
        return EXIT_UNUSABLE
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
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
    watcher = store.accounts["demo"]
    watch = Watch()
    async with (
        Desk(store.address, watcher.account, watcher.password) as desk,
        desk.line(store.case, "audit", None, watch.on_message),
    ):
        start_us = time.time_ns() // 1000 + round(LEAD_S * MICROSECONDS)
        timeline = Timeline(start_us, options.start_s)
        run = _Run(options, store, timeline, watch, LiveProbe(_PROBED, timeline))
        await _open_sessions(run)
        try:
            await _play(run, console, desk, stop)
        finally:
            await _close_sessions(run, desk)
        if options.seconds is None:
            return []
        return await _measured(run, desk)


async def _play(run: _Run, console: Console, desk: Desk, stop: asyncio.Event) -> None:
    """Publishers and people, until the time is up or somebody ends it."""
    story = demo_store.read_story()
    sources = [*CLIPS]
    site_session = run.sessions[list(_ROOMS).index("site")]
    work: list[Coroutine[Any, Any, None]] = [
        demo_screen.show(console, run.watch, sources),
        feed_readings(
            run.store.settings,
            story,
            device=DETECTOR,
            room="site",
            session=lambda: site_session,
        ),
    ]
    if run.options.seconds is not None:
        work.append(run.probe.run(desk))
    if run.options.headless:
        work += [_interview(run, "wu", "room1"), _interview(run, "sun", "room2"), _manage(run)]
    async with _in_background(work):
        async with publishers(run.store, run.timeline, run.store.directory / "logs"):
            seconds = run.options.seconds
            limit = None if seconds is None else LEAD_S + seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await stop.wait()
        await asyncio.sleep(LAST_WORDS_S)


async def _interview(run: _Run, account: str, room: str) -> None:
    await demo_people.Interviewer(run.store, account, room).run(asyncio.Event())


async def _manage(run: _Run) -> None:
    """The case manager asks once, when both rooms have had time to say their sentence."""
    await asyncio.sleep(LEAD_S + run.options.prompt_after_s)
    run.sent += await demo_people.ask_both(run.store)


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


async def _open_sessions(run: _Run) -> None:
    for room, account in _ROOMS.items():
        person = run.store.accounts[account]
        async with Desk(run.store.address, person.account, person.password) as desk:
            opened = await desk.post(f"/api/rooms/{room}/session", {})
            run.sessions.append(opened["id"])


async def _close_sessions(run: _Run, desk: Desk) -> None:
    """Close what is open, ours or a visitor's."""
    case = await desk.get(f"/api/cases/{run.store.case}")
    person = run.store.accounts["lin"]
    async with Desk(run.store.address, person.account, person.password) as manager:
        for room in case["rooms"]:
            if room["session"]:
                session = room["session"]["id"]
                await manager.post(f"/api/sessions/{session}/close", {"reason": "demo ended"})


async def _measured(run: _Run, desk: Desk) -> list[Row]:
    """Export, verify, and everything that was measured as rows."""
    recordings: list[dict[str, Any]] = []
    for session in run.sessions:
        recordings += (await desk.get(f"/api/sessions/{session}"))["recordings"]
    target = run.options.export or Path("export")
    package = await demo_package.export_case(run.store, desk, target)
    checked = await demo_package.check_package(package)
    rows = demo_results.recording_rows(recordings, CLIPS, run.watch, run.timeline.start_us)
    turns = run.timeline.turns(demo_store.read_story())
    rows += demo_results.word_rows(turns, run.watch.heard, _recorded_within(recordings))
    if run.options.headless:
        rows += demo_results.prompt_rows(run.sent, run.watch.prompts)
    rows += demo_results.latency_rows(run.watch, run.probe.delays_ms)
    return rows + demo_results.package_rows(
        checked.verdict, checked.exit_code, checked.script_exit, checked.script_words
    )


def _recorded_within(recordings: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """When each interview room was recorded, from first to last."""
    within: dict[str, tuple[int, int]] = {}
    for room in ("room1", "room2"):
        own = [one for one in recordings if one["source"] == f"{room}-camera" and one["end_us"]]
        if own:
            within[room] = (min(r["start_us"] for r in own), max(r["end_us"] for r in own))
    return within
