"""Instruments through a real broker: Debian's mosquitto, the centre's own client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import paho.mqtt.client
import pytest

from command_centre.instruments.mqtt_link import Inbox
from command_centre.instruments.nodes import REBIRTH
from command_centre.instruments.sparkplug import Metric, Payload, decode, encode
from config.bus import Unreachable
from tests.command_centre.broker import Broker, link_of, running_broker
from tests.command_centre.centre import Centre, running_centre

WAIT_S = 60.0
TOPIC = "duizhi/readings/gas-03"


def _message(o2: float, **more: Any) -> bytes:
    return json.dumps({"values": {"O2_vol": o2}, **more}).encode()


@contextlib.asynccontextmanager
async def _centre(
    directory: Path, broker: Broker, *, keep: bool = False, **settings: Any
) -> AsyncIterator[Centre]:
    mqtt = {"host": "127.0.0.1", "port": broker.port, "sparkplug_group": "+", **settings}
    async with running_centre(directory, settings={"mqtt": mqtt}, keep=keep) as centre:
        await _until(lambda: link_of(centre).connected)
        yield centre


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():
            await asyncio.sleep(0.02)


async def _bodies(centre: Centre, kind: str, count: int) -> list[dict[str, Any]]:
    await _until(lambda: len(centre.recorder.bodies(kind)) >= count)
    return centre.recorder.bodies(kind)


def test_the_names_of_the_client_we_acknowledge_with() -> None:
    assert callable(paho.mqtt.client.Client.manual_ack_set)
    assert callable(paho.mqtt.client.Client.ack)
    assert "self._client: mqtt.Client" in Path(aiomqtt.client.__file__).read_text(encoding="utf-8")


async def test_a_reading_is_an_entry_and_its_alarm_reaches_a_desk(tmp_path: Path) -> None:
    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        session = await centre.open_room("site")
        async with broker.client() as client:
            await client.publish(TOPIC, _message(20.9, alarms=["LOW"]), qos=1)
            begun = time.monotonic()
            await client.publish(TOPIC, _message(18.5), qos=1)
            [alarm] = await _bodies(centre, "alarm.raised", 1)
            print(f"published to alarm entry: {1000 * (time.monotonic() - begun):.0f} ms")
        readings = centre.recorder.bodies("reading")
        assert readings == [
            {"device": "gas-03", "values": {"O2_vol": 20_900}, "alarms": ["LOW"]},
            {"device": "gas-03", "values": {"O2_vol": 18_500}, "alarms": []},
        ]
        assert (alarm["about"], alarm["value"]) == ("O2_vol", 18_500)
        entries = [json.loads(entry) for entry in centre.recorder.entries]
        assert {one["session"] for one in entries if one["kind"] == "reading"} == {session}


async def test_nothing_is_lost_while_the_centre_is_away(tmp_path: Path) -> None:
    async with running_broker(tmp_path / "broker") as broker:
        async with _centre(tmp_path, broker) as centre:
            await centre.open_room("site")
            log = list(centre.recorder.entries)
        async with broker.client() as client:
            for number in range(50):
                await client.publish(TOPIC, _message(20 + number / 1000), qos=1)
        async with _restarted(tmp_path, broker, log) as centre:
            readings = await _bodies(centre, "reading", 50)
            assert [one["values"]["O2_vol"] for one in readings] == [20_000 + n for n in range(50)]


@contextlib.asynccontextmanager
async def _restarted(directory: Path, broker: Broker, log: list[bytes]) -> AsyncIterator[Centre]:
    """The centre again, over the database it had and a recorder with the same log."""
    mqtt = {"host": "127.0.0.1", "port": broker.port, "sparkplug_group": "+"}
    async with running_centre(
        directory, settings={"mqtt": mqtt}, keep=True, recorder_up=False
    ) as centre:
        centre.recorder.entries[:] = log
        centre.clock.forward(60)  # the new clock begins where the old one began
        async with centre.recorder.serving():
            yield centre


async def test_what_was_not_durable_is_delivered_again(tmp_path: Path) -> None:
    """The recorder is away, so nothing is acknowledged; then the centre dies."""
    async with running_broker(tmp_path / "broker") as broker:
        async with _centre(tmp_path, broker) as centre:
            await centre.open_room("site")
            log = list(centre.recorder.entries)
            centre.recorder.refuse["append"] = Unreachable("away")  # type: ignore[assignment]
            async with broker.client() as client:
                for number in range(5):
                    await client.publish(TOPIC, _message(20 + number / 10), qos=1)
            await _until(lambda: len(link_of(centre)._unacknowledged) == 5)
        async with _restarted(tmp_path, broker, log) as centre:
            readings = await _bodies(centre, "reading", 5)
            assert [one["values"]["O2_vol"] for one in readings] == [
                20_000, 20_100, 20_200, 20_300, 20_400,
            ]  # fmt: skip
            await _until(lambda: not link_of(centre)._unacknowledged)
            assert len(centre.recorder.bodies("reading")) == 5


async def test_a_broker_that_goes_and_comes_back(tmp_path: Path) -> None:
    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        await centre.open_room("site")
        await broker.stop()
        await _until(lambda: not link_of(centre).connected)
        await broker.start()
        await _until(lambda: link_of(centre).connects == 2)
        async with broker.client() as client:
            await client.publish(TOPIC, _message(20.9), qos=1)
        await _bodies(centre, "reading", 1)


async def test_no_more_than_the_window_is_with_us(tmp_path: Path) -> None:
    async with (
        running_broker(tmp_path / "broker") as broker,
        _centre(tmp_path, broker, queue_readings=8) as centre,
    ):
        await centre.open_room("site")
        centre.recorder.refuse["append"] = Unreachable("away")  # type: ignore[assignment]
        async with broker.client() as client:
            for number in range(40):
                await client.publish(TOPIC, _message(20 + number / 1000), qos=1)
        await _until(lambda: len(link_of(centre)._unacknowledged) >= 8)
        await asyncio.sleep(0.3)
        assert len(link_of(centre)._unacknowledged) <= 8 + 2
        del centre.recorder.refuse["append"]
        assert len(await _bodies(centre, "reading", 40)) == 40


def test_what_does_not_fit_is_remembered() -> None:
    inbox = Inbox(maxsize=1)
    for qos, overflowed in ((0, False), (0, False), (1, True)):
        with contextlib.suppress(asyncio.QueueFull):
            inbox.put_nowait(aiomqtt.Message("a", b"", qos, False, 1, None))
        assert inbox.overflowed is overflowed


async def test_what_cannot_be_read_is_counted_and_shown(tmp_path: Path) -> None:
    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        await centre.open_room("site")
        async with broker.client() as client:
            for payload in (b"", b"\xff", b"{}", b'{"values": {"O2_vol": "x"}}'):
                await client.publish(TOPIC, payload, qos=1)
            await client.publish("duizhi/readings/nobody", _message(20.9), qos=1)
            [alarm] = await _bodies(centre, "alarm.raised", 1)
            assert alarm["kind"] == "device_garbled"
            counts = centre.context.instruments.counts
            await _until(lambda: (counts.garbled, counts.unknown) == (4, 1))
            await client.publish(TOPIC, _message(20.9), qos=1)
            await _bodies(centre, "alarm.cleared", 1)
        async with centre.client() as http:
            assert "duizhi_instruments_garbled 4.0" in (await http.get("/metrics")).text


async def test_readings_without_a_session_are_watched_and_not_recorded(tmp_path: Path) -> None:
    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        async with broker.client() as client:
            await client.publish(TOPIC, _message(18.0), qos=1)
        await _bodies(centre, "alarm.raised", 1)
        assert centre.recorder.bodies("reading") == []
        assert centre.context.instruments.counts.outside == 1


async def test_births_deaths_and_holes_of_sparkplug(tmp_path: Path) -> None:
    node = "spBv1.0/plant/{}/node1"
    birth = Metric("bdSeq", value=1)

    def payload(seq: int | None, *metrics: Metric) -> bytes:
        return encode(Payload(None, seq, metrics))

    async with running_broker(tmp_path / "broker") as broker, _centre(tmp_path, broker) as centre:
        await centre.open_room("site")
        will = aiomqtt.Will(node.format("NDEATH"), payload(None, birth), 1)
        async with broker.client() as host:
            await host.subscribe("spBv1.0/STATE/#")
            await host.subscribe(node.format("NCMD"))
            heard = host.messages
            state = await anext(heard)
            assert json.loads(state.payload)["online"] is True
            with contextlib.suppress(aiomqtt.MqttError):
                async with broker.client(will=will) as client:
                    await client.publish(node.format("NBIRTH"), payload(0, birth), qos=1)
                    device = node.format("DBIRTH") + "/gas-03"
                    oxygen = Metric("O2", alias=1, value=20.9)
                    await client.publish(device, payload(1, oxygen), qos=1)
                    data = node.format("DDATA") + "/gas-03"
                    await client.publish(data, payload(4, Metric(alias=1, value=20.8)), qos=1)
                    asked = await anext(heard)
                    assert decode(asked.payload).metrics[0].name == REBIRTH
                    await _bodies(centre, "reading", 2)
                    client._client._sock_close()  # the cable is pulled: no DISCONNECT
            deaths = await _bodies(centre, "device.death", 1)
        assert [one["by"] for one in deaths] == ["NDEATH"]
        assert [one["by"] for one in centre.recorder.bodies("device.birth")] == ["DBIRTH"]
        [hole] = centre.recorder.bodies("device.sequence_gap")
        assert (hole["expected"], hole["got"], hole["source"]) == (2, 4, "gas-03")
        raised = await _bodies(centre, "alarm.raised", 1)
        assert [one["kind"] for one in raised] == ["device_lost"]


async def test_an_account_and_tls(tmp_path: Path) -> None:
    made = await asyncio.create_subprocess_exec(
        "mosquitto_passwd", "-b", "-c", str(tmp_path / "accounts"), "centre", "secret"
    )
    assert await made.wait() == 0
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", str(key), "-out", str(certificate), stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    lines = (
        f"certfile {certificate}", f"keyfile {key}",
        "allow_anonymous false", f"password_file {tmp_path / 'accounts'}",
    )  # fmt: skip
    async with (
        running_broker(tmp_path / "broker", *lines) as broker,
        _centre(
            tmp_path,
            broker,
            tls=True,
            ca_file=str(certificate),
            username="centre",
            password_file=str(tmp_path / "password"),
        ) as centre,
    ):
        assert link_of(centre).connects == 1


@pytest.mark.parametrize("problem", ["no broker", "wrong password", "no password file"])
async def test_a_broker_we_cannot_use_hurts_nothing(tmp_path: Path, problem: str) -> None:
    mqtt: dict[str, Any] = {"host": "127.0.0.1", "port": 1}
    async with running_broker(tmp_path / "broker", "allow_anonymous false") as broker:
        if problem != "no broker":
            mqtt["port"] = broker.port
        if problem == "no password file":
            mqtt |= {"username": "x", "password_file": str(tmp_path / "none")}
        async with running_centre(tmp_path, settings={"mqtt": mqtt}) as centre:
            await asyncio.sleep(0.3)
            assert not link_of(centre).connected
            await centre.open_room("site")
