"""Which voices speak: those of espeak-ng 1.51, and random ones of our own.

A network that has heard only espeak-ng's seventy variants fails on one whose formants are built
otherwise. So most training sentences are spoken by voices drawn here: every formant shifted,
weakened or missing, at every pitch. They are written as variant files into a folder that otherwise
links to the system's data; nothing of espeak-ng is copied.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from transcription.model_build.synthesis import Espeak

#: Never used in training; tests and the demo's clips speak with these.
HELD_OUT_VARIANTS = ("m3", "f4", "Andy", "Annie", "Michael", "linda", "klatt3", "max")
#: Variants of espeak-ng 1.51 used in training. Effects and near-unintelligible ones are left out.
TRAINING_VARIANTS = (
    *("Alex", "Alicia", "Andrea", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo", "Jacky"),
    *("Lee", "Marco", "Mario", "Mike", "Nguyen", "Tweaky", "adam", "anika", "announcer"),
    *("antonio", "aunty", "belinda", "benjamin", "boris", "caleb", "croak", "david", "ed"),
    *("edward", "edward2", "f1", "f2", "f3", "f5", "grandpa", "gustave", "iven", "iven2"),
    *("iven3", "iven4", "john", "kaukovalta", "klatt", "klatt2", "klatt4", "klatt5", "klatt6"),
    *("m1", "m2", "m4", "m5", "m6", "m7", "m8", "marcelo", "michel", "miguel", "norbert"),
    *("pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph"),
    *("steph2", "steph3", "travis", "victor", "zac", ""),
)
RARE_VARIANTS = ("whisper", "whisperf", "grandma", "robosoft", "robosoft3")
RANDOM_VARIANTS = tuple(f"drawn{number:03d}" for number in range(200))

_SEED = 11


def write_random_variants(folder: Path) -> Path:
    """Make ``folder``/espeak-ng-data with all voices and the random ones; returns ``folder``."""
    system = Espeak.data_folder()
    data = folder / "espeak-ng-data"
    own = data / "voices" / "!v"
    own.mkdir(parents=True, exist_ok=True)
    (data / "lang").mkdir(exist_ok=True)
    # espeak-ng takes 350 voices at most, so only the languages spoken here come along.
    sources = [path for path in system.iterdir() if path.name not in {"lang", "voices"}]
    sources += [system / "lang" / "sit", system / "lang" / "gmw"]
    sources += (system / "voices" / "!v").iterdir()
    for source in sources:
        target = data / source.relative_to(system)
        if not target.exists():
            target.symlink_to(source)
    random = Random(_SEED)
    for name in RANDOM_VARIANTS:
        (own / name).write_text(variant(name, random))
    return folder


def variant(name: str, random: Random) -> str:
    """One variant file; frequencies, heights and widths are percentages."""
    female = random.random() < 0.5
    base = random.randint(130, 230) if female else random.randint(65, 140)
    size = random.uniform(1.0, 1.3) if female else random.uniform(0.84, 1.08)
    lines = ["language variant", f"name {name}", f"gender {'female' if female else 'male'}"]
    lines.append(f"pitch {base} {base + random.randint(15, 90)}")
    lines.append(f"flutter {random.choice((0, 0, 2, 3, 5, 8))}")
    if random.random() < 0.15:
        lines.append(f"klatt {random.choice((1, 2, 4, 5, 6))}")
    if random.random() < 0.2:
        lines.append(f"echo {random.randint(10, 130)} {random.randint(5, 25)}")
    if random.random() < 0.2:
        lines.append(f"roughness {random.randint(0, 6)}")
    missing = {number for number in range(3, 9) if random.random() < 0.12}
    dull = random.random() < 0.3
    for number in range(9):
        if number in missing:
            lines.append(f"formant {number} 0 0 0")
            continue
        frequency = round(100 * size * random.uniform(0.92, 1.08))
        height = random.randint(60, 140) * (0.6 if dull and number > 3 else 1)
        lines.append(f"formant {number} {frequency} {height:.0f} {random.randint(75, 190)}")
    return "\n".join(lines) + "\n"
