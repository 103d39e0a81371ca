"""The clients of the set: how each is started, and what is expected of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).with_name("programs")
SECRET = "interop-secret"


class Where(Protocol):
    """What a client is told."""

    scratch: Path
    tokens: dict[str, Path]

    def whip(self, source: str) -> str:
        """Where it publishes."""
        ...


@dataclass(frozen=True)
class Client:
    """One way of publishing."""

    name: str  # also the source
    what: str
    video: str  # codec expected, as ffprobe names it
    argv: Callable[[Where, str], list[str]]
    needs: tuple[str, ...] = ()  # commands
    page: bool = False  # a browser with publish.html
    relay: bool = False
    restarts: bool = False  # ICE, after a second
    size: tuple[int, int] = (640, 360)
    profile: str = ""  # expected, when it matters


def _ours(program: str, *more: str) -> Callable[[Where, str], list[str]]:
    return lambda where, name: [
        *(sys.executable, str(PROGRAMS / program)),
        *(where.whip(name), where.tokens[name].read_text(), *more),
    ]


def _ffmpeg(profile: str) -> Callable[[Where, str], list[str]]:
    return lambda where, name: [
        *_ours("ffmpeg_publish.py", profile)(where, name),
        str(where.scratch),
    ]


def _gstreamer(codec: str) -> Callable[[Where, str], list[str]]:
    return lambda where, name: [
        *("/usr/bin/python3", str(PROGRAMS / "gstreamer_publish.py")),
        *(where.whip(name), where.tokens[name].read_text(), codec),
    ]


def _wrtc(*more: str) -> Callable[[Where, str], list[str]]:
    return lambda where, name: [
        *(node(), str(PROGRAMS / "wrtc_publish.mjs")),
        *(where.whip(name), where.tokens[name].read_text(), *more),
    ]


def _browser(where: Where, name: str) -> list[str]:
    raise NotImplementedError("browsers are started by browsers.py")


def node() -> str:
    """The Node that set-up found or installed."""
    own = ROOT / ".venv" / "bin" / "node"
    return str(own) if own.exists() else shutil.which("node") or "node"


_CHROMIUM, _FIREFOX = ("chromium",), ("firefox-esr",)
_GST = ("/usr/bin/python3",)
CLIENTS: dict[str, Client] = {
    client.name: client
    for client in (
        Client(
            "chromium-h264", "Chromium", "h264", _browser, ("chromium",), page=True, restarts=True
        ),
        Client("chromium-vp8", "Chromium", "vp8", _browser, ("chromium",), page=True),
        Client("chromium-vp9", "Chromium", "vp9", _browser, ("chromium",), page=True),
        Client("chromium-av1", "Chromium", "av1", _browser, ("chromium",), page=True),
        Client(
            "firefox-vp8",
            "Firefox ESR",
            "vp8",
            _browser,
            ("firefox-esr",),
            page=True,
            restarts=True,
        ),
        Client("gstreamer-h264", "GStreamer webrtcbin", "h264", _gstreamer("h264"), _GST),
        Client("gstreamer-vp8", "GStreamer webrtcbin", "vp8", _gstreamer("vp8"), _GST),
        Client("ffmpeg-baseline", "FFmpeg whip, Baseline", "h264", _ffmpeg("Baseline")),
        Client("ffmpeg-high", "FFmpeg whip, High", "h264", _ffmpeg("High"), profile="high"),
        Client("wrtc", "@roamhq/wrtc (libwebrtc)", "vp8", _wrtc()),
        Client("wrtc-relay", "the same behind coturn", "vp8", _wrtc("TURN"), relay=True),
        Client("aiortc-h264", "stock aiortc", "h264", _ours("aiortc_publish.py", "h264")),
        Client("aiortc-vp8", "stock aiortc", "vp8", _ours("aiortc_publish.py", "vp8")),
    )
}


#: The same browsers with a picture of 720p, as sources of their own.
LARGE = {
    name: replace(CLIENTS[of], name=name, size=(1280, 720))
    for name, of in (("chromium-720p", "chromium-h264"), ("firefox-720p", "firefox-vp8"))
}
#: Clients of one kind publish side by side: most of the time is waiting for segments.
GROUPS: dict[str, list[str]] = {
    "chromium": ["chromium-h264"],
    "chromium-more": ["chromium-vp8", "chromium-vp9", "chromium-av1"],
    "firefox": ["firefox-vp8"],
    "gstreamer": ["gstreamer-h264", "gstreamer-vp8"],
    "ffmpeg": ["ffmpeg-baseline", "ffmpeg-high"],
    "wrtc": ["wrtc", "wrtc-relay"],
    "aiortc": ["aiortc-h264", "aiortc-vp8"],
}


@contextlib.contextmanager
def started(client: Client, where: Where, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The client while the context is open."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            client.argv(where, client.name),
            stdout=output,
            stderr=output,
            cwd=Path(__file__).parent,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NODE_PATH": ""},
        )
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait(5)


@contextlib.contextmanager
def with_coturn(scratch: Path, port: int) -> Iterator[None]:
    """A relay on this machine that knows ``SECRET``."""
    log = (scratch / "turn.log").open("wb")
    relay = subprocess.Popen(
        [
            *("turnserver", "-n", "--no-tls", "--no-dtls", "--no-cli", "--allow-loopback-peers"),
            *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"),
            *("--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=duizhi"),
            *("--min-port=34800", "--max-port=34900", "--log-file=stdout"),
            *(f"--pidfile={scratch / 'pid'}", f"--userdb={scratch / 'db'}"),
        ],
        stdout=log,
        stderr=log,
        cwd=scratch,
    )
    try:
        time.sleep(0.5)
        assert relay.poll() is None, (scratch / "turn.log").read_text()
        yield
    finally:
        relay.terminate()
        relay.wait(5)
        log.close()
