"""Every microsecond is recorded or missing, once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.words import GapCause
from recorder.ledger import Gap, Ledger

causes = st.sampled_from(list(GapCause))
spans = st.tuples(st.integers(0, 500), st.integers(1, 500))


@given(st.lists(st.tuples(spans, causes, st.booleans()), max_size=40))
def test_the_account_always_balances(steps: list[tuple[tuple[int, int], GapCause, bool]]) -> None:
    ledger = Ledger(1000)
    position = 1000
    for (hole, length), cause, stored in steps:
        start = position + hole
        position = start + length
        if not stored:
            ledger.note(start, position, GapCause.DISK)
            continue
        gaps = ledger.gaps_until(start, cause)
        ledger.declare(gaps)
        ledger.record(start, position)
        assert ledger.balanced
        assert ledger.end_us == position
    ledger.declare(ledger.gaps_until(position + 7, GapCause.PUBLISHER))
    assert ledger.balanced
    assert ledger.end_us == position + 7


def test_causes_are_told_apart() -> None:
    ledger = Ledger(0)
    ledger.note(10, 20, GapCause.DISK)
    ledger.note(20, 30, GapCause.DISK)
    ledger.note(25, 40, GapCause.RECORDER)
    ledger.note(50, 50, GapCause.RECORDER)
    assert ledger.gaps_until(60, GapCause.NETWORK) == [
        Gap(0, 10, GapCause.NETWORK),
        Gap(10, 30, GapCause.DISK),
        Gap(30, 40, GapCause.RECORDER),
        Gap(40, 60, GapCause.NETWORK),
    ]
    assert ledger.gaps_until(0, GapCause.NETWORK) == []


def test_gaps_are_counted() -> None:
    ledger = Ledger(0)
    ledger.declare(ledger.gaps_until(5, GapCause.NETWORK))
    ledger.record(5, 9)
    assert (ledger.gap_us, ledger.gaps, ledger.recorded_us, ledger.segments) == (5, 1, 4, 1)
