"""How every process is, its queues and its limits, for the administrator; nothing of any case.

Sampled every 10 s (every 2 s while an administrator looks), the last hour of processor and memory
kept in memory. A sample is taken in a worker thread; if one fails the page says when the last one
was. What the pages show are counts, codes and class names.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

import psutil

from command_centre.desk.health_views import (
    ClockView,
    HealthView,
    HistoryView,
    MachineView,
    PartView,
    ProcessView,
    QueueView,
)
from command_centre.desk.machine_clock import read_clock
from command_centre.desk.process_table import Counted, count, itself
from command_centre.desk.protocol import HealthMessage
from command_centre.desk.running_facts import RunningFacts
from command_centre.process_state import ProcessState, read_states
from config.clock import Clock
from config.words import MICROSECONDS

if TYPE_CHECKING:  # the context holds this desk
    from command_centre.desk.context import CentreContext

EVERY_S = 10.0
LOOKED_AT_S = 2.0
_KEPT = 360  # of the history: an hour of EVERY_S
_LATE_US = 10 * MICROSECONDS  # text this far behind is said
_BEHIND = 1000  # entries not projected yet; more is said by /readyz as well


class Health:
    """One per centre. ``attach`` gives it the rest of the centre before it runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._context: CentreContext | None = None
        self._before: dict[int, tuple[float, float]] = {}  # pid: cpu s, at monotonic s
        self._history: dict[str, deque[tuple[int, int, int]]] = {}
        self._kept_us = 0
        self._now: HealthView | None = None
        self._facts = RunningFacts()

    def attach(self, context: CentreContext) -> None:
        """The centre whose health it is."""
        self._context = context

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            view = await self.look()
            hub = self._require().hub
            if hub.has("running"):
                hub.broadcast("", "", HealthMessage(health=view))
            await asyncio.sleep(LOOKED_AT_S if hub.has("running") else EVERY_S)

    async def look(self) -> HealthView:
        """Sample now."""
        context = self._require()
        states, counted = await asyncio.to_thread(self._count)
        clock = await self.clock()
        now_us = self._clock.now_us()
        processes = self._processes(states, counted)
        self._keep(now_us, processes)
        memory = psutil.virtual_memory()
        facts = await self._facts.look(context, now_us)
        self._now = HealthView(
            at_us=now_us,
            version=context.version,
            processes=processes,
            queues=_queues(context),
            parts=_parts(context),
            clock=clock,
            machine=MachineView(
                cores=psutil.cpu_count() or 1,
                load_pm=int(psutil.getloadavg()[0] * 1000),
                memory_bytes=memory.total,
                memory_free_bytes=memory.available,
            ),
            facts=facts,
        )
        return self._now

    async def clock(self) -> ClockView:
        """How this machine's clock is kept, asked now."""
        state = await asyncio.to_thread(read_clock)
        limit_us = self._require().settings.running.warn_clock_ms * 1000
        return ClockView(
            known=state.known,
            kept=state.kept,
            offset_us=state.offset_us,
            error_us=state.error_us,
            warn=state.known and (not state.kept or state.error_us > limit_us),
        )

    def history(self) -> list[HistoryView]:
        """The last hour: processor in thousandths of a core, memory in bytes."""
        return [
            HistoryView(
                name=name,
                at_us=[one[0] for one in kept],
                cpu_pm=[one[1] for one in kept],
                memory_bytes=[one[2] for one in kept],
            )
            for name, kept in self._history.items()
        ]

    def _require(self) -> CentreContext:
        assert self._context is not None
        return self._context

    def _count(self) -> tuple[list[ProcessState], list[Counted]]:
        states = read_states(self._require().settings.bus_path)
        named = {one.pid: one.name for one in states if one.pid is not None}
        own = itself()
        if not own.keys() & named.keys():  # states of another installation, or none
            states, named = [], own
        return states, count(named)

    def _processes(self, states: list[ProcessState], counted: list[Counted]) -> list[ProcessView]:
        watched = {one.name: one for one in states}
        used = self._used(counted)
        views: list[ProcessView] = []
        for one in counted:
            known = watched.pop(one.name, None)
            views.append(
                ProcessView(
                    name=one.name,
                    state=known.state if known else "running",
                    watched=known is not None,
                    since_us=one.started_us,
                    cpu_pm=used[one.pid],
                    memory_bytes=one.memory_bytes,
                    starts=known.starts if known else 1,
                    last_exit=known.last_exit if known else None,
                    fault_us=known.fault.t_us if known and known.fault else None,
                    fault=f"{known.fault.module} {known.fault.what}".rstrip()
                    if known and known.fault
                    else "",
                )
            )
        views += [
            ProcessView(
                name=one.name,
                state=one.state,
                watched=True,
                since_us=one.started_us,
                starts=one.starts,
                last_exit=one.last_exit,
                fault_us=one.fault.t_us if one.fault else None,
                fault=f"{one.fault.module} {one.fault.what}".rstrip() if one.fault else "",
            )
            for one in watched.values()
        ]
        order = {one.name: place for place, one in enumerate(states)}
        return sorted(views, key=lambda one: (order.get(one.name, len(order)), one.name))

    def _used(self, counted: list[Counted]) -> dict[int, int]:
        """Thousandths of a core since the last look, by process number."""
        now_s = time.monotonic()  # the processes live in real time, whatever the clock
        used: dict[int, int] = {}
        for one in counted:
            before = self._before.get(one.pid)
            spent = 0.0
            if before is not None and now_s > before[1]:
                spent = max(0.0, (one.cpu_s - before[0]) / (now_s - before[1]))
            used[one.pid] = int(spent * 1000)
        self._before = {one.pid: (one.cpu_s, now_s) for one in counted}
        return used

    def _keep(self, now_us: int, processes: list[ProcessView]) -> None:
        if now_us - self._kept_us < (EVERY_S - 1) * MICROSECONDS:
            return
        self._kept_us = now_us
        sums: dict[str, tuple[int, int]] = {}
        for one in processes:
            cpu, memory = sums.get(one.name, (0, 0))
            sums[one.name] = (cpu + one.cpu_pm, memory + one.memory_bytes)
        for name, (cpu, memory) in sums.items():
            self._history.setdefault(name, deque(maxlen=_KEPT)).append((now_us, cpu, memory))
        hour_ago_us = now_us - int(_KEPT * EVERY_S * MICROSECONDS)
        for name in [name for name, kept in self._history.items() if kept[-1][0] < hour_ago_us]:
            del self._history[name]


