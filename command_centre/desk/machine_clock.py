"""How well this machine's clock is kept, as the kernel says (adjtimex(2)); nobody is asked.

The kernel knows what the NTP or PTP daemon tells it: whether the clock is disciplined, and the
largest error it may have. That holds for chrony, ntpd and systemd-timesyncd alike.
"""

from __future__ import annotations

import ctypes

import msgspec

_STA_UNSYNC = 0x0040
_STA_NANO = 0x2000
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """struct timex of <sys/timex.h>; only its first fields are read, the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 512),
    )


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """``known``: the kernel could be asked. Microseconds."""

    known: bool
    kept: bool = False  # disciplined by a daemon
    offset_us: int = 0  # what is still being corrected
    error_us: int = 0  # the largest the clock may be wrong by, as far as the kernel knows


def read_clock() -> ClockState:
    """The clock now."""
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return ClockState(known=False)
    if state < 0:
        return ClockState(known=False)
    scale = 1000 if timex.status & _STA_NANO else 1
    return ClockState(
        known=True,
        kept=state != _TIME_ERROR and not timex.status & _STA_UNSYNC,
        offset_us=int(timex.offset / scale),
        error_us=int(timex.maxerror),
    )
