"""Before a record is signed: its draft as a Word document, differences, required steps."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.permissions import Action
from command_centre.desk.record_review import ReviewView
from command_centre.desk.views import View

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class JustifyRequest(View, frozen=True):
    """Why these differences stay; one reason for all."""

    differences: list[str]
    reason: str


class StepRequest(View, frozen=True):
    """``how``: said, or left_out with a reason."""

    how: str
    reason: str = ""


async def _review(call: Call) -> ReviewView:
    return await call.context.record_review.view(call.caller, call.path("session"))


async def _justify(call: Call) -> ReviewView:
    asked = call.body(JustifyRequest)
    return await call.context.record_review.justify(
        call.caller, call.path("session"), asked.differences, asked.reason
    )


async def _step(call: Call) -> ReviewView:
    asked = call.body(StepRequest)
    return await call.context.record_review.settle_step(
        call.caller, call.path("session"), call.path("step"), asked.how, asked.reason
    )


async def _word(call: Call) -> Response:
    session, times = call.path("session"), call.query("times") != "0"
    draft = await call.context.record_drafts.document(call.caller, session, times=times)
    seen = {"document": draft.sha256, "signed": False, "by": call.caller.account_id}
    await call.context.log.note("access.document", {**seen, "session": session})
    headers = {
        "Content-Disposition": f'attachment; filename="{draft.name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(draft.data, media_type=DOCX, headers=headers)


_RECORDER = ("recorder_unreachable", "recorder_refused", "store_busy", "disk_full")
_SESSION = ("unknown_session", "wrong_room")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}/record/word",
        "The text as it stands, as a Word document made with the agency's template",
        _word,
        action=Action.READ_RECORD,
        media_type=DOCX,
        query={"times": "0: without the time in the margin"},
        codes=(*_SESSION, "template_unusable", "store_unreadable", *_RECORDER),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/record/review",
        "Differences between the text and the recording, and required steps",
        _review,
        action=Action.READ_RECORD,
        reply=ReviewView,
        codes=_SESSION,
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/record/justify",
        "Why differences stay as they are",
        _justify,
        action=Action.KEEP_RECORD,
        body=JustifyRequest,
        reply=ReviewView,
        codes=(*_SESSION, "bad_reason", "difference_gone", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/record/steps/{step}",
        "A required step was taken, or why it was left out",
        _step,
        action=Action.KEEP_RECORD,
        body=StepRequest,
        reply=ReviewView,
        codes=(*_SESSION, "bad_reason", "unknown_step", *_RECORDER),
    ),
)
