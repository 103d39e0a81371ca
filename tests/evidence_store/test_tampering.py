"""Every way to tamper with a package, and the finding that names it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence_store.checkpoint import sign_checkpoint
from evidence_store.entry import parse_entry
from evidence_store.merkle import HashTree
from evidence_store.package_layout import manifest_bytes
from evidence_store.report import Report
from evidence_store.signer import Ed25519Signer
from evidence_store.verify import verify_path
from tests.evidence_store.builder import CAMERA, SECOND, SESSION, START_US, all_files


def reseal(package: Path) -> None:
    """What a careful forger does: make both manifests fit again."""

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    names = {path.relative_to(package).as_posix(): path for path in all_files(package)}
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
    edit_line(package, "utterance", b'"model":"demo"', b'"model":"dem0"')
    payloads = package / "data/log/payloads.jsonl"
    payloads.write_text(payloads.read_text().replace("李某", "张某"))


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
