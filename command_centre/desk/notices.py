"""The notice of rights and duties that is read to a person, by kind of session.

The words follow the procedure: 行政处罚法 articles 42, 43, 45, 50, 55, 63 and 64, 安全生产法
article 66, and the record forms of safety supervision. What is read is fixed here; an entry names
its SHA-256, so the very text can be proved later. The system reads nothing into an answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from config.words import SessionKind


@dataclass(frozen=True)
class Notice:
    """One text in both languages; ``name`` changes with every change of the words."""

    name: str
    title: str
    title_en: str
    lines: tuple[tuple[str, str], ...]  # Chinese, English

    @property
    def sha256(self) -> str:
        """Of the lines, Chinese then English, each ended by a newline."""
        text = "".join(f"{zh}\n{en}\n" for zh, en in self.lines)
        return hashlib.sha256(text.encode()).hexdigest()


_COMMON = (
    (
        "你有权要求执法人员出示执法证件；不出示的，有权拒绝接受调查或者检查（行政处罚法第五十五条）。",
        "You may ask the officers for their certificates, and refuse when they show none"
        " (Administrative Penalty Law, art. 55).",
    ),
    (
        "你认为执法人员与本案有直接利害关系或者有其他关系可能影响公正执法的，有权申请回避；"
        "由机关负责人决定，决定前不停止调查（第四十三条）。",
        "You may ask for the withdrawal of an officer who has an interest in the case; the head of"
        " the authority decides, and inquiries go on until then (art. 43).",
    ),
    (
        "你有权陈述和申辩，不会因申辩而被加重处罚（第四十五条）；符合条件的可以要求听证，"
        "不承担费用（第六十三、六十四条）。",
        "You may state and defend your case; no penalty is increased for it (art. 45). Where the"
        " law gives a hearing you may ask for one free of charge (arts. 63, 64).",
    ),
    (
        "涉及国家秘密、商业秘密或者个人隐私的，依法予以保密（第五十条）。",
        "State secrets, trade secrets and privacy are protected (art. 50).",
    ),
)

INTERVIEW = Notice(
    "interview/1",
    "权利义务告知书",
    "Notice of rights and duties",
    (
        (
            "本次询问全程同步录音录像，请你知悉。",
            "This interview is recorded in sound and picture.",
        ),
        *_COMMON,
        (
            "你有权使用本民族语言文字，需要翻译或者手语的可以提出；有权核对笔录，"
            "阅读有困难的可以要求宣读，差错、遗漏可以要求补正。",
            "You may use your own language and ask for an interpreter or sign language; you may"
            " read the record, have it read to you, and have mistakes corrected.",
        ),
        (
            "你应当如实回答询问，并协助调查，不得拒绝或者阻挠（第五十五条）；提供虚假情况、"
            "隐匿毁灭证据的，要承担相应法律责任。",
            "You must answer truthfully, help the inquiry and not obstruct it (art. 55); false"
            " statements and destroying evidence have legal consequences.",
        ),
    ),
)

INSPECTION = Notice(
    "inspection/1",
    "现场检查告知",
    "Notice of an inspection on site",
    (
        (
            "本次检查全程录音录像，请你单位知悉。",
            "This inspection is recorded in sound and picture.",
        ),
        *_COMMON,
        (
            "你单位应当配合监督检查，如实提供情况和资料，不得拒绝、阻挠（安全生产法第六十六条）。",
            "You must cooperate with the inspection, give true information and not obstruct it"
            " (Work Safety Law, art. 66).",
        ),
    ),
)


def notice_for(kind: str) -> Notice:
    """The notice that belongs to a kind of session."""
    return INSPECTION if kind == SessionKind.INSPECTION else INTERVIEW
