"""Time stamps by a real authority (``openssl ts``), kept, packed, and verified by others' tools."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.demo_outside import AUTHORITY
from command_centre.desk.rfc3161_authority import Authority
from command_centre.desk.vouchers import Vouchers
from command_centre.desk.vouching import VoucherState
from command_centre.local_authority import LocalAuthority
from config.clock import SystemClock
from config.recorders import CENTRE_LOG, log_origins
from config.settings import Settings, SettingsError, load
from evidence_store.durable import Disk
from evidence_store.errors import StampError, WitnessError
from evidence_store.own_witness import OwnWitness
from evidence_store.pack_command import report_text
from evidence_store.report import Report
from evidence_store.stamp_token import parse_stamp
from evidence_store.verify import verify_path
from evidence_store.voucher_files import STAMPS, stored_stamps, thin_stamps
from evidence_store.writer import Draft
from tests.command_centre.memory_log import MemoryLog
from tests.evidence_store.builder import SESSION, export, make_store, open_writer
from tests.evidence_store.test_tampering import reseal
from tests.fakes.memory_bus import Exchange

ORIGINS = log_origins("duizhi.local/recorder-1", 1)
RECORDER = "recorder-1"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    made = LocalAuthority(tmp_path_factory.mktemp("authority"))
    made.make()
    return made


@pytest.fixture
def store(tmp_path: Path) -> Path:
    make_store(tmp_path / "store")
    return tmp_path / "store"


def settings_for(store: Path, *authorities: str, roots: Path | None = None) -> Settings:
    stamp = {"authorities": list(authorities), "ca_file": str(roots or ""), "timeout_seconds": 20.0}
    return load(overrides={"store": {"directory": str(store)}, "stamp": stamp})


class Entries:
    """Writes the entries about stamps into the store's own log, as its recorder would."""

    def __init__(self, store: Path) -> None:
        self._writers = {log: open_writer(store, log) for log in (RECORDER,)}

    async def append(self, log: str, kind: str, body: dict[str, Any]) -> bool:
        if log not in self._writers:
            return False
        submitted = self._writers[log].submit([Draft(kind, "", "", body, 1)])
        await asyncio.wrap_future(submitted)
        return True

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


@contextlib.asynccontextmanager
async def vouchers(
    settings: Settings, told: list[VoucherState]
) -> AsyncIterator[tuple[Vouchers, MemoryLog]]:
    log, clock = MemoryLog(), SystemClock()
    own = OwnWitness(settings.store_path, CENTRE_LOG, ORIGINS)
    entries = Entries(settings.store_path)
    try:
        part = Vouchers(settings, Exchange().bus(), log, clock, own, told.append)
        part.stamping._entries = entries  # type: ignore[assignment]
        yield part, log
    finally:
        entries.close()
        own.close()


async def stamp(
    store: Path, authority: LocalAuthority, *, rounds: int = 1, name: str = "tsa"
) -> None:
    async with authority.serving() as url:
        settings = settings_for(store, f"{name} {url}", roots=authority.roots)
        async with vouchers(settings, []) as (part, _):
            for _ in range(rounds):
                await part.stamping.round()


@pytest.mark.parametrize("name", ["tsa", AUTHORITY])
async def test_a_stamp_is_kept_logged_and_told_of_every_second(
    store: Path, authority: LocalAuthority, name: str
) -> None:
    await stamp(store, authority, rounds=2, name=name)  # the second has nothing to stamp
    stamps = stored_stamps(store / RECORDER)
    assert len(stamps.tokens) == len(stamps.heads) == 1
    package = export(store, store.parent / "package", SESSION)
    for path in (store, package):
        report = verify_path(path)
        assert (report.verdict, report.findings) == ("complete", [])
        [log] = report.protection
        [voucher] = log.stamped
        assert (voucher.by, voucher.heads, voucher.signed) == (name, 1, True)
        (token,) = stamps.tokens.values()
        assert int(voucher.serial, 16) == parse_stamp(token).serial
        assert [[one.by for one in span.stamped] for span in report.seconds[0].spans] == [[name]]
        [said] = report.seconds[0].spans[0].stamped
        assert (said.not_after_us, said.serial) == (voucher.last_us, voucher.serial)
    assert await asyncio.to_thread(run_verify_py, package) == report.to_dict()["protection"]


