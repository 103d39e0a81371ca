"""The clean things that are attacked: real writers, real keys, real exports, small files.

Everything lies below one directory and is made once; attacks work on copies. Besides what is
attacked there are further clean kinds, which must raise no alarm.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.draft import Draft, FileWrite
from evidence_store.export import zip_package
from evidence_store.writer import StoreWriter
from tests.attacks.store_forger import StoreForger
from tests.evidence_store.builder import SECOND, START_US, SessionScript, export, open_writer
from tests.evidence_store.test_late import hand_over

#: The session the package is about, one of another room and day, one nobody exports, and one of
#: a second recorder.
FIRST, OTHER_DAY, HIDDEN, SECOND_ROOM = (f"s{number:020d}" for number in range(4))
CAMERA, BODY_CAMERA = "room1-camera", "body-camera"
DAY_US = 86_400 * SECOND
BOTH = ["audio", "video"]


@dataclass
class FullScript(SessionScript):
    """A session as the recorder writes it: tracks stated, a tick for every second."""

    ticks: int = 0

    def segment(self, source: str, duration_us: int = 2 * SECOND) -> Any:
        totals = self.totals[source]
        number = totals["segments"] = totals["segments"] + 1
        end_us = self.t_us + duration_us
        stated = {"recorded_us": duration_us, "until_us": end_us}
        if number == 1:
            stated["start_us"] = self.t_us
        path = f"media/{self.session}/{source}/e{totals['epoch']:03d}-{number:06d}.m4s"
        body = {
            "source": source,
            "epoch": totals["epoch"],
            "number": number,
            "start_us": self.t_us,
            "duration_us": duration_us,
            "tracks": {track: dict(stated) for track in BOTH},
        }
        data = hashlib.sha256(path.encode()).digest() * 8
        totals["recorded_us"] += duration_us
        return self.append("media.segment", body, FileWrite(path, data))

    def seconds(self, count: int) -> None:
        """Time passes."""
        for _ in range(count):
            self.t_us += SECOND
            self.ticks += 1
            self.append("tick", {"n": self.ticks, "missed": 0, "sources": {}})

    def record(self, *sources: str, seconds: int = 2) -> None:
        """One segment of every source."""
        for source in sources:
            self.segment(source, seconds * SECOND)
        self.seconds(seconds)

    def interrupt(self, *sources: str, seconds: int = 3) -> None:
        """A declared gap of every source, and the epoch after it."""
        start_us = self.t_us
        self.seconds(seconds)
        for source in sources:
            body = {"source": source, "start_us": start_us, "end_us": self.t_us, "track": "all"}
            self.append("media.gap", {**body, "cause": "network"})
            self.totals[source]["gap_us"] += seconds * SECOND
            self.init(source)

    def pause(self, *sources: str, seconds: int = 4) -> None:
        """A pause that was ordered."""
        self.pauses += 1
        order = {"pause": f"pa-{self.pauses}", "start_us": self.t_us}
        self.append("pause.begin", {**order, "tracks": BOTH, "reason": "lawyer"})
        self.seconds(seconds)
        ended = {**order, "end_us": self.t_us, "why": "resumed"}
        self.append("pause.end", ended)
        for source in sources:
            hole = {"source": source, "track": "all", **order, "end_us": self.t_us}
            self.append("media.pause", hole)
            self.totals[source]["pause_us"] += seconds * SECOND
            self.init(source)

    def close_recording(self, source: str) -> None:
        totals = {name: value for name, value in self.totals[source].items() if name != "epoch"}
        track = {name: value for name, value in totals.items() if name != "segments"}
        tracks = {name: {**track, "end_us": self.t_us} for name in BOTH}
        body = {"source": source, "end_us": self.t_us, **totals, "tracks": tracks}
        self.append("recording.close", body)


def interview(
    writer: StoreWriter,
    session: str,
    sources: tuple[str, ...] = (CAMERA,),
    *,
    room: str = "room1",
    t_us: int = START_US,
    close: bool = True,
) -> FullScript:
    """Seconds 0-2-4 recorded, 4-7 lost, 7-9 recorded, 9-13 paused, 13-15-17 recorded."""
    script = FullScript(writer, session, room, t_us=t_us)
    script.open()
    for source in sources:
        script.open_recording(source)
    script.record(*sources)
    script.utterance(sources[0], 1, "是李某安排我们进去的 <确认>")
    script.record(*sources)
    script.interrupt(*sources)
    script.record(*sources)
    script.pause(*sources)
    script.record(*sources)
    script.utterance(sources[0], 2, "我没有看到作业票")
    if close:
        script.record(*sources)
        for source in sources:
            script.close_recording(source)
        script.close()
    return script


def centre_log(store: Path) -> None:
    """What the centre says of the case."""
    writer = open_writer(store, "centre", host_keys=True)
    case = {"case": "case-2026-014"}
    drafts = [
        Draft("login.ok", "", "", {"account": "manager"}, START_US),
        Draft("case.create", "", "", {**case, "by": "m"}, START_US),
        Draft("access.case", "", "", {**case, "by": "a"}, START_US),
        Draft("export.begin", "", "", {**case, "by": "a", "reason": "移送"}, START_US),
    ]
    writer.submit(drafts).result(timeout=30)
    writer.close()


def steady_clock(store: Path, log: str = "recorder-1") -> None:
    """Give the entries the monotonic clock of their own time, as if they had taken that long."""
    forger = StoreForger(store, log)
    forger.edit_all(lambda entry: {**entry, "mono_us": entry["t_us"] - START_US + 10 * SECOND})
    forger.resign()


@dataclass(frozen=True)
class Scene:
    """Where a clean thing lies; ``store`` is what it was exported from."""

    path: Path
    store: Path


class Scenes:
    """Makes each scene when it is first asked for."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._made: dict[str, Scene] = {}

    def get(self, name: str) -> Scene:
        """The clean scene of this name; nobody may change it."""
        if name not in self._made:
            self._made[name] = SCENES[name](self, self._top / name)
        return self._made[name]

    def copy(self, name: str, place: Path) -> Path:
        """A copy to attack, at ``place``."""
        source = self.get(name).path
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True)
        else:
            shutil.copy(source, place)
        return place


