"""Export packages: what is in them, who can check them, and every way to tamper with one."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tlog_scales.tlog import InclusionProof

from evidence_store.bundle import VERIFIER_MODULES, verifier_source
from evidence_store.checkpoint import sign_checkpoint
from evidence_store.entry import parse_entry
from evidence_store.errors import PackageError, StoreFormatError
from evidence_store.export import export_package, zip_package
from evidence_store.merkle import HashTree, leaf_hash
from evidence_store.package_layout import manifest_bytes
from evidence_store.proof import parse_proof
from evidence_store.report import Report
from evidence_store.signer import Ed25519Signer
from evidence_store.verify import verify_path
from tests.evidence_store.builder import (
    SECOND,
    START_US,
    SessionScript,
    make_store,
    open_writer,
    write_session,
)

CASE = {"id": "case-2026-014", "number": "渭应急案〔2026〕14号", "name": "某油库"}
SESSION = "s00000000000000000000"
CAMERA = f"data/media/{SESSION}/room1-camera"


def export(store: Path, out: Path, *sessions: str, **options: Any) -> Path:
    case = options.pop("case", CASE)
    export_package(store, out, sessions=sessions, case=case, reason="移送", by="auditor", **options)
    return out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store and the package of its first session; copied, never changed."""
    top = tmp_path_factory.mktemp("made")
    store, names = make_store(top / "store", sessions=2, centre=True, gap=True)
    export(store, top / "package", names[0])
    return top


@pytest.fixture
def package(made: Path, quick_path: Path) -> Path:
    """A copy to tamper with."""
    shutil.copytree(made / "package", quick_path / "package")
    return quick_path / "package"


def reseal(package: Path) -> None:
    """What a careful forger does: make both manifests fit again."""
    import hashlib

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    files = [path for path in package.rglob("*") if path.is_file()]
    names = {path.relative_to(package).as_posix(): path for path in files}
    payload = {name: digest(path) for name, path in names.items() if name.startswith("data/")}
    (package / "manifest-sha256.txt").write_bytes(manifest_bytes(payload))
    tags = {
        name: digest(path)
        for name, path in names.items()
        if not name.startswith("data/") and not name.startswith("tagmanifest")
    }
    (package / "tagmanifest-sha256.txt").write_bytes(manifest_bytes(tags))


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


# --- what is in a package ------------------------------------------------------------------------


def test_a_package_is_complete_and_says_what_it_is(package: Path) -> None:
    progress: list[float] = []
    report = verify_path(package, progress=progress.append)
    assert (report.verdict, report.exit_code, report.findings) == ("complete_with_gaps", 0, [])
    assert progress[-1] == 1.0
    assert progress == sorted(progress)
    totals = report.totals
    assert (totals.recordings, totals.segments, totals.gaps) == (1, 4, 1)
    assert totals.elapsed_us == totals.recorded_us + totals.gap_us + totals.pause_us == 11 * SECOND
    (source,) = report.per_source
    assert [(span.state, span.end_us - span.start_us) for span in source.spans] == [
        ("proved", 4 * SECOND),
        ("gap", 3 * SECOND),
        ("proved", 4 * SECOND),
    ]
    value = json.loads(report.to_json())
    assert value["per_source"][0]["open"] is False
    assert value["log"]["origin"] == "duizhi.local/recorder-1"
    case = json.loads((package / "data/case.json").read_text())
    assert case["case"] == CASE
    assert case["sessions"][0]["people"][0]["name"] == "张某"
    assert case["log"]["root"] == value["log"]["root"]


def test_the_package_is_a_bag(package: Path) -> None:
    assert bagit.Bag(str(package)).is_valid()


def test_only_the_session_and_the_log_itself_are_disclosed(package: Path) -> None:
    lines = (package / "data/log/entries.jsonl").read_bytes().split(b"\n")[:-1]
    entries = [parse_entry(line) for line in lines]
    assert {entry.session for entry in entries} == {"", SESSION}
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)
    leaves = (package / "data/log/leaf-hashes").read_bytes()
    assert len(leaves) > 32 * len(entries)
    centre = (package / "data/centre-log/entries.jsonl").read_bytes().split(b"\n")[:-1]
    assert [parse_entry(line).kind for line in centre] == ["log.open", "case.create", "access.case"]


