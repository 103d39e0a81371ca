"""Corrections of sentences and transcripts as files: the real API and a real recorder."""

from __future__ import annotations

import json
from pathlib import Path

import webvtt

from config.words import Role
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import SAID, RecordRoom
from tests.command_centre.story import CASE
from tests.command_centre.test_acts import Person, check_fields, log_of


async def test_a_correction_stands_beside_the_spoken_words(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        spoken = SAID[1][1]
        path = f"/api/utterances/u-{room.session}-1/versions"
        made = await room.done(path, {"base": 0, "text": "是李某指派我去的", "reason": "听录音"})
        assert [one["version"] for one in made["versions"]] == [1]
        lin = await Person.of(live, "lin2", Role.MANAGER)
        late = await lin.post(path, {"base": 0, "text": "另一种写法"})
        assert late.json()["code"] == "text_changed"
        shen = await Person.of(live, "shen2", Role.AUDITOR)
        assert (await shen.post(path, {"base": 1, "text": "x"})).status_code == 403
        page = (await lin.get(f"/api/cases/{CASE}/utterances")).json()
        [line] = [one for one in page["utterances"] if one["id"].endswith("-1")]
        assert line["text"] == spoken
        assert line["corrected"]["text"] == "是李某指派我去的"
        back = (await lin.post(path, {"base": 1, "text": spoken})).json()
        assert [one["text"] for one in back["versions"]] == ["是李某指派我去的", spoken]
        for text in ("   ", "长" * 2001):
            wrong = await lin.post(path, {"base": 2, "text": text})
            assert wrong.json()["code"] == "bad_text"
        nobody = await lin.post("/api/utterances/u-none/versions", {"base": 0, "text": "x"})
        assert nobody.json()["code"] == "unknown_utterance"
    entries = log_of(store, "recorder-1", "utterance.corrected")
    assert [entry["body"]["text"] for entry in entries] == ["是李某指派我去的", spoken]
    hidden = log_of(store, "recorder-1", "utterance.corrected", opened=False)
    assert "李某" not in json.dumps(hidden, ensure_ascii=False)
    check_fields(store)
    assert verify_path(store).exit_code == 0


async def test_a_closed_session_can_still_be_corrected_and_read(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        await live.centre.sessions.close(room.session, "test", "done")
        path = f"/api/utterances/u-{room.session}-3/versions"
        await room.done(path, {"base": 0, "text": "没有，什么票也没办"})
        lin = await Person.of(live, "lin2", Role.MANAGER)
        files = f"/api/sessions/{room.session}/transcript"
        found = await lin.get(f"{files}/vtt")
        assert found.headers["content-type"].startswith("text/vtt")
        cues = webvtt.from_string(found.text).captions
        assert len(cues) == len(SAID)
        assert cues[3].text == "没有，什么票也没办（更正）"
        assert (await lin.get(f"{files}/docx")).json()["code"] == "unknown_format"
        assert (await lin.get("/api/sessions/none/transcript/vtt")).status_code == 404
    [taken] = log_of(store, "centre", "access.transcript")
    assert taken["body"]["sentences"] == len(SAID)
    assert taken["body"]["session"] == room.session
    check_fields(store)
    assert verify_path(store).exit_code == 0
