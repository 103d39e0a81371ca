"""From what was signed by hand to the signed PDF: who signs what, in which order, with which key.

Officers' keys are opened with their password when they sign and stay in memory until the document
is finished; after a restart of the centre they give it once more, and what they wrote stays. Keys
of everybody else are made here for one document, used, and forgotten (record/authority.py says what
that means in law).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row

from command_centre.desk.record_officer_notes import (
    correction_note,
    mark_time,
    short_reason,
    unsigned_note,
)
from command_centre.desk.record_views import known_content, marks_of, read_aloud
from command_centre.errors import Rejected
from command_centre.record.attestation import Attestation, attestation
from command_centre.record.authority import SigningAuthority, SigningKey, certificate_sha256
from command_centre.record.content import INSPECTION, RecordContent, Signer
from command_centre.record.errors import FontMissing, RecordError, SignatureError
from command_centre.record.field_signature import FieldSignature
from command_centre.record.fingerprint import Fingerprint, check_fingerprint
from command_centre.record.page_ink import SignedPlace, page_ink_svg
from command_centre.record.sheet import role_label
from command_centre.record.typeset import Place, stamp_pdf
from config.settings import StampSettings

logger = logging.getLogger(__name__)

_LATE_CHARACTERS = 30  # below handwriting
_HEARD = "以上内容已向我宣读，和我说的相符。"


class Ink(msgspec.Struct, frozen=True, kw_only=True):
    """Handwriting as a desk sends it."""

    place: str
    page: int
    strokes: list[list[int]]
    from_us: int
    to_us: int
    pointer: str = ""  # pen | touch | mouse


class Signing:
    """The authority and the officers' keys that are open; used in threads, one document a turn."""

    def __init__(self, store: Path, unit_name: str, stamp: StampSettings) -> None:
        self._store = store
        self._stamp = stamp
        self._unit_name = unit_name
        self._authority: SigningAuthority | None = None
        self._open: dict[tuple[str, str], SigningKey] = {}  # document, signer
        self._making = threading.Lock()  # two documents signed at once: one authority

    @property
    def authority(self) -> SigningAuthority:
        """The authority, made at first use."""
        with self._making:
            if self._authority is None:
                self._authority = SigningAuthority.open(self._store, self._unit_name)
            return self._authority

    def sign(self, pdf: bytes, wanted: Sequence[FieldSignature]) -> tuple[bytes, str]:
        """The signed PDF, and who stamped the time; a lost authority stops nobody from signing."""
        # pyHanko takes half a second to load: in this thread, when somebody signs
        from command_centre.record.pades import http_time_stamper, sign_pdf

        for line in self._stamp.authorities:
            name, _, url = line.partition(" ")
            stamper = http_time_stamper(url, self._stamp.timeout_seconds)
            try:
                return sign_pdf(pdf, wanted, stamper), name
            except SignatureError as error:
                logger.warning("no time stamp for a document from %s: %s", name, error)
        return sign_pdf(pdf, wanted), ""

    def open_officer(self, where: tuple[str, str], account: str, name: str, password: str) -> None:
        """Open an officer's key for a document; the password was checked."""
        self._open[where] = self.authority.officer(account, name, password)

    def key(self, document: str, signer: Signer, certificate: str) -> SigningKey:
        """The key with which somebody signs a document."""
        if certificate != "officer":
            return self.authority.one_time(signer.name, document)
        key = self._open.get((document, signer.key))
        if key is None:
            raise Rejected(
                "signing_key_gone",
                "the centre was started again: give the password once more; what is signed stays",
                signer=signer.key,
                name=signer.name,
            )
        return key

    def forget(self, document: str) -> None:
        """Let go of every key of a document."""
        for where in [one for one in self._open if one[0] == document]:
            del self._open[where]


