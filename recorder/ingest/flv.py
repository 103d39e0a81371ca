"""Media as RTMP carries it (FLV tags, Adobe FLV 10.1, annex E): frames out. Pure.

H.264 with B-frames, AAC-LC and G.711. Everything else is counted by its name in ``left_out`` and
passed over.
"""

from __future__ import annotations

from collections.abc import Callable

from recorder.errors import MalformedMedia
from recorder.ingest import aac
from recorder.ingest.h264 import START_CODE
from recorder.ingest.rtp import Unwrapper
from recorder.media import H264, PCMA, PCMU, EncodedFrame

_AVC, _AAC, _ALAW, _MULAW = 7, 10, 7, 8
_KEY = 1
_TICKS = 90  # of 90 kHz in a millisecond
_SAMPLES = 48


class FlvTracks:
    """The video and audio of one publisher."""

    def __init__(
        self,
        on_frame: Callable[[EncodedFrame], None],
        on_sound: Callable[[EncodedFrame, aac.AacConfig | None], None],
    ) -> None:
        self.left_out: set[str] = set()
        self.malformed = 0
        self._on_frame = on_frame
        self._on_sound = on_sound
        self._video_time, self._audio_time = Unwrapper(32), Unwrapper(32)
        self._sets = b""
        self._length_bytes = 4
        self._gate = True  # closed until a key frame
        self._aac: aac.AacConfig | None = None

    def video(self, timestamp: int, data: bytes, now_us: int) -> None:
        """The payload of a video message."""
        if len(data) < 5:
            return
        if data[0] & 0x80 or data[0] & 0x0F != _AVC:
            self.left_out.add("video that is not H.264")
            return
        try:
            if data[1] == 0:
                self._describe(data[5:])
            elif data[1] == 1:
                self._picture(timestamp, data, now_us)
        except MalformedMedia:
            self.malformed += 1
            self._gate = True

    def _describe(self, record: bytes) -> None:
        """AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1)."""
        if len(record) < 7:
            raise MalformedMedia("H.264 description is cut off")
        self._length_bytes = (record[4] & 3) + 1
        sets: list[bytes] = []
        count, position = record[5] & 0x1F, 6
        for part in range(2):
            if part == 1:
                count, position = record[position] if position < len(record) else 0, position + 1
            for _ in range(count):
                size = int.from_bytes(record[position : position + 2], "big")
                unit = record[position + 2 : position + 2 + size]
                if not unit or len(unit) != size:
                    raise MalformedMedia("H.264 description is cut off")
                sets.append(START_CODE + unit)
                position += 2 + size
        self._sets = b"".join(sets)

    def _picture(self, timestamp: int, data: bytes, now_us: int) -> None:
        units, has_idr, has_sets = self._units(data)
        if not units or (self._gate and not has_idr):
            return
        if has_idr and not has_sets:
            units.insert(0, self._sets)
        self._gate = False
        offset_ms = int.from_bytes(data[2:5], "big", signed=True)
        decoded = self._video_time.unwrap(timestamp) * _TICKS
        shift = max(0, offset_ms) * _TICKS
        frame = EncodedFrame(
            "video", H264, b"".join(units), decoded + shift, has_idr, now_us, 0, 1, shift=shift
        )
        self._on_frame(frame)

    def _units(self, data: bytes) -> tuple[list[bytes], bool, bool]:
        """The NAL units as Annex B; whether there is an IDR picture, and a parameter set."""
        position, size_bytes = 5, self._length_bytes
        units: list[bytes] = []
        has_idr = has_sets = has_picture = False
        while position + size_bytes < len(data):
            size = int.from_bytes(data[position : position + size_bytes], "big")
            position += size_bytes
            if size == 0 or position + size > len(data):
                raise MalformedMedia("H.264 unit does not fit its message")
            kind = data[position] & 0x1F
            has_idr = has_idr or kind == 5
            has_sets = has_sets or kind == 7
            has_picture = has_picture or 1 <= kind <= 5
            units.append(START_CODE + data[position : position + size])
            position += size
        return (units if has_picture else []), has_idr, has_sets

    def audio(self, timestamp: int, data: bytes, now_us: int) -> None:
        """The payload of an audio message."""
        if len(data) < 2:
            return
        form = data[0] >> 4
        at = self._audio_time.unwrap(timestamp) * _SAMPLES
        if form in (_ALAW, _MULAW):
            codec = PCMA if form == _ALAW else PCMU
            frame = EncodedFrame("audio", codec, data[1:], at, True, now_us, 0, 1)
            self._on_sound(frame, None)
        elif form == _AAC:
            self._aac_packet(at, data, now_us)
        else:
            self.left_out.add("sound that is not AAC or G.711")

    def _aac_packet(self, at: int, data: bytes, now_us: int) -> None:
        if data[1] == 0:
            try:
                self._aac = aac.read_config(data[2:])
            except MalformedMedia:
                self._aac = None
                self.left_out.add("AAC that is not AAC-LC")
        elif self._aac is not None and len(data) > 2:
            frame = EncodedFrame("audio", aac.AAC, data[2:], at, True, now_us, 0, 1)
            self._on_sound(frame, self._aac)
