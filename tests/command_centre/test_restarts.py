"""Settings that hold from a restart on: kept for it, said to wait, and the restart itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from command_centre.desk.live_settings import LiveSettings
from config.bus import Refused
from config.kept import KEPT_FILE, load_site, with_file
from config.messages import TRANSCRIBER, Done, StartAgain, decode, encode
from config.settings import to_toml
from tests.command_centre.centre import Centre, running_centre


class Told:
    """Processes that are told to start again."""

    def __init__(self, centre: Centre, refuse: str = "") -> None:
        self.names: list[str] = []
        self._refuse = refuse
        for name in ("recorder-1", "recorder-2", TRANSCRIBER):
            centre.exchange.services[name] = self._process(name)
        centre.context.restarts.restart = lambda: self.names.append("centre")

    def _process(self, name: str) -> Any:
        async def answers(method: str, payload: bytes) -> bytes:
            assert method == "start_again"
            decode(payload, StartAgain)
            if self._refuse:
                raise Refused(self._refuse, "no")
            self.names.append(name)
            return encode(Done())

        return answers


async def _set(centre: Centre, name: str, value: Any) -> Any:
    async with centre.client("administrator") as client:
        return await client.post(f"/api/settings/{name}", json={"value": value})


async def _restart(centre: Centre, role: str = "administrator") -> Any:
    async with centre.client(role) as client:
        return await client.post("/api/restart", json={})


async def test_the_name_is_kept_and_holds_after_a_restart(centre: Centre) -> None:
    told, context = Told(centre), centre.context
    before = context.settings.site.unit_name
    answer = await _set(centre, "site.unit_name", " 渭州市应急管理局 ")
    assert answer.status_code == 200, answer.text
    assert answer.json()["restarts"] == ["centre"]
    assert context.settings.site.unit_name == before
    row = next(one for one in answer.json()["settings"] if one["key"] == "unit_name")
    assert (row["value"], row["change"]["pending"]) == (before, "渭州市应急管理局")
    assert (row["change"]["restarts"], row["origin"]) == (["centre"], "default")
    async with centre.client("administrator") as client:
        seen = (await client.get("/api/set-up")).json()
    assert (seen["unit_wanted"], seen["waiting"]) == ("渭州市应急管理局", ["site.unit_name"])
    assert not seen["unit_named"]

    done = await _restart(centre)
    assert done.status_code == 200
    await asyncio.sleep(0.5)
    assert told.names == ["centre"]
    said = [body for kind, body in centre.log.entries if kind == "process.restart"]
    assert [body["processes"] for body in said] == [["centre"]]
    # the next start
    started = with_file(context.live_settings._base)
    again = LiveSettings(context.database, context.book, started)
    await again.load()
    assert again.now.site.unit_name == "渭州市应急管理局"
    assert again.now.said["site.unit_name"] == "page"
    assert again.pending() == {}
    assert next(one for one in again.rows() if one.key == "unit_name").origin == "page"
    # put back, the file's value waits for the next one
    context.live_settings._started = started
    async with centre.client("administrator") as client:
        back = await client.post("/api/settings/site.unit_name/restore", json={})
    assert back.json()["restarts"] == ["centre"]
    assert with_file(context.live_settings._base).below == {}


async def test_all_recorders_and_the_centre_for_another_disk(tmp_path: Path) -> None:
    settings = {"recorder": {"processes": 2}, "store": {"minimum_free_bytes": 1}}
    settings["store"]["directory"] = str(tmp_path / "store")  # type: ignore[assignment]
    async with running_centre(tmp_path, settings=settings) as centre:
        told = Told(centre)
        wrong = await _set(centre, "store.mirrors", [str(tmp_path)])
        assert (wrong.status_code, wrong.json()["reason"]) == (422, "in_store")
        assert not (centre.context.store / KEPT_FILE).exists()
        centre.context.live_settings._kept = {"store.mirrors": ["/mnt/disk2"]}
        assert centre.context.restarts.waiting() == ["recorders", "centre"]
        assert (await _restart(centre)).status_code == 200
        await asyncio.sleep(0.5)
        assert told.names == ["recorder-1", "recorder-2", "centre"]


async def test_never_during_a_session_and_only_by_an_administrator(centre: Centre) -> None:
    told = Told(centre)
    await _set(centre, "site.unit_name", "渭州市应急管理局")
    await centre.open_room("room1")
    refused = await _restart(centre)
    assert (refused.status_code, refused.json()["code"]) == (409, "sessions_open")
    assert (await _restart(centre, "manager")).json()["code"] == "forbidden"
    assert told.names == []
    assert "process.restart" not in centre.log.kinds()


async def test_nothing_waits_nothing_is_done(centre: Centre) -> None:
    told = Told(centre)
    assert (await _restart(centre)).json()["restarts"] == []
    assert told.names == []
    assert "process.restart" not in centre.log.kinds()


async def test_nobody_would_start_it_again(centre: Centre) -> None:
    await _set(centre, "site.unit_name", "渭州市应急管理局")
    assert (await _restart(centre)).json()["code"] == "cannot_restart"


async def test_a_recorder_that_refuses_stops_the_restart(centre: Centre) -> None:
    told = Told(centre, refuse="sessions_open")
    centre.context.live_settings._kept = {"store.mirrors": ["/mnt/disk2"]}
    assert (await _restart(centre)).json()["code"] == "sessions_open"
    await asyncio.sleep(0.4)
    assert told.names == []
    assert centre.context.restarts.waiting() == ["recorders", "centre"]


@pytest.mark.model
async def test_another_model_is_tried_chosen_and_the_transcriber_starts_again(
    centre: Centre,
) -> None:
    told = Told(centre)
    await centre.open_room("room1")  # an interview runs: its words wait in the recording
    async with centre.client("administrator") as client:
        models = (await client.get("/api/running/models")).json()["models"]
        by_use = {use: one["id"] for one in models for use in one["used_for"]}
        wrong = {
            ("none", "zh"): "unknown_model",
            (by_use["zh"], "fr"): "unknown_language",
            ("comparison", "zh"): "model_kind",
            (by_use["en"], "zh"): "bad_setting",
        }
        for (model, language), code in wrong.items():
            path = f"/api/running/models/{model}/use"
            answer = await client.post(path, json={"language": language})
            assert answer.json()["code"] == code, (model, language)
        assert told.names == []
        await _set(centre, "transcription.model_en", "")
        await client.post("/api/restart", json={})
        seen = (await client.get("/api/running/models")).json()["models"]
        assert "en" not in [use for one in seen for use in one["used_for"]]
        await _set(centre, "transcription.model_en", "shipped")
        await client.post("/api/restart", json={})
        await _set(centre, "transcription.model_en", "")
        assert centre.context.restarts.waiting() == ["transcriber"]
        used = await client.post(f"/api/running/models/{by_use['en']}/use", json={"language": "en"})
        assert used.status_code == 200, used.text
        [mine] = [one for one in used.json()["models"] if one["id"] == by_use["en"]]
        assert mine["used_for"] == ["en"]
    assert centre.context.settings.transcription.model_en == "shipped"
    said = [body for kind, body in centre.log.entries if kind == "setting.changed"]
    assert [body["after"] for body in said] == ['""', '"shipped"'] * 2


def test_every_process_reads_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "duizhi.toml").write_text(to_toml({"store": {"directory": str(tmp_path)}}))
    (tmp_path / KEPT_FILE).write_text('{"transcription.model_en": ""}')
    assert load_site(tmp_path / "duizhi.toml").transcription.model_en == ""
