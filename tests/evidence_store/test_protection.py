"""What the verifier says of every second: who cosigned it, between which times, and the verdict."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evidence_store.durable import Disk
from evidence_store.report import Report
from evidence_store.verify import verify_path
from evidence_store.voucher_copy import chosen_heads
from evidence_store.voucher_files import (
    POLICIES,
    POLICY_FILE,
    head_files,
    keep_head,
    keep_policy,
    thin_heads,
)
from evidence_store.writer import Draft
from tests.evidence_store.builder import (
    SECOND,
    START_US,
    SessionScript,
    export,
    make_store,
    open_writer,
)
from tests.evidence_store.test_tampering import reseal
from tests.evidence_store.witnesses import Now, Party

START_S = START_US // SECOND
CAMERA = "room1-camera"
NAME = "s00000000000000000000"


def witnessed_store(store: Path, *, last: bool = True) -> Party:
    """One session of 8 s; a look before it, one in its middle and, with ``last``, one behind it."""
    writer, now = open_writer(store), Now(START_S - 60)
    party = Party(store, store.parent / f"{store.name}-witnesses", now, ["w1", "w2"])
    data = party.write_policy()
    party.look()
    script = SessionScript(writer, NAME)
    script.open()
    script.open_recording(CAMERA)
    for number in range(4):
        script.segment(CAMERA)
        script.tick(number)
        if number == 1:
            now.s = START_S + 5
            party.look()
    script.close_recording(CAMERA)
    script.close()
    now.s = START_S + 10
    if last:
        party.look()
    else:
        party.look("w1")
    body = {"sha256": hashlib.sha256(data).hexdigest()}
    writer.submit([Draft("witness.policy", "", "", body, START_US)]).result(timeout=30)
    writer.close()
    return party


@pytest.fixture
def store(quick_path: Path) -> Path:
    witnessed_store(quick_path / "store")
    return quick_path / "store"


def check(report: Report) -> None:
    assert report.findings == []
    [one] = report.seconds
    assert one.session == NAME
    spans = [(span.start_us - START_US, span.end_us - START_US) for span in one.spans]
    assert spans == [(0, 4 * SECOND), (4 * SECOND, 8 * SECOND)]
    for span, after, by in zip(one.spans, (-60, 5), (6, 11), strict=True):
        assert span.witnessed
        assert [word.by for word in span.cosigned] == ["w1", "w2"]
        for word in span.cosigned:
            assert word.not_before_us == START_US + after * SECOND
            assert word.not_after_us == START_US + by * SECOND
    [log] = [one for one in report.protection if one.origin == "duizhi.local/recorder-1"]
    assert log.quorum == "everybody"
    assert {one.by: one.heads for one in log.cosigned} == {"w1": 3, "w2": 3}


def test_a_store_says_for_each_second_who_saw_it_and_when(store: Path) -> None:
    report = verify_path(store)
    assert report.verdict == "complete"
    check(report)


def test_a_package_says_the_same_and_so_does_its_verify_py(store: Path) -> None:
    package = export(store, store.parent / "package", NAME)
    report = verify_path(package)
    assert report.verdict == "complete"
    check(report)
    done = run_verify_py(package, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["seconds"] == report.to_dict()["seconds"]
    text = run_verify_py(package).stdout
    assert "witnesses of duizhi.local/recorder-1: cosigned by w1 up to entry" in text
    assert "quorum everybody reached up to entry" in text


def run_verify_py(package: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *options],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_the_quorum_the_verdict_is_not_yet_witnessed(quick_path: Path) -> None:
    party = witnessed_store(quick_path / "store", last=False)
    package = export(quick_path / "store", quick_path / "package", NAME)
    for path in (quick_path / "store", package):
        report = verify_path(path)
        assert (report.verdict, report.exit_code) == ("not_yet_witnessed", 0)
        assert report.findings == []
        assert report.unwitnessed == [NAME]
        assert [span.witnessed for span in report.seconds[0].spans] == [True, False]
        assert verify_path(path, require_witness=True).exit_code == 3
        # A policy from elsewhere that asks for less is content.
        report = verify_path(path, policy=party.policy("any"), require_witness=True)
        assert (report.verdict, report.exit_code) == ("complete", 0)
    assert run_verify_py(package, "--require-witness").returncode == 3
    assert "NOT YET WITNESSED" in run_verify_py(package).stdout
    given = quick_path / "policy"
    given.write_bytes(party.policy("any"))
    assert run_verify_py(package, "--require-witness", "--policy", str(given)).returncode == 0


def test_a_store_without_policy_is_what_it_was_but_no_witness_is_vouched_for(
    quick_path: Path,
) -> None:
    store, _ = make_store(quick_path / "store")
    report = verify_path(store)
    assert (report.verdict, report.unwitnessed, report.seconds) == ("complete", [], [])
    assert verify_path(store, require_witness=True).exit_code == 3


def package_of(store: Path) -> Path:
    return export(store, store.parent / "package", NAME)


def resealed(package: Path) -> Report:
    """The report once the manifests were written anew, as an insider would."""
    reseal(package)
    return verify_path(package)


def test_a_head_of_another_tree_is_a_split_view(store: Path) -> None:
    package = package_of(store)
    other = store.parent / "other"
    witnessed_store(other)
    heads = [path for _, path in head_files(package / "data/log/witnessed")]
    theirs = head_files(other / "recorder-1/witnessed")
    # Another log of the same name and size, cosigned by the same witnesses.
    shutil.copy(theirs[-1][1], heads[-1])
    report = resealed(package)
    assert [one.code for one in report.findings] == ["split_view"]
    assert report.verdict == "altered"


def test_a_changed_cosignature_is_found(store: Path) -> None:
    package = package_of(store)
    path = head_files(package / "data/log/witnessed")[1][1]
    lines = path.read_bytes().split(b"\n")
    lines[-2] = lines[-2][:60] + bytes([lines[-2][60] ^ 1]) + lines[-2][61:]
    path.write_bytes(b"\n".join(lines))
    assert {one.code for one in resealed(package).findings} <= {"cosignature_wrong"}
    assert resealed(package).verdict == "altered"


def test_a_stripped_policy_is_found_because_the_log_names_it(store: Path) -> None:
    package = package_of(store)
    (package / "data/log/policy").unlink()
    shutil.rmtree(package / "data/log/witnessed")
    assert [one.code for one in resealed(package).findings] == ["policy_mismatch"]


def test_another_policy_is_found(store: Path) -> None:
    package = package_of(store)
    (package / "data/log/policy").write_bytes(b"quorum none\n")
    assert [one.code for one in resealed(package).findings] == ["policy_mismatch"]


def test_a_policy_from_elsewhere_must_know_the_log(store: Path) -> None:
    package = package_of(store)
    other = store.parent / "other"
    foreign = witnessed_store(other).policy()
    report = verify_path(package, policy=foreign)
    assert {one.code for one in report.findings} == {"policy_mismatch"}


def test_stripped_heads_leave_it_not_yet_witnessed(store: Path) -> None:
    package = package_of(store)
    shutil.rmtree(package / "data/log/witnessed")
    assert resealed(package).verdict == "not_yet_witnessed"


def test_a_log_rolled_back_behind_what_a_witness_saw_is_truncated(quick_path: Path) -> None:
    store, earlier = quick_path / "store", quick_path / "earlier"
    make_store(store)
    party = Party(store, quick_path / "witnesses", Now(START_S))
    party.write_policy()
    shutil.copytree(store, earlier)
    writer = open_writer(store)
    writer.submit([Draft("marker", "", "", {}, START_US)]).result(timeout=30)
    writer.close()
    party.look()
    shutil.copytree(store / "recorder-1/witnessed", earlier / "recorder-1/witnessed")
    assert [one.code for one in verify_path(earlier).findings] == ["log_truncated"]


def test_an_open_session_may_wait_for_the_next_round(quick_path: Path) -> None:
    store = quick_path / "store"
    writer = open_writer(store)
    party = Party(store, quick_path / "witnesses", Now(START_S))
    party.write_policy()
    script = SessionScript(writer, NAME)
    script.open()
    assert verify_path(store).verdict == "not_yet_witnessed"
    party.look()
    script.open_recording(CAMERA)
    script.segment(CAMERA)
    assert verify_path(store).verdict == "complete"
    writer.close()


def test_heads_are_thinned_but_never_the_first_nor_the_last(tmp_path: Path) -> None:
    for size in range(20):
        keep_head(Disk(), tmp_path, size, b"x")
    assert thin_heads(Disk(), tmp_path / "witnessed", kept=20) == 0
    assert thin_heads(Disk(), tmp_path / "witnessed", kept=10) == 5
    assert [size for size, _ in head_files(tmp_path / "witnessed")] == [
        0, 2, 4, 6, 8, *range(10, 20)
    ]  # fmt: skip


def test_a_package_takes_the_heads_that_matter() -> None:
    heads = dict.fromkeys((5, 10, 20, 30, 40, 50), b"a\n\n\xe2\x80\x94 w AAAAAAAA\n")
    heads[40] = b"a\n\n\xe2\x80\x94 v AAAAAAAA\n"
    assert chosen_heads(heads, 12, 25) == [10, 20, 30, 40, 50]
    assert chosen_heads(heads, 3, 4) == [5, 40, 50]
    assert chosen_heads({}, 3, 4) == []


# --- a policy that changed while a log's process was away -----------------------------------------


def changed_policy(store: Path) -> bytes:
    """The centre's log names a new policy, which is that of today; recorder-1 names the one before.

    Returns the one before.
    """
    before = (store / POLICY_FILE).read_bytes()
    keep_policy(Disk(), store, before)
    today = b"# since the morning\n" + before
    keep_policy(Disk(), store, today)
    body = {"sha256": hashlib.sha256(today).hexdigest(), "size": len(today)}
    writer = open_writer(store, "centre")
    writer.submit([Draft("witness.policy", "", "", body, START_US)]).result(timeout=30)
    writer.close()
    (store / POLICY_FILE).write_bytes(today)
    return before


@pytest.fixture
def two_logs(quick_path: Path) -> Path:
    store = quick_path / "store"
    writer = open_writer(store, "centre")
    writer.submit([Draft("marker", "", "", {}, START_US)]).result(timeout=30)
    writer.close()
    witnessed_store(store)
    return store


def test_a_log_whose_process_was_away_names_the_policy_before(two_logs: Path) -> None:
    before = changed_policy(two_logs)
    report = verify_path(two_logs)
    assert [one.code for one in report.findings] == []
    package = export(two_logs, two_logs.parent / "package", NAME)
    assert (package / "data/log/policy").read_bytes() == before
    assert verify_path(package).findings == []
    assert run_verify_py(package).returncode == 0


@pytest.mark.parametrize("how", ["gone", "weaker", "today", "today gone"])
def test_a_policy_that_no_log_names_is_found(two_logs: Path, how: str) -> None:
    before = changed_policy(two_logs)
    kept = two_logs / POLICIES / hashlib.sha256(before).hexdigest()
    weaker = before.replace(b"everybody all", b"everybody any")
    assert weaker != before
    if how == "gone":
        kept.unlink()
    elif how == "weaker":
        kept.write_bytes(weaker)
    elif how == "today":
        (two_logs / POLICY_FILE).write_bytes(weaker)
    else:
        (two_logs / POLICY_FILE).unlink()
    report = verify_path(two_logs)
    assert report.verdict == "altered"
    assert {one.code for one in report.findings} == {"policy_mismatch"}
