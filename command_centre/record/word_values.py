"""The fields that a Word template may use, from the content of a record.

One function, so that the list of fields in the README, the check of an agency's template and what
is filled in are the same thing. Every value is text, a list, or yes and no.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from command_centre.record.content import (
    INSPECTION,
    QUESTIONING,
    Header,
    Line,
    RecordContent,
    Signer,
    china_time,
)
from command_centre.record.sheet import FORMS, header_rows, role_label
from command_centre.record.steps import steps_of

_LABELS = {"q": "问", "a": "答", "n": "注", "f": "问题"}


@dataclass(frozen=True)
class Beside:
    """What a template may show beside the text."""

    notice: list[str] = field(default_factory=list)  # lines of the notice of rights
    exhibits: list[str] = field(default_factory=list)  # shown in the session
    prompts: list[tuple[int, str]] = field(default_factory=list)  # points put to the room
    markers: list[tuple[int, str]] = field(default_factory=list)
    open_steps: list[str] = field(default_factory=list)  # required steps that are not confirmed


def values_of(content: RecordContent, beside: Beside, *, times: bool) -> dict[str, Any]:
    """Every field of a template."""
    form = FORMS[content.form]
    return {
        "title": form.title,
        "agency": content.agency,
        "case_number": content.case_number,
        "session_number": content.session_number,
        "version": str(content.version),
        "header": msgspec.to_builtins(content.header),
        "rows": [
            [{"label": cell[0], "value": cell[1]} for cell in row] for row in header_rows(content)
        ],
        "subject": form.subject,
        "officer": form.officer,
        "closing": form.closing,
        "page_statement": form.page_statement,
        "lines": [_line(one, number) for number, one in enumerate(_texts(content.lines), start=1)],
        "findings": [_line(one, number) for number, one in enumerate(_found(content), start=1)],
        "signers": [
            {
                "role": role_label(content, one.role),
                "name": one.name,
                "certificate": one.certificate,
            }
            for one in content.signers
        ],
        "statements": [
            {"name": one.name, "wording": one.wording, "law": one.law}
            for one in steps_of(content.form)
        ],
        "open_steps": beside.open_steps,
        "notice": beside.notice,
        "exhibits": beside.exhibits,
        "prompts": [{"time": _clock(t_us), "text": text} for t_us, text in beside.prompts],
        "markers": [{"time": _clock(t_us), "text": text} for t_us, text in beside.markers],
        "times": times,
    }


def sample(form: str) -> dict[str, Any]:
    """Values with something in every list: an agency's template is tried with them."""
    content = RecordContent(
        code="0" * 16,
        version=1,
        session="s" + "2" * 20,
        made_us=1_779_091_200_000_000,
        agency="某市应急管理局",
        case_number="应急立〔2026〕1号",
        session_number="20260518-095804 询问室",
        header=Header(name="张某", handling="责令限期整改"),
        lines=[
            Line(kind="q", text="问", t_us=1_779_091_200_000_000),
            Line(kind="a", text="答"),
            Line(kind="n", text="注"),
            Line(kind="f", text="问题", place="位置", evidence="证据", article="条款"),
        ],
        signers=[
            Signer(key="p", role="interviewee", name="张某"),
            Signer(key="o1", role="interviewer", name="吴某", certificate="A1"),
        ],
        origin="duizhi.local/recorder-1",
        size=1,
        root="0" * 64,
        form=form,
    )
    beside = Beside(["一行"], ["证据一"], [(1, "核实")], [(1, "标记")], ["宣布录音录像"])
    return values_of(content, beside, times=True)


FORM_NAMES = (QUESTIONING, INSPECTION)


def _texts(lines: list[Line]) -> list[Line]:
    return [one for one in lines if one.kind != "f"]


def _found(content: RecordContent) -> list[Line]:
    return [one for one in content.lines if one.kind == "f"]


def _line(line: Line, number: int) -> dict[str, str]:
    return {
        "number": str(number),
        "kind": line.kind,
        "label": _LABELS[line.kind],
        "text": line.text if line.kind != "n" else f"（{line.text}）",
        "time": _clock(line.t_us),
        "place": line.place,
        "evidence": line.evidence,
        "article": line.article,
    }


def _clock(t_us: int) -> str:
    return f"{china_time(t_us):%H:%M:%S}" if t_us else ""
