"""Records of questioning: text, documents, pages, signatures."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import Empty
from command_centre.desk.permissions import Action
from command_centre.desk.record_signing import Ink
from command_centre.desk.record_views import DocumentList, DocumentView, PageText, RecordView
from command_centre.desk.views import View
from command_centre.record.content import Header, Line
from command_centre.record.fingerprint import BYTES_MAX, Fingerprint
from command_centre.record.strokes import POINTS_MAX

#: Handwriting with the longest numbers, and a fingerprint in base64.
_SIGN_BYTES = POINTS_MAX * 4 * 8 + BYTES_MAX * 4 // 3 + 4096
_PRIVATE = {"Cache-Control": "private, no-store"}


class TextRequest(View, frozen=True):
    """A new version of the text on top of version ``base``."""

    base: int
    header: Header
    lines: list[Line]


class MakeRequest(View, frozen=True):
    """Make a document of this version of the text."""

    version: int
    steps_seen: bool = False  # the officer has seen which required steps are missing


class ShownRequest(View, frozen=True):
    """A page was shown, large or not, or read aloud; ``scrolled_pm``: seen down to, thousandths."""

    page: int
    from_us: int
    to_us: int
    scrolled_pm: int = 1000
    read_aloud: bool = False
    large_type: bool = False


class SignRequest(View, frozen=True):
    """Handwriting and a fingerprint; an officer's account and password make their own key sign."""

    ink: Ink
    account: str = ""
    password: str = ""
    fingerprint: Fingerprint | None = None
    reason: str = ""  # of an officer who signs when the session is closed: why only then

    def __repr__(self) -> str:
        return "SignRequest()"


class RefuseRequest(View, frozen=True):
    """Who does not sign, why in their words, and who attests it."""

    signer: str
    reason: str
    witness: str = ""
    unable: bool = False  # they cannot, as somebody who has left; they do not refuse


class KeyRequest(View, frozen=True):
    """The officer who signed with a key of their own, and their account and password."""

    signer: str
    account: str
    password: str

    def __repr__(self) -> str:
        return "KeyRequest()"


class CorrectRequest(View, frozen=True):
    """Who attended the session not as the document says, and how it came to stand there."""

    signer: str
    reason: str


async def _read(call: Call) -> RecordView:
    return await call.context.records.read(call.caller, call.path("session"))


async def _save(call: Call) -> RecordView:
    asked = call.body(TextRequest)
    return await call.context.records.save(
        call.caller, call.path("session"), asked.base, asked.header, asked.lines
    )


async def _make(call: Call) -> DocumentView:
    asked = call.body(MakeRequest)
    return await call.context.records.make(
        call.caller, call.path("session"), asked.version, steps_seen=asked.steps_seen
    )


async def _of_case(call: Call) -> DocumentList:
    case = call.path("case")
    return DocumentList(
        documents=await call.context.records.documents(call.caller, case),
        notices=await call.context.notice_signing.of_case(call.caller, case),
    )


async def _document(call: Call) -> DocumentView:
    return await call.context.records.document(call.caller, call.path("document"))


def _number(call: Call) -> int:
    """Of a page; 0, which no document has, for what is no number of one."""
    text = call.path("page")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


async def _page(call: Call) -> Response:
    picture = await call.context.records.page(call.caller, call.path("document"), _number(call))
    # what a document shows never changes, but it is nobody else's to keep
    return Response(picture, media_type="image/png", headers=_PRIVATE)


async def _page_text(call: Call) -> PageText:
    return await call.context.records.page_text(call.caller, call.path("document"), _number(call))


async def _page_ink(call: Call) -> Response:
    drawn = await call.context.records.page_ink(call.caller, call.path("document"), _number(call))
    return Response(drawn, media_type="image/svg+xml", headers=_PRIVATE)


async def _file(call: Call) -> Response:
    document, signed = call.path("document"), call.query("signed") == "1"
    data = await call.context.records.file(call.caller, document, signed=signed)
    seen = {"document": document, "signed": signed, "by": call.caller.account_id}
    row = await call.context.records.document(call.caller, document)
    await call.context.log.note("access.document", {**seen, "session": row.session})
    name = f"record-{document}{'-signed' if signed else ''}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **_PRIVATE}
    return Response(data, media_type="application/pdf", headers=headers)


async def _shown(call: Call) -> DocumentView:
    asked = call.body(ShownRequest)
    return await call.context.records.shown(
        call.caller,
        call.path("document"),
        asked.page,
        from_us=asked.from_us,
        to_us=asked.to_us,
        scrolled_pm=asked.scrolled_pm,
        read_aloud=asked.read_aloud,
        large_type=asked.large_type,
    )


async def _sign(call: Call) -> DocumentView:
    asked = call.body(SignRequest)
    client = call.request.client
    return await call.context.records.sign(
        call.caller,
        call.path("document"),
        asked.ink,
        account=asked.account,
        password=asked.password,
        address=client.host if client else "",
        fingerprint=asked.fingerprint,
        reason=asked.reason,
    )


async def _open_key(call: Call) -> DocumentView:
    asked = call.body(KeyRequest)
    client = call.request.client
    return await call.context.records.open_key(
        call.caller,
        call.path("document"),
        asked.signer,
        account=asked.account,
        password=asked.password,
        address=client.host if client else "",
    )


async def _correct_signer(call: Call) -> DocumentView:
    asked = call.body(CorrectRequest)
    return await call.context.records.correct(
        call.caller, call.path("document"), asked.signer, asked.reason
    )


