"""Make the demo's clips: ``python -m config.demo.make_clips [NAME ...]``.

Needs espeak-ng, Debian's Chromium and the development requirements. The clips are committed, so
only who changes the story or the drawing runs this. The same inputs draw the same pictures; the
encoders' versions decide the bytes. Prints the size and SHA-256 of each clip.

How each turn is spoken stands in pinyin.tsv (README.md says how that file is made), because this
package is a leaf and does not import the recogniser's word list.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.demo import CLIPS, PINYIN, STORY, clock_strip, sync_mark
from config.demo.drawing import (
    compose,
    people,
    render,
    room_motion,
    room_scene,
    site_motion,
    site_scene,
    svg,
    voices,
)
from config.demo.drawing.encode import FRAMES_PER_S, SIZE, write_clip
from config.demo.drawing.people import Look
from config.demo.drawing.render import Layer
from config.demo.drawing.voices import RATE_HZ, Samples, Turn, Voice

LENGTH_S = 334
LOOP_S = 40
ZERO_S = 9 * 3600 + 58 * 60  # story second 0 is 09:58:00
_GLYPHS = "0123456789-:/ "
_TEXT_Y = 6
_GLYPH_WIDTH = 8.43  # advance of the 14 px monospaced digits


@dataclass(frozen=True)
class Room:
    """One interview room's look and voices."""

    look: Look
    interviewer: Voice
    interviewee: Voice
    seed: int


ROOMS = {
    "room1": Room(people.ZHANG, Voice("m3", 46), Voice("max", 52), 1),
    "room2": Room(people.LI, Voice("f4", 55), Voice("Michael", 48), 2),
}


def main() -> None:
    """Draw, speak and encode the named clips, or all of them."""
    makers: dict[str, Callable[[Path], None]] = {
        "room1": lambda path: make_room(path, "room1"),
        "room2": lambda path: make_room(path, "room2"),
        "bodycam": make_body_camera,
        "drone": make_drone,
    }
    parser = argparse.ArgumentParser(prog="make_clips", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(makers)}")
    names = parser.parse_args().names or list(makers)
    if unknown := set(names) - set(makers):
        parser.error(f"no such clip: {', '.join(sorted(unknown))}")
    CLIPS.mkdir(exist_ok=True)
    for name in names:
        path = CLIPS / f"{name}.mp4"
        unfinished = path.with_suffix(".part")
        makers[name](unfinished)
        unfinished.replace(path)  # whoever plays the clip meanwhile keeps the old one
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name}  {path.stat().st_size} bytes  sha256 {digest}", flush=True)


