"""Each track's time has one explanation, whatever the cause and whichever track it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.words import GapCause
from recorder.ledger import Ledger
from recorder.media import EncodedFrame, Kind, TimedFrame

SECOND = 1_000_000
STEP_US: dict[Kind, int] = {"video": 40_000, "audio": 20_000}


def frames(kind: Kind, start_us: int, end_us: int, *, lost: bool = False) -> list[TimedFrame]:
    """Frames that cover a stretch; packets before the first were lost, or not."""
    step_us = STEP_US[kind]
    return [
        TimedFrame(
            EncodedFrame(kind, "x", b"", at_us, True, at_us, 1, 1, lost and at_us == start_us),
            at_us,
            step_us,
        )
        for at_us in range(start_us, end_us, step_us)
    ]


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("cause", list(GapCause))
def test_a_hole_in_everything_is_a_gap_of_each_track(kind: Kind, cause: GapCause) -> None:
    """Disk, recorder, network, publisher: the whole was missing, so each track was."""
    ledger = Ledger(0)
    other: Kind = "audio" if kind == "video" else "video"
    both = {k: frames(k, 0, 2 * SECOND) for k in (kind, other)}
    ledger.commit(ledger.plan(0, 2 * SECOND, both, GapCause.PUBLISHER))
    if cause is GapCause.DISK:
        ledger.note(2 * SECOND, 5 * SECOND, cause)
    after = {k: frames(k, 5 * SECOND, 7 * SECOND) for k in (kind, other)}
    plan = ledger.plan(5 * SECOND, 7 * SECOND, after, cause)
    assert [(gap.length_us, gap.cause) for gap in plan.gaps] == [(3 * SECOND, cause)]
    assert plan.track_gaps == []
    ledger.commit(plan)
    account = ledger.tracks[kind]
    assert (account.recorded_us, account.gap_us, account.gaps) == (4 * SECOND, 3 * SECOND, 1)
    assert ledger.balanced


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("lost", [True, False], ids=["network", "publisher"])
def test_a_hole_in_one_track_has_its_own_cause(kind: Kind, lost: bool) -> None:
    ledger = Ledger(0)
    other: Kind = "audio" if kind == "video" else "video"
    own = frames(kind, 0, 2 * SECOND) + frames(kind, 5 * SECOND, 7 * SECOND, lost=lost)
    plan = ledger.plan(
        0, 7 * SECOND, {kind: own, other: frames(other, 0, 7 * SECOND)}, GapCause.RECORDER
    )
    assert plan.gaps == []
    [(track, gap)] = plan.track_gaps
    cause = GapCause.NETWORK if lost else GapCause.PUBLISHER
    assert (track, gap.cause, gap.end_us) == (kind, cause, 5 * SECOND)
    assert abs(gap.length_us - 3 * SECOND) < 50_000
    ledger.commit(plan)
    assert ledger.balanced
    assert ledger.tracks[other].gap_us == 0


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_track_that_comes_back_later_than_the_whole_shares_its_cause(kind: Kind) -> None:
    """After a restart of the recorder the picture waits for its key frame."""
    ledger = Ledger(0)
    other: Kind = "audio" if kind == "video" else "video"
    both = {k: frames(k, 0, 2 * SECOND) for k in (kind, other)}
    ledger.commit(ledger.plan(0, 2 * SECOND, both, GapCause.PUBLISHER))
    after = {
        kind: frames(kind, 6 * SECOND, 7 * SECOND),
        other: frames(other, 5 * SECOND, 7 * SECOND),
    }
    plan = ledger.plan(5 * SECOND, 7 * SECOND, after, GapCause.RECORDER)
    [(track, gap)] = plan.track_gaps
    assert (track, gap.cause, gap.length_us) == (kind, GapCause.RECORDER, SECOND)
    ledger.commit(plan)
    assert ledger.balanced


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(1, 4), st.booleans(), st.booleans(), st.booleans()
        ),
        min_size=1,
        max_size=12,
    )
)
def test_accounts_always_balance(
    steps: list[tuple[int, int, bool, bool, bool]],
) -> None:
    ledger = Ledger(0)
    at_us = 0
    for hole, length, video, audio, lost in steps:
        start_us, end_us = at_us + hole * SECOND, at_us + (hole + length) * SECOND
        wanted: list[Kind] = [k for k, on in (("video", video), ("audio", audio)) if on]  # type: ignore[misc]
        taken = {k: frames(k, start_us, end_us, lost=lost) for k in wanted}
        ledger.commit(ledger.plan(start_us, end_us, taken, GapCause.NETWORK))
        assert ledger.balanced
        at_us = end_us
    ledger.commit(ledger.plan_end(at_us + 3 * SECOND, GapCause.PUBLISHER))
    assert ledger.balanced
    assert all(track.until_us == ledger.end_us for track in ledger.tracks.values())
