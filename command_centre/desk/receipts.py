"""The receipt of a sealed session for whoever was questioned, and whether one is genuine.

A receipt is made of the entries alone (evidence_store/receipt_maker.py), as often as wanted; that
one was given is an entry. Asked by anybody whether a receipt is one of a session sealed here, the
only answer is yes with its times, or no: not whether such a session exists, nothing of people.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.cases import case_number
from command_centre.desk.english_names import english_rooms
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import append
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from command_centre.record.errors import FontMissing, RecordError
from command_centre.record.receipt_sheet import receipt_sheet
from command_centre.record.typeset import typeset_receipt
from config.bus import Bus
from config.clock import Clock
from config.recorders import place
from config.settings import Settings
from evidence_store.errors import EvidenceError, ReceiptError
from evidence_store.reader import LogReader
from evidence_store.receipt import RECEIPT_CHARACTERS_MAX, Receipt, parse_receipt
from evidence_store.receipt_maker import Sealed, make_receipt

HOW = ("printed", "shown")
LANGUAGES = ("zh", "en")
_MICRO = 1_000_000
_SEAL_S = 5.0


class ReceiptView(View, frozen=True):
    """A receipt, and what stands around it on the paper."""

    receipt: str  # the one line
    address: str  # what the QR code holds: the checking page with the line behind ``#``
    unit_name: str
    unit_name_en: str
    case_number: str
    room_name: str
    room_name_en: str
    opened_us: int
    closed_us: int
    root: str  # hex of the chain that the final seal signs
    entries: int
    given_us: int | None = None  # when it was given last
    may_give: bool = False  # whether the one who asks may say so, in this case


class ReceiptGiven(View, frozen=True):
    """It was given to the person: printed, or shown to be photographed."""

    how: str


class ReceiptCheck(View, frozen=True):
    """A receipt that somebody brings."""

    receipt: str

    def __repr__(self) -> str:
        return "ReceiptCheck()"


class ReceiptAnswer(View, frozen=True):
    """Whether it is one of a session sealed here; times only when it is."""

    genuine: bool
    unit_name: str
    unit_name_en: str
    opened_us: int | None = None
    closed_us: int | None = None


@dataclass(frozen=True)
class _Where:
    log: str
    at: Sealed


class Receipts:
    """Makes and checks; one per centre, used on the event loop."""

    def __init__(
        self, bus: Bus, database: Database, follower: Follower, clock: Clock, settings: Settings
    ) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._settings = settings

    async def of(self, summary: SessionSummary) -> ReceiptView:
        """The receipt of a session.

        Raises:
            Rejected: ``not_sealed``, ``store_unreadable``.
        """
        receipt = await self._sealed(summary)
        number, given_us, rooms = await self._database.read(
            lambda connection: (
                case_number(connection, summary.id),
                _given(connection, summary.id),
                english_rooms(connection, [summary.room]),
            )
        )
        site = self._settings.site
        return ReceiptView(
            receipt=receipt.text,
            address=f"{check_address(self._settings)}#{receipt.text}",
            unit_name=site.unit_name,
            unit_name_en=site.unit_name_en,
            case_number=number,
            room_name=summary.room_name,
            room_name_en=rooms.get((summary.room, summary.room_name), ""),
            opened_us=summary.opened_us,
            closed_us=summary.closed_us or 0,
            root=receipt.seal.chain.hex(),
            entries=receipt.seal.entries,
            given_us=given_us,
        )

    async def given(self, caller: Caller, summary: SessionSummary, how: str) -> ReceiptView:
        """It was handed to the person.

        Raises:
            Rejected: ``bad_copy``, ``not_sealed``, or the recorder refused.
        """
        if how not in HOW:
            raise Rejected("bad_copy", f"say how: {', '.join(HOW)}")
        caller.require_room(summary.room)
        receipt = await self._sealed(summary)
        body: dict[str, Any] = {
            "seal": receipt.seal.chain.hex(),
            "size": receipt.size,
            "how": how,
            "by": caller.account_id,
            "by_name": caller.name,
        }
        appended = await append(
            self._bus,
            key=f"receipt.given:{short_id('rg')}",
            kind="receipt.given",
            session=summary.id,
            room=summary.room,
            body=body,
            t_us=self._clock.now_us(),
        )
        await self._follower.reached(appended.index)
        return await self.of(summary)

    async def pdf(self, summary: SessionSummary, language: str) -> bytes:
        """The receipt as PDF/A, to be printed.

        Raises:
            Rejected: ``not_sealed``, ``fonts_missing``, ``record_failed``.
        """
        view = await self.of(summary)
        sheet = receipt_sheet(view, language, check_address(self._settings))
        try:
            return await asyncio.to_thread(typeset_receipt, sheet, view.closed_us)
        except FontMissing as error:
            raise Rejected("fonts_missing", str(error)) from error
        except RecordError as error:
            raise Rejected("record_failed", str(error)) from error

    async def check(self, text: str) -> ReceiptAnswer:
        """Whether a receipt is one of a session sealed here.

        Raises:
            Rejected: ``bad_receipt``, ``store_unreadable``.
        """
        if len(text) > 2 * RECEIPT_CHARACTERS_MAX:
            raise Rejected("bad_receipt", "a receipt is one line; this is too long")
        try:
            brought = await asyncio.to_thread(parse_receipt, text)
        except ReceiptError as error:
            raise Rejected("bad_receipt", str(error)) from error
        site = self._settings.site
        no = ReceiptAnswer(genuine=False, unit_name=site.unit_name, unit_name_en=site.unit_name_en)
        try:
            ours = await self._make(brought.seal.session)
        except Rejected as error:
            if error.code == "store_unreadable":
                raise
            return no
        if not _same_seal(brought, ours) or not await self._had_head(brought):
            return no
        return ReceiptAnswer(
            genuine=True,
            unit_name=site.unit_name,
            unit_name_en=site.unit_name_en,
            opened_us=ours.opened_s * _MICRO,
            closed_us=ours.closed_s * _MICRO,
        )

    async def _sealed(self, summary: SessionSummary) -> Receipt:
        """The seal stands right behind the session's close: waited for, but not for long."""
        if summary.closed_us is None:
            raise Rejected("not_sealed", "the session is still open; stop and seal it first")
        try:
            async with asyncio.timeout(_SEAL_S):
                while True:
                    advanced = self._follower.next_commit()  # taken before looking
                    try:
                        return await self._make(summary.id)
                    except Rejected as error:
                        if error.code != "not_sealed":
                            raise
                    await advanced.wait()
        except TimeoutError as error:
            raise Rejected(
                "not_sealed", "the session is not sealed; a receipt follows its seal"
            ) from error

    async def _make(self, session: str) -> Receipt:
        where = await self._database.read(lambda connection: _where(connection, session))
        if where is None:
            raise Rejected("not_sealed", "the session is not sealed; a receipt follows its seal")
        try:
            return await asyncio.to_thread(make_receipt, self._reader(where.log), where.at)
        except ReceiptError as error:
            raise Rejected("not_sealed", str(error)) from error
        except EvidenceError as error:
            raise Rejected("store_unreadable", "the seal of the session cannot be read") from error

    async def _had_head(self, brought: Receipt) -> bool:
        """Whether the log had the head that the receipt states."""
        where = await self._database.read(lambda c: _where(c, brought.seal.session))
        if where is None:
            return False
        try:
            root = await asyncio.to_thread(self._reader(where.log).root, brought.size)
        except EvidenceError:
            return False  # the log was never that long
        return hmac.compare_digest(root, brought.root)

    def _reader(self, log: str) -> LogReader:
        return LogReader(Path(self._settings.store_path) / log / "log")


