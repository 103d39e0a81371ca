"""Sparkplug B nodes and their devices, from message to message (specification 3.0.0, chapters 4-6).

What makes silence provable: every message of a node but its death carries a number that goes up by
one (0 to 255), a birth says what is there, and a death is published by the broker itself when the
node's connection is lost. So a hole in the numbers is missing data, and no message without a death
means that nothing changed.

Values hold until they change, so a reading we give carries all current values of the device. After
a birth, metrics may come with their alias only. A message that is delivered again (a broker does so
after a reconnect) is recognised by its bytes and read without touching the numbers.

Pure: topics and bytes in, acts out. A device, or a node that measures itself, is known by the last
part of its topic, which is the id of a source.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field

from command_centre.errors import GarbledReading
from command_centre.instruments import quantities, sparkplug
from command_centre.instruments.acts import Act, Declared, Garbled, Measured, Rebirth, SequenceGap

NAMESPACE = "spBv1.0"
MAX_NODES = 500
MAX_DEVICES = 200  # of one node
_SEQUENCE = 256
_REMEMBERED = 256  # messages of a node recognised when they are delivered again
REBIRTH = "Node Control/Rebirth"


@dataclass
class _Device:
    """One device (or the node itself) since its birth."""

    alive: bool = False
    names: dict[int, str] = field(default_factory=dict)  # alias: name
    values: dict[str, int] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    where: dict[str, float] = field(default_factory=dict)


@dataclass
class _Node:
    """One edge node."""

    group: str
    born: bool = False
    birth: int | None = None  # bdSeq of its birth
    expected: int | None = None
    devices: dict[str, _Device] = field(default_factory=dict)
    seen: deque[bytes] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class Nodes:
    """Every node of the groups we listen to."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], _Node] = {}

    def remember(self, group: str, node: str, device: str) -> None:
        """A device of a node was alive when we last ran; its birth is to be asked for again."""
        if len(self._nodes) < MAX_NODES:
            known = self._nodes.setdefault((group, node), _Node(group))
            known.devices.setdefault(device, _Device(alive=True))

    def take(self, topic: str, raw: bytes) -> list[Act]:
        """What a message of the Sparkplug namespace asks of us; nothing for other topics."""
        parts = topic.split("/")
        if len(parts) not in (4, 5) or parts[0] != NAMESPACE or parts[1] == "STATE":
            return []
        _, group, kind, name, *rest = parts
        device = rest[0] if rest else ""
        if kind not in _KINDS or (kind[0] == "D") is not bool(device):
            return []
        try:
            payload = sparkplug.decode(raw)
            return self._take(group, name, kind, device, payload, hashlib.sha256(raw).digest())
        except GarbledReading as error:
            return [Garbled(device or name, str(error))]

    def _take(
        self,
        group: str,
        name: str,
        kind: str,
        device: str,
        payload: sparkplug.Payload,
        digest: bytes,
    ) -> list[Act]:
        node = self._nodes.get((group, name))
        if node is None:
            if len(self._nodes) >= MAX_NODES:
                raise GarbledReading(f"more than {MAX_NODES} nodes")
            node = self._nodes[group, name] = _Node(group)
        if kind == "NDEATH":
            return _node_death(node, name, payload)
        acts: list[Act] = []
        if digest not in node.seen:
            node.seen.append(digest)
            if kind == "NBIRTH":
                acts += _node_birth(node, name, payload)
            else:
                acts += _numbered(node, group, name, payload)
        about = device or name
        if kind == "DBIRTH":
            acts += _device_birth(node, name, about)
        elif kind == "DDEATH":
            return acts + _device_death(node, name, about)
        return acts + _values(node, about, payload, birth=kind.endswith("BIRTH"))


_KINDS = frozenset({"NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA"})


def _node_birth(node: _Node, name: str, payload: sparkplug.Payload) -> list[Act]:
    before = node.devices.get(name)
    node.born = True
    node.birth = _birth_number(payload)
    node.expected = None if payload.seq is None else (payload.seq + 1) % _SEQUENCE
    node.devices[name] = _Device(alive=True)
    return [] if before is not None and before.alive else [_born(node, name, "NBIRTH", name)]


