"""The site: tank area seen by a body camera while walking, and from above by a drone."""

from __future__ import annotations

import math
import random

from config.demo.drawing import svg

#: Larger than the picture, because the cameras move and turn over the scene.
BODY_VIEW = (-60, -60, 760, 480)
DRONE_VIEW = (-120, -260, 880, 880)


def body_camera_layers() -> dict[str, str]:
    """Far to near: sky and far tanks, the tank, the ground with pipes and people, own hand."""
    defs = _site_defs()
    soft = 'filter="url(#b1)"'
    return {
        "far": svg.document(BODY_VIEW, svg.group(_far(), soft), defs),
        "tank": svg.document(BODY_VIEW, svg.group(_tank(), soft), defs),
        "ground": svg.document(BODY_VIEW, svg.group(_ground() + _board() + _worker(), soft), defs),
        "hand": svg.document(BODY_VIEW, _hand(), defs),
    }


def _site_defs() -> str:
    down, across = (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 0.0)
    tank = [(0, "#7c8083"), (0.16, "#b9bcbc"), (0.36, "#d6d7d4"), (0.7, "#96999a"), (1, "#5c6062")]
    return (
        svg.linear("sky", down, [(0, "#aeb4ba"), (1, "#d3d5d5")])
        + svg.linear("tank", across, tank)
        + svg.linear("ground", down, [(0, "#94928c"), (1, "#55534f")])
        + svg.linear("vest", across, [(0, "#66707c"), (1, "#333a43")])
        + svg.blur("b1", 0.7)
        + svg.blur("b3", 3.2)
    )


def _far() -> str:
    hills = "M-80 232l110-8 40 4 52-9 80 6 90-7 90 8 120-8 280 6v60H-80z"
    return (
        svg.rect((-80, -80, 820, 360), "url(#sky)")
        + svg.path(hills, "#8d938f")
        + svg.rect((470, 150, 132, 92), "url(#tank)", 0.8)
        + svg.ellipse((536, 150, 66, 8), "#c7c9c7")
        + svg.rect((612, 164, 120, 78), "url(#tank)", 0.7)
    )


def _tank() -> str:
    rings = "".join(
        svg.stroke(f"M52 {y}C70 {y + 20} 372 {y + 20} 392 {y}", "#000", 1.6, 0.13)
        for y in (92, 138, 184, 230)
    )
    number = (
        '<text x="204" y="168" font-family="DejaVu Sans" font-weight="700" font-size="64" '
        'fill="#4a4f55" opacity=".75" text-anchor="middle">3</text>'
    )
    posts = "".join(
        svg.stroke(f"M{52 + k * 24} {40 - 9 * math.sin(k / 14 * math.pi):.0f}v-12", "#6b6f71", 1.4)
        for k in range(15)
    )
    return (
        svg.path("M52 44V262C110 282 330 282 392 262V44Z", "url(#tank)")
        + svg.ellipse((222, 44, 170, 24), "#cdcfcd")
        + svg.stroke("M52 44C60 72 384 72 392 44", "#fff", 2, 0.5)
        + rings
        + number
        + _stairs()
        + svg.stroke("M52 44C70 30 374 30 392 44", "#6b6f71", 2)
        + posts
        + svg.stroke("M52 30C70 16 374 16 392 30", "#6b6f71", 1.6)
    )


def _stairs() -> str:
    """The stairway that winds around the tank, with its rail."""
    parts = [
        svg.stroke("M84 262C150 226 250 150 372 58", "#44484b", 7),
        svg.stroke("M84 240C150 204 250 128 372 36", "#55595c", 2.2),
    ]
    for k in range(15):
        t = k / 14
        weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
        x = sum(w * v for w, v in zip(weights, (84, 150, 250, 372), strict=True))
        y = sum(w * v for w, v in zip(weights, (262, 226, 150, 58), strict=True))
        parts.append(svg.stroke(f"M{x:.0f} {y:.0f}v-22", "#55595c", 1.6))
    return "".join(parts)