def run_verify_py(package: Path) -> Any:
    command = [sys.executable, "-I", "-S", "verify.py", "--json"]
    done = subprocess.run(command, cwd=package, capture_output=True, timeout=120, check=False)
    return json.loads(done.stdout)["protection"]


async def test_verify_txt_has_a_block_for_openssl_and_it_works(
    store: Path, authority: LocalAuthority
) -> None:
    without = export(store, store.parent / "without", SESSION)
    assert "openssl ts" not in (without / "VERIFY.txt").read_text()
    await stamp(store, authority)
    package = export(store, store.parent / "package", SESSION)
    blocks = re.findall(r"(?:^    .*\n)+", (package / "VERIFY.txt").read_text(), re.MULTILINE)
    [block] = [one for one in blocks if "openssl ts" in one]

    def follow() -> str:
        run = ["sh", "-c", block]
        return subprocess.run(run, cwd=package, capture_output=True, text=True, check=False).stdout

    said = await asyncio.to_thread(follow)
    assert said.startswith("Verification: OK\nTime stamp: ")
    [path] = (package / "data/log/stamps").glob("*.checkpoint")
    path.write_bytes(path.read_bytes() + b"\n")
    assert "Verification: OK" not in await asyncio.to_thread(follow)


async def test_roots_from_elsewhere_decide(
    store: Path, authority: LocalAuthority, tmp_path: Path
) -> None:
    await stamp(store, authority)
    package = export(store, store.parent / "package", SESSION)
    other = LocalAuthority(tmp_path / "other")
    other.make()
    right = verify_path(package, anchors=authority.roots.read_bytes())
    assert right.findings == []
    wrong = verify_path(package, anchors=other.roots.read_bytes())
    assert [one.code for one in wrong.findings] == ["stamp_wrong"]


async def test_without_a_root_it_is_said_that_the_signature_was_not_checked(
    store: Path, authority: LocalAuthority
) -> None:
    async with authority.serving() as url, vouchers(settings_for(store, f"tsa {url}"), []) as made:
        await made[0].stamping.round()
    package = export(store, store.parent / "package", SESSION)
    report = verify_path(package)
    assert report.findings == []
    assert [one.signed for one in report.protection[0].stamped] == [False]
    assert "imprint right, signature not checked" in report_text(report)


async def tampered(store: Path, authority: LocalAuthority) -> tuple[Path, Path]:
    await stamp(store, authority)
    package = export(store, store.parent / "package", SESSION)
    [token] = (package / "data/log/stamps").glob("*.tsr")
    return package, token


def codes(package: Path) -> list[str]:
    reseal(package)
    report: Report = verify_path(package)
    assert report.verdict == "altered"
    return [one.code for one in report.findings]


async def test_a_changed_token_or_head_is_found(store: Path, authority: LocalAuthority) -> None:
    package, token = await tampered(store, authority)
    data = token.read_bytes()
    token.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))  # the last byte of the signature
    assert codes(package) == ["stamp_wrong"]
    token.write_bytes(data)
    head = token.with_suffix(".checkpoint")
    note = head.read_bytes()
    head.write_bytes(note.replace(b"recorder-1\n", b"recorder-2\n", 1))
    assert codes(package) == ["stamp_wrong"]
    head.unlink()
    assert codes(package) == ["stamp_wrong"]


async def test_a_stamp_over_another_tree_is_found(
    store: Path, authority: LocalAuthority, tmp_path: Path
) -> None:
    package, token = await tampered(store, authority)
    other, _ = make_store(tmp_path / "other")
    await stamp(other, authority)
    [theirs] = (other / RECORDER / STAMPS).glob("*.tsr")
    assert theirs.name == token.name
    shutil.copy(theirs, token)
    shutil.copy(theirs.with_suffix(".checkpoint"), token.with_suffix(".checkpoint"))
    assert codes(package) == ["stamp_wrong"]


