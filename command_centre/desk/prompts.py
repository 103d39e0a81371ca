"""The prompt machine: which step may follow which state. Nothing else lives here.

    issued ── delivered ── shown ──┬── acknowledged ── answered
                                   └── declined

    issued, delivered, shown, declined ── withdrawn

Four rules.

1. A step is legal when its state directly follows the current one. Anything else raises
   ``IllegalStep``, naming the expected and the actual state.
2. A step whose state lies on the path already taken changes nothing: desks repeat themselves after
   a reconnect, and two desks of one room report the same thing.
3. What was asked cannot be withdrawn: its answer belongs to it. Nothing follows a withdrawal.

4. With its session a prompt is over: what is not final stays as it stood (``prompt_desk``). Only an
   answer may still be found, in words that were said before and recognised later.

The machine knows no time, no log and no room; ``desk.prompt_desk`` appends each step to the
recorder's log first, and ``desk.projection`` moves the state when the entry comes back.
"""

from __future__ import annotations

from command_centre.errors import CentreError
from config.words import PromptState

#: The state a prompt must be in for each step.
BEFORE: dict[PromptState, PromptState] = {
    PromptState.DELIVERED: PromptState.ISSUED,
    PromptState.SHOWN: PromptState.DELIVERED,
    PromptState.ACKNOWLEDGED: PromptState.SHOWN,
    PromptState.DECLINED: PromptState.SHOWN,
    PromptState.ANSWERED: PromptState.ACKNOWLEDGED,
}

#: States in which a prompt may be withdrawn: nobody has put it to the person yet.
WITHDRAWABLE = frozenset(
    {PromptState.ISSUED, PromptState.DELIVERED, PromptState.SHOWN, PromptState.DECLINED}
)

#: States nothing follows.
FINAL = frozenset({PromptState.ANSWERED, PromptState.WITHDRAWN})


class IllegalStep(CentreError):
    """The step does not follow the state."""

    def __init__(self, state: PromptState, step: PromptState) -> None:
        expected = BEFORE.get(step)
        wanted = f"the prompt to be {expected}" if expected else "no prompt of this id yet"
        if step is PromptState.WITHDRAWN:
            wanted = f"the prompt to be one of {', '.join(sorted(WITHDRAWABLE))}"
        super().__init__(f"{step} expects {wanted}, it is {state}")
        self.state = state
        self.step = step


def path_to(state: PromptState) -> tuple[PromptState, ...]:
    """Every state on the way, in order, the state itself last; of a withdrawal only itself."""
    before = BEFORE.get(state)
    return (*path_to(before), state) if before else (state,)


def advance(state: PromptState, step: PromptState) -> bool:
    """Whether the step moves the prompt; false for a repeat.

    Raises:
        IllegalStep: the step neither follows the state nor lies on the path to it.
    """
    if step in path_to(state):
        return False
    if step is PromptState.WITHDRAWN and state in WITHDRAWABLE:
        return True
    if BEFORE.get(step) is not state:
        raise IllegalStep(state, step)
    return True
