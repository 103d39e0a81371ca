"""In which language rooms are heard, and the terms of a case that the transcriber should know."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.hearing import (
    HearingView,
    LanguageRequest,
    SpeakerRequest,
)
from command_centre.desk.permissions import Action
from command_centre.desk.views import Utterance
from command_centre.desk.vocabulary import (
    SessionVocabularyRequest,
    SessionVocabularyView,
    VocabularyRequest,
    VocabularyView,
)


async def _hearing(call: Call) -> HearingView:
    call.caller.require_room(call.path("room"))
    return await call.context.hearing.of_room(call.path("room"))


async def _speak(call: Call) -> HearingView:
    said = call.body(LanguageRequest)
    return await call.context.hearing.speak(
        call.caller, call.path("room"), said.language, said.model
    )


async def _vocabulary(call: Call) -> VocabularyView:
    return await call.context.hearing.vocabulary(call.path("case"))


async def _set_vocabulary(call: Call) -> VocabularyView:
    said = call.body(VocabularyRequest)
    return await call.context.hearing.set_vocabulary(call.caller, call.path("case"), said.terms)


async def _session_vocabulary(call: Call) -> SessionVocabularyView:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return await call.context.hearing.session_vocabulary(summary.id)


async def _set_session_vocabulary(call: Call) -> SessionVocabularyView:
    said = call.body(SessionVocabularyRequest)
    summary = await call.context.sessions.find(call.path("session"))
    return await call.context.hearing.set_session_vocabulary(
        call.caller, summary, said.base, said.terms
    )


async def _speaker(call: Call) -> Utterance:
    said = call.body(SpeakerRequest)
    return await call.context.hearing.name_speaker(
        call.caller, call.path("utterance"), said.speaker
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/utterances/{utterance}/speaker",
        "Say who spoke a sentence that one microphone for both has heard",
        _speaker,
        action=Action.RUN_SESSION,
        body=SpeakerRequest,
        reply=Utterance,
        codes=(
            *("unknown_utterance", "wrong_room", "bad_speaker"),
            *("recorder_unreachable", "recorder_refused", "session_closed", "disk_full"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/rooms/{room}/hearing",
        "In which language a room is heard, and in which it could be",
        _hearing,
        action=Action.READ_CASE,
        reply=HearingView,
        codes=("unknown_room", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/language",
        "Hear a room in another language or with an installed model: its open session or its next",
        _speak,
        action=Action.RUN_SESSION,
        body=LanguageRequest,
        reply=HearingView,
        codes=(
            *("unknown_room", "wrong_room", "unknown_language", "log_unavailable"),
            *("unknown_model", "model_language", "model_missing", "model_too_large", "bad_model"),
            "transcriber_unreachable",
            *("recorder_unreachable", "recorder_refused", "session_closed", "disk_full"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/vocabulary",
        "Terms of a case that the transcriber should know",
        _vocabulary,
        action=Action.READ_CASE,
        reply=VocabularyView,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/vocabulary",
        "Replace the terms kept for a case",
        _set_vocabulary,
        action=Action.RUN_SESSION,
        body=VocabularyRequest,
        reply=VocabularyView,
        codes=("unknown_case", "bad_text", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/vocabulary",
        "Terms of one session that the transcriber should know beside those of its case",
        _session_vocabulary,
        action=Action.READ_TEXT,
        reply=SessionVocabularyView,
        codes=("unknown_session", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/vocabulary",
        "Replace the terms kept for an open session",
        _set_session_vocabulary,
        action=Action.RUN_SESSION,
        body=SessionVocabularyRequest,
        reply=SessionVocabularyView,
        codes=(
            *("unknown_session", "wrong_room", "session_closed", "bad_text", "words_changed"),
            *("recorder_unreachable", "recorder_refused", "disk_full"),
        ),
    ),
)
