"""Export packages: what is in them, and who can check them."""

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
from pathlib import Path
from typing import Any

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tlog_scales.tlog import InclusionProof

from evidence_store.bundle import VERIFIER_MODULES, verifier_source
from evidence_store.entry import parse_entry
from evidence_store.errors import PackageError, StoreFormatError
from evidence_store.export import zip_package
from evidence_store.merkle import leaf_hash
from evidence_store.proof import parse_proof
from evidence_store.signer import Ed25519Signer
from evidence_store.verify import verify_path
from tests.evidence_store.builder import (
    CAMERA,
    CASE,
    SECOND,
    SESSION,
    SessionScript,
    all_files,
    export,
    open_writer,
    write_session,
)

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
    assert "完整，有已申明的缺口" in run.stdout
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
    assert verify_path(package, keys=[good.read_bytes()]).exit_code == 0
    other = (tmp_path / "other.pub.pem").read_bytes()
    assert verify_path(package, keys=[other]).exit_code == 1
    assert verify_path(package, keys=[other, good.read_bytes()]).exit_code == 0
    assert verify_path(package, keys=[b"no key"]).exit_code == 2


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
    for found in ast.walk(ast.parse(verifier_source())):
        if isinstance(found, (ast.Import, ast.ImportFrom)):
            module = found.module if isinstance(found, ast.ImportFrom) else found.names[0].name
            assert (module or "").split(".")[0] in sys.stdlib_module_names


def test_verify_txt_of_a_package_without_media(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "store")
    script = SessionScript(writer, "s1")
    script.open()
    script.close()
    writer.close()
    text = (export(tmp_path / "store", tmp_path / "package", "s1") / "VERIFY.txt").read_text()
    assert "This package holds no media" in text
    assert "{" not in text.replace("{ xxd", "")
    assert "WHAT THIS PROVES" in text


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


def test_verifying_leaks_no_descriptors(package: Path, tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    zip_package(package, archive)
    (tmp_path / "text").write_text("no archive")
    verify_path(archive)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        for path in (package, archive, tmp_path / "text"):
            verify_path(path)
    assert len(os.listdir("/proc/self/fd")) == before


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
    for form in ("duizhi-package/999", "other/1", 7):
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"source":"room1-camera"', '"source":"../../../../"'),
        (f"media/{SESSION}/room1-camera/e001-init.mp4", "media/" + "../" * 11 + "x/e001-init.mp4"),
    ],
)
def test_an_altered_entry_cannot_lead_an_export_outside(
    made: Path, quick_path: Path, old: str, new: str
) -> None:
    shutil.copytree(made / "store", quick_path / "store")
    for tile in (quick_path / "store/recorder-1/log/tile/entries/000.p").iterdir():
        data = tile.read_bytes()
        assert len(old) == len(new)
        tile.write_bytes(data.replace(old.encode(), new.encode()))
    # the directory beside the package is ours alone; above it others come and go
    before = set(quick_path.rglob("*"))
    export(quick_path / "store", quick_path / "package", SESSION)
    package = quick_path / "package"
    assert all(path.is_relative_to(package) for path in set(quick_path.rglob("*")) - before)
    strays = [
        name
        for up in quick_path.parents
        for name in ("x", "e001-init.mp4", "e001-play.mp4")
        if (up / name).exists()
    ]
    assert strays == []
    assert verify_path(quick_path / "package").exit_code == 1


def verify_path_text(package: Path, case: dict[str, Any]) -> str:
    (package / "data/case.json").write_text(json.dumps({**case, "format": "duizhi-package/9"}))
    return verify_path(package).findings[0].detail
