"""Plain JSON of instruments: a reading or a refusal, whatever the bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.errors import GarbledReading
from command_centre.instruments.plain_json import MAX_BYTES, decode


def test_values_become_thousandths_under_our_names() -> None:
    said = {"values": {"O2_vol": 20.9, "lel": 3, "H2S": 0.25, "pump": 1}, "alarms": ["LOW"]}
    reading = decode("gas-03", json.dumps(said).encode())
    assert reading.values == {"O2_vol": 20_900, "LEL_pct": 3_000, "H2S_ppm": 250}
    assert (reading.device, reading.alarms, reading.t_us) == ("gas-03", ("LOW",), None)


@pytest.mark.parametrize("t", [1_795_000_000_123, "2026-11-18T12:26:40.123Z"])
def test_the_instruments_time(t: int | str) -> None:
    raw = json.dumps({"values": {"O2_vol": 20}, "t": t}).encode()
    t_us = decode("x", raw).t_us
    assert t_us is not None
    assert t_us % 1_000_000 == 123_000


def test_a_position_alone_is_a_reading() -> None:
    raw = json.dumps({"position": {"lat": 34.25, "lon": 108.95, "accuracy_m": 4.5}}).encode()
    assert decode("x", raw).position == {
        "lat_e7": 342_500_000, "lon_e7": 1_089_500_000, "accuracy_mm": 4_500,
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b'{"values": 3}',
        b'{"values": {"pump": 1}}',
        b'{"values": {"O2_vol": "20.9"}}',
        b'{"values": {"O2_vol": true}}',
        b'{"values": {"O2_vol": 1e400}}',
        b'{"values": {"O2_vol": -1}}',
        b'{"values": {"O2_vol": 20}, "t": "yesterday"}',
        b'{"values": {"O2_vol": 20}, "t": "2026-11-18T12:26:40"}',
        b'{"values": {"O2_vol": 20}, "t": 1e99}',
        b'{"values": {"O2_vol": 20}, "alarms": "LOW"}',
        b'{"values": {"O2_vol": 20}, "alarms": [1]}',
        b'{"position": {"lat": 91, "lon": 0}}',
        b'{"position": {"lat": 1}}',
        b'{"position": 3}',
        b" " * (MAX_BYTES + 1),
        b"[" * 5000,
    ],
)
def test_what_is_refused(said: bytes) -> None:
    with pytest.raises(GarbledReading):
        decode("gas-03", said)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["values", "alarms", "t", "position", "lat", "lon", "O2_vol", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(_JSON)
def test_any_json_is_a_reading_or_a_refusal(value: Any) -> None:
    try:
        reading = decode("x", json.dumps(value).encode())
    except GarbledReading:
        return
    assert reading.values or reading.position
