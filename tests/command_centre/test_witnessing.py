"""Rounds of witnessing with real logs, a real witness behind real HTTP, and the route by USB."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from command_centre import demo_outside
from command_centre.cli import main
from command_centre.desk.context import database_path
from command_centre.desk.opening import open_centre
from command_centre.desk.vouchers import Vouchers
from command_centre.desk.vouching import LogEntries, VoucherState, VoucherStates
from command_centre.desk.witnessing import Witness, Witnessing
from command_centre.own_witness_service import witness_service_of
from command_centre.witness_server import witness_server
from config.clock import SystemClock
from config.recorders import CENTRE_LOG, log_origins
from config.settings import Settings, SettingsError, load, to_toml
from evidence_store.checkpoint import parse_checkpoint
from evidence_store.cosigned_head import read_cosignatures
from evidence_store.cosigner import origin_hash
from evidence_store.errors import WitnessError
from evidence_store.note import VerifierKey
from evidence_store.own_witness import OwnWitness, log_keys
from evidence_store.policy import parse_policy
from evidence_store.verify import verify_path
from evidence_store.voucher_files import stored_heads, stored_policy
from evidence_store.witness_directory import WitnessDirectory, trust_logs
from evidence_store.writer import Draft, StoreWriter
from recorder.service import RecorderService
from tests.command_centre.centre import seeded_database
from tests.command_centre.memory_log import MemoryLog
from tests.evidence_store.builder import START_US, make_store, open_writer
from tests.fakes.memory_bus import Exchange

ORIGINS = log_origins("duizhi.local/recorder-1", 1)
RECORDER = "recorder-1"


def settings_for(store: Path, *outside: str, **witness: Any) -> Settings:
    return load(
        overrides={
            "store": {"directory": str(store), "minimum_free_bytes": 0, "stop_free_bytes": 0},
            "witness": {"outside": list(outside), "timeout_seconds": 5.0, **witness},
        }
    )


class Serving:
    """A witness behind HTTP on a port of its own, in a thread."""

    def __init__(self, directory: WitnessDirectory) -> None:
        self._directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        server = witness_server(self._directory, "127.0.0.1", self.port)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            wait_for(lambda: server.started)
            yield
        finally:
            server.should_exit = True
            thread.join(30)


def wait_for(fact: Callable[[], bool], timeout_s: float = 30.0) -> None:
    done = threading.Event()
    for _ in range(int(timeout_s / 0.02)):
        if fact():
            return
        done.wait(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[WitnessDirectory]:
    directory = WitnessDirectory(tmp_path / "outside", "witness.example/1")
    yield directory
    directory.close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    make_store(tmp_path / "store", centre=True)
    return tmp_path / "store"


def grow(store: Path, log: str = RECORDER) -> None:
    writer = open_writer(store, log)
    writer.submit([Draft("marker", "", "", {}, START_US)]).result(timeout=30)
    writer.close()


@contextlib.asynccontextmanager
async def vouchers(settings: Settings, told: list[VoucherState]) -> Any:
    """The centre's part with the recorder's witness on a bus, and a log of memory."""
    bus, clock = Exchange().bus(), SystemClock()
    own = OwnWitness(settings.store_path, CENTRE_LOG, ORIGINS)
    try:
        async with witness_service_of(settings, bus, RECORDER):
            part = Vouchers(settings, bus, MemoryLog(), clock, own, told.append)
            try:
                yield part
            finally:
                await part.close()
    finally:
        own.close()


@pytest.mark.parametrize("name", ["notary", demo_outside.WITNESS])
async def test_logs_cosign_each_other_and_an_outside_witness_both(
    store: Path, outside: WitnessDirectory, name: str
) -> None:
    serving = Serving(outside)
    for one in log_keys(store, ORIGINS):
        trust_logs(store.parent / "outside", [one.text])
    told: list[VoucherState] = []
    settings = settings_for(store, f"{name} {outside.keys[0].text} {serving.url}")
    with serving.running():
        async with vouchers(settings, told) as part:
            await part.settle()
            grow(store)
            await part.settle()
    policy = parse_policy(stored_policy(store) or b"")
    assert policy.quorum == b"outside"
    assert policy.urls == {name.encode(): serving.url}
    for log, expected in ((RECORDER, {"centre", name}), (CENTRE_LOG, {RECORDER, name})):
        heads = stored_heads(store / log)
        assert len(heads) == (2 if log == RECORDER else 1)
        for note in heads.values():
            found = read_cosignatures(parse_checkpoint(note), [*policy.witnesses.values()])
            names = {one.decode() for one, key in policy.witnesses.items()
                     if key in {one.cosigner for one in found}}  # fmt: skip
            assert names == expected
    report = await asyncio.to_thread(verify_path, store, require_witness=True)
    assert (report.verdict, report.exit_code, report.findings) == ("complete", 0, [])
    by = [{one.by for one in log.cosigned} for log in report.protection]
    assert len(by) == 2
    assert all(name in names for names in by)
    assert told == []
    assert {one.name: one.state for one in part.states.all()} == {
        RECORDER: "ok",
        CENTRE_LOG: "ok",
        name: "ok",
    }


class Away:
    """Entries go into the store's own logs, as far as their processes are there."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.away: set[str] = set()
        self.seen: list[tuple[str, list[str]]] = []  # what a verifier found before each entry

    async def append(self, log: str, kind: str, body: dict[str, Any]) -> bool:
        report = await asyncio.to_thread(verify_path, self.store)
        self.seen.append((log, [one.detail for one in report.findings]))
        if log in self.away:
            return False
        writer = open_writer(self.store, log)
        writer.submit([Draft(kind, "", "", body, START_US)]).result(timeout=30)
        writer.close()
        return True


