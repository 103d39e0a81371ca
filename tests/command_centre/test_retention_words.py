"""The words of a session whose retention has ended: gone from the API, also after a rebuild."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx

from command_centre.db import schema
from command_centre.desk.context import database_path
from command_centre.desk.recorder_port import append
from command_centre.desk.retention_ended import has_ended
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house, now_us
from tests.command_centre.story import CASE
from tests.command_centre.test_hearing import until
from tests.command_centre.test_later_readings import _recorded, model, names_of

OVER = {"ordinary_years": 0.0}
SECRET = "只有这次说过的话"
KEPT = "另一次说过的话"


async def _say(live: House, session: str, kind: str, **body: Any) -> int:
    receipt = await append(
        live.bus,
        key=f"{session}-{kind}",
        kind=kind,
        session=session,
        room="site",
        body=body,
        t_us=now_us(),
    )
    return receipt.index


async def _conversation(live: House, text: str) -> str:
    """A closed session with the text wherever words can stand."""
    session = (await live.centre.sessions.open("site", "test")).id
    start_us = now_us()
    said: dict[str, Any] = {
        "source": "bodycam-02",
        "speaker": "interviewee",
        "language": "zh",
        "model": "m",
    }
    said |= {"id": f"u-{session}", "start_us": start_us, "end_us": start_us + 1, "text": text}
    prompt = {"prompt": f"p-{session}", "target_room": "site", "by": "ac-1", "by_name": text}
    position = {"lat_e7": 1, "lon_e7": 2, "accuracy_mm": 987654, "t_us": start_us}
    await _say(live, session, "utterance", **said, words=[], model_sha256="00")
    await _say(live, session, "prompt.issued", **prompt, text=text)
    await _say(live, session, "marker", by="ac-1", by_name=text, text=text)
    await _say(live, session, "reading", device="gas-01", values={}, alarms=[], position=position)
    last = await _say(
        live, session, "view.join", viewer="ac-1", viewer_name=text, source="s", login="l", view="v"
    )
    await live.centre.follower.reached(last)
    await live.centre.sessions.close(session, "test", text)
    return session


async def _shown(live: House, *sessions: str) -> str:
    """Everything the API says of the case and of these sessions."""
    headers = {"Cookie": f"duizhi_login={await live.cookie('auditor')}"}
    paths = [f"/api/cases/{CASE}", f"/api/cases/{CASE}/utterances", f"/api/cases/{CASE}/retention"]
    for session in sessions:
        paths += [f"/api/sessions/{session}", f"/api/sessions/{session}/log"]
        paths.append(f"/api/sessions/{session}/record")
    texts: list[str] = []
    for path in paths:
        answer: httpx.Response = await live.client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        texts.append(answer.text)
    indexes = await live.centre.database.read(
        lambda connection: [
            row.log_index
            for row in connection.execute(schema.log_entry.select())
            if row.session_id in sessions
        ]
    )
    for index in indexes:
        answer = await live.client.get(f"/api/log/{index}", headers=headers)
        assert answer.status_code == 200, answer.text
        texts.append(answer.text)
    return "\n".join(texts)


async def _everything(live: House) -> str:
    """Every row of every table."""

    def rows(connection: Any) -> str:
        tables = schema.metadata.sorted_tables
        return "\n".join(str(row) for t in tables for row in connection.execute(t.select()))

    return await live.centre.database.read(rows)


async def _end(live: House, session: str) -> None:
    await live.centre.retention.look()
    for account in ("manager", "administrator"):
        headers = {"X-Duizhi": "1", "Cookie": f"duizhi_login={await live.cookie(account)}"}
        path = f"/api/sessions/{session}/retention/confirm"
        answer = await live.client.post(path, headers=headers)
        assert answer.status_code == 200, answer.text
    await live.centre.follower.catch_up()


async def test_the_words_are_gone_from_the_api_and_stay_so(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store, retention=OVER) as live:
        session = await _conversation(live, SECRET)
        kept = await _conversation(live, KEPT)
        before = await _shown(live, session, kept)
        assert before.count(SECRET) >= 6
        assert (await _everything(live)).count("987654") == 6  # where a reading was taken
        await _end(live, session)
        shown, rows = await _shown(live, session, kept), await _everything(live)
        for text in (shown, rows):
            assert SECRET not in text
            assert KEPT in text
        assert shown.count(KEPT) == before.count(KEPT)
        assert rows.count("987654") == 3  # the other session's: row, short form, event
        log = LogReader(store / "recorder-1/log")
        payloads = b"".join(log.payloads(0, 10_000).values()).decode()
        assert SECRET not in payloads
        assert KEPT in payloads
        entries = LogReader(store / "centre/log").entries(0, 10_000)
        (carried,) = [one for one in entries if b'"kind":"retention.carried"' in one]
        assert b'"payloads":7,' in carried  # five of above, who was there, why it was closed
    report = await asyncio.to_thread(verify_path, store)
    assert report.findings == []
    assert [one.session for one in report.notices if one.code == "payloads_destroyed"] == [session]
    # a database made again from the logs
    for path in database_path(store).parent.glob(database_path(store).name + "*"):
        path.unlink()
    async with house(store, retention=OVER) as live:
        await live.centre.follower.catch_up()
        shown, rows = await _shown(live, session, kept), await _everything(live)
        assert SECRET not in shown + rows
        assert session in shown
        assert shown.count(KEPT) == before.count(KEPT)
        assert f"u-{kept}" in shown


async def test_a_rebuild_between_the_entry_and_the_removal_removes_too(tmp_path: Path) -> None:
    """The log still opens the words when it is read; the entry about the end removes them."""
    async with house(tmp_path / "store", retention=OVER) as live:
        session = await _conversation(live, SECRET)
        await _say(live, session, "retention.ended", confirmed=[], until_us=1)
        await live.centre.follower.catch_up()
        assert SECRET not in await _everything(live)
        await live.centre.follower.foreign({"log": "recorder-1"})
        await live.centre.follower.catch_up()
        assert SECRET not in await _everything(live)


#: Says one sentence, and that this was all, once it may.
CHILD = """
import json, pathlib, sys, time
from transcription.model_directory import digest
order = json.loads(sys.stdin.readline())
loaded = digest(pathlib.Path(order["model"]))
print(json.dumps({"model": loaded}), flush=True)
pathlib.Path(BEGUN).touch()
while not pathlib.Path(GO).exists():
    time.sleep(0.02)
