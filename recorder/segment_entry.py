"""Spells the entries of media: init, segment, gap, pause. Pure; README.md has the fields."""

from __future__ import annotations

from typing import Any

from recorder.epoch import Epoch
from recorder.ledger import Gap, TrackAccount
from recorder.media import Kind, SenderReport, TimedFrame, TrackCount
from recorder.segmenter import Segment
from recorder.timeline import ClockReading

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
        audio: dict[str, Any] = {"codec": "opus", "channels": len(channels)}
        if epoch.audio_made_from:
            audio["transcoded_from"] = epoch.audio_made_from
        body["audio"] = audio
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


def tracks_body(
    before: dict[Kind, TrackAccount], after: dict[Kind, TrackAccount]
) -> dict[str, dict[str, int]]:
    """What a segment adds to the account of each track; ``start_us`` where an account begins."""
    body: dict[str, dict[str, int]] = {}
    for kind, account in after.items():
        known = before.get(kind)
        recorded_us = account.recorded_us - (known.recorded_us if known is not None else 0)
        if known is None:
            body[kind] = {"start_us": account.start_us}
        elif known.until_us == account.until_us and not recorded_us:
            continue
        body.setdefault(kind, {}).update(recorded_us=recorded_us, until_us=account.until_us)
    return body


def account_body(account: TrackAccount) -> dict[str, int]:
    """The account of one track, as ``recording.close`` states it."""
    return {
        "start_us": account.start_us,
        "end_us": account.until_us,
        "recorded_us": account.recorded_us,
        "gap_us": account.gap_us,
        "pause_us": account.pause_us,
    }


def clock_body(clock: ClockReading, worst_skew_us: int) -> dict[str, int]:
    """What is known of a publisher's clocks; the worst skew is that of the whole recording."""
    return {
        "reports": clock.reports,
        "offset_us": clock.offset_us,
        "drift_ppb": clock.drift_ppb,
        "drift_us": clock.drift_us,
        "skew_us": clock.skew_us,
        "worst_skew_us": worst_skew_us,
    }


def hole_entry(source: str, gap: Gap, track: str) -> tuple[str, dict[str, Any]]:
    """Kind and body of ``media.gap``, or of ``media.pause`` when it was withheld by order."""
    body = {
        "source": source,
        "start_us": gap.start_us,
        "end_us": gap.end_us,
        "track": track,
    }
    if gap.pause:
        return "media.pause", {**body, "pause": gap.pause}
    return "media.gap", {**body, "cause": str(gap.cause)}


def hole_entries(
    source: str, whole: list[Gap], tracks: list[tuple[Kind, Gap]]
) -> list[tuple[str, dict[str, Any]]]:
    """Those of the whole recording first, then those of single tracks."""
    entries = [hole_entry(source, gap, "all") for gap in whole]
    return entries + [hole_entry(source, gap, kind) for kind, gap in tracks]


def _rtp(frames: list[TimedFrame], count: TrackCount) -> dict[str, int]:
    first, last = frames[0].frame, frames[-1].frame
    return {
        "ssrc": last.ssrc,
        "first": first.rtp & 0xFFFFFFFF,
        "last": last.rtp & 0xFFFFFFFF,
        "packets": sum(timed.frame.packets for timed in frames),
        "lost": count.lost,
    }
