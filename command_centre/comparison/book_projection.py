"""What an entry of the centre's log means for points, lexicon and reviews: one function per kind;
and, from ``desk.member_projection``, for who works on a case.

The same entries give the same rows, whether they are taken as they are written or read again from
the log (``book.CaseBook``). A case unknown to the database (it was rebuilt from nothing) is made
from what its entries say. An entry that cannot be read, or that the tables cannot hold, is left
out; the log keeps it. A database that cannot be written is another matter: nothing is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from command_centre.comparison import (
    document_projection,
    question_projection,
    store,
    template_projection,
    wording_projection,
)
from command_centre.comparison.lexicon import CaseLexicon
from command_centre.comparison.views import PointDetail
from command_centre.db import schema
from command_centre.db.database import Writing, read_counter, write_counter
from command_centre.desk import (
    account_projection,
    case_projection,
    custody_projection,
    exhibit_projection,
    member_projection,
    notice_projection,
    place_projection,
    protocol,
    rows,
    setting_projection,
)
from config.words import ReviewState

logger = logging.getLogger(__name__)

#: Counter: entries of the centre's log before this one have been taken.
NEXT = "book"

Body = dict[str, Any]


class _Unreadable(Exception):
    """The entry does not say what its kind calls for."""


#: Would be so at every try; one odd entry must not hold up those that follow it.
_CANNOT_BE_TAKEN = (
    *(_Unreadable, LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    msgspec.MsgspecError,
)


def take(writing: Writing, index: int, t_us: int, kind: str, body: Body) -> None:
    """Take one entry of the centre's log into the tables."""
    write_counter(writing.connection, NEXT, max(index + 1, read_counter(writing.connection, NEXT)))
    step = STEPS.get(kind)
    if step is None:
        return
    emitted = len(writing.events)
    try:
        with writing.connection.begin_nested():
            step(writing, index, t_us, body)
    except OperationalError:
        raise  # the database is locked, full, or cannot be written: the entry is taken later
    except (*_CANNOT_BE_TAKEN, SQLAlchemyError) as error:
        del writing.events[emitted:]
        logger.warning("entry %d (%s) left out: %s", index, kind, type(error).__name__)


def _point_add(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    if "text" not in body:
        return  # of a version that did not write it down; the row is there
    case, point, table = _ensured(writing, body), str(body["point"]), schema.point
    if _point(writing, case, point) is None:
        last = select(func.max(table.c.position)).where(table.c.case_id == case)
        writing.execute(
            table.insert().values(
                case_id=case,
                id=point,
                position=(writing.execute(last).scalar() or 0) + 1,
                created_by=str(body.get("by", "")),
                template=str(body.get("template", "")),
                utterance_id=str(body.get("utterance", "")),
                log_index=index,
                **_wording(body),
            )
        )
        announce_point(writing, case, point)
        return
    mine = (table.c.case_id == case, table.c.id == point)
    writing.execute(update(table).where(*mine).values(log_index=index))


def _point_changed(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    _change(writing, body, log_index=index, **_wording(body))


def _point_retired(writing: Writing, index: int, t_us: int, body: Body) -> None:
    _change(writing, body, log_index=index, retired_us=t_us)


def _point_resumed(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    _change(writing, body, log_index=index, retired_us=None)


def _change(writing: Writing, body: Body, **values: Any) -> None:
    case, point, table = str(body["case"]), str(body["point"]), schema.point
    if _point(writing, case, point) is None:
        raise _Unreadable
    writing.execute(
        update(table).where(table.c.case_id == case, table.c.id == point).values(**values)
    )
    announce_point(writing, case, point)


def _wording(body: Body) -> dict[str, str]:
    detail = msgspec.convert(body.get("content") or {}, PointDetail)
    return {
        "text": str(body["text"]),
        "en": str(body.get("en", "")),
        "detail": msgspec.json.encode(detail).decode(),
    }


def _point(writing: Writing, case: str, point: str) -> Row[Any] | None:
    table = schema.point
    found = select(table).where(table.c.case_id == case, table.c.id == point)
    return writing.execute(found).one_or_none()


def announce_point(writing: Writing, case: str, point: str) -> None:
    """Tell every desk of the case how a point stands."""
    row = _point(writing, case, point)
    assert row is not None
    cursor = writing.next_cursor()
    event = protocol.PointEvent(cursor=cursor, point=rows.point(row))
    writing.emit(case, "", cursor, protocol.encode(event))


def _lexicon(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    case, table = _ensured(writing, body), schema.case_lexicon
    content = msgspec.json.decode(body["content"], type=CaseLexicon)
    values = {
        "content": msgspec.json.encode(content).decode(),
        "by_account": str(body.get("by", "")),
        "log_index": index,
    }
    writing.execute(table.insert().prefix_with("OR REPLACE").values(case_id=case, **values))


def _review(writing: Writing, index: int, t_us: int, body: Body) -> None:
    case, difference = _ensured(writing, body), str(body["difference"])
    writing.execute(
        schema.difference_review.insert()
        .prefix_with("OR IGNORE")
        .values(
            log_index=index,
            case_id=case,
            difference_id=difference,
            state=ReviewState(body["state"]),
            note=str(body.get("note", "")),
            by_account=str(body.get("by", "")),
            by_name=str(body.get("by_name", "")),
            prompts=msgspec.json.encode([str(one) for one in body.get("prompts", [])]).decode(),
            t_us=t_us,
        )
    )
    store.announce_difference(writing, case, difference)


def _ensured(writing: Writing, body: Body) -> str:
    case = str(body["case"])
    writing.execute(schema.case_file.insert().prefix_with("OR IGNORE").values(id=case))
    return case


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    **case_projection.STEPS,
    "case.lexicon": _lexicon,
    "point.add": _point_add,
    "point.changed": _point_changed,
    "point.retired": _point_retired,
    "point.resumed": _point_resumed,
    "difference.review": _review,
    **document_projection.STEPS,
    **member_projection.STEPS,
    **account_projection.STEPS,
    **notice_projection.STEPS,
    **question_projection.STEPS,
    **template_projection.STEPS,
    **wording_projection.STEPS,
    **setting_projection.STEPS,
    **place_projection.STEPS,
    **exhibit_projection.STEPS,
    **custody_projection.STEPS,
}