said = {"source": "bodycam-02", "id": "x-0-1", "speaker": "interviewee", "text": SECRET,
        "start_us": 1, "end_us": 2, "words": []}
print(json.dumps({"said": said}))
print(json.dumps({"done": loaded}))
"""


async def test_what_is_heard_again_meanwhile_is_left_off(tmp_path: Path) -> None:
    store, begun, go = tmp_path / "store", tmp_path / "begun", tmp_path / "go"
    async with house(store, retention=OVER) as live:
        session = await _conversation(live, SECRET)
        model(store, "first")
        await live.centre.database.write(lambda writing: _recorded(writing, session))
        names, desk = await names_of(live), live.centre.second_pass
        told = f"BEGUN, GO, SECRET = {str(begun)!r}, {str(go)!r}, {SECRET!r}\n"
        desk._child = (sys.executable, "-c", told + CHILD)
        headers = {"X-Duizhi": "1", "Cookie": f"duizhi_login={await live.cookie('manager')}"}
        path = f"/api/sessions/{session}/readings"
        ask = json.dumps({"model": names["first 模型"]})
        asked = await live.client.post(path, content=ask, headers=headers)
        assert asked.status_code == 200, asked.text
        await until(lambda: asyncio.to_thread(begun.exists))
        await _end(live, session)
        assert await live.centre.database.read(lambda found: has_ended(found, session))
        go.touch()

        async def left_off() -> bool:
            return desk._now is None

        await until(left_off)
        assert SECRET not in await _everything(live)
        shown = (await live.client.get(path, headers=headers)).json()
        assert (shown["readings"], shown["models"]) == ([], [])
        again = await live.client.post(path, content=ask, headers=headers)
        assert again.json()["code"] == "retention_ended"
        desk._configured = {"zh": store / "models/first"}
        assert await desk._next() is None  # neither what was asked for, nor by the settings
        payloads = LogReader(store / "recorder-1/log").payloads(0, 10_000)
        assert SECRET not in b"".join(payloads.values()).decode()
