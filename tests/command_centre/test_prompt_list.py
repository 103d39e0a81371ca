"""Every prompt of a case, page by page: found, filtered and sorted at the centre."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.cases import LATEST_PROMPTS, read_case
from command_centre.desk.prompt_list import STATES
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit
from tests.command_centre.test_audit import audit as audit
from tests.evidence_store.builder import SECOND, START_US

URL = f"/api/cases/{CASE}/prompts"
MANY = LATEST_PROMPTS + 150


def send(writing: Writing, session: str, n: int, *steps: str, **values: Any) -> None:
    """A prompt that took these steps, a second apart from the next one."""
    row = {
        "id": f"pr-{n:04}",
        "group_id": f"g-{n}",
        "case_id": CASE,
        "session_id": session,
        "room_id": "room1",
        "text": f"核实第 {n} 点",
        "by_name": "林某" if n % 2 else "周某",
        "state": steps[-1] if steps else "issued",
        "reason": "",
        "log_index": 2_000_000 + n,
    }
    writing.execute(schema.prompt.insert().values({**row, **values}))
    for at, state in enumerate(("issued", *steps)):
        step = {
            "prompt_id": row["id"],
            "state": state,
            "t_us": START_US + n * SECOND + at,
            "log_index": 3_000_000 + 10 * n + at,
        }
        writing.execute(schema.prompt_step.insert().values(step))


async def ask(audit: Audit, role: str = "auditor", **params: Any) -> dict[str, Any]:
    async with audit.client(role) as client:
        return dict((await client.get(URL, params=params)).json())


async def seal(audit: Audit, closed_us: int | None) -> None:
    table = schema.session
    said = update(table).where(table.c.id == audit.session).values(closed_us=closed_us)
    await audit.context.database.write(lambda writing: writing.execute(said))


async def test_none_is_left_out(audit: Audit) -> None:
    def many(writing: Writing) -> None:
        for n in range(MANY):
            send(writing, audit.session, n)

    await audit.context.database.write(many)
    pages = [await ask(audit, limit=100, offset=at) for at in range(0, MANY + 100, 100)]
    ids = [one["id"] for page in pages for one in page["prompts"]]
    assert ids == [f"pr-{n:04}" for n in reversed(range(MANY))]
    assert {page["total"] for page in pages} == {MANY}
    assert pages[0]["senders"] == ["周某", "林某"]
    oldest = await ask(audit, limit=1, order="up")
    assert oldest["prompts"][0]["text"] == "核实第 0 点"
    # a desk that opens is given the latest only: that one is not among them
    case = await audit.context.database.read(lambda connection: read_case(connection, CASE))
    assert len(case.prompts) == LATEST_PROMPTS
    assert "pr-0000" not in {one.id for one in case.prompts}


async def test_filters_and_orders(audit: Audit) -> None:
    def some(writing: Writing) -> None:
        for n in range(12):
            send(writing, audit.session, n, "delivered", "shown")

    await audit.context.database.write(some)

    async def texts(**params: Any) -> list[int]:
        found = (await ask(audit, limit=500, **params))["prompts"]
        return [int(one["id"].removeprefix("pr-")) for one in found]

    assert await texts(senders="林某") == [11, 9, 7, 5, 3, 1]
    assert await texts(senders="林某|周某", text="第 1") == [11, 10, 1]
    assert await texts(text="林某", order="up") == [1, 3, 5, 7, 9, 11]
    assert len(await texts(whom="张某")) == 12
    assert await texts(whom="李某") == []
    assert await texts(from_us=START_US + 2 * SECOND, to_us=START_US + 4 * SECOND) == [3, 2]
    assert (await texts(sort="by", order="up"))[:6] == [10, 8, 6, 4, 2, 0]
    assert (await texts(sort="text", order="up"))[:3] == [0, 1, 10]
    for order in ("whom", "state"):
        assert sorted(await texts(sort=order)) == list(range(12))
    wrong = ({"limit": 501}, {"sort": "colour"}, {"states": "lost"}, {"whom": "x" * 201})
    for params in wrong:
        assert (await ask(audit, **params))["code"] == "malformed_request"


STANDING = {
    "unshown": ("delivered",),
    "shown": ("delivered", "shown"),
    "asked": ("shown", "acknowledged"),
    "answered": ("shown", "acknowledged", "answered"),
    "declined": ("shown", "declined"),
    "withdrawn": ("shown", "withdrawn"),
}
AT_SEAL = {"unshown": "unasked", "shown": "unasked", "asked": "unanswered"}


@pytest.mark.parametrize("sealed", [False, True])
async def test_what_became_of_each(audit: Audit, sealed: bool) -> None:
    def each(writing: Writing) -> None:
        for n, (state, steps) in enumerate(STANDING.items()):
            reason = {"reason": "rest"} if state == "declined" else {}
            send(writing, audit.session, n, *steps, **reason)

    await audit.context.database.write(each)
    await seal(audit, START_US + 60 * SECOND if sealed else None)
    whole = await ask(audit, order="up")
    became = [AT_SEAL.get(state, state) if sealed else state for state in STANDING]
    assert [one["became"] for one in whole["prompts"]] == became
    assert set(became) <= {*STATES}
    assert [one["reason"] for one in whole["prompts"] if one["reason"]] == ["rest"]
    (declined,) = (await ask(audit, states="declined"))["prompts"]
    assert (declined["person_name"], declined["by_name"]) == ("张某", "周某")
    assert (await ask(audit, states="|".join(STATES)))["total"] == len(STANDING)


async def test_of_ones_rooms_only(audit: Audit) -> None:
    await audit.context.database.write(lambda writing: send(writing, audit.session, 1))
    assert (await ask(audit))["total"] == 1
    table = schema.account
    bind = update(table).where(table.c.account == "auditor").values(rooms="room2")
    await audit.context.database.write(lambda writing: writing.execute(bind))
    bound = await ask(audit)
    assert msgspec.to_builtins(bound) == {"prompts": [], "total": 0, "senders": []}
    assert (await ask(audit, "interviewer"))["code"] == "forbidden"
