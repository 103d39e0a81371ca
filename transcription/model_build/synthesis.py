"""espeak-ng through ctypes: speech with the sample at which each word and phone begins.

Only libespeak-ng's own phoneme events are used, so the alignment is exact and needs no aligner.
The library keeps one global state: one instance a process. It can crash the process on some
voices at very low pitch (variant ``rob`` below pitch 30), hence the floor in dataset.py.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

MANDARIN = "cmn-latn-pinyin"

_SYNCHRONOUS, _PHONEME_EVENTS = 2, 1
_POSITION_CHARACTER, _UTF8 = 1, 1
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7
_WORD, _PHONEME, _TERMINATOR = 1, 7, 0


class SynthesisError(Exception):
    """espeak-ng is missing or refused a voice."""


@dataclass(frozen=True)
class Manner:
    """How a sentence is spoken; units are espeak-ng's."""

    voice: str = MANDARIN
    variant: str = ""  # voice variant, such as "m3"; empty is the plain voice
    rate_wpm: int = 165
    pitch: int = 50
    pitch_range: int = 50
    word_gap: int = 0


@dataclass(frozen=True)
class Event:
    """The beginning of a word (``position`` in the text, from 1) or of a phone (``name``)."""

    sample: int
    position: int  # 0 for a phone
    name: str  # empty for a word


class _Identifier(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("text", ctypes.c_char * 8), ("name", ctypes.c_char_p))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identifier),
    )


class Espeak:
    """The synthesiser. Not thread-safe; owns the library's global state."""

    def __init__(self, data: Path | None = None) -> None:
        """``data`` is a folder with espeak-ng-data/ (see variants.py); by default the system's."""
        try:
            self._library = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as error:
            raise SynthesisError("libespeak-ng.so.1 not found: install espeak-ng") from error
        path = None if data is None else str(data).encode()
        self.sample_rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, path, _PHONEME_EVENTS
        )
        if self.sample_rate <= 0:
            raise SynthesisError("espeak-ng could not start: is espeak-ng-data installed?")
        self._audio: list[npt.NDArray[np.int16]] = []
        self._events: list[Event] = []
        signature = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
        )
        self._callback = signature(self._collect)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, manner: Manner) -> tuple[npt.NDArray[np.int16], list[Event]]:
        """Audio at ``sample_rate`` and its events.

        Raises:
            SynthesisError: the voice does not exist.
        """
        self._audio.clear()
        self._events.clear()
        voice = f"{manner.voice}+{manner.variant}" if manner.variant else manner.voice
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SynthesisError(f"espeak-ng has no voice {voice}")
        for parameter, value in (
            (_RATE, manner.rate_wpm),
            (_PITCH, manner.pitch),
            (_RANGE, manner.pitch_range),
            (_WORD_GAP, manner.word_gap),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, _POSITION_CHARACTER, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        audio = np.concatenate(self._audio) if self._audio else np.zeros(0, np.int16)
        return audio, list(self._events)

    @staticmethod
    def data_folder() -> Path:
        """The system's espeak-ng-data/."""
        library = ctypes.CDLL("libespeak-ng.so.1")
        library.espeak_Info.restype = ctypes.c_char_p
        path = ctypes.c_char_p()
        library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        library.espeak_Info(ctypes.byref(path))
        return Path((path.value or b"").decode())

    def _collect(self, wave: ctypes._Pointer[ctypes.c_short], count: int, events: object) -> int:
        if wave and count > 0:
            self._audio.append(np.ctypeslib.as_array(wave, (count,)).astype(np.int16))
        index = 0
        while (event := events[index]).type != _TERMINATOR:  # type: ignore[index]
            if event.type == _WORD:
                self._events.append(Event(event.sample, event.text_position, ""))
            elif event.type == _PHONEME:
                name = event.id.text.decode("utf-8", "replace")
                self._events.append(Event(event.sample, 0, name))
            index += 1
        return 0
