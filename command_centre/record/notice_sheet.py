"""The signed notice of rights on paper: what it shows, from what was read and answered. Pure.

Chinese always; English beside it where the person was given it in English. ``notice.typ`` decides
how it looks. The words are those of the version that was before the person, whatever is read today;
that somebody signed says that the notice reached them, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from command_centre.record.content import china_time
from evidence_store.document_account import DocumentHead, statement_text


@dataclass(frozen=True)
class NoticeContent:
    """A notice as it was given to one person in one session."""

    code: str
    session: str
    session_number: str
    case_number: str
    agency: str
    room: str
    name: str  # of who was questioned; empty: nobody was named
    title: str
    title_en: str
    lines: Sequence[tuple[str, str, str, str]]  # Chinese, English, article, article in English
    language: str  # zh | en | other
    how: str  # aloud | shown | interpreter
    read_us: int
    understood: bool
    recusal: bool
    interpreter: bool
    note: str  # in the person's words
    officers: Sequence[tuple[str, str]]  # name, certificate
    signed_us: int
    head: DocumentHead


_HOW = {
    "aloud": ("宣读", "read aloud"),
    "shown": ("交本人阅读", "read by the person"),
    "interpreter": ("经翻译告知", "told by an interpreter"),
}
_LANGUAGE = {
    "zh": ("汉语", "Chinese"),
    "en": ("英语", "English"),
    "other": ("其他语言", "another language"),
}
_SIGNS = ("以上告知书我已收到。", "I have received this notice.")


def notice_sheet(content: NoticeContent) -> dict[str, Any]:
    """The fields of ``notice.typ``."""
    made = china_time(content.signed_us)
    return {
        "agency": content.agency,
        "title": content.title,
        "title_en": content.title_en,
        "english": content.language == "en",
        "keywords": [statement_text(content.code, content.session, content.head)],
        "made": [made.year, made.month, made.day],
        "case_number": content.case_number,
        "session_number": content.session_number,
        "code": content.code,
        "head": {
            "origin": content.head.origin,
            "size": content.head.size,
            "root": content.head.root,
        },
        "facts": _facts(content),
        "lines": [
            {"zh": zh, "en": en, "law": law, "law_en": law_en}
            for zh, en, law, law_en in content.lines
        ],
        "answers": _answers(content),
        "signs": list(_SIGNS),
    }


def _facts(content: NoticeContent) -> list[list[str]]:
    """Label, label in English, value, value in English."""
    how, how_en = _HOW.get(content.how, ("出示", "shown"))
    language, language_en = _LANGUAGE.get(content.language, _LANGUAGE["other"])
    moment = f"{china_time(content.read_us):%Y-%m-%d %H:%M}"
    officers = "、".join(f"{name} {certificate}".strip() for name, certificate in content.officers)
    return [
        ["被告知人", "Given to", content.name, content.name],
        ["告知地点", "Place", content.room, content.room],
        ["告知时间", "Given at", moment, moment],
        ["告知方式", "How", f"{language}，{how}", f"{language_en}, {how_en}"],
        ["执法人员", "Officers", officers, officers],
    ]


def _answers(content: NoticeContent) -> list[list[str]]:
    def said(yes: bool, zh: tuple[str, str], en: tuple[str, str]) -> list[str]:
        return [zh[0] if yes else zh[1], en[0] if yes else en[1]]

    found = [
        said(content.understood, ("听清楚了", "没有听清楚"), ("understood", "not understood")),
        said(
            content.recusal,
            ("申请回避", "不申请回避"),
            ("asks for an officer's withdrawal", "asks for no officer's withdrawal"),
        ),
        said(
            content.interpreter,
            ("需要翻译或者手语", "不需要翻译"),
            ("needs an interpreter or sign language", "needs no interpreter"),
        ),
    ]
    if content.note:
        found.append([f"原话：{content.note}", f"in their words: {content.note}"])
    return found
