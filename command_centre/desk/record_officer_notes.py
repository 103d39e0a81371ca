"""What an officer notes on a page: who did not sign, and who is named there by mistake.

Each note is a signature of the officer in the place of whom it is about, with the reason and the
time at which it was noted. Pure: what was noted comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from command_centre.errors import Rejected
from command_centre.record.attestation import Attestation
from command_centre.record.authority import SigningKey
from command_centre.record.content import RecordContent, Signer, china_time
from command_centre.record.field_signature import FieldSignature
from command_centre.record.named import is_named, name_key
from command_centre.record.sheet import role_label
from command_centre.record.typeset import Place, stamp_pdf

_NOTE_CHARACTERS = 60
_CORRECTION_CHARACTERS = 40  # beside who it is about, who noted it and when


def short_reason(mark: Row[Any], most: int = _NOTE_CHARACTERS) -> str:
    """The reason as a page has room for it; the whole of it is in the log."""
    reason = str(mark.reason)
    if len(reason) > most:
        reason = reason[:most] + "……"
    return reason.rstrip("。")


def unsigned_note(
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
    named = mark.witness and not _is_one(mark.witness, attested.witnesses)
    unsigned = "" if _is_one(mark.witness, signed) else "，未签名"
    witness = f"见证人：{mark.witness}{unsigned}。" if named else ""
    what = f"{role}{'未能签名' if mark.unable else '拒绝签名'}"
    note = f"{what}，原因：{short_reason(mark)}。{witness}{attested.text}（{officer.name}注明）"
    return FieldSignature(
        field=f"{officer.key}-note-{mark.signer}",
        label=f"{officer.name} 注明{what}",
        page=place.page,
        box=place.box,
        appearance=stamp_pdf([], place, name=officer.name, time=mark_time(mark.t_us), note=note),
        key=key,
        name=officer.name,
        reason=f"注明{what}",
    )


def correction_note(
    content: RecordContent,
    place: Place,
    signer: Signer,
    mark: Row[Any],
    by: tuple[Signer, SigningKey],
    *,
    signed: bool,
) -> FieldSignature:
    """Somebody never was there, or attended as another than the page says; the page stays.

    ``signed``: they have signed there, so that the note leaves their name and time as they are.
    """
    officer, key = by
    label = role_label(content, signer.role)
    if mark.log_role:
        what = f"{signer.name}是{role_label(content, mark.log_role)}，笔录误列为{label}"
    else:
        what = f"{label}{signer.name}不在场，笔录误列"
    noted = china_time(mark.t_us)
    short = short_reason(mark, _CORRECTION_CHARACTERS)
    note = f"更正：{what}，原因：{short}。（{mark.by_name}{noted:%Y-%m-%d %H:%M}注明）"
    return FieldSignature(
        field=f"{officer.key}-corrected-{signer.key}",
        label=f"{officer.name} 更正{label}{signer.name}",
        page=place.page,
        box=place.box,
        appearance=stamp_pdf(
            [],
            place,
            name="" if signed else officer.name,
            time="" if signed else mark_time(mark.t_us),
            note=note,
        ),
        key=key,
        name=officer.name,
        reason=f"更正：{what}，原因：{mark.reason}",
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


def mark_time(t_us: int) -> str:
    """When it was signed or noted, in two lines."""
    return f"{china_time(t_us):%Y-%m-%d\n%H:%M:%S}"