def signed_file(
    signing: Signing,
    content: RecordContent,
    places: Sequence[Place],
    marks: Sequence[Row[Any]],
    made: bytes,
    *,
    must_attest: bool = True,
) -> tuple[bytes, dict[str, Any]]:
    """The signed PDF and the body of its entry.

    ``must_attest``: nothing is filed while a refusal has nobody who attests it. Once the session
    is closed nobody can sign any more; then the note beside the refusal says so.

    Raises:
        Rejected: ``record_incomplete``, ``refusal_unattested``, ``signing_key_gone``.
        RecordError: it cannot be signed.
    """
    told = _Told.of(marks)
    _check_complete(content, places, told)
    attested = attestation(content, told.on_camera)
    if must_attest and "p" in told.refused and not attested.enough(content):
        raise Rejected("refusal_unattested", "a witness, or two officers, sign for the refusal")
    keys = {
        one.key: signing.key(content.code, one, told.certificates[one.key])
        for one in content.signers
        if one.key in told.certificates
    }
    wanted = _hands(content, places, told, keys)
    wanted += _notes(content, places, told, keys, attested)
    signed, stamped_by = signing.sign(made, wanted)
    by_hand = [place for place in places if (place.key, place.page) in told.hand]
    body = {
        "document": content.code,
        "authority_sha256": signing.authority.sha256,
        "by_hand": list(map(_said, by_hand)),
        "late": [_said(one) for one in by_hand if told.hand[one.key, one.page].late],
        "refused": sorted(key for key, one in told.refused.items() if not one.unable),
        "unable": sorted(
            key for key, one in told.refused.items() if one.unable and not told.whole(key, places)
        ),
        "corrected": sorted(told.corrected),
        "time_stamp": stamped_by,
        "signatures": [
            {
                "field": one.field,
                "page": one.page,
                "certificate": told.certificates.get(one.field.split("-")[0], "officer"),
                "certificate_sha256": certificate_sha256(one.key.certificate),
            }
            for one in wanted
        ],
    }
    return signed, body


class _Told(NamedTuple):
    """What happened to a document: places signed, and what is noted of signers."""

    hand: dict[tuple[str, int], Row[Any]]  # place and page
    refused: dict[str, Row[Any]]
    corrected: dict[str, Row[Any]]
    certificates: dict[str, str]  # of whoever signed something
    read_aloud: set[int]  # pages

    @classmethod
    def of(cls, marks: Sequence[Row[Any]]) -> _Told:
        signed = [one for one in marks if one.kind == "signed"]
        hand = {(one.place, one.page): one for one in signed}
        certificates: dict[str, str] = {}
        for one in sorted(hand.values(), key=lambda one: one.late):
            certificates.setdefault(one.signer, one.certificate)
        return cls(
            hand,
            _refusals(marks),
            {one.signer: one for one in marks if one.kind == "corrected"},
            certificates,
            read_aloud(marks),
        )

    def whole(self, signer: str, places: Sequence[Place]) -> bool:
        """Whether they have signed every place of theirs."""
        return all((one.key, one.page) in self.hand for one in places if one.signer == signer)

    @property
    def on_camera(self) -> set[str]:
        """Who signed something while the session was open."""
        return {one.signer for one in self.hand.values() if not one.late}


