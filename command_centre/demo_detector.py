"""The instruments on site: readings on the recorder's log, with an alarm at its time.

The detector measures once a second. Its values are the story's readings of 13 May, played at twice
their speed and interpolated, so that a minute's demo reaches the alarm. It, the body camera and
the drone also say where they are (``demo_positions``).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from typing import Any

from command_centre.demo_positions import WAYS, position_at
from command_centre.ids import short_id
from command_centre.recorder_router import RecorderRouter
from command_centre.zmq_bus import ZmqBus
from config.bus import Bus, BusError
from config.clock import SystemClock
from config.messages import RECORDER, encode
from config.recorder_messages import Append
from config.recorders import recorder_names
from config.settings import Settings

logger = logging.getLogger(__name__)

_DEVICE = "gas-enf-02"
_SPEED = 2.0
_PERIOD_S = 1.0
_PLACES_EVERY = 4  # seconds between two positions of what moves


async def feed_readings(
    settings: Settings,
    story: dict[str, Any],
    *,
    device: str,
    room: str,
    session: str,
    from_s: float = 0.0,
) -> None:
    """Append readings until cancelled, as they are ``from_s`` seconds after the story's first.

    A recorder that is away is asked again a second later.
    """
    clock = SystemClock()
    start_us = clock.mono_us()
    recorders = recorder_names(settings.recorder.processes)
    async with ZmqBus(settings.bus_path, "demo", recorders, settings.bus.high_water) as line:
        bus = RecorderRouter(line, recorders)
        for count in itertools.count():
            elapsed_s = from_s + (clock.mono_us() - start_us) / 1e6
            now_us = clock.now_us()
            measured = {device: reading_at(story, elapsed_s)}
            if count % _PLACES_EVERY == 0:
                measured |= {moving: {"values": {}, "alarms": []} for moving in WAYS}
            for name, body in measured.items():
                place = position_at(name, elapsed_s) | {"t_us": now_us}
                await _append(
                    bus, body | {"device": name, "position": place}, session, room, now_us
                )
            await asyncio.sleep(_PERIOD_S)


def reading_at(story: dict[str, Any], elapsed_s: float) -> dict[str, Any]:
    """Values in thousandths of their unit and alarms after this long; begins anew at the end."""
    readings = [one for one in story["readings"] if one["device"] == _DEVICE]
    first, last = readings[0]["t_s"], readings[-1]["t_s"]
    t = first + (elapsed_s * _SPEED) % (last - first)
    at = max(i for i, one in enumerate(readings) if one["t_s"] <= t)
    before, after = readings[at], readings[min(at + 1, len(readings) - 1)]
    span = max(1, after["t_s"] - before["t_s"])
    share = min(1.0, (t - before["t_s"]) / span)
    values = {
        name: round(1000 * (value + (after["values"][name] - value) * share))
        for name, value in before["values"].items()
    }
    return {"values": values, "alarms": before["alarms"]}


async def _append(bus: Bus, body: dict[str, Any], session: str, room: str, now_us: int) -> None:
    message = Append(
        key=short_id("reading"),
        kind="reading",
        session=session,
        room=room,
        body=json.dumps(body).encode(),
        t_us=now_us,
    )
    try:
        await bus.request(RECORDER, "append", encode(message), timeout_s=3)
    except BusError as error:
        logger.warning("a reading was not taken: %s", type(error).__name__)
