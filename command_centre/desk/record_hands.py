"""Reading back and signing a record of questioning, and what is noted of it afterwards.

Signing is on camera (公安机关办理刑事案件程序规定 art. 387): pages are shown and signed only
while the session is open and its pictures are not withheld. Once it is closed, what is there stays
as it was signed, and something is only added: an officer signs later, with their own key and a
reason; who could not sign, or was named by mistake, is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from command_centre.desk.permissions import Caller
from command_centre.desk.record_corrections import (
    REASON_CHARACTERS_MAX,
    checked_reason,
    corrected_keys,
    require_later,
    role_in_log,
)
from command_centre.desk.record_officer_notes import require_outside
from command_centre.desk.record_parts import RecordParts, page_body
from command_centre.desk.record_signing import (
    Ink,
    fingerprint_parts,
    signed_file,
)
from command_centre.desk.record_text import require_whole
from command_centre.desk.record_views import DocumentView, marks_of
from command_centre.errors import Rejected
from command_centre.record.content import Signer
from command_centre.record.fingerprint import Fingerprint
from command_centre.record.strokes import check_strokes
from command_centre.record.typeset import Place

#: A page is not on the screen longer than this without a sign of life of the desk.
_SHOWN_US_MAX = 6 * 3600 * 1_000_000


class RecordHands(RecordParts):
    """What people do with a document; one document a turn."""

    async def shown(
        self,
        caller: Caller,
        document: str,
        page: int,
        *,
        from_us: int,
        to_us: int,
        scrolled_pm: int,
        read_aloud: bool = False,
        large_type: bool = False,
    ) -> DocumentView:
        """A page was on the screen of the person questioned, or an officer read it aloud to them.

        Somebody who reads with difficulty has the record read to them (facts/trade.md, 1.1); what
        was read stands in the log and beside the signature of that page. ``large_type``: what was
        on the screen is the page's text, enlarged.
        """
        row = await self._kept_row(caller, document)
        now_us = self._clock.now_us()
        if not (0 < from_us <= to_us <= now_us + 60_000_000 and to_us - from_us <= _SHOWN_US_MAX):
            raise Rejected("malformed_request", "from_us and to_us are when it was shown")
        await self._on_camera(row)
        body = {
            **page_body(row, page),
            "signer": "p",
            "from_us": from_us,
            "to_us": to_us,
            "scrolled_pm": max(0, min(1000, scrolled_pm)),
        }
        if read_aloud:
            body["read_aloud"] = True
        if large_type:
            body["large_type"] = True
        await self._append(row, "page.shown", body, {"by": caller.account_id})
        return await self.document(caller, document)

    async def sign(
        self,
        caller: Caller,
        document: str,
        ink: Ink,
        *,
        account: str = "",
        password: str = "",
        address: str = "",
        fingerprint: Fingerprint | None = None,
        reason: str = "",
    ) -> DocumentView:
        """Somebody signed a place by hand; an officer with an account also with their own key.

        Once the session is closed nobody sees who writes: then officers alone sign, with their
        own key and with a ``reason`` that stands beside the handwriting.
        """
        check_strokes(ink.strokes)
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            late = (await self._summary(row.session_id)).closed_us is not None
            if not late:
                await self._on_camera(row)
            content, places = await self._open_content(row)
            place = next(
                (one for one in places if (one.key, one.page) == (ink.place, ink.page)), None
            )
            if place is None:
                raise Rejected("unknown_place", "there is no such place to sign")
            signer = next(one for one in content.signers if one.key == place.signer)
            marks = await self._database.read(lambda connection: marks_of(connection, document))
            private: dict[str, Any] = {"name": signer.name, "strokes": ink.strokes}
            if late:
                require_later(signer, place, marks)
                private["reason"] = checked_reason(reason)
            seen = {one.page for one in marks if one.kind == "shown"}
            if signer.questioned and place.page not in seen:
                raise Rejected("page_not_shown", "show the page before it is signed")
            own = bool(account) or late
            if own:
                await self._open_own(document, signer, account, password, address)
            body = {**page_body(row, place.page), **_signed_body(place, signer, ink, own=own)}
            if fingerprint is not None:
                said, kept = await fingerprint_parts(place, fingerprint)
                body, private = body | said, private | kept
            kind = "page.signed_late" if late else "page.signed"
            await self._append(row, kind, body, private)
        return await self.document(caller, document)

    async def _open_own(
        self, document: str, signer: Signer, account: str, password: str, address: str
    ) -> None:
        """The key of an officer, opened with their password."""
        if signer.questioned or signer.attends:
            raise Rejected("wrong_signer", "only officers sign with an account")
        officer = await self._logins.confirm(account, password, address)
        if officer.name != signer.name:
            raise Rejected("wrong_signer", f"this account is not that of {signer.role}")
        await self._in_thread(
            self._signing.open_officer,
            (document, signer.key),
            officer.account_id,
            signer.name,
            password,
        )

    async def open_key(
        self,
        caller: Caller,
        document: str,
        signer_key: str,
        *,
        account: str,
        password: str,
        address: str = "",
    ) -> DocumentView:
        """Open an officer's key once more, after a restart of the centre: what is signed stays.

        Raises:
            Rejected: ``unknown_place`` unless they have signed with a key of their own,
                ``wrong_signer``, and what a login says.
        """
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            content, _ = await self._open_content(row)
            marks = await self._database.read(lambda connection: marks_of(connection, document))
            signed = {one.signer for one in marks if one.certificate == "officer"}
            signer = next((one for one in content.signers if one.key == signer_key), None)
            if signer is None or signer.key not in signed:
                raise Rejected("unknown_place", "nobody here has signed with a key of their own")
            await self._open_own(document, signer, account, password, address)
        return await self.document(caller, document)

    async def refuse(
        self,
        caller: Caller,
        document: str,
        signer_key: str,
        reason: str,
        witness: str,
        *,
        unable: bool = False,
    ) -> DocumentView:
        """Somebody will not sign: noted with the reason; the record stays valid with the rest.

        ``unable``: they cannot, because they have left or are hurt; they do not refuse. That may
        be noted of whoever had not signed when the session was closed, too.

        Raises:
            Rejected: ``bad_reason``, ``bad_witness``, ``not_on_camera``, ``unknown_place``,
                ``signer_done``.
        """
        reason, witness = checked_reason(reason), witness.strip()
        if len(witness) > REASON_CHARACTERS_MAX:
            raise Rejected("bad_reason", "the name of the witness is too long")
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            await self._on_camera(row, closed=unable)
            content, places = await self._open_content(row)
            signer = next((one for one in content.signers if one.key == signer_key), None)
            if signer is None:
                raise Rejected("unknown_place", "there is no such signer")
            marks = await self._database.read(lambda connection: marks_of(connection, document))
            _require_open(signer, places, marks, unable=unable)
            require_outside(content, witness)
            body = {
                "document": document,
                "signer": signer.key,
                "role": signer.role,
                "noted_by": caller.account_id,
                **({"unable": True} if unable else {}),
            }
            private = {
                "name": signer.name,
                "reason": reason,
                "witness": witness,
                "noted_by_name": caller.name,
            }
            await self._append(row, "sign.refused", body, private)
        return await self.document(caller, document)

    async def correct(
        self, caller: Caller, document: str, signer_key: str, reason: str
    ) -> DocumentView:
        """Note, once the session is closed, that somebody attended it not as the document says.

        The document stays as it was signed; the note stands in the empty place, or below the
        handwriting of who is named in another capacity. A name that never was there is also
        taken off the session, as the room would have done it.

        Raises:
            Rejected: ``session_open``, ``bad_reason``, ``unknown_place``, ``attendant_signed``.
        """
        reason = checked_reason(reason)
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            summary = await self._summary(row.session_id)
            if summary.closed_us is None:
                raise Rejected("session_open", "put it right in the room, then make it anew")
            content, _ = await self._open_content(row)
            signer = next((one for one in content.signers if one.key == signer_key), None)
            if signer is None or not signer.attends:
                raise Rejected("unknown_place", "only who attended is named by mistake")
            log_role = await self._database.read(lambda c: role_in_log(c, summary, signer))
            body = {
                "document": document,
                "signer": signer.key,
                "role": signer.role,
                "log_role": log_role,
                "noted_by": caller.account_id,
            }
            private = {"name": signer.name, "reason": reason, "noted_by_name": caller.name}
            await self._append(row, "signer.corrected", body, private)
        return await self.document(caller, document)

    async def finish(self, caller: Caller, document: str) -> DocumentView:
        """Put all signatures into the PDF and file it: the entry that closes the circle.

        Raises:
            Rejected: ``record_incomplete`` with who is missing, ``signing_key_gone``, and while
                the session is open, so that it can be put right, ``refusal_unattested``;
                ``signer_arrived`` (``require_whole``), until it is corrected when
                the session is closed.
        """
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            content, places = await self._open_content(row)
            summary = await self._summary(row.session_id)
            is_open = summary.closed_us is None
            marks = await self._database.read(lambda connection: marks_of(connection, document))
            noted = corrected_keys(marks)
            await self._database.read(lambda c: require_whole(c, summary, content, noted))
            made = await self.file(caller, document, signed=False)
            signed, body = await self._in_thread(
                signed_file, self._signing, content, places, marks, made, must_attest=is_open
            )
            await self._file(summary, "document.signed", f"{document}-signed.pdf", body, signed)
            self._signing.forget(document)
        return await self.document(caller, document)


def _require_open(
    signer: Signer, places: Sequence[Place], marks: Sequence[Row[Any]], *, unable: bool
) -> None:
    """What somebody has done stands: who refused or signed is not said to do otherwise later.

    Who was noted as ``unable`` may still refuse.
    """
    own = [one for one in marks if one.signer == signer.key]
    refused = any(one.kind == "refused" and (unable or not one.unable) for one in own)
    signed = {(one.place, one.page) for one in own if one.kind == "signed"}
    wanted = {(one.key, one.page) for one in places if one.signer == signer.key}
    if refused or wanted <= signed:
        raise Rejected("signer_done", "they have signed or refused already")


def _signed_body(place: Place, signer: Signer, ink: Ink, *, own: bool) -> dict[str, Any]:
    """``own``: with the key of an officer's account."""
    return {
        "place": place.key,
        "signer": signer.key,
        "role": signer.role,
        "certificate": "officer" if own else "one_time",
        "points": sum(len(stroke) for stroke in ink.strokes) // 4,
        "pointer": ink.pointer,
        "from_us": ink.from_us,
        "to_us": ink.to_us,
    }
