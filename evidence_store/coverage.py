"""Which files a package may hold, and which of them the signed log does not cover.

Standard library only (part of the verifier inside a package). One table says it for everybody: the
exporter writes from it what ``case.json`` and VERIFY.txt list, the verifier writes the list again
and compares, and a test changes every byte of every file and holds it to the table.

A file at no place of the table is ``unlisted``, also when a manifest lists it. *Covered* means:
who changes a byte and then makes everything fit that he can without the log's keys is found.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from evidence_store.report import Finding, Report

#: Packages list what is not covered since this version of their format.
UNCOVERED_SINCE = 3

_LOG = r"data/(?:log|log-[A-Za-z0-9_.-]+|centre-log)"
_NAME = r"[^/\\\x00-\x1f]+"


@dataclass(frozen=True)
class Place:
    """One kind of file. ``zh`` and ``en`` say what of it is not covered; empty: all of it is."""

    pattern: re.Pattern[str]
    zh: str = ""
    en: str = ""


def _place(pattern: str, zh: str = "", en: str = "") -> Place:
    return Place(re.compile(pattern), zh, en)


_PLACES = (
    _place(r"bagit\.txt|(?:tag)?manifest-sha256\.txt"),
    _place(r"VERIFY\.txt", "全文，仅由清单覆盖", "all of it; the manifest covers it"),
    _place(
        r"verify\.py",
        "全文，仅由清单覆盖：可用另行取得的 verify.py 核验本包",
        "all of it; the manifest covers it. One from elsewhere verifies this package as well",
    ),
    _place(
        r"data/case\.json",
        "案件信息、导出理由、导出人、导出时间；其余与日志比对",
        "the case's particulars, reason, name and time of the export; the rest is compared",
    ),
    _place(
        r"data/case\.jsonld",
        "全文，仅由清单覆盖，由日志和案件信息写成",
        "all of it; written from the log and the case's particulars",
    ),
    _place(
        r"data/player\.html",
        "播放程序和案件名称；所示数据与日志比对",
        "its program and the case's name; what it shows is compared",
    ),
    _place(
        rf"{_LOG}/wrapped-keys\.json",
        "全文：改动后密文不能打开，不会变成别的内容",
        "all of it; when changed, sealed media do not open, and never as anything else",
    ),
    _place(
        rf"{_LOG}/(?:policy|stamps/certs\.pem)",
        "与日志所写政策不同即被发现；日志未写政策时仅由清单覆盖",
        "found when the log names its policy; otherwise the manifest alone covers it",
    ),
    _place(
        rf"{_LOG}/(?:witnessed|stamps)/{_NAME}",
        "见证和时间戳各自有签名；抽走一份不会被发现，只是少一份证明",
        "each is signed by its maker; taking one away is not found, it only proves less",
    ),
    _place(
        rf"{_LOG}/(?:checkpoint(?:\.sm3)?|public-key\.pem|leaf-hashes(?:\.sm3)?|entries\.jsonl)"
    ),
    _place(
        rf"{_LOG}/payloads\.jsonl",
        "抽走一行即为“未提供”，核验结果中列出",
        "a line taken away is withheld: the report lists it",
    ),
    _place(rf"{_LOG}/withheld\.json"),
    _place(rf"{_LOG}/proofs/[0-9]{{1,16}}\.tlog-proof"),
    _place(rf"{_LOG}/keys/{_NAME}"),
    _place(rf"data/(?:media|documents|transcript|derived)/(?:{_NAME}/)*{_NAME}"),
)

#: What holds for the archive around a package, whatever lies in it.
ARCHIVE = {
    "path": "*.zip",
    "zh": "压缩包自身的日期、属性和注释（不含文件内容）",
    "en": "dates, attributes and comments of a zip archive around it (not the files therein)",
}


def place_of(name: str) -> Place | None:
    """The place of a file; None when no package has such a file."""
    return next((place for place in _PLACES if place.pattern.fullmatch(name)), None)


def uncovered(names: Collection[str]) -> list[dict[str, str]]:
    """What of these files the signed log does not cover, file by file, as in ``case.json``."""
    found: list[dict[str, str]] = []
    for name in sorted(names):
        place = place_of(name)
        if place is not None and place.en:
            found.append({"path": name, "zh": place.zh, "en": place.en})
    return [*found, ARCHIVE]


def uncovered_text(names: Collection[str]) -> str:
    """The same for VERIFY.txt."""
    lines = [f"- {one['path']}\n  {one['zh']}\n  {one['en']}" for one in uncovered(names)]
    return "\n".join(lines)


def admits(listed: object, names: Collection[str]) -> bool:
    """Whether a package's list names all that is not covered of these files."""
    return isinstance(listed, list) and all(one in listed for one in uncovered(names))


def check_places(names: Collection[str], report: Report) -> None:
    """Every file stands at a place of the table."""
    for name in sorted(names):
        if place_of(name) is None:
            report.findings.append(Finding("unlisted", "no package has such a file", path=name))
