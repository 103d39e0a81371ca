"""Cuts the parts of a late file that are filed: init segment and segments, nothing re-encoded.

Every part is one muxer's output (an epoch of the late file). It begins with a picture that can be
decoded alone. When that lies before the part's time, the pictures up to the part are kept for the
decoder but squeezed into the instant before it: they are not shown, and no time is there twice.
Where they may not be kept, pictures wait for the next that can be decoded alone; sound does not.
A part without any picture has a track of them all the same when its file has: players cannot change
the number of tracks.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer

from recorder.errors import MalformedMedia
from recorder.late_media import LateFileMedia, LateMediaError, Sample, open_media, packets, tracks
from recorder.late_plan import Placing, overlap_us
from recorder.media import Kind
from recorder.mux.boxes import Mp4Splitter, Piece
from recorder.mux.ebml import WebmSplitter

_TICKS = 90_000
_BASE = Fraction(1, _TICKS)
#: A part stands at least this far from zero, so that nothing before it has a negative time.
_LEAD_US = 2_000_000
#: Pictures before a part that the decoder may need, at most; else it begins at the next key frame.
_LEAD_FRAMES = 600


@dataclass(slots=True)
class CutSegment:
    """A file that was written, and what it holds."""

    path: Path
    sha256: str
    size: int
    start_us: int
    duration_us: int
    frames: int
    audio_packets: int


@dataclass(slots=True)
class CutPart:
    """One part, in the order of time."""

    init: Path
    init_sha256: str
    init_size: int
    mime: str
    origin_us: int  # session time of zero on the media's clock
    segments: list[CutSegment] = field(default_factory=list)

    @property
    def suffix(self) -> str:
        """Of the init segment's name."""
        return self.init.suffix


@dataclass(slots=True)
class _Plan:
    """Which packets a part takes, by kind and presentation time in the stream's units."""

    start_us: int
    end_us: int
    lead: dict[int, int]  # a picture before the part -> its rank in order of showing
    video: dict[int, tuple[int, int, int]]  # -> session time, length, delay of presentation
    audio: dict[int, tuple[int, int, int]]
    decodes_us: int  # when the first picture of the part is decoded


def cut_part(
    path: Path,
    media: LateFileMedia,
    placing: Placing,
    span: tuple[int, int],
    origin_us: int | None,
    folder: Path,
    number: int,
    segment_us: int,
    *,
    shut: Sequence[tuple[int, int]] = (),
) -> CutPart | None:
    """Write one part to ``folder`` and flush it; None when nothing in the file can stand there.

    ``shut``: time of which no picture is kept, for the decoder neither. A part that needs some
    from there has pictures from the first key frame of its own time on, and sound from its start.

    Raises:
        LateMediaError: ``corrupted``, the pictures cannot be decoded or muxed.
    """
    plan = _plan(media, placing, span, shut)
    if plan is None:
        return None
    part = _Part(media, plan, origin_us, folder, number, segment_us)
    with path.open("rb") as file, open_media(file) as container:
        used = tracks(container)
        try:
            part.begin(container, used)
            for packet, kind, _ in packets(container, used):
                part.take(packet, kind)
            return part.close()
        except (av.FFmpegError, MalformedMedia, ValueError) as error:
            raise LateMediaError("corrupted", f"a part cannot be made playable: {error}") from error


def _plan(
    media: LateFileMedia,
    placing: Placing,
    span: tuple[int, int],
    shut: Sequence[tuple[int, int]],
) -> _Plan | None:
    start_us, end_us = span
    video = media.of("video")
    placed = [placing.at(one.at_us) for one in video]
    inside = _inside(placed, span)
    lead = _lead(video, placed, inside, start_us, shut)
    sound = {
        one.pts: (at_us, one.duration_us, 0)
        for one in media.of("audio")
        if start_us <= (at_us := placing.at(one.at_us)) < end_us
    }
    if lead is None:
        inside = _from_key(video, placed, inside)
        begun = [*(placed[index] for index in inside), *(one[0] for one in sound.values())]
        start_us = min(begun, default=start_us)
    if not inside and not sound:
        return None
    pictures = {
        video[index].pts: (placed[index], video[index].duration_us, video[index].delay_us)
        for index in inside
    }
    ends = [at_us + length_us for at_us, length_us, _ in (*pictures.values(), *sound.values())]
    return _Plan(
        start_us,
        min(end_us, max(ends)),
        _ranks([video[index] for index in lead or ()]),
        pictures,
        sound,
        placed[inside[0]] - video[inside[0]].delay_us if inside else start_us,
    )


