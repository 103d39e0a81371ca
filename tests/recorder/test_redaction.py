"""Redacted copies: what they hide, when, and that they say what they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from evidence_store.store_format import ensure_format
from recorder.redaction import (
    LENGTH_US_MAX,
    Box,
    RedactionEpoch,
    RedactionLine,
    RedactionOrder,
    RedactionPlan,
    Region,
    Silence,
    boxes_at,
    plan_problem,
    silent_spans,
    wants_faces,
)
from recorder.redaction_picture import FaceFinder, NoFaceModel, hide
from tests.evidence_store.builder import SECOND, START_US, open_writer
from tests.evidence_store.real_media import PlayedSession, clips

BOX = Box(at_us=START_US, x=0, y=50, w=1000, h=150)


def region(**changes: object) -> Region:
    stated = {"start_us": START_US, "end_us": START_US + SECOND, "reason": "隐私", "boxes": [BOX]}
    return Region(**{**stated, **changes})  # type: ignore[arg-type]


def plan(**changes: object) -> RedactionPlan:
    stated = {"start_us": START_US, "end_us": START_US + 4 * SECOND, "regions": [region()]}
    return RedactionPlan(**{**stated, **changes})  # type: ignore[arg-type]


def test_a_region_moves_in_a_straight_line_and_stands_outside() -> None:
    boxes = [
        Box(START_US + SECOND, 100, 0, 100, 100),
        Box(START_US + 3 * SECOND, 300, 200, 200, 100),
    ]
    moving = plan(regions=[region(end_us=START_US + 9 * SECOND, boxes=boxes)])
    assert boxes_at(moving, START_US) == [(100, 0, 100, 100)]
    assert boxes_at(moving, START_US + 2 * SECOND) == [(200, 100, 150, 100)]
    assert boxes_at(moving, START_US + 8 * SECOND) == [(300, 200, 200, 100)]
    assert boxes_at(moving, START_US + 9 * SECOND) == []
    assert not wants_faces(moving, START_US)
    assert wants_faces(plan(regions=[region(faces=True)]), START_US)


def test_silence_is_cut_to_the_stretch() -> None:
    quiet = plan(silences=[Silence(START_US + SECOND, START_US + 2 * SECOND, "姓名")])
    assert silent_spans(quiet, START_US, START_US + SECOND) == []
    assert silent_spans(quiet, START_US + SECOND // 2, START_US + 3 * SECOND) == [
        (SECOND // 2, 3 * SECOND // 2)
    ]


@pytest.mark.parametrize(
    "bad",
    [
        plan(end_us=START_US),
        plan(end_us=START_US + LENGTH_US_MAX + 1),
        plan(regions=[]),
        plan(regions=[region(reason=" ")]),
        plan(regions=[region(boxes=[])]),
        plan(regions=[region(boxes=[Box(START_US, 900, 0, 200, 10)])]),
        plan(regions=[region(end_us=START_US)]),
        plan(regions=[region()] * 65),
        plan(regions=[region(boxes=[BOX] * 2001)]),
    ],
)
def test_plans_that_are_refused(bad: RedactionPlan) -> None:
    assert plan_problem(bad)
    assert not plan_problem(plan())


def test_a_hidden_place_shows_no_detail() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    outside = picture[:, 200:].copy()
    hide(picture, (50, 60, 100, 100))
    hide(picture, (-40, -40, 20, 20))  # outside the picture: nothing to do
    assert picture[60:160, 50:150].std() < 25
    assert (picture[:, 200:] == outside).all()


def test_faces_need_a_model(tmp_path: Path) -> None:
    with pytest.raises(NoFaceModel, match="no face model"):
        FaceFinder(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(NoFaceModel, match="no YuNet model"):
        FaceFinder(tmp_path / "bad.onnx")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("redaction")
    mp4, _ = clips(top, 4)
    ensure_format(top / "store")
    writer = open_writer(top / "store")
    session = PlayedSession(writer, "s1")
    session.open()
    session.begin("cam", "摄像机")
    session.stretch("cam", mp4, 4)
    session.close_recording("cam")
    session.close()
    writer.close()
    return top / "store"


def make(store: Path, out: Path, stated: RedactionPlan, **changes: object) -> RedactionLine:
    """Run the worker as the centre does; returns its last line."""
    media = store / "recorder-1/media/s1/cam"
    names = [f"media/s1/cam/{path.name}" for path in sorted(media.glob("e001-0*"))]
    order = RedactionOrder(
        store=str(store),
        log="recorder-1",
        epochs=[RedactionEpoch("media/s1/cam/e001-init.mp4", names, START_US)],
        plan=stated,
        out=str(out),
        title="派生件 dv-1，非原始录像",
        label="派生件 已遮挡 DERIVED",
        **changes,  # type: ignore[arg-type]
    )
    run = subprocess.run(
        [sys.executable, "-m", "recorder.redaction_worker"],
        input=msgspec.json.encode(order) + b"\n",
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.stderr == b""
    return msgspec.json.decode(run.stdout.splitlines()[-1], type=RedactionLine)


def test_the_copy_hides_what_the_plan_says_and_nothing_else(store: Path, tmp_path: Path) -> None:
    # the red square runs at height 20 to 36 of 240; the tone sounds for 0.1 s in each second
    stated = plan(
        regions=[region(end_us=START_US + 2 * SECOND)],
        silences=[Silence(START_US + 900_000, START_US + 1_200_000, "姓名")],
    )
    line = make(store, tmp_path / "out.mp4", stated)
    assert line.result is not None, line.error
    assert (line.result.pictures, line.result.hidden_pictures) == (100, 50)
    assert line.result.size == (tmp_path / "out.mp4").stat().st_size
    red, loud = _seen(tmp_path / "out.mp4"), _heard(tmp_path / "out.mp4")
    assert not any(red[10:48])
    assert all(red[55:75])
    assert [second for second in range(4) if loud[second]] == [0, 2, 3]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert "派生件" in container.metadata["title"]
        first = next(container.decode(video=0)).to_ndarray(format="gray")
        assert first[:15].mean() < 60  # the label's bar, over a white flash
        assert first[100].mean() > 200


def _seen(path: Path) -> list[bool]:
    """For each picture, whether something is clearly red."""
    found: list[bool] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            points = frame.to_ndarray(format="rgb24").astype(int)
            found.append(bool((points[:, :, 0] - points[:, :, 1] > 100).any()))
    return found


def _heard(path: Path) -> list[bool]:
    """For each second, whether its first tenth is loud."""
    parts: list[np.ndarray] = []
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        for frame in container.decode(audio=0):
            parts.append(frame.to_ndarray()[0])
    sound = np.concatenate(parts)
    at = [sound[n * rate + rate // 50 : n * rate + rate // 12] for n in range(4)]
    return [bool(np.abs(part).max() > 0.05) for part in at]


def test_what_cannot_be_made_says_why(store: Path, tmp_path: Path) -> None:
    faces = plan(regions=[region(boxes=[], faces=True)])
    line = make(store, tmp_path / "a.mp4", faces, face_model=str(tmp_path / "none.onnx"))
    assert line.error is not None
    assert line.error["code"] == "no_face_model"
    line = make(store, tmp_path / "b.mp4", plan(regions=[]))
    assert line.error is not None
    assert line.error["code"] == "bad_plan"