def _ground() -> str:
    parts = [
        svg.path("M-80 256C150 280 420 274 740 240V480H-80Z", "url(#ground)"),
        svg.stroke("M-80 260C150 284 420 278 740 244", "#c9c7c0", 9),
        svg.stroke("M-80 268C150 292 420 286 740 252", "#5d5b57", 5),
    ]
    for y, width in ((300, 17), (322, 13)):
        low = f"M-80 {y + 8}C180 {y + 12} 330 {y + 4} 520 {y - 26}"
        high = f"M-80 {y + 6}C180 {y + 10} 330 {y + 2} 520 {y - 28}"
        parts += [svg.stroke(low, "#4c4d4b", width + 3), svg.stroke(high, "#b3b3ae", width - 5)]
    for x, y in ((120, 313), (262, 309), (392, 296)):
        parts.append(svg.rect((x, y - 17, 7, 33), "#6a6b69", 1, 'rx="2"'))
        parts.append(svg.rect((x + 9, y - 17, 7, 33), "#8a8b88", 1, 'rx="2"'))
    wheel = 'stroke="#3c3e40" stroke-width="4.5"'
    parts += [
        svg.stroke("M330 302V268", "#4b4c4a", 6),
        svg.ellipse((330, 264, 23, 7), "none", 1, wheel),
        svg.stroke("M308 264h44M330 258v12", "#3c3e40", 2.5),
    ]
    return "".join(parts)


def _board() -> str:
    """The notice board at the dike."""
    return (
        svg.stroke("M432 246v44M488 241v44", "#55585a", 4)
        + svg.rect((424, 196, 74, 54), "#e8e8e4")
        + svg.rect((424, 196, 74, 11), "#5b6470")
        + svg.stroke("M431 216h58M431 224h50M431 232h56M431 240h32", "#777b80", 2.2)
    )


def _worker() -> str:
    arms = "M4 44C-4 58-6 74-2 92M46 44c10 12 10 30 6 44"
    figure = (
        svg.path("M6 138 10 78H40L44 138H30L26 98 20 138Z", "#2c3138")
        + svg.path("M2 86C0 56 2 40 14 34H36C48 40 50 56 48 86Z", "url(#vest)")
        + svg.stroke("M14 36 18 86M36 36 32 86M3 68H47", "#d4d6d4", 3.5, 0.75)
        + svg.stroke(arms, "#3a4048", 9, 1, 'stroke-linecap="round"')
        + svg.ellipse((25, 22, 9, 11), "#a98d7b")
        + svg.path("M11 19C11 4 39 4 39 19L43 21H7Z", "#e5e4de")
        + svg.stroke("M25 6v13", "#b9b8b2", 2)
    )
    return svg.group(figure, 'transform="translate(548 166) scale(1.08)"')


def _hand() -> str:
    """The wearer's own hand with the gas detector."""
    sleeve = svg.path(
        "M462 430C470 336 492 318 520 312L566 318C590 330 606 352 612 430Z", "#262c35"
    ) + svg.path("M494 346c-4-18 4-34 18-40l40-2c14 6 20 22 14 42z", "#a8897a")
    edge = 'rx="7" stroke="#85898d" stroke-opacity=".6"'
    device = (
        svg.rect((508, 262, 50, 76), "#2a2d31", 1, edge)
        + svg.rect((515, 272, 36, 26), "#c3c9c0", 1, 'rx="2"')
        + svg.stroke("M519 280h14M519 286h20M519 292h10M540 280h8", "#33383a", 2.2)
        + svg.ellipse((523, 312, 5, 5), "#55595d")
        + svg.ellipse((543, 312, 5, 5), "#55595d")
    )
    fingers = svg.stroke(
        "M500 330q14-8 26 0M500 318q12-6 22 0", "#b09181", 11, 1, 'stroke-linecap="round"'
    )
    soft = 'filter="url(#b1)"'
    return (
        svg.group(sleeve, 'filter="url(#b3)"') + svg.group(device, soft) + svg.group(fingers, soft)
    )


def drone_layers() -> dict[str, str]:
    """The tank area from above, and the camera's cross hairs."""
    roof = [(0, "#e3e4e1"), (0.7, "#b4b7b6"), (1, "#8b8f90")]
    defs = (
        svg.radial("roof", (0.38, 0.34, 0.75), roof)
        + svg.linear("land", (0, 0, 1, 1), [(0, "#8a8b82"), (1, "#6a6c66")])
        + svg.blur("b1", 0.6)
        + svg.blur("b3", 4)
    )
    ground = (
        svg.rect((-140, -280, 920, 920), "url(#land)")
        + _fields()
        + _roads()
        + _dikes()
        + _roofs()
        + _pipes_and_cars()
        + _trees()
    )
    cross = svg.stroke(
        "M308 180h-14M332 180h14M320 168v-14M320 192v14", "#fff", 1.6, 0.75
    ) + svg.stroke("M232 120v-14h14M408 120v-14h-14M232 240v14h14M408 240v14h-14", "#fff", 1.6, 0.5)
    return {
        "land": svg.document(DRONE_VIEW, svg.group(ground, 'filter="url(#b1)"'), defs),
        "cross": svg.document((0, 0, 640, 360), cross),
    }


