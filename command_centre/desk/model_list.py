"""The models installed here: speech, speakers, second pass, and the comparison's weights.

A digest covers the names and bytes of all files. ``view`` makes it once per state of the files;
``check`` makes it anew and compares it with what the recogniser loaded, or, where nothing is
loaded, with what this centre saw first. A large model that is new takes minutes: whoever asks
meanwhile waits for the same look, which has a thread of its own and takes none from anybody else.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from command_centre.desk.model_views import ModelChecked, ModelsView, ModelView
from command_centre.errors import Rejected
from command_centre.speech_models import installed
from config.settings import Settings
from config.transcriber_messages import ModelStatus
from transcription.comparison import weights
from transcription.errors import ModelError
from transcription.model_directory import (
    LANGUAGES,
    SHIPPED,
    FileState,
    check_speaker_model,
    chosen_models,
    digest,
    files_state,
    find_speaker_model,
    shipped,
)
from transcription.model_kinds import Kind, check_any, kind_of

_OURS = "Apache-2.0"
#: The setting of each language.
SETTINGS = {"zh": "transcription.model", "en": "transcription.model_en"}
_COMMANDS = ("duizhi model list", "duizhi model check DIR", "duizhi model use DIR")


@dataclass(frozen=True)
class _Place:
    id: str
    kind: str
    path: Path
    used_for: tuple[str, ...]
    language: str = ""


_State = tuple[FileState, ...]


@dataclass(frozen=True)
class Installed:
    """A speech model that can be used, live where its engine is Vosk."""

    id: str
    path: Path
    engine: Kind
    name: str
    language: str  # und: any
    digest: str
    size_bytes: int
    demo: bool


@dataclass(frozen=True)
class _Look:
    """What one look at all models has found."""

    views: list[ModelView]
    speech: list[Installed]


class ModelDesk:
    """One per centre; used on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[Path, tuple[_State, ModelView]] = {}
        self._first: dict[str, str] = {}  # id: digest first seen
        self._looking = threading.Lock()
        self._seeing: asyncio.Future[_Look] | None = None  # the look that goes on
        self._seen = _Look([], [])  # the last that ended

    def use(self, settings: Settings) -> None:
        """Other models were chosen: a look that goes on does not know of them."""
        self._settings = settings
        self._seeing = None

    def setting_of(self, model: str, language: str) -> tuple[str, str]:
        """Name and value of the setting with which a model hears a language.

        Raises:
            Rejected: ``unknown_model``, ``unknown_language``; ``model_kind``: it hears no speech
                live.
        """
        place = next((one for one in self._places() if one.id == model), None)
        if place is None:
            raise Rejected("unknown_model", "there is no such model")
        if language not in LANGUAGES:
            raise Rejected("unknown_language", f"expected {' or '.join(LANGUAGES)}")
        if place.kind != "speech":
            raise Rejected("model_kind", "this model does not hear people while they speak")
        own = place.path == shipped(language)
        return SETTINGS[language], "shipped" if own else str(place.path)

    async def view(
        self, loaded: Sequence[ModelStatus], rooms: Mapping[str, list[str]]
    ) -> ModelsView:
        """Every model; ``rooms`` by the language they are heard in now, or by the digest of a model
        that was chosen for them."""
        found = (await asyncio.shield(self._shared_look())).views
        digests = {one.digest for one in loaded}
        views = [_with(one, digests, rooms) for one in found]
        return ModelsView(models=views, commands=[*_COMMANDS])

    async def speech(self) -> list[Installed]:
        """The speech models that can be used."""
        return (await asyncio.shield(self._shared_look())).speech

    async def seen(self, patience_s: float) -> list[Installed]:
        """The same; where looking takes longer (a large model is new), what was seen before."""
        seeing = self._shared_look()
        done, _ = await asyncio.wait({seeing}, timeout=patience_s)
        return seeing.result().speech if done else self._seen.speech

    @property
    def looking(self) -> bool:
        """Whether ``seen`` may have more to say soon."""
        return self._seeing is not None

    def _shared_look(self) -> asyncio.Future[_Look]:
        """The look that goes on, or a new one; nobody may cancel it."""
        if self._seeing is None:
            thread = ThreadPoolExecutor(1, "models")
            self._seeing = asyncio.get_running_loop().run_in_executor(thread, self._look)
            self._seeing.add_done_callback(self._has_looked)
            thread.shutdown(wait=False)  # it ends after this look
        return self._seeing

    def _has_looked(self, seeing: asyncio.Future[_Look]) -> None:
        """Before anybody who waits for it is told: what is asked next is looked at anew."""
        if self._seeing is seeing:
            self._seeing = None
            if not seeing.cancelled() and seeing.exception() is None:
                self._seen = seeing.result()

    def _look(self) -> _Look:
        with self._looking:
            views = self._looked()
            return _Look(views, self._speech(views))

    def _speech(self, views: Sequence[ModelView]) -> list[Installed]:
        found = {one.id: one for one in views}
        return [
            Installed(
                id=place.id,
                path=place.path,
                engine=kind_of(place.path),
                name=view.name,
                language=view.language or "und",
                digest=view.digest,
                size_bytes=view.size_bytes,
                demo=view.demo,
            )
            for place in self._places()
            if place.kind in ("speech", "second")
            and (view := found.get(place.id)) is not None
            and not view.problem
        ]

    def require(self, model: str) -> None:
        """Raise ``unknown_model`` unless there is one of this name."""
        self._place(model)

    def _place(self, model: str) -> _Place:
        place = next((one for one in self._places() if one.id == model), None)
        if place is None:
            raise Rejected("unknown_model", "there is no such model")
        return place

    async def check(
        self, model: str, loaded: Sequence[ModelStatus], far: Callable[[int], None]
    ) -> ModelChecked:
        """Make the digest of a model anew, saying how far it is; ``unknown_model``."""
        place = self._place(model)
        try:
            now = await asyncio.to_thread(_digest, place, far)
        except OSError as error:
            raise Rejected("model_unreadable", "a file of the model cannot be read") from error
        language = next((one for one in place.used_for if one in ("zh", "en")), "")
        known = {one.language: one.digest for one in loaded}
        if place.kind == "speech" and language in known:
            expected, against = known[language], "loaded"
        else:
            expected, against = self._first.setdefault(place.id, now), "first_seen"
        return ModelChecked(digest=now, expected=expected, against=against, same=now == expected)

    def _looked(self) -> list[ModelView]:
        views = []
        for place in self._places():
            state = _state(place.path)
            kept = self._known.get(place.path)
            if kept is None or kept[0] != state:
                kept = (state, _described(place, state))
                self._known[place.path] = kept
            if kept[1].digest:
                self._first.setdefault(place.id, kept[1].digest)
            views.append(msgspec.structs.replace(kept[1], used_for=list(place.used_for)))
        return views

    def _places(self) -> list[_Place]:
        chosen = chosen_models(self._settings.transcription)
        places = [
            _Place(
                hashlib.sha256(str(path).encode()).hexdigest()[:16],
                "speech" if kind_of(path) is Kind.VOSK else "second",
                path,
                tuple(language for language, own in chosen.items() if own == path),
            )
            for path in installed(self._settings).values()
        ]
        settings = self._settings.transcription
        for language, setting in (("zh", settings.second_model), ("en", settings.second_model_en)):
            path = Path(setting).expanduser().resolve()
            if setting and all(one.path != path for one in places):
                name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
                places.append(_Place(name, "second", path, ("again",), language))
        speakers = find_speaker_model(settings.speaker_model)
        if speakers is not None and speakers.is_dir():
            places.append(_Place("speakers", "speaker", speakers, ("speakers",)))
        for name, file, language in (
            ("comparison", weights.ZH, "zh"),
            ("comparison-en", weights.EN, "en"),
        ):
            places.append(_Place(name, "comparison", file, ("comparison",), language))
        return places


