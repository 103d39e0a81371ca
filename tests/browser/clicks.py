"""What each journey costs a person in presses, counted in the browser against its target.

The journeys are walked by the tests of the desks; each counts the stretch between two states that a
person sees. A press is one of the mouse or a finger (held or not), or a key that is not writing:
Enter, and any key outside a text field. The table in web/README.md is made of these numbers.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Page


@dataclass(frozen=True)
class Journey:
    """From one state to another: how many presses it takes, and how many it may take at most."""

    who: str
    what: str
    presses: int
    most: int
    walked_by: str  # file in tests/browser


#: Targets of facts/field.md E.4; where it names none, as few as the act can be done with.
JOURNEYS = {
    "wall": Journey("manager", "signed in to every room of the case live", 2, 3, "test_compare"),
    "badge": Journey(
        "manager", "badge to both recordings playing at the words", 2, 2, "test_compare"
    ),
    "call": Journey("manager", "device on the wall to its phone ringing", 1, 1, "test_device"),
    "question": Journey("manager", "a kept question sent to every room", 3, 3, "test_compare"),
    "start": Journey(
        "interviewer", "tablet at rest to recording, all points met", 4, 4, "test_room"
    ),
    "marker": Journey("interviewer", "a moment marked", 1, 1, "test_room"),
    "caught up": Journey("interviewer", "centre lost to everything caught up", 0, 0, "test_room"),
    "asked": Journey("interviewer", "a prompt told to be asked", 1, 1, "test_main_job"),
    "not now": Journey("interviewer", "a prompt told not to be asked now", 1, 1, "test_main_job"),
    "sentence": Journey("interviewer", "a sentence heard again", 1, 1, "test_sentence_sound"),
    "verdict": Journey(
        "auditor", "audit desk to the verdict of the whole case", 1, 1, "test_main_job"
    ),
    "package": Journey(
        "auditor", "package dropped to its exceptions and the report", 2, 2, "test_auditor"
    ),
    "access": Journey("auditor", "who looked at, took and exported what", 2, 3, "test_case_log"),
    "prompted": Journey("auditor", "who prompted whom with what", 2, 3, "test_main_job"),
    "counsel": Journey(
        "interviewee", "pause for counsel to picture and sound covered", 1, 1, "test_pause"
    ),
    "receipt": Journey("interviewee", "receipt scanned to the public answer", 0, 0, "test_room"),
    "phone": Journey("device operator", "code scanned to recording", 1, 1, "test_device"),
    "help": Journey("device operator", "SOS to the alarm at the wall", 1, 1, "test_device"),
    "called": Journey(
        "device operator", "call from the centre to being heard there", 2, 2, "test_device"
    ),
    "calls": Journey(
        "device operator", "phone to ringing at the desks of the centre", 1, 1, "test_device"
    ),
    "stop": Journey("device operator", "recording to stopped and handed over", 1, 1, "test_device"),
    "owed": Journey(
        "device operator", "network back to everything handed over", 0, 0, "test_device"
    ),
}

_LISTEN = """
(() => {
    if (window.journeyListens) return
    window.journeyListens = true
    const pressed = (event) => { if (event.isTrusted) window.journeyPress() }
    const written = (target) => target instanceof Element && target.matches('input, textarea')
    addEventListener('pointerdown', pressed, true)
    addEventListener('keydown', (event) => {
        if (!event.repeat && (event.key === 'Enter' || !written(event.target))) pressed(event)
    }, true)
})()
"""


class Clicks:
    """Counts presses on one page, whatever address it goes to."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.presses = 0

    @classmethod
    async def on(cls, page: Page) -> Clicks:
        """Begin to count."""
        clicks = cls(page)
        await page.expose_function("journeyPress", clicks._press)
        await page.add_init_script(_LISTEN)
        await page.evaluate(_LISTEN)
        return clicks

    def _press(self) -> None:
        self.presses += 1

    @contextlib.asynccontextmanager
    async def journey(self, name: str) -> AsyncIterator[None]:
        """The body is this journey: it takes exactly the presses that the table says."""
        wanted, before = JOURNEYS[name], self.presses
        yield
        await self._page.evaluate("0")  # what was pressed has been told by now
        taken = self.presses - before
        print(f"{wanted.who}: {wanted.what}: {taken} presses, at most {wanted.most}")
        assert taken == wanted.presses, f"{wanted.what}: {taken} presses, not {wanted.presses}"


def table_text() -> str:
    """The table of web/README.md."""
    head = "| who | from, to | presses | at most | walked by |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| {one.who} | {one.what} | {one.presses} | {one.most} | `{one.walked_by}` |\n"
        for one in JOURNEYS.values()
    )
