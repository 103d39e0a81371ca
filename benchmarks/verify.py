"""Verifying a large package, beside ``sha256sum`` over the same bytes, paired and alternating.

A package of about 400 MB is made of a real log and files of random bytes. Both then read all of
it from the page cache: ``verify.py --jobs 1`` and ``sha256sum``, in turn, then ``verify.py`` with
a job for each processor. Prints one line of JSON.

Run: .venv/bin/python -m benchmarks.verify [MEGABYTES] [ROUNDS]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._options import counts
from evidence_store.export import export_package
from evidence_store.signer import Ed25519Signer
from evidence_store.store_format import ensure_format
from evidence_store.writer import Draft, FileWrite, StoreWriter

SESSION, SECOND = "s1", 1_000_000
SEGMENT_BYTES = 1 << 20


def make_package(top: Path, megabytes: int) -> Path:
    """A package of so much; half of it are segments, half their playable copy."""
    store = top / "store"
    ensure_format(store)
    writer = StoreWriter.open(
        store / "recorder-1",
        origin="bench.example/recorder-1",
        signer=Ed25519Signer.generate(store / "keys" / "recorder-1.pem"),
        software={"software": "duizhi", "version": "bench", "name": "bench"},
    )
    folder, count = f"media/{SESSION}/camera", megabytes // 2

    def append(kind: str, body: dict[str, object], file: FileWrite | None = None) -> None:
        writer.submit([Draft(kind, SESSION, "room1", body, SECOND, file)]).result(60)

    source = {"source": "camera", "epoch": 1}
    append("session.open", {"case": "bench"})
    append("recording.open", {**source, "name": "camera"})
    append("media.init", source, FileWrite(f"{folder}/e001-init.mp4", b"init"))
    for number in range(1, count + 1):
        body = {**source, "number": number, "start_us": number * 2 * SECOND}
        file = FileWrite(f"{folder}/e001-{number:06d}.m4s", os.urandom(SEGMENT_BYTES))
        append("media.segment", {**body, "duration_us": 2 * SECOND}, file)
    writer.close()
    package = top / "package"
    case = {"id": "bench", "number": "bench", "name": "bench"}
    export_package(store, package, sessions=[SESSION], case=case, reason="bench", by="bench")
    return package


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of a command that must succeed."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=600)
    return time.perf_counter() - started


def main() -> None:
    """One line of JSON."""
    megabytes, rounds = counts(__doc__, megabytes=400, rounds=5)
    with tempfile.TemporaryDirectory(prefix="duizhi-bench-") as top:
        package = make_package(Path(top), megabytes)
        files = [path for path in package.rglob("*") if path.is_file()]
        names = [path.relative_to(package).as_posix() for path in files]
        size = sum(path.stat().st_size for path in files)
        verify = [sys.executable, "-I", "-S", "verify.py", "--jobs"]
        one: list[float] = []
        many: list[float] = []
        peer: list[float] = []
        for _ in range(rounds + 1):
            one.append(seconds([*verify, "1"], package))
            peer.append(seconds(["sha256sum", *names], package))
            many.append(seconds([*verify, "0"], package))
    # The first round fills the page cache.
    ours, theirs, all_cores = (statistics.median(times[1:]) for times in (one, peer, many))
    ratios = [mine / other for mine, other in zip(one[1:], peer[1:], strict=True)]
    result = {
        "bench": "verify",
        "ours": round(ours, 2),
        "peer": round(theirs, 2),
        "peer_name": "sha256sum",
        "ratio": round(statistics.median(ratios), 2),
        "unit": "s for the whole package, one core, median",
        "ours_all_cores": round(all_cores, 2),
        "cores": os.cpu_count(),
        "megabytes": round(size / 1e6),
        "rounds": rounds,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
