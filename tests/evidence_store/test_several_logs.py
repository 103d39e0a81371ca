"""Packages of sessions that lie in the logs of several recorders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

from evidence_store.fsck import fsck_store
from evidence_store.verify import verify_path
from tests.evidence_store.builder import export, open_writer, write_session

FIRST, SECOND = "s00000000000000000001", "s00000000000000000002"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two recorders with a session each."""
    path = tmp_path / "store"
    for name, session in (("recorder-1", FIRST), ("recorder-2", SECOND)):
        writer = open_writer(path, name)
        write_session(writer, session, gap=name == "recorder-2")
        writer.close()
    return path


@pytest.fixture
def package(store: Path, tmp_path: Path) -> Path:
    return export(store, tmp_path / "package", FIRST, SECOND)


def verify_py(package: Path) -> dict[str, object]:
    run = subprocess.run(
        [sys.executable, "-S", "verify.py", "--json"],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    value: dict[str, object] = json.loads(run.stdout)
    return value


def test_both_logs_are_in_the_package_and_prove_their_sessions(package: Path) -> None:
    assert bagit.Bag(str(package)).is_valid()
    report = verify_path(package)
    assert (report.verdict, report.findings) == ("complete_with_gaps", [])
    assert report.totals.recordings == 2
    assert report.totals.segments == 8
    assert report.log is not None
    assert report.log.origin == "duizhi.local/recorder-1"
    assert [log.origin for log in report.further_logs] == ["duizhi.local/recorder-2"]
    assert {span.state for one in report.per_source for span in one.spans} == {"proved", "gap"}
    assert verify_py(package) == report.to_dict() | {"target": str(package.resolve())}
    text = (package / "VERIFY.txt").read_text()
    assert "data/log-recorder-2" in text
    for log in (report.log, *report.further_logs):
        assert log.key_sha256 in text


def test_a_session_of_the_second_recorder_alone_has_one_log(store: Path, tmp_path: Path) -> None:
    package = export(store, tmp_path / "package", SECOND)
    report = verify_path(package)
    assert report.exit_code == 0
    assert report.log is not None
    assert report.log.origin == "duizhi.local/recorder-2"
    assert report.further_logs == []
    assert not list(package.glob("data/log-*"))


def test_every_key_can_be_asked_for(store: Path, package: Path) -> None:
    keys = [(store / f"keys/recorder-{n}.pub.pem").read_bytes() for n in (1, 2)]
    for target in (package, store):
        assert verify_path(target, keys=keys).exit_code == 0
        report = verify_path(target, keys=keys[:1])
        assert [finding.code for finding in report.findings] == ["key_mismatch"]


def test_an_altered_segment_of_the_second_log_is_named(package: Path) -> None:
    path = next(package.glob(f"data/media/{SECOND}/*/*.m4s"))
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    report = verify_path(package)
    assert report.verdict == "altered"
    assert {finding.session for finding in report.findings if finding.session} == {SECOND}


def test_a_log_taken_out_is_found(package: Path) -> None:
    shutil.rmtree(package / "data/log-recorder-2")
    report = verify_path(package)
    assert report.exit_code == 1
    codes = {finding.code for finding in report.findings}
    assert {"missing", "unlisted"} <= codes, "its media stand there and nothing names them"


def test_a_forged_second_log_proves_nothing(package: Path) -> None:
    path = package / "data/log-recorder-2" / "leaf-hashes"
    path.write_bytes(bytes(len(path.read_bytes())))
    report = verify_path(package)
    assert report.verdict == "altered"
    states = {one.session: {span.state for span in one.spans} for one in report.per_source}
    assert states[FIRST] == {"proved"}
    assert "proved" not in states[SECOND]


def test_one_session_in_two_logs_is_altered(store: Path, tmp_path: Path) -> None:
    package = export(store, tmp_path / "package", FIRST, SECOND)
    double = package / "data/log-recorder-3"
    shutil.copytree(package / "data/log-recorder-2", double)
    report = verify_path(package)
    assert report.verdict == "altered"
    assert any("opened twice" in finding.detail for finding in report.findings)


def test_the_store_itself_holds(store: Path) -> None:
    report = verify_path(store)
    assert report.exit_code == 0
    assert [log.origin for log in report.further_logs] == ["duizhi.local/recorder-2"]
    assert fsck_store(store).exit_code == 0
