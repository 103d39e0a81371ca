"""What a person keeps for their own screens: saved views of lists, layouts of the wall.

Text that pages made and pages read; the centre looks at its size only. It is neither evidence nor
an act, so no log knows it.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.errors import Rejected

NAME = re.compile(r"[a-z][A-Za-z0-9._-]{0,79}")
TEXT_MAX = 16_384  # characters of one
KEPT_MAX = 100  # of one account; the one longest untouched goes


def kept_of(connection: Connection, account_id: str) -> dict[str, str]:
    """Everything an account keeps."""
    table = schema.kept
    found = connection.execute(
        select(table.c.name, table.c.text).where(table.c.account_id == account_id)
    )
    return {row.name: row.text for row in found}


def keep(writing: Writing, account_id: str, name: str, text: str, now_us: int) -> None:
    """Keep a text under a name; an empty one is dropped.

    Raises:
        Rejected: ``bad_text``.
    """
    if not NAME.fullmatch(name):
        raise Rejected("bad_text", "a name has 1 to 80 letters, digits, dots and hyphens")
    if len(text) > TEXT_MAX:
        raise Rejected("bad_text", f"at most {TEXT_MAX} characters are kept under a name")
    table = schema.kept
    mine = table.c.account_id == account_id
    writing.execute(table.delete().where(mine, table.c.name == name))
    if not text:
        return
    values = {"account_id": account_id, "name": name, "text": text, "changed_us": now_us}
    writing.execute(table.insert().values(**values))
    count = writing.execute(select(func.count()).select_from(table).where(mine)).scalar_one()
    if count > KEPT_MAX:
        oldest = select(table.c.name).where(mine).order_by(table.c.changed_us).limit(1)
        gone = writing.execute(oldest).scalar_one()
        writing.execute(table.delete().where(mine, table.c.name == gone))