async def test_at_no_moment_of_a_change_does_a_log_name_a_policy_that_is_not_there(
    store: Path,
) -> None:
    """Neither between the steps nor while a recorder is away."""
    entries = Away(store)
    states = VoucherStates(tuple(ORIGINS), cast(LogEntries, entries), SystemClock(), lambda _: None)

    def witnessing(*outside: Witness) -> Witnessing:
        return Witnessing(
            store, ORIGINS, outside, cast(LogEntries, entries), states, SystemClock(),
            quorum=1, interval_s=3600,
        )  # fmt: skip

    grow(store, CENTRE_LOG)
    await witnessing().round()
    first = stored_policy(store)
    key = VerifierKey("notary", 4, bytes(32))
    entries.away = {RECORDER}
    changed = witnessing(Witness("notary", None, key, "usb:"))
    await changed.round()
    assert stored_policy(store) != first
    findings = [found for _, found in entries.seen]
    assert findings == [[]] * len(findings)
    assert (await asyncio.to_thread(verify_path, store)).findings == []
    assert stored_policy(store, hashlib.sha256(first or b"").hexdigest()) == first
    entries.away = set()
    await changed.round()
    assert entries.seen[-1] == (RECORDER, [])
    assert (await asyncio.to_thread(verify_path, store)).findings == []


async def test_a_lost_witness_is_an_entry_and_a_state_and_nothing_stops(
    store: Path, outside: WitnessDirectory
) -> None:
    serving = Serving(outside)
    trust_logs(store.parent / "outside", [one.text for one in log_keys(store, ORIGINS)])
    told: list[VoucherState] = []
    settings = settings_for(store, f"notary {outside.keys[0].text} {serving.url}")
    async with vouchers(settings, told) as part:
        await part.settle()
        assert [(one.name, one.state) for one in told] == [("notary", "lost")]
        report = await asyncio.to_thread(verify_path, store)
        assert (report.verdict, report.findings) == ("not_yet_witnessed", [])
        with serving.running():
            await part.settle()
        assert [(one.name, one.state) for one in told] == [("notary", "lost"), ("notary", "ok")]
    log = part.states._entries._log  # the log of memory
    kinds = [kind for kind, _ in log.entries]
    assert [kind for kind in kinds if kind != "witness.policy"] == ["witness.lost", "witness.back"]
    assert (await asyncio.to_thread(verify_path, store)).verdict == "complete"


