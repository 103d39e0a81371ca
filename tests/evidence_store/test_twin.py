"""The twin tree with SM3: known answers, written by the real writer, verified, attacked."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store import sealer, twin_check
from evidence_store.checkpoint import parse_checkpoint
from evidence_store.errors import StoreDamaged
from evidence_store.fsck import fsck_store
from evidence_store.key_rotation import rotate_keys
from evidence_store.reader import LogReader
from evidence_store.sealer import Sealer
from evidence_store.sm2 import sm3
from evidence_store.sm3_twin import twin_leaf
from evidence_store.verify import verify_path
from evidence_store.writer import Draft
from tests.evidence_store.builder import (
    ORIGIN,
    SESSION,
    SOFTWARE,
    START_US,
    export,
    make_store,
    open_writer,
    write_session,
)

LOG = "recorder-1"
HEAD = "recorder-1/log/checkpoint.sm3"


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word, with SM3 in Python alone."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sm3(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:]))


def problems(path: Path) -> set[tuple[str, str]]:
    """Codes and files of the findings."""
    return {(one.code, Path(one.path).name) for one in verify_path(path).findings}


def make_gm_store(path: Path, *, centre: bool = False) -> Path:
    """A closed store with one session and gm on."""
    writer = open_writer(path, gm=True, session_keys=True)
    write_session(writer, SESSION)
    writer.close()
    if centre:
        acts = open_writer(path, "centre", gm=True)
        body = {"case": "case-2026-014", "by": "m"}
        acts.submit([Draft("case.create", "", "", body, START_US)]).result(timeout=30)
        acts.close()
    return path


@pytest.fixture(scope="module")
def gm_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gm_store(tmp_path_factory.mktemp("gm") / "store", centre=True)


@pytest.fixture(scope="module")
def gm_package(gm_store: Path) -> Path:
    return export(gm_store, gm_store.parent / "package", SESSION)


@pytest.fixture
def package(gm_package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gm_package, tmp_path / "package"))


@pytest.fixture
def store(gm_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gm_store, tmp_path / "store"))


def test_known_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """GM/T 0004-2012, annex A, by the library, by hashlib and in Python."""
    known = {
        b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    }
    for has in (True, False):
        monkeypatch.setattr(twin_check, "_LIBRARY_HAS_SM3", has)
        for data, digest in known.items():
            assert twin_check.sm3_digest(data).hex() == digest
        assert twin_check.sm3_leaf(b"entry") == twin_leaf(b"entry") == sm3(b"\x00entry")


def test_the_twin_is_the_tree_over_the_entries(gm_store: Path) -> None:
    reader = LogReader(gm_store / LOG / "log")
    size = reader.checkpoint().size
    head = parse_checkpoint((gm_store / HEAD).read_bytes())
    assert (head.origin, head.size) == (f"{ORIGIN}/sm3", size)
    assert head.root == root_of([sm3(b"\x00" + entry) for entry in reader.entries(0, size)])
    assert head.note.count("— ".encode()) == 2


def test_a_clean_store_and_package(gm_store: Path, gm_package: Path) -> None:
    for path in (gm_store, gm_package):
        report = verify_path(path)
        assert report.findings == []
        assert report.exit_code == 0
    assert fsck_store(gm_store).findings == []
    for folder in ("log", "centre-log"):
        assert (gm_package / "data" / folder / "checkpoint.sm3").exists()
        assert (gm_package / "data" / folder / "leaf-hashes.sm3").exists()
    command = [sys.executable, "-I", "-S", str(gm_package / "verify.py"), str(gm_package), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert done.returncode == 0
    assert json.loads(done.stdout)["findings"] == []


def test_verify_txt_shows_how_to_hash_a_leaf(gm_package: Path) -> None:
    text = (gm_package / "VERIFY.txt").read_text(encoding="utf-8")
    block = text[text.index("国密孪生树") :].split("\n\n")[1]
    done = subprocess.run(["sh", "-c", block], cwd=gm_package, capture_output=True, timeout=30)
    assert done.stdout == b"SM3 leaf is right\n"


def test_media_are_named_by_sm3(gm_store: Path, tmp_path: Path) -> None:
    named = 0
    for line in LogReader(gm_store / LOG / "log").entries(0, 1000):
        entry = json.loads(line)
        if entry["kind"] in ("media.init", "media.segment"):
            data = (gm_store / LOG / entry["body"]["path"]).read_bytes()
            assert entry["body"]["sm3"] == sm3(data).hex()
            named += 1
    assert named == 5


def test_a_media_file_with_another_sm3_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if SHA-256 had been broken: its digest is right, that of SM3 is not."""
    monkeypatch.setattr(sealer, "sm3_of", lambda data: sm3(data + b"x"))
    store = make_gm_store(tmp_path / "store")
    package = export(store, tmp_path / "package", SESSION)
    for top in (store, package):
        found = verify_path(top).findings
        assert len(found) == 5
        assert {(one.code, one.source) for one in found} == {("altered", "room1-camera")}


