"""Longer fuzzing of the receive path in C, under the address and undefined-behaviour sanitizers.

``make fuzz`` (``python -m tests.fuzz.receive_path [SECONDS [SEED]]``): compiles ``recorder/native``
anew with the sanitizers, into a temporary directory, and feeds the module with random streams, with
authentic packets that have strange headers, and with mutations of a corpus of good ones. What comes
out is compared with the twin's. A difference, a report of a sanitizer or memory that grows ends it
with exit status 1. The seed is printed, so that a run can be repeated.
"""

from __future__ import annotations

import importlib.util
import os
import random
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "recorder" / "native"
_INSIDE = "DUIZHI_FUZZ_MODULE"
_SANITIZE = "-fsanitize=address,undefined"
_GROWTH_BYTES = 64 << 20  # the sanitizer keeps freed memory back for a while (quarantine, 16 MB)


def compile_native(target: Path, *flags: str) -> None:
    """Compile ``recorder/native`` with ``cc``. Raises ``CalledProcessError``."""
    command = ["cc", "-std=gnu11", "-g", "-fPIC", "-shared", "-Wall", "-Wextra", *flags]
    command += ["-Wno-missing-field-initializers", "-Wno-cast-function-type"]
    command += [f"-I{sysconfig.get_path('include')}", "-o", str(target)]
    command += [str(file) for file in sorted(SOURCES.glob("*.c"))]
    subprocess.run([*command, "-lcrypto"], check=True, timeout=120)


def load(path: Path) -> ModuleType:
    """The compiled module at a path."""
    spec = importlib.util.spec_from_file_location("recorder.native._media", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plain(items: list[Any]) -> list[Any]:
    return [tuple(item) if isinstance(item, tuple) else item for item in items]


def lanes(native: ModuleType, chance: random.Random) -> None:
    """One stream of anything, in both halves."""
    from recorder.native import twin
    from tests.recorder.test_native import WAIT_US, lane_state, lane_steps

    mode = chance.randrange(3)
    pair: list[Any] = [half.Lane(1, mode, WAIT_US, 90) for half in (native, twin)]
    for name, *arguments in lane_steps(chance, 400):
        first, second = (_plain(getattr(lane, name)(*arguments)) for lane in pair)
        assert first == second, (name, arguments, first, second)
        assert lane_state(pair[0]) == lane_state(pair[1])


def receivers(native: ModuleType, chance: random.Random) -> None:
    """Authentic packets with strange headers, and damaged ones."""
    from recorder.native import twin
    from tests.recorder.test_native import PROFILES, Sender, datagrams, receiver

    sender = Sender(chance.choice(sorted(PROFILES)))
    mode = chance.randrange(3)
    pair = [receiver(half, sender, mode) for half in (native, twin)]
    for index, data in enumerate(datagrams(chance, sender, 300)):
        first, second = (_plain(made.datagram(data, index * 3_000)) for made in pair)
        assert first == second, data.hex()


def mutated(native: ModuleType, chance: random.Random) -> None:
    """A corpus of good datagrams, cut, joined, repeated and with bits turned; also by socket."""
    from tests.recorder.test_native import Sender, datagrams, receiver

    sender = Sender()
    made = receiver(native, sender, chance.randrange(3))
    corpus = list(datagrams(chance, sender, 100))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        own.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        made.prove(*other.getsockname())
        for index in range(600):
            data = bytearray(chance.choice(corpus))
            for _ in range(chance.randrange(4)):
                _mutate(data, corpus, chance)
            made.datagram(bytes(data), index * 1_000)
            other.sendto(bytes(data[:9000]), own.getsockname())
            if index % 40 == 0:
                made.drain(own.fileno(), index * 1_000)
        made.drain(own.fileno(), 10**9)


def _mutate(data: bytearray, corpus: list[bytes], chance: random.Random) -> None:
    kind = chance.randrange(5)
    at = chance.randrange(len(data) + 1)
    if kind == 0 and data:
        data[at % len(data)] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del data[at:]
    elif kind == 2:
        data[at:at] = chance.randbytes(chance.choice([1, 2, 16, 1500]))
    elif kind == 3:
        data += chance.choice(corpus)
    elif data:
        data[at % len(data)] = chance.choice([0, 0x7F, 0x80, 0xBF, 0xFF])


def fuzz(native: ModuleType, seconds: float, seed: int) -> int:
    """Until the time is over; the number of rounds."""
    process = psutil.Process()
    ends = time.monotonic() + seconds
    rounds = before = 0
    while time.monotonic() < ends:
        chance = random.Random(seed + rounds)
        (lanes, receivers, mutated)[rounds % 3](native, chance)
        rounds += 1
        if rounds == 90:
            before = process.memory_info().rss
    grown = process.memory_info().rss - before if before else 0
    assert grown < _GROWTH_BYTES, f"memory grew by {grown} bytes in {rounds} rounds"
    return rounds


def main() -> int:
    """Compile, start again with the sanitizer's library in front, run."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 30)
    if _INSIDE in os.environ:
        rounds = fuzz(load(Path(os.environ[_INSIDE])), seconds, seed)
        print(f"{rounds} rounds, seed {seed}: nothing found")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "_media.so"
        compile_native(target, "-O1", _SANITIZE, "-fno-sanitize-recover=all")
        library = subprocess.run(
            ["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
        ).stdout.strip()
        environment = {
            **os.environ,
            _INSIDE: str(target),
            "LD_PRELOAD": library,
            # The interpreter itself leaks at exit; what is ours is caught by the growth.
            "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=16",
            "PYTHONMALLOC": "malloc",  # every block is the sanitizer's
        }
        command = [sys.executable, "-m", "tests.fuzz.receive_path", str(seconds), str(seed)]
        print(f"seed {seed}", flush=True)
        done = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=seconds + 120, check=False
        )
        return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
