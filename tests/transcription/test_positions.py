from __future__ import annotations

import json
from pathlib import Path

import pytest

from transcription.positions import Positions


def entry(kind: str, body: dict[str, object], session: str = "s1") -> bytes:
    return json.dumps({"kind": kind, "session": session, "room": "room1", "body": body}).encode()


def said(end_us: int, speaker: str = "interviewee") -> bytes:
    return entry("utterance", {"source": "cam", "speaker": speaker, "end_us": end_us})


def test_utterances_of_the_log_settle_their_speaker(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.read_entry(entry("recording.open", {"source": "cam"}))
    for item in (said(500), said(900), said(700), said(300, "interviewer")):
        positions.read_entry(item)
    (one,) = positions.unfinished()
    assert one.settled_us == {"interviewee": 900, "interviewer": 300}


def test_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "transcriber" / "p.json"
    positions = Positions(path)
    positions.read_entry(said(500))
    positions.cursors["recorder-1"] = 7
    done = positions.recording("s0", "cam", "room1")
    positions.finish(done)
    positions.save()
    loaded = Positions(path)
    assert loaded.cursors == {"recorder-1": 7}
    assert [item.session for item in loaded.unfinished()] == ["s1"]
    assert loaded.recording("s1", "cam", "room1").settled_us == {"interviewee": 500}
    loaded.forget_done()
    assert loaded.recording("s0", "cam", "room1").done is False
    loaded.restart()
    assert loaded.cursors == {}
    assert loaded.unfinished() == []


@pytest.mark.parametrize("data", [b"", b"{", b'{"format":1}', b"\xff\xfe", b'{"format":9}'])
def test_a_damaged_file_only_costs_work(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(data)
    positions = Positions(path)
    assert positions.cursors == {}
    assert positions.unfinished() == []


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b"{}", b'{"kind":"utterance","session":"s","body":{}}', b"\xff"]
)
def test_an_odd_entry_is_skipped(tmp_path: Path, bad: bytes) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.read_entry(bad)
    assert all(item.settled_us == {} for item in positions.unfinished())


def test_an_unwritable_place_is_survived(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    positions = Positions(tmp_path / "file" / "p.json")
    positions.read_entry(said(500))
    positions.save()
    assert positions.unfinished()
