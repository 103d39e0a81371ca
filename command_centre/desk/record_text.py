"""The text of a record before it is a document: from what was said, through officers' edits.

Every save is a new version; an older one is never changed. What was said after the last save is
offered apart, so that an edit is never overwritten by the recogniser.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.entries import EntryPerson
from command_centre.desk.record_header import first_header, form_of
from command_centre.desk.record_notes import findings, merged, noted_lines
from command_centre.desk.record_said import Sentence, sentences_of
from command_centre.desk.session_people import keeps_people, people_of
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.content import (
    ANCHORS_MAX,
    ATTENDING,
    INSPECTION,
    LINES_MAX,
    Header,
    Line,
    RecordContent,
    Signer,
)
from command_centre.record.named import name_key, occurs_in
from transcription.display import readable

#: Pauses in one person's speech up to this long do not begin a new line.
_JOIN_US = 20_000_000
#: One person speaking on and on gets a new line after so many characters.
_LINE_CHARACTERS = 2000
#: Who signs, in this order: whoever was questioned, who attended on their side, the officers, and
#: who attests.
_SIGNING = (
    "interviewee",
    *(role for role in ATTENDING if role != "attesting_witness"),
    *("interviewer", "clerk", "attesting_witness"),
)


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a text."""

    version: int
    header: Header
    lines: list[Line]
    until_us: int
    by_name: str
    t_us: int | None


