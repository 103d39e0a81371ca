"""Settings changed while running: checked, an entry, in force at once, kept, put back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.desk.live_settings import LiveSettings
from command_centre.desk.thresholds import Gauge, limits_for
from config.changeable import CHANGEABLE, BadSetting, checked, value_of, with_kept
from config.settings import Settings, load
from config.words import SourceKind
from tests.command_centre.centre import Centre


async def _change(centre: Centre, name: str, value: Any, role: str = "administrator") -> Any:
    async with centre.client(role) as client:
        return await client.post(f"/api/settings/{name}", json={"value": value})


async def _row(centre: Centre, name: str) -> dict[str, Any]:
    async with centre.client("administrator") as client:
        found = (await client.get("/api/settings")).json()["settings"]
    return next(dict(one) for one in found if f"{one['section']}.{one['key']}" == name)


def _said(centre: Centre, kind: str) -> list[dict[str, Any]]:
    return [body for said, body in centre.log.entries if said == kind]


async def test_a_limit_is_changed_logged_kept_and_put_back(centre: Centre) -> None:
    context, name = centre.context, "alarms.co_warning_ppm"
    before = await _row(centre, name)
    assert (before["origin"], before["change"]["back"]) == ("default", before["value"])
    answer: httpx.Response = await _change(centre, name, 30)
    assert answer.status_code == 200, answer.text
    row = await _row(centre, name)
    assert (row["value"], row["origin"], row["default"]) == ("30.0", "page", before["value"])
    assert row["change"]["by_name"] == "The administrator"
    assert context.settings.alarms.co_warning_ppm == 30
    assert context.readings._settings.co_warning_ppm == 30  # the watch of readings follows
    said = _said(centre, "setting.changed")
    assert len(said) == 1
    assert (said[0]["setting"], said[0]["before"], said[0]["after"]) == (name, "24.0", "30.0")
    # the same again is no act
    await _change(centre, name, 30)
    assert len(_said(centre, "setting.changed")) == 1
    # another start reads it from the rows
    again = LiveSettings(context.database, context.book, centre_base(centre))
    await again.load()
    assert again.now.alarms.co_warning_ppm == 30
    # and a database made anew from the entries says the same
    entries = list(enumerate(centre.log.entries))

    def anew(writing: Any) -> None:
        writing.execute(delete(schema.setting))
        for index, (kind, body) in entries:
            if kind.startswith("setting."):
                book_projection.take(writing, index, 1, kind, body)

    await context.database.write(anew)
    await again.load()
    assert again.now.alarms.co_warning_ppm == 30
    async with centre.client("administrator") as client:
        assert (await client.post(f"/api/settings/{name}/restore", json={})).is_success
        assert (await client.post(f"/api/settings/{name}/restore", json={})).is_success
    assert context.settings.alarms.co_warning_ppm == 24
    assert len(_said(centre, "setting.restored")) == 1
    assert (await _row(centre, name))["origin"] == "default"


def centre_base(centre: Centre) -> Settings:
    return centre.context.live_settings._base


WRONG: list[tuple[str, Any, str]] = [
    ("alarms.co_warning_ppm", -1, "range"),
    ("alarms.co_warning_ppm", "30", "number"),
    ("alarms.co_warning_ppm", True, "number"),
    ("alarms.co_warning_ppm", 500, "order"),
    ("centre.login_attempts", 4.5, "whole"),
    ("centre.login_attempts", 1, "range"),
    ("comparison.wording_hints", 1, "switch"),
    ("interview.hour_limits", 12, "list"),
    ("interview.hour_limits", [1, 2, 3, 4, 5, 6, 7], "many"),
    ("interview.hour_limits", [0], "range"),
    ("map.places", ["room1 91 200"], "place"),
    ("map.attribution", "two\nlines", "text"),
    ("map.attribution", "字" * 201, "long"),
]


async def test_what_cannot_be_is_refused_and_changes_nothing(centre: Centre) -> None:
    before, entries = centre.context.settings, len(centre.log.entries)
    for name, value, reason in WRONG:
        answer = await _change(centre, name, value)
        assert answer.status_code == 422, (name, value, answer.text)
        assert (answer.json()["code"], answer.json()["reason"]) == ("bad_setting", reason)
    assert centre.context.settings == before
    assert len(centre.log.entries) == entries


async def test_what_needs_a_restart_and_what_there_is_not(centre: Centre) -> None:
    assert (await _change(centre, "centre.https_port", 1)).json()["code"] == "needs_restart"
    assert (await _change(centre, "map.tiles", "/x")).json()["code"] == "needs_restart"
    assert (await _change(centre, "no.such", 1)).json()["code"] == "unknown_setting"
    assert (await _change(centre, "map.max_zoom", 9, "manager")).json()["code"] == "forbidden"
    row = await _row(centre, "centre.https_port")
    assert row["change"] is None


async def test_a_kept_value_that_no_longer_holds_is_left_out(centre: Centre) -> None:
    context = centre.context

    def keep(writing: Any) -> None:
        for name, value in (("map.max_zoom", "99"), ("running.warn_full_days", "7.0")):
            writing.execute(schema.setting.insert().values(name=name, value=value, t_us=1))

    await context.database.write(keep)
    await context.live_settings.load()
    assert context.settings.map.max_zoom == centre_base(centre).map.max_zoom
    assert context.settings.running.warn_full_days == 7


def test_every_changeable_setting_takes_its_default() -> None:
    settings = load()
    for name, about in CHANGEABLE.items():
        value = value_of(settings, name)
        assert set(about.restarts) <= {"centre", "recorders", "transcriber"}
        assert checked(name, value) == value, name
        assert about.kind in ("number", "whole", "switch", "text", "numbers", "lines")
    low = settings.alarms.lel_warning_pct
    with pytest.raises(BadSetting, match="must be below"):
        with_kept(settings, {"alarms.lel_danger_pct": low})


def test_an_alarm_that_holds_is_over_when_the_new_limit_says_so() -> None:
    settings = load()
    gauge = Gauge(limits_for(SourceKind.GAS_DETECTOR, settings.alarms))
    assert [one.begins for one in gauge.take({"CO_ppm": 30_000})] == [True]
    wider = with_kept(settings, {"alarms.co_warning_ppm": 60.0}).alarms
    gauge.use(limits_for(SourceKind.GAS_DETECTOR, wider))
    over = gauge.take({"CO_ppm": 30_000})
    assert [(one.begins, one.limit.limit) for one in over] == [(False, 60_000)]
    assert gauge.take({"CO_ppm": 30_000}) == []