def test_encrypted_media_are_not_opened_for_it(tmp_path: Path) -> None:
    store = tmp_path / "store"
    keeper = Sealer.of_store(store / LOG, ORIGIN, "machine")
    writer = open_writer(store, gm=True, session_keys=True, sealer=keeper)
    write_session(writer, SESSION)
    writer.close()
    for top, told in (
        (store, True),
        (export(store, tmp_path / "blind", SESSION, sealed=True), True),
        (export(store, tmp_path / "clear", SESSION), False),
    ):
        report = verify_path(top)
        assert report.findings == []
        assert ("sm3_not_computed" in {one.code for one in report.notices}) == told


def test_without_sm3_in_the_library(gm_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin_check, "_LIBRARY_HAS_SM3", False)
    report = verify_path(gm_package)
    assert report.findings == []
    assert "sm3_not_computed" in {one.code for one in report.notices}


def test_restarts(store: Path) -> None:
    """In order with the noted edge, and unclean, also without the mark, over a full tile."""
    for number in range(3):
        writer = open_writer(store, gm=True, session_keys=True)
        write_session(writer, f"s-more-{number}", segments=40)
        writer.close()
        assert verify_path(store).findings == []
        if number == 1:
            (store / LOG / "log/wal/clean").unlink()
        if number == 0:
            mark = store / LOG / "log/wal/clean"
            value = json.loads(mark.read_bytes())
            value["sm3"] = [node[::-1] for node in value["sm3"]]
            mark.write_text(json.dumps(value))  # only costs a longer start
    reader = LogReader(store / LOG / "log")
    assert (size := reader.checkpoint().size) > 256
    head = parse_checkpoint((store / HEAD).read_bytes())
    assert head.root == root_of([sm3(b"\x00" + entry) for entry in reader.entries(0, size)])


def test_an_unclean_stop_between_twin_and_checkpoint(store: Path, tmp_path: Path) -> None:
    """The twin is ahead by a group: it verifies, exports, and the next writer goes on."""
    log = store / LOG / "log"
    before = (log / "checkpoint").read_bytes()
    writer = open_writer(store, gm=True, session_keys=True)
    writer.close()
    (log / "checkpoint").write_bytes(before)
    (log / "wal/clean").unlink()
    assert verify_path(store).findings == []
    assert verify_path(export(store, tmp_path / "package", SESSION)).findings == []
    writer = open_writer(store, gm=True, session_keys=True)
    writer.close()
    assert verify_path(store).findings == []


def test_a_head_the_entries_do_not_lead_to_is_damage(store: Path) -> None:
    data = (store / HEAD).read_text().split("\n")
    data[2] = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    (store / HEAD).write_text("\n".join(data))
    with pytest.raises(StoreDamaged, match="do not lead to the root"):
        open_writer(store, gm=True)


