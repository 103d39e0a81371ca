"""The two people who are questioned: colours and shapes of body, hands and head.

Coordinates are those of the 640x360 room; the head turns around ``NECK``.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.demo.drawing import svg

#: Where the head turns, in room coordinates.
NECK = (318.0, 156.0)
#: Heights of the open mouth, from closed to wide.
MOUTHS = (0.0, 1.0, 1.9, 2.8, 3.8)


@dataclass(frozen=True)
class Look:
    """Colours of one room and its person: (light, dark) pairs."""

    wall: tuple[str, str]
    panel: tuple[str, str]
    side: tuple[str, str]
    floor: tuple[str, str]
    table: tuple[str, str]
    coat: tuple[str, str]
    coat_edge: str
    shirt: str
    stripe: str  # reflective stripe of work clothes; empty for a plain jacket
    skin: tuple[str, str]
    hair: tuple[str, str]
    glasses: bool
    tilt: float  # degrees the head leans
    shift: float  # pixels to the right of the middle
    mirrored: bool  # the whole room left to right


ZHANG = Look(
    wall=("#8d9299", "#5d646d"),
    panel=("#999ea5", "#757c85"),
    side=("#646b75", "#444b54"),
    floor=("#6b655e", "#45413c"),
    table=("#a9a196", "#77706a"),
    coat=("#465266", "#232b38"),
    coat_edge="#5a687e",
    shirt="#8d949c",
    stripe="#c3c8c8",
    skin=("#c9a68f", "#7e6150"),
    hair=("#2b2926", "#121110"),
    glasses=False,
    tilt=-3,
    shift=0,
    mirrored=False,
)
LI = Look(
    wall=("#8a8f8d", "#585e5d"),
    panel=("#95999a", "#6f7675"),
    side=("#5f6666", "#3f4545"),
    floor=("#66625c", "#403d39"),
    table=("#a39b91", "#716b65"),
    coat=("#8b8880", "#4c4a46"),
    coat_edge="#a09d94",
    shirt="#d8d8d2",
    stripe="",
    skin=("#cfae98", "#876a59"),
    hair=("#4a4744", "#1f1d1c"),
    glasses=True,
    tilt=5,
    shift=14,
    mirrored=True,
)


def defs(look: Look) -> str:
    """Gradients and blurs the shapes below refer to."""
    skin = [(0.0, look.skin[0]), (0.55, look.skin[0]), (1.0, look.skin[1])]
    coat = [(0.0, look.coat_edge), (0.35, look.coat[0]), (1.0, look.coat[1])]
    return (
        svg.linear("coat", (0, 0, 1, 0.4), coat)
        + svg.linear("skin", (0, 0.1, 1, 0.6), skin)
        + svg.linear("hair", (0, 0, 1, 1), [(0, look.hair[0]), (1, look.hair[1])])
        + svg.blur("b1", 0.7)
        + svg.blur("b2", 1.2)
        + svg.blur("b4", 4.2)
        + svg.blur("b8", 9)
    )


def body(look: Look) -> str:
    """Shoulders, collar and clothes, down to the edge of the table."""
    dark = look.coat[1]
    parts = [
        svg.path(
            "M238 268C234 222 244 194 284 181C298 176 306 171 307 160H331C332 171 340 176 354 181"
            "C394 194 404 222 400 268Z",
            "url(#coat)",
        ),
        svg.path("M303 172 319 202 335 172 328 160H310Z", look.shirt),
        svg.path("M305 146H332L334 173C327 182 311 182 304 173Z", look.skin[1]),
        svg.path("M307 146h22l2 14c-7 8-20 8-26 0z", "#000", 'opacity=".25"'),
        svg.path(
            "M300 173 292 181 316 214 319 202Z M338 173 346 181 322 214 319 202Z",
            dark,
            'opacity=".92"',
        ),
        svg.stroke("M319 204V268", "#000", 2, 0.35),
        *_clothes(look),
        svg.stroke("M254 200C244 214 240 236 242 262", "#000", 4, 0.22, 'filter="url(#b2)"'),
        svg.stroke("M330 210C350 230 372 240 392 244", "#000", 10, 0.22, 'filter="url(#b4)"'),
    ]
    return "".join(parts)


def _clothes(look: Look) -> list[str]:
    if look.stripe:
        return [
            svg.stroke("M246 232C280 238 300 239 318 239S360 238 393 231", look.stripe, 6, 0.62),
            svg.stroke(
                "M271 188C268 205 268 220 270 234M367 188C370 205 370 220 368 234",
                look.stripe,
                5,
                0.45,
            ),
        ]
    pocket = 'stroke="#000" stroke-opacity=".28" stroke-width="1.5" rx="2"'
    return [
        svg.stroke("M282 208h18M284 214h14", "#000", 2, 0.3),
        svg.rect((344, 204, 20, 16), "none", 1, pocket),
    ]


def hands(look: Look) -> str:
    """Forearms on the table and folded hands."""
    return (
        svg.stroke(
            "M249 250C254 266 276 272 303 271", "url(#coat)", 25, 1, 'stroke-linecap="round"'
        )
        + svg.stroke(
            "M391 250C386 266 362 273 334 272", look.coat[1], 25, 1, 'stroke-linecap="round"'
        )
        + svg.stroke("M246 246C252 258 272 262 300 260", look.coat_edge, 3, 0.6)
        + svg.path(
            "M300 262c10-3 26-2 34 3 4 4 4 11 0 14-8 5-28 5-36 0-5-5-4-14 2-17z", "url(#skin)"
        )
        + svg.stroke(
            "M308 268q12 1 22 5M306 274q12 0 20 3M314 263q10 2 18 6",
            "#53392c",
            1.6,
            0.55,
            'filter="url(#b1)"',
        )
    )


def head(look: Look, mouth: float, eyes_open: bool) -> str:
    """The head upright; the tilt is part of the motion. ``mouth`` is its opening in pixels."""
    light, dark = look.skin
    shade = "M334 108q6 24-10 46 16-8 17-42z"
    features = (
        svg.stroke("M302 116q7-4 13-1M323 115q7-3 13 1", "#2a201b", 3, 0.8)
        + _eyes(eyes_open)
        + svg.stroke("M321 118q4 12 1 16-4 2-8 0", "#5b4336", 2.5, 0.55)
        + svg.path(shade, "#000", 'opacity=".34"')
        + svg.path("M306 153q12 5 24 0l-2 8h-20z", "#000", 'opacity=".3"')
    )
    return (
        svg.ellipse((295, 124, 4.5, 8), light)
        + svg.ellipse((342, 124, 4.5, 8), dark)
        + svg.path(
            "M296 112C295 88 341 88 341 112C342 134 335 155 318 156C302 155 295 134 296 112Z",
            "url(#skin)",
        )
        + svg.group(features, 'filter="url(#b2)"')
        + _mouth(mouth)
        + _hair(look)
    )


def _eyes(eyes_open: bool) -> str:
    if not eyes_open:
        return svg.stroke("M304 123q5 2 10 0M324 123q5 2 10 0", "#241b17", 2, 0.7)
    return svg.ellipse((309, 122, 5, 2.4), "#241b17", 0.75) + svg.ellipse(
        (329, 122, 5, 2.4), "#241b17", 0.75
    )


def _mouth(opening: float) -> str:
    """Lips; open, a dark gap between them, a little teeth when wide, and the chin lower."""
    if opening <= 0:
        return svg.stroke("M310 143q8 2.5 16 0", "#5e342c", 2.6, 0.75, 'filter="url(#b1)"')
    half = 7.6 - opening * 0.3
    gap = svg.ellipse((318, 144 + opening * 0.3, half, opening), "#2b1210", 0.95)
    teeth = (
        svg.ellipse((318, 144 - opening * 0.35, half * 0.7, opening * 0.28), "#d8cfc6", 0.8)
        if opening > 1.5
        else ""
    )
    lips = svg.ellipse(
        (318, 144 + opening * 0.3, half, opening),
        "none",
        1,
        'stroke="#7d463c" stroke-width="1.8" stroke-opacity=".9"',
    )
    return svg.group(gap + teeth + lips, 'filter="url(#b05)"')


def _hair(look: Look) -> str:
    if not look.glasses:
        hair = svg.path(
            "M293 120C286 88 302 78 321 78C342 78 350 94 344 120C343 112 341 106 337 103"
            "C325 106 309 105 301 101C297 107 295 112 293 120Z",
            "url(#hair)",
        )
        return hair + _shine()
    frame = 'rx="4" stroke="#17181a" stroke-width="1.8"'
    glasses = (
        svg.rect((300, 117, 15, 10), "none", 1, frame)
        + svg.rect((322, 117, 15, 10), "none", 1, frame)
        + svg.stroke("M315 120h7", "#17181a", 1.5)
    )
    hair = svg.path(
        "M293 118C287 88 304 80 320 80C340 80 349 94 344 119C343 110 339 103 333 99"
        "C319 95 305 97 300 101C295 106 295 112 293 118Z",
        "url(#hair)",
    )
    return hair + svg.group(glasses, 'filter="url(#b05)"') + _shine()


def _shine() -> str:
    return svg.stroke("M300 92q8-9 20-9", "#fff", 3, 0.22, 'filter="url(#b2)"')
