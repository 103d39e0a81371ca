"""Makes data/*.opus and data/speech.json: sentences by voices the model never heard.

Needs espeak-ng, opus-tools and scipy; tests need only its output.
``python -m tests.transcription.make_speech``
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from transcription.model_build.alignment import speak
from transcription.model_build.pinyin import lexicon, segment
from transcription.model_build.synthesis import Espeak, Manner

DATA = Path(__file__).with_name("data")
LEAD_S, TAIL_S = 0.4, 0.3

SENTENCES = (
    ("asked", "m3", "这个活儿是谁安排你去的"),
    ("alone", "max", "他是自己去的，我没安排他"),
    ("oxygen", "linda", "氧含量百分之二十一，完全合格"),
    ("nobody", "Michael", "没有人安排，我没有指派过张某，那天没有动火计划"),
    ("verify", "klatt3", "核实危险作业由谁安排"),
)


def main() -> None:
    """Write every clip and the true times of its words."""
    espeak, readings = Espeak(), lexicon()
    DATA.mkdir(exist_ok=True)
    entries = []
    for name, variant, text in SENTENCES:
        tokens = segment(text)
        words = [token for token in tokens if token != "，"]
        commas = frozenset(
            len([word for word in tokens[:index] if word != "，"]) - 1
            for index, token in enumerate(tokens)
            if token == "，"
        )
        spoken = speak(espeak, words, readings, Manner(variant=variant, rate_wpm=165), commas)
        assert spoken is not None, text
        rate = espeak.sample_rate
        times = [
            [word, *(round((LEAD_S + edge / rate) * 1_000_000) for edge in spoken.span(index))]
            for index, word in enumerate(words)
        ]
        edges = (round(LEAD_S * rate), round(TAIL_S * rate))
        write_opus(DATA / f"{name}.opus", np.pad(spoken.audio, edges), rate)
        entry = {"file": f"{name}.opus", "voice": variant, "text": "".join(words), "words": times}
        entries.append(entry)
    table = json.dumps(entries, ensure_ascii=False, indent=1)
    (DATA / "speech.json").write_text(table + "\n", encoding="utf-8")


def write_opus(path: Path, audio: np.ndarray[tuple[int], np.dtype[np.int16]], rate: int) -> None:
    """Mono samples as Ogg Opus of 24 kbit/s; the same samples give the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        plain = f"{folder}/a.wav"
        with wave.open(plain, "wb") as out:
            out.setparams((1, 2, rate, 0, "NONE", ""))
            out.writeframes(audio.astype("<i2").tobytes())
        command = ["opusenc", "--quiet", "--speech", "--bitrate", "24", "--serial", "1"]
        subprocess.run([*command, plain, str(path)], check=True)


if __name__ == "__main__":
    main()
