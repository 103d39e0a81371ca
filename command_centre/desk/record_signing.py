"""From what was signed by hand to the signed PDF: who signs what, in which order, with which key.

Officers' keys are opened with their password when they sign and stay in memory until the document
is finished; after a restart of the centre they sign again. Keys of everybody else are made here
for one document, used, and forgotten (record/authority.py says what that means in law).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from command_centre.desk.record_views import known_content, marks_of, read_aloud
from command_centre.errors import Rejected
from command_centre.record.attestation import Attestation, attestation
from command_centre.record.authority import SigningAuthority, SigningKey, certificate_sha256
from command_centre.record.content import RecordContent, Signer, china_time
from command_centre.record.errors import FontMissing, RecordError, SignatureError
from command_centre.record.field_signature import FieldSignature
from command_centre.record.fingerprint import Fingerprint, check_fingerprint
from command_centre.record.named import is_named, name_key
from command_centre.record.page_ink import SignedPlace, page_ink_svg
from command_centre.record.sheet import role_label
from command_centre.record.typeset import Place, stamp_pdf
from config.settings import StampSettings

logger = logging.getLogger(__name__)

_NOTE_CHARACTERS = 60
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
                "signing_key_gone", "sign once more with your password", signer=signer.key
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
    hand = {(one.place, one.page): one for one in marks if one.kind == "signed"}
    refused = {one.signer: one for one in marks if one.kind == "refused"}
    _check_complete(content, places, hand, refused)
    attested = attestation(content, {one.signer for one in hand.values()})
    if must_attest and "p" in refused and not attested.enough(content):
        raise Rejected("refusal_unattested", "a witness, or two officers, sign for the refusal")
    hands = _signatures(signing, content, places, hand, read_aloud(marks))
    notes = _notes(content, places, hand, refused, hands, attested)
    wanted = [*hands.fields, *notes]
    signed, stamped_by = signing.sign(made, wanted)
    body = {
        "document": content.code,
        "authority_sha256": signing.authority.sha256,
        "by_hand": [
            {"page": place.page, "place": place.key, "signer": place.signer}
            for place in places
            if (place.key, place.page) in hand
        ],
        "refused": sorted(key for key, one in refused.items() if not one.unable),
        "unable": sorted(key for key, one in refused.items() if one.unable),
        "time_stamp": stamped_by,
        "signatures": [_stated(one, hands.kinds) for one in wanted],
    }
    return signed, body


def _stated(one: FieldSignature, kinds: Mapping[str, str]) -> dict[str, Any]:
    """A signature as the entry names it; ``kinds`` are the kinds of certificate by signer."""
    return {
        "field": one.field,
        "page": one.page,
        "certificate": kinds.get(one.field.split("-")[0], "officer"),
        "certificate_sha256": certificate_sha256(one.key.certificate),
    }


@dataclass(frozen=True)
class _Hands:
    """The signatures by hand of one document, and per signer the key and the certificate's kind."""

    fields: list[FieldSignature]
    keys: dict[str, SigningKey]
    kinds: dict[str, str]


def _signatures(
    signing: Signing,
    content: RecordContent,
    places: Sequence[Place],
    hand: dict[tuple[str, int], Row[Any]],
    aloud: Collection[int],
) -> _Hands:
    """What was signed by hand; ``aloud`` are the pages that were read to who was questioned."""
    signers = {one.key: one for one in content.signers}
    hands = _Hands([], {}, {})
    for place in places:
        mark = hand.get((place.key, place.page))
        if mark is None:
            continue
        signer = signers[place.signer]
        hands.kinds.setdefault(signer.key, mark.certificate)
        if signer.key not in hands.keys:
            hands.keys[signer.key] = signing.key(content.code, signer, mark.certificate)
        heard = signer.questioned and place.page in aloud
        label = role_label(content, signer.role)
        key = hands.keys[signer.key]
        hands.fields.append(_field(place, signer, label, mark, key, heard=heard))
    return hands


