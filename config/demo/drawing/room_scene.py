"""An interview room as layers: back, body, head, table, hands, things, interviewer.

The layers are drawn in the order in which they cover each other; ``room_motion`` moves them.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.demo.drawing import people, svg
from config.demo.drawing.people import Look

VIEW = (0, 0, 640, 360)
#: The close-up shown in the picture: what part of the room it shows (x, y, width, height).
CLOSE_UP = (246.0, 74.0, 144.0, 108.0)


@dataclass(frozen=True)
class Sign:
    """What the room's display says for a while."""

    clock: str  # HH:MM
    temperature: str  # 24.1℃


def layers(look: Look, signs: list[Sign]) -> dict[str, str]:
    """Every layer of a room as an SVG document, by name."""
    found: dict[str, str] = {}
    for index, sign in enumerate(signs):
        found[f"back{index}"] = _layer(look, _back(look, sign), mirrored=look.mirrored)
    placed = f'transform="translate({look.shift} 0)"'
    found["body"] = _layer(look, svg.group(people.body(look), placed), mirrored=look.mirrored)
    for number, opening in enumerate(people.MOUTHS):
        for eyes in (True, False):
            face = svg.group(people.head(look, opening, eyes), placed)
            name = f"head{number}{'' if eyes else '-blink'}"
            found[name] = _layer(look, face, mirrored=look.mirrored)
    found["table"] = _layer(look, _table(look), mirrored=look.mirrored)
    found["hands"] = _layer(look, svg.group(people.hands(look), placed), mirrored=look.mirrored)
    found["things"] = _layer(look, _things(look), mirrored=look.mirrored)
    found["interviewer"] = _layer(look, _interviewer(), mirrored=look.mirrored)
    darker, corners = svg.vignette(0.55)
    found["vignette"] = svg.document(VIEW, corners, darker)
    return found


def _layer(look: Look, body: str, *, mirrored: bool) -> str:
    flip = 'transform="translate(640 0) scale(-1 1)"' if mirrored else ""
    defs = people.defs(look) + svg.blur("b05", 0.45) + svg.blur("soft", 0.7) + _defs(look)
    return svg.document(VIEW, svg.group(svg.group(body, flip), 'filter="url(#soft)"'), defs)


def _defs(look: Look) -> str:
    down = (0.0, 0.0, 0.0, 1.0)
    pairs = {"wall": look.wall, "floor": look.floor, "side": look.side, "tabletop": look.table}
    lamp = svg.radial(
        "lamp", (0.46, 0, 0.85), [(0, "#fff", 0.34), (0.5, "#fff", 0.08), (1, "#000", 0.26)]
    )
    panel = svg.linear("panel", (0, 0, 0.8, 1), [(0, look.panel[0]), (1, look.panel[1])])
    return (
        "".join(svg.linear(name, down, [(0, a), (1, b)]) for name, (a, b) in pairs.items())
        + lamp
        + panel
    )


def _back(look: Look, sign: Sign) -> str:
    return (
        svg.rect((-20, -20, 560, 262), "url(#wall)")
        + svg.polygon("528,-30 680,-90 680,330 528,240", "url(#side)")
        + svg.polygon("-20,240 528,240 680,330 680,390 -20,390", "url(#floor)")
        + _padding()
        + _side_padding()
        + _door()
        + svg.stroke("M96 240H528L680 330", "#000", 5, 0.45)
        + _display(look, sign)
        + svg.rect((-20, -20, 700, 400), "url(#lamp)")
        + svg.group(_chair(), f'transform="translate({look.shift} 0)"')
    )


def _padding() -> str:
    """The padded panels of the back wall."""
    parts = []
    for row in range(2):
        for column in range(5):
            x, y = 110 + column * 84, 14 + row * 112
            if x + 80 > 530:
                continue
            parts.append(svg.rect((x, y, 80, 108), "url(#panel)", 1, 'rx="4"'))
            edge = 'rx="4" stroke="#fff" stroke-opacity=".10"'
            parts.append(svg.rect((x + 1, y + 1, 78, 106), "none", 1, edge))
            parts.append(svg.stroke(f"M{x} {y + 108}h80", "#000", 2, 0.28))
            parts.append(svg.stroke(f"M{x + 80.5} {y}v108", "#000", 2, 0.2))
    return "".join(parts)