def check_address(settings: Settings) -> str:
    """The public page that checks receipts."""
    site = settings.site
    return site.receipt_url or f"https://{site.host_name}:{settings.centre.https_port}/check"


def _same_seal(brought: Receipt, ours: Receipt) -> bool:
    def signed(one: Receipt) -> bytes:
        times = f"{one.opened_s} {one.closed_s}\n".encode()
        return one.seal.text.encode() + times + one.key + one.signature

    return hmac.compare_digest(signed(brought), signed(ours))


def _where(connection: Connection, session: str) -> _Where | None:
    """Where the entries lie; None unless the session is closed and a seal follows."""
    table = schema.log_entry

    def last(kind: str) -> int | None:
        return connection.execute(
            select(func.max(table.c.log_index)).where(
                table.c.session_id == session, table.c.kind == kind
            )
        ).scalar()

    opened, key, seal, closed = map(
        last, ("session.open", "key.session", "session.seal", "session.close")
    )
    if opened is None or key is None or seal is None or closed is None or seal < closed:
        return None
    log, first = place(opened)
    return _Where(log, Sealed(first, place(key)[1], place(seal)[1]))


def _given(connection: Connection, session: str) -> int | None:
    table = schema.log_entry
    return connection.execute(
        select(func.max(table.c.t_us)).where(
            table.c.session_id == session, table.c.kind == "receipt.given"
        )
    ).scalar()
