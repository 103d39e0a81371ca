"""Notices of rights and duties: kept and replaced by administrators."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.kept_notices import (
    LAW_MAX,
    LINE_EN_MAX,
    LINE_MAX,
    LINES_MAX,
    KeptNotice,
    NoticeText,
)
from command_centre.desk.notices import Line
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class KeptNoticeList(View, frozen=True):
    """One for each kind of session."""

    notices: list[KeptNotice]


class NoticeRequest(View, frozen=True):
    """The next version; ``despite``: keep it though something was pointed out."""

    title: str
    title_en: str
    lines: list[Line]
    despite: bool = False


class NoticeUseRequest(View, frozen=True):
    """The version to be read from now on."""

    name: str
    despite: bool = False


async def _notices(call: Call) -> KeptNoticeList:
    return KeptNoticeList(notices=await call.context.notices.all())


async def _set_notice(call: Call) -> KeptNotice:
    said = call.body(NoticeRequest)
    text = NoticeText(title=said.title, title_en=said.title_en, lines=tuple(said.lines))
    return await call.context.notices.set(
        call.caller, call.path("kind"), text, despite=said.despite
    )


async def _use_notice(call: Call) -> KeptNotice:
    said = call.body(NoticeUseRequest)
    return await call.context.notices.use(
        call.caller, call.path("kind"), said.name, despite=said.despite
    )


# three bytes of a Chinese character at most, and room for the names of fields
_BODY_BYTES = LINES_MAX * (3 * (LINE_MAX + 2 * LAW_MAX) + 3 * LINE_EN_MAX + 200) + 4096

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/notice-templates",
        "The notices of rights and duties, every version in full, and which is in use",
        _notices,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=KeptNoticeList,
    ),
    Endpoint(
        "POST",
        "/api/notice-templates/{kind}",
        "The next version of a notice, read in sessions that open from now on",
        _set_notice,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=NoticeRequest,
        body_bytes=_BODY_BYTES,
        reply=KeptNotice,
        codes=(
            *("unknown_notice", "bad_notice_text", "notice_doubts", "too_many_notices"),
            "log_unavailable",
        ),
    ),
    Endpoint(
        "POST",
        "/api/notice-templates/{kind}/use",
        "Read an earlier version of a notice from now on",
        _use_notice,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=NoticeUseRequest,
        reply=KeptNotice,
        codes=("unknown_notice", "notice_doubts", "log_unavailable"),
    ),
)
