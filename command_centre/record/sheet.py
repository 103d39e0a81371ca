"""What the pages of a form show, from content: titles, rows of fields, texts that the law asks for.

The fields and their order are those of the forms (facts/trade.md, 1.1 and 1.3). Content that was
made before there were forms keeps the rows it had, so that its pages are drawn the same again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from command_centre.record.content import (
    ATTENDING,
    EACH_PAGE,
    INSPECTION,
    RecordContent,
    Signer,
    china_time,
)
from command_centre.record.named import is_named
from evidence_store.document_account import statement_text


@dataclass(frozen=True)
class Form:
    """The words of one kind of record."""

    title: str
    subject: str  # what the person is called who is questioned, or in charge on site
    officer: str
    closing: str
    page_statement: str


_QUESTIONING = Form(
    "询问笔录",
    "被询问人",
    "询问人",
    "以上笔录我看过（或向我宣读过），和我说的相符。",
    "本页笔录已阅，与所述一致。",
)
_INSPECTION = Form(
    "现场检查记录",
    "被检查单位现场负责人",
    "检查人员",
    "以上记录我看过（或向我宣读过），与检查的情况相符。",
    "本页记录已阅，情况属实。",
)
FORMS = {"": _QUESTIONING, "questioning": _QUESTIONING, INSPECTION: _INSPECTION}

_OTHERS = {"clerk": "记录人", **ATTENDING}

Row = list[list[Any]]  # label, value, share of the width


def role_label(content: RecordContent, role: str) -> str:
    """What somebody's part is called on the document."""
    form = FORMS[content.form]
    named = {"interviewee": form.subject, "interviewer": form.officer}
    return named.get(role) or _OTHERS.get(role, "在场人")


def sheet(content: RecordContent) -> dict[str, Any]:
    """The values that the template reads (record.typ)."""
    made = china_time(content.made_us)
    form = FORMS[content.form]
    inspection = content.form == INSPECTION
    return {
        "title": form.title,
        "under": "" if inspection else f"（第 {content.header.ordinal} 次询问）",
        "subject": form.subject,
        "page_statement": form.page_statement,
        "agency": content.agency,
        "keywords": [statement_text(content.code, content.session, content.head)],
        "made": [made.year, made.month, made.day],
        "case_number": content.header.number or content.case_number,
        "session_number": content.session_number,
        "code": content.code,
        "version": content.version,
        "head": {"origin": content.origin, "size": content.size, "root": content.root},
        "header": header_rows(content),
        "opening": content.header.opening if inspection else "",
        "lines": [
            {
                "kind": line.kind,
                "text": line.text,
                "place": line.place,
                "evidence": line.evidence,
                "article": line.article,
            }
            for line in content.lines
        ],
        "handling": content.header.handling if inspection else "",
        "closing": form.closing,
        "signers": [
            {
                "key": one.key,
                "label": role_label(content, one.role),
                "name": one.name,
                "certificate": one.certificate,
                "detail": one.detail,
            }
            for one in content.signers
        ],
        "feet": [
            {"label": role_label(content, one.role), "statement": EACH_PAGE[one.role]}
            for one in each_page(content)
        ],
    }


def each_page(content: RecordContent) -> list[Signer]:
    """Who signs every page below the person questioned, from the top down."""
    return [one for one in content.signers if one.role in EACH_PAGE]


def signer_text(one: Signer) -> str:
    """A name as the block of signatures prints it."""
    shown = f"（证件号 {one.certificate}）" if one.certificate else ""
    return one.name + shown + (f"（{one.detail}）" if one.detail else "")


def header_rows(content: RecordContent) -> list[Row]:
    """The fields above the text, row by row."""
    if content.form == INSPECTION:
        return _inspection(content)
    return _questioning(content) if content.form else _first_form(content)


def _span(content: RecordContent) -> str:
    head = content.header
    return f"{head.time_from}至{head.time_to}" if head.time_from else ""


