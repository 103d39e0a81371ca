"""What the recorder made of a client: read from its log and files, checked with ffmpeg."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.reader import LogReader
from evidence_store.sealed_media import SealedMedia


@dataclass(frozen=True)
class Recorded:
    """One source's recording so far, of its longest epoch; ``epochs`` is the latest."""

    seconds: float
    origin_us: int
    file: Path
    gaps: int
    epochs: int
    lost: int  # packets


def bodies(store: Path, source: str, kind: str) -> list[tuple[Path, dict[str, Any]]]:
    """The entries of a kind about a source, with the directory of their recorder."""
    found: list[tuple[Path, dict[str, Any]]] = []
    for directory in sorted(store.glob("recorder-*")):
        reader = LogReader(directory / "log")
        for raw in reader.opened(0, reader.checkpoint().size):
            entry = json.loads(raw)
            if entry["kind"] == kind and entry["body"].get("source") == source:
                found.append((directory, entry["body"]))
    return found


def protected_s(store: Path, source: str) -> float:
    """How much of a source is in protected segments."""
    total_us: int = sum(b["duration_us"] for _, b in bodies(store, source, "media.segment"))
    return total_us / 1_000_000


def recorded(store: Path, source: str, target: Path) -> Recorded:
    """Join the longest epoch's init segment and segments into one file.

    A busy sender changes the size of its pictures, and so begins a new epoch at any moment; the
    last one may be a few pictures long.
    """
    segments = bodies(store, source, "media.segment")
    inits = {body["epoch"]: body for _, body in bodies(store, source, "media.init")}
    [(_, opening), *_] = bodies(store, source, "recording.open")
    directory, last = segments[-1]
    lasted: Counter[int] = Counter()
    for _, body in segments:
        lasted[body["epoch"]] += body["duration_us"]
    [(longest, _)] = lasted.most_common(1)
    ours = [body for _, body in segments if body["epoch"] == longest]
    init = inits[longest]["path"]
    file = target.with_suffix(".webm" if init.endswith("webm") else ".mp4")
    media = SealedMedia(store)  # encrypted at rest, as in the demo
    paths = [init, *(body["path"] for body in ours)]
    file.write_bytes(b"".join(media.read(directory.name, path) for path in paths))
    return Recorded(
        seconds=sum(body["duration_us"] for body in ours) / 1_000_000,
        origin_us=opening["origin_us"],
        file=file,
        gaps=len(bodies(store, source, "media.gap")),
        epochs=last["epoch"],
        lost=sum(track["lost"] for _, body in segments for track in body["rtp"].values()),
    )


@dataclass(frozen=True)
class Probed:
    """What ffmpeg says about a file."""

    video: str  # codec, empty without
    profile: str
    audio: str
    width: int
    height: int
    pictures: int
    complaints: str  # of decoding all of it; empty when there was none


async def probe(file: Path) -> Probed:
    """Codecs and size by ffprobe, and every frame decoded by ffmpeg."""
    shown = await _run(
        "ffprobe",
        *("-v", "error", "-print_format", "json", "-count_packets", "-show_streams"),
        str(file),
    )
    streams = {one["codec_type"]: one for one in json.loads(shown)["streams"]}
    video, audio = streams.get("video", {}), streams.get("audio", {})
    complaints = await _run(
        # Pictures keep their own times: live ones do not come at an even rate.
        *("ffmpeg", "-v", "error", "-i", str(file), "-fps_mode", "passthrough"),
        *("-enc_time_base", "-1", "-f", "null", "-"),
        errors=True,
    )
    return Probed(
        video=str(video.get("codec_name", "")),
        profile=str(video.get("profile", "")).lower(),
        audio=str(audio.get("codec_name", "")),
        width=int(video.get("width", 0)),
        height=int(video.get("height", 0)),
        pictures=int(video.get("nb_read_packets", 0)),
        complaints=complaints.strip(),
    )


async def _run(*argv: str, errors: bool = False) -> str:
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            out, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return (complaints if errors else out).decode(errors="replace")