def test_two_directories(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    for name in ("s-one", "s-two"):
        writer = open_writer(tmp_path / "store", gm=True, session_keys=True, mirrors=[mirror / LOG])
        write_session(writer, name)
        writer.close()
    assert (mirror / HEAD).read_bytes() == (tmp_path / "store" / HEAD).read_bytes()
    assert verify_path(tmp_path / "store").findings == []


def test_rotation_keeps_the_twin(store: Path) -> None:
    rotate_keys(store, LOG, ORIGIN, SOFTWARE, reason="yearly", gm=True)
    assert verify_path(store).findings == []
    writer = open_writer(store, gm=True, session_keys=True)
    writer.close()
    assert verify_path(store).findings == []


def test_switched_on_and_off(tmp_path: Path) -> None:
    """On: the twin covers the log from its first entry. Off again: stated, and not demanded."""
    store, _ = make_store(tmp_path / "store", host_keys=True)
    assert not (store / HEAD).exists()
    assert not list((store / "keys").glob("*.sm2*"))
    assert b'"sm3"' not in b"".join(LogReader(store / LOG / "log").entries(0, 1000))
    plain = export(store, tmp_path / "plain", SESSION)
    assert not list(plain.rglob("*.sm3"))
    open_writer(store, gm=True).close()
    on = export(store, tmp_path / "on", SESSION)
    assert (on / "data/log/leaf-hashes.sm3").stat().st_size % 32 == 0
    assert verify_path(on).findings == verify_path(store).findings == []
    open_writer(store, host_keys=True).close()
    off = export(store, tmp_path / "off", SESSION)
    assert not list(off.rglob("*.sm3"))
    assert verify_path(off).findings == verify_path(store).findings == []
    open_writer(store, gm=True).close()
    assert verify_path(store).findings == []


def swap_root(data: bytes) -> bytes:
    lines = data.split(b"\n")
    lines[2] = base64.b64encode(hashlib.sha256(b"other").digest())
    return b"\n".join(lines)


def drop_line(number: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        text, lines = data.split(b"\n\n")
        kept = lines.split(b"\n")
        del kept[number]
        return text + b"\n\n" + b"\n".join(kept)

    return change


def swap_leaves(data: bytes) -> bytes:
    return data[32:64] + data[:32] + data[64:]


@pytest.mark.parametrize("change", [swap_root, drop_line(0), drop_line(1)])
def test_attacks_on_the_head(store: Path, package: Path, change: Callable[[bytes], bytes]) -> None:
    """Another root; the Ed25519 line stripped; the SM2 line stripped."""
    for top, name in ((store, HEAD), (package, "data/log/checkpoint.sm3")):
        path = top / name
        path.write_bytes(change(path.read_bytes()))
        assert ("signature_wrong", "checkpoint.sm3") in problems(top)


def test_attacks_on_the_files(store: Path, package: Path, gm_package: Path) -> None:
    (store / HEAD).unlink()
    assert problems(store) == {("missing", "checkpoint.sm3")}
    head, leaves = package / "data/log/checkpoint.sm3", package / "data/log/leaf-hashes.sm3"
    centre = package / "data/centre-log/checkpoint.sm3"
    good = {path: path.read_bytes() for path in (head, leaves, centre)}
    for change in (swap_leaves, lambda data: data[:-32], lambda data: data + bytes(32)):
        leaves.write_bytes(change(good[leaves]))
        assert ("altered", "leaf-hashes.sm3") in problems(package)
    leaves.unlink()
    assert ("missing", "leaf-hashes.sm3") in problems(package)
    leaves.write_bytes(good[leaves])
    for path in (head, centre):
        path.unlink()
        assert ("missing", "checkpoint.sm3") in problems(package)
        path.write_bytes(good[path])
    head.write_bytes(good[centre])  # another log's twin
    assert ("signature_wrong", "checkpoint.sm3") in problems(package)
    head.write_bytes(good[head])
    assert problems(package) == set()


def test_an_older_head_is_found(store: Path) -> None:
    before = (store / HEAD).read_bytes()
    open_writer(store, gm=True, session_keys=True).close()
    (store / HEAD).write_bytes(before)
    assert problems(store) == {("log_truncated", "checkpoint.sm3")}


def test_a_twin_nobody_stated_is_found(tmp_path: Path, gm_package: Path) -> None:
    store, _ = make_store(tmp_path / "store", host_keys=True)
    plain = export(store, tmp_path / "plain", SESSION)
    shutil.copy(gm_package / "data/log/checkpoint.sm3", plain / "data/log/checkpoint.sm3")
    assert ("unlisted", "leaf-hashes.sm3") in problems(plain)
