"""Examines one late file in a process of its own (``python -m recorder.late_worker``).

The parent writes one ``LateOrder`` as a line on standard input and reads ``LateLine``s from
standard output: progress, then one outcome. What is to be filed lies, flushed, in the order's
folder with a ``manifest.json`` for the recorder; nothing is filed here. The process may be killed
at any moment and run again: it begins anew. A file that makes a demuxer crash ends this process
only.

1. Hash the whole file; compare with what was said.
2. Read every sample: what is it, is it whole.
3. Was this file filed already? Then that is the outcome.
4. Find its place: by pictures that were received live, else by the sound, else by the device's
   clock.
5. Is the time it covers settled? If not, wait.
6. Cut the parts that stand where nothing was received, seal them as their session is sealed
   (late_seal.py), and write the manifest. Of a device's own part (``local-part``) nothing is
   filed when nothing was missing, and nothing of a pause is kept, not in the original either.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from evidence_store.errors import SealedError
from recorder.late_cut import CutPart, cut_part
from recorder.late_media import LateFileMedia, LateMediaError, read_media
from recorder.late_order import Candidate, LateLine, LateOrder, Outcome
from recorder.late_plan import (
    Occupied,
    Placing,
    Spans,
    free_spans,
    is_owed,
    overlap_us,
    place_by_clock,
    place_by_pictures,
    wanted_spans,
)
from recorder.late_seal import LateSealed, LateSealer
from recorder.late_session import PastSession, live_pictures, read_session
from recorder.late_sound import place_by_sound

_BLOCK_BYTES = 1 << 20
_MEMORY_BYTES = 4 << 30
_PROGRESS_S = 0.2
#: How far the device's clock may be off for its pictures to be found near it. A phone that talks
#: to the centre knows its time well.
_CLOCK_ERROR_US = {"file": 600 * 1_000_000, "local-part": 60 * 1_000_000}
#: What a device kept of its own recording while it sent it.
_LOCAL_PART = "local-part"
#: Live pictures are looked for in so many sessions when the clock names none.
_SESSIONS = 8
#: A long file gets longer segments, so that filing it is one short job of the writer.
_SEGMENTS = 500


Say = Callable[[LateLine], None]


def main() -> int:
    """Carry out the order on standard input."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=LateOrder)
    outcome = carry_out(order, _say)
    _say(LateLine(outcome=outcome))
    return 0


def carry_out(order: LateOrder, say: Say) -> Outcome:
    """Examine; never raises for what is in the file."""
    sha256 = ""
    try:
        # 1. Hash.
        sha256 = _hash(Path(order.file), say)
        if order.sha256_said and order.sha256_said != sha256:
            raise LateMediaError("hash_differs", "the file is not the one whose hash was said")
        # 2. Read.
        media = read_media(Path(order.file))
        say(LateLine(progress=500))
        outcome = _place_and_cut(order, sha256, media, say)
    except LateSealed as error:
        return Outcome(state="waiting", code=error.code, detail=error.detail, sha256=sha256)
    except SealedError as error:  # what was received live does not open: nothing to compare with
        return Outcome(state="waiting", code="key_missing", detail=str(error), sha256=sha256)
    except LateMediaError as error:
        return Outcome(state="refused", code=error.code, detail=error.detail, sha256=sha256)
    except MemoryError:
        detail = "the file asks for more memory than any recording needs"
        return Outcome(state="refused", code="corrupted", detail=detail, sha256=sha256)
    return outcome