def _side_padding() -> str:
    """The same panels on the side wall, in perspective."""

    def slanted(x: float, y: float) -> float:
        return y + (x - 528) * (0.6 if y > 120 else -0.4) * (abs(y - 90) / 150)

    parts = []
    for column in range(3):
        left, right = 532 + column * 40, 568 + column * 40
        for top, bottom in ((14, 122), (126, 234)):
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
            points = " ".join(f"{x},{slanted(x, y):.0f}" for x, y in corners)
            edge = 'stroke="#fff" stroke-opacity=".05"'
            parts.append(svg.polygon(points, "#000", 0.10, edge))
    return "".join(parts)


def _door() -> str:
    return (
        svg.rect((18, 26, 78, 214), "#000", 0.34)
        + svg.rect((24, 32, 66, 208), "#726a5f")
        + svg.rect((44, 58, 26, 58), "#aeb8bd", 0.75, 'rx="2"')
        + svg.stroke("M44 90 70 66", "#fff", 4, 0.35)
        + svg.rect((80, 136, 5, 20), "#c8c8c4", 1, 'rx="2"')
    )


def _display(look: Look, sign: Sign) -> str:
    """The clock and thermometer on the wall; its text is mirrored back in a mirrored room."""
    x = 416 if look.mirrored else 136
    back = f'transform="translate({2 * x + 80} 0) scale(-1 1)"' if look.mirrored else ""
    text = (
        f'<text x="{x + 40}" y="62" font-family="{svg.MONO}" font-size="9.5" fill="#e7e2d2" '
        f'text-anchor="middle" {back}>{sign.clock}  {sign.temperature}</text>'
    )
    edge = 'rx="2" stroke="#000" stroke-opacity=".6"'
    return svg.rect((x, 46, 80, 25), "#0c0e11", 1, edge) + text


def _chair() -> str:
    return (
        svg.ellipse((352, 150, 70, 72), "#000", 0.30, 'filter="url(#b8)"')
        + svg.path("M262 262V176c0-14 8-22 22-22h70c14 0 22 8 22 22v86z", "#23272d")
        + svg.stroke("M264 178c0-13 8-20 20-20h70", "#59616b", 2)
    )


def _table(look: Look) -> str:
    shadow = svg.ellipse((318 + look.shift, 278, 98, 13), "#000", 0.42, 'filter="url(#b4)"')
    return (
        svg.polygon("92,262 556,262 660,336 -20,336", "url(#tabletop)")
        + svg.polygon("-20,336 660,336 660,380 -20,380", "#3a3733")
        + svg.stroke("M-20 336H660", "#d7d0c4", 2, 0.5)
        + svg.stroke("M92 262H556", "#fff", 1.5, 0.18)
        + shadow
    )


def _things(look: Look) -> str:
    """Paper and pen, the interviewee's microphone, a cup."""
    things = (
        svg.polygon("216,284 284,281 286,309 202,313", "#e4e3dd", 0.9)
        + svg.stroke("M222 291l56-2M219 297l60-2M216 303l44-2", "#6a6d72", 1.4, 0.65)
        + svg.stroke("M276 316l26-14", "#15181c", 2.4)
        + svg.ellipse((400, 309, 26, 6), "#000", 0.3, 'filter="url(#b2)"')
        + svg.ellipse((400, 304, 20, 6), "#14171b")
        + svg.stroke("M400 302C402 274 384 262 372 258", "#191c20", 3)
        + svg.stroke("M378 262 364 252", "#0d0f12", 9, 1, 'stroke-linecap="round"')
        + svg.path("M456 270h19l-2.5 27h-14z", "#e9e8e3")
        + svg.path("M468 270h7l-2.5 27h-6z", "#000", 'opacity=".22"')
        + svg.ellipse((465.5, 270, 9.5, 2.6), "#b8b6af")
    )
    return svg.group(things, f'transform="translate({look.shift} 0)"')


def _interviewer() -> str:
    """From behind and out of focus, with the lid of a laptop."""
    figure = (
        svg.path("M-40 420C-36 316 8 298 44 290V268h62v22c40 8 74 28 80 130z", "#12161c")
        + svg.ellipse((74, 238, 40, 50), "#14161a")
        + svg.stroke("M104 202q16 28 6 66", "#7d8894", 3, 0.5)
        + svg.stroke("M120 300q44 12 62 66", "#7d8894", 3, 0.35)
    )
    laptop = svg.polygon("520,300 634,296 650,366 528,372", "#1a1d22") + svg.stroke(
        "M520 300 634 296", "#8a929c", 2, 0.6
    )
    return svg.group(figure, 'filter="url(#b4)"') + svg.group(laptop, 'filter="url(#b2)"')
