"""Frees closed connections, whose objects hold each other in cycles.

A process that records lets Python look for cycles rarely (``command_centre.process``), because
frames are never in any. aiortc's closed connections are: about a thousand objects and 0.6 MB each,
with their TLS and SRTP contexts. So a closing asks for one full collection shortly afterwards, at
most one in ``EVERY_S``; with 24 connections up it takes a few milliseconds.
"""

from __future__ import annotations

import asyncio
import gc
import weakref

EVERY_S = 5.0

_timers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.TimerHandle] = (
    weakref.WeakKeyDictionary()
)


def collect_soon() -> None:
    """Have cycles collected within ``EVERY_S`` seconds; call from the event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _timers:
        _timers[loop] = loop.call_later(EVERY_S, _collect, loop)


def _collect(loop: asyncio.AbstractEventLoop) -> None:
    del _timers[loop]
    gc.collect()