def _place_and_cut(order: LateOrder, sha256: str, media: LateFileMedia, say: Say) -> Outcome:
    found = _describe(media)
    past, placing = _find_place(order, media)
    if past.ended:
        raise LateMediaError("no_session", "the retention of its session has ended")
    start_us, end_us = placing.at(0), placing.at(media.duration_us)
    found |= {"start_us": start_us, "end_us": end_us}
    found |= {"match": placing.method, "matched": placing.matched}
    # 3. Filed already?
    for late in past.late():
        said = late.statement.get("handed_over_sha256", late.original and late.original.sha256)
        same = said == sha256
        if same and late.source == order.source and late.filed is not None:
            spans = [(item.start_us, item.end_us) for item in late.media.segments]
            found |= {"late_us": late.late_us, "spans": _joined(spans), "same_as": late.file}
            return Outcome(state="filed", sha256=sha256, session=past.id, found=found)
    # 5. Settled?
    settled_us = past.settled_us(order.source, order.now_us)
    if past.closed_us is None and end_us > settled_us:
        detail = "the live recording has not come to the end of this file yet"
        return Outcome(
            state="waiting",
            code="not_settled",
            detail=detail,
            sha256=sha256,
            session=past.id,
            found=found,
        )
    # 6. Cut.
    occupied = past.occupied(order.source)
    bound_us = past.closed_us if past.closed_us is not None else settled_us
    free = free_spans(past.opened_us, bound_us, occupied)
    wanted = wanted_spans(free, start_us, end_us)
    first_us = start_us if order.first else None
    if order.kind == _LOCAL_PART and not is_owed(wanted, occupied.live, first_us):
        return _nothing_missing(sha256, past, found)
    shut = occupied.pauses if order.kind == _LOCAL_PART else []
    parts = _cut(order, media, placing, wanted, past, say, shut)
    paused_us = overlap_us(occupied.pauses, start_us, end_us)
    if order.kind == _LOCAL_PART and paused_us and not parts:
        # the device keeps its file: here neither a part nor an original would stand for it
        raise LateMediaError("no_key_frame", "no picture of what is missing is decoded by itself")
    spans = [(one.start_us, one.start_us + one.duration_us) for p in parts for one in p.segments]
    found |= _account(occupied, spans, start_us, end_us, past, bound_us)
    _write_manifest(order, sha256, media, past, parts, found)
    return Outcome(state="ready", sha256=sha256, session=past.id, found=found)


def _nothing_missing(sha256: str, past: PastSession, found: dict[str, Any]) -> Outcome:
    """A device's own part of which nothing is filed: the device may forget it."""
    found |= {"late_us": 0, "spans": []}
    return Outcome(
        state="filed", code="nothing_missing", sha256=sha256, session=past.id, found=found
    )


# --- 4. the place -------------------------------------------------------------------------------


def _find_place(order: LateOrder, media: LateFileMedia) -> tuple[PastSession, Placing]:
    """The session and the place in it.

    Raises:
        LateMediaError: ``no_time``, ``no_overlap``, ``no_session``.
    """
    if not order.candidates:
        raise LateMediaError("no_session", "no session of this source's room was ever opened")
    clock_us = _clock(order, media)
    near = [one for one in order.candidates if _meets(one, clock_us, media, order.now_us)]
    near.sort(key=lambda one: -_shared(one, clock_us or 0, media, order.now_us))
    read: dict[str, PastSession] = {}
    for candidate in near or order.candidates[:_SESSIONS]:
        past = read_session(Path(candidate.root), candidate.session, candidate.first_index)
        read[candidate.session] = past
        placing = _by_pictures(order, media, candidate, past, clock_us)
        if placing is not None:
            return past, placing
    if clock_us is None:
        raise LateMediaError(
            "no_time", "neither the device nor the file says when it was, and no picture matches"
        )
    if not near:
        raise LateMediaError(
            "no_overlap", "the file was not made while a session of this room was open"
        )
    past = read[near[0].session]
    placing = place_by_sound(
        Path(order.file), Path(near[0].root), past, order.source, clock_us, media.duration_us
    )
    return past, placing or place_by_clock(clock_us)


def _by_pictures(
    order: LateOrder,
    media: LateFileMedia,
    candidate: Candidate,
    past: PastSession,
    clock_us: int | None,
) -> Placing | None:
    """Near the clock's time when that lies in the session, else in all of it: hours off happens."""
    from_us, to_us = past.opened_us, past.closed_us or order.now_us
    if clock_us is not None and _meets(candidate, clock_us, media, order.now_us):
        error_us = _CLOCK_ERROR_US[order.kind]
        from_us, to_us = clock_us - error_us, clock_us + media.duration_us + error_us
    live = live_pictures(Path(candidate.root), past, order.source, from_us, to_us)
    return place_by_pictures(media.of("video"), live)


