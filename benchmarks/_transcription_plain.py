"""Plain sentences that no model has learnt from, over WebRTC into a whole installation.

The clips of ``tests/transcription/data/plain``, one after the other with a pause, are sent as a
camera would send them: Chinese into one room, English into another that is heard in English. What
the centre's pages are given, in order, is compared with what was sent: characters in Chinese, words
in English.
"""

from __future__ import annotations

import asyncio
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from command_centre.demo_store import read_story
from tests.e2e.installation import running
from tests.transcription.sound import RATE, Clip, Wave, plain_clips, silence
from transcription.wer import bare, rate

_ROOMS = {"zh": ("room1", "room1-camera"), "en": ("room2", "room2-camera")}
_LEAD_S, _PAUSE_S = 8.0, 1.5
_TAIL_S = 60.0  # a clip starts over at its end
_SETTLE_S = 6.0
_PICTURES = 5  # a second
_SIZE = (320, 180)
_BLOCK = 960


async def error_rates() -> dict[str, object]:
    """Error rates by language, with how many sentences, characters or words they are of."""
    said = {language: plain_clips(language) for language in _ROOMS}
    with tempfile.TemporaryDirectory(prefix="duizhi-plain") as name:
        folder = Path(name)
        spoken = {language: _spoken(clips) for language, clips in said.items()}
        last = max(len(sound) for sound in spoken.values())
        for language, sound in spoken.items():
            tail = silence(_TAIL_S + (last - len(sound)) / RATE)  # none begins again before the end
            _write(folder / f"{language}.mp4", np.concatenate([sound, tail]))
        async with running(folder / "store") as house, house.desk("lin") as desk:
            for language, (room, _) in _ROOMS.items():
                await desk.post(f"/api/rooms/{room}/language", {"language": language})
                await desk.post(f"/api/rooms/{room}/session", {})
            async with (
                house.publishing(_ROOMS["zh"][1], clip=str(folder / "zh"), start_s=0.0),
                house.publishing(_ROOMS["en"][1], clip=str(folder / "en"), start_s=0.0),
            ):
                await asyncio.sleep(last / RATE)
            await asyncio.sleep(_SETTLE_S)
            case = read_story()["case"]["id"]
            page = await desk.get(f"/api/cases/{case}/utterances?limit=1000")
    return {
        language: _compared(language, said[language], page["utterances"], room)
        for language, (room, _) in _ROOMS.items()
    }


def _compared(
    language: str, said: list[Clip], heard: list[dict[str, Any]], room: str
) -> dict[str, object]:
    lines = sorted((one for one in heard if one["room"] == room), key=lambda one: one["start_us"])
    texts = ([clip.text for clip in said], [str(one["text"]) for one in lines])
    assert lines, f"nothing of the {language} room was heard: nothing was measured"
    if language == "en":
        wanted, found = (" ".join(some).lower().split() for some in texts)
        return {
            "wer": round(rate([(wanted, found)]), 4),
            "words": len(wanted),
            "sentences": len(said),
        }
    characters = [bare("".join(some)) for some in texts]
    return {
        "cer": round(rate([(characters[0], characters[1])]), 4),
        "characters": len(characters[0]),
        "sentences": len(said),
    }


def _spoken(clips: list[Clip]) -> Wave:
    """The sentences one after the other, a pause after each."""
    parts = [silence(_LEAD_S)]
    for clip in clips:
        parts += [clip.wave, silence(_PAUSE_S)]
    return np.concatenate(parts)


def _write(path: Path, sound: Wave) -> None:
    """A clip with this sound on the channel of whoever is questioned."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=_PICTURES, options={"bf": "0", "g": "10"})
        video.width, video.height = _SIZE
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("libopus", rate=RATE, layout="stereo")
        picture = np.full((_SIZE[1], _SIZE[0], 3), 60, np.uint8)
        for at in range(int(len(sound) / RATE * _PICTURES)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, _PICTURES)
            container.mux(video.encode(frame))
        for start in range(0, len(sound) - _BLOCK, _BLOCK):
            block = sound[start : start + _BLOCK]
            packed = np.stack([np.zeros_like(block), block], axis=1).reshape(1, -1)
            heard = av.AudioFrame.from_ndarray(packed, format="s16", layout="stereo")
            heard.sample_rate, heard.pts = RATE, start
            container.mux(audio.encode(heard))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
