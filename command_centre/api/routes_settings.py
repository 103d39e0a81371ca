"""Settings as administrators read and change them, and templates of record forms, which they
replace. Most settings are changed in the site file and hold from a restart on.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.desk.permissions import Action
from command_centre.desk.record_forms import FormCheck, FormList
from command_centre.desk.views import View
from command_centre.record.word_document import TEMPLATE_BYTES_MAX
from config.settings_report import SettingRow


class SettingList(View, frozen=True):
    """Every setting, and which processes must start again before all of them hold."""

    settings: list[SettingRow]
    restarts: list[str]


class SettingRequest(View, frozen=True):
    """The value: a number, true or false, a text, or a list."""

    value: Any


class TemplateRequest(View, frozen=True):
    """A Word template, base64."""

    data: bytes


class BackRequest(View, frozen=True):
    """The digest of an earlier template; empty: the one that is shipped."""

    sha256: str = ""


async def _record_forms(call: Call) -> FormList:
    return await call.context.record_forms.all()


async def _check_form(call: Call) -> FormCheck:
    data = call.body(TemplateRequest).data
    return await call.context.record_forms.check(call.path("form"), data)


async def _use_form(call: Call) -> FormList:
    data = call.body(TemplateRequest).data
    return await call.context.record_forms.use(call.caller, call.path("form"), data)


async def _back_to_form(call: Call) -> FormList:
    sha256 = call.body(BackRequest).sha256
    return await call.context.record_forms.back(call.caller, call.path("form"), sha256)


async def _form_file(call: Call) -> Response:
    form = call.path("form")
    data = await call.context.record_forms.file(form)
    headers = {
        "Content-Disposition": f'attachment; filename="{form}.docx"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=_WORD, headers=headers)


async def _settings(call: Call) -> SettingList:
    context = call.context
    return SettingList(settings=context.live_settings.rows(), restarts=context.restarts.waiting())


async def _change_setting(call: Call) -> SettingList:
    value = call.body(SettingRequest).value
    await call.context.live_settings.change(call.caller, call.path("setting"), value)
    return await _settings(call)


async def _restore_setting(call: Call) -> SettingList:
    await call.context.live_settings.restore(call.caller, call.path("setting"))
    return await _settings(call)


async def _restart(call: Call) -> SettingList:
    await call.context.restarts.start_again(call.caller)
    return await _settings(call)


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BODY_BYTES = TEMPLATE_BYTES_MAX * 4 // 3 + 4096

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/settings",
        "Every setting with its meaning, default, value in force, and where that comes from",
        _settings,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=SettingList,
    ),
    Endpoint(
        "POST",
        "/api/settings/{setting}",
        "Change a setting that may be changed while running",
        _change_setting,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=SettingRequest,
        reply=SettingList,
        codes=("unknown_setting", "needs_restart", "bad_setting", "disk_full", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/settings/{setting}/restore",
        "Put a setting back to what the site's file or the default says",
        _restore_setting,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=SettingList,
        codes=("unknown_setting", "needs_restart", "bad_setting", "disk_full", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/restart",
        "Start the processes again for which settings were changed",
        _restart,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=SettingList,
        codes=(
            *("cannot_restart", "sessions_open", "jobs_running", "log_unavailable"),
            *("recorder_refused", "recorder_restarting", "recorder_slow"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/record-templates",
        "Which template is in use for each form of record",
        _record_forms,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=FormList,
    ),
    Endpoint(
        "POST",
        "/api/record-templates/{form}/check",
        "What is found in a template: whether it can be filled, fields unknown and left out",
        _check_form,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=TemplateRequest,
        body_bytes=_BODY_BYTES,
        reply=FormCheck,
        codes=("unknown_form",),
    ),
    Endpoint(
        "POST",
        "/api/record-templates/{form}",
        "Put a template to use from now on; one that cannot be filled is refused",
        _use_form,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=TemplateRequest,
        body_bytes=_BODY_BYTES,
        reply=FormList,
        codes=("unknown_form", "template_unusable", "disk_full", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/record-templates/{form}/back",
        "Use an earlier template again, or the one that is shipped",
        _back_to_form,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=BackRequest,
        reply=FormList,
        codes=(
            *("unknown_form", "unknown_template", "template_unusable", "disk_full"),
            "log_unavailable",
        ),
    ),
    Endpoint(
        "GET",
        "/api/record-templates/{form}/file",
        "The template in use",
        _form_file,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        media_type=_WORD,
        codes=("unknown_form", "template_unusable"),
    ),
)
