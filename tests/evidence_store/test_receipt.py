"""Receipts: one spelling, of one sealed session, found wrong beside anything else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.entry import parse_entry
from evidence_store.errors import ReceiptError
from evidence_store.reader import LogReader
from evidence_store.receipt import Receipt, parse_receipt
from evidence_store.receipt_maker import Sealed, make_receipt
from evidence_store.verify import verify_path
from tests.evidence_store.builder import SESSION, export, open_writer, write_session

OTHER = "s2222222222222222222b"


def receipt_of(store: Path, session: str = SESSION) -> Receipt:
    reader = LogReader(store / "recorder-1/log")
    entries = map(parse_entry, reader.entries(0, reader.checkpoint().size))
    at = {entry.kind: entry.seq for entry in entries if entry.session == session}
    return make_receipt(reader, Sealed(at["session.open"], at["key.session"], at["session.seal"]))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions, sealed."""
    store = tmp_path_factory.mktemp("receipt") / "store"
    writer = open_writer(store, host_keys=True, session_keys=True)
    write_session(writer, SESSION)
    write_session(writer, OTHER)
    writer.close()
    return store


def test_a_receipt_fits_its_session_in_store_and_package(store: Path, tmp_path: Path) -> None:
    receipt = receipt_of(store)
    assert parse_receipt(receipt.text) == receipt
    assert parse_receipt(f" https://check.example/check#{receipt.text}\n") == receipt
    package = export(store, tmp_path / "package", SESSION)
    for place in (store, package):
        report = verify_path(place, receipts=[receipt])
        assert report.findings == []
        assert [one.session for one in report.notices if one.code == "receipt"] == [SESSION]


def test_the_program_in_the_package_checks_it_alone(store: Path, tmp_path: Path) -> None:
    package = export(store, tmp_path / "package", SESSION)
    own, other = receipt_of(store).text, receipt_of(store, OTHER).text

    def run(line: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "verify.py", "--json", "--receipt", line]
        return subprocess.run(
            command, cwd=package, capture_output=True, text=True, timeout=60, check=False
        )

    good = run(own)
    assert good.returncode == 0
    assert "receipt" in [one["code"] for one in json.loads(good.stdout)["notices"]]
    absent = run(other)
    assert absent.returncode == 1
    assert [one["code"] for one in json.loads(absent.stdout)["findings"]] == ["missing"]
    assert run(own[:-1]).returncode == 2


def test_the_same_session_sealed_otherwise_is_found(store: Path, tmp_path: Path) -> None:
    """Another recording under the same name: signed by keys that are good in themselves."""
    forged = tmp_path / "forged"
    writer = open_writer(forged, host_keys=True, session_keys=True)
    write_session(writer, SESSION)
    writer.close()
    assert verify_path(forged).findings == []
    report = verify_path(forged, receipts=[receipt_of(store)])
    assert [(one.code, one.session) for one in report.findings] == [("receipt", SESSION)]
    assert report.exit_code == 1


@pytest.mark.parametrize("change", ["times", "root"])
def test_what_the_seal_does_not_sign_is_compared(store: Path, change: str) -> None:
    receipt = receipt_of(store)
    changed = {
        "times": replace(receipt, closed_s=receipt.closed_s + 60),
        "root": replace(receipt, root=bytes(32)),
    }[change]
    report = verify_path(store, receipts=[parse_receipt(changed.text)])
    assert [one.code for one in report.findings] == ["receipt"]


@given(st.data())
def test_any_other_line_is_refused(store: Path, data: st.DataObject) -> None:
    line = receipt_of(store).text
    assert len(line) < 420
    signed = line.split("~")[:3] + line.split("~")[5:10]
    at = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.sampled_from("~A0z%-_#é\n"))
    changed = line[:at] + other + line[at + 1 :]
    try:
        parsed = parse_receipt(changed)
    except ReceiptError:
        return
    # times and head are not signed: they are compared with the log; nothing else may have changed
    assert parsed.text.split("~")[:3] + parsed.text.split("~")[5:10] == signed


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(ReceiptError):
        parse_receipt(text)


def test_an_open_session_has_none(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store, host_keys=True, session_keys=True)
    write_session(writer, SESSION)
    writer.close()
    reader = LogReader(store / "recorder-1/log")
    entries = map(parse_entry, reader.entries(0, reader.checkpoint().size))
    at = {entry.kind: entry.seq for entry in entries}
    with pytest.raises(ReceiptError, match="not under a checkpoint"):
        make_receipt(reader, Sealed(at["session.open"], at["key.session"], 10_000))