def _inside(placed: list[int], span: tuple[int, int]) -> list[int]:
    """Pictures that stand in the span, up to the first that is shown after it: others need that."""
    start_us, end_us = span
    inside = [index for index, at_us in enumerate(placed) if start_us <= at_us < end_us]
    if not inside:
        return []
    beyond = (index for index in range(inside[0], len(placed)) if placed[index] >= end_us)
    stop = next(beyond, len(placed))
    return [index for index in inside if index < stop]


def _lead(
    video: list[Sample],
    placed: list[int],
    inside: list[int],
    start_us: int,
    shut: Sequence[tuple[int, int]],
) -> list[int] | None:
    """Pictures shown before the part that it needs; None when they are too many, or of ``shut``.

    They are those from its key frame on, and those decoded after its first picture.
    """
    if not inside:
        return []
    key = _key_before(video, inside[0])
    if key is None or inside[0] - key > _LEAD_FRAMES:
        return None
    lead = [index for index in range(key, inside[-1]) if placed[index] < start_us]
    earliest_us = min((placed[index] for index in lead), default=start_us)
    return None if overlap_us(shut, earliest_us, start_us) else lead


def _from_key(video: list[Sample], placed: list[int], inside: list[int]) -> list[int]:
    """Of these pictures the first key frame, and those after it that need none before it."""
    key = next((index for index in inside if video[index].key), None)
    if key is None:
        return []
    return [index for index in inside if index >= key and placed[index] >= placed[key]]


def _key_before(video: list[Sample], index: int) -> int | None:
    """The key frame at or before a picture, in decoding order."""
    while index >= 0 and not video[index].key:
        index -= 1
    return index if index >= 0 else None


def _ranks(lead: list[Sample]) -> dict[int, int]:
    shown = sorted(lead, key=lambda one: one.at_us)
    return {one.pts: rank for rank, one in enumerate(shown)}


