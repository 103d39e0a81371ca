"""What is checked of a setting by looking at this machine, before it is taken. Runs in a thread.

A further disk must be one: a folder that is there, of another file system than the store and the
other mirrors, that can be written and has room. Its folder is empty or a mirror already; whether it
is one of this store is found when the recorder opens it, which leaves it out otherwise and says so.
A witness must be spelled right and be none of our own logs. A speech model is loaded once, in a
process apart.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from config.changeable import BadSetting
from config.recorders import log_origins
from config.settings import Settings
from evidence_store.errors import NoteError
from evidence_store.own_witness import parse_outside
from transcription.errors import ModelError
from transcription.model_directory import check_model, find_model
from transcription.model_kinds import Kind, kind_of, probe

_FOUND_ON_NEW_DISKS = {"lost+found"}


def look_at(settings: Settings, name: str, value: Any) -> None:
    """Check a value that has the right form.

    Raises:
        BadSetting: it cannot be; ``reason`` is a word pages have a sentence for.
    """
    check = _CHECKS.get(name)
    if check is not None:
        check(settings, value)


def _mirrors(settings: Settings, paths: list[str]) -> None:
    known = set(settings.store.mirrors)
    taken = {os.stat(settings.store_path).st_dev: settings.store_path}
    for one in paths:
        path = Path(one)
        if one not in known:
            _mirror(settings, path, one)
        if path.is_dir() and (device := path.stat().st_dev) in taken and one not in known:
            raise _bad("same_disk", f"{one} lies on the disk of {taken[device]}", line=one)
        if path.is_dir():
            taken[path.stat().st_dev] = path


def _mirror(settings: Settings, path: Path, line: str) -> None:
    if not path.is_absolute():
        raise _bad("path", f"{line}: expected a whole path, such as /mnt/disk2/duizhi", line=line)
    if not path.is_dir():
        raise _bad("no_folder", f"{line}: expected a folder that is there", line=line)
    whole, store = path.resolve(), settings.store_path
    if whole == store or store in whole.parents or whole in store.parents:
        raise _bad("in_store", f"{line}: expected a folder apart from the store", line=line)
    inside = {one.name for one in path.iterdir()} - _FOUND_ON_NEW_DISKS
    if inside and "FORMAT" not in inside:
        raise _bad("not_empty", f"{line}: expected an empty folder or a mirror", line=line)
    if not os.access(path, os.W_OK | os.X_OK):
        raise _bad("not_writable", f"{line}: expected a folder that can be written", line=line)
    if shutil.disk_usage(path).free < settings.store.minimum_free_bytes:
        raise _bad("no_room", f"{line}: too little room on that disk", line=line)


def _witnesses(settings: Settings, lines: list[str]) -> None:
    recorder = settings.recorder
    names = set(log_origins(recorder.log_origin, recorder.processes))
    for line in lines:
        try:
            name, _, url = parse_outside(line)
        except NoteError as error:
            raise _bad("witness", str(error), line=line[:60]) from error
        if url and not url.startswith(("https://", "http://")):
            raise _bad("witness", f"{line}: expected an address", line=line[:60])
        if name in names:
            raise _bad("twice", f"the name {name} is taken", line=name)
        names.add(name)


def _model(language: str) -> Callable[[Settings, str], None]:
    def check(_: Settings, setting: str) -> None:
        if not setting and language != "zh":
            return  # none: speech in this language is not transcribed
        try:
            path = find_model(setting, language)
            if kind_of(path) is not Kind.VOSK:
                raise _bad("model_kind", f"{path} hears closed sessions only")
            found = check_model(path)
            if found.language and found.language != language:
                raise _bad("model_language", f"{path} is a model for {found.language}")
            probe(path)
        except (ModelError, OSError) as error:
            raise _bad("model", str(error)) from error

    return check


_CHECKS: Mapping[str, Callable[[Settings, Any], None]] = {
    "store.mirrors": _mirrors,
    "witness.outside": _witnesses,
    "transcription.model": _model("zh"),
    "transcription.model_en": _model("en"),
}


def _bad(reason: str, detail: str, **more: Any) -> BadSetting:
    return BadSetting(reason, detail, **more)
