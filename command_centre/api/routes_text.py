"""What was said: corrections of sentences, and the words of a session as files."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.corrections import UtteranceVersions
from command_centre.desk.later_readings import LIVE, SentenceReading, beside
from command_centre.desk.permissions import Action
from command_centre.desk.second_pass import LaterReadings, ReadingRequest, SecondReading
from command_centre.desk.transcript_files import FORMATS, transcript_file
from command_centre.desk.transcripts import read_transcript
from command_centre.desk.views import View
from command_centre.errors import Rejected


class SentenceReadings(View, frozen=True):
    """What other models heard where a sentence was spoken."""

    readings: list[SentenceReading]


class CorrectionRequest(View, frozen=True):
    """How a sentence should read, on top of version ``base`` (0: as spoken)."""

    base: int
    text: str
    reason: str = ""


async def _versions(call: Call) -> UtteranceVersions:
    return await call.context.corrections.versions(call.caller, call.path("utterance"))


async def _correct(call: Call) -> UtteranceVersions:
    said = call.body(CorrectionRequest)
    return await call.context.corrections.correct(
        call.caller, call.path("utterance"), said.base, said.text, said.reason
    )


async def _transcript_file(call: Call) -> Response:
    form = call.path("form")
    if form not in FORMATS:
        raise Rejected("unknown_format", f"expected one of {', '.join(FORMATS)}")
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    reading = call.query("reading") or LIVE
    transcript = await call.context.database.read(
        lambda connection: read_transcript(connection, summary, reading)
    )
    body = {
        "session": summary.id,
        "case": transcript.case,
        "format": form,
        "reading": reading,
        "sentences": len(transcript.utterances),
        "by": call.caller.account_id,
    }
    # Words leave the machine: that is an act of its own, recorded before they do.
    await call.context.log.append("access.transcript", body)
    name = summary.id if reading == LIVE else f"{summary.id}-{reading}"
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
    }
    data = transcript_file(transcript, form)
    return Response(data, media_type=FORMATS[form], headers=headers)


async def _readings(call: Call) -> LaterReadings:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return await call.context.second_pass.readings(summary)


async def _hear_again(call: Call) -> LaterReadings:
    summary = await call.context.sessions.find(call.path("session"))
    asked = call.body(ReadingRequest)
    return await call.context.second_pass.ask(call.caller, summary, asked.model)


async def _second_reading(call: Call) -> SecondReading:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return await call.context.second_pass.reading(summary, call.query("reading") or "")


async def _beside(call: Call) -> SentenceReadings:
    utterance = call.path("utterance")
    await call.context.corrections.versions(call.caller, utterance)  # may they read it?
    found = await call.context.database.read(lambda connection: beside(connection, utterance))
    return SentenceReadings(readings=found)


_READING = "which reading (`LaterReading.id`)"

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}/readings",
        "What other models heard in a closed session, and which models could hear it",
        _readings,
        action=Action.READ_TEXT,
        reply=LaterReadings,
        codes=("unknown_session", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/readings",
        "Hear a closed session again with a model, beside the live words; once a model",
        _hear_again,
        action=Action.CORRECT_TEXT,
        body=ReadingRequest,
        reply=LaterReadings,
        codes=(
            *("unknown_session", "wrong_room", "session_open", "unknown_model", "model_language"),
            *("nothing_recorded", "model_too_large", "model_unreadable"),
            *("recorder_unreachable", "recorder_refused", "disk_full"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/second",
        "The sentences of one reading by another model",
        _second_reading,
        action=Action.READ_TEXT,
        reply=SecondReading,
        query={"reading": _READING},
        codes=("unknown_session", "wrong_room", "unknown_reading"),
    ),
    Endpoint(
        "GET",
        "/api/utterances/{utterance}/readings",
        "What other models heard where a sentence was spoken",
        _beside,
        action=Action.READ_TEXT,
        reply=SentenceReadings,
        codes=("unknown_utterance", "wrong_room"),
    ),
    Endpoint(
        "GET",
        "/api/utterances/{utterance}/versions",
        "A sentence as spoken, with every correction",
        _versions,
        action=Action.READ_TEXT,
        reply=UtteranceVersions,
        codes=("unknown_utterance", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/utterances/{utterance}/versions",
        "Correct a sentence; the spoken words stay",
        _correct,
        action=Action.CORRECT_TEXT,
        body=CorrectionRequest,
        reply=UtteranceVersions,
        codes=("unknown_utterance", "wrong_room", "bad_text", "text_changed"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/transcript/{form}",
        "The words of a session as WebVTT, SRT, JSON or plain text",
        _transcript_file,
        action=Action.READ_TEXT,
        query={"reading": f"{_READING}; without it the live one"},
        codes=(
            *("unknown_session", "unknown_format", "wrong_room"),
            *("unknown_reading", "reading_unfinished"),
        ),
    ),
)
