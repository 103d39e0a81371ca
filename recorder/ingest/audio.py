"""Which sound of cameras and pushing devices can be recorded, and what makes it Opus.

The one place where the ways in that speak RTSP or RTMP meet the transcoder.
"""

from __future__ import annotations

import binascii
from functools import partial

from recorder.errors import MalformedMedia
from recorder.ingest import aac
from recorder.ingest.ordered_track import OrderedAudio
from recorder.ingest.rtsp_sdp import Media
from recorder.ingest.transcoder import OpusTranscoder
from recorder.media import AUDIO_RATE, G711, OPUS, MediaSink


def can_hear(media: Media) -> bool:
    """Whether this section's sound can be recorded; the picture is recorded without it if not."""
    if media.codec in G711:
        return media.clock == 8000 and media.channels == 1
    if media.codec == OPUS.upper():
        return media.clock == AUDIO_RATE
    return aac_config(media) is not None


def aac_config(media: Media) -> aac.AacConfig | None:
    """The AAC of a section in the one mode cameras use (AAC-hbr), None when it is another."""
    given = media.format
    usual = (given.get("sizelength"), given.get("indexlength"), given.get("indexdeltalength"))
    if media.codec != "MPEG4-GENERIC" or usual != ("13", "3", "3"):
        return None
    try:
        return aac.read_config(binascii.unhexlify(given.get("config", "")))
    except (MalformedMedia, binascii.Error):
        return None


def hear(media: Media, sink: MediaSink) -> tuple[OrderedAudio, OpusTranscoder | None]:
    """The track of a section that ``can_hear`` accepted, and its transcoder, to be closed."""
    if media.codec == OPUS.upper():
        track = OrderedAudio(media.payload_type, OPUS, AUDIO_RATE, sink.on_frame, sink.on_lost)
        return track, None
    config = aac_config(media)
    if config is None:
        transcoder = OpusTranscoder(sink.on_frame)
        track = OrderedAudio(
            media.payload_type, media.codec, media.clock, transcoder.push, sink.on_lost
        )
        return track, transcoder
    transcoder = OpusTranscoder(sink.on_frame, partial(aac.AacEncoder, config))
    track = OrderedAudio(
        media.payload_type,
        aac.AAC,
        config.rate,
        transcoder.push,
        sink.on_lost,
        aac.split,
        aac.SAMPLES,
    )
    return track, transcoder
