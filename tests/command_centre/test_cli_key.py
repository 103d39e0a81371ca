"""``duizhi key``: the ceremony from the root to a rotated log, as a person would do it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_centre.cli import main
from evidence_store.host_keys import open_host_keys
from evidence_store.sealed_key import PASSPHRASE_VARIABLE
from evidence_store.verify import verify_path
from tests.evidence_store.builder import make_store


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a settings file, a store with two logs, and a root's pass phrase."""
    (tmp_path / "duizhi.toml").write_text('[store]\ndirectory = "store"\n')
    make_store(tmp_path / "store", centre=True, host_keys=True)
    (tmp_path / "phrase").write_text("paper\n")
    (tmp_path / "phrase").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, expected: int = 0) -> str:
    assert main(["key", *words]) == expected
    said = capsys.readouterr()
    return said.out + said.err


def test_the_whole_ceremony(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_phrase = ("--passphrase-file", "phrase")
    made = run(
        capsys, "root", "--name", "unit.example/root", "--out", "safe/root.pem", *with_phrase
    )
    assert re.search(r"fingerprint \(SHA-256\): ([0-9a-f]{4} ){15}[0-9a-f]{4}\n", made)
    said = run(capsys, "certify", "--root", "safe/root.pem", *with_phrase)
    assert "recorder-1: duizhi.local/recorder-1 certified by unit.example/root" in said
    assert "centre: duizhi.local/centre certified" in said
    ended = open_host_keys(site / "store", "recorder-1").key_sha256
    said = run(capsys, "list")
    assert ended in said
    assert said.count("NOT encrypted") == 4
    assert said.count("certified by unit.example/root") == 2
    said = run(
        capsys, "rotate", "recorder-1", "--reason", "90", "--root", "safe/root.pem", *with_phrase
    )
    assert f"ended: {ended}" in said
    bad = ("compromised", "recorder-1", "--reason", "stolen", "--trusted-size", "3")
    run(capsys, *bad, "--key", ended)
    said = run(capsys, "check")
    assert "keys: all in order" in said
    assert "key_compromised" in said
    assert main(["verify", "store", "--key", "safe/root.pub.pem"]) == 0
    assert "certified by the unit's root" in capsys.readouterr().out
    run(capsys, *bad, "--key", open_host_keys(site / "store", "recorder-1").key_sha256, expected=2)


def test_files_are_encrypted_in_place(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no pass phrase" in run(capsys, "encrypt", expected=2)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, str(site / "phrase"))
    said = run(capsys, "encrypt")
    assert said.count(": encrypted\n") == 4
    assert run(capsys, "encrypt").count("encrypted already") == 4
    assert "NOT encrypted" not in run(capsys, "list")
    run(capsys, "rotate", "centre", "--reason", "90")
    assert ".sm2.pem" in run(capsys, "sm2")
    run(capsys, "rotate", "centre", "--reason", "90")
    assert run(capsys, "list").count("SM2 key id") == 2
    assert verify_path(site / "store").findings == []


def test_what_is_wrong_with_keys_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site / "store/recorder-1/log/checkpoint"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert "signature_wrong" in run(capsys, "check", expected=1)
    assert "cannot read" in run(capsys, "certify", "--root", "nothing.pem", expected=2)
    assert "cannot read" in run(
        capsys, "rotate", "recorder-1", "--reason", "x", "--root", "no.pem", expected=2
    )