class _Part:
    """One muxer and what comes out of it."""

    def __init__(
        self,
        media: LateFileMedia,
        plan: _Plan,
        origin_us: int | None,
        folder: Path,
        number: int,
        segment_us: int,
    ) -> None:
        self._plan = plan
        self._webm = media.video is not None and media.video["codec"] == "vp8"
        near = origin_us is None or plan.start_us - origin_us < _LEAD_US
        self._origin_us = plan.start_us - _LEAD_US if near else cast(int, origin_us)
        self._files = _Files(folder, number, plan.start_us, segment_us)
        self._splitter = WebmSplitter() if self._webm else Mp4Splitter()
        self._pieces: list[Piece] = []
        self._out: OutputContainer | None = None
        self._streams: dict[Kind, Any] = {}
        self._dts: dict[Kind, int] = {}
        # MPEG-TS carries AAC with a header on each packet; MP4 has it once, known with the first
        self._adts = media.container == "mpegts" and (media.audio or {}).get("codec") == "aac"
        self._to_mp4: BitStreamFilterContext | None = None
        self._lead_left = len(plan.lead)
        self._keys_tried = self._keys_good = 0

    def begin(self, container: Any, used: dict[int, Kind]) -> None:
        """Open the muxer for these tracks."""
        options = _webm_options()
        if not self._webm:
            options = _mp4_options(video=bool(self._plan.video), late_header=self._adts)
        self._out = av.open(
            cast(Any, _Output(self._splitter, self._pieces)),
            "w",
            format="webm" if self._webm else "mp4",
            options=options,
            buffer_size=1 << 20,
        )
        for index, kind in sorted(used.items(), key=lambda item: item[1] != "video"):
            if kind == "audio" and not self._plan.audio:
                continue
            stream = self._out.add_stream_from_template(container.streams[index], opaque=True)
            stream.time_base = _BASE
            self._streams[kind] = stream
            if kind == "audio" and self._adts:
                source = container.streams[index]
                self._to_mp4 = BitStreamFilterContext("aac_adtstoasc", source)
        source = next((container.streams[i] for i, k in used.items() if k == "video"), None)
        self._files.begin(set(self._streams), webm=self._webm, origin_us=self._origin_us)
        self._decoder = source.codec_context if source is not None else None

    def take(self, packet: Any, kind: Kind) -> None:
        """A packet of the file; passed over when it is not the part's."""
        plan, pts = self._plan, packet.pts
        if kind not in self._streams:
            return
        if kind == "audio":
            if pts in plan.audio:
                for one in self._to_mp4.filter(packet) if self._to_mp4 else (packet,):
                    self._mux(one, kind, *plan.audio[pts])
        elif pts in plan.lead:
            self._try_to_decode(packet)
            self._mux_lead(packet, len(plan.lead) - plan.lead[pts])
        elif pts in plan.video:
            self._try_to_decode(packet)
            self._mux(packet, kind, *plan.video[pts])

    def close(self) -> CutPart | None:
        """Write what is left; None when nothing came out."""
        assert self._out is not None
        self._out.close()
        if self._keys_tried and not self._keys_good:
            raise LateMediaError("corrupted", "no picture of this part can be decoded")
        self._files.take(self._pieces)
        return self._files.close(self._plan.end_us)

    def _mux_lead(self, packet: Any, before: int) -> None:
        """A picture for the decoder only, ``before`` ticks before the part."""
        plan = self._plan
        self._lead_left -= 1
        first = self._ticks(min(plan.decodes_us, plan.start_us))
        pts, dts = self._ticks(plan.start_us) - before, first - 1 - self._lead_left
        # the last of them may end a fragment: its length says where the next one begins
        self._send(packet, "video", pts, dts, first - dts, plan.start_us)

    def _mux(self, packet: Any, kind: Kind, at_us: int, length_us: int, delay_us: int) -> None:
        pts = self._ticks(at_us)
        delay = delay_us * _TICKS // 1_000_000
        length = max(1, self._ticks(at_us + length_us) - pts)
        self._send(packet, kind, pts, pts - delay, length, at_us)

    def _send(self, packet: Any, kind: Kind, pts: int, dts: int, duration: int, at_us: int) -> None:
        """Decoding times only go forward and are never after showing."""
        dts = max(min(dts, pts), self._dts.get(kind, dts - 1) + 1)
        self._dts[kind] = dts
        packet.stream = self._streams[kind]
        packet.time_base = _BASE
        packet.pts, packet.dts, packet.duration = max(pts, dts), dts, duration
        assert self._out is not None
        self._out.mux_one(packet)
        self._files.sent(kind, at_us)
        if self._pieces:
            self._files.take(self._pieces)

    def _ticks(self, at_us: int) -> int:
        return ((at_us - self._origin_us) * _TICKS + 500_000) // 1_000_000

    def _try_to_decode(self, packet: Any) -> None:
        """A look at a few key frames: what does not decode is not filed as a picture."""
        if not packet.is_keyframe or self._keys_tried >= 20 or self._decoder is None:
            return
        self._keys_tried += 1
        try:
            copy = av.Packet(bytes(packet))
            found = [*self._decoder.decode(copy), *self._decoder.decode(None)]
            self._keys_good += bool(found)
        except av.FFmpegError:
            pass
        finally:
            self._decoder.flush_buffers()


