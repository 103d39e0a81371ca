"""Two cases with one of everything a route can name, and the people of the matrix.

The rows are written as the projection would: what is tested is who reaches them. ``own`` is the
demo case; ``other`` is one that nobody of ``PEOPLE`` works on; names of ``nowhere`` do not exist.
"""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import Table

from command_centre.db import schema
from command_centre.db.accounts import HASHER, add_account, add_login, add_member
from command_centre.db.database import Writing
from command_centre.desk.centre_log import CentreLog
from command_centre.desk.opening import open_log
from config.words import Role
from tests.command_centre.centre import CASE, Centre

OTHER = "case-other"
ROOMS = {CASE: "room1", OTHER: "other-room"}

#: A part of a path -> its name in the own case and in the other; ``{}`` is own or other.
NAMES = {
    "session": "s{}",
    "utterance": "u{}",
    "document": "d{}",
    "exhibit": "ex{}",
    "export": "e{}",
    "job": "jb{}",
    "derived": "dv{}",
    "custody": "cu{}",
    "hold": "ho{}",
    # not of a case by themselves; whoever reaches the case looks them up in it
    "point": "p-{}",
    "difference": "df-{}",
    "fact": "fa-{}",
    "device": "log-{}",
    "form": "txt",
    "setting": "map.max_zoom",
    "log": "recorder-1",
    "z": "1",
    "x": "1",
    "y": "1",
    "page": "1",
    "task": "ta-{}",
    "person": "p-{}",
    "note": "no-{}",
    "passkey": "pk-{}",
    "login": "lo-{}",
    "entry": "recorder-1.{}",
    "step": "rights",
    "account": "ac-{}",
    "model": "mo-{}",
    "member": "ac-{}",
    "upload": "up{}",
    "question": "qt-{}",
    "kind": "interview",
    "template": "hot_work",
    "rule": "L.tag",
    "package": "pk{}",
}


def named(parameter: str, which: str) -> str:
    """The name of a part of a path: ``own``, ``other`` or ``nowhere``."""
    if parameter == "case":
        return {"own": CASE, "other": OTHER, "nowhere": "case-nowhere"}[which]
    if parameter == "room":
        return {"own": ROOMS[CASE], "other": ROOMS[OTHER], "nowhere": "room-nowhere"}[which]
    if parameter == "source":
        return {"own": "room1-camera", "other": "other-camera", "nowhere": "nowhere"}[which]
    if parameter == "index":
        return {"own": "900001", "other": "900002", "nowhere": "900009"}[which]
    return NAMES[parameter].format(which)


async def two_cases(centre: Centre) -> dict[str, str]:
    """Write both; returns a cookie for each role of a person who works on the own case only,
    ``bound`` (an interviewer of another room of it), ``demoted`` (a manager who is interviewer of
    it) and ``all_<role>`` (sees all cases)."""
    await _holds(centre)
    return await centre.context.database.write(lambda writing: _write(writing, centre))


def _write(writing: Writing, centre: Centre) -> dict[str, str]:
    now_us = centre.clock.now_us()
    put = _Put(writing)
    put(schema.case_file, id=OTHER, number="other 1", name="另一案", log_index=1)
    put(schema.room, id=ROOMS[OTHER], case_id=OTHER, name="别处", kind="interview")
    put(schema.source, id="other-camera", room_id=ROOMS[OTHER], kind="room_camera")
    for index, (case, which) in enumerate(((CASE, "own"), (OTHER, "other")), 1):
        said = {"session_id": f"s{which}", "case_id": case, "room_id": ROOMS[case]}
        _session(put, which, said, now_us)
        _entries(put, which, said, 900000 + index, now_us)
        _work(put, which, said, now_us)
        put(schema.exhibit, id=f"ex{which}", case_id=case, mime="image/png", added_us=1)
        put(schema.custody, id=f"cu{which}", case_id=case, state="offered", offered_us=1)
    return _people(writing, now_us)


