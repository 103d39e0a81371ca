"""The broker of the instruments: the one file that speaks MQTT (version 5, aiomqtt over paho).

Rules

1. The session at the broker lasts (``session_hours``): what instruments publish at QoS 1 while we
   are away, it keeps and delivers afterwards. What they publish at QoS 0 may be lost on the way.
2. A message is acknowledged when everything in it is durable, and in the order of arrival (MQTT 5
   section 4.6). If we die before, it comes again.
3. At most ``queue_readings`` messages (and the two at the ends of that queue) are worked on; the
   broker keeps the rest (Receive Maximum). Should a broker send more than was agreed and more than
   fits, the connection is ended and it delivers them again. A message that comes again on a new
   connection is the one we are working on.
4. A broker that is away, refuses us or says what cannot be read ends the connection, never the
   centre; it is tried again with a pause up to ``_MAX_PAUSE_S``.

It runs as a task of the centre, not of the recorder: recording goes on whatever a broker does, and
the recorder sees a few appends at a time at most. aiomqtt has no way to acknowledge by hand, so its
paho client is used for that; a test holds the names (``tests/command_centre/test_mqtt.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from command_centre.instruments.nodes import NAMESPACE, rebirth_payload
from command_centre.instruments.recording import Instruments
from config.clock import Clock
from config.settings import MqttSettings

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.5
_MAX_PAUSE_S = 15.0
_KEEPALIVE_S = 15
#: More than the agreed number may arrive: messages of QoS 0, and some brokers count generously.
_EXTRA = 1000


class Inbox(asyncio.Queue[aiomqtt.Message]):
    """What has arrived and is not looked at yet; remembers that something did not fit."""

    overflowed = False

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """See ``asyncio.Queue``; raises ``QueueFull``, and aiomqtt leaves the message out."""
        if self.full() and item.qos:
            self.overflowed = True
        super().put_nowait(item)


class MqttLink:
    """Follows the broker. Owned by the centre's loop."""

    def __init__(self, settings: MqttSettings, instruments: Instruments, clock: Clock) -> None:
        self._settings = settings
        self._instruments = instruments
        self._clock = clock
        self._client: aiomqtt.Client | None = None
        self._unacknowledged: dict[int, tuple[bytes, asyncio.Task[None]]] = {}
        self.connected = False
        self.connects = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        await self._instruments.remember()
        pause = _FIRST_PAUSE_S
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    async with self._connection() as client:
                        pause = _FIRST_PAUSE_S
                        await self._follow(client, tasks)
                except (aiomqtt.MqttError, OSError, ssl.SSLError) as error:
                    logger.warning("the broker: %s; again in %.1f s", type(error).__name__, pause)
                finally:
                    self.connected = False
                    self._client = None
                await asyncio.sleep(pause)
                pause = min(pause * 2, _MAX_PAUSE_S)

    async def ask_rebirth(self, group: str, node: str) -> None:
        """See ``recording.Commander``."""
        if self._client is None:
            return
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.publish(
                f"{NAMESPACE}/{group}/NCMD/{node}", rebirth_payload(self._clock.now_us())
            )

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiomqtt.Client]:
        settings = self._settings
        password, context = await asyncio.to_thread(_secrets, settings)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = int(settings.session_hours * 3600)
        properties.ReceiveMaximum = settings.queue_readings
        state = f"{NAMESPACE}/STATE/{settings.client_id}" if settings.sparkplug_group else ""
        client = aiomqtt.Client(
            settings.host,
            settings.port,
            identifier=settings.client_id,
            username=settings.username or None,
            password=password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            keepalive=_KEEPALIVE_S,
            tls_context=context,
            will=aiomqtt.Will(state, self._state(False), 1, True) if state else None,
            queue_type=Inbox,
            max_queued_incoming_messages=settings.queue_readings + _EXTRA,
            timeout=10,
        )
        client._client.manual_ack_set(True)  # rule 2
        async with client:
            self._client = client
            self.connected = True
            self.connects += 1
            logger.info("connected to the broker of the instruments")
            if settings.topic_prefix:
                await client.subscribe(f"{settings.topic_prefix.rstrip('/')}/+", qos=1)
            if settings.sparkplug_group:
                await client.subscribe(f"{NAMESPACE}/{settings.sparkplug_group}/#", qos=1)
                await client.publish(state, self._state(True), qos=1, retain=True)
            yield client

    def _state(self, online: bool) -> bytes:
        """Sparkplug B section 6.4.7: nodes may wait for their host to be there."""
        return json.dumps({"online": online, "timestamp": self._clock.now_us() // 1000}).encode()

    async def _follow(self, client: aiomqtt.Client, tasks: asyncio.TaskGroup) -> None:
        """Take messages in; acknowledge each when it is done, in the order they came."""
        window: asyncio.Queue[tuple[aiomqtt.Message, asyncio.Task[None]]] = asyncio.Queue(
            self._settings.queue_readings
        )
        acknowledging = tasks.create_task(self._acknowledge(client, window))
        try:
            async for message in client.messages:
                await window.put((message, self._work(message, tasks)))
                if isinstance(client._queue, Inbox) and client._queue.overflowed:
                    raise aiomqtt.MqttError("the broker sent more than was agreed")
        finally:
            acknowledging.cancel()

    def _work(self, message: aiomqtt.Message, tasks: asyncio.TaskGroup) -> asyncio.Task[None]:
        """The task that makes a message durable; the same one when it is delivered again."""
        topic, payload = str(message.topic), _bytes(message.payload)
        digest = hashlib.sha256(topic.encode() + b"\0" + payload).digest()
        if message.qos:
            known = self._unacknowledged.get(message.mid)
            if known is not None and known[0] == digest:
                return known[1]
        acts = self._instruments.read(topic, payload)
        now_us = self._clock.now_us()
        task = tasks.create_task(self._instruments.carry_out(acts, now_us, self))
        if message.qos:
            self._unacknowledged[message.mid] = (digest, task)
        return task

    async def _acknowledge(
        self,
        client: aiomqtt.Client,
        window: asyncio.Queue[tuple[aiomqtt.Message, asyncio.Task[None]]],
    ) -> None:
        while True:
            message, task = await window.get()
            await asyncio.shield(task)
            if message.qos:
                client._client.ack(message.mid, message.qos)
                self._unacknowledged.pop(message.mid, None)


def _bytes(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload or "").encode()


def _secrets(settings: MqttSettings) -> tuple[str | None, ssl.SSLContext | None]:
    """Password and TLS context; reads files, so not on the loop.

    Raises:
        OSError: a file cannot be read.
    """
    password = None
    if settings.password_file:
        lines = Path(settings.password_file).read_text(encoding="utf-8").splitlines()
        password = lines[0] if lines else ""
    context = None
    if settings.tls:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
    return password, context