class _Files:
    """Joins fragments to segments and writes them as they come."""

    def __init__(self, folder: Path, number: int, start_us: int, segment_us: int) -> None:
        self._folder = folder
        self._stem = f"e{number:03d}"
        self._start_us = start_us
        self._segment_us = segment_us
        self._webm = False
        self._kinds: set[Kind] = set()
        self._times: dict[Kind, deque[int]] = {"video": deque(), "audio": deque()}
        self._origin_us = self._group_us = start_us
        self._group: list[bytes] = []
        self._counts = [0, 0]
        self._part: CutPart | None = None

    def begin(self, kinds: set[Kind], *, webm: bool, origin_us: int) -> None:
        """What the muxer was opened with."""
        self._kinds, self._webm, self._origin_us = kinds, webm, origin_us

    def sent(self, kind: Kind, at_us: int) -> None:
        """A packet of this session time went into the muxer."""
        self._times[kind].append(at_us)

    def take(self, pieces: list[Piece]) -> None:
        """What came out of it; empties the list."""
        for piece in pieces:
            if piece.init:
                self._write_init(piece.data)
            elif piece.samples:
                self._add(piece)
        pieces.clear()

    def close(self, end_us: int) -> CutPart | None:
        """The whole part, when anything came out."""
        if self._group:
            self._write_group()
        part = self._part
        if part is None or not part.segments:
            return None
        for one, following in pairwise(part.segments):
            one.duration_us = following.start_us - one.start_us
        part.segments[-1].duration_us = max(0, end_us - part.segments[-1].start_us)
        return part

    def _write_init(self, data: bytes) -> None:
        path = self._folder / f"{self._stem}-init.{'webm' if self._webm else 'mp4'}"
        mime = mime_of(data, self._kinds, webm=self._webm)
        self._part = CutPart(path, _write_file(path, data), len(data), mime, self._origin_us)

    def _add(self, piece: Piece) -> None:
        at_us, pictures, heard = self._counted(piece)
        begun_us = self._group_us if self._group else 0
        if self._group and at_us is not None and at_us - begun_us >= self._segment_us:
            self._write_group()
        if not self._group:
            first = self._part is not None and not self._part.segments
            self._group_us = self._start_us if first or at_us is None else at_us
        self._group.append(piece.data)
        self._counts[0] += pictures
        self._counts[1] += heard

    def _write_group(self) -> None:
        if self._part is None:
            raise MalformedMedia("a fragment came before its init segment")
        number = len(self._part.segments) + 1
        path = self._folder / f"{self._stem}-{number:06d}.{'webm' if self._webm else 'm4s'}"
        data = b"".join(self._group)
        pictures, heard = self._counts
        self._part.segments.append(
            CutSegment(path, _write_file(path, data), len(data), self._group_us, 0, pictures, heard)
        )
        self._group, self._counts = [], [0, 0]

    def _counted(self, piece: Piece) -> tuple[int | None, int, int]:
        """Session time of a fragment's first picture, else of its sound, and how much is in it."""
        has_video = "video" in self._kinds
        pictures = piece.samples.get(1, 0) if has_video else 0
        heard = piece.samples.get(2 if has_video else 1, 0)
        seen = [self._times["video"].popleft() for _ in range(pictures) if self._times["video"]]
        sound = [self._times["audio"].popleft() for _ in range(heard) if self._times["audio"]]
        lead = seen or sound
        return (min(lead) if lead else None), pictures, heard


class _Output:
    """The file the muxer writes to: every write goes to the splitter."""

    def __init__(self, splitter: Mp4Splitter | WebmSplitter, pieces: list[Piece]) -> None:
        self._splitter = splitter
        self._pieces = pieces

    def write(self, data: bytes) -> int:
        self._pieces += self._splitter.feed(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back here."""


def _mp4_options(*, video: bool, late_header: bool) -> dict[str, str]:
    cut = "frag_keyframe+" if video else ""
    cut += "delay_moov+" if late_header else ""
    return {
        "movflags": f"{cut}empty_moov+default_base_moof+frag_discont",
        "flush_packets": "1",
        "avoid_negative_ts": "disabled",
        "use_editlist": "0",  # with one, decoding times are moved to where showing begins
        **({} if video else {"frag_duration": "1000000"}),
    }


def _webm_options() -> dict[str, str]:
    return {
        "live": "1",
        "cluster_time_limit": "1000",
        "cluster_size_limit": "5000000",
        "flush_packets": "1",
        "avoid_negative_ts": "disabled",
    }


def _write_file(path: Path, data: bytes) -> str:
    """Write and flush; returns the SHA-256."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()


def mime_of(init: bytes, kinds: set[Kind], *, webm: bool) -> str:
    """What Media Source wants to be asked (RFC 6381), read from the init segment."""
    if webm:
        names = ["vp8" if kind == "video" else "opus" for kind in sorted(kinds, reverse=True)]
    else:
        names = [name for name in (_video_name(init), _audio_name(init)) if name]
    top = "video" if "video" in kinds else "audio"
    return f'{top}/{"webm" if webm else "mp4"}; codecs="{",".join(names)}"'


def _video_name(init: bytes) -> str:
    at = init.find(b"avcC")
    if at >= 0:
        return "avc1." + init[at + 5 : at + 8].hex()
    at = init.find(b"vpcC")
    if at >= 0:
        profile, level, depth = init[at + 8], init[at + 9], init[at + 10] >> 4
        return f"vp09.{profile:02}.{level:02}.{depth:02}"
    at = init.find(b"av1C")
    if at >= 0:
        profile, level = init[at + 5] >> 5, init[at + 5] & 0x1F
        tier = "H" if init[at + 6] & 0x80 else "M"
        depth = 10 if init[at + 6] & 0x40 else 8
        return f"av01.{profile}.{level:02}{tier}.{depth:02}"
    return ""


def _audio_name(init: bytes) -> str:
    if b"Opus" in init or b"dOps" in init:
        return "opus"
    return "mp4a.40.2" if b"mp4a" in init else ""
