"""The command: its help, its exit statuses, and administration on a store without a centre."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from command_centre.cli import main
from evidence_store.reader import LogReader

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "config" / "demo" / "story.json"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a settings file; commands run in it."""
    (tmp_path / "duizhi.toml").write_text('[store]\ndirectory = "store"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _password(site: Path, text: str = "long enough") -> str:
    (site / "password").write_text(text + "\n")
    return str(site / "password")


def _add(site: Path, account: str = "lin") -> int:
    return main(
        ["user", "add", account, "--name", "林某某", "--role", "manager"]
        + ["--password-file", _password(site)]
    )


def test_every_command_of_the_readme_exists_and_the_other_way_round() -> None:
    written = set(re.findall(r"^duizhi ([\w-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    help_text = subprocess.run(
        [sys.executable, "-m", "command_centre.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    offered = set(re.findall(r"^    ([\w-]+)(?:  |$)", help_text, re.MULTILINE))
    assert written == offered


def test_accounts_are_made_listed_and_logged(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["user", "list"]) == 0
    assert "duizhi user add" in capsys.readouterr().out
    assert _add(site) == 0
    assert main(["user", "list"]) == 0
    assert re.search(r"lin\s+林某某\s+manager", capsys.readouterr().out)
    reader = LogReader(site / "store" / "centre" / "log")
    entries = [json.loads(e) for e in reader.opened(0, 100)]
    created = [e for e in entries if e["kind"] == "account.create"]
    assert [e["body"]["account"] for e in created] == ["lin"]
    assert "long enough" not in json.dumps(entries)


def test_what_cannot_be_done_says_why_and_exits_2(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _add(site) == 0
    assert _add(site) == 2
    assert "lin" in capsys.readouterr().err
    short = ["--password-file", _password(site, "short")]
    assert main(["user", "password", "lin", *short]) == 2
    assert "8" in capsys.readouterr().err
    assert main(["user", "password", "nobody", "--password-file", _password(site)]) == 2
    assert "duizhi user list" in capsys.readouterr().err
    assert main(["device", "token", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
    assert main(["case", "load", str(site / "absent.json")]) == 2
    assert "absent.json" in capsys.readouterr().err
    (site / "case.json").write_text("[1]")
    assert main(["case", "load", str(site / "case.json")]) == 2
    assert "JSON object" in capsys.readouterr().err


def test_a_case_is_loaded_and_a_source_gets_a_token_that_is_not_kept(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["case", "load", str(STORY)]) == 0
    assert main(["device", "list"]) == 0
    assert "room1-camera" in capsys.readouterr().out
    assert main(["device", "token", "bodycam-02"]) == 0
    out = capsys.readouterr().out
    assert "/whip/bodycam-02" in out
    token = re.search(r"token\s+(\S+)", out)
    assert token is not None
    everything = b"".join(f.read_bytes() for f in (site / "store").rglob("*") if f.is_file())
    assert token[1].encode() not in everything


def test_verify_and_fsck_of_what_is_no_store_exit_2(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "empty").mkdir()
    for command in ("verify", "fsck"):
        assert main([command, str(site / "absent")]) == 2
        assert main([command, str(site / "empty")]) == 2
    capsys.readouterr()
    assert main(["verify", str(site / "absent"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "unreadable"


def test_a_store_of_a_newer_format_is_refused(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _add(site) == 0
    (site / "store" / "FORMAT").write_text('{"format":"duizhi-store/9"}')
    assert _add(site, "other") == 2
    assert "duizhi-store/9" in capsys.readouterr().err


def test_mistakes_in_the_settings_file_are_named(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "duizhi.toml").write_text("[centre]\nhttps_prot = 1\n")
    assert main(["user", "list"]) == 2
    assert "https_prot" in capsys.readouterr().err


def test_a_benchmark_prints_one_line_of_json() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "command_centre.cli", "bench", "append", "5", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    (line,) = run.stdout.splitlines()
    assert json.loads(line)["ratio"] > 0


def test_an_unknown_benchmark_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "nope"]) == 2
    assert "append" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["comparison", "picture", "prompts", "verify"])
def test_what_a_benchmark_takes_is_told_and_held(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", name, "--help"]) == 0
    assert f"duizhi bench {name}" in capsys.readouterr().out
    for wrong in ("x", "0", "-3", "1.5", "²"):
        assert main(["bench", name, wrong]) == 2
        assert "usage" in capsys.readouterr().err


def test_a_camera_is_added_pulled_checked_and_its_password_stays_secret(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["case", "load", str(STORY)]) == 0
    add = ["device", "add", "room1-side", "--room", "room1", "--kind", "room_camera"]
    assert main([*add, "--name", "侧面摄像机", "--speakers", "none"]) == 0
    assert main([*add, "--name", "侧面摄像机"]) == 2
    assert "already" in capsys.readouterr().err
    assert main([*add[:2], "Bad Id", *add[3:], "--name", "x"]) == 2
    assert main([*add[:2], "room9-x", "--room", "room9", "--kind", "drone", "--name", "x"]) == 2
    pull = ["device", "pull", "room1-side", "--from"]
    for wrong in ("http://cam/", "rtsp://admin:hunter22@127.0.0.1/x"):
        assert main([*pull, wrong]) == 2
    assert "hunter22" not in capsys.readouterr().err
    assert main(["device", "check", "room1-side"]) == 2
    secret = _password(site, "camera secret 1")
    port = _free_port()
    address = f"rtsp://127.0.0.1:{port}/stream"
    assert main([*pull, address, "--user", "admin", "--password-file", secret]) == 0
    assert main(["device", "list"]) == 0
    out = capsys.readouterr().out
    assert address in out
    assert "camera secret" not in out
    assert main(["device", "check", "room1-side"]) == 1
    assert "nobody answers" in capsys.readouterr().out
    reader = LogReader(site / "store" / "centre" / "log")
    entries = b"".join(reader.opened(0, 100))
    assert b"source.pull" in entries
    assert b"camera secret" not in entries
    assert (site / "store" / "centre" / "centre.sqlite").stat().st_mode & 0o077 == 0
    assert main(["device", "pull", "room1-side", "--off"]) == 0
    assert main(["device", "pull", "room1-side", "--off"]) == 2
    assert main(["device", "pull", "nothing", "--from", address]) == 2


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
