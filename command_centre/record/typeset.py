"""Pages from content, by Typst: a PDF, a picture of each page, the text of each page.

The same content gives the same bytes: no clock, no locale, no network, and of the system's fonts
only Noto CJK, which set-up installs. The picture is what a person is shown and signs; its digest is
in the log. A PDF of Typst is a tagged PDF/A-2u with its fonts embedded.

The library keeps one thread busy for some tenths of a second a document: call it in a thread.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst

from command_centre.record.content import RecordContent
from command_centre.record.errors import FontMissing, TypesetError
from command_centre.record.fingerprint import FORMATS, Fingerprint
from command_centre.record.sheet import each_page, sheet
from command_centre.record.strokes import points

FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC")
PAGES_MAX = 200
#: Pixels per inch of the pictures: sharp on a tablet, about 200 KB a page.
PPI = 120.0
PAGE_WIDTH_PT, PAGE_HEIGHT_PT = 595.276, 841.89

_TEMPLATE = Path(__file__).with_name("record.typ")
_STAMP = Path(__file__).with_name("stamp.typ")
_VERIFICATION = Path(__file__).with_name("verification.typ")
_RECEIPT = Path(__file__).with_name("receipt.typ")
_NOTICE = Path(__file__).with_name("notice.typ")

#: Where the person questioned signs in the footer of each page: left, bottom, width, height in
#: points from the lower left corner; it is the place that record.typ leaves free. The last number
#: is how far right the date stands.
FOOT_BOX = (294.0, 82.0, 234.0, 36.0)
FOOT_DATE = 162.0
#: Such a line of somebody who attends is so much lower than the one above (record.typ).
_FOOT_PITCH = 36.85  # 13 mm
#: Size of a place in the block on the last page, below and right of what Typst reports.
_BLOCK_WIDTH, _BLOCK_HEIGHT, _BLOCK_DOWN, _BLOCK_DATE = 192.0, 40.0, 55.0, 136.0
#: The place that notice.typ leaves free, 104 by 20 mm, and where its date stands.
_NOTICE_WIDTH, _NOTICE_HEIGHT, _NOTICE_DATE = 294.8, 56.7, 226.0


@dataclass(frozen=True)
class Place:
    """A place to sign: on a page (from 1), with its box in points from the lower left corner."""

    #: foot, or foot and the key of whoever signs each page beside the person questioned; or the
    #: signer's key on the last page
    key: str
    signer: str
    page: int
    box: tuple[float, float, float, float]  # left, bottom, right, top
    date: float  # how far right of the left side the date line begins

    @property
    def of_page(self) -> bool:
        """It confirms one page; the others confirm the whole document."""
        return self.key.startswith("foot")


@dataclass(frozen=True)
class Typeset:
    """A document, ready to be shown."""

    pdf: bytes
    pages: tuple[bytes, ...]  # PNG
    texts: tuple[str, ...]
    places: tuple[Place, ...]


def template_sha256(template: Path = _TEMPLATE) -> str:
    """Digest of the template: a document says with which it was made."""
    return hashlib.sha256(template.read_bytes()).hexdigest()


def typeset(content: RecordContent) -> Typeset:
    """Make the pages.

    Raises:
        FontMissing: the Chinese fonts are not installed.
        TypesetError: the content cannot be typeset.
    """
    check_fonts()
    source = _TEMPLATE.read_bytes()
    inputs = {"record": json.dumps(sheet(content), ensure_ascii=False)}
    compiler = typst.Compiler(font_paths=_fonts(), sys_inputs=inputs)
    try:
        made = compiler.compile(
            source,
            format="pdf",
            timestamp=content.made_us // 1_000_000,
            pdf_standards=["a-2u"],
        )
        drawn = compiler.compile(source, format="png", ppi=PPI)
        found = json.loads(
            typst.query(source, "<place>", field="value", sys_inputs=inputs, font_paths=_fonts())
        )
    except typst.TypstError as error:
        raise TypesetError(f"the record cannot be typeset: {error.message}") from error
    pdf, pages = _one(made), tuple(_all(drawn))
    if len(pages) > PAGES_MAX:
        raise TypesetError(f"the record has {len(pages)} pages, {PAGES_MAX} are allowed")
    return Typeset(pdf, pages, page_texts(pdf), _places(found, content, len(pages)))


def typeset_notice(sheet: dict[str, Any], made_us: int) -> tuple[bytes, Place, str]:
    """A notice (notice_sheet.py) as PDF/A-2u, where it is signed, and the digest of its template.

    Raises:
        FontMissing: the Chinese fonts are not installed.
        TypesetError: it cannot be typeset.
    """
    pdf = _sheet_pdf(_NOTICE, "notice", sheet, made_us)
    inputs = {"notice": json.dumps(sheet, ensure_ascii=False)}
    try:
        found = typst.query(
            _NOTICE.read_bytes(), "<place>", field="value", sys_inputs=inputs, font_paths=_fonts()
        )
    except typst.TypstError as error:
        raise TypesetError(f"the notice cannot be typeset: {error.message}") from error
    [one] = json.loads(found)
    left, top = float(one["x"]), PAGE_HEIGHT_PT - float(one["y"])
    box = (left, top - _NOTICE_HEIGHT, left + _NOTICE_WIDTH, top)
    place = Place("notice", "p", int(one["page"]), box, _NOTICE_DATE)
    return pdf, place, template_sha256(_NOTICE)


def stamp_pdf(
    strokes: list[list[int]],
    place: Place,
    *,
    name: str,
    time: str,
    note: str = "",
    fingerprint: Fingerprint | None = None,
) -> bytes:
    """The visible part of a signature as a page of that size: the handwriting, name and time.

    ``strokes`` are as in strokes.py, and a ``fingerprint`` stands right of them.
    With a ``note`` (somebody would not sign) it stands where the handwriting would.

    Raises:
        FontMissing: the Chinese fonts are not installed.
        TypesetError: it cannot be typeset.
    """
    check_fonts()
    left, bottom, right, top = place.box
    value = {
        "strokes": [points(stroke) for stroke in strokes],
        "width": right - left,
        "height": top - bottom,
        "date": place.date,
        "name": name,
        "time": time,
        "note": note,
    }
    if fingerprint is not None:
        value["print"] = {
            "data": list(fingerprint.data),
            "format": FORMATS[fingerprint.mime],
        }
    inputs = {"stamp": json.dumps(value, ensure_ascii=False)}
    compiler = typst.Compiler(font_paths=_fonts(), sys_inputs=inputs)
    try:
        return _one(compiler.compile(_STAMP.read_bytes(), format="pdf", timestamp=0))
    except typst.TypstError as error:
        raise TypesetError(f"a signature cannot be drawn: {error.message}") from error


def check_fonts() -> None:
    """Raise ``FontMissing`` unless the fonts are there."""
    families = set(_fonts().families())
    missing = [name for name in FONTS if name not in families]
    if missing:
        raise FontMissing(
            f"fonts are missing: {', '.join(missing)}; install the package fonts-noto-cjk"
        )


def typeset_verification(sheet: dict[str, Any], made_us: int) -> bytes:
    """The report of a verification (verification.py) as PDF/A-2u.

    Raises:
        FontMissing: the Chinese fonts are not installed.
        TypesetError: it cannot be typeset.
    """
    return _sheet_pdf(_VERIFICATION, "report", sheet, made_us)


def typeset_receipt(sheet: dict[str, Any], made_us: int) -> bytes:
    """The receipt of a sealed session (receipt_sheet.py) as PDF/A-2u; raises as above."""
    return _sheet_pdf(_RECEIPT, "receipt", sheet, made_us)


def _sheet_pdf(template: Path, name: str, sheet: dict[str, Any], made_us: int) -> bytes:
    check_fonts()
    inputs = {name: json.dumps(sheet, ensure_ascii=False)}
    compiler = typst.Compiler(font_paths=_fonts(), sys_inputs=inputs)
    try:
        made = compiler.compile(
            template.read_bytes(),
            format="pdf",
            timestamp=made_us // 1_000_000,
            pdf_standards=["a-2u"],
        )
    except typst.TypstError as error:
        raise TypesetError(f"the {name} cannot be typeset: {error.message}") from error
    return _one(made)


def page_texts(pdf: bytes) -> tuple[str, ...]:
    """The text of each page in the order of the content, as a reader of the file finds it.

    Raises:
        TypesetError: the file cannot be read as a PDF.
    """
    # pdfminer takes a fifth of a second to load
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams, LTTextContainer
    from pdfminer.psexceptions import PSException

    texts = []
    try:
        for page in extract_pages(io.BytesIO(pdf), laparams=LAParams(boxes_flow=None)):
            boxes = [box.get_text() for box in page if isinstance(box, LTTextContainer)]
            texts.append("".join(boxes))
    except (PSException, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        raise TypesetError(f"its text cannot be read ({type(error).__name__})") from error
    return tuple(texts)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


def _places(found: list[Any], content: RecordContent, pages: int) -> tuple[Place, ...]:
    places = _feet(content, pages)
    for one in found:
        x, y = float(one["x"]) + 27, PAGE_HEIGHT_PT - float(one["y"]) - _BLOCK_DOWN
        box = (x, y, x + _BLOCK_WIDTH, y + _BLOCK_HEIGHT)
        places.append(Place(str(one["key"]), str(one["key"]), int(one["page"]), box, _BLOCK_DATE))
    return tuple(places)


def _feet(content: RecordContent, pages: int) -> list[Place]:
    """The lines below each page; one signer after another, as the tablet goes round."""
    left, bottom, width, height = FOOT_BOX
    others = each_page(content)
    lines = [("foot", "p")] if any(one.questioned for one in content.signers) else []
    lines += [(f"foot-{one.key}", one.key) for one in others]
    places = []
    for line, (key, signer) in enumerate(lines):
        below = bottom + _FOOT_PITCH * (len(lines) - 1 - line)
        box = (left, below, left + width, below + height)
        places += [Place(key, signer, page, box, FOOT_DATE) for page in range(1, pages + 1)]
    return places


def _one(made: bytes | list[bytes] | None) -> bytes:
    if not isinstance(made, bytes):
        raise TypesetError("expected one file")
    return made


def _all(made: bytes | list[bytes] | None) -> list[bytes]:
    return [made] if isinstance(made, bytes) else list(made or [])