async def test_a_witness_that_has_seen_more_refuses_a_rolled_back_log(
    store: Path, outside: WitnessDirectory, tmp_path: Path
) -> None:
    import shutil

    serving = Serving(outside)
    trust_logs(tmp_path / "outside", [one.text for one in log_keys(store, ORIGINS)])
    settings = settings_for(store, f"notary {outside.keys[0].text} {serving.url}")
    shutil.copytree(store, tmp_path / "earlier")
    with serving.running():
        grow(store)
        async with vouchers(settings, []) as part:
            await part.settle()
        told: list[VoucherState] = []
        back = settings_for(tmp_path / "earlier", f"notary {outside.keys[0].text} {serving.url}")
        async with vouchers(back, told) as part:
            await part.settle()
    [lost] = [one for one in told if one.name == "notary"]
    assert lost.state == "lost"
    assert "it has seen" in lost.detail


async def test_the_server_keeps_to_the_specification(
    store: Path, outside: WitnessDirectory, tmp_path: Path
) -> None:
    serving = Serving(outside)
    note = (store / RECORDER / "log" / "checkpoint").read_bytes()
    size = parse_checkpoint(note).size
    with serving.running():
        async with httpx.AsyncClient(base_url=serving.url, timeout=30) as client:
            body = b"old 0\n\n" + note
            assert (await client.post("/add-checkpoint", content=body)).status_code == 404
            trust_logs(tmp_path / "outside", [one.text for one in log_keys(store, ORIGINS)])
            origin = origin_hash(ORIGINS[RECORDER])
            assert (await client.get(f"/{origin}/checkpoint")).status_code == 404
            done = await client.post("/add-checkpoint", content=body)
            assert (done.status_code, done.text.count("— witness.example/1 ")) == (200, 2)
            again = await client.post("/add-checkpoint", content=body)
            assert (again.status_code, again.text) == (409, f"{size}\n")
            assert again.headers["content-type"] == "text/x.tlog.size"
            kept = await client.get(f"/{origin}/checkpoint")
            found = read_cosignatures(parse_checkpoint(kept.content), outside.keys)
            assert [one.cosigner for one in found] == list(outside.keys)
            large = await client.post("/add-checkpoint", content=bytes(1 << 19))
            assert large.status_code == 413
            assert (await client.get("/add-checkpoint")).status_code == 405


def config_file(path: Path, store: Path, witness: str) -> Path:
    values: dict[str, dict[str, Any]] = {
        "store": {"directory": str(store)},
        "witness": {"outside": [witness]},
    }
    path.write_text(to_toml(values), encoding="utf-8")
    return path