def test_playable_copies_are_plain_concatenations(package: Path) -> None:
    parts = ["e002-init.mp4", "e002-000003.m4s", "e002-000004.m4s"]
    joined = b"".join((package / CAMERA / name).read_bytes() for name in parts)
    assert (package / CAMERA / "e002-play.mp4").read_bytes() == joined


def test_transcripts_say_what_was_said(package: Path) -> None:
    stem = package / "data/transcript" / f"{SESSION}-room1-camera"
    captions = stem.with_suffix(".vtt").read_text()
    assert captions.startswith("WEBVTT\n")
    assert (
        "00:00:03.000 --> 00:00:04.000\n<v interviewee>是李某安排我们进去的 &lt;确认&gt;"
        in captions
    )
    assert (
        "被询问人 interviewee: 是李某安排我们进去的 <确认>" in stem.with_suffix(".txt").read_text()
    )


def test_an_independent_implementation_accepts_the_proof_files(package: Path) -> None:
    lines = (package / "data/log/entries.jsonl").read_bytes().split(b"\n")[:-1]
    count = 0
    for line in lines:
        entry = parse_entry(line)
        path = package / f"data/log/proofs/{entry.seq}.tlog-proof"
        assert path.exists() == (entry.kind != "tick")
        if path.exists():
            proof = parse_proof(path.read_bytes())
            head = proof.checkpoint
            InclusionProof(proof.index, head.size, list(proof.path)).check(
                leaf_hash(line), head.root
            )
            count += 1
    assert count > 8


def test_several_sessions_one_of_them_still_open(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "store")
    write_session(writer, "s1")
    script = write_session(writer, "s2", source="room2-camera", close=False)
    export(tmp_path / "store", tmp_path / "package", "s1", "s2")
    report = verify_path(tmp_path / "package")
    assert (report.verdict, report.findings) == ("complete", [])
    assert [(notice.code, notice.session) for notice in report.notices] == [("session_open", "s2")]
    assert [(source.source, source.is_open) for source in report.per_source] == [
        ("room1-camera", False),
        ("room2-camera", True),
    ]
    assert report.per_source[1].end_us == script.t_us
    case = json.loads((tmp_path / "package/data/case.json").read_text())
    assert [session["open"] for session in case["sessions"]] == [False, True]
    writer.close()


def test_a_pause_is_no_gap_and_a_session_without_media_is_fine(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "store")
    script = SessionScript(writer, "s1")
    script.open()
    script.open_recording("cam")
    script.segment("cam")
    script.gap("cam", 60 * SECOND, pause=True)
    script.segment("cam")
    script.close_recording("cam")
    script.close()
    empty = SessionScript(writer, "s2")
    empty.open()
    empty.close()
    writer.close()
    export(tmp_path / "store", tmp_path / "package", "s1", "s2")
    report = verify_path(tmp_path / "package")
    assert (report.verdict, report.findings) == ("complete", [])
    assert report.totals.pause_us == 60 * SECOND
    assert [span.state for span in report.per_source[0].spans] == ["proved", "pause", "proved"]


def test_what_cannot_be_exported(made: Path, tmp_path: Path) -> None:
    store = made / "store"
    for sessions in ((), ("s9",), (SESSION, "s9")):
        with pytest.raises(PackageError):
            export(store, tmp_path / "out", *sessions)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(PackageError, match="exists already"):
        export(store, tmp_path / "taken", SESSION)
    with pytest.raises(PackageError, match="cannot export"):
        export(store, Path("/proc/none/out"), SESSION)
    with pytest.raises(StoreFormatError):
        export(tmp_path / "nothing", tmp_path / "out", SESSION)
    assert not (tmp_path / "out").exists()


def test_damage_in_the_store_is_exported_as_it_is_and_found(made: Path, quick_path: Path) -> None:
    shutil.copytree(made / "store", quick_path / "store")
    media = quick_path / "store/recorder-1/media" / SESSION / "room1-camera"
    (media / "e001-000001.m4s").unlink()
    (media / "e002-000003.m4s").write_bytes(b"other")
    export(quick_path / "store", quick_path / "package", SESSION)
    report = verify_path(quick_path / "package")
    assert {(finding.code, finding.path[-15:]) for finding in report.findings} == {
        ("missing", "e001-000001.m4s"),
        ("altered", "e002-000003.m4s"),
    }