class _Put:
    """Inserts a row."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def __call__(self, table: Table, **values: object) -> None:
        self._writing.execute(table.insert().values(**values))


def _session(put: _Put, which: str, said: dict[str, str], now_us: int) -> None:
    """One that is closed, with its recording."""
    put(
        schema.session,
        id=said["session_id"],
        case_id=said["case_id"],
        room_id=said["room_id"],
        kind="interview",
        opened_us=now_us,
        closed_us=now_us + 1,
    )
    put(schema.recording, session_id=f"s{which}", source_id="x", origin_us=1, start_us=1)


def _entries(put: _Put, which: str, said: dict[str, str], index: int, now_us: int) -> None:
    """What its log says: a sentence, a document, a call."""
    put(
        schema.utterance,
        id=f"u{which}",
        source_id="x",
        speaker="interviewee",
        start_us=now_us,
        end_us=now_us,
        text=f"水泵 {which}",
        log_index=index,
        cursor=index - 900000,
        **said,
    )
    put(
        schema.log_entry,
        log_index=index,
        session_id=said["session_id"],
        kind="utterance",
        source_id="x",
        t_us=now_us,
    )
    put(schema.record_document, id=f"d{which}", version=1, made_us=now_us, log_index=index, **said)
    put(
        schema.voice_line,
        id=f"vl{which}",
        source_id="call-x",
        by_account="source:x",
        called_us=now_us,
        ended_us=now_us,
        to_source="x",
        log_index=index,
        **said,
    )
    put(
        schema.alarm,
        id=f"al{which}",
        kind="sos",
        level="danger",
        about="",
        source_id="x",
        since_us=now_us,
        raised_us=now_us,
        log_index=index,
        **said,
    )


def _work(put: _Put, which: str, said: dict[str, str], now_us: int) -> None:
    """What was made of it: jobs, a package, a file handed over."""
    derived = msgspec.json.encode(_derived(which, said["session_id"])).decode()
    for job, kind, result in (("jb", "verify", "{}"), ("jbd", "derive", derived)):
        put(
            schema.job,
            id=f"{job}{which}",
            kind=kind,
            target_kind="session",
            target=said["session_id"],
            state="done",
            created_us=now_us,
            result=result,
        )
    put(
        schema.export,
        id=f"e{which}",
        job_id=f"jb{which}",
        case_id=said["case_id"],
        created_us=1,
        directory=f"exports/e{which}",
        file_name="p.zip",
    )
    put(
        schema.upload,
        id=f"up{which}",
        source_id=named("source", which),
        state="filed",
        created_us=now_us,
        changed_us=now_us,
        **said,
    )


def _derived(which: str, session: str) -> dict[str, object]:
    said = {"derived": f"dv{which}", "session": session, "source": "x", "reason": "", "sha256": ""}
    return {**said, "size": 0, "start_us": 0, "end_us": 0}


def _people(writing: Writing, now_us: int) -> dict[str, str]:
    cookies: dict[str, str] = {}

    def person(
        name: str,
        role: Role,
        *,
        member: bool,
        rooms: tuple[str, ...] = (),
        as_role: Role | None = None,
    ) -> None:
        account = add_account(
            writing,
            account=f"m-{name}",
            name=name,
            role=role,
            password_hash=_HASH,
            now_us=now_us,
            rooms=rooms,
            all_cases=not member,
        )
        if member and role is not Role.ADMINISTRATOR:
            in_case = as_role or role
            add_member(writing, case=CASE, account_id=account, role=in_case, now_us=now_us)
        cookies[name], _ = add_login(writing, account, now_us, 12)

    for role in Role:
        person(str(role), role, member=True)
        person(f"all_{role}", role, member=False)
    person("bound", Role.INTERVIEWER, member=True, rooms=("room2",))
    person("demoted", Role.MANAGER, member=True, as_role=Role.INTERVIEWER)
    return cookies


async def _holds(centre: Centre) -> None:
    """Holds stand in the centre's log only: it gets a real one beside the one in memory."""
    writer = await asyncio.to_thread(open_log, centre.context.store, 50)
    log = CentreLog(writer, centre.clock)
    for case, which in ((CASE, "own"), (OTHER, "other")):
        body = {"hold": f"ho{which}", "case": case, "reason": "x", "by": "a", "by_name": "b"}
        await log.append("hold.placed", body)
    await asyncio.to_thread(writer.close)


_HASH = HASHER.hash("correct horse battery")