def _store(scenes: Scenes, top: Path) -> Scene:
    """A closed store: three sessions of one recorder, and the centre's log."""
    writer = open_writer(top, host_keys=True)
    interview(writer, FIRST, (CAMERA, BODY_CAMERA))
    interview(writer, OTHER_DAY, ("room2-camera",), room="room2", t_us=START_US + DAY_US)
    interview(writer, HIDDEN, ("room3-camera",), room="room3", t_us=START_US + DAY_US)
    writer.close()
    centre_log(top)
    steady_clock(top)
    return Scene(top, top)


def _live(scenes: Scenes, top: Path) -> Scene:
    """A store as it lies there while its writer is running and a session is open."""
    running = top.with_name("running")
    writer = open_writer(running, host_keys=True)
    interview(writer, FIRST, (CAMERA, BODY_CAMERA))
    interview(writer, OTHER_DAY, ("room2-camera",), room="room2", t_us=START_US, close=False)
    for _ in range(20):
        try:
            shutil.copytree(running, top)
            break
        except shutil.Error:  # a partial tile was replaced meanwhile
            shutil.rmtree(top)
            time.sleep(0.2)
    writer.close()
    return Scene(top, top)


def _package(scenes: Scenes, top: Path) -> Scene:
    """The package of two of the three sessions."""
    store = scenes.get("store").path
    return Scene(export(store, top, FIRST, OTHER_DAY), store)


def _zip(scenes: Scenes, top: Path) -> Scene:
    made = scenes.get("package")
    archive = top.with_suffix(".zip")
    zip_package(made.path, archive)
    return Scene(archive, made.store)