def latest_text(connection: Connection, summary: SessionSummary, now_us: int) -> Text:
    """The last version saved, or what the log gives when none was."""
    table = schema.record_draft
    row = connection.execute(
        select(table)
        .where(table.c.session_id == summary.id)
        .order_by(table.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        said = sentences_of(connection, summary.id)
        return Text(
            version=0,
            header=first_header(connection, summary, now_us),
            lines=first_lines(connection, summary, said),
            until_us=max((one.end_us for one in said), default=0),
            by_name="",
            t_us=None,
        )
    return Text(
        version=row.version,
        header=msgspec.json.decode(row.header, type=Header),
        lines=msgspec.json.decode(row.lines, type=list[Line]),
        until_us=row.until_us,
        by_name=row.by_name,
        t_us=row.t_us,
    )


def save_text(
    writing: Writing,
    summary: SessionSummary,
    *,
    base: int,
    header: Header,
    lines: Sequence[Line],
    by: tuple[str, str],
    now_us: int,
) -> int:
    """Save a new version on top of ``base``; returns its number.

    Raises:
        Rejected: ``record_changed`` when somebody saved meanwhile, ``bad_record``.
    """
    if len(lines) > LINES_MAX:
        raise Rejected("bad_record", f"a record has at most {LINES_MAX} lines")
    table = schema.record_draft
    last = writing.execute(
        select(func.max(table.c.version)).where(table.c.session_id == summary.id)
    ).scalar()
    if (last or 0) != base:
        raise Rejected("record_changed", "somebody else saved this text; look again")
    said = sentences_of(writing.connection, summary.id)
    writing.execute(
        table.insert().values(
            session_id=summary.id,
            version=base + 1,
            header=msgspec.json.encode(header).decode(),
            lines=msgspec.json.encode(list(lines)).decode(),
            until_us=max((row.end_us for row in said), default=0),
            by_account=by[0],
            by_name=by[1],
            t_us=now_us,
        )
    )
    _keep_lines(writing, summary, lines, by[1], now_us)
    return base + 1


def _keep_lines(
    writing: Writing, summary: SessionSummary, lines: Sequence[Line], by_name: str, now_us: int
) -> None:
    """The lines as they are searched; those that stay as they were are left alone."""
    table, session = schema.record_line, schema.session
    case = writing.execute(select(session.c.case_id).where(session.c.id == summary.id)).scalar()
    found = writing.execute(select(table).where(table.c.session_id == summary.id))
    before = {row.id: row for row in found}
    now = {f"{summary.id}.{number}": line for number, line in enumerate(lines)}
    for name, line in now.items():
        known = before.get(name)
        if known is not None and (known.text, line.t_us or known.t_us) == (line.text, known.t_us):
            continue
        values = {
            "id": name,
            "case_id": case,
            "session_id": summary.id,
            "room_id": summary.room,
            "text": line.text,
            "by_name": by_name,
            "t_us": line.t_us or now_us,
        }
        writing.execute(table.delete().where(table.c.id == name))
        writing.execute(table.insert().values(values))
    for name in before.keys() - now.keys():
        writing.execute(table.delete().where(table.c.id == name))


def fresh_lines(connection: Connection, session: str, until_us: int) -> list[Line]:
    """What was said after a time, as lines."""
    return lines_of([one for one in sentences_of(connection, session) if one.end_us > until_us])


def lines_of(said: Sequence[Sentence]) -> list[Line]:
    """Sentences as questions and answers; those of one speaker in a row are one line.

    A sentence that somebody corrected is taken as corrected.

    Where one microphone hears everybody the speaker is not known: such lines are answers, for an
    officer to put right.
    """
    lines: list[Line] = []
    end_us = 0
    for row in said:
        text = row.text.strip()
        kind = row.kind or "a"
        if not text:
            continue
        last = lines[-1] if lines else None
        if last is not None and last.kind == kind and _one_line(last, text, row.start_us - end_us):
            lines[-1] = msgspec.structs.replace(
                last,
                text=_joined(last.text, text),
                end_us=row.end_us,
                utterances=[*last.utterances, row.id],
            )
        else:
            lines.append(
                Line(
                    kind=kind,
                    text=_ended(text, kind),
                    t_us=row.start_us,
                    end_us=row.end_us,
                    utterances=[row.id],
                )
            )
        end_us = row.end_us
    return lines


def first_lines(
    connection: Connection, summary: SessionSummary, said: Sequence[Sentence]
) -> list[Line]:
    """The text that the log gives: questions, answers and notes, or the findings on site."""
    if form_of(summary.kind) == INSPECTION:
        return findings(connection, summary.id)
    return merged(lines_of(said), noted_lines(connection, summary.id))


def signers_of(connection: Connection, summary: SessionSummary, header: Header) -> list[Signer]:
    """Who signs: the person questioned or in charge on site, the officers, and who attended."""
    people = people_of(connection, summary)
    if form_of(summary.kind) == INSPECTION:
        people = [
            msgspec.structs.replace(one, role="interviewer") if one.role == "operator" else one
            for one in people
            if one.role != "interviewee"
        ]
        if not any(one.role == "interviewer" for one in people):
            attending = {name_key(one.name) for one in people if one.role in ATTENDING}
            people += [
                one
                for one in _named_officers(connection, summary.id, header.interviewers)
                if name_key(one.name) not in attending  # nobody signs as both
            ]
        if header.name.strip():
            people.append(EntryPerson(name=header.name, role="interviewee"))
    signing = [one for one in people if one.role in _SIGNING]
    signers: list[Signer] = []
    for one in sorted(signing, key=lambda one: _SIGNING.index(one.role)):
        key = _signer_key(one.role, [other.key for other in signers])
        if key not in [other.key for other in signers]:  # only one is questioned
            said = {"certificate": one.certificate, "detail": one.detail}
            signers.append(Signer(key=key, role=one.role, name=one.name, **said))
    return signers


def require_whole(
    connection: Connection,
    summary: SessionSummary,
    content: RecordContent,
    corrected: Collection[str] = (),
) -> None:
    """Whoever was there signs the document, also who came after it was made, and nobody else.

    Those who attended sign in the capacity that the log says. Once the session is closed nobody
    can come any more; a name that the log has struck still does not stand in what is filed,
    unless a correction is noted of that signer (``corrected``, keys of signers).

    Raises:
        Rejected: ``signer_arrived``.
    """
    is_open = summary.closed_us is None
    if not is_open and not keeps_people(connection, summary):
        return  # nothing is said of who attended it
    now = signers_of(connection, summary, content.header)
    named = {one.name for one in content.signers}
    signing, attending = _attending(content.signers), _attending(now)
    later = {one.name for one in now if one.name not in named}
    later |= {name for name, _ in attending - signing}
    noted = [one for one in content.signers if one.key in corrected]
    struck = {name for name, _ in signing - attending - _attending(noted)}
    if struck or (later and is_open):
        raise Rejected(
            "signer_arrived",
            f"{min(struck or later)} is not there as the document says; "
            + ("make it anew" if is_open else "note a correction"),
        )


def _attending(signers: Sequence[Signer]) -> set[tuple[str, str]]:
    return {(one.name, one.role) for one in signers if one.attends}


def _signer_key(role: str, taken: Sequence[str]) -> str:
    """``p``, or the next of the officers or of those who attend."""
    if role == "interviewee":
        return "p"
    kind = "a" if role in ATTENDING else "o"
    return f"{kind}{sum(key.startswith(kind) for key in taken) + 1}"


def _named_officers(connection: Connection, session: str, named: str) -> list[EntryPerson]:
    """Officers of the case whom the header names: no officer has a seat on site."""
    person, attendant, table = schema.person, schema.attendant, schema.session
    case = select(table.c.case_id).where(table.c.id == session).scalar_subquery()
    columns: tuple[Any, ...] = (person.c.name, person.c.certificate, person.c.kind)
    found = connection.execute(
        select(*columns).where(person.c.case_id == case).order_by(person.c.position)
    ).all()
    others = connection.execute(select(attendant.c.name).where(attendant.c.case_id == case))
    known = [*(row.name for row in found), *others.scalars()]
    return [
        EntryPerson(name=row.name, role="interviewer", certificate=row.certificate)
        for row in found
        if row.kind == "officer" and occurs_in(row.name, named, known)
    ]


def _one_line(last: Line, text: str, pause_us: int) -> bool:
    return (
        pause_us < _JOIN_US
        and len(last.utterances) < ANCHORS_MAX
        and len(last.text) + len(text) < _LINE_CHARACTERS
    )


_STOPS = "。！？…；：，、.!?"


def _joined(first: str, second: str) -> str:
    if second.isascii():
        return f"{first} {readable(second, [], question=False)}"
    end = second if second[-1] in _STOPS else second + "。"
    return (first if first[-1] in _STOPS else first + "，") + end


def _ended(text: str, kind: str) -> str:
    if text[-1] in _STOPS:
        return text
    if text.isascii():
        return readable(text, [], question=kind == "q")
    asks = kind == "q" and text.endswith(("吗", "呢", "没有", "什么", "几点", "谁"))
    return text + ("？" if asks else "。")
