"""Order, loss and what is asked for again."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from recorder.ingest.reorder import ATTEMPTS, JUMP, NACK_LIST, Lost, ReorderBuffer


def play(buffer: ReorderBuffer[int], arrivals: list[tuple[int, int]]) -> list[int | Lost]:
    out: list[int | Lost] = []
    for number, at_us in arrivals:
        out += buffer.add(number & 0xFFFF, number, at_us)
    return out


@given(st.integers(0, 0xFFFF), st.integers(0, 1 << 30), st.integers(1, 200))
def test_whatever_comes_within_the_wait_leaves_in_order(first: int, seed: int, count: int) -> None:
    chance = random.Random(seed)
    numbers = list(range(first + 1, first + count))
    arrivals = sorted(numbers, key=lambda n: n + chance.random() * 20)
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000_000)
    out = play(buffer, [(first, 0)] + [(n, i * 100) for i, n in enumerate(arrivals)])
    assert out == [first, *numbers]
    assert buffer.lost == 0
    assert buffer.expected == buffer.received == count


@given(st.sets(st.integers(1, 300), max_size=100), st.integers(0, 0xFFFF))
def test_what_stays_away_is_counted_where_it_was(missing: set[int], first: int) -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000)
    present = [n for n in range(302) if n not in missing]
    out = play(buffer, [(first + n, n * 10_000) for n in present])
    out += buffer.expire(10_000_000)
    assert [item for item in out if not isinstance(item, Lost)] == [first + n for n in present]
    assert sum(item.packets for item in out if isinstance(item, Lost)) == len(missing)
    assert buffer.lost == len(missing)


@given(st.lists(st.integers(0, 0xFFFF), max_size=300))
def test_any_numbers_at_all(numbers: list[int]) -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(50_000)
    for index, number in enumerate(numbers):
        buffer.add(number, number, index * 10_000)
        buffer.due(index * 10_000)
    buffer.expire(1 << 40)
    assert len(buffer._held) == 0
    assert len(buffer._missing) <= 2 * JUMP


def test_duplicates_and_late_ones_are_dropped() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000)
    assert play(buffer, [(1, 0), (2, 0), (2, 1), (1, 1), (4, 2), (4, 3)]) == [1, 2]
    assert play(buffer, [(5, 5_000)]) == [Lost(1), 4, 5]
    assert play(buffer, [(3, 5_001)]) == []


def test_asks_few_times_and_backs_off() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(10_000_000)
    play(buffer, [(1, 0), (3, 0)])
    asked = [at for at in range(0, 5_000_000, 5_000) if buffer.due(at)]
    assert len(asked) == ATTEMPTS
    waits = [b - a for a, b in itertools.pairwise(asked)]
    assert waits == [30_000, 60_000, 120_000, 240_000]


def test_asks_for_a_bounded_list_and_not_for_a_hopeless_hole() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(10_000_000)
    play(buffer, [(1, 0), (202, 0)])
    assert len(buffer.due(10_000)) == NACK_LIST
    hopeless: ReorderBuffer[int] = ReorderBuffer(10_000_000)
    play(hopeless, [(1, 0), (902, 0)])
    assert hopeless.due(10_000) == []


def test_a_restart_of_the_sender_is_followed_after_two_packets() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000)
    assert play(buffer, [(10, 0), (12, 0)]) == [10]
    assert play(buffer, [(30_000, 1)]) == []
    assert play(buffer, [(30_001, 2)]) == [Lost(1), 12, Lost(1), 30_001]
    assert play(buffer, [(30_002, 3)]) == [30_002]


def test_one_stray_number_changes_nothing() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000)
    assert play(buffer, [(10, 0), (30_000, 1), (11, 2), (30_001, 3), (12, 4)]) == [10, 11, 12]


def test_the_number_wraps() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000)
    assert play(buffer, [(0xFFFE, 0), (0xFFFF, 0), (0x10001, 0)]) == [0xFFFE, 0xFFFF]
    assert buffer.due(10_000) == [0]
    assert play(buffer, [(0x10000, 0)]) == [0x10000, 0x10001]


def test_is_patient_when_it_could_not_ask() -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(1_000)
    play(buffer, [(1, 0), (3, 0)])
    assert buffer.expire(2_999) == []
    assert play(buffer, [(2, 2_999)]) == [2, 3]
    play(buffer, [(5, 10_000)])
    assert buffer.expire(13_000) == [Lost(1), 5]