def test_the_usb_route_from_export_to_import(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory, stick = tmp_path / "notary", tmp_path / "stick"
    assert main(["witness", "key", "--dir", str(directory), "--name", "notary.example/1"]) == 0
    name, vkey, beside = capsys.readouterr().out.splitlines()
    assert (name, beside.split("+")[0]) == ("witness notary.example/1", "notary.example/1")
    config = str(config_file(tmp_path / "site.toml", store, f"notary {vkey}"))
    assert main(["witness", "logs", "--config", config]) == 0
    logs = capsys.readouterr().out.split()
    assert main(["witness", "trust", "--dir", str(directory), *logs]) == 0

    def carry() -> list[int]:
        return [
            main(["witness", "export", "--to", str(stick), "--config", config]),
            main(["witness", "sign", str(stick), "--dir", str(directory)]),
            main(["witness", "import", str(stick), "--config", config]),
        ]

    assert carry() == [0, 0, 0]
    grow(store)
    assert carry() == [0, 0, 0]
    assert len(stored_heads(store / RECORDER)) == 2
    # What was cosigned never came back: the witness has seen more than is known here.
    grow(store)
    assert main(["witness", "export", "--to", str(stick), "--config", config]) == 0
    assert main(["witness", "sign", str(stick), "--dir", str(directory)]) == 0
    grow(store)
    assert carry() == [0, 1, 1]
    assert "export again" in capsys.readouterr().out
    assert carry() == [0, 0, 0]
    assert (store / "policy").exists() is False  # the running centre writes it


def test_what_came_back_must_be_of_this_log(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, _ = make_store(tmp_path / "other", segments=2)
    directory, stick = tmp_path / "notary", tmp_path / "stick"
    main(["witness", "key", "--dir", str(directory), "--name", "notary.example/1"])
    vkey = capsys.readouterr().out.splitlines()[1]
    ours = str(config_file(tmp_path / "site.toml", store, f"notary {vkey}"))
    theirs = str(config_file(tmp_path / "other.toml", other, f"notary {vkey}"))
    main(["witness", "logs", "--config", theirs])
    main(["witness", "trust", "--dir", str(directory), *capsys.readouterr().out.split()])
    assert main(["witness", "export", "--to", str(stick), "--config", theirs]) == 0
    assert main(["witness", "sign", str(stick), "--dir", str(directory)]) == 0
    assert main(["witness", "import", str(stick), "--config", ours]) != 0
    assert "not one of this log" in capsys.readouterr().err
    assert stored_heads(store / RECORDER) == {}


def test_a_witness_needs_a_name_once_and_has_one_owner(tmp_path: Path) -> None:
    with pytest.raises(WitnessError, match="--name"):
        WitnessDirectory(tmp_path)
    WitnessDirectory(tmp_path, "a.example/1").close()
    with pytest.raises(WitnessError, match="never changed"):
        WitnessDirectory(tmp_path, "b.example/1")
    with pytest.raises(WitnessError, match="not the key of a log"):
        trust_logs(tmp_path, ["nonsense"])


@pytest.mark.parametrize("line", ["", "name", "none x", "a b c d", "recorder-1 {key}", "w {log}"])
async def test_wrong_witnesses_in_the_settings_are_refused(
    line: str, store: Path, outside: WitnessDirectory
) -> None:
    key, log = outside.keys[0].text, log_keys(store, ORIGINS)[0].text
    with pytest.raises(SettingsError, match="outside"):
        async with vouchers(settings_for(store, line.format(key=key, log=log)), []):
            pass


async def test_a_session_is_cosigned_when_it_opens_and_when_it_closes(tmp_path: Path) -> None:
    """The whole centre with a real recorder; rounds would come only every hour."""
    store, exchange, clock = tmp_path / "store", Exchange(), SystemClock()
    settings = settings_for(store, interval_seconds=3600.0)
    writer: StoreWriter = await asyncio.to_thread(open_writer, store, checkpoint_ms=20)
    seeded_database(database_path(store))
    service = RecorderService(
        exchange.bus(), writer, settings, clock, store / RECORDER, service=RECORDER
    )
    try:
        async with (
            service,
            witness_service_of(settings, exchange.bus(), RECORDER),
            open_centre(settings, RouterBus(exchange), clock) as centre,
        ):
            session = await centre.sessions.open("room1", "ac-m")
            await until(lambda: any(size > 0 for size in stored_heads(store / RECORDER)))
            await centre.sessions.close(session.id, "ac-m", "done")
            closed = centre.follower.size
            await until(lambda: any(size >= closed for size in stored_heads(store / RECORDER)))
            await centre.vouchers.settle()
    finally:
        await asyncio.to_thread(writer.close)
    report = await asyncio.to_thread(verify_path, store, require_witness=True)
    assert (report.findings, report.unwitnessed, report.exit_code) == ([], [], 0)
    assert [one.session for one in report.seconds] == [session.id]


def RouterBus(exchange: Exchange) -> Any:
    """The centre's bus: requests to ``recorder`` go to the one recorder."""
    from command_centre.recorder_router import RecorderRouter

    return RecorderRouter(exchange.bus(), (RECORDER,))


async def until(fact: Callable[[], bool], timeout_s: float = 60.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(fact):
            await asyncio.sleep(0.05)
