"""Makes the Word templates of Duizhi: ``python -m command_centre.record.template_build``.

An agency changes a copy of them in Word (README, Templates). They say the same as record.typ; the
time in the margin is a column of its own, so that it can be left out.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from command_centre.record.content import INSPECTION, QUESTIONING
from command_centre.record.word_document import SHIPPED

VERSION = "1"
_SERIF, _SANS = "Noto Serif CJK SC", "Noto Sans CJK SC"
_MADE = datetime(2026, 11, 28, tzinfo=UTC)


def build(form: str) -> bytes:
    """One template."""
    document = docx.Document()
    _styles(document)
    _page(document)
    _heading(document, form)
    _fields(document)
    if form == INSPECTION:
        _findings(document)
    else:
        _questions(document)
    _signatures(document)
    properties = document.core_properties
    properties.title, properties.author, properties.version = "{{ title }}", "{{ agency }}", VERSION
    properties.created = properties.modified = _MADE
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _styles(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = _SERIF, Pt(11.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _SERIF)
    style.paragraph_format.space_after = Pt(3)
    style.paragraph_format.line_spacing = 1.4


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    section.top_margin, section.bottom_margin = Mm(26), Mm(34)
    head = section.header.paragraphs[0]
    head.paragraph_format.tab_stops.add_tab_stop(Mm(162), WD_TAB_ALIGNMENT.RIGHT)
    _run(head, "{{ agency }}　{{ title }}\t{{ case_number }}", 9, _SANS)
    _rule(head, "bottom")
    sign = section.footer.paragraphs[0]
    _run(
        sign, "{{ page_statement }}　{{ subject }}签名：____________　日期：____________", 9, _SANS
    )
    foot = section.footer.add_paragraph()
    foot.paragraph_format.tab_stops.add_tab_stop(Mm(162), WD_TAB_ALIGNMENT.RIGHT)
    _rule(foot, "top")
    _run(foot, "录音录像编号 {{ session_number }}　第 {{ version }} 稿\t第 ", 8, _SANS)
    _field_code(foot, "PAGE")
    _run(foot, " 页　共 ", 8, _SANS)
    _field_code(foot, "NUMPAGES")
    _run(foot, " 页", 8, _SANS)


def _heading(document: Any, form: str) -> None:
    for text, size in (("{{ agency }}", 13), ("{{ title }}", 20)):
        one = document.add_paragraph()
        one.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(one, text, size, _SANS, bold=size == 20)
    if form == QUESTIONING:
        one = document.add_paragraph()
        one.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(one, "（第 {{ header.ordinal }} 次询问）", 10.5, _SERIF)
    else:
        one = document.add_paragraph()
        one.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(one, "{{ header.number }}", 10.5, _SERIF)


def _fields(document: Any) -> None:
    """All fields of the form; a row of the form is a paragraph."""
    document.add_paragraph("{%p for row in rows %}")
    one = document.add_paragraph()
    _run(one, "{% for cell in row %}", 10, _SANS)
    _run(one, "{{ cell.label }}：", 10, _SANS)
    _run(one, "{% if cell.value %}{{ cell.value }}{% else %}________{% endif %}　　", 11, _SERIF)
    _run(one, "{% endfor %}", 10, _SANS)
    document.add_paragraph("{%p endfor %}")
    _rule(document.add_paragraph(), "bottom")


def _questions(document: Any) -> None:
    document.add_paragraph("{%p if times %}")
    table = document.add_table(rows=3, cols=2)
    table.autofit = False
    for row, texts in zip(
        table.rows,
        (
            ("{%tr for line in lines %}", ""),
            (None, "{{ line.time }}"),
            ("{%tr endfor %}", ""),
        ),
        strict=True,
    ):
        row.cells[0].width, row.cells[1].width = Mm(143), Mm(19)
        if texts[0] is None:
            _said(row.cells[0].paragraphs[0])
        else:
            row.cells[0].text = texts[0]
        margin = row.cells[1].paragraphs[0]
        margin.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _run(margin, texts[1], 8, _SANS)
    document.add_paragraph("{%p else %}")
    document.add_paragraph("{%p for line in lines %}")
    _said(document.add_paragraph())
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")


def _said(paragraph: Any) -> None:
    paragraph.paragraph_format.left_indent = Mm(8)
    paragraph.paragraph_format.first_line_indent = Mm(-8)
    _run(
        paragraph, "{% if line.kind != 'n' %}{{ line.label }}：{% endif %}", 11.5, _SANS, bold=True
    )
    _run(paragraph, "{{ line.text }}", 11.5, _SERIF)


def _findings(document: Any) -> None:
    document.add_paragraph("{{ header.opening }}")
    _run(document.add_paragraph(), "检查情况", 11.5, _SANS, bold=True)
    table = document.add_table(rows=4, cols=5)
    table.style = "Table Grid"
    table.autofit = False
    widths = (Mm(10), Mm(62), Mm(28), Mm(30), Mm(32))
    rows = (
        ("序号", "问题", "位置", "证据编号", "涉嫌违反条款"),
        ("{%tr for one in findings %}", "", "", "", ""),
        (
            "{{ one.number }}",
            "{{ one.text }}{% if times and one.time %}（{{ one.time }}）{% endif %}",
            "{{ one.place }}",
            "{{ one.evidence }}",
            "{{ one.article }}",
        ),
        ("{%tr endfor %}", "", "", "", ""),
    )
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = width
            _run(cell.paragraphs[0], text, 10, _SANS if texts is rows[0] else _SERIF)
    document.add_paragraph()
    one = document.add_paragraph()
    _run(one, "处理情况：", 11.5, _SANS, bold=True)
    _run(one, "{{ header.handling }}", 11.5, _SERIF)
    document.add_paragraph("{%p for line in lines %}")
    _said(document.add_paragraph())
    document.add_paragraph("{%p endfor %}")


def _signatures(document: Any) -> None:
    end = document.add_paragraph()
    end.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(end, "（以下无正文）", 10, _SERIF)
    _rule(document.add_paragraph(), "bottom")
    document.add_paragraph("{{ closing }}")
    document.add_paragraph("{%p for one in signers %}")
    one = document.add_paragraph()
    one.paragraph_format.space_before = Pt(10)
    _run(
        one,
        "{{ one.role }}：{{ one.name }}{% if one.certificate %}（证件号 {{ one.certificate }}）"
        "{% endif %}　签名：____________　日期：____________",
        10,
        _SANS,
    )
    document.add_paragraph("{%p endfor %}")


def _run(paragraph: Any, text: str, size: float, font: str, *, bold: bool = False) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.font.name, run.bold = Pt(size), font, bold
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    return run


def _field_code(paragraph: Any, code: str) -> None:
    for kind in ("begin", "", "end"):
        run = _run(paragraph, "", 8, _SANS)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = code
        run._element.append(mark)


def _rule(paragraph: Any, side: str) -> None:
    borders = OxmlElement("w:pBdr")
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "auto")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._element.get_or_add_pPr().append(borders)


def main(folder: Path = SHIPPED) -> None:
    """Write both."""
    for form in (QUESTIONING, INSPECTION):
        (folder / f"{form}.docx").write_bytes(build(form))


if __name__ == "__main__":
    main()
