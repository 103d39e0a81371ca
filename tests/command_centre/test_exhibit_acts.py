"""Exhibits renamed, withdrawn and restored: entries first, what was shown stays, who may."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from command_centre.desk.record_notes import evidence_of
from command_centre.desk.record_scene import _exhibits
from config.kinds import KINDS
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.pictures import png
from tests.command_centre.test_exhibits import EXHIBITS, added

ACTS = ("exhibit.added", "exhibit.renamed", "exhibit.withdrawn", "exhibit.restored")


async def _done(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def _refused(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = await client.post(path, json=body)
    return answer.status_code, answer.json()["code"]


def _entries(centre: Centre) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, body) for kind, body in centre.log.entries if kind in ACTS]


async def test_a_new_name_is_an_entry_and_what_was_shown_keeps_the_old_one(centre: Centre) -> None:
    session = await centre.open_room("room1")
    async with centre.client("manager") as client:
        exhibit = await added(client, "动火作业票", png())
        path = f"/api/exhibits/{exhibit['id']}"
        await _done(client, f"/api/sessions/{session}/shown/{exhibit['id']}", {})
        now = await _done(client, f"{path}/rename", {"title": "  动火作业票（三号罐区） "})
        assert (now["title"], now["former_titles"]) == ("动火作业票（三号罐区）", ["动火作业票"])
        assert (now["number"], now["sha256"]) == (exhibit["number"], exhibit["sha256"])
        again = await _done(client, f"{path}/rename", {"title": "动火作业票（三号罐区）"})
        assert again == now
        shown = (await client.get(f"/api/sessions/{session}/shown")).json()
        assert shown["title"] == "动火作业票"  # as it was called when it was shown
        assert [kind for kind, _ in _entries(centre)] == ["exhibit.added", "exhibit.renamed"]
        back = await _done(client, f"{path}/rename", {"title": "动火作业票"})
        assert back["former_titles"] == ["动火作业票", "动火作业票（三号罐区）"]
        for title in ("", "  ", "长" * 81):
            assert await _refused(client, f"{path}/rename", {"title": title}) == (400, "bad_text")
    [body] = [body for kind, body in _entries(centre) if kind == "exhibit.renamed"][:1]
    assert set(body) == {*KINDS["exhibit.renamed"].public, *KINDS["exhibit.renamed"].private}


async def test_a_withdrawn_exhibit_is_shown_no_more_until_it_is_restored(centre: Centre) -> None:
    session = await centre.open_room("room1")
    async with centre.client("manager") as client:
        exhibit = await added(client, "照片", png())
        other = await added(client, "台账", png(50, 60))
        path, show = f"/api/exhibits/{exhibit['id']}", f"/api/sessions/{session}/shown"
        await _done(client, f"{show}/{exhibit['id']}", {})
        # one on a screen is taken away first
        assert await _refused(client, f"{path}/withdraw", {"reason": "误"}) == (
            409,
            "exhibit_on_screen",
        )
        await _done(client, f"{show}/{other['id']}", {})  # another takes its place
        for reason in ("", "   ", "长" * 101):
            assert (await _refused(client, f"{path}/withdraw", {"reason": reason}))[1] == (
                "bad_reason"
            )
        gone = await _done(client, f"{path}/withdraw", {"reason": " 添加有误 "})
        assert gone["withdrawn_reason"] == "添加有误"
        assert gone["withdrawn_by"]
        assert gone["withdrawn_us"] > exhibit["added_us"]
        assert await _done(client, f"{path}/withdraw", {"reason": "又一次"}) == gone
        assert await _refused(client, f"{show}/{exhibit['id']}", {}) == (409, "exhibit_withdrawn")
        listed = (await client.get(EXHIBITS)).json()["exhibits"]
        assert [one["withdrawn_us"] is None for one in listed] == [False, True]
        assert (await client.get(f"{path}/file")).content == png()  # it can be opened
        picks = await centre.context.database.read(lambda c: evidence_of(c, session, CASE))
        assert [one.text for one in picks] == ["台账"]
        named = await centre.context.database.read(lambda c: _exhibits(c, session))
        assert named == [(2, "台账")]
        back = await _done(client, f"{path}/restore", {})
        assert (back["withdrawn_us"], back["withdrawn_reason"]) == (None, "")
        assert await _done(client, f"{path}/restore", {}) == back
        await _done(client, f"{show}/{exhibit['id']}", {})
    assert [kind for kind, _ in _entries(centre)] == [
        *("exhibit.added", "exhibit.added", "exhibit.withdrawn", "exhibit.restored"),
    ]
    assert len(centre.recorder.bodies("exhibit.shown")) == 3


async def test_who_added_it_and_managers_may_and_nobody_else(centre: Centre) -> None:
    async with (
        centre.client("manager") as manager,
        centre.client("interviewer") as interviewer,
        centre.client("auditor") as auditor,
    ):
        theirs = await added(manager, "照片", png())
        own = await added(interviewer, "台账", png(50, 60))
        for act, body in (
            ("rename", {"title": "另一个"}),
            ("withdraw", {"reason": "误"}),
            ("restore", {}),
        ):
            path = f"/api/exhibits/{theirs['id']}/{act}"
            assert await _refused(interviewer, path, body) == (403, "not_yours")
            assert (await _refused(auditor, path, body))[0] == 403
            assert await _refused(manager, f"/api/exhibits/none/{act}", body) == (
                404,
                "unknown_exhibit",
            )
            await _done(interviewer, f"/api/exhibits/{own['id']}/{act}", body)
            await _done(manager, f"/api/exhibits/{own['id']}/{act}", body)
            await _done(manager, path, body)


@pytest.mark.parametrize("kind", ACTS[1:])
def test_names_and_reasons_are_private_fields(kind: str) -> None:
    said = KINDS[kind]
    assert not {"title", "reason", "by_name"} & set(said.public)
    assert {"title", "reason", "by_name"} & set(said.private)
