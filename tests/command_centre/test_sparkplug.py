"""Sparkplug B: payloads both ways, and what births, deaths and numbers mean."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.errors import GarbledReading
from command_centre.instruments.acts import Act, Declared, Garbled, Measured, Rebirth, SequenceGap
from command_centre.instruments.nodes import Nodes
from command_centre.instruments.sparkplug import Metric, Payload, decode, encode

NODE = "spBv1.0/plant"
#: Written out by hand from sparkplug_b.proto: timestamp 1486144502122, one metric "Temp" (double,
#: 21.5), seq 2.
VECTOR = bytes.fromhex(
    "08eaf2f5a8a02b"  # 1: timestamp
    "12180a0454656d7018eaf2f5a8a02b200a"  # 2: metric, name, timestamp, datatype 10 (double)
    "690000000000803540"  # 13: double 21.5
    "1802"  # 3: seq
)


def test_a_payload_written_by_hand_is_read() -> None:
    payload = decode(VECTOR)
    assert payload.t_ms == 1486144502122
    assert payload.seq == 2
    [metric] = payload.metrics
    assert (metric.name, metric.value, metric.t_ms) == ("Temp", 21.5, 1486144502122)


_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
)
_METRICS = st.builds(
    Metric,
    name=st.text(max_size=20),
    alias=st.none() | st.integers(0, 2**32),
    t_ms=st.none() | st.integers(0, 2**45),
    value=_VALUES,
    historical=st.booleans(),
)


@given(
    st.builds(
        Payload,
        t_ms=st.none() | st.integers(0, 2**45),
        seq=st.none() | st.integers(0, 255),
        metrics=st.lists(_METRICS, max_size=5).map(tuple),
    )
)
def test_payloads_come_back_the_same(payload: Payload) -> None:
    assert decode(encode(payload)) == payload


@given(st.binary(max_size=200) | st.binary(max_size=20).map(lambda tail: VECTOR[:9] + tail))
def test_any_bytes_are_a_payload_or_garbled(raw: bytes) -> None:
    with contextlib.suppress(GarbledReading):
        decode(raw)
    nodes = Nodes()
    for kind in ("NBIRTH/n", "NDATA/n", "DBIRTH/n/d", "DDATA/n/d", "DDEATH/n/d", "NDEATH/n"):
        nodes.take(f"spBv1.0/g/{kind}", raw)


def _send(
    nodes: Nodes, kind: str, seq: int | None, *metrics: Metric, device: str = "gas-03", t: int = 1
) -> list[Act]:
    topic = f"{NODE.rsplit('/', 1)[0]}/plant/{kind}/node1"
    if kind.startswith("D"):
        topic += f"/{device}"
    return nodes.take(topic, encode(Payload(1000 * t + (seq or 0), seq, metrics)))


BIRTH = Metric("bdSeq", value=7)
O2 = Metric("Gas/O2", alias=1, value=20.9)


def _born(nodes: Nodes) -> None:
    _send(nodes, "NBIRTH", 0, BIRTH)
    _send(nodes, "DBIRTH", 1, O2, Metric("battery", alias=2, value=88.0))


def test_births_say_who_is_there_and_data_may_use_aliases() -> None:
    nodes = Nodes()
    assert _send(nodes, "NBIRTH", 0, BIRTH) == [Declared("node1", True, "NBIRTH", "plant", "node1")]
    acts = _send(nodes, "DBIRTH", 1, O2, Metric("battery", alias=2, value=88.0))
    assert acts[0] == Declared("gas-03", True, "DBIRTH", "plant", "node1")
    assert isinstance(acts[1], Measured)
    assert acts[1].values == {"O2_vol": 20_900, "battery_pct": 88_000}
    [data] = _send(nodes, "DDATA", 2, Metric(alias=1, value=18.5))
    assert isinstance(data, Measured)
    assert data.values == {"O2_vol": 18_500, "battery_pct": 88_000}, "values hold until they change"
    assert data.t_us == 1_002_000


def test_a_hole_in_the_numbers_is_told_and_a_rebirth_is_asked() -> None:
    nodes = Nodes()
    _born(nodes)
    acts = _send(nodes, "DDATA", 4, Metric(alias=1, value=20.0))
    assert acts[:2] == [
        SequenceGap("plant", "node1", ("gas-03", "node1"), 2, 4),
        Rebirth("plant", "node1"),
    ]
    assert isinstance(acts[2], Measured)
    assert len(_send(nodes, "DDATA", 5, Metric(alias=1, value=20.1))) == 1


def test_numbers_go_round() -> None:
    nodes = Nodes()
    _born(nodes)
    for seq in [*range(2, 256), 0, 1]:
        assert len(_send(nodes, "DDATA", seq, Metric(alias=1, value=20.0), t=seq + 9)) == 1


def test_a_message_delivered_again_is_no_hole() -> None:
    nodes = Nodes()
    _born(nodes)
    first = _send(nodes, "DDATA", 2, Metric(alias=1, value=20.0))
    _send(nodes, "DDATA", 3, Metric(alias=1, value=20.5))
    assert _send(nodes, "DDATA", 2, Metric(alias=1, value=20.0)) == first
    assert len(_send(nodes, "DDATA", 4, Metric(alias=1, value=20.6))) == 1


def test_a_death_of_the_node_is_the_death_of_its_devices() -> None:
    nodes = Nodes()
    _born(nodes)
    assert _send(nodes, "NDEATH", None, Metric("bdSeq", value=6)) == [], "of an earlier birth"
    assert _send(nodes, "NDEATH", None, BIRTH) == [
        Declared("gas-03", False, "NDEATH", "plant", "node1"),
        Declared("node1", False, "NDEATH", "plant", "node1"),
    ]
    assert _send(nodes, "NDEATH", None, BIRTH) == []
    again = _send(nodes, "NBIRTH", 0, Metric("bdSeq", value=8), t=2)
    assert again == [Declared("node1", True, "NBIRTH", "plant", "node1")]
    acts = _send(nodes, "DBIRTH", 1, O2, t=2)
    assert acts[0] == Declared("gas-03", True, "DBIRTH", "plant", "node1")


def test_a_device_may_die_alone() -> None:
    nodes = Nodes()
    _born(nodes)
    assert _send(nodes, "DDEATH", 2) == [Declared("gas-03", False, "DDEATH", "plant", "node1")]


def test_data_before_a_birth_asks_for_one() -> None:
    nodes = Nodes()
    acts = _send(nodes, "DDATA", 9, Metric("O2", value=20.9))
    assert acts[0] == Rebirth("plant", "node1")
    assert isinstance(acts[1], Measured), "a value with its name needs no birth"


def test_a_device_remembered_from_before_a_restart_can_die() -> None:
    nodes = Nodes()
    nodes.remember("plant", "node1", "gas-03")
    assert _send(nodes, "NDEATH", None, BIRTH) == [
        Declared("gas-03", False, "NDEATH", "plant", "node1")
    ]


def test_flags_positions_and_values_that_ended() -> None:
    nodes = Nodes()
    _born(nodes)
    [act] = _send(
        nodes,
        "DDATA",
        2,
        Metric("Alarms/O2_LOW", value=True),
        Metric("Position/Latitude", value=34.2),
        Metric("Position/Longitude", value=108.9),
        Metric(alias=1, value=None),
        Metric("O2", value=1.0, historical=True),
        Metric("Pump", value=1),
    )
    assert isinstance(act, Measured)
    assert act.alarms == ("O2_LOW",)
    assert act.position == {"lat_e7": 342_000_000, "lon_e7": 1_089_000_000, "accuracy_mm": 0}
    assert act.values == {"battery_pct": 88_000}


@pytest.mark.parametrize(
    ("kind", "metric", "seq"),
    [
        ("DDATA", Metric("O2", value="much"), 2),
        ("DDATA", Metric("O2", value=2000.0), 2),
        ("DDATA", Metric("O2", value=20.0), None),
        ("DDATA", Metric("O2", value=20.0), 300),
    ],
)
def test_what_cannot_be_is_garbled(kind: str, metric: Metric, seq: int | None) -> None:
    nodes = Nodes()
    _born(nodes)
    assert Garbled("gas-03") in _send(nodes, kind, seq, metric)


def test_other_topics_are_none_of_ours() -> None:
    nodes = Nodes()
    for topic in ("spBv1.0/STATE/x/y", "spBv1.0/g/NBIRTH/n/d", "spBv1.0/g/DDATA/n", "a/b/c/d"):
        assert nodes.take(topic, b"") == []
