"""Writes fragmented MP4 (ISO/IEC 14496-12): an init segment, then moof+mdat.

Pure: samples in, bytes out. Sample times are absolute (tfdt on the recording's timeline), every
duration is the true one, and a fragment may hold a single picture. Codecs: H.264 (14496-15),
VP9 (VP codec ISO media file binding), AV1 (AV1-ISOBMFF), Opus (Encapsulation of Opus in ISO BMFF).
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct, pack

from recorder import native
from recorder.errors import MalformedMedia
from recorder.media import AUDIO_RATE, AV1, H264, VIDEO_RATE, VP9, Kind
from recorder.mux.formats import VideoFormat

_KEY, _NOT_KEY = 0x02000000, 0x01010000  # depends on nothing; depends on others, no sync sample
_U32 = Struct(">I").pack
_VIDEO_SAMPLE = Struct(">III").pack
_SHIFTED_SAMPLE = Struct(">IIIi").pack
_AUDIO_SAMPLE = Struct(">II").pack
_MATRIX = pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_ENTRIES = {H264: (b"avc1", b"avcC"), VP9: (b"vp09", b"vpcC"), AV1: (b"av01", b"av1C")}


@dataclass(slots=True)
class Sample:
    """One picture or one Opus packet as it lies in the file; times in units of its track."""

    data: bytes
    dts: int
    duration: int
    key: bool
    shift: int = 0  # shown this much after its decoding time; not 0 with B-frames only


def length_prefixed(annex_b: bytes) -> bytes:
    """The NAL units of an access unit, each behind its length instead of a start code.

    Raises:
        MalformedMedia: there is none.
    """
    data = native.length_prefixed(annex_b)
    if not data:
        raise MalformedMedia("access unit without a NAL unit")
    return data


class Mp4Writer:
    """One init segment and its fragments. Tracks: the picture first, then the sound."""

    def __init__(self, video: VideoFormat | None, audio: bool) -> None:
        kinds: list[Kind] = ["video"] if video is not None else []
        if audio:
            kinds.append("audio")
        self._tracks: dict[Kind, int] = {kind: number for number, kind in enumerate(kinds, 1)}
        self._annex_b = video is not None and video.codec == H264
        self._sequence = 0
        self.init = _ftyp() + _moov(video, self._tracks)

    def sample(self, kind: Kind, data: bytes) -> bytes:
        """A frame as it lies in the file."""
        if not data:
            raise MalformedMedia("empty frame")
        return length_prefixed(data) if kind == "video" and self._annex_b else data

    def fragment(self, video: list[Sample], audio: list[Sample]) -> bytes:
        """One moof+mdat; either list may be empty, not both."""
        self._sequence += 1
        given: list[tuple[Kind, list[Sample]]] = [("video", video), ("audio", audio)]
        # The moof holds where in the mdat each track begins, so its length is computed first.
        length = 8 + 16 + sum(_traf_length(kind, samples) for kind, samples in given if samples)
        offset = length + 8
        trafs: list[bytes] = []
        for kind, samples in given:
            if samples:
                trafs.append(_traf(self._tracks[kind], kind, samples, offset))
                offset += sum(len(sample.data) for sample in samples)
        moof = _box(b"moof", _full(b"mfhd", 0, 0, _U32(self._sequence)), *trafs)
        assert len(moof) == length
        return b"".join(
            (moof, _U32(offset - length), b"mdat", *(s.data for _, some in given for s in some))
        )


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _U32(8 + len(body)) + kind + body


def _full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, _U32(version << 24 | flags), *parts)


# --- fragments ----------------------------------------------------------------------------


def _traf_length(kind: Kind, samples: list[Sample]) -> int:
    head = 8 + 20 + 20 + 20  # traf, tfhd with default flags, tfdt of 64 bits, trun
    if kind == "audio":
        return head + 8 * len(samples)
    return head + (16 if _shifted(samples) else 12) * len(samples)


def _shifted(samples: list[Sample]) -> bool:
    return any(sample.shift for sample in samples)


def _traf(track: int, kind: Kind, samples: list[Sample], offset: int) -> bytes:
    """Default sample flags stand in tfhd; pictures have their own."""
    tfhd = _full(b"tfhd", 0, 0x020020, _U32(track), _U32(_KEY))
    tfdt = _full(b"tfdt", 1, 0, pack(">Q", samples[0].dts))
    if kind == "audio":
        flags = 0x301  # data offset; duration and size of each sample
        table = [_AUDIO_SAMPLE(s.duration, len(s.data)) for s in samples]
    elif _shifted(samples):
        flags = 0xF01  # and its flags, and when it is shown after it is decoded
        table = [
            _SHIFTED_SAMPLE(s.duration, len(s.data), _KEY if s.key else _NOT_KEY, s.shift)
            for s in samples
        ]
    else:
        flags = 0x701
        table = [
            _VIDEO_SAMPLE(s.duration, len(s.data), _KEY if s.key else _NOT_KEY) for s in samples
        ]
    trun = _full(b"trun", 1, flags, pack(">Ii", len(samples), offset), *table)
    return _box(b"traf", tfhd, tfdt, trun)


# --- init segment -------------------------------------------------------------------------


def _ftyp() -> bytes:
    return _box(b"ftyp", b"iso6", _U32(1), b"iso6", b"iso5", b"mp41")


def _moov(video: VideoFormat | None, tracks: dict[Kind, int]) -> bytes:
    mvhd = _full(
        b"mvhd",
        0,
        0,
        pack(">IIIIIH10x", 0, 0, 1000, 0, 0x10000, 0x100),
        _MATRIX,
        bytes(24),
        _U32(len(tracks) + 1),
    )
    traks = [_trak(number, kind, video) for kind, number in tracks.items()]
    trex = [_full(b"trex", 0, 0, pack(">5I", n, 1, 0, 0, 0)) for n in tracks.values()]
    return _box(b"moov", mvhd, *traks, _box(b"mvex", *trex))


def _trak(number: int, kind: Kind, video: VideoFormat | None) -> bytes:
    width, height = (video.width, video.height) if kind == "video" and video else (0, 0)
    volume = 0 if kind == "video" else 0x100
    tkhd = _full(
        b"tkhd",
        0,
        3,  # enabled, in the movie
        pack(">IIIII8xHHHH", 0, 0, number, 0, 0, 0, 0, volume, 0),
        _MATRIX,
        pack(">II", width << 16, height << 16),
    )
    if kind == "video":
        assert video is not None
        rate, handler, name = VIDEO_RATE, b"vide", b"video\0"
        head, entry = _full(b"vmhd", 0, 1, bytes(8)), _video_entry(video)
    else:
        rate, handler, name = AUDIO_RATE, b"soun", b"audio\0"
        head, entry = _full(b"smhd", 0, 0, bytes(4)), _opus_entry()
    mdhd = _full(b"mdhd", 0, 0, pack(">IIIIHH", 0, 0, rate, 0, 0x55C4, 0))  # language: und
    hdlr = _full(b"hdlr", 0, 0, bytes(4), handler, bytes(12), name)
    dinf = _box(b"dinf", _full(b"dref", 0, 0, _U32(1), _full(b"url ", 0, 1)))
    stbl = _box(
        b"stbl",
        _full(b"stsd", 0, 0, _U32(1), entry),
        _full(b"stts", 0, 0, bytes(4)),
        _full(b"stsc", 0, 0, bytes(4)),
        _full(b"stsz", 0, 0, bytes(8)),
        _full(b"stco", 0, 0, bytes(4)),
    )
    return _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, _box(b"minf", head, dinf, stbl)))


def _video_entry(video: VideoFormat) -> bytes:
    kind, configuration = _ENTRIES[video.codec]
    return _box(
        kind,
        pack(">6xH16xHH", 1, video.width, video.height),
        pack(">IIIH32xHh", 0x480000, 0x480000, 0, 1, 24, -1),  # 72 dpi, one frame a sample
        _box(configuration, video.configuration),
    )


def _opus_entry() -> bytes:
    """Stereo whatever the packets hold; pre-skip 0, because this is a cut from a running stream."""
    dops = _box(b"dOps", pack(">BBHIhB", 0, 2, 0, AUDIO_RATE, 0, 0))
    return _box(b"Opus", pack(">6xH8xHHHHI", 1, 2, 16, 0, 0, AUDIO_RATE << 16), dops)
