"""The content of a record, put together from a saved text, the people present and the log's head.

Reads only. What may be made of it is decided in records.py and record_review.py.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.audit import log_of
from command_centre.desk.cases import case_number
from command_centre.desk.record_header import form_of
from command_centre.desk.record_text import Text, latest_text, signers_of
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.content import INSPECTION, Line, RecordContent, new_code, session_number
from command_centre.record.typeset import Typeset, template_sha256
from config.clock import Clock
from config.recorders import place
from config.settings import Settings
from evidence_store.document_account import DocumentHead
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader

PDF_TEMPLATE = "record.typ"
PDF_TEMPLATE_VERSION = "2"


class Contents:
    """One per centre."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def checked(
        self, summary: SessionSummary, version: int
    ) -> tuple[RecordContent, list[dict[str, Any]]]:
        """The content of a saved version that a document may be made of, and what was asked for.

        Raises:
            Rejected: ``record_changed``, ``bad_record``, ``store_unreadable``.
        """
        text, content = await self.latest(summary)
        if text.version != version or version == 0:
            raise Rejected("record_changed", "save the text, then make the document from it")
        if not content.lines:
            raise Rejected("bad_record", "there is nothing in the record yet")
        if content.form == INSPECTION and all(
            one.questioned or one.attends for one in content.signers
        ):
            raise Rejected("bad_record", "name the inspectors, who are officers of the case")
        if any(line.mark for line in text.lines):
            raise Rejected("bad_record", "a correction that was asked for is not settled yet")
        asked = await self._database.read(
            lambda connection: _requests(connection, summary.id, version)
        )
        return content, asked

    async def latest(self, summary: SessionSummary) -> tuple[Text, RecordContent]:
        """The text as it stands, saved or not, as content.

        Raises:
            Rejected: ``store_unreadable``.
        """
        now_us = self._clock.now_us()
        text, signers, number, log, first = await self._database.read(
            lambda connection: (
                text := latest_text(connection, summary, now_us),
                signers_of(connection, summary, text.header),
                case_number(connection, summary.id),
                log_of(connection, summary.id),
                _first_entry(connection, summary.id),
            )
        )
        origin, size, root, start = await asyncio.to_thread(self._heads, log, first)
        content = RecordContent(
            code=new_code(),
            version=text.version,
            session=summary.id,
            made_us=now_us,
            agency=self._settings.site.unit_name,
            case_number=number,
            session_number=session_number(summary.opened_us, summary.room_name),
            header=text.header,
            lines=[line for line in text.lines if line.text.strip()],
            signers=signers,
            origin=origin,
            size=size,
            root=root,
            form=form_of(summary.kind),
            start_root=start,
        )
        return text, content

    def _heads(self, log: str, first: int) -> tuple[str, int, str, str]:
        """The log's head now, and its root when the session was opened."""
        head = log_head(self._settings.store_path, log)
        try:
            reader = LogReader(self._settings.store_path / log / "log")
            start = reader.root(first + 1).hex() if 0 <= first < head.size else ""
        except EvidenceError as error:
            raise Rejected("store_unreadable", "the log's head cannot be read") from error
        return head.origin, head.size, head.root, start


def log_head(store: Path, log: str) -> DocumentHead:
    """The head of a log as a document states it; reads the disk.

    Raises:
        Rejected: ``store_unreadable``.
    """
    try:
        head = LogReader(store / log / "log").checkpoint()
    except EvidenceError as error:
        raise Rejected("store_unreadable", "the log's head cannot be read") from error
    if head.size == 0:
        raise Rejected("store_unreadable", "the log has no head yet")
    return DocumentHead(head.origin, head.size, head.root.hex())


def made_body(content: RecordContent, made: Typeset) -> dict[str, Any]:
    """What ``document.made`` says of a document."""
    return {
        "document": content.code,
        "type": "inspection" if content.form == "inspection" else "record",
        "version": content.version,
        "pages": len(made.pages),
        "page_digests": [
            {
                "bitmap": hashlib.sha256(picture).hexdigest(),
                "text": hashlib.sha256(text.encode()).hexdigest(),
            }
            for picture, text in zip(made.pages, made.texts, strict=True)
        ],
        "head": {"origin": content.origin, "size": content.size, "root": content.root},
        "template": PDF_TEMPLATE,
        "template_version": PDF_TEMPLATE_VERSION,
        "template_sha256": template_sha256(),
    }


def _first_entry(connection: Connection, session: str) -> int:
    """Index of a session's first entry in its own log; -1: it has none."""
    table = schema.log_entry
    first = connection.execute(
        select(func.min(table.c.log_index)).where(table.c.session_id == session)
    ).scalar()
    return -1 if first is None else place(first)[1]


def _requests(connection: Connection, session: str, version: int) -> list[dict[str, Any]]:
    """Corrections that the person asked for since the last document was made."""
    table, document = schema.record_draft, schema.record_document
    last = max(
        connection.execute(
            select(document.c.version).where(document.c.session_id == session)
        ).scalars(),
        default=0,
    )
    asked: dict[tuple[int, str], dict[str, Any]] = {}
    for row in connection.execute(
        select(table.c.version, table.c.lines)
        .where(table.c.session_id == session, table.c.version > last, table.c.version <= version)
        .order_by(table.c.version)
    ):
        for number, line in enumerate(msgspec.json.decode(row.lines, type=list[Line]), 1):
            if line.mark:
                key = (number, line.mark)
                asked.setdefault(key, {"line": number, "asked": line.mark, "was": line.text[:500]})
    return list(asked.values())[:50]
