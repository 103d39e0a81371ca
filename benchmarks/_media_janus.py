"""Debian's janus recording to .mjr, as the peer of ``benchmarks.media``.

One videoroom, every publisher recorded (``joinandconfigure`` with ``record``), all other plugins
and transports off. Janus writes raw RTP; nothing is muxed, hashed, signed or flushed.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
import subprocess
from pathlib import Path
from typing import Any, cast

import httpx

_URL = "http://127.0.0.1:8088/janus"
_ROOM = 1234
_LIB = Path("/usr/lib/x86_64-linux-gnu/janus")
_MAX_RECORD = 2048


class JanusServer:
    """An async context manager: the process, and a session for each publisher."""

    name = "Janus (videoroom, .mjr)"

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.AsyncClient(timeout=30)
        self._polls: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> list[int]:
        """The processes that are measured."""
        return [self._process.pid] if self._process is not None else []

    async def __aenter__(self) -> JanusServer:
        _write_configuration(self._folder, self._address)
        (self._folder / "recordings").mkdir()
        self._process = self._start()
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await self._http.get(f"{_URL}/info")).status_code == 200:
                        return self
                await asyncio.sleep(0.1)

    async def __aexit__(self, *_: object) -> None:
        for poll in self._polls:
            poll.cancel()
        await asyncio.gather(*self._polls, return_exceptions=True)
        await self._http.aclose()
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, 20)

    async def signal(self, number: int, offer: str) -> str:
        """Join the room as publisher, recorded."""
        offer = "".join(
            line + "\r\n"
            for line in offer.splitlines()  # Janus takes the last fingerprint and fails on sha-512
            if not line.startswith(("a=fingerprint:sha-384", "a=fingerprint:sha-512"))
        )
        session = (await self._post("", {"janus": "create"}))["data"]["id"]
        attach = {"janus": "attach", "plugin": "janus.plugin.videoroom"}
        handle = (await self._post(f"/{session}", attach))["data"]["id"]
        body = {
            "request": "joinandconfigure",
            "room": _ROOM,
            "ptype": "publisher",
            "display": f"p{number}",
            "record": True,
            "filename": str(self._folder / "recordings" / f"p{number}"),
        }
        jsep = {"type": "offer", "sdp": offer, "trickle": False}
        message = {"janus": "message", "body": body, "jsep": jsep}
        await self._post(f"/{session}/{handle}", message)
        while True:
            event = await self._event(session)
            if "jsep" in event:
                break
            if "error" in str(event):
                raise RuntimeError(f"Janus refused: {event}")
        self._polls.append(asyncio.create_task(self._poll(session)))
        return str(event["jsep"]["sdp"])

    async def finish(self) -> tuple[int, int]:
        """Hang up all; pictures and sound packets found in the recordings."""
        for poll in self._polls:
            poll.cancel()
        folder = self._folder / "recordings"
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, 20)
        pictures = sum(_marked(path) for path in folder.glob("*video*.mjr"))
        sounds = sum(len(_records(path)) for path in folder.glob("*audio*.mjr"))
        return pictures, sounds

    def _start(self) -> subprocess.Popen[bytes]:
        command = ["janus", "-F", str(self._folder), "-C", str(self._folder / "janus.jcfg")]
        with (self._folder / "janus.log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    async def _post(self, path: str, message: dict[str, Any]) -> dict[str, Any]:
        message["transaction"] = secrets.token_hex(6)
        return cast(dict[str, Any], (await self._http.post(_URL + path, json=message)).json())

    async def _event(self, session: int) -> dict[str, Any]:
        reply = (await self._http.get(f"{_URL}/{session}?maxev=1")).json()
        return cast(dict[str, Any], reply)

    async def _poll(self, session: int) -> None:
        """Janus drops sessions that do not ask for events."""
        while True:
            await self._event(session)


def _write_configuration(folder: Path, address: str) -> None:
    plugins = (p.name for p in (_LIB / "plugins").glob("*.so") if "videoroom" not in p.name)
    transports = (p.name for p in (_LIB / "transports").glob("*.so") if "http" not in p.name)
    (folder / "janus.jcfg").write_text(
        f"""general: {{
    configs_folder = "{folder}"
    plugins_folder = "{_LIB}/plugins"
    transports_folder = "{_LIB}/transports"
    debug_level = 2
}}
nat: {{ ice_enforce_list = "{address}" }}
plugins: {{ disable = "{",".join(plugins)}" }}
transports: {{ disable = "{",".join(transports)}" }}
events: {{ broadcast = false }}
"""
    )
    (folder / "janus.transport.http.jcfg").write_text(
        'general: { json = "compact", base_path = "/janus", http = true, port = 8088, '
        'ip = "127.0.0.1" }\nadmin: { admin_http = false }\n'
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text(
        f"""room-{_ROOM}: {{
    description = "bench"
    publishers = 200
    bitrate = 4000000
    videocodec = "h264"
    audiocodec = "opus"
    record = false
    transport_wide_cc_ext = false
}}
"""
    )


def _records(path: Path) -> list[bytes]:
    """The RTP headers in an .mjr file: MJR00002, JSON, then MEETECHO/time, length, packet."""
    data = path.read_bytes()
    found: list[bytes] = []
    position = 0
    while position + 10 <= len(data):
        length = struct.unpack_from("!H", data, position + 8)[0]
        start = position + 10
        kind = data[position : position + 4]
        if kind == b"MEET" and length <= _MAX_RECORD:
            found.append(data[start : start + 12])
        position = start + length
    return found


def _marked(path: Path) -> int:
    """Pictures: packets with the marker."""
    return sum(bool(header[1] & 0x80) for header in _records(path) if len(header) == 12)
