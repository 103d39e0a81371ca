"""What is written by hand on a page so far, to be laid over its picture.

A page's picture is the one whose digest the log has and is never changed; what was signed on it is
drawn apart and stands where the PDF has it (typeset.py, stamp.typ). Biometric, as strokes are.

Not covered: notes about who would not sign; they come with the signed file.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from command_centre.record.fingerprint import Fingerprint
from command_centre.record.strokes import HEIGHT, WIDTH, ink_drawn
from command_centre.record.typeset import PAGE_HEIGHT_PT, PAGE_WIDTH_PT, Place

#: As in stamp.typ: before the date, above the lower edge, and how far apart its lines are.
_BEFORE_DATE, _EDGE, _PITCH, _SIZE = 28.0, 3.0, 8.0, 6.5
_PRINT, _CLEAR, _GAP = 0.8, 8.0, 2.0  # a fingerprint's width of the height; before the date; above


@dataclass(frozen=True)
class SignedPlace:
    """A place that was signed, with the handwriting, who, and when (lines of text)."""

    place: Place
    strokes: list[list[int]]
    name: str
    time: str
    fingerprint: Fingerprint | None = None


def page_ink_svg(signed: Sequence[SignedPlace]) -> str:
    """A picture as large as the page, nothing but the handwriting, names and times."""
    drawn = "".join(_drawn(one) for one in signed)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PAGE_WIDTH_PT} {PAGE_HEIGHT_PT}"'
        f' fill="#12306b" font-family="Noto Sans CJK SC, sans-serif" font-size="{_SIZE}">'
        f"{drawn}</svg>"
    )


def _drawn(one: SignedPlace) -> str:
    left, bottom, _, top = one.place.box
    height = top - bottom
    beside = _PRINT * height if one.fingerprint else 0.0
    room = one.place.date - _BEFORE_DATE - beside - (_CLEAR if one.fingerprint else 0.0)
    scale = min(room / WIDTH, (height - _EDGE) / HEIGHT)
    lines = [one.name, *one.time.split("\n")]
    below = PAGE_HEIGHT_PT - bottom - _EDGE
    texts = "".join(
        f'<text x="{left + one.place.date:.1f}" y="{below - _PITCH * after:.1f}">'
        f"{escape(line)}</text>"
        for after, line in zip(range(len(lines) - 1, -1, -1), lines, strict=True)
    )
    moved = f"translate({left:.1f} {PAGE_HEIGHT_PT - top:.1f}) scale({scale:.6f})"
    drawn = f'<g transform="{moved}">{ink_drawn(one.strokes)}</g>{texts}'
    if one.fingerprint is None:
        return drawn
    data = f"data:{one.fingerprint.mime};base64,{b64encode(one.fingerprint.data).decode()}"
    return (
        f'{drawn}<image x="{left + room:.1f}" y="{PAGE_HEIGHT_PT - top + _GAP:.1f}"'
        f' width="{beside:.1f}" height="{height - 2 * _GAP:.1f}" href="{data}"/>'
    )