def _clock(order: LateOrder, media: LateFileMedia) -> int | None:
    """The centre's time of the first sample as far as clocks say."""
    if order.start_us is not None:
        return order.start_us - order.clock_offset_us
    return media.made_us


def _meets(one: Candidate, clock_us: int | None, media: LateFileMedia, now_us: int) -> bool:
    return clock_us is not None and _shared(one, clock_us, media, now_us) > 0


def _shared(one: Candidate, clock_us: int, media: LateFileMedia, now_us: int) -> int:
    ends = one.closed_us if one.closed_us is not None else now_us
    return min(ends, clock_us + media.duration_us) - max(one.opened_us, clock_us)


# --- 6. parts and manifest ------------------------------------------------------------------------


def _cut(
    order: LateOrder,
    media: LateFileMedia,
    placing: Placing,
    wanted: Spans,
    past: PastSession,
    say: Say,
    shut: Spans,
) -> list[CutPart]:
    """The parts; none of them takes a picture of the time ``shut``."""
    folder = Path(order.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():  # of an examination that was cut off
        left.unlink()
    total = sum(end - start for start, end in wanted)
    segment_us = max(order.segment_us, total // _SEGMENTS)
    origin_us = past.origin_us.get(order.source)
    parts: list[CutPart] = []
    for index, span in enumerate(wanted):
        number = len(parts) + 1
        made = cut_part(
            Path(order.file),
            media,
            placing,
            span,
            origin_us,
            folder,
            number,
            segment_us,
            shut=shut,
        )
        if made is not None:
            parts.append(made)
        say(LateLine(progress=500 + 450 * (index + 1) // len(wanted)))
    return parts


def _account(
    occupied: Occupied, spans: Spans, start_us: int, end_us: int, past: PastSession, bound_us: int
) -> dict[str, Any]:
    """Where the file's time went."""
    inside = max(0, min(end_us, bound_us) - max(start_us, past.opened_us))
    return {
        "late_us": sum(end - start for start, end in spans),
        "spans": _joined(spans),
        "live_us": overlap_us(occupied.live, start_us, end_us),
        "pause_us": overlap_us(occupied.pauses, start_us, end_us),
        "filed_before_us": overlap_us(occupied.filed, start_us, end_us),
        "outside_us": end_us - start_us - inside,
    }


def _joined(spans: Spans) -> list[dict[str, int]]:
    """Touching segments as one span, for people."""
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start - joined[-1][1] <= 100_000:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [{"start_us": start, "end_us": end} for start, end in joined]


def _describe(media: LateFileMedia) -> dict[str, Any]:
    return {
        "container": media.container,
        "video": media.video,
        "audio": media.audio,
        "left_out": media.left_out,
        "duration_us": media.duration_us,
        "cut_short": media.cut_short,
    }


def _write_manifest(
    order: LateOrder,
    sha256: str,
    media: LateFileMedia,
    past: PastSession,
    parts: list[CutPart],
    found: dict[str, Any],
) -> None:
    """The entries, in order, and the files they name."""
    base = f"media/{past.id}/{order.source}/late-{order.upload}"
    root = next(Path(one.root) for one in order.candidates if one.session == past.id)
    sealer = LateSealer(root, past.id, Path(order.folder), order.keep_free_bytes)
    head = {"file": order.upload, "source": order.source}
    original, kept_sha256, suffix = _original(order, sha256, media, parts, found)
    body = _file_body(order, head, sha256, kept_sha256, found)
    size = original.stat().st_size
    link = _link(sealer, f"{base}/original.{suffix}", original, kept_sha256, size)
    drafts: list[dict[str, Any]] = [{"kind": "late.file", "body": body, "file": link}]
    for number, part in enumerate(parts, 1):
        drafts += _part_drafts(sealer, base, {**head, "epoch": number}, part)
    cut = [one for part in parts for one in part.segments]
    late_us = sum(one.duration_us for one in cut)
    filed = {**head, "segments": len(cut), "late_us": late_us}
    drafts.append({"kind": "late.filed", "body": filed})
    files = sum(1 for late in past.late() if late.filed is not None) + 1
    drafts.append({"kind": "late.index", "body": {"session": past.id, "files": files, **head}})
    path = Path(order.folder) / "manifest.json"
    path.write_bytes(msgspec.json.encode(drafts))


def _file_body(
    order: LateOrder, head: dict[str, str], sha256: str, kept_sha256: str, found: dict[str, Any]
) -> dict[str, Any]:
    """What ``late.file`` says of the file as it came, ``sha256``, and as it is kept."""
    body = {
        **head,
        **{name: value for name, value in found.items() if value is not None and name != "spans"},
        "name": order.name,
        "kind": order.kind,
        "sha256_said": order.sha256_said,
        "by": order.by,
        "by_name": order.by_name,
        "received_us": order.received_us,
        "clock_offset_us": order.clock_offset_us,
    }
    if order.previous_sha256:
        body["device_previous_sha256"] = order.previous_sha256
    if kept_sha256 != sha256:
        body["handed_over_sha256"] = sha256
    if order.start_us is not None:
        body["device_start_us"] = order.start_us
    return body


def _part_drafts(
    sealer: LateSealer, base: str, head: dict[str, Any], part: CutPart
) -> list[dict[str, Any]]:
    """One part: its init segment and its segments; ``head`` names the file and the epoch."""

    def link(path: Path, sha256: str, size: int) -> dict[str, Any]:
        return _link(sealer, f"{base}/{path.name}", path, sha256, size)

    init = link(part.init, part.init_sha256, part.init_size)
    drafts = [{"kind": "late.init", "body": {**head, "mime": part.mime}, "file": init}]
    for index, one in enumerate(part.segments, 1):
        body = {
            **head,
            "number": index,
            "start_us": one.start_us,
            "duration_us": one.duration_us,
            "media_start_us": one.start_us - part.origin_us,
            "frames": one.frames,
            "audio_packets": one.audio_packets,
        }
        segment = link(one.path, one.sha256, one.size)
        drafts.append({"kind": "late.segment", "body": body, "file": segment})
    return drafts


def _original(
    order: LateOrder,
    sha256: str,
    media: LateFileMedia,
    parts: list[CutPart],
    found: dict[str, Any],
) -> tuple[Path, str, str]:
    """What is kept as ``original.*``: file, digest, suffix.

    It is the file as it was handed over; of a device's own part in which a pause lies, the longest
    stretch outside of the pause as it is filed: what was said in the pause is nowhere kept.
    """
    if order.kind == _LOCAL_PART and found["pause_us"]:
        longest = max(parts, key=lambda one: sum(item.duration_us for item in one.segments))
        path = Path(order.folder) / f"original{longest.suffix}"
        with path.open("wb") as file:
            for piece in (longest.init, *(one.path for one in longest.segments)):
                file.write(piece.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        return path, _hash(path, lambda _: None), longest.suffix.removeprefix(".")
    suffix = {"matroska": "mkv", "mpegts": "ts"}.get(media.container, "mp4")
    if media.container == "matroska" and order.name.lower().endswith(".webm"):
        suffix = "webm"
    return Path(order.file), sha256, suffix


def _link(sealer: LateSealer, path: str, source: Path, sha256: str, size: int) -> dict[str, Any]:
    link = {"path": path, "source": str(source), "sha256": sha256, "size": size}
    sealed = sealer.seal(path, source, sha256, size)
    if sealed is not None:
        link |= {
            "source": str(sealed.path),
            "sealed_sha256": sealed.sha256,
            "sealed_size": sealed.size,
        }
    return link


def _hash(path: Path, say: Say) -> str:
    state = hashlib.sha256()
    total, done, told = max(1, path.stat().st_size), 0, 0.0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            state.update(block)
            done += len(block)
            if time.monotonic() - told > _PROGRESS_S:
                told = time.monotonic()
                say(LateLine(progress=300 * done // total))
    return state.hexdigest()


def _say(line: LateLine) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
