"""Cases with the last verdict of each: which verification counts, what was wrong, who is told."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import Any

from sqlalchemy import select

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.permissions import Caller
from command_centre.desk.verified_cases import WRONG_MAX, list_verified, verified_of
from config.words import Role
from tests.command_centre.centre import CASE, Centre

T = 1_795_000_000_000_000


async def _verified(
    centre: Centre,
    job: str,
    created_us: int,
    *,
    state: str = "done",
    verdict: str = "complete",
    findings: tuple[str, ...] = (),
    target: tuple[str, str] = ("case", CASE),
    error: str = "",
) -> None:
    result = {"verdict": verdict, "findings": [{"code": code} for code in findings]}

    def put(writing: Writing) -> None:
        account = writing.execute(
            select(schema.account.c.id).where(schema.account.c.role == "auditor")
        ).scalar()
        writing.execute(
            schema.job.insert().values(
                id=job,
                kind="verify",
                target_kind=target[0],
                target=target[1],
                state=state,
                progress=420 if state == "running" else 1000,
                result=json.dumps(result) if state == "done" else "",
                error=json.dumps({"code": error, "detail": ""}) if error else "",
                by_account=account,
                created_us=created_us,
                finished_us=None if state == "running" else created_us + 5,
            )
        )

    await centre.context.database.write(put)


async def _cases(centre: Centre, role: str = "auditor") -> list[dict[str, Any]]:
    async with centre.client(role) as client:
        answer = await client.get("/api/verified-cases")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cases"]
    return found


async def test_a_case_that_was_never_verified_says_so(centre: Centre) -> None:
    await centre.open_room("room1")
    [one] = await _cases(centre)
    assert (one["id"], one["last"], one["running"]) == (CASE, None, "")
    assert (one["sessions"], one["since"]) == (1, 1)


async def test_the_newest_of_the_whole_case_that_ended_counts(centre: Centre) -> None:
    await centre.open_room("room1")
    await _verified(centre, "jb-1", T - 50, verdict="altered", findings=("altered",))
    await _verified(centre, "jb-2", T - 40)
    [one] = await _cases(centre)
    assert (one["last"]["job"], one["last"]["verdict"]) == ("jb-2", "complete")
    assert one["last"]["by_name"]
    assert (one["last"]["finished_us"], one["last"]["wrong"]) == (T - 35, [])
    assert one["since"] == 1  # the session opened after it
    await _verified(centre, "jb-4", T - 20, state="running")
    [one] = await _cases(centre, "manager")
    assert (one["running"], one["progress"]) == ("jb-4", 420)
    assert one["last"]["job"] == "jb-2"  # what is known until it ends
    await _verified(centre, "jb-5", T + 9_000_000_000, state="failed", error="store_unreadable")
    [one] = await _cases(centre)
    assert (one["running"], one["since"]) == ("", 0)
    assert (one["last"]["state"], one["last"]["error"]) == ("failed", "store_unreadable")
    assert one["last"]["verdict"] == ""


async def test_a_session_verified_by_itself_counts(centre: Centre) -> None:
    first, second = await centre.open_room("room1"), await centre.open_room("room2")
    now_us = centre.clock.now_us()
    await _verified(centre, "jb-1", now_us + 1, target=("session", first))
    [one] = await _cases(centre)
    assert (one["last"]["job"], one["last"]["session"]) == ("jb-1", first)
    assert (one["whole"], one["singly"], one["sessions"], one["since"]) == (False, 1, 2, 1)
    # of a session the newest counts; of several the worst is shown, however old
    await _verified(centre, "jb-2", now_us + 2, verdict="missing", target=("session", second))
    await _verified(centre, "jb-3", now_us + 3, target=("session", first))
    [one] = await _cases(centre)
    assert (one["last"]["job"], one["last"]["verdict"]) == ("jb-2", "missing")
    assert (one["singly"], one["since"]) == (2, 0)
    # the case as a whole comes after them
    await _verified(centre, "jb-4", now_us + 4, verdict="altered")
    [one] = await _cases(centre)
    assert (one["last"]["job"], one["last"]["session"]) == ("jb-4", "")
    assert (one["whole"], one["singly"]) == (True, 0)
    # and no good session hides what was found of the whole
    await _verified(centre, "jb-5", now_us + 5, target=("session", first))
    [one] = await _cases(centre)
    assert (one["last"]["job"], one["singly"]) == ("jb-4", 1)
    await _verified(centre, "jb-6", now_us + 6)
    await _verified(
        centre, "jb-7", now_us + 7, state="failed", error="gone", target=("session", first)
    )
    [one] = await _cases(centre)
    assert (one["last"]["job"], one["last"]["state"]) == ("jb-7", "failed")


async def test_what_was_wrong_is_counted_by_kind(centre: Centre) -> None:
    kinds = ("altered",) * 4 + ("ticks",) * 3 + ("missing",) * 2
    more = ("unlisted", "accounting", "receipt", "unreadable")
    await _verified(centre, "jb-1", T, verdict="altered", findings=(*more, *kinds))
    [one] = await _cases(centre)
    last = one["last"]
    assert last["findings"] == 13
    assert len(last["wrong"]) == WRONG_MAX
    assert last["wrong"][:3] == [
        {"code": "altered", "n": 4},
        {"code": "ticks", "n": 3},
        {"code": "missing", "n": 2},
    ]


async def test_only_who_audits_a_case_reads_of_it(centre: Centre) -> None:
    for role in ("interviewer", "administrator"):
        async with centre.client(role) as client:
            assert (await client.get("/api/verified-cases")).status_code == 403, role
    read = centre.context.database.read
    manager = Caller("a", "lin", "林", Role.MANAGER, frozenset(), "lo", cases={CASE: Role.MANAGER})
    assert [one.id for one in (await read(lambda c: verified_of(c, manager))).cases] == [CASE]
    asks = dataclasses.replace(manager, cases={CASE: Role.INTERVIEWER})  # who only asks there
    for caller in (asks, dataclasses.replace(manager, cases={})):
        assert (await read(partial(verified_of, caller=caller))).cases == []
    assert (await read(lambda c: list_verified(c, set()))).cases == []