def make_room(path: Path, name: str) -> None:
    """One room over the whole story."""
    room = ROOMS[name]
    story = json.loads(STORY.read_text(encoding="utf-8"))
    left = _channel(story, name, "q", room.interviewer)
    right = _channel(story, name, "a", room.interviewee)
    signs = _signs(story, name)
    layers = render.render(room_scene.layers(room.look, signs), SIZE, 1)
    stage = room_motion.RoomStage(room.look, layers, room.seed)
    asking = room_motion.mouth_track(left, RATE_HZ, FRAMES_PER_S)
    answering = room_motion.mouth_track(right, RATE_HZ, FRAMES_PER_S)
    glyphs = _render_glyphs()

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for number in range(LENGTH_S * FRAMES_PER_S):
            t = number / FRAMES_PER_S
            sign = min(int(t // 60), len(signs) - 1)
            moment = room_motion.Moment(t, sign, asking[number], answering[number])
            picture = stage.draw(moment)
            _write(picture, glyphs, f"2026-05-18 {_clock(t)}")
            yield _finished(picture, number)

    _add_clicks(left)
    _add_clicks(right)
    write_clip(path, pictures(), [left, right], quality=32, sound_bits_per_s=36_000)


def make_body_camera(path: Path) -> None:
    """A walk at the tanks, as a loop, with the wind."""
    scale = 1.25
    view = site_scene.BODY_VIEW
    layers = render.render(site_scene.body_camera_layers(), view[2:], scale)
    stage = site_motion.BodyCameraStage(layers, scale, LOOP_S)
    wind = _ambient(seed=21, gust_s=5.0)
    _make_loop(path, stage.draw, None, wind)


def make_drone(path: Path) -> None:
    """An orbit above the tanks, as a loop, with the rotors far away."""
    scale = 1.25
    documents = site_scene.drone_layers()
    cross = render.render({"cross": documents.pop("cross")}, SIZE, 1)
    layers = render.render(documents, site_scene.DRONE_VIEW[2:], scale) | cross
    stage = site_motion.DroneStage(layers, scale, LOOP_S)
    _make_loop(path, stage.draw, stage.finish, _ambient(seed=22, gust_s=8.0))


def _make_loop(
    path: Path,
    draw: Callable[[float], compose.Picture],
    finish: Callable[[compose.Picture], None] | None,
    sound: Samples,
) -> None:
    darker, corners = svg.vignette(0.7)
    layers = render.render({"vignette": svg.document((0, 0, *SIZE), corners, darker)}, SIZE, 1)
    glyphs = _render_glyphs()

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for number in range(LOOP_S * FRAMES_PER_S):
            picture = draw(number / FRAMES_PER_S)
            compose.over(picture, layers["vignette"])
            if finish:
                finish(picture)
            # A loop shows its own time: the time of day would jump back at every turn.
            seconds = number // FRAMES_PER_S
            _write(picture, glyphs, f"00:{seconds:02d}/00:{LOOP_S:02d}")
            yield _finished(picture, number)

    _add_clicks(sound)
    write_clip(path, pictures(), [sound], quality=32, sound_bits_per_s=20_000)


def _channel(story: dict[str, Any], room: str, role: str, voice: Voice) -> Samples:
    spoken = {}
    for line in PINYIN.read_text(encoding="utf-8").splitlines():
        turn_id, _, pinyin = line.partition("\t")
        spoken[turn_id] = pinyin
    turns = [
        Turn(turn["id"], spoken[turn["id"]], turn["start_s"], turn["end_s"])
        for turn in story["turns"]
        if turn["room"] == room and turn["role"] == role
    ]
    return voices.speak_turns(turns, voice, LENGTH_S)


def _signs(story: dict[str, Any], room: str) -> list[room_scene.Sign]:
    """What hangs on the wall in each minute, from the room's thermometer in the story."""
    readings = [r for r in story["readings"] if r["device"] == f"env-{room}"]
    signs = []
    for minute in range(LENGTH_S // 60 + 1):
        values = [r for r in readings if r["t_s"] <= minute * 60][-1]["values"]
        signs.append(room_scene.Sign(_clock(minute * 60)[:5], f"{values['temp_c']:.1f}℃"))
    return signs


def _ambient(seed: int, gust_s: float) -> Samples:
    """Outdoor noise that swells and fades and meets its own start."""
    t = np.arange(LOOP_S * RATE_HZ) / RATE_HZ
    turns = round(LOOP_S / gust_s)
    gust = 1 + 0.5 * np.sin(2 * np.pi * turns * t / LOOP_S)
    noise = voices.room_noise(LOOP_S, seed)
    return (noise * 6 * gust).astype(np.float32)


def _add_clicks(channel: Samples) -> None:
    burst = sync_mark.click(RATE_HZ)
    last = len(channel) // RATE_HZ
    for second in range(sync_mark.PERIOD_S, last, sync_mark.PERIOD_S):
        start = second * RATE_HZ
        channel[start : start + len(burst)] += burst


def _render_glyphs() -> dict[str, Layer]:
    documents = {
        character: svg.document((-3, -16, 16, 22), svg.screen_text(0, 0, character, 14))
        for character in _GLYPHS
    }
    return render.render(documents, (16, 22), 1)


def _write(picture: compose.Picture, glyphs: dict[str, Layer], text: str) -> None:
    """Burn text into the top middle of the picture: the wall writes its own into the corners."""
    start = SIZE[0] / 2 - len(text) * _GLYPH_WIDTH / 2
    for index, character in enumerate(text):
        left = round(start - 3 + index * _GLYPH_WIDTH)
        glyph = glyphs[character]
        part = picture[_TEXT_Y : _TEXT_Y + glyph.shape[0], left : left + glyph.shape[1]]
        compose.over(part, glyph)


def _finished(picture: compose.Picture, number: int) -> NDArray[np.uint8]:
    frame = compose.to_bytes(picture)
    clock_strip.draw_clock(frame, round(number * 1000 / FRAMES_PER_S))
    if sync_mark.is_marked(number, FRAMES_PER_S):
        sync_mark.draw_square(frame)
    return frame


def _clock(t_s: float) -> str:
    seconds = ZERO_S + int(t_s)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


if __name__ == "__main__":
    main()