def _fields() -> str:
    """Faint patches, so that turning shows over open land too."""
    chance = random.Random(8)
    return "".join(
        svg.ellipse(
            (
                chance.uniform(-120, 760),
                chance.uniform(-260, 620),
                chance.uniform(30, 90),
                chance.uniform(20, 60),
            ),
            chance.choice(("#7b7d74", "#92938a", "#71736b")),
            0.35,
        )
        for _ in range(60)
    )


def _roads() -> str:
    dashes = 'stroke-dasharray="14 12"'
    return (
        svg.stroke("M-140 316H780", "#5b5d5e", 34)
        + svg.stroke("M-140 316H780", "#c9cac6", 1.6, 1, dashes)
        + svg.stroke("M64-280V640", "#606263", 24)
        + svg.stroke("M578-280V300", "#606263", 20)
    )


def _dikes() -> str:
    parts = []
    for x, width in ((92, 226), (326, 238)):
        parts.append(svg.rect((x, 20, width, 272), "#a3a29b"))
        bright = 'stroke="#d2d1ca" stroke-width="5"'
        parts.append(svg.rect((x, 20, width, 272), "none", 1, bright))
        shade = 'stroke="#3f403e" stroke-opacity=".4" stroke-width="4"'
        parts.append(svg.rect((x + 5, 25, width, 272), "none", 1, shade))
    return "".join(parts)


_TANKS = (
    (152, 92, 46),
    (256, 92, 46),
    (204, 214, 62),
    (446, 122, 82),
    (396, 246, 34),
    (500, 246, 34),
)


def _roofs() -> str:
    parts = []
    for x, y, r in _TANKS:
        shadow = (x + r * 0.32, y + r * 0.3, r, r)
        parts.append(svg.ellipse(shadow, "#1d1f20", 0.5, 'filter="url(#b3)"'))
        parts.append(svg.ellipse((x, y, r, r), "url(#roof)"))
        rim = 'stroke="#6f7374" stroke-width="1.6"'
        parts.append(svg.ellipse((x, y, r - 2, r - 2), "none", 1, rim))
        for k in range(12):
            cos, sin = math.cos(k * math.pi / 6), math.sin(k * math.pi / 6)
            inner = f"{x + 7 * cos:.1f} {y + 7 * sin:.1f}"
            line = f"M{inner}L{x + r * 0.8 * cos:.1f} {y + r * 0.8 * sin:.1f}"
            parts.append(svg.stroke(line, "#7d8182", 1, 0.35))
        parts.append(svg.ellipse((x, y, 6, 6), "#85898a"))
        stair = f"M{x - r - 3} {y}A{r + 3} {r + 3} 0 0 1 {x} {y - r - 3}"
        parts.append(svg.stroke(stair, "#55595a", 4))
        parts.append(svg.stroke(f"M{x + r} {y + r * 0.2:.0f}h22", "#6c6f6e", 4))
    return "".join(parts)


def _pipes_and_cars() -> str:
    parts = [
        svg.stroke("M92 300H318M326 300H564M318 20V300", "#8d8d86", 6),
        svg.stroke("M318 40V290M326 40V290", "#4f5150", 2.5),
    ]
    for x, y, width, height in (
        (250, 309, 46, 14),
        (300, 309, 15, 14),
        (470, 324, 30, 13),
        (20, 150, 12, 28),
    ):
        parts.append(svg.rect((x + 3, y + 4, width, height), "#000", 0.35))
        parts.append(svg.rect((x, y, width, height), "#dddcd6", 1, 'rx="2"'))
    for x, y in ((284, 268), (296, 276), (262, 282)):
        parts.append(svg.ellipse((x + 3, y + 3, 4, 2.5), "#000", 0.4))
        parts.append(svg.ellipse((x, y, 3, 3), "#f2f1ec"))
    return "".join(parts)


def _trees() -> str:
    chance = random.Random(4)
    parts = []
    for _ in range(90):
        left = chance.random() < 0.5
        x = chance.uniform(-110, 48) if left else chance.uniform(594, 750)
        y, r = chance.uniform(-240, 600), chance.uniform(7, 15)
        if abs(y - 316) < 34:
            continue
        parts.append(svg.ellipse((x + 4, y + 4, r, r), "#1c1f1b", 0.4))
        parts.append(svg.ellipse((x, y, r, r), "#4f574d"))
        parts.append(svg.ellipse((x - 2, y - 2, r * 0.6, r * 0.6), "#646c60"))
    return "".join(parts)