def _officers(content: RecordContent, role: str, more: str = "") -> str:
    named = "、".join(
        one.name + (f"（证件号{one.certificate}）" if one.certificate else "")
        for one in content.signers
        if one.role == role
    )
    return f"{named}　{more}" if named and more else named or more


def _attending(content: RecordContent, said: str, *roles: str, part: bool = False) -> str:
    """What an officer wrote of those who attend, and whoever signs and is not named there.

    ``part``: each stands there with their part, because the field is for several.
    """
    missing = [
        (role_label(content, one.role) if part else "") + signer_text(one)
        for one in content.signers
        if one.role in roles and not is_named(one.name, said)
    ]
    return "、".join([*([said] if said else []), *missing])


def _questioning(content: RecordContent) -> list[Row]:
    head = content.header
    others = _attending(content, head.others, "lawyer", "attesting_witness", part=True)
    interpreter = _attending(content, head.interpreter, "interpreter")
    guardian = _attending(content, head.guardian, "guardian", "appropriate_adult")
    rows: list[Row] = [
        [["询问时间", _span(content), 1]],
        [["询问地点", head.place, 3], ["录音录像编号", content.session_number, 4]],
        [["案由", head.cause, 1]],
        [
            ["被询问人", head.name, 4],
            ["性别", head.gender, 2],
            ["年龄", head.age, 2],
            ["民族", head.ethnicity, 2],
        ],
        [["身份证件号码", head.id_number, 4], ["联系电话", head.phone, 3]],
        [["工作单位", head.employer, 4], ["职务或工种", head.post, 3]],
        [["住址", head.address, 4], ["文化程度", head.education, 3]],
        [["与本案关系", head.relation, 4], ["人大代表或政协委员", head.deputy, 4]],
        [["询问人", _officers(content, "interviewer", head.interviewers), 1]],
        [["记录人", _officers(content, "clerk"), 1]],
        [["在场人", others, 1]],
        [["翻译或手语", interpreter, 4], ["监护人或合适成年人", guardian, 4]],
        [["权利义务告知", head.notice, 1]],
        [["休息起止", head.breaks, 1]],
    ]
    if content.start_root:
        rows.append([["开始时校验值", content.start_root[:16], 1]])
    return rows


def _inspection(content: RecordContent) -> list[Row]:
    head = content.header
    others = _attending(content, head.others, *ATTENDING, part=True)
    return [
        [["被检查单位", head.employer, 1]],
        [["地址", head.address, 1]],
        [
            ["法定代表人（负责人）", head.representative, 4],
            ["职务", head.representative_post, 2],
            ["联系电话", head.phone, 3],
        ],
        [["检查场所", head.place, 3], ["录音录像编号", content.session_number, 4]],
        [["检查时间", _span(content), 1]],
        [["现场负责人", head.name, 4], ["职务", head.post, 4]],
        [["检查人员", _officers(content, "interviewer", head.interviewers), 1]],
        [["记录人", _officers(content, "clerk"), 1]],
        [["在场人", others, 1]],
        [["权利义务告知", head.notice, 1]],
    ]


def _first_form(content: RecordContent) -> list[Row]:
    """The rows of content that names no form."""
    head = content.header
    rows: list[Row] = [
        [["询问时间", _span(content), 1]],
        [["询问地点", head.place, 3], ["录音录像编号", content.session_number, 4]],
        [["被询问人", head.name, 3], ["性别", head.gender, 2], ["年龄", head.age, 2]],
        [["身份证件号码", head.id_number, 4], ["联系电话", head.phone, 3]],
        [["工作单位", head.employer, 4], ["职务或工种", head.post, 3]],
        [["住址", head.address, 4], ["与本案关系", head.relation, 3]],
        [["询问人", _officers(content, "interviewer"), 1]],
        [["记录人", _officers(content, "clerk"), 1]],
    ]
    for label, value in (
        ("在场人", head.others),
        ("案由", head.cause),
        ("权利义务告知", head.notice),
    ):
        if value:
            rows.append([[label, value, 1]])
    return rows
