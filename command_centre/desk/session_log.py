"""Entries that the centre adds to a session's own log, and then waits for.

Returns once an entry is durable in the recorder's log and projected: what is read next shows it.
Nothing is decided here; what only has to be recorded does not wait (``recorder_port.append``).
"""

from __future__ import annotations

from typing import Any

from command_centre.desk.follower import Follower
from command_centre.desk.recorder_port import append, file_document
from config.bus import Bus
from config.recorder_messages import FileDocument, Receipt


async def append_to_session(
    bus: Bus,
    follower: Follower,
    *,
    key: str,
    kind: str,
    session: str,
    room: str,
    body: dict[str, Any],
    t_us: int,
) -> Receipt:
    """Append an entry; a repeat with the same key is the same entry.

    Raises:
        Rejected: what the recorder says; ``recorder_slow``: it is recorded and not projected yet.
    """
    receipt = await append(
        bus, key=key, kind=kind, session=session, room=room, body=body, t_us=t_us
    )
    await follower.reached(receipt.index)
    return receipt


async def file_in_session(bus: Bus, follower: Follower, request: FileDocument) -> Receipt:
    """Store a document and its entry.

    Raises:
        Rejected: as ``append_to_session``.
    """
    receipt = await file_document(bus, request)
    await follower.reached(receipt.index)
    return receipt
