"""One page of somebody's PDF as a picture (``python -m command_centre.record.pdf_page PAGE``).

A process of its own with limits (config/child_limits.py): the file comes on standard input, the
answer goes to standard output: a line of JSON, then the PNG. ``PAGE`` 0 only counts the pages.
Typst embeds PDF pages and draws them without running anything that is in them: no scripts, no
forms, no links. The picture has at most ``SIDE_POINTS`` on its longer side whatever the page says.

Exit status 0, or 2 with a line of JSON that says what is wrong.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path

import typst
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from config.child_limits import restrict

PAGES_MAX = 300
SIDE_POINTS = 1500  # at 96 per inch: 2000 pixels
_PPI = 96.0
_SOURCE = """#set page(width: auto, height: auto, margin: 0pt, fill: white)
#context {{
  let size = measure(image("page.pdf", page: {page}))
  let scale = calc.min({side}pt / size.width, {side}pt / size.height)
  image("page.pdf", page: {page}, width: size.width * scale, height: size.height * scale)
}}
"""


class PageError(Exception):
    """The file cannot be shown; the text says why."""


def page_count(data: bytes) -> int:
    """Pages of the file.

    Raises:
        PageError: encrypted, broken, empty, or too many.
    """
    count = 0
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        for _ in PDFPage.create_pages(document):
            count += 1
            if count > PAGES_MAX:
                raise PageError(f"it has more than {PAGES_MAX} pages")
    except PageError:
        raise
    except Exception as error:
        # process top: pdfminer fails on broken files in many ways of its own
        raise PageError(f"it cannot be read ({type(error).__name__})") from error
    if count == 0:
        raise PageError("it has no page")
    return count


def page_picture(data: bytes, page: int) -> bytes:
    """A page, from 1, as PNG.

    Raises:
        PageError: it cannot be drawn.
    """
    with tempfile.TemporaryDirectory(prefix="duizhi-page-") as folder:
        root = Path(folder)
        (root / "page.pdf").write_bytes(data)
        source = root / "page.typ"
        source.write_text(_SOURCE.format(page=page, side=SIDE_POINTS), encoding="utf-8")
        try:
            drawn = typst.Compiler(input=str(source), root=folder).compile(format="png", ppi=_PPI)
        except typst.TypstError as error:
            raise PageError(f"the page cannot be drawn: {error.message}"[:200]) from error
    picture = drawn[0] if isinstance(drawn, list) else drawn
    if not isinstance(picture, bytes):
        raise PageError("the page cannot be drawn")
    return picture


def main() -> int:
    """Read, draw, write."""
    restrict()
    data, page = sys.stdin.buffer.read(), int(sys.argv[1])
    try:
        count = page_count(data)
        picture = page_picture(data, page) if page else b""
    except PageError as error:
        sys.stdout.buffer.write(json.dumps({"error": str(error)}).encode() + b"\n")
        return 2
    sys.stdout.buffer.write(json.dumps({"pages": count}).encode() + b"\n" + picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