async def test_a_lost_authority_is_an_entry_and_a_state_and_comes_back(
    store: Path, authority: LocalAuthority
) -> None:
    told: list[VoucherState] = []
    settings = settings_for(store, "tsa http://127.0.0.1:9/", roots=authority.roots)
    async with vouchers(settings, told) as (part, log):
        await part.stamping.round()
        assert [(one.name, one.kind, one.state) for one in told] == [("tsa", "stamp", "lost")]
        assert [kind for kind in log.kinds() if kind != "witness.policy"] == ["stamp.lost"]
        async with authority.serving() as url:
            part.stamping._authorities = (
                Authority("tsa", url, 20.0, authority.roots.read_bytes()),
            )
            await part.stamping.round()
        assert [one.state for one in told] == ["lost", "ok"]
        assert log.kinds()[-1] == "stamp.back"


async def test_what_is_no_good_reply_is_refused(authority: LocalAuthority, tmp_path: Path) -> None:
    other = LocalAuthority(tmp_path / "other")
    other.make()
    async with authority.serving() as url:
        stranger = Authority("tsa", url, 20.0, other.roots.read_bytes())
        with pytest.raises(WitnessError, match="not trusted"):
            await stranger.stamp(b"data")
        with pytest.raises(StampError, match="did not grant"):
            parse_stamp(await Authority("tsa", url, 20.0)._post(b"nonsense"))
        old = await Authority("tsa", url, 20.0, authority.roots.read_bytes()).stamp(b"other data")
    replay = Replay(old.reply)
    with pytest.raises(WitnessError, match="over something else"):
        await replay.stamp(b"data")
    with pytest.raises(WitnessError, match="another question"):
        await replay.stamp(b"other data")


class Replay(Authority):
    """An authority that gives an old reply."""

    def __init__(self, reply: bytes) -> None:
        super().__init__("tsa", "http://127.0.0.1:9/", 5.0)
        self._reply = reply

    async def _post(self, query: bytes) -> bytes:
        return self._reply


@pytest.mark.parametrize(
    "authorities",
    [["tsa"], ["tsa ftp://x/"], ["a http://x/", "a http://y/"], [f"{n} http://x/" for n in "abc"],
     ["centre http://x/"]],
)  # fmt: skip
async def test_wrong_authorities_in_the_settings_are_refused(
    store: Path, authorities: list[str]
) -> None:
    with pytest.raises(SettingsError, match="authorities"):
        async with vouchers(settings_for(store, *authorities), []):
            pass


def test_every_cut_and_many_flips_of_a_reply_are_our_error_or_another_token(
    authority: LocalAuthority, tmp_path: Path
) -> None:
    (tmp_path / "data").write_bytes(b"data")
    query = ["openssl", "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query"]
    subprocess.run(query, cwd=tmp_path, check=True, capture_output=True, timeout=30)
    reply = authority.reply((tmp_path / "query").read_bytes())
    token = parse_stamp(reply)
    assert len(token.certificates) == 1
    for length in range(len(reply)):
        with pytest.raises(StampError):
            parse_stamp(reply[:length])
    for at in range(0, len(reply), 3):
        changed = bytearray(reply)
        changed[at] ^= 0x41
        with contextlib.suppress(StampError):
            parse_stamp(bytes(changed))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_stamp_or_our_error(data: bytes) -> None:
    with contextlib.suppress(StampError):
        parse_stamp(data)


def test_stamps_are_thinned_with_their_heads(tmp_path: Path) -> None:
    folder = tmp_path / STAMPS
    folder.mkdir()
    for size in range(20):
        for name in (f"{size}.tsr", f"{size}-2.tsr", f"{size}.checkpoint"):
            (folder / name).write_bytes(b"x")
    assert thin_stamps(Disk(), tmp_path, kept=10) == 5
    assert sorted(stored_stamps(tmp_path).heads) == [0, 2, 4, 6, 8, *range(10, 20)]
    assert len(stored_stamps(tmp_path).tokens) == 30
