"""Models loaded for single sessions, beside the one of each language. Slow: not for the event loop.

A model is named by the digest of its files and looked for in this machine's own folders, so nobody
hands a path over. It is loaded once, however many sessions use it, and let go when none does. One
for which there is too little memory is refused before it is loaded: a process that runs out of
memory is killed, and all rooms with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from transcription.errors import ModelError, ModelMissing, ModelTooLarge
from transcription.model_directory import FileState, check_model, files_state
from transcription.model_kinds import Kind, kind_of
from transcription.recogniser import Engine

logger = logging.getLogger(__name__)

#: A loaded model takes about its files once more while it is read, and each stream a little.
_TIMES_ITS_FILES = 2
#: One that was loaded so lately is kept: the plan that names it is on its way.
_FRESH_S = 60.0
#: What is left to the rooms that are heard already.
_SPARE_BYTES = 256 * 1024 * 1024
_MEBIBYTE = 1024 * 1024

Open = Callable[[Path, str], Engine]


def free_memory_bytes() -> int | None:
    """What this machine, or the container it runs in, has left; None where nothing says it."""
    found = [one for one in (_of_machine(), _of_container()) if one is not None]
    return min(found, default=None)


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(one.split()[1]) * 1024 for one in lines if one.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def _of_container(
    root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> int | None:
    """What the groups of this process (version 2, it and all above it) leave to it."""
    try:
        lines = own.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        lines = []
    path = next((line[3:] for line in lines if line.startswith("0::")), "/").strip("/")
    group = root / path if ".." not in path.split("/") else root  # outside of what is shown here
    groups = [one for one in (group, *group.parents) if one == root or root in one.parents]
    left = [one for one in map(_of_group, groups) if one is not None]
    return min(left, default=None)


def _of_group(folder: Path) -> int | None:
    try:
        limit = int((folder / "memory.max").read_text(encoding="ascii"))
        used = int((folder / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no limit is the word "max"
        return None
    return max(0, limit - max(0, used - _given_back(folder)))


def _given_back(folder: Path) -> int:
    """Files that were read lately count as used, and give way to whatever needs the room."""
    try:
        lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        return next(int(one.split()[1]) for one in lines if one.startswith("inactive_file "))
    except (OSError, ValueError, IndexError, StopIteration):
        return 0


def need_room(path: Path, free_bytes: int | None) -> None:
    """Look whether a model may be loaded; ``free_bytes``: None where nothing says it.

    Raises:
        ModelTooLarge: it takes more than is free. OSError: a file cannot be looked at.
    """
    size = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    needed = size * _TIMES_ITS_FILES + _SPARE_BYTES
    if free_bytes is not None and free_bytes < needed:
        raise ModelTooLarge(
            f"{path.name} takes about {needed // _MEBIBYTE} MiB of memory,"
            f" and {free_bytes // _MEBIBYTE} MiB are free"
        )


class ModelShelf:
    """Used by any thread; one loads at a time."""

    def __init__(
        self,
        folders: Callable[[], Iterable[Path]],
        open_model: Open,
        free_bytes: Callable[[], int | None] = free_memory_bytes,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folders = folders
        self._open = open_model
        self._free_bytes = free_bytes
        self._now_s = now_s
        self._asked_s: dict[str, float] = {}  # when each was asked for last
        self._loading = threading.Lock()
        self._digests: dict[Path, tuple[tuple[FileState, ...], str]] = {}  # state of files, digest
        self.loaded: dict[str, Engine] = {}  # by digest; never changed, only replaced

    def load(self, digest: str, language: str) -> Engine:
        """The model of this digest, for a language.

        Raises:
            ModelMissing: none is installed. ModelTooLarge: see the module.
            ModelError: it cannot be used.
        """
        with self._loading:
            self._asked_s[digest] = self._now_s()
            known = self.loaded.get(digest)
            if known is not None:
                return known
            path = self._find(digest)
            need_room(path, self._free_bytes())
            engine = self._open(path, language)
            if engine.model.digest != digest:
                self._digests.pop(path, None)
                raise ModelMissing(f"model {digest[:12]} was replaced by another one")
            self._asked_s[digest] = self._now_s()  # it may have taken longer than it stays fresh
            self.loaded = {**self.loaded, digest: engine}
            logger.info("model %s is loaded", digest[:12])
            return engine

    def keep(self, digests: Collection[str]) -> None:
        """Let go of all others; who still hears with one keeps it until they are done."""
        with self._loading:
            since_s = self._now_s() - _FRESH_S
            self._asked_s = {one: at for one, at in self._asked_s.items() if at > since_s}
            kept = {*digests, *self._asked_s}
            self.loaded = {one: engine for one, engine in self.loaded.items() if one in kept}

    def _find(self, digest: str) -> Path:
        for path in self._folders():
            try:
                if self._digest(path) == digest:
                    return path
            except (ModelError, OSError):
                continue  # what cannot be used is not what is looked for
        raise ModelMissing(f"no model {digest[:12]} is installed here")

    def _digest(self, path: Path) -> str:
        if kind_of(path) is not Kind.VOSK:
            return ""  # hears closed sessions only
        state = files_state(path)  # before they are read: a change meanwhile is seen next time
        kept = self._digests.get(path)
        if kept is None or kept[0] != state:
            kept = (state, check_model(path).digest)
            self._digests[path] = kept
        return kept[1]
