"""What entries of the centre's log mean for what documents state and for stored device logs.

Used by the book. The same entries give the same rows, as they are written or read again. Nothing
is replaced: a fact and a log that is brought in have ids of their own, and withdrawing leaves the
row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Table, update

from command_centre.comparison.lexicon import DeviceLog
from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def _stated(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``fact.stated``: compared from here on."""
    said = {
        name: str(body.get(name, ""))
        for name in ("kind", "name", "slot", "unit", "entered", "quote", "page")
    }
    writing.execute(
        schema.document_fact.insert()
        .prefix_with("OR IGNORE")
        .values(
            case_id=_case(writing, body),
            id=str(body["fact"]),
            document=str(body["document"]),
            point_id=str(body["point"]),
            value=_checked_json(body["value"]),
            people=_checked_json(body.get("people", "[]")),
            person_id=str(body.get("person", "")),
            by_account=str(body.get("by", "")),
            by_name=str(body.get("by_name", "")),
            stated_us=t_us,
            log_index=index,
            **said,
        )
    )


def _fact_withdrawn(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``fact.withdrawn``: compared no more."""
    _withdraw(writing, schema.document_fact, {"id": str(body["fact"])}, t_us, body)


def _device_log(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``case.device_log``: came with the case file, or was brought in by somebody (``by``)."""
    content = msgspec.json.decode(body["content"], type=DeviceLog)
    writing.execute(
        schema.device_log.insert()
        .prefix_with("OR REPLACE")
        .values(
            case_id=_case(writing, body),
            device=content.device,
            content=msgspec.json.encode(content).decode(),
            file_name=str(body.get("file_name", "")),
            file_sha256=str(body.get("file_sha256", "")),
            zone=str(body.get("zone", "")),
            lines=int(body.get("lines", 0)),
            passed=int(body.get("passed", 0)),
            thinned=int(bool(body.get("thinned", False))),
            by_name=str(body.get("by_name", "")),
            taken_us=t_us if body.get("by") else None,
            log_index=index,
        )
    )


def _log_withdrawn(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``case.device_log_withdrawn``: nothing is laid beside it any more."""
    _withdraw(writing, schema.device_log, {"device": str(body["device"])}, t_us, body)


def _withdraw(writing: Writing, table: Table, named: dict[str, str], t_us: int, body: Body) -> None:
    mine = [table.c[column] == value for column, value in named.items()]
    writing.execute(
        update(table)
        .where(table.c.case_id == str(body["case"]), *mine)
        .values(
            withdrawn_us=t_us,
            withdrawn_by=str(body.get("by_name", "")),
            reason=str(body.get("reason", "")),
        )
    )


def _checked_json(text: Any) -> str:
    return msgspec.json.encode(msgspec.json.decode(str(text))).decode()


def _case(writing: Writing, body: Body) -> str:
    case = str(body["case"])
    writing.execute(schema.case_file.insert().prefix_with("OR IGNORE").values(id=case))
    return case


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "fact.stated": _stated,
    "fact.withdrawn": _fact_withdrawn,
    "case.device_log": _device_log,
    "case.device_log_withdrawn": _log_withdrawn,
}
