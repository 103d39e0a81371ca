"""One's own jobs: what runs, what ended and how, where its result is. For pages that were left.

Results stay where they are (a report has megabytes); a line says only what leads to them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from command_centre.db import schema
from command_centre.desk.views import View

#: Jobs of one person that are listed, the newest.
LISTED_MAX = 30
#: An ended job is listed for this long.
LISTED_US = 7 * 86_400_000_000


class JobItem(View, frozen=True):
    """A job in the list of who began it."""

    id: str
    kind: str  # verify | check | export | derive | clip | measure | model
    state: str  # running | done | failed
    progress: int  # thousandths
    created_us: int
    finished_us: int | None
    code: str  # why it failed
    case: str  # empty: of no case
    case_number: str
    case_name: str
    case_name_en: str
    session: str  # empty: of the whole case, or of none
    room: str  # name
    room_en: str
    about: str  # of what else: a model
    verdict: str
    export: str  # a package to fetch
    derived: str  # a redacted copy to fetch


class JobList(View, frozen=True):
    """The newest first."""

    jobs: list[JobItem]


def list_jobs(connection: Connection, account: str, now_us: int) -> list[JobItem]:
    """Jobs of an account that run, or ended in the last days."""
    table = schema.job
    statement = (
        _items()
        .where(
            table.c.by_account == account,
            or_(table.c.state == "running", table.c.created_us > now_us - LISTED_US),
        )
        .order_by(table.c.created_us.desc())
        .limit(LISTED_MAX)
    )
    return [_item(row) for row in connection.execute(statement)]


def read_item(connection: Connection, job: str) -> tuple[str, JobItem] | None:
    """Who began a job, and its line."""
    row = connection.execute(_items().where(schema.job.c.id == job)).one_or_none()
    return None if row is None else (str(row.by_account), _item(row))


def _items() -> Select[Any]:
    job, session, case, room = schema.job, schema.session, schema.case_file, schema.room

    def of(name: str) -> Any:
        result = func.nullif(job.c.result, "")
        return func.coalesce(func.json_extract(result, f"$.{name}"), "").label(name)

    return (
        select(
            *(job.c.id, job.c.kind, job.c.state, job.c.progress, job.c.created_us),
            *(job.c.finished_us, job.c.error, job.c.by_account, job.c.target_kind, job.c.target),
            *(of("verdict"), of("export"), of("derived")),
            case.c.id.label("case"),
            *(case.c.number, case.c.name, case.c.name_en),
            session.c.id.label("session"),
            session.c.room_name,
            room.c.name_en.label("room_en"),
            func.coalesce(func.json_extract(func.nullif(job.c.error, ""), "$.code"), "").label(
                "code"
            ),
        )
        .outerjoin(session, (job.c.target_kind == "session") & (session.c.id == job.c.target))
        .outerjoin(room, room.c.id == session.c.room_id)
        .outerjoin(
            case,
            or_(
                (job.c.target_kind == "case") & (case.c.id == job.c.target),
                case.c.id == session.c.case_id,
            ),
        )
    )


def _item(row: Row[Any]) -> JobItem:
    return JobItem(
        id=row.id,
        kind=row.kind,
        state=row.state,
        progress=row.progress,
        created_us=row.created_us,
        finished_us=row.finished_us,
        code=row.code,
        case=row.case or "",
        case_number=row.number or "",
        case_name=row.name or "",
        case_name_en=row.name_en or "",
        session=row.session or "",
        room=row.room_name or "",
        room_en=row.room_en or "",
        about=row.target if row.target_kind == "model" else "",
        verdict=str(row.verdict),
        # a report has a field of that name too
        export=str(row.export) if row.kind in ("export", "clip") else "",
        derived=str(row.derived) if row.kind in ("derive", "clip") else "",
    )
