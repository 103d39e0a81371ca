"""Makes data/plain/: plain sentences of both languages by voices no model ever heard.

Every fourth Chinese and every eighth English one.

No sentence was chosen by how well it is recognised. Needs espeak-ng, opus-tools, scipy and
pypinyin; tests need only its output. ``python -m tests.transcription.make_plain``
"""

from __future__ import annotations

import json
from itertools import cycle

import numpy as np

from tests.transcription.make_speech import write_opus
from tests.transcription.sound import DATA
from transcription.model_build.pinyin import to_pinyin
from transcription.model_build.synthesis import MANDARIN, Espeak, Manner
from transcription.model_build.variants import HELD_OUT_VARIANTS

FOLDER = DATA / "plain"
EVERY = {"zh": 4, "en": 8}
LEAD_S, TAIL_S = 0.3, 0.3
VOICES = {"zh": (MANDARIN,), "en": ("en-us", "en", "en-gb-x-rp")}
RATES_WPM = {"zh": (150, 175, 200), "en": (145, 165, 185)}
PITCHES = (40, 50, 60, 70)


def main() -> None:
    """Write every clip and the table of what is said in it."""
    espeak = Espeak()
    FOLDER.mkdir(exist_ok=True)
    entries = []
    for language, voices in VOICES.items():
        lines = (DATA / f"plain_{language}.txt").read_text(encoding="utf-8").splitlines()
        sentences = [line.partition(" ")[2] for line in lines if not line.startswith("#")]
        manners = zip(
            cycle(voices),
            cycle(HELD_OUT_VARIANTS),
            cycle(RATES_WPM[language]),
            cycle(PITCHES),
            strict=False,
        )
        taken = zip(sentences[:: EVERY[language]], manners, strict=False)
        for number, (text, manner) in enumerate(taken):
            voice, variant, rate_wpm, pitch = manner
            spoken = to_pinyin(text) if language == "zh" else text
            audio, _ = espeak.speak(spoken, Manner(voice, variant, rate_wpm, pitch))
            edges = (round(LEAD_S * espeak.sample_rate), round(TAIL_S * espeak.sample_rate))
            name = f"{language}{number:02d}.opus"
            write_opus(FOLDER / name, np.pad(audio, edges), espeak.sample_rate)
            entries.append({"file": name, "language": language, "voice": variant, "text": text})
    table = json.dumps(entries, ensure_ascii=False, indent=1)
    (FOLDER / "clips.json").write_text(table + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
