"""The recorder process of ``benchmarks.append --sources``: it appends to its own log when told.

The real recorder, with two additions: a thread that hands drafts to the process' own
``StoreWriter`` at a steady rate, and timers around the steps of the writer's commit (some
microseconds a group). So the figure is from ``StoreWriter.submit`` to its future, in the process
whose threads also receive the media; the bus is not in it.

The thread waits for ``<folder>/go`` (JSON: rate, seconds, session) and leaves
``<folder>/appended``.
"""

from __future__ import annotations

import json
import os
import runpy
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from benchmarks._append_entry import prompt
from evidence_store.draft import Draft
from evidence_store.durable import Disk
from evidence_store.log import Log
from evidence_store.payload_files import PayloadAppender
from evidence_store.signer import Ed25519Signer, MlDsa44Signer
from evidence_store.spelling import Spelling
from evidence_store.volume import Volumes
from evidence_store.wal import WalAppender
from evidence_store.writer import Appended, StoreWriter

FOLDER = "DUIZHI_BENCH_APPEND"  # the environment variable that names the folder
#: Steps of a commit, in order; none lies within another.
STEPS: tuple[tuple[type, str, str], ...] = (
    (Volumes, "place", "media files"),
    (Spelling, "add", "spelling"),
    (PayloadAppender, "append", "payloads"),
    (WalAppender, "write", "records written"),
    (WalAppender, "flush", "records flushed"),
    (Log, "_write_full_tiles", "full tiles"),
    (Log, "_write_partial_tiles", "partial tiles"),
    (Ed25519Signer, "sign", "Ed25519"),
    (MlDsa44Signer, "sign", "ML-DSA-44"),
    (Log, "write_checkpoint", "checkpoint"),
    (StoreWriter, "_notify", "callbacks"),
    (Volumes, "tidy", "tidy"),
)
#: These lie within the steps above.
FLUSHES = ("sync", "sync_data", "sync_directory")


class Timers:
    """Seconds of each step, in all and on a core, for each group that was committed."""

    def __init__(self) -> None:
        self.groups: list[dict[str, float]] = []
        self._now: dict[str, float] = defaultdict(float)
        self._thread = 0

    def install(self) -> None:
        """Put a timer around every step, in this process."""
        for owner, method, name in STEPS:
            self._around(owner, method, name)
        for method in FLUSHES:
            self._around(Disk, method, "flush", count="flushes")
        plain = StoreWriter._commit

        def commit(writer: StoreWriter, group: list[Any]) -> None:
            self._thread = threading.get_ident()
            self._now.clear()
            started, cpu = time.perf_counter(), time.thread_time()
            plain(writer, group)
            self._now["commit"] = time.perf_counter() - started
            self._now["commit cpu"] = time.thread_time() - cpu
            self._now["jobs"] = len(group)
            self.groups.append(dict(self._now))

        setattr(StoreWriter, "_commit", commit)  # noqa: B010  as in the other benchmarks

    def _around(self, owner: type, method: str, name: str, count: str = "") -> None:
        plain: Callable[..., Any] = getattr(owner, method)

        def timed(*given: Any, **named: Any) -> Any:
            started, cpu = time.perf_counter(), time.thread_time()
            try:
                return plain(*given, **named)
            finally:
                if threading.get_ident() == self._thread:
                    self._now[name] += time.perf_counter() - started
                    self._now[f"{name} cpu"] += time.thread_time() - cpu
                    if count:
                        self._now[count] += 1

        setattr(owner, method, timed)


def append(writer: StoreWriter, rate: float, seconds: float, session: str) -> dict[str, Any]:
    """Submit at a steady rate, whatever the writer does; milliseconds from submit to protected."""
    taken: list[float] = []
    failed: list[str] = []
    count = round(rate * seconds)
    begun = time.perf_counter()
    last: Future[list[Appended]] | None = None
    for number in range(count):
        time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        public, private = prompt(number)
        t_us = time.time_ns() // 1000
        draft = Draft("prompt.issued", session, session, public, t_us, private=private)
        started = time.perf_counter()

        def protected(future: Future[list[Appended]], started: float = started) -> None:
            taken.append((time.perf_counter() - started) * 1000)
            if future.exception() is not None:
                failed.append(repr(future.exception()))

        last = writer.submit([draft])
        last.add_done_callback(protected)
    if last is not None:
        last.result(timeout=30)
    return {"ms": taken, "failed": failed, "seconds": time.perf_counter() - begun}


def _when_told(writer: StoreWriter, folder: Path, timers: Timers) -> None:
    while not (folder / "go").exists():
        time.sleep(0.05)
    order = json.loads((folder / "go").read_text())
    timers.groups.clear()
    result = append(writer, order["rate"], order["seconds"], order["session"])
    result["groups"] = list(timers.groups)
    (folder / "appended.part").write_text(json.dumps(result))
    (folder / "appended.part").rename(folder / "appended")


def main() -> None:
    """The recorder, as ``command_centre.process`` runs it."""
    folder = Path(os.environ[FOLDER])
    timers = Timers()
    timers.install()
    plain = StoreWriter.open

    def opened(*given: Any, **named: Any) -> StoreWriter:
        writer = plain(*given, **named)
        threading.Thread(target=_when_told, args=(writer, folder, timers), daemon=True).start()
        return writer

    setattr(StoreWriter, "open", opened)  # noqa: B010
    runpy.run_module("command_centre.process", run_name="__main__")


if __name__ == "__main__":
    main()
