"""What was said: corrections of sentences, and the words of a session as files."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.corrections import UtteranceVersions
from command_centre.desk.permissions import Action
from command_centre.desk.second_pass import SecondReading
from command_centre.desk.transcript_files import FORMATS, transcript_file
from command_centre.desk.transcripts import read_transcript
from command_centre.desk.views import View
from command_centre.errors import Rejected


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
    transcript = await call.context.database.read(
        lambda connection: read_transcript(connection, summary)
    )
    body = {
        "session": summary.id,
        "case": transcript.case,
        "format": form,
        "sentences": len(transcript.utterances),
        "by": call.caller.account_id,
    }
    # Words leave the machine: that is an act of its own, recorded before they do.
    await call.context.log.append("access.transcript", body)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{summary.id}.{form}"',
    }
    data = transcript_file(transcript, form)
    return Response(data, media_type=FORMATS[form], headers=headers)


async def _second(call: Call) -> SecondReading:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return await call.context.second_pass.reading(summary)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}/second",
        "What another model heard in a closed session",
        _second,
        action=Action.READ_TEXT,
        reply=SecondReading,
        codes=("unknown_session", "wrong_room"),
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
        codes=("unknown_session", "unknown_format", "wrong_room"),
    ),
)
