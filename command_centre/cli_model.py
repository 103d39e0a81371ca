"""``duizhi model``: which speech models are installed, whether one can be used, which one is.

Models lie in the installation (shipped), in ``<store>/models/``, or wherever the settings say. What
is chosen stands in the site's settings file and holds from the next start on.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from command_centre.cli import (
    DEFAULT_CONFIG,
    EXIT_OK,
    CommandError,
    site_config,
    site_settings,
)
from command_centre.cli_admin import table
from command_centre.speech_models import installed
from config.kept import with_file
from config.settings import load
from transcription.errors import ModelError
from transcription.model_directory import (
    LANGUAGES,
    check_model,
    chosen_models,
    find_model,
)
from transcription.model_kinds import Kind, check_any, kind_of, probe
from transcription.recogniser import ModelInfo

#: The setting of each language.
KEYS = {"zh": "model", "en": "model_en"}
#: Instead of a directory: none at all. Chinese cannot be without a model.
NONE = "none"

_HEADS = ["used for", "model", "name", "language", "words", "MB", "SHA-256", "graph", "made from"]
_SHORT_DIGEST = 12
_AGAIN = "to hear closed sessions again ([transcription] second_model)"


def list_models(options: argparse.Namespace) -> int:
    """Every model found, and which one each language uses."""
    settings = site_settings(options)
    chosen = chosen_models(settings.transcription)
    rows: list[tuple[str, ...]] = []
    faults: list[str] = []
    for label, path in installed(settings).items():
        used = " ".join(language for language, own in chosen.items() if own == path)
        try:
            rows.append((used or "-", label, *_row(check_model(path))))
        except ModelError as error:
            rows.append((used or "-", label, "cannot be used", *["-"] * (len(_HEADS) - 3)))
            faults.append(f"{label}: {error}")
    table(_HEADS, rows, "no models")
    for language in LANGUAGES:
        if language not in chosen:
            print(f"{language}: none; speech in this language is not transcribed")
    for fault in faults:
        print(fault)
    return EXIT_OK


def check(options: argparse.Namespace) -> int:
    """Can this directory be used? Looks at its files, then loads it in a process of its own."""
    path = options.path.expanduser().resolve()
    kind = kind_of(path)
    try:
        model = check_any(path)
        probe(path)
    except ModelError as error:
        raise CommandError(str(error)) from error
    print(f"{path} can be used" + ("" if kind is Kind.VOSK else f" {_AGAIN}"))
    print(f"  {'kind':9} {kind}")
    for head, value in zip(_HEADS[2:], _row(model), strict=True):
        print(f"  {head:9} {value}")
    print(f"  {'digest':9} {model.digest}")
    return EXIT_OK


def use(options: argparse.Namespace) -> int:
    """Write the model into the site's settings file; in force from the next start on."""
    setting = options.path
    language: str = options.language or ""
    if setting == NONE:
        language = language or "en"
        if language == "zh":
            raise CommandError("Chinese needs a model; expected a directory or shipped")
        setting = ""
    else:
        if setting != "shipped":
            setting = str(Path(setting).expanduser().resolve())
        model = _usable_model(find_model(setting, language or "zh"))
        language = language or model.language
        if language not in LANGUAGES:
            raise CommandError(
                f"{setting} does not say its language; add --language {' or '.join(LANGUAGES)}"
            )
        if model.language in LANGUAGES and model.language != language:
            raise CommandError(f"{setting} is a model for {model.language}, not for {language}")
    config_file = site_config(options) or DEFAULT_CONFIG
    text = config_file.read_text(encoding="utf-8") if config_file.exists() else ""
    config_file.write_text(with_model(text, setting, KEYS[language]), encoding="utf-8")
    written = load(config_file)  # the file still is what it should be
    if f"transcription.{KEYS[language]}" in with_file(written).below:
        print("the administrator's page chose another model: it is used until it is put back there")
    print(
        f"{config_file}: {KEYS[language]} = {setting or NONE}; in force when Duizhi is started next"
    )
    return EXIT_OK


def with_model(text: str, setting: str, key: str = "model") -> str:
    """The settings file's text with the model set, everything else as it was."""
    line = f"{key} = {json.dumps(setting, ensure_ascii=False)}"
    head = re.search(r"^\[transcription\][^\n]*\n?", text, re.MULTILINE)
    if head is None:
        return (
            text
            + ("\n" if text and not text.endswith("\n") else "")
            + (f"\n[transcription]\n{line}\n" if text else f"[transcription]\n{line}\n")
        )
    following = re.search(r"^\[", text[head.end() :], re.MULTILINE)
    end = head.end() + following.start() if following else len(text)
    section = text[head.end() : end]
    changed, count = re.subn(rf"^{key}\s*=.*$", lambda _: line, section, flags=re.MULTILINE)
    start = text[: head.end()]
    if not start.endswith("\n"):
        start += "\n"
    return start + (changed if count else f"{line}\n{section}") + text[end:]


def _row(model: ModelInfo) -> tuple[str, ...]:
    return (
        model.name,
        model.language,
        str(model.words or "not listed"),
        f"{model.size_bytes / 1e6:.1f}",
        model.digest[:_SHORT_DIGEST],
        "dynamic" if model.dynamic else "static",
        "synthetic voices only" if model.demo else "-",
    )


def _usable_model(path: Path) -> ModelInfo:
    if (kind := kind_of(path)) is not Kind.VOSK:
        raise CommandError(f"{path} is a {kind} model and can be used {_AGAIN} only")
    try:
        model = check_model(path)
        probe(path)
    except ModelError as error:
        raise CommandError(str(error)) from error
    return model
