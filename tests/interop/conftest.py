"""One installation for the whole set: real processes, one source for each client."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from command_centre.db import schema
from command_centre.db.accounts import create_source_token
from command_centre.db.database import Database, Writing
from command_centre.demo_store import prepare_store
from config.clock import SystemClock
from tests.interop.clients import CLIENTS, LARGE, SECRET, with_coturn
from tests.interop.front import Front
from tests.interop.recorded import Probed, Recorded

ROOT = Path(__file__).parents[2]
_WHIP = """
[whip]
turn_urls = ["turn:127.0.0.1:{port}?transport=udp"]
turn_secret_file = "{secret}"
requests_burst = 500
"""


@dataclass
class Place:
    """The running installation, and what came of each client."""

    store: Path
    front: Front
    tokens: dict[str, Path]
    scratch: Path
    turn_port: int
    results: dict[str, tuple[Recorded, Probed, float]] = field(default_factory=dict)

    def whip(self, source: str) -> str:
        """Where a client publishes: through the front."""
        return f"http://127.0.0.1:{self.front.port}/whip/{source}"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything started once; in the end the store must verify."""
    scratch = tmp_path_factory.mktemp("interop")
    made = prepare_store(scratch / "store", None, any_port=True)
    secret = scratch / "turn.secret"
    secret.write_text(SECRET)
    with made.config_file.open("a") as config:
        turn_port = _free_port()
        config.write(_WHIP.format(port=turn_port, secret=secret))
    tokens = _sources(made.database_file, scratch)
    log = (scratch / "serve.log").open("wb")
    serving = subprocess.Popen(
        [sys.executable, "-m", "command_centre.cli", "serve", "--config", str(made.config_file)],
        stdout=log,
        stderr=log,
        cwd=scratch,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    port = made.settings.centre.http_port
    try:
        _until_ready(serving, f"http://127.0.0.1:{port}/readyz")
        with Front(port) as front:
            yield Place(made.directory, front, tokens, scratch, turn_port)
    finally:
        serving.send_signal(signal.SIGTERM)
        try:
            serving.wait(30)
        finally:
            serving.kill()
            log.close()
    verified = subprocess.run(
        [sys.executable, "-m", "command_centre.cli", "verify", str(made.directory)],
        capture_output=True,
        timeout=60,
        cwd=ROOT,
    )
    assert verified.returncode == 0, verified.stdout.decode()


def _sources(database_file: Path, scratch: Path) -> dict[str, Path]:
    """A source on site for each client; returns the files with their tokens."""
    tokens: dict[str, Path] = {}
    database = Database(database_file)
    try:
        for number, name in enumerate((*CLIENTS, *LARGE)):

            def add(writing: Writing, name: str = name, number: int = number) -> None:
                row = {"id": name, "room_id": "site", "name": name, "name_en": name}
                row |= {"kind": "body_camera", "channels": "[]"}
                writing.execute(schema.source.insert().values(position=100 + number, **row))

            database.write_now(add)
            tokens[name] = scratch / f"{name}.token"
            now_us = SystemClock().now_us()
            tokens[name].write_text(create_source_token(database, name, now_us=now_us))
    finally:
        database.close()
    return tokens


def _until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the installation ended by itself"
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the installation did not become ready")


@pytest.fixture(scope="session")
def turn(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """coturn on this machine, with the shared secret of the settings."""
    with with_coturn(tmp_path_factory.mktemp("turn"), place.turn_port):
        yield


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def publisher_script(place: Place) -> Path:
    """The page's own publisher (web/src/media/whip.ts), bundled for a page of the tests."""
    target = place.scratch / "publisher.js"
    bundled = subprocess.run(
        [_node(), str(Path(__file__).with_name("bundle.mjs")), str(target)],
        cwd=ROOT / "web",
        capture_output=True,
        timeout=60,
    )
    assert bundled.returncode == 0, bundled.stderr.decode()
    place.front.files["publisher.js"] = target
    return target


def _node() -> str:
    own = ROOT / ".venv" / "bin" / "node"
    node = str(own) if own.exists() else shutil.which("node")
    assert node is not None
    return node
