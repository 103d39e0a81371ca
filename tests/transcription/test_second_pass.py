"""A closed session heard again from a store: what cannot be read is never taken for silence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.transcriber_messages import LanguageSwitch
from evidence_store.writer import FileWrite
from tests.evidence_store.builder import SESSION, START_US, SessionScript, open_writer
from tests.transcription.fakes import ToneEngine
from tests.transcription.sound import beep, segments
from transcription.errors import RecordingUnreadable
from transcription.second_order import Order
from transcription.second_pass import second_pass

SOURCE = "room1-camera"
MEDIA = f"recorder-1/media/{SESSION}/{SOURCE}"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A closed session of four words, in segments of two seconds."""
    writer = open_writer(tmp_path)
    script = SessionScript(writer, SESSION)
    script.open()
    opened = {"source": SOURCE, "name": "", "source_kind": "microphone", "channels": ["unknown"]}
    script.append("recording.open", opened)
    init, parts = segments(np.concatenate([beep(2), beep(3), beep(4), beep(5)]))
    _file(script, "media.init", "e001-init.mp4", init, {"epoch": 1, "mime": "video/mp4"})
    for number, part in enumerate(parts, 1):
        times = {"start_us": START_US + part.start_us, "duration_us": part.duration_us}
        said = {"epoch": 1, "number": number, **times}
        _file(script, "media.segment", f"e001-{number:06d}.m4s", part.data, said)
    script.append("session.close", {"reason": "done"})
    writer.close()
    return tmp_path


def _file(script: SessionScript, kind: str, name: str, data: bytes, said: dict[str, Any]) -> None:
    written = FileWrite(f"media/{SESSION}/{SOURCE}/{name}", data)
    script.append(kind, {"source": SOURCE, **said}, written)


def words(
    store: Path, session: str = SESSION, language: str = "zh", *switches: tuple[int, str]
) -> Iterator[str]:
    """What is heard again, one word a sentence."""
    order = Order(
        store=str(store),
        logs=["recorder-1"],
        session=session,
        model="",
        language=language,
        default="zh",
        switches=[LanguageSwitch(from_us=at, language=to) for at, to in switches],
    )
    for said in second_pass(ToneEngine(language), order):
        yield said.words[0].text


def test_everything_is_heard(store: Path) -> None:
    assert list(words(store)) == ["2", "3", "4", "5"]


def test_only_the_spans_of_its_language_are_heard(store: Path) -> None:
    switches = (START_US + 1_050_000, "en"), (START_US + 3 * 1_100_000, "zh")
    assert list(words(store, SESSION, "zh", *switches)) == ["2", "5"]
    assert list(words(store, SESSION, "en", *switches)) == ["3", "4"]
    assert list(words(store, SESSION, "und", *switches)) == ["2", "3", "4", "5"]
    assert list(words(store, SESSION, "en")) == []


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_segment_that_cannot_be_read_is_no_silence(store: Path, damage: str) -> None:
    segment = store / MEDIA / "e001-000002.m4s"
    segment.unlink() if damage == "missing" else segment.write_bytes(b"\0" * 64)
    heard = words(store)
    assert next(heard) == "2"
    with pytest.raises(RecordingUnreadable, match="1 segments"):
        list(heard)


def test_without_its_init_no_segment_can_be_read(store: Path) -> None:
    (store / MEDIA / "e001-init.mp4").unlink()
    with pytest.raises(RecordingUnreadable, match="segments cannot be read"):
        list(words(store))


def test_a_log_that_cannot_be_read_is_no_session_without_sound(store: Path) -> None:
    with pytest.raises(RecordingUnreadable, match="no log tells of it"):
        list(words(store, "s-other"))
    for place in ("tile/entries", "wal"):
        shutil.rmtree(store / "recorder-1" / "log" / place)
    with pytest.raises(RecordingUnreadable, match="recorder-1 cannot be read"):
        list(words(store))
