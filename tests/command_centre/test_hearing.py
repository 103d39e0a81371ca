"""Languages and vocabulary: acts of people, entries of a real recorder, a real transcriber."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from command_centre.comparison.lexicon import CaseLexicon, LexiconTerm
from command_centre.db import schema
from config.clock import SystemClock
from config.words import Role
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.story import CASE
from tests.command_centre.test_acts import Person, check_fields, log_of
from tests.transcription.fakes import ToneEngine
from transcription.service import TranscriberService

WAIT_S = 60


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for something to be there."""
    async with asyncio.timeout(WAIT_S):
        while not (value := await found()):
            await asyncio.sleep(0.05)
    return value


def transcriber(live: House) -> TranscriberService:
    engines = ToneEngine("zh"), ToneEngine("en")
    settings = live.centre.settings
    return TranscriberService(
        live.centre.bus, settings, engines[0], live.store, SystemClock(), engines[1:]
    )


async def test_a_session_and_a_room_change_their_language(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        refused = await room.post("/api/rooms/room1/language", {"language": "en"})
        assert refused.json()["code"] == "unknown_language"  # nobody there to hear it
        async with transcriber(live) as hearing:
            await until(lambda: _models(live))
            view = (await room.get("/api/rooms/room1/hearing")).json()
            assert (view["session"], view["language"]) == (room.session, "zh")
            own = [one["language"] for one in view["languages"] if not one["model"]]
            assert own == ["zh", "en"]
            view = await room.done("/api/rooms/room1/language", {"language": "en"})
            assert view["language"] == "en"
            again = await room.done("/api/rooms/room1/language", {"language": "en"})
            assert again == view
            wrong = await room.post("/api/rooms/room1/language", {"language": "xx"})
            assert wrong.json()["code"] == "unknown_language"
            [switch] = log_of(store, "recorder-1", "transcription.language")
            from_us = switch["body"]["from_us"]
            await until(lambda: _heard_in(hearing, room.session, from_us, "en"))
            # the room's next session begins in the language chosen before it
            await live.centre.sessions.close(room.session, "test", "done")
            view = await room.done("/api/rooms/room1/language", {"language": "en"})
            assert (view["session"], view["language"]) == ("", "en")
            second = await live.centre.sessions.open("room1", "test")
            found = await until(lambda: _entries(store, 2))
            assert found[1]["session"] == second.id
            assert found[1]["body"]["from_us"] == second.opened_us
    [chosen] = log_of(store, "centre", "room.language")
    assert chosen["body"]["language"] == "en"
    check_fields(store)
    assert verify_path(store).exit_code == 0


async def test_a_session_just_opened_is_in_the_language_its_room_was_prepared_for(
    tmp_path: Path,
) -> None:
    """Until an entry says so; who chooses the usual one meanwhile changes it."""
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        async with transcriber(live):
            await until(lambda: _models(live))
            await live.centre.sessions.close(room.session, "test", "done")
            await room.done("/api/rooms/room1/language", {"language": "en"})
        opened = await live.centre.sessions.open("room1", "test")  # nobody there to hear it yet
        view = (await room.get("/api/rooms/room1/hearing")).json()
        assert (view["session"], view["language"]) == (opened.id, "en")
        async with transcriber(live) as hearing:
            await until(lambda: _models(live))
            view = await room.done("/api/rooms/room1/language", {"language": "zh"})
            await asyncio.sleep(2.5)  # the look that would have put it back
            view = (await room.get("/api/rooms/room1/hearing")).json()
            assert (view["session"], view["language"]) == (opened.id, "zh")
            assert hearing.hearing.engine(opened.id, 1 << 62).model.language == "zh"


async def test_the_vocabulary_of_a_case_reaches_the_transcriber(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        manager = await Person.of(live, "manager-v", Role.MANAGER)
        auditor = await Person.of(live, "auditor-v", Role.AUDITOR)
        room = await RecordRoom.open(live)
        path = f"/api/cases/{CASE}/vocabulary"
        pit = LexiconTerm(id="油水分离池", aliases=("隔油池",))
        lexicon = CaseLexicon(places=(pit,), equipment=(LexiconTerm(id="氩弧焊机"),))
        content = msgspec.json.encode(lexicon).decode()
        table = schema.case_lexicon
        statement = table.insert().prefix_with("OR REPLACE").values(case_id=CASE, content=content)
        await live.centre.database.write(lambda writing: writing.execute(statement))
        before = (await manager.get(path)).json()
        assert before["version"] == 0
        assert {"张某", "隔油池", "氩弧焊机"} <= set(before["from_file"])
        assert (await auditor.post(path, {"terms": ["三脚架"]})).status_code == 403
        hostile = "<img src=x onerror=alert(1)>"
        kept = (await manager.post(path, {"terms": ["恒盛油库", " 恒盛油库", hostile, "x"]})).json()
        assert (kept["version"], kept["terms"]) == (1, ["恒盛油库", hostile])
        for bad in (["长" * 41], ["a\nb"], [str(n) * 6 for n in range(2001)]):
            assert (await manager.post(path, {"terms": bad})).json()["code"] == "bad_text"
        async with transcriber(live) as hearing:
            await until(lambda: _knows(hearing, room.session, "恒盛油库"))
        async with transcriber(live) as hearing:  # a restarted one is told again
            await until(lambda: _knows(hearing, room.session, "恒盛油库"))
    [entry] = log_of(store, "centre", "case.vocabulary")
    assert set(entry["body"]) == {"case", "version", "sha256", "terms", "by"}
    assert entry["body"]["terms"] == 2
    check_fields(store)


async def test_a_person_says_who_spoke_into_one_microphone(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        own = f"u-{room.session}-0"
        refused = await room.post(f"/api/utterances/{own}/speaker", {"speaker": "interviewee"})
        assert refused.json()["code"] == "bad_speaker"  # it has a microphone of its own
        await room.say("unknown", "是李某让我去的", 9)
        mixed = f"u-{room.session}-9"
        path = f"/api/utterances/{mixed}/speaker"
        wrong = await room.post(path, {"speaker": "somebody"})
        assert wrong.json()["code"] == "bad_speaker"
        gone = await room.post("/api/utterances/none/speaker", {"speaker": "interviewee"})
        assert gone.json()["code"] == "unknown_utterance"
        said = await room.done(path, {"speaker": "interviewer"})
        assert (said["speaker"], said["named"]) == ("unknown", "interviewer")
        assert said["named_by"]
        await room.done(path, {"speaker": "interviewee"})  # a change of mind
        await room.done(path, {"speaker": "interviewee"})
        async with transcriber(live) as service:
            await until(lambda: _told(service, room.session, mixed))
    entries = log_of(store, "recorder-1", "utterance.speaker")
    assert [one["body"]["speaker"] for one in entries] == ["interviewer", "interviewee"]
    check_fields(store)


async def _told(service: TranscriberService, session: str, utterance: str) -> bool:
    return (utterance, "interviewee") in service.hearing.named(session)


async def _models(live: House) -> bool:
    await live.centre.watch.look()
    return live.centre.watch.transcriber is not None


async def _entries(store: Path, count: int) -> list[dict[str, Any]]:
    found = log_of(store, "recorder-1", "transcription.language")
    return found if len(found) >= count else []


async def _heard_in(service: TranscriberService, session: str, from_us: int, language: str) -> bool:
    engine = service.hearing.engine(session, from_us)
    before = service.hearing.engine(session, from_us - 1)
    return engine.model.language == language and before.model.language == "zh"


async def _knows(service: TranscriberService, session: str, term: str) -> bool:
    hearing = service.hearing
    return term in hearing.terms(session, hearing.engines[0]).index.sounds
