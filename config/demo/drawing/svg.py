"""Small pieces of SVG that every scene uses: documents, gradients, blur, screen text."""

from __future__ import annotations

from collections.abc import Sequence

MONO = "'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace"

Stop = tuple[float, str] | tuple[float, str, float]


def document(view: tuple[int, int, int, int], body: str, defs: str = "") -> str:
    """A whole picture with this view box; the renderer sets its size in pixels."""
    x, y, width, height = view
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x} {y} {width} {height}" '
        f'width="{width}" height="{height}"><defs>{defs}</defs>{body}</svg>'
    )


def linear(name: str, direction: tuple[float, float, float, float], stops: Sequence[Stop]) -> str:
    """A linear gradient between two points of the shape's own box."""
    x1, y1, x2, y2 = direction
    return (
        f'<linearGradient id="{name}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">'
        f"{_stops(stops)}</linearGradient>"
    )


def radial(name: str, centre: tuple[float, float, float], stops: Sequence[Stop]) -> str:
    """A radial gradient (cx, cy, r in fractions of the shape's box)."""
    cx, cy, r = centre
    return (
        f'<radialGradient id="{name}" cx="{cx}" cy="{cy}" r="{r}">{_stops(stops)}</radialGradient>'
    )


def blur(name: str, deviation: float) -> str:
    """A Gaussian blur with room around the shape."""
    return (
        f'<filter id="{name}" x="-30%" y="-30%" width="160%" height="160%">'
        f'<feGaussianBlur stdDeviation="{deviation}"/></filter>'
    )


def path(data: str, fill: str = "none", extra: str = "") -> str:
    """A path; without a fill it is a line and ``extra`` gives its stroke."""
    return f'<path d="{data}" fill="{fill}" {extra}/>'


def stroke(data: str, colour: str, width: float, opacity: float = 1, extra: str = "") -> str:
    """A line along a path."""
    return (
        f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}" {extra}/>'
    )


def rect(
    box: tuple[float, float, float, float], fill: str, opacity: float = 1, extra: str = ""
) -> str:
    """A filled rectangle (x, y, width, height)."""
    x, y, width, height = box
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" '
        f'fill-opacity="{opacity}" {extra}/>'
    )


def ellipse(
    shape: tuple[float, float, float, float], fill: str, opacity: float = 1, extra: str = ""
) -> str:
    """A filled ellipse (cx, cy, rx, ry)."""
    cx, cy, rx, ry = shape
    return (
        f'<ellipse cx="{cx:g}" cy="{cy:g}" rx="{rx:g}" ry="{ry:g}" fill="{fill}" '
        f'fill-opacity="{opacity}" {extra}/>'
    )


def polygon(points: str, fill: str, opacity: float = 1, extra: str = "") -> str:
    """A filled polygon."""
    return f'<polygon points="{points}" fill="{fill}" fill-opacity="{opacity}" {extra}/>'


def group(body: str, extra: str = "") -> str:
    """Shapes that share a transform or a filter."""
    return f"<g {extra}>{body}</g>"


def screen_text(x: float, y: float, text: str, size: int = 13, anchor: str = "start") -> str:
    """White text with a dark edge, as cameras burn it in."""
    return (
        f'<text x="{x}" y="{y}" font-family="{MONO}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="#fff" fill-opacity=".94" stroke="#000" stroke-opacity=".62" stroke-width="2.4" '
        f'paint-order="stroke">{text}</text>'
    )


def vignette(opacity: float) -> tuple[str, str]:
    """(defs, body) of the darkening towards the corners that makes a picture read as a camera's."""
    defs = radial("vignette", (0.5, 0.46, 0.75), [(0.45, "#000", 0), (1, "#000", 0.85)])
    return defs, rect((0, 0, 640, 360), "url(#vignette)", 1, f'opacity="{opacity}"')


def _stops(stops: Sequence[Stop]) -> str:
    parts = []
    for stop in stops:
        opacity = f' stop-opacity="{stop[2]}"' if len(stop) == 3 else ""
        parts.append(f'<stop offset="{stop[0]}" stop-color="{stop[1]}"{opacity}/>')
    return "".join(parts)