def _numbered(node: _Node, group: str, name: str, payload: sparkplug.Payload) -> list[Act]:
    """Check the number of a message; before a birth there is nothing to compare it with."""
    if not node.born:
        return [Rebirth(group, name)]
    if payload.seq is None or not 0 <= payload.seq < _SEQUENCE:
        raise GarbledReading("a message after the birth has a seq of 0 to 255")
    expected, node.expected = node.expected, (payload.seq + 1) % _SEQUENCE
    if expected is None or payload.seq == expected:
        return []
    devices = tuple(sorted(one for one, device in node.devices.items() if device.alive))
    return [SequenceGap(group, name, devices, expected, payload.seq), Rebirth(group, name)]


def _born(node: _Node, about: str, by: str, name: str) -> Declared:
    return Declared(about, True, by, node.group, name)


def _died(node: _Node, about: str, by: str, name: str) -> Declared:
    return Declared(about, False, by, node.group, name)


def _device_birth(node: _Node, name: str, about: str) -> list[Act]:
    if about not in node.devices and len(node.devices) >= MAX_DEVICES:
        raise GarbledReading(f"more than {MAX_DEVICES} devices of one node")
    before = node.devices.get(about)
    node.devices[about] = _Device(alive=True)
    if before is not None and before.alive:
        return []  # announced again because we asked
    return [_born(node, about, "DBIRTH", name)]


def _device_death(node: _Node, name: str, about: str) -> list[Act]:
    device = node.devices.setdefault(about, _Device())
    device.alive = False
    return [_died(node, about, "DDEATH", name)]


def _node_death(node: _Node, name: str, payload: sparkplug.Payload) -> list[Act]:
    """The broker says that the node is gone; a death of an earlier birth is old news."""
    if node.born and node.birth is not None and _birth_number(payload) != node.birth:
        return []
    node.born = False
    dead: list[Act] = []
    for about, device in sorted(node.devices.items()):
        if device.alive:
            device.alive = False
            dead.append(_died(node, about, "NDEATH", name))
    return dead


def _birth_number(payload: sparkplug.Payload) -> int | None:
    for metric in payload.metrics:
        if metric.name == "bdSeq" and isinstance(metric.value, int):
            return metric.value
    return None


def _values(node: _Node, about: str, payload: sparkplug.Payload, *, birth: bool) -> list[Act]:
    device = node.devices.setdefault(about, _Device())
    measured = False
    for metric in payload.metrics:
        if birth and metric.name and metric.alias is not None:
            device.names[metric.alias] = metric.name
        name = metric.name or device.names.get(metric.alias if metric.alias is not None else -1, "")
        if metric.historical:
            continue  # an outage's values do not say how things stand; the node's store has them
        measured |= _one(device, name, metric.value)
    if not measured:
        return []
    return [
        Measured(
            about,
            dict(device.values),
            tuple(sorted(flag for flag, on in device.flags.items() if on)),
            _position(device.where),
            None if payload.t_ms is None else payload.t_ms * 1000,
        )
    ]


def _one(device: _Device, name: str, value: sparkplug.Value | None) -> bool:
    """Take one metric; true when it is something we record."""
    path = name.lower().split("/")
    if len(path) > 1 and path[-2] in ("alarm", "alarms") and isinstance(value, bool):
        if len(device.flags) < quantities.MAX_ALARMS:
            device.flags[name.rsplit("/", 1)[1][: quantities.MAX_ALARM_CHARACTERS]] = value
        return True
    if path[-1] in ("lat", "latitude", "lon", "longitude") and isinstance(value, int | float):
        device.where[path[-1][:3]] = float(value)
        return True
    known = quantities.quantity(name)
    if known is None:
        return False
    if value is None:
        device.values.pop(known, None)  # a sensor that says it has no value
        return True
    device.values[known] = quantities.thousandths(known, value)
    return True


def _position(where: dict[str, float]) -> dict[str, int] | None:
    if not {"lat", "lon"} <= where.keys():
        return None
    return quantities.position(dict(where))


def rebirth_payload(now_us: int) -> bytes:
    """The command that asks a node to announce itself again."""
    metric = sparkplug.Metric(name=REBIRTH, value=True)
    return sparkplug.encode(sparkplug.Payload(now_us // 1000, None, (metric,)))
