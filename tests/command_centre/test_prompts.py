"""The prompt machine: every step from every state, and sequences against a plain model."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from command_centre.desk.prompts import FINAL, WITHDRAWABLE, IllegalStep, advance, path_to
from config.words import PromptState as P

#: state -> steps that move it, steps that change nothing; every other raises
TABLE = {
    P.ISSUED: ({P.DELIVERED, P.WITHDRAWN}, {P.ISSUED}),
    P.DELIVERED: ({P.SHOWN, P.WITHDRAWN}, {P.ISSUED, P.DELIVERED}),
    P.SHOWN: ({P.ACKNOWLEDGED, P.DECLINED, P.WITHDRAWN}, {P.ISSUED, P.DELIVERED, P.SHOWN}),
    P.ACKNOWLEDGED: ({P.ANSWERED}, {P.ISSUED, P.DELIVERED, P.SHOWN, P.ACKNOWLEDGED}),
    P.DECLINED: ({P.WITHDRAWN}, {P.ISSUED, P.DELIVERED, P.SHOWN, P.DECLINED}),
    P.WITHDRAWN: (set(), {P.WITHDRAWN}),
    P.ANSWERED: (set(), {P.ISSUED, P.DELIVERED, P.SHOWN, P.ACKNOWLEDGED, P.ANSWERED}),
}


@pytest.mark.parametrize("state", list(P))
@pytest.mark.parametrize("step", list(P))
def test_every_step_from_every_state(state: P, step: P) -> None:
    moves, repeats = TABLE[state]
    if step in moves:
        assert advance(state, step) is True
    elif step in repeats:
        assert advance(state, step) is False
    else:
        with pytest.raises(IllegalStep) as error:
            advance(state, step)
        assert state in str(error.value)
        before = WITHDRAWABLE if step is P.WITHDRAWN else path_to(step)[-2:-1]
        assert all(one in str(error.value) for one in before)


def test_final_states_are_those_nothing_follows() -> None:
    assert frozenset(state for state, (moves, _) in TABLE.items() if not moves) == FINAL


def test_a_prompt_cannot_be_issued_twice_over_another() -> None:
    assert path_to(P.ANSWERED) == (P.ISSUED, P.DELIVERED, P.SHOWN, P.ACKNOWLEDGED, P.ANSWERED)
    assert path_to(P.DECLINED) == (P.ISSUED, P.DELIVERED, P.SHOWN, P.DECLINED)


class Desks(RuleBasedStateMachine):
    """Several desks report steps in any order, with repeats: the state only ever moves forward."""

    def __init__(self) -> None:
        super().__init__()
        self.state = P.ISSUED
        self.taken = [P.ISSUED]

    @rule(step=st.sampled_from(list(P)))
    def report(self, step: P) -> None:
        try:
            moved = advance(self.state, step)
        except IllegalStep:
            assert step not in self.taken or self.state is P.WITHDRAWN
            return
        if moved:
            assert step not in self.taken
            self.state = step
            self.taken.append(step)
        else:
            assert step in self.taken

    @invariant()
    def the_path_is_what_was_taken(self) -> None:
        before = [one for one in self.taken if one is not P.WITHDRAWN]
        assert path_to(before[-1]) == tuple(before)
        assert self.taken[len(before) :] in ([], [P.WITHDRAWN])

    @invariant()
    def it_is_never_both_declined_and_acknowledged(self) -> None:
        assert not {P.DECLINED, P.ACKNOWLEDGED} <= set(self.taken)

    @invariant()
    def what_was_asked_is_never_withdrawn(self) -> None:
        assert not {P.ACKNOWLEDGED, P.WITHDRAWN} <= set(self.taken)


TestDesks = Desks.TestCase