def _two_stores(scenes: Scenes, top: Path) -> Scene:
    """Two recorders with a session each; the first has late files in its gap."""
    top.mkdir(parents=True)
    store = top / "store"
    for name, session, source in (
        ("recorder-1", FIRST, CAMERA),
        ("recorder-2", SECOND_ROOM, "room4-camera"),
    ):
        writer = open_writer(store, name, host_keys=True)
        interview(writer, session, (source,), room=f"room-{name[-1]}")
        if session == FIRST:
            hand_over(writer, top)
            hand_over(writer, top, file="up-2", files=2, at_us=START_US + 60 * SECOND)
        writer.close()
        steady_clock(store, name)
    return Scene(store, store)


def _two(scenes: Scenes, top: Path) -> Scene:
    """The package of both."""
    store = scenes.get("two-store").path
    return Scene(export(store, top, FIRST, SECOND_ROOM), store)


def _open_session(scenes: Scenes, top: Path) -> Scene:
    store = scenes.get("live").path
    return Scene(export(store, top, OTHER_DAY), store)


def _restarted(scenes: Scenes, top: Path) -> Scene:
    """A recorder that died with a torn tail and an orphan, and came back."""
    top.mkdir(parents=True)
    store = top / "store"
    shutil.copytree(scenes.get("live").path, store)
    wal = sorted((store / "recorder-1/log/wal").iterdir())[-1]
    wal.write_bytes(wal.read_bytes() + b"\x00\x00\x01torn")
    orphan = store / f"recorder-1/media/{OTHER_DAY}/room2-camera/e009-000099.m4s"
    orphan.write_bytes(b"orphan")
    writer = open_writer(store, host_keys=True)
    script = SessionScript(writer, OTHER_DAY, "room2", t_us=START_US + 3600 * SECOND)
    script.append("session.close", {"recordings": [], "reason": "recovered", "missed": 3600})
    writer.close()
    return Scene(export(store, top / "package", FIRST), store)


def _one_source(scenes: Scenes, top: Path) -> Scene:
    """A lone key, no centre's log, no gap, no pause; entries enough for several tiles."""
    top.mkdir(parents=True)
    store = top / "store"
    writer = open_writer(store)
    script = FullScript(writer, FIRST)
    script.open()
    script.open_recording(CAMERA)
    script.record(CAMERA)
    for begin in range(0, 600, 100):
        body = {"text": "é 警 \u2028 😀", "list": [1, None, True, {"b": 1, "a": -1}]}
        drafts = [Draft("marker.added", FIRST, "room1", body, script.t_us) for _ in range(100)]
        writer.submit(drafts).result(60)
        script.record(CAMERA)
        del begin
    script.close_recording(CAMERA)
    script.close()
    writer.close()
    return Scene(export(store, top / "package", FIRST), store)


def _nothing_recorded(scenes: Scenes, top: Path) -> Scene:
    """A session that was opened and closed, and nothing came."""
    top.mkdir(parents=True)
    store = top / "store"
    writer = open_writer(store)
    script = FullScript(writer, FIRST)
    script.open()
    script.seconds(2)
    script.close()
    writer.close()
    return Scene(export(store, top / "package", FIRST), store)


SCENES: dict[str, Callable[[Scenes, Path], Scene]] = {
    "store": _store,
    "live": _live,
    "package": _package,
    "zip": _zip,
    "two-store": _two_stores,
    "two": _two,
    "open session": _open_session,
    "restarted recorder": _restarted,
    "one source": _one_source,
    "nothing recorded": _nothing_recorded,
}

#: Clean things, and the verdict each must get.
CLEAN = {
    "store": "complete_with_gaps",
    "live": "complete_with_gaps",
    "package": "complete_with_gaps",
    "zip": "complete_with_gaps",
    "two-store": "complete_with_gaps",
    "two": "complete_with_gaps",
    "open session": "complete_with_gaps",
    "restarted recorder": "complete_with_gaps",
    "one source": "complete",
    "nothing recorded": "complete",
}
