"""Settings and forms of records as administrators read them. Settings are changed in the site file
and hold from a restart on; forms by ``duizhi record template``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.permissions import Action
from command_centre.desk.views import View
from command_centre.record.errors import TemplateUnusable
from command_centre.record.word_document import read_template
from command_centre.record.word_values import FORM_NAMES
from config.settings_report import SettingRow, report


class SettingList(View, frozen=True):
    """Every setting."""

    settings: list[SettingRow]


class FormRow(View, frozen=True):
    """The template in use for one form of record."""

    form: str  # questioning | inspection
    own: bool  # the agency's, not the one shipped
    version: str
    sha256: str
    problem: str  # why it cannot be used; empty: it can


class FormList(View, frozen=True):
    """Every form."""

    forms: list[FormRow]


async def _record_forms(call: Call) -> FormList:
    return FormList(forms=await asyncio.to_thread(_read_forms, call.context.store / "templates"))


def _read_forms(folder: Path) -> list[FormRow]:
    rows = []
    for form in FORM_NAMES:
        try:
            found = read_template(form, folder)
        except TemplateUnusable as error:
            rows.append(FormRow(form=form, own=True, version="", sha256="", problem=str(error)))
            continue
        rows.append(
            FormRow(
                form=form, own=found.own, version=found.version, sha256=found.sha256, problem=""
            )
        )
    return rows


async def _settings(call: Call) -> SettingList:
    return SettingList(settings=report(call.context.settings))


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
        "GET",
        "/api/record-templates",
        "Which template is in use for each form of record",
        _record_forms,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=FormList,
    ),
)