def _notes(
    content: RecordContent,
    places: Sequence[Place],
    hand: dict[tuple[str, int], Row[Any]],
    refused: dict[str, Row[Any]],
    hands: _Hands,
    attested: Attestation,
) -> Iterator[FieldSignature]:
    """What the first officer who signed notes of those who would not sign, or could not."""
    signers = {one.key: one for one in content.signers}
    by = next((key for key in hands.kinds if key.startswith("o")), None)
    for signer_key, mark in refused.items():
        block = next((one for one in places if one.key == signer_key), None)
        if block is not None and (block.key, block.page) not in hand and by is not None:
            refuser = signers[signer_key]
            label = role_label(content, refuser.role)
            present = attested.filed(content) if refuser.questioned else Attestation()
            officer = signers[by], hands.keys[by]
            yield _note(block, label, mark, officer, present, attested.witnesses)


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
            time=_time(mark.t_us),
            fingerprint=_fingerprint(mark),
        )
        for place in places
        if place.page == page and (mark := hand.get((place.key, place.page))) is not None
    ]
    return page_ink_svg(signed)


def _check_complete(
    content: RecordContent,
    places: Sequence[Place],
    hand: dict[tuple[str, int], Row[Any]],
    refused: dict[str, Row[Any]],
) -> None:
    missing = [
        {"signer": place.signer, "page": place.page, "place": place.key}
        for place in places
        if (place.key, place.page) not in hand and place.signer not in refused
    ]
    officers = [one for one in content.signers if not (one.questioned or one.attends)]
    signed = {place.signer for place in places if (place.key, place.page) in hand}
    if missing:
        raise Rejected("record_incomplete", "some have neither signed nor refused", missing=missing)
    if officers and not any(one.key in signed for one in officers):
        raise Rejected("record_incomplete", "at least one officer signs", missing=[])


def _field(
    place: Place, signer: Signer, role: str, mark: Row[Any], key: SigningKey, *, heard: bool
) -> FieldSignature:
    """``heard``: the page was read aloud to who signs; it says so below the handwriting."""
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
            time=_time(mark.t_us),
            note=_HEARD if heard else "",
            fingerprint=_fingerprint(mark),
        ),
        key=key,
        name=signer.name,
        reason=f"{role}确认{where}" + ("，已向其宣读" if heard else ""),
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


def _note(
    place: Place,
    role: str,
    mark: Row[Any],
    by: tuple[Signer, SigningKey],
    attested: Attestation,
    signed: Sequence[str],
) -> FieldSignature:
    """What an officer notes where somebody would not sign, or could not.

    A witness who was only written down is said not to have signed, whatever else attests it;
    ``signed`` are those who have.
    """
    officer, key = by
    reason = str(mark.reason)
    short = reason if len(reason) <= _NOTE_CHARACTERS else reason[:_NOTE_CHARACTERS] + "……"
    named = mark.witness and not _is_one(mark.witness, attested.witnesses)
    unsigned = "" if _is_one(mark.witness, signed) else "，未签名"
    witness = f"见证人：{mark.witness}{unsigned}。" if named else ""
    what = f"{role}{'未能签名' if mark.unable else '拒绝签名'}"
    note = f"{what}，原因：{short.rstrip('。')}。{witness}{attested.text}（{officer.name}注明）"
    return FieldSignature(
        field=f"{officer.key}-note-{mark.signer}",
        label=f"{officer.name} 注明{what}",
        page=place.page,
        box=place.box,
        appearance=stamp_pdf([], place, name=officer.name, time=_time(mark.t_us), note=note),
        key=key,
        name=officer.name,
        reason=f"注明{what}",
    )


def _is_one(name: str, names: Sequence[str]) -> bool:
    return name_key(name) in map(name_key, names)


def require_outside(content: RecordContent, witness: str) -> None:
    """A witness whom an officer writes down is nobody who asked or was questioned.

    Raises:
        Rejected: ``bad_witness``.
    """
    for one in content.signers:
        if not one.attends and (_is_one(one.name, [witness]) or is_named(one.name, witness)):
            raise Rejected("bad_witness", f"{one.name} signs this record as {one.role}")


def _time(t_us: int) -> str:
    return f"{china_time(t_us):%Y-%m-%d\n%H:%M:%S}"