# --- who can check it ----------------------------------------------------------------------------


def run_verify_py(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(package / "verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_verify_py_runs_alone_and_agrees(package: Path, tmp_path: Path) -> None:
    run = run_verify_py(package)
    assert (run.returncode, run.stderr) == (0, "")
    assert "完整，有已申报的间断" in run.stdout
    ours = json.loads(verify_path(package).to_json())
    assert json.loads(run_verify_py(package, "--json").stdout) == ours
    (package / CAMERA / "e001-000002.m4s").write_bytes(b"other")
    run = run_verify_py(package)
    assert run.returncode == 1
    assert f"- altered: {SESSION} room1-camera {CAMERA}/e001-000002.m4s" in run.stdout
    assert run_verify_py(package, str(tmp_path)).returncode == 2
    assert run_verify_py(package, "--key", str(tmp_path)).returncode == 2


def test_verify_py_checks_an_expected_key(package: Path, made: Path, tmp_path: Path) -> None:
    good = made / "store/keys/recorder-1.pub.pem"
    assert run_verify_py(package, "--key", str(good)).returncode == 0
    Ed25519Signer.generate(tmp_path / "other.pem")
    run = run_verify_py(package, "--key", str(tmp_path / "other.pub.pem"))
    assert run.returncode == 1
    assert "key_mismatch" in run.stdout
    assert verify_path(package, key=good.read_bytes()).exit_code == 0
    assert verify_path(package, key=(tmp_path / "other.pub.pem").read_bytes()).exit_code == 1
    assert verify_path(package, key=b"no key").exit_code == 2


def test_the_parts_of_verify_py_do_not_collide_and_need_only_the_standard_library() -> None:
    defined: dict[str, str] = {}
    directory = Path(sys.modules["evidence_store"].__file__ or "").parent
    for name in VERIFIER_MODULES:
        for node in ast.parse((directory / f"{name}.py").read_text()).body:
            names = [getattr(node, "name", "")]
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [ast.unparse(target) for target in targets]
            for item in filter(None, names):
                assert item not in defined, f"{item} in {name} and {defined[item]}"
                defined[item] = name
    for node in ast.walk(ast.parse(verifier_source())):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert (module or "").split(".")[0] in sys.stdlib_module_names


def test_a_stranger_follows_verify_txt_with_stock_tools(package: Path, tmp_path: Path) -> None:
    text = (package / "VERIFY.txt").read_text()
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    script = "".join(re.sub("^    ", "", block, flags=re.MULTILINE) for block in blocks)
    assert script.count("openssl") >= 3
    script = script.replace("python3 verify.py\n", "")
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)}

    def follow() -> tuple[str, str]:
        run = subprocess.run(
            ["sh"],
            input=script,
            cwd=package,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return run.stdout, run.stderr

    output, errors = follow()
    assert errors == ""
    fingerprint = json.loads((package / "data/case.json").read_text())["log"]["key_sha256"]
    assert fingerprint in text
    assert output.split("\n")[:-1] == [
        f"SHA2-256(stdin)= {fingerprint}",
        "Signature Verified Successfully",
        "entry names the file",
        "entry is in the signed log",
        "same bytes",
    ]
    assert list(tmp_path.iterdir()) == []
    assert verify_path(package).exit_code == 0  # nothing was written into the package
    # The same commands, after one byte of the example's segment was changed.
    path = package / CAMERA / "e001-000001.m4s"
    path.write_bytes(b"\x00" + path.read_bytes()[1:])
    output, errors = follow()
    assert f"{CAMERA}/e001-000001.m4s: FAILED" in output
    assert "entry names the file" not in output
    assert "same bytes" not in output


def test_a_zip_archive_verifies_like_the_directory(package: Path, tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    zip_package(package, archive)
    report = verify_path(archive)
    assert (report.verdict, report.findings) == ("complete_with_gaps", [])
    data = bytearray(archive.read_bytes())
    data[data.index((package / CAMERA / "e002-000004.m4s").read_bytes())] ^= 1
    archive.write_bytes(bytes(data))
    report = verify_path(archive)
    assert ("altered", f"{CAMERA}/e002-000004.m4s") in {
        (finding.code, finding.path) for finding in report.findings
    }
    with pytest.raises(PackageError):
        zip_package(package, tmp_path / "no" / "such" / "place.zip")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_never_passes_or_raises(
    made: Path, quick_path: Path, data: st.DataObject
) -> None:
    archive = quick_path / "package.zip"
    if not archive.exists():
        zip_package(made / "package", archive)
    good = archive.read_bytes()
    bad = bytearray(good)
    # Mostly the directory at the end of the archive, where its structure is.
    begin = data.draw(st.sampled_from([0, len(good) - 9_000]))
    where = data.draw(st.integers(begin, len(good) - 1))
    bad[where] ^= data.draw(st.integers(1, 255))
    bad = bad[: data.draw(st.sampled_from([len(good), len(good) - 1, where + 1]))]
    changed = quick_path / "changed.zip"
    changed.write_bytes(bytes(bad))
    report = verify_path(changed)
    if report.exit_code == 0:  # a byte that no reader of archives looks at, such as a time
        assert report.findings == []


def test_what_is_no_package(tmp_path: Path, package: Path) -> None:
    (tmp_path / "text").write_text("no archive")
    for path in (tmp_path, tmp_path / "text", tmp_path / "none"):
        assert verify_path(path).exit_code == 2
    case = json.loads((package / "data/case.json").read_text())
    for form in ("duizhi-package/2", "other/1", 7):
        (package / "data/case.json").write_text(json.dumps({**case, "format": form}))
        assert verify_path(package).exit_code == 2
    assert "verify.py it carries" in verify_path_text(package, case)
    for text in ("", "[]", "\x00"):
        (package / "data/case.json").write_text(text)
        assert verify_path(package).exit_code == 2


@pytest.mark.parametrize("fault", ["no bag", "twice", "encrypted"])
def test_archives_that_are_refused(package: Path, tmp_path: Path, fault: str) -> None:
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the name that is there twice
        for path in all_files(package):
            name = path.relative_to(package).as_posix()
            if fault != "no bag" or name != "bagit.txt":
                target.write(path, name)
        if fault == "twice":
            target.writestr("VERIFY.txt", "another")
    if fault == "encrypted":
        data = bytearray(archive.read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        archive.write_bytes(bytes(data))
    assert verify_path(archive).exit_code == 2


def test_an_altered_entry_cannot_lead_an_export_outside(made: Path, quick_path: Path) -> None:
    shutil.copytree(made / "store", quick_path / "store")
    for tile in (quick_path / "store/recorder-1/log/tile/entries/000.p").iterdir():
        data = tile.read_bytes()
        tile.write_bytes(data.replace(b'"source":"room1-camera"', b'"source":"../../../../"'))
    with pytest.raises(PackageError, match="outside"):
        export(quick_path / "store", quick_path / "package", SESSION)
    assert not (quick_path / "package").exists()


def verify_path_text(package: Path, case: dict[str, Any]) -> str:
    (package / "data/case.json").write_text(json.dumps({**case, "format": "duizhi-package/9"}))
    return verify_path(package).findings[0].detail


# --- tampering -----------------------------------------------------------------------------------


def all_files(package: Path) -> list[Path]:
    return sorted(path for path in package.rglob("*") if path.is_file())


def test_one_changed_byte_anywhere_is_found(package: Path) -> None:
    """First, middle and last byte of every file; no file of a package is uncovered."""
    for path in all_files(package):
        good = path.read_bytes()
        for where in {0, len(good) // 2, len(good) - 1}:
            bad = bytearray(good)
            bad[where] ^= 0x20
            path.write_bytes(bytes(bad))
            assert verify_path(package).exit_code != 0, f"{path.name} at {where}"
        path.write_bytes(good)
    assert verify_path(package).exit_code == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_found(made: Path, quick_path: Path, data: st.DataObject) -> None:
    package = quick_path / "package"
    if not package.exists():
        shutil.copytree(made / "package", package)
    path = data.draw(st.sampled_from(all_files(package)))
    good = path.read_bytes()
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(bad))
    try:
        assert verify_path(package).exit_code != 0, path.name
    finally:
        path.write_bytes(good)


def test_every_removed_or_added_file_is_found(package: Path) -> None:
    for path in all_files(package):
        good = path.read_bytes()
        path.unlink()
        assert verify_path(package).exit_code != 0, path.name
        path.write_bytes(good)
    extra = package / "data/log/extra"
    extra.write_bytes(b"x")
    assert codes(verify_path(package)) == {"unlisted"}
    extra.unlink()
    os.symlink(package / "VERIFY.txt", extra)
    assert verify_path(package).exit_code == 0  # a link is not a file of the package


def lines_of(package: Path) -> list[bytes]:
    return (package / "data/log/entries.jsonl").read_bytes().split(b"\n")[:-1]


def set_lines(package: Path, lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    (package / "data/log/entries.jsonl").write_bytes(data)


def index_of(package: Path, kind: str, nth: int = 0) -> int:
    kinds = [parse_entry(line).kind for line in lines_of(package)]
    return [index for index, found in enumerate(kinds) if found == kind][nth]


def drop_line(package: Path, kind: str, nth: int = 0) -> None:
    lines = lines_of(package)
    del lines[index_of(package, kind, nth)]
    set_lines(package, lines)


def edit_line(package: Path, kind: str, old: bytes, new: bytes, nth: int = 0) -> None:
    lines = lines_of(package)
    index = index_of(package, kind, nth)
    assert old in lines[index]
    lines[index] = lines[index].replace(old, new)
    set_lines(package, lines)


def change_segment(package: Path) -> None:
    (package / CAMERA / "e001-000002.m4s").write_bytes(b"other pictures")


def delete_segment(package: Path) -> None:
    (package / CAMERA / "e001-000002.m4s").unlink()


def swap_segments(package: Path) -> None:
    one, two = package / CAMERA / "e001-000001.m4s", package / CAMERA / "e001-000002.m4s"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def change_init(package: Path) -> None:
    (package / CAMERA / "e001-init.mp4").write_bytes(b"other init")


def cut_out_a_segment(package: Path) -> None:
    (package / CAMERA / "e002-000004.m4s").unlink()
    drop_line(package, "media.segment", 3)


def cut_out_words(package: Path) -> None:
    drop_line(package, "utterance")
    for path in (package / "data/transcript").iterdir():
        path.unlink()


def put_other_words(package: Path) -> None:
    edit_line(package, "utterance", "李某".encode(), "张某".encode())


def edit_transcript(package: Path) -> None:
    path = package / f"data/transcript/{SESSION}-room1-camera.txt"
    path.write_text(path.read_text().replace("李某", "张某"))


def add_transcript(package: Path) -> None:
    (package / "data/transcript/s9-x.txt").write_text("words nobody said")


def edit_copy(package: Path) -> None:
    (package / CAMERA / "e001-play.mp4").write_bytes(b"another film")


def remove_copy(package: Path) -> None:
    (package / CAMERA / "e001-play.mp4").unlink()


def edit_summary(package: Path) -> None:
    path = package / "data/case.json"
    path.write_text(path.read_text().replace("interviewee", "witness"))


def add_media(package: Path) -> None:
    (package / CAMERA / "e001-000099.m4s").write_bytes(b"more")


def move_time(package: Path) -> None:
    edit_line(package, "media.segment", b'"duration_us":2000000', b'"duration_us":9000000')


def hide_gap(package: Path) -> None:
    drop_line(package, "media.gap")


def repeat_entry(package: Path) -> None:
    lines = lines_of(package)
    set_lines(package, [*lines[:5], lines[4], *lines[5:]])


def reorder_entries(package: Path) -> None:
    lines = lines_of(package)
    set_lines(package, [*lines[:4], lines[5], lines[4], *lines[6:]])


def respell_entry(package: Path) -> None:
    edit_line(package, "utterance", b'{"body":', b'{ "body":')


def cut_last_line(package: Path) -> None:
    path = package / "data/log/entries.jsonl"
    path.write_bytes(path.read_bytes()[:-1])


def cut_leaves(package: Path) -> None:
    path = package / "data/log/leaf-hashes"
    path.write_bytes(path.read_bytes()[:-32])


def change_leaves(package: Path) -> None:
    path = package / "data/log/leaf-hashes"
    path.write_bytes(path.read_bytes()[:-32] + bytes(32))


def change_root(package: Path) -> None:
    path = package / "data/log/checkpoint"
    origin, size, root, *rest = path.read_text().split("\n")
    path.write_text(
        "\n".join([origin, size, root[:-2] + ("A=" if root[-2] != "A" else "E="), *rest])
    )


def strip_signature(package: Path) -> None:
    path = package / "data/log/checkpoint"
    path.write_text(path.read_text().split("\n\n")[0] + "\n\n")


def forge_with_another_key(package: Path) -> None:
    signer = Ed25519Signer.generate(package.parent / "forger.pem")
    leaves = (package / "data/log/leaf-hashes").read_bytes()
    tree = HashTree([leaves[i : i + 32] for i in range(0, len(leaves), 32)])
    head = sign_checkpoint(
        "duizhi.local/recorder-1", tree.size, tree.root(), signer.public_key_bytes, signer.sign
    )
    (package / "data/log/checkpoint").write_bytes(head.note)
    (package / "data/log/public-key.pem").write_bytes(signer.public_key_pem())
    shutil.rmtree(package / "data/log/proofs")


def spoil_key(package: Path) -> None:
    (package / "data/log/public-key.pem").write_text("no key")


def spoil_proof(package: Path) -> None:
    proofs = package / "data/log/proofs"
    (proofs / "2.tlog-proof").write_bytes((proofs / "0.tlog-proof").read_bytes())


def spoil_centre(package: Path) -> None:
    path = package / "data/centre-log/entries.jsonl"
    path.write_bytes(path.read_bytes().replace(b"access.case", b"access.none"))


def remove_log_file(name: str) -> Callable[[Path], None]:
    def remove(package: Path) -> None:
        (package / "data/log" / name).unlink()

    remove.__name__ = f"remove_{name}"
    return remove


ATTACKS: list[tuple[Callable[[Path], None], str]] = [
    (change_segment, "altered"),
    (delete_segment, "missing"),
    (swap_segments, "altered"),
    (change_init, "altered"),
    (cut_out_a_segment, "missing"),
    (cut_out_words, "missing"),
    (put_other_words, "altered"),
    (edit_transcript, "altered"),
    (add_transcript, "unlisted"),
    (edit_copy, "altered"),
    (remove_copy, "missing"),
    (edit_summary, "altered"),
    (add_media, "unlisted"),
    (move_time, "altered"),
    (hide_gap, "undeclared_gap"),
    (repeat_entry, "altered"),
    (reorder_entries, "altered"),
    (respell_entry, "altered"),
    (cut_last_line, "altered"),
    (cut_leaves, "log_truncated"),
    (change_leaves, "altered"),
    (change_root, "signature_wrong"),
    (strip_signature, "signature_wrong"),
    (forge_with_another_key, "key_mismatch"),
    (spoil_key, "altered"),
    (spoil_proof, "altered"),
    (spoil_centre, "altered"),
    (remove_log_file("checkpoint"), "missing"),
    (remove_log_file("leaf-hashes"), "missing"),
    (remove_log_file("entries.jsonl"), "missing"),
]


@pytest.mark.parametrize(
    ("attack", "code"), ATTACKS, ids=lambda item: getattr(item, "__name__", item)
)
def test_a_careful_forger_is_found(
    package: Path, attack: Callable[[Path], None], code: str
) -> None:
    """Manifests are made to fit after each attack, so only the signed log tells."""
    attack(package)
    reseal(package)
    report = verify_path(package)
    assert report.exit_code == 1
    assert code in codes(report)


def test_a_changed_segment_is_named_to_the_second(package: Path) -> None:
    change_segment(package)
    report = verify_path(package)
    (finding,) = report.findings
    assert finding.code == report.verdict == "altered"
    assert (finding.session, finding.source) == (SESSION, "room1-camera")
    assert finding.path == f"{CAMERA}/e001-000002.m4s"
    assert (finding.start_us, finding.end_us) == (START_US + 2 * SECOND, START_US + 4 * SECOND)
    states = [(span.state, span.start_us - START_US) for span in report.per_source[0].spans]
    assert states == [
        ("proved", 0),
        ("altered", 2 * SECOND),
        ("gap", 4 * SECOND),
        ("proved", 7 * SECOND),
    ]


def test_a_changed_init_segment_stands_for_its_whole_epoch(package: Path) -> None:
    change_init(package)
    (finding,) = verify_path(package).findings
    assert (finding.start_us, finding.end_us) == (START_US, START_US + 4 * SECOND)


def test_nothing_counts_as_proved_under_a_wrong_signature(package: Path) -> None:
    change_root(package)
    report = verify_path(package)
    assert {span.state for span in report.per_source[0].spans} == {"altered", "gap"}
