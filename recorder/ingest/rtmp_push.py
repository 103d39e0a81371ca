"""A device that pushes RTMP: its socket, its session, its tracks; a recorder ``Peer``."""

from __future__ import annotations

from functools import partial

from recorder.errors import MalformedMedia
from recorder.ingest import aac, amf0
from recorder.ingest import rtmp_chunks as wire
from recorder.ingest.flv import FlvTracks
from recorder.ingest.push import PushedPeer
from recorder.ingest.rtmp_session import RtmpSession
from recorder.ingest.transcoder import OpusTranscoder
from recorder.media import EncodedFrame, Kind


class RtmpPush(PushedPeer):
    """One connection. See ``PushedPeer`` for its life."""

    def _begin(self) -> None:
        self._session = RtmpSession(self)
        self._tracks = FlvTracks(self._picture, self._sound)
        self._transcoder: OpusTranscoder | None = None
        self._now_us = 0

    def _take(self, data: bytes, now_us: int) -> None:
        self._now_us = now_us
        try:
            self._session.feed(data)
        finally:
            self._flush()

    def _flush(self) -> None:
        if self._session.output:
            self._send(bytes(self._session.output))
            self._session.output.clear()

    def _accepted(self, now_us: int) -> None:
        self._now_us = now_us
        self._session.accept()
        self._flush()
        self._session.resume()
        self._flush()

    def _refused(self, reason: str) -> None:
        self._session.refuse(reason)
        self._flush()

    @property
    def left_out(self) -> set[str]:
        """What it sends and cannot be recorded."""
        return self._tracks.left_out

    # --- RtmpHandler ----------------------------------------------------------------------

    def publish(self, path: str) -> None:
        """See RtmpHandler. The address is ``.../SOURCE/TOKEN``."""
        parts = [part for part in path.partition("?")[0].split("/") if part]
        source, key = (parts[-2], parts[-1]) if len(parts) >= 2 else ("", "")
        self._ask(source, key)

    def metadata(self, values: dict[str, amf0.Value]) -> None:
        """See RtmpHandler. Some devices name what they send; the others send both or either."""
        video, audio = "videocodecid" in values, "audiocodecid" in values
        kinds: list[Kind] = []
        if video:
            kinds.append("video")
        if audio:
            kinds.append("audio")
        if kinds:
            self._told(kinds)

    def media(self, kind: int, timestamp: int, data: bytes) -> None:
        """See RtmpHandler."""
        if kind == wire.VIDEO:
            self._tracks.video(timestamp, data, self._now_us)
        else:
            self._tracks.audio(timestamp, data, self._now_us)

    def finished(self) -> None:
        """See RtmpHandler."""
        self._end("bye")

    # --- tracks ---------------------------------------------------------------------------

    def _picture(self, frame: EncodedFrame) -> None:
        if self.sink is not None:
            self.sink.on_frame(frame)

    def _sound(self, frame: EncodedFrame, config: aac.AacConfig | None) -> None:
        if self.sink is None:
            return
        if self._transcoder is None:
            encoder = None if config is None else partial(aac.AacEncoder, config)
            self._transcoder = OpusTranscoder(self.sink.on_frame, encoder)
        self._transcoder.push(frame)

    def _shut(self) -> None:
        if self._transcoder is not None:
            self._transcoder.close()
        super()._shut()

    #: What a malformed message raises; the connection is then over.
    malformed = (MalformedMedia,)