def _refusals(marks: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """By signer the first refusal; that they were unable only where they never refused."""
    told = sorted((one for one in marks if one.kind == "refused"), key=lambda one: one.unable)
    found: dict[str, Row[Any]] = {}
    for one in told:
        found.setdefault(one.signer, one)
    return found


def _said(place: Place) -> dict[str, Any]:
    return {"page": place.page, "place": place.key, "signer": place.signer}


def _hands(
    content: RecordContent, places: Sequence[Place], told: _Told, keys: dict[str, SigningKey]
) -> list[FieldSignature]:
    """A signature for each place that was signed by hand; those of later come after the others."""
    signers = {one.key: one for one in content.signers}
    aloud = told.read_aloud
    signed = [one for one in places if (one.key, one.page) in told.hand]
    return [
        _field(
            content,
            place,
            signers[place.signer],
            told.hand[place.key, place.page],
            keys[place.signer],
            heard=signers[place.signer].questioned and place.page in aloud,
        )
        for place in sorted(signed, key=lambda one: told.hand[one.key, one.page].late)
    ]


def _notes(
    content: RecordContent,
    places: Sequence[Place],
    told: _Told,
    keys: dict[str, SigningKey],
    attested: Attestation,
) -> list[FieldSignature]:
    """What the first officer who signed notes of others, after all signatures."""
    signers = {one.key: one for one in content.signers}
    by = next((key for key in (one.signer for one in places) if key in keys and key[0] == "o"), "")
    if not by:
        return []
    noted_by = signers[by], keys[by]
    blocks = {one.key: one for one in places if one.key in signers}
    notes = []
    for key, mark in told.refused.items():
        block = blocks.get(key)
        if block is None or key in told.corrected or (block.key, block.page) in told.hand:
            continue
        refuser = signers[key]
        label = role_label(content, refuser.role)
        present = attested.filed(content) if refuser.questioned else Attestation()
        notes.append(unsigned_note(block, label, mark, noted_by, present, attested.witnesses))
    for key, mark in told.corrected.items():
        if (block := blocks.get(key)) is not None:
            signed = (block.key, block.page) in told.hand
            note = correction_note(content, block, signers[key], mark, noted_by, signed=signed)
            notes.append(note)
    return notes


def ink_of(connection: Connection, document: str, page: int) -> str:
    """What is signed on a page so far, as a picture of the page's size."""
    _, places = known_content(connection, document)
    marks = marks_of(connection, document)
    hand = {(one.place, one.page): one for one in marks if one.kind == "signed"}
    signed = [
        SignedPlace(
            place,
            msgspec.json.decode(mark.strokes, type=list[list[int]]),
            name=mark.name,
            time=mark_time(mark.t_us),
            fingerprint=_fingerprint(mark),
        )
        for place in places
        if place.page == page and (mark := hand.get((place.key, place.page))) is not None
    ]
    return page_ink_svg(signed)


def _check_complete(content: RecordContent, places: Sequence[Place], told: _Told) -> None:
    settled = {*told.refused, *told.corrected}
    missing = [
        {"signer": place.signer, "page": place.page, "place": place.key}
        for place in places
        if (place.key, place.page) not in told.hand and place.signer not in settled
    ]
    officers = [one for one in content.signers if not (one.questioned or one.attends)]
    signed = {place.signer for place in places if (place.key, place.page) in told.hand}
    if missing:
        raise Rejected("record_incomplete", "some have neither signed nor refused", missing=missing)
    if officers and not any(one.key in signed for one in officers):
        raise Rejected("record_incomplete", "at least one officer signs", missing=[])


def _field(
    content: RecordContent,
    place: Place,
    signer: Signer,
    mark: Row[Any],
    key: SigningKey,
    *,
    heard: bool,
) -> FieldSignature:
    """``heard``: the page was read aloud to who signs; it says so below the handwriting."""
    role = role_label(content, signer.role)
    note, why = (_HEARD, "，已向其宣读") if heard else ("", "")
    if mark.late:
        short = short_reason(mark, _LATE_CHARACTERS)
        ended = "检查" if content.form == INSPECTION else "询问"
        note, why = (
            f"{ended}结束后补签，原因：{short}。",
            f"，{ended}结束后补签，原因：{mark.reason}",
        )
    strokes = msgspec.json.decode(mark.strokes, type=list[list[int]])
    where = f"第{place.page}页" if place.of_page else "末页"
    return FieldSignature(
        field=f"{signer.key}-{place.key}-{place.page}",
        label=f"{role} {signer.name} {where}",
        page=place.page,
        box=place.box,
        appearance=stamp_pdf(
            strokes,
            place,
            name=signer.name,
            time=mark_time(mark.t_us),
            note=note,
            fingerprint=_fingerprint(mark),
        ),
        key=key,
        name=signer.name,
        reason=f"{role}确认{where}{why}",
    )


async def fingerprint_parts(
    place: Place, fingerprint: Fingerprint
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the entry of a signature says of the picture beside it, and what it keeps private.

    It is drawn once: what cannot be drawn is refused now, not when everybody has signed.

    Raises:
        Rejected: ``bad_fingerprint``, ``fonts_missing``.
    """
    check_fingerprint(fingerprint)
    drawing = partial(stamp_pdf, [], place, name="", time="", fingerprint=fingerprint)
    try:
        await asyncio.to_thread(drawing)
    except FontMissing as error:
        raise Rejected("fonts_missing", str(error)) from error
    except RecordError as error:
        raise Rejected("bad_fingerprint", "the picture cannot be drawn; take it anew") from error
    said = {
        "fingerprint_sha256": hashlib.sha256(fingerprint.data).hexdigest(),
        "fingerprint_bytes": len(fingerprint.data),
    }
    return said, {
        "fingerprint": b64encode(fingerprint.data).decode(),
        "fingerprint_mime": fingerprint.mime,
    }


def _fingerprint(mark: Row[Any]) -> Fingerprint | None:
    if not mark.fingerprint:
        return None
    return Fingerprint(mime=mark.fingerprint_mime, data=b64decode(mark.fingerprint))