def _queues(context: CentreContext) -> list[QueueView]:
    """What waits where, and how much may."""
    follower, settings = context.follower, context.settings
    found: list[QueueView] = []
    for name, status in context.watch.each.items():
        if status is None:
            continue
        found.append(QueueView("writing", name, status.writing, status.writing_limit))
        sources = status.max_sources or settings.recorder.max_sources
        found.append(QueueView("sources", name, len(status.sources), sources))
    if context.watch.transcriber is not None:
        tracks = context.watch.transcriber.tracks
        found.append(QueueView("tracks", "transcriber", tracks, settings.transcription.max_tracks))
    behind = max(0, follower.size - follower.next_index)
    found += [
        QueueView("projection", "centre", behind, _BEHIND),
        QueueView("views", "centre", context.appender.waiting, context.appender.limit),
        QueueView("database", "centre", context.database.waiting, 0),
        QueueView("jobs", "centre", context.jobs.under_way, 0),
        QueueView("desks", "centre", len(context.hub), 0),
        QueueView("viewers", "centre", len(context.live), 0),
    ]
    if context.suggestions.is_on:
        found.append(QueueView("suggestions", "centre", context.suggestions.queued, 0))
    return found


def _parts(context: CentreContext) -> list[PartView]:
    """What is no process of its own, and what the other processes say of themselves."""
    watch, lost = context.watch, context.log.lost
    found = [PartView("log", "bad" if lost else "ok", "lost" if lost else "", lost)]
    for name, status in watch.each.items():
        code = "away" if status is None else status.degraded
        found.append(PartView(name, "bad" if code else "ok", code))
        if status is not None and status.disks_failed:
            found.append(PartView(name, "bad", "disks_failed", status.disks_failed))
        if status is not None and status.space != "ok":
            found.append(PartView(name, "warn", f"space_{status.space}"))
    behind_us = watch.transcriber.behind_us if watch.transcriber else 0
    found.append(
        PartView(
            "transcriber",
            "bad" if watch.transcriber is None else "warn" if behind_us > _LATE_US else "ok",
            "away" if watch.transcriber is None else "behind",
            behind_us,
        )
    )
    found.append(
        PartView(
            "comparison",
            "warn" if context.comparison.restarts else "ok",
            "restarts" if context.comparison.restarts else "",
            context.comparison.restarts,
        )
    )
    for one in context.vouchers.states.all():
        state = {"ok": "ok", "lost": "bad"}.get(one.state, "off")
        found.append(PartView(one.kind, state, one.state, since_us=one.since_us, label=one.name))
    if context.settings.mqtt.host:
        counts = context.instruments.counts
        found.append(PartView("instruments", "ok", "readings", counts.readings))
    model = context.suggestions
    failure = model.last_failure
    if model.is_on:
        found.append(PartView("local_model", "warn" if failure else "ok", failure))
    return found
