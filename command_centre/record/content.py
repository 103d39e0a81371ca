"""What a record of questioning says, as values: the one input from which its pages are made.

The same content gives the same bytes, on any machine with the same fonts and template. Texts come
from the final utterances and from officers' edits; nothing here decides what was said.

``code`` is random and printed on every page. It names the document, and it makes every digest of a
page or file of it one that nobody can guess from the words alone (facts/evidence.md, F.2).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from evidence_store.document_account import DocumentHead, statement_text

#: Times on documents are those of China, which has one time zone.
CHINA = timezone(timedelta(hours=8))

LINES_MAX = 3000
LINE_CHARACTERS_MAX = 20_000
FIELD_CHARACTERS_MAX = 300

CLOSING = "以上笔录我看过（或向我宣读过），和我说的相符。"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, keyword-only."""


class Line(Content, frozen=True):
    """A question, an answer, or a note in brackets (silence, an exhibit shown, a break)."""

    kind: str  # q | a | n
    text: str
    t_us: int = 0  # when it was said; 0: added by hand
    mark: str = ""  # what the person questioned wants changed here; empty: nothing

    def __post_init__(self) -> None:
        if self.kind not in ("q", "a", "n"):
            raise ValueError("expected a line of kind q, a or n")
        if len(self.text) > LINE_CHARACTERS_MAX or len(self.mark) > FIELD_CHARACTERS_MAX:
            raise ValueError(f"a line has at most {LINE_CHARACTERS_MAX} characters")


class Header(Content, frozen=True):
    """The fields above the text (facts/trade.md 1.1); empty ones are printed as blanks."""

    time_from: str = ""
    time_to: str = ""
    ordinal: str = "1"
    place: str = ""
    name: str = ""
    gender: str = ""
    age: str = ""
    id_number: str = ""
    employer: str = ""
    post: str = ""
    address: str = ""
    phone: str = ""
    relation: str = ""  # to the case
    others: str = ""  # present
    notice: str = ""  # how rights and duties were told
    cause: str = ""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if len(getattr(self, name)) > FIELD_CHARACTERS_MAX:
                raise ValueError(f"{name}: at most {FIELD_CHARACTERS_MAX} characters")


class Signer(Content, frozen=True):
    """Somebody who signs."""

    key: str  # p: the person questioned; o1, o2, ...: officers in order
    role: str  # interviewee | interviewer | clerk | others as in config.messages.Person
    name: str
    certificate: str = ""  # number of the enforcement certificate


class RecordContent(Content, frozen=True):
    """Everything the pages show."""

    code: str
    version: int
    session: str
    made_us: int
    agency: str
    case_number: str
    session_number: str
    header: Header
    lines: list[Line]
    signers: list[Signer]
    origin: str
    size: int
    root: str  # hex

    @property
    def head(self) -> DocumentHead:
        """The head of the log printed in the footer."""
        return DocumentHead(self.origin, self.size, self.root)


ROLES = {
    "interviewee": "被询问人",
    "interviewer": "询问人",
    "clerk": "记录人",
    "witness": "在场人",
    "lawyer": "在场人",
    "operator": "在场人",
}


def new_code() -> str:
    """A name for a document: 64 random bits, as hex, in lower case."""
    return secrets.token_hex(8)


def china_time(t_us: int) -> datetime:
    """The moment, as a date and time of China."""
    return datetime.fromtimestamp(t_us / 1_000_000, UTC).astimezone(CHINA)


def minute_text(t_us: int) -> str:
    """Date and time to the minute, as a record writes them."""
    moment = china_time(t_us)
    return f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute:02}分"


def session_number(opened_us: int, room_name: str) -> str:
    """The session for people: when it was opened and where."""
    return f"{china_time(opened_us):%Y%m%d-%H%M%S} {room_name}"


def sheet(content: RecordContent) -> dict[str, Any]:
    """The values that the template reads (record.typ)."""
    made = china_time(content.made_us)
    return {
        "title": "询问笔录",
        "agency": content.agency,
        "keywords": [statement_text(content.code, content.session, content.head)],
        "made": [made.year, made.month, made.day],
        "case_number": content.case_number,
        "session_number": content.session_number,
        "code": content.code,
        "version": content.version,
        "ordinal": content.header.ordinal,
        "head": {"origin": content.origin, "size": content.size, "root": content.root},
        "header": _header(content),
        "notice": content.header.notice,
        "lines": [{"kind": line.kind, "text": line.text} for line in content.lines],
        "closing": CLOSING,
        "signers": [
            {
                "key": one.key,
                "label": ROLES.get(one.role, "在场人"),
                "name": one.name,
                "certificate": one.certificate,
            }
            for one in content.signers
        ],
    }


def _header(content: RecordContent) -> list[list[list[Any]]]:
    """Rows of fields: label, value, share of the width."""
    head = content.header
    span = f"{head.time_from}至{head.time_to}" if head.time_from else ""
    rows: list[list[list[Any]]] = [
        [["询问时间", span, 1]],
        [["询问地点", head.place, 3], ["录音录像编号", content.session_number, 4]],
        [["被询问人", head.name, 3], ["性别", head.gender, 2], ["年龄", head.age, 2]],
        [["身份证件号码", head.id_number, 4], ["联系电话", head.phone, 3]],
        [["工作单位", head.employer, 4], ["职务或工种", head.post, 3]],
        [["住址", head.address, 4], ["与本案关系", head.relation, 3]],
    ]
    for role in ("interviewer", "clerk"):
        named = [
            one.name + (f"（证件号{one.certificate}）" if one.certificate else "")
            for one in content.signers
            if one.role == role
        ]
        rows.append([[ROLES[role], "、".join(named), 1]])
    if head.others:
        rows.append([["在场人", head.others, 1]])
    if head.cause:
        rows.append([["案由", head.cause, 1]])
    if head.notice:
        rows.append([["权利义务告知", head.notice, 1]])
    return rows
