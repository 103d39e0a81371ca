"""What runs while something fails: the real writer, recovery and log, on small stores.

A scenario prepares directories without faults, then acts on the disks it is given. What it returns
is what a caller of the writer was told; everything it submits can be told from what nobody did.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence_store.durable import Disk
from evidence_store.errors import StoreError
from evidence_store.store_format import ensure_format
from evidence_store.wal import wal_files
from evidence_store.writer import Appended, Draft, FileLink, FileWrite, StoreWriter
from tests.evidence_store.builder import SessionScript, open_writer

NAME = "recorder-1"
WAIT_S = 60


class Told:
    """What the scenario was told; shared by the ways it can be kept (see traced.py)."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, bytes] = {}
        self.opened = False
        self.refused = 0

    def entry(self, item: Appended) -> None:
        """An entry was acknowledged."""
        self.acknowledged[item.index] = item.leaf_hash


@dataclass
class Stage:
    """Directories of one run."""

    top: Path
    two: bool
    told: Told = field(default_factory=Told)

    @property
    def stores(self) -> list[Path]:
        """The store, and its mirror."""
        return [self.top / "store", *([self.top / "mirror"] if self.two else [])]

    def open(self, disks: Sequence[Disk] = ()) -> StoreWriter:
        """The writer on these directories."""
        options: dict[str, Any] = {"disk": disks[0]} if disks else {}
        if self.two:
            options["mirrors"] = [self.top / "mirror" / NAME]
            options["mirror_disks"] = list(disks[1:])
        return open_writer(self.top / "store", **options)


def prepare(stage: Stage) -> None:
    """A store with a session begun, closed in order."""
    for store in stage.stores:
        ensure_format(store)
    writer = stage.open()
    script = SessionScript(writer, "s0")
    script.open()
    script.open_recording("cam")
    script.segment("cam")
    script.tick(0)
    script.close_recording("cam")
    script.close()
    writer.close()
    uploads = stage.top / "store" / "uploads"
    uploads.mkdir(exist_ok=True)
    (uploads / "data").write_bytes(b"what a phone had kept" * 50)


def prepare_crashed(stage: Stage) -> None:
    """As after a power failure: torn tail, orphans, and one directory behind the other."""
    prepare(stage)
    behind = stage.top / "behind"
    if stage.two:
        shutil.copytree(stage.top / "mirror", behind)
    writer = stage.open()
    SessionScript(writer, "s9").open()
    writer.submit([Draft("tick", "s9", "r", {"n": 1, "x": "prepared"}, 1)]).result(WAIT_S)
    media = FileWrite("media/s9/cam/extra.bin", b"e" * 300)
    writer.submit([Draft("document.file", "s9", "r", {}, 1, media)]).result(WAIT_S)
    writer.close()
    if stage.two:
        for part in ("log", "media"):
            shutil.rmtree(stage.top / "mirror" / NAME / part)
            shutil.copytree(behind / NAME / part, stage.top / "mirror" / NAME / part)
        shutil.rmtree(behind)
    for store in stage.stores:
        (store / NAME / "log" / "wal" / "clean").unlink()
        with wal_files(store / NAME / "log" / "wal")[-1].open("ab") as file:
            file.write(b"\x00\x40half a record")
        orphan = store / NAME / "media" / "s9" / "cam" / "e001-000007.m4s"
        orphan.parent.mkdir(parents=True, exist_ok=True)
        orphan.write_bytes(b"the last second")


def record(stage: Stage, disks: Sequence[Disk]) -> None:
    """Open, record a session, close."""
    try:
        writer = stage.open(disks)
    except StoreError:
        return
    stage.told.opened = True
    try:
        _session(stage, writer)
    finally:
        writer.close()


def recover(stage: Stage, disks: Sequence[Disk]) -> None:
    """Open what a crash left, append, close."""
    try:
        writer = stage.open(disks)
    except StoreError:
        return
    stage.told.opened = True
    try:
        for n in range(2):
            _submit(stage, writer, [_tick(n)])
    finally:
        writer.close()


def _session(stage: Stage, writer: StoreWriter) -> None:
    """Segments, a private payload, a linked file; goes on after a refusal, as recording does."""
    script = SessionScript(writer, "s1")
    try:
        script.open()
        script.open_recording("cam")
    except StoreError:
        stage.told.refused += 1
    for n in range(2):
        data = hashlib.sha256(b"segment %d" % n).digest() * 8
        file = FileWrite(f"media/s2/cam/{n:06d}.bin", data)
        _submit(stage, writer, [Draft("document.file", "s2", "r", {"n": n}, 1, file), _tick(n)])
    private = {"words": "是李某安排我们进去的"}
    _submit(stage, writer, [Draft("marker.private", "s2", "r", {"n": 0}, 1, private=private)])
    source = stage.top / "store" / "uploads" / "data"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    link = FileLink("documents/s2/late/data.bin", source, digest, source.stat().st_size)
    _submit(stage, writer, [Draft("document.file", "s2", "r", {"n": 9}, 1, link)])
    for n in range(2, 4):
        _submit(stage, writer, [_tick(n)])


def _tick(n: int) -> Draft:
    return Draft("tick", "s2", "r", {"n": n}, 1_000_000 + n)


def _submit(stage: Stage, writer: StoreWriter, drafts: list[Draft]) -> None:
    try:
        results = writer.submit(drafts).result(WAIT_S)
    except WaitedTooLong:
        raise AssertionError("the writer answers every job") from None
    except StoreError:
        stage.told.refused += 1
        return
    for item in results:
        stage.told.entry(item)


@dataclass(frozen=True)
class Scenario:
    """A name of the table."""

    name: str
    prepare: Callable[[Stage], None]
    act: Callable[[Stage, Sequence[Disk]], None]
    two: bool = False


SCENARIOS = (
    Scenario("record, one directory", prepare, record),
    Scenario("recover, one directory", prepare_crashed, recover),
    Scenario("record, two directories", prepare, record, two=True),
    Scenario("recover, two directories", prepare_crashed, recover, two=True),
)


def shared_memory() -> Path | None:
    """A directory in memory, where thousands of flushes cost nothing."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None
