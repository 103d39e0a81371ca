"""Checks a Vosk model directory before native code sees it.

Vosk ends the whole process on some faults that Python cannot catch: a missing
``endpoint.silence-phones`` aborts at the first audio. Others are silent: without
``frame-subsampling-factor=3`` every word time is three times too large. So each is looked for
here. What only native code can tell (damaged weights) is left to loading, and to
``model_kinds.probe``, which tries the model in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from config.settings import Transcription
from transcription.errors import ModelError
from transcription.recogniser import ModelInfo

#: The languages a model can be chosen for; the first is the one a session speaks unless it says so.
LANGUAGES = ("zh", "en")
#: The Chinese directory shipped with the repository.
SHIPPED = Path(__file__).with_name("model")

_OPTION = re.compile(r"--([a-z0-9.-]+)=(\S*)")
_SILENCE_PHONES = re.compile(r"[0-9]+(:[0-9]+)*")
_FST_MAGIC = 2125659606
_SPECIAL_WORDS = frozenset({"<eps>", "<s>", "</s>", "[unk]", "<unk>", "<UNK>", "#0", "!SIL"})


def shipped(language: str) -> Path:
    """The directory shipped for a language; it need not exist.

    Raises:
        ModelError: nothing is shipped for this language.
    """
    if language not in LANGUAGES:
        raise ModelError(f"no model is shipped for {language!r}; expected one of {LANGUAGES}")
    return SHIPPED if language == "zh" else SHIPPED.with_name(f"model_{language}")


def find_model(setting: str, language: str = "zh") -> Path:
    """The directory a setting means: ``shipped`` or a path."""
    if setting == "shipped":
        return shipped(language)
    return Path(setting).expanduser().resolve()


def chosen_models(settings: Transcription) -> dict[str, Path]:
    """The directory chosen for each language; one with the empty setting is left out."""
    chosen = {"zh": settings.model, "en": settings.model_en}
    return {
        language: find_model(setting, language) for language, setting in chosen.items() if setting
    }


def stored_models(store: Path) -> list[Path]:
    """The directories below ``models`` of a store, by name."""
    own = store / "models"
    return sorted(path for path in own.iterdir() if path.is_dir()) if own.is_dir() else []


def find_speaker_model(setting: str) -> Path | None:
    """The directory of the setting ``speaker_model``; None when there is to be none."""
    if setting == "shipped":
        return SHIPPED.with_name("model_speaker")
    return Path(setting).expanduser().resolve() if setting else None


def check_speaker_model(path: Path) -> None:
    """Look at every file of a speaker model that Vosk will need.

    Raises:
        ModelError: one is missing or of another kind.
    """
    begin = {"final.ext.raw": b"\0B<Nnet3>", "mean.vec": b"\0B", "transform.mat": b"\0B"}
    for name, expected in {**begin, "mfcc.conf": b""}.items():
        try:
            with (path / name).open("rb") as source:
                found = source.read(len(expected))
        except OSError as error:
            raise ModelError(f"{path}: expected {name} of a Vosk speaker model") from error
        if found != expected:
            raise ModelError(f"{path}: {name} is not the binary Kaldi file it should be")
    _check_features(path / "mfcc.conf")


def is_missing(path: Path) -> bool:
    """True for a shipped model that this installation was packed without."""
    return path.parent == SHIPPED.parent and not path.exists()


def check_model(path: Path) -> ModelInfo:
    """Look at every file Vosk will need, without loading it.

    Raises:
        ModelError: something is missing or would end the process; says what was expected.
    """
    if not path.is_dir():
        raise ModelError(f"{path} is not a directory; expected a Vosk model directory")
    if (path / "am/final.mdl").is_file() and (path / "conf/model.conf").is_file():
        _check_options(path / "conf/model.conf")
        graph, network, mfcc = path / "graph", path / "am/final.mdl", path / "conf/mfcc.conf"
    elif (path / "final.mdl").is_file() and (path / "mfcc.conf").is_file():
        graph, network, mfcc = path, path / "final.mdl", path / "mfcc.conf"
    else:
        raise ModelError(
            f"{path} is not a Vosk model: expected am/final.mdl with conf/model.conf,"
            " or the older layout with final.mdl and mfcc.conf"
        )
    _check_features(mfcc)
    _check_network(network)
    _check_graph(graph)
    return _describe(path, graph)


def _check_options(path: Path) -> None:
    options = _options(path)
    phones = options.get("endpoint.silence-phones", "")
    if not _SILENCE_PHONES.fullmatch(phones):
        raise ModelError(
            f"{path}: expected --endpoint.silence-phones=1:2:3 (numbers of the silence phones),"
            f" found {phones or 'nothing'}; Vosk would abort at the first audio"
        )
    if options.get("frame-subsampling-factor", "1") != "3":
        raise ModelError(
            f"{path}: expected --frame-subsampling-factor=3; word times would be wrong"
        )


def _check_features(path: Path) -> None:
    options = _options(path)
    rate = options.get("sample-frequency", "16000")
    if rate not in {"16000", "16000.0"} and options.get("allow-downsample") != "true":
        raise ModelError(f"{path}: expected --sample-frequency=16000, found {rate}")


def _options(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _text(path).splitlines():
        plain = line.partition("#")[0].strip()
        if not plain:
            continue
        match = _OPTION.fullmatch(plain)
        if match is None:
            raise ModelError(f"{path}: expected lines like --beam=12.0, found {plain!r}")
        found[match[1]] = match[2]
    return found


def _check_network(path: Path) -> None:
    with path.open("rb") as source:
        head = source.read(256)
    if not head.startswith(b"\0B<TransitionModel> "):
        raise ModelError(f"{path}: expected a binary Kaldi nnet3 model with its transition model")


def _check_graph(folder: Path) -> None:
    static = folder / "HCLG.fst"
    parts = [static] if static.is_file() else [folder / "HCLr.fst", folder / "Gr.fst"]
    for part in parts:
        try:
            with part.open("rb") as source:
                magic = source.read(4)
        except OSError as error:
            raise ModelError(
                f"{folder}: expected HCLG.fst, or HCLr.fst with Gr.fst; cannot read {part.name}"
            ) from error
        if magic != struct.pack("<i", _FST_MAGIC):
            raise ModelError(f"{part}: expected an OpenFst file")
    if len(parts) == 2 and not (folder / "disambig_tid.int").is_file():
        raise ModelError(f"{folder}: expected disambig_tid.int beside HCLr.fst")
    if not any((folder / name).is_file() for name in ("words.txt", "Gr.fst")):
        raise ModelError(f"{folder}: expected words.txt beside HCLG.fst")


def _describe(path: Path, graph: Path) -> ModelInfo:
    table = graph / "words.txt"
    words = _words(table) if table.is_file() else []
    about: dict[str, object] = {}
    card = path / "model.json"
    if card.is_file():
        try:
            loaded = json.loads(_text(card))
        except ValueError as error:
            raise ModelError(f"{card}: expected a JSON object") from error
        about = loaded if isinstance(loaded, dict) else {}
    han = sum(any("一" <= letter <= "鿿" for letter in word) for word in words)
    latin = sum(word.isascii() and word.isalpha() for word in words)
    guess = "zh" if han > latin else "en" if latin else "und"
    return ModelInfo(
        name=str(about.get("name", path.name)),
        words=len(words),
        demo=about.get("demo") is True,
        digest=digest(path),
        language=str(about.get("language", guess)),
        size_bytes=sum(item.stat().st_size for item in path.rglob("*") if item.is_file()),
        dynamic=not (graph / "HCLG.fst").is_file(),
    )


def known_words(path: Path, words: Collection[str]) -> frozenset[str]:
    """Those of the words that the model lists; none of them when it lists no words."""
    wanted = frozenset(words)
    found: set[str] = set()
    for table in (path / "graph/words.txt", path / "words.txt"):
        try:
            with table.open(encoding="utf-8", errors="replace") as lines:
                found.update(word for line in lines if (word := line.split(" ")[0]) in wanted)
        except OSError:
            continue
    return frozenset(found)


class FileState(NamedTuple):
    """By what is seen that a file is another one now, without reading it."""

    name: str
    size: int
    written_ns: int
    changed_ns: int  # also moves when the time of writing is put back
    inode: int  # another one after a file was put in its place


def files_state(path: Path) -> tuple[FileState, ...]:
    """The state of a file, or of all files below a directory.

    A file that is written in place within one tick of the file system's clock, with as many bytes,
    is not seen; nothing but reading it would tell.

    Raises:
        OSError: one of them cannot be looked at.
    """
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return tuple(sorted(_file_state(one) for one in files))


def _file_state(path: Path) -> FileState:
    now = path.stat()
    return FileState(str(path), now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)


def digest(path: Path, far: Callable[[int], None] = lambda thousandths: None) -> str:
    """SHA-256 over the names and SHA-256 of all files, in the order of their names.

    ``far`` is told how much of the bytes is done, in thousandths.
    """
    whole = hashlib.sha256()
    files = sorted(item for item in path.rglob("*") if item.is_file())
    total, done = sum(file.stat().st_size for file in files), 0
    for file in files:
        far(done * 1000 // total if total else 0)
        done += file.stat().st_size
        with file.open("rb") as source:
            own = hashlib.file_digest(source, "sha256").hexdigest()
        whole.update(f"{own}  {file.relative_to(path).as_posix()}\n".encode())
    return whole.hexdigest()


def _words(table: Path) -> list[str]:
    words = [line.split()[0] for line in _text(table).splitlines() if line.strip()]
    return [word for word in words if word not in _SPECIAL_WORDS]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: expected a readable text file") from error
