"""Everything the recorder refuses or fails with. ``code`` is the stable word for the bus.

RecorderError
├── MalformedSdp        malformed_sdp      the offer cannot be understood
├── MalformedFragment   malformed_fragment the PATCH body cannot be understood
├── ConnectionUnknown   connection_unknown no such connection, or it is over
├── PreconditionNeeded  precondition_required  a PATCH without If-Match
├── PreconditionFailed  precondition_failed    a PATCH for an ICE session that was replaced
├── UnsupportedCodec    unsupported_codec  the offer has no codec that can be recorded
├── SourceBusy          source_busy        another publisher is live on this source
├── TooManySources      too_many_sources   the configured limit of live sources is reached
├── SessionUnknown      session_unknown    no such session here
├── SessionClosed       session_closed     the session is sealed
├── DiskFull            disk_full          no room to record
├── StoreBusy           store_busy         the writer's queue is full, or the store failed
├── NotPaused           not_paused         there is no such pause to lift
├── PauseChanged        pause_changed      another pause is in force than the one meant
├── LateOverlap         late_overlap       a late part claims time that was received live
├── SessionsOpen        sessions_open      the keys of a log are changed while no session is open
├── Restarting          recorder_restarting  it ends in a moment and starts again
├── RetentionRefused    retention_refused  the retention of a session cannot end (yet)
├── RetentionOver       retention_ended    the retention of a session has ended
└── BadRequest          bad_request        a request that is not what the method calls for

MalformedMedia is not among them: it never leaves the datagram path, which counts and drops.
"""

from __future__ import annotations


class RecorderError(Exception):
    """Root of what callers see; the message says what was expected."""

    code = "recorder_error"


class MalformedSdp(RecorderError):
    """The offer cannot be understood."""

    code = "malformed_sdp"


class MalformedFragment(RecorderError):
    """The fragment cannot be understood."""

    code = "malformed_fragment"


class ConnectionUnknown(RecorderError):
    """No such connection here, or it is over."""

    code = "connection_unknown"


class PreconditionNeeded(RecorderError):
    """A PATCH says by If-Match which ICE session it means."""

    code = "precondition_required"


class PreconditionFailed(RecorderError):
    """The ICE session named by If-Match was replaced by a restart."""

    code = "precondition_failed"


class UnsupportedCodec(RecorderError):
    """The offer has nothing that can be recorded; the message lists what can."""

    code = "unsupported_codec"


class SourceBusy(RecorderError):
    """Another publisher is live on this source."""

    code = "source_busy"


class TooManySources(RecorderError):
    """The configured limit of live sources is reached."""

    code = "too_many_sources"


class SessionUnknown(RecorderError):
    """No such session in this recorder."""

    code = "session_unknown"


class SessionClosed(RecorderError):
    """The session is sealed; open a new one."""

    code = "session_closed"


class DiskFull(RecorderError):
    """There is no room to record; free some space, recording resumes by itself."""

    code = "disk_full"


class SessionsOpen(RecorderError):
    """Keys are changed, and settings taken by a restart, while no session is open."""

    code = "sessions_open"


class Restarting(RecorderError):
    """The recorder ends in a moment, for new keys or settings; asking again soon is right."""

    code = "recorder_restarting"


class StoreBusy(RecorderError):
    """The store could not take the entry now; asking again is safe."""

    code = "store_busy"


class NotPaused(RecorderError):
    """There is no such pause to lift."""

    code = "not_paused"


class PauseChanged(RecorderError):
    """Another pause is in force than the one the caller has seen."""

    code = "pause_changed"


class LateOverlap(RecorderError):
    """A part of a late file claims time that was received live; examine the file again."""

    code = "late_overlap"


class RetentionRefused(RecorderError):
    """The retention of a session cannot end: too early, not closed, or the disk refused."""

    code = "retention_refused"


class RetentionOver(RecorderError):
    """The retention of the session has ended: words and names are not written any more."""

    code = "retention_ended"


class BadRequest(RecorderError):
    """Not a valid request of this method."""

    code = "bad_request"


class MalformedMedia(Exception):
    """A payload that does not follow its RFC; the packet is counted and dropped."""
