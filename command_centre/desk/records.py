"""Records of questioning as acts: text saved, document made, its pages looked at.

Each act on a document is an entry of the session's log first; tables and views follow from it. A
document is never changed: a correction makes a new version of the text and a new document, and
once the session is closed a note beside it (``record_hands``, which has reading back and signing).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from command_centre.db import schema
from command_centre.desk.permissions import Caller
from command_centre.desk.record_contents import made_body
from command_centre.desk.record_corrections import require_unsigned
from command_centre.desk.record_hands import RecordHands
from command_centre.desk.record_header import require_keeper
from command_centre.desk.record_opened import record_view
from command_centre.desk.record_parts import require_page
from command_centre.desk.record_signing import ink_of
from command_centre.desk.record_text import save_text
from command_centre.desk.record_views import (
    DocumentView,
    PageText,
    RecordView,
    documents_of,
    known_content,
)
from command_centre.record.content import Header, Line
from command_centre.record.page_text import page_blocks
from command_centre.record.typeset import typeset


class Records(RecordHands):
    """One per centre."""

    # --- the text -------------------------------------------------------------------------

    async def read(self, caller: Caller, session: str) -> RecordView:
        """The record of a session as it stands."""
        summary = await self._session(caller, session)
        now_us = self._clock.now_us()
        return await self._database.read(
            lambda connection: record_view(connection, summary, now_us)
        )

    async def save(
        self, caller: Caller, session: str, base: int, header: Header, lines: Sequence[Line]
    ) -> RecordView:
        """Save a new version of the text on top of version ``base``."""
        summary = await self._session(caller, session)
        require_keeper(caller, summary.kind)
        by = (caller.account_id, caller.name)
        now_us = self._clock.now_us()
        await self._database.write(
            lambda writing: save_text(
                writing, summary, base=base, header=header, lines=lines, by=by, now_us=now_us
            )
        )
        return await self.read(caller, session)

    # --- the document ---------------------------------------------------------------------

    async def make(
        self, caller: Caller, session: str, version: int, *, steps_seen: bool = False
    ) -> DocumentView:
        """Typeset a version of the text and put it into the session's log.

        Raises:
            Rejected: ``record_changed``, ``bad_record``, ``differences_open``, ``steps_open``
                unless the officer has seen which are, ``fonts_missing``, ``record_failed``,
                ``signed_by_person`` of a closed session, or what the recorder says.
        """
        summary = await self._session(caller, session)
        require_keeper(caller, summary.kind)
        async with self._turns.turn(session):
            await self._database.read(lambda connection: require_unsigned(connection, summary))
            content, asked = await self._contents.checked(summary, version)
            seen = await self._review.before_making(summary, steps_seen=steps_seen)
            made = await self._in_thread(typeset, content)
            await self._database.write(
                lambda writing: (
                    writing.execute(
                        schema.record_content.insert().values(
                            document_id=content.code,
                            content=msgspec.json.encode(content).decode(),
                            places=msgspec.json.encode(made.places).decode(),
                        )
                    ).rowcount
                )
            )
            body = {**made_body(content, made), **seen, "by_name": caller.name, "requests": asked}
            await self._file(summary, "document.made", f"{content.code}.pdf", body, made.pdf)
            self._keep(content.code, made)
        return await self.document(caller, content.code)

    async def documents(self, caller: Caller, case: str) -> list[DocumentView]:
        """Documents of a case that the caller may see."""
        found = await self._database.read(lambda connection: documents_of(connection, case=case))
        return [one for one in found if not caller.rooms or one.room in caller.rooms]

    async def page(self, caller: Caller, document: str, page: int) -> bytes:
        """A page as a picture: the one whose digest the log has."""
        row = await self._row(caller, document)
        made = await self._pages(row)
        require_page(row, page)
        picture: bytes = made.pages[page - 1]
        return picture

    async def page_text(self, caller: Caller, document: str, page: int) -> PageText:
        """The same page as text, with the moments of the recording."""
        row = await self._row(caller, document)
        made = await self._pages(row)
        require_page(row, page)
        content, _ = await self._database.read(lambda connection: known_content(connection, row.id))
        blocks = await self._in_thread(page_blocks, content, made.texts)
        return PageText(page=page, of=len(blocks), blocks=list(blocks[page - 1]))

    async def page_ink(self, caller: Caller, document: str, page: int) -> str:
        """What is signed on a page so far, drawn to be laid over its picture."""
        row = await self._row(caller, document)
        require_page(row, page)
        return await self._database.read(lambda connection: ink_of(connection, row.id, page))
