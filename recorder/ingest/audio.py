"""Which sound of cameras and pushing devices can be recorded, and what makes it Opus.

The one hook between the ways in that speak RTSP or RTMP and the transcoder.
"""

from __future__ import annotations

from recorder.ingest.rtsp_sdp import Media


def can_hear(media: Media) -> bool:
    """Whether this section's sound can be recorded; the picture is recorded without it if not."""
    del media
    return False
