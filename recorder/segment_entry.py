"""Spells the entries of media: init, segment, gap. Pure; README.md has the fields."""

from __future__ import annotations

from typing import Any

from recorder.epoch import Epoch
from recorder.media import Kind, SenderReport, TimedFrame, TrackCount
from recorder.segmenter import Segment

KINDS: tuple[Kind, Kind] = ("video", "audio")


def directory(session: str, source: str) -> str:
    """Where a recording's files lie, relative to the storage directory."""
    return f"media/{session}/{source}"


def init_path(session: str, source: str, epoch: int, webm: bool) -> str:
    """File of an init segment."""
    return f"{directory(session, source)}/e{epoch:03d}-init.{'webm' if webm else 'mp4'}"


def segment_path(session: str, source: str, epoch: int, number: int, webm: bool) -> str:
    """File of a segment."""
    suffix = "webm" if webm else "m4s"
    return f"{directory(session, source)}/e{epoch:03d}-{number:06d}.{suffix}"


def init_body(source: str, epoch: Epoch, channels: list[str]) -> dict[str, Any]:
    """Body of ``media.init``."""
    body: dict[str, Any] = {"source": source, "epoch": epoch.number, "mime": epoch.mime}
    if epoch.video is not None:
        body["video"] = {
            "codec": epoch.video.codec_string,
            "width": epoch.video.width,
            "height": epoch.video.height,
        }
    if epoch.audio:
        body["audio"] = {"codec": "opus", "channels": len(channels)}
    return body


def segment_body(
    source: str,
    epoch: int,
    number: int,
    segment: Segment,
    origin_us: int,
    counts: dict[Kind, TrackCount],
    reports: list[SenderReport],
) -> dict[str, Any]:
    """Body of ``media.segment``."""
    frames = {kind: segment.frames(kind) for kind in KINDS}
    return {
        "source": source,
        "epoch": epoch,
        "number": number,
        "start_us": segment.start_us,
        "duration_us": segment.end_us - segment.start_us,
        "media_start_us": segment.start_us - origin_us,
        "frames": len(frames["video"]),
        "audio_packets": len(frames["audio"]),
        "rtp": {kind: _rtp(frames[kind], counts[kind]) for kind in KINDS if frames[kind]},
        "sender_reports": [
            {
                "track": report.kind,
                "ntp": f"{report.ntp:016x}",
                "rtp": report.rtp,
                "arrival_us": report.arrival_us,
            }
            for report in reports
        ],
    }


def gap_body(source: str, start_us: int, end_us: int, cause: str, track: str) -> dict[str, Any]:
    """Body of ``media.gap``."""
    return {
        "source": source,
        "start_us": start_us,
        "end_us": end_us,
        "cause": cause,
        "track": track,
    }


def _rtp(frames: list[TimedFrame], count: TrackCount) -> dict[str, int]:
    first, last = frames[0].frame, frames[-1].frame
    return {
        "ssrc": last.ssrc,
        "first": first.rtp & 0xFFFFFFFF,
        "last": last.rtp & 0xFFFFFFFF,
        "packets": sum(timed.frame.packets for timed in frames),
        "lost": count.lost,
    }