async def _refuse(call: Call) -> DocumentView:
    asked = call.body(RefuseRequest)
    return await call.context.records.refuse(
        call.caller,
        call.path("document"),
        asked.signer,
        asked.reason,
        asked.witness,
        unable=asked.unable,
    )


async def _finish(call: Call) -> DocumentView:
    return await call.context.records.finish(call.caller, call.path("document"))


_RECORDER = ("recorder_unreachable", "recorder_refused", "store_busy", "disk_full")
_OPEN = ("unknown_document", "wrong_room", "record_finished", "record_replaced", "not_on_camera")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}/record",
        "The record of a session: its text as it stands, and its documents",
        _read,
        action=Action.READ_RECORD,
        reply=RecordView,
        codes=("unknown_session", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/record/text",
        "Save a new version of the text",
        _save,
        action=Action.KEEP_RECORD,
        body=TextRequest,
        reply=RecordView,
        codes=("unknown_session", "wrong_room", "record_changed", "bad_record"),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/record/document",
        "Make a document of the text",
        _make,
        action=Action.KEEP_RECORD,
        body=MakeRequest,
        reply=DocumentView,
        codes=(
            *("unknown_session", "wrong_room", "record_changed", "bad_record"),
            *("fonts_missing", "record_failed", "store_unreadable", *_RECORDER),
            *("differences_open", "steps_open", "signed_by_person"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/documents",
        "Documents of a case",
        _of_case,
        action=Action.READ_RECORD,
        reply=DocumentList,
    ),
    Endpoint(
        "GET",
        "/api/documents/{document}",
        "One document",
        _document,
        action=Action.READ_RECORD,
        reply=DocumentView,
        codes=("unknown_document", "wrong_room"),
    ),
    Endpoint(
        "GET",
        "/api/documents/{document}/pages/{page}",
        "A page as the picture that is signed",
        _page,
        action=Action.READ_RECORD,
        media_type="image/png",
        codes=("unknown_document", "unknown_place", "wrong_room", "record_replaced"),
    ),
    Endpoint(
        "GET",
        "/api/documents/{document}/pages/{page}/text",
        "The same page as text, to be read large or heard",
        _page_text,
        action=Action.READ_RECORD,
        reply=PageText,
        codes=("unknown_document", "unknown_place", "wrong_room", "record_replaced"),
    ),
    Endpoint(
        "GET",
        "/api/documents/{document}/pages/{page}/ink",
        "What is signed on a page so far, to be laid over its picture",
        _page_ink,
        action=Action.READ_RECORD,
        media_type="image/svg+xml",
        query={"signed": "how many places are signed, so that it is asked for anew"},
        codes=("unknown_document", "unknown_place", "wrong_room"),
    ),
    Endpoint(
        "GET",
        "/api/documents/{document}/file",
        "The PDF; its reading is an entry of the centre's log",
        _file,
        action=Action.READ_RECORD,
        media_type="application/pdf",
        query={"signed": "1: with its signatures"},
        codes=("unknown_document", "wrong_room", "store_unreadable", "segment_altered"),
    ),
    Endpoint(
        "POST",
        "/api/documents/{document}/shown",
        "A page was on the screen of the person questioned",
        _shown,
        action=Action.KEEP_RECORD,
        body=ShownRequest,
        reply=DocumentView,
        codes=(*_OPEN, "unknown_place", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/documents/{document}/sign",
        "A place was signed by hand",
        _sign,
        action=Action.KEEP_RECORD,
        body=SignRequest,
        reply=DocumentView,
        codes=(
            *(*_OPEN, "unknown_place", "bad_strokes", "page_not_shown", "wrong_signer"),
            *("bad_fingerprint", "fonts_missing", "message_too_large"),
            *("wrong_password", "account_locked", "record_failed", *_RECORDER),
            *("bad_reason", "place_signed", "session_closed"),
        ),
        body_bytes=_SIGN_BYTES,
    ),
    Endpoint(
        "POST",
        "/api/documents/{document}/refuse",
        "Somebody will not sign, or cannot",
        _refuse,
        action=Action.KEEP_RECORD,
        body=RefuseRequest,
        reply=DocumentView,
        codes=(*_OPEN, "unknown_place", "bad_reason", "bad_witness", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/documents/{document}/key",
        "An officer's key is opened once more, after a restart of the centre",
        _open_key,
        action=Action.KEEP_RECORD,
        body=KeyRequest,
        reply=DocumentView,
        codes=(
            *("unknown_document", "wrong_room", "record_finished", "record_replaced"),
            *("unknown_place", "wrong_signer", "wrong_password", "account_locked"),
            "record_failed",
        ),
    ),
    Endpoint(
        "POST",
        "/api/documents/{document}/correct",
        "Somebody attended not as the document says; noted when the session is closed",
        _correct_signer,
        action=Action.KEEP_RECORD,
        body=CorrectRequest,
        reply=DocumentView,
        codes=(
            *("unknown_document", "wrong_room", "record_finished", "record_replaced"),
            *("unknown_place", "bad_reason", "session_open", "attendant_signed", *_RECORDER),
        ),
    ),
    Endpoint(
        "POST",
        "/api/documents/{document}/finish",
        "Put the signatures into the PDF and file it",
        _finish,
        action=Action.KEEP_RECORD,
        body=Empty,
        reply=DocumentView,
        codes=(
            *(*_OPEN, "record_incomplete", "refusal_unattested", "signing_key_gone"),
            "signer_arrived",
            *("record_failed", *_RECORDER),
        ),
    ),
)
