"""How far each recording has been transcribed, so that a restart repeats and skips nothing.

The recorder's log is the authority: an utterance entry settles everything of its speaker up to
its end. The file beside the store only saves work (silence already heard, log already read); if
it is missing or damaged, the log is read from the start and more audio is heard again.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

logger = logging.getLogger(__name__)

_FORMAT = 2


@dataclass
class RecordingPosition:
    """One source's recording in one session."""

    session: str
    source: str
    room: str
    settled_us: dict[str, int] = field(default_factory=dict)  # by speaker
    done: bool = False  # closed, and heard to its end
    log: str = ""  # where it is told of; empty: not read there yet
    opened_index: int = 0  # and from which entry on


class _Recording(msgspec.Struct, forbid_unknown_fields=True):
    session: str
    source: str
    room: str
    settled_us: dict[str, int]
    done: bool
    log: str = ""
    opened_index: int = 0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    cursors: dict[str, int]
    recordings: list[_Recording]
    languages: dict[str, dict[int, str]] = {}
    models: dict[str, dict[int, str]] = {}


class Positions:
    """Owned by the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._recordings: dict[tuple[str, str], RecordingPosition] = {}
        self._changed = False
        self.cursors: dict[str, int] = {}  # by log: entries before this one have been read
        self.languages: dict[str, dict[int, str]] = {}  # by session: from when on
        self.models: dict[str, dict[int, str]] = {}  # digests of models chosen, the same way
        self._load()

    def recording(self, session: str, source: str, room: str) -> RecordingPosition:
        """The recording's position; a new one when it is not known."""
        key = (session, source)
        if key not in self._recordings:
            self._recordings[key] = RecordingPosition(session, source, room)
            self._changed = True
        return self._recordings[key]

    def unfinished(self) -> list[RecordingPosition]:
        """Recordings that may hold audio not heard yet."""
        return [position for position in self._recordings.values() if not position.done]

    def settle(self, position: RecordingPosition, speaker: str, until_us: int) -> None:
        """Nothing of this speaker is left to be said before ``until_us``."""
        if until_us > position.settled_us.get(speaker, 0):
            position.settled_us[speaker] = until_us
            self._changed = True

    def finish(self, position: RecordingPosition) -> None:
        """The recording is closed and was heard to its end."""
        position.done = True
        self._changed = True

    def read_entry(self, entry: bytes, log: str = "", index: int = 0) -> None:
        """Take what an entry of the recorder's log says about recordings and utterances."""
        try:
            value: dict[str, Any] = json.loads(entry)
            kind, session, body = value["kind"], value["session"], value["body"]
            if kind == "recording.open":
                opened = self.recording(session, body["source"], value["room"])
                if not opened.log:
                    opened.log, opened.opened_index = log, index
                    self._changed = True
            elif kind in ("utterance", "utterance.doubtful"):
                position = self.recording(session, body["source"], value["room"])
                self.settle(position, body["speaker"], int(body["end_us"]))
            elif kind == "transcription.language":
                switches = self.languages.setdefault(session, {})
                switches[int(body["from_us"])] = str(body["language"])
                if body.get("model"):
                    chosen = self.models.setdefault(session, {})
                    chosen[int(body["from_us"])] = str(body["model_sha256"])
                self._changed = True
        except (ValueError, KeyError, TypeError):
            logger.warning("an entry of the log could not be understood; skipped")

    def restart(self) -> None:
        """A log is another one than the file tells of: forget everything, of all logs."""
        self._recordings.clear()
        self.cursors.clear()
        self.languages.clear()
        self.models.clear()
        self._changed = True

    def forget_done(self) -> None:
        """Drop finished recordings; right only when the log was read past their entries."""
        for key in [key for key, position in self._recordings.items() if position.done]:
            del self._recordings[key]
            self._changed = True
        alive = {session for session, _ in self._recordings}
        for session in [session for session in self.languages if session not in alive]:
            del self.languages[session]
            self.models.pop(session, None)

    def save(self) -> None:
        """Write the file when something changed; a cache, so it is not flushed to the disk."""
        if not self._changed:
            return
        recordings = [
            _Recording(
                item.session,
                item.source,
                item.room,
                dict(item.settled_us),
                item.done,
                item.log,
                item.opened_index,
            )
            for item in self._recordings.values()
        ]
        file = _File(_FORMAT, dict(self.cursors), recordings, self.languages, self.models)
        data = msgspec.json.encode(file)
        temporary = self._path.with_suffix(".tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            os.replace(temporary, self._path)
        except OSError as error:  # only work is lost: the log still says what was said
            logger.warning("cannot save positions: %s", error.strerror)
            return
        self._changed = False

    def _load(self) -> None:
        try:
            file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError):
            logger.warning("the positions file is unreadable; reading the whole log instead")
            return
        if file.format != _FORMAT:
            return
        self.cursors = dict(file.cursors)
        self.languages, self.models = file.languages, file.models
        for item in file.recordings:
            position = RecordingPosition(item.session, item.source, item.room)
            position.settled_us, position.done = item.settled_us, item.done
            position.log, position.opened_index = item.log, item.opened_index
            self._recordings[item.session, item.source] = position
