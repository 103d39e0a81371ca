"""The PDF of a finished verification: who asked for it, its result, and the pages made of both."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.errors import Rejected
from command_centre.record.errors import FontMissing, RecordError
from command_centre.record.typeset import typeset_verification
from command_centre.record.verification import Asked, verification_sheet
from config.settings import Settings

LANGUAGES = ("zh", "en")
_KINDS = ("verify", "check")


async def report_of_job(
    database: Database, settings: Settings, job: str, caller: Caller, language: str
) -> bytes:
    """The report as PDF/A; the same job gives the same bytes.

    Raises:
        Rejected: ``unknown_job``, ``job_unfinished``, ``fonts_missing``, ``record_failed``.
    """
    asked, result = await database.read(
        lambda connection: _asked(connection, settings, job, caller, language)
    )
    reports = result.get("reports") or [result]
    sheet = verification_sheet(asked, reports, result.get("home", ()), result.get("copies"))
    try:
        return await asyncio.to_thread(typeset_verification, sheet, asked.made_us)
    except FontMissing as error:
        raise Rejected("fonts_missing", str(error)) from error
    except RecordError as error:
        raise Rejected("record_failed", str(error)) from error


def _asked(
    connection: Connection, settings: Settings, job: str, caller: Caller, language: str
) -> tuple[Asked, dict[str, Any]]:
    table, account = schema.job, schema.account
    row = connection.execute(
        select(table, account.c.name.label("by_name"))
        .outerjoin(account, account.c.id == table.c.by_account)
        .where(table.c.id == job)
    ).one_or_none()
    if row is None or row.kind not in _KINDS:
        raise Rejected("unknown_job", "there is no such verification")
    if row.state != "done" or not row.result:
        raise Rejected("job_unfinished", "the verification is not finished; wait for its verdict")
    site = settings.site
    source = schema.source.c
    # what was handed over may come from elsewhere, where the same ids are other devices
    known = (
        []
        if row.target_kind == "package"
        else connection.execute(select(source.id, source.name, source.name_en)).all()
    )
    asked = Asked(
        unit=site.unit_name if language == "zh" else site.unit_name_en,
        about=_about(connection, row, language),
        by=row.by_name or caller.name,
        made_us=row.finished_us or row.created_us,
        language=language,
        sources={one.id: _in(language, one.name, one.name_en) for one in known},
    )
    return asked, msgspec.json.decode(row.result)


def _about(connection: Connection, row: Row[Any], language: str) -> str:
    if row.target_kind == "package":
        return "送来的导出包" if language == "zh" else "A package that was handed over"
    case, session = schema.case_file, schema.session
    if row.target_kind == "session":
        found = connection.execute(
            select(case.c.number, case.c.name, case.c.name_en)
            .join(session, session.c.case_id == case.c.id)
            .where(session.c.id == row.target)
        ).one_or_none()
        part = "，其中一次询问" if language == "zh" else ", one session"
    else:
        found = connection.execute(
            select(case.c.number, case.c.name, case.c.name_en).where(case.c.id == row.target)
        ).one_or_none()
        part = ""
    if found is None:
        return "—"
    joint = " " if found.number else ""
    return f"{found.number}{joint}{_in(language, found.name, found.name_en)}{part}"


def _in(language: str, name: str, name_en: str) -> str:
    return (name_en if language == "en" else "") or name
