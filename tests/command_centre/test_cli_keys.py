"""``duizhi unit-key`` and ``duizhi retention``, on a store without a running centre."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from command_centre.cli import main
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.context import database_path
from command_centre.log_note import note_act
from config.settings import load
from evidence_store.errors import SealedKeyMissing
from evidence_store.reader import LogReader
from evidence_store.sealed_media import SealedMedia
from evidence_store.sealer import Sealer
from evidence_store.session_key import MACHINE_FILE
from tests.evidence_store.builder import ORIGIN, SESSION, open_writer, write_session

ROOT = Path(__file__).resolve().parents[2]
FILE = f"media/{SESSION}/room1-camera/e001-000001.m4s"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a settings file; commands run in it."""
    (tmp_path / "duizhi.toml").write_text('[store]\ndirectory = "store"\n')
    (tmp_path / "password").write_text("long enough\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _entries(site: Path, kind: str) -> list[dict[str, Any]]:
    found = LogReader(site / "store/centre/log").opened(0, 100)
    return [one["body"] for one in map(json.loads, found) if one["kind"] == kind]


def _made(site: Path) -> None:
    assert main(["unit-key", "make", "--custodians", "3", "--out", "shares"]) == 0
    root = site / "store/recorder-1"
    writer = open_writer(site / "store", sealer=Sealer.of_store(root, ORIGIN, "auto"))
    write_session(writer, SESSION)
    writer.close()


def _recover(*shares: int) -> int:
    files = [x for n in shares for x in ("--share", f"shares/unit-share-{n}.txt")]
    return main(["unit-key", "recover", *files, "--reason", "换机"])


def test_two_custodians_give_a_new_machine_its_recordings_back(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _made(site)
    said = capsys.readouterr().out
    assert "any 2 open" in said
    assert [path.stat().st_mode & 0o777 for path in (site / "shares").iterdir()] == [0o600] * 3
    assert main(["unit-key", "list"]) == 0
    fingerprint = capsys.readouterr().out.split()[1]
    assert fingerprint in said
    store = site / "store"
    clear = SealedMedia(store).read("recorder-1", FILE)
    (store / MACHINE_FILE).unlink()
    with pytest.raises(SealedKeyMissing):
        SealedMedia(store).read("recorder-1", FILE)
    assert _recover(1) == 2  # one is not enough
    assert _recover(2, 2) == 2
    assert not (store / MACHINE_FILE).exists()
    assert _recover(3, 1) == 0
    assert SealedMedia(store).read("recorder-1", FILE) == clear
    (body,) = _entries(site, "key.recovered")
    assert (body["custodians"], body["reason"], body["unit"]) == ([1, 3], "换机", fingerprint)
    assert body["sessions"] == [SESSION]
    secrets = [
        path.read_text().split("share ")[1].split()[0] for path in (site / "shares").iterdir()
    ]
    log = b"".join(LogReader(store / "centre/log").opened(0, 100)).decode()
    assert not any(secret in log for secret in secrets)


def test_what_cannot_be_made_says_why(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["unit-key", "make", "--custodians", "1", "--out", "shares"]) == 2
    assert "2 <= need <= custodians" in capsys.readouterr().err
    _made(site)
    assert main(["unit-key", "make", "--custodians", "3", "--out", "shares"]) == 2
    assert "exists" in capsys.readouterr().err
    assert main(["unit-key", "make", "--custodians", "3", "--out", "others"]) == 2
    assert "already" in capsys.readouterr().err
    (site / "shares/unit-share-1.txt").write_text("nonsense")
    assert _recover(1, 2) == 2
    assert "no share" in capsys.readouterr().err


def _person(site: Path, account: str, role: str = "manager") -> list[str]:
    file = ["--password-file", str(site / "password")]
    who = ["--name", account.upper(), "--role", role, "--all-cases"]
    assert main(["user", "add", account, *who, *file]) == 0
    return ["--account", account, *file]


def test_holds_are_placed_and_lifted_by_named_people(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["case", "load", str(ROOT / "config/demo/story.json")]) == 0
    lin = _person(site, "lin")
    case = ["--case", "case-2026-014"]
    assert main(["retention", "hold", *case, "--reason", "检察院调取", *lin]) == 0
    hold = capsys.readouterr().out.rpartition("hold ")[2].split()[0]
    assert main(["retention", "list"]) == 0
    listed = capsys.readouterr().out
    assert f"held: {hold}, LIN: 检察院调取" in listed
    assert main(["retention", "lift", "ho-none", "--reason", "x", *lin]) == 2
    assert main(["retention", "lift", hold, "--reason", "已归还", *lin]) == 0
    (site / "password").write_text("another one\n")
    assert main(["retention", "hold", *case, "--reason", "x", *lin]) == 2
    assert "wrong" in capsys.readouterr().err
    assert [one["by_name"] for one in _entries(site, "hold.placed")] == ["LIN"]
    assert [one["reason"] for one in _entries(site, "hold.lifted")] == ["已归还"]


def test_destroying_takes_two_people(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["case", "load", str(ROOT / "config/demo/story.json")]) == 0
    lin, admin = _person(site, "lin"), _person(site, "admin", "administrator")
    shen = _person(site, "shen", "auditor")
    _made(site)
    with Database(database_path(site / "store")) as database:
        row = {"id": SESSION, "case_id": "case-2026-014", "room_id": "room1"}
        database.write_now(
            lambda writing: writing.execute(
                schema.session.insert().values(**row, opened_us=1, closed_us=2)
            )
        )
    end = ["retention", "destroy", SESSION]
    assert main([*end, *lin]) == 2
    assert "nobody proposes" in capsys.readouterr().err
    body = {"proposal": "re-1", "session": SESSION, "case": "case-2026-014", "category": "simple"}
    proposed = {**body, "until_us": 1, "by": "system"}
    asyncio.run(note_act(load(site / "duizhi.toml"), "retention.proposed", proposed))
    assert main([*end, *admin]) == 2
    assert "a manager of the case confirms it first" in capsys.readouterr().err
    assert main([*end, *shen]) == 2
    assert "needs the role" in capsys.readouterr().err
    assert main([*end, *lin]) == 0
    assert "a second person" in capsys.readouterr().out
    assert main([*end, *lin]) == 2
    assert main([*end, *admin]) == 0
    assert "two people" in capsys.readouterr().out
    assert main(["retention", "list"]) == 0
    listed = capsys.readouterr().out
    assert f"{SESSION}  encrypted; until " in listed
    assert "proposed, confirmed by 2 of 2" in listed
    assert len(_entries(site, "retention.confirmed")) == 2
    assert SealedMedia(site / "store").read("recorder-1", FILE)  # the service destroys, not this