def _described(place: _Place, state: _State) -> ModelView:
    size, words, name, language, demo = 0, 0, place.path.name, place.language, False
    problem = made = ""
    try:
        if place.kind in ("speech", "second"):
            info = check_any(place.path)
            size, words, name, demo = info.size_bytes, info.words, info.name, info.demo
            language, made = info.language or language, info.digest
        else:
            if place.kind == "speaker":
                check_speaker_model(place.path)
            size = sum(one.stat().st_size for one in _files(place.path))
            made = _digest(place)
    except (ModelError, OSError) as error:
        problem = type(error).__name__
    return ModelView(
        id=place.id,
        kind=place.kind,
        language=language,
        name=name,
        size_bytes=size,
        words=words,
        digest=made,
        licence=_licence(place),
        since_us=max((one.written_ns for one in state), default=0) // 1000 or None,
        demo=demo or (place.kind == "speaker" and place.path.parent == SHIPPED.parent),
        used_for=list(place.used_for),
        loaded_digest="",
        rooms=[],
        problem=problem,
    )


def _with(view: ModelView, digests: set[str], rooms: Mapping[str, list[str]]) -> ModelView:
    heard = [room for name in (*view.used_for, view.digest) for room in rooms.get(name, [])]
    return ModelView(
        **{
            **{name: getattr(view, name) for name in view.__struct_fields__},
            "loaded_digest": view.digest if view.digest in digests else "",
            "rooms": heard if view.kind == "speech" else [],
        }
    )


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]


def _digest(place: _Place, far: Callable[[int], None] = lambda thousandths: None) -> str:
    if place.path.is_file():
        with place.path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    return digest(place.path, far)


def _state(path: Path) -> _State:
    """By which it is known that its files are still the same; empty: they cannot be looked at."""
    try:
        return files_state(path)
    except OSError:
        return ()


def _licence(place: _Place) -> str:
    """Ours for what is shipped; else the first line of the licence file beside the model."""
    root = SHIPPED.parent
    if place.path.is_relative_to(root):
        return _OURS
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING"):
        try:
            with (place.path / name).open(encoding="utf-8", errors="replace") as source:
                return source.readline(200).strip()
        except OSError:
            continue
    return ""
