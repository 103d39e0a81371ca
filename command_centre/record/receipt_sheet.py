"""The receipt on paper: words around a QR code. Pure; ``receipt.typ`` decides how it looks.

The code holds the address of the checking page and the receipt's line, no name. Neither does the
paper: whoever finds it learns that somebody was questioned here, not who.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol

import segno

_CHINA = timezone(timedelta(hours=8))
_LINE = 84  # characters of the receipt on one line of the paper
_QUIET = 4  # modules of white around the code (ISO/IEC 18004)


class Shown(Protocol):
    """What the paper shows of a receipt."""

    @property
    def receipt(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def unit_name(self) -> str: ...
    @property
    def unit_name_en(self) -> str: ...
    @property
    def case_number(self) -> str: ...
    @property
    def room_name(self) -> str: ...
    @property
    def room_name_en(self) -> str: ...
    @property
    def opened_us(self) -> int: ...
    @property
    def closed_us(self) -> int: ...
    @property
    def root(self) -> str: ...
    @property
    def entries(self) -> int: ...


_WORDS: dict[str, dict[str, Any]] = {
    "zh": {
        "title": "录音录像封存回执",
        "to": "交被询问人",
        "labels": ("案件编号", "地点", "开始", "封存", "存证记录", "封存校验值"),
        "entries": "{n} 条",
        "zone": "（北京时间）",
        "scan": "用手机扫描，核对本回执是否为本机关封存的录音录像",
        "how": (
            "本次询问的同步录音录像已经封存。本回执上的校验值由封存的全部存证记录算出，"
            "录音录像事后有任何改动，校验值都会不同。",
            "二维码中没有姓名、案由和谈话内容，只有校验值、时间和签名。",
            "查验：扫描二维码，或者打开 {page}，填入下面一行。网页只回答是与不是，以及封存时间。",
            "日后收到该录音录像的导出包时，可以离线核对：python3 verify.py --receipt '下面一行'",
            "请妥善保管。本回执不代表对谈话内容的确认。",
        ),
        "line": "回执内容",
    },
    "en": {
        "title": "Receipt for a sealed recording",
        "to": "For the person questioned",
        "labels": ("Case", "Place", "Opened", "Sealed", "Log entries", "Hash value of the seal"),
        "entries": "{n}",
        "zone": " (UTC+8)",
        "scan": "Scan to check that this receipt is of a recording sealed by this agency",
        "how": (
            "The recording of this interview has been sealed. The hash value on this receipt is"
            " computed from every log entry that was sealed: any later change of the recording"
            " gives another one.",
            "The code holds no name, no subject and no words, only hash values, times and a"
            " signature.",
            "To check: scan the code, or open {page} and enter the line below. The page answers"
            " yes or no, and when it was sealed; nothing else.",
            "If you are given the recording's export pack later, check it offline:"
            " python3 verify.py --receipt 'the line below'",
            "Keep this receipt. It does not confirm what was said.",
        ),
        "line": "Receipt line",
    },
}


def receipt_sheet(view: Shown, language: str, page: str) -> dict[str, Any]:
    """The fields of ``receipt.typ``."""
    words = _WORDS[language]
    unit = view.unit_name if language == "zh" else view.unit_name_en
    room = view.room_name if language == "zh" else view.room_name_en or view.room_name
    values = (
        view.case_number or "\u2014",
        room,
        _moment(view.opened_us) + words["zone"],
        _moment(view.closed_us) + words["zone"],
        words["entries"].format(n=f"{view.entries:,}"),
        " ".join(view.root[at : at + 8] for at in range(0, len(view.root), 8)),
    )
    closed = datetime.fromtimestamp(view.closed_us / 1e6, UTC).astimezone(_CHINA)
    return {
        "lang": language,
        "title": words["title"],
        "to": words["to"],
        "unit": unit,
        "made": [closed.year, closed.month, closed.day],
        "facts": [list(pair) for pair in zip(words["labels"], values, strict=True)],
        "scan": words["scan"],
        "how": [line.format(page=page) for line in words["how"]],
        "line_label": words["line"],
        "lines": [view.receipt[at : at + _LINE] for at in range(0, len(view.receipt), _LINE)],
        "qr": qr_svg(view.address),
    }


def qr_svg(text: str) -> str:
    """A QR code, error correction M, as SVG."""
    out = io.BytesIO()
    code = segno.make_qr(text, error="m", boost_error=False)
    code.save(out, kind="svg", border=_QUIET, dark="#000", light="#fff", xmldecl=False)
    return out.getvalue().decode()


def _moment(t_us: int) -> str:
    moment = datetime.fromtimestamp(t_us / 1e6, UTC).astimezone(_CHINA)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
