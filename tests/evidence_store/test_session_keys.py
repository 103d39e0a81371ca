"""The key of each session: made, declared, used, gone; and what it stops."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from evidence_store.canonical import canonical_bytes
from evidence_store.checkpoint import parse_checkpoint, sign_checkpoint
from evidence_store.cosignature import cosign
from evidence_store.draft import Draft, Prepared, prepare
from evidence_store.entry import Entry, parse_entry
from evidence_store.host_keys import HostKeys, open_host_keys
from evidence_store.key_statement import begin_chain, extend_chain
from evidence_store.merkle import HashTree, leaf_hash
from evidence_store.note import VerifierKey
from evidence_store.reader import LogReader
from evidence_store.session_keys import SEAL_EVERY_US, OpenChain, SessionKeys
from evidence_store.signer import Ed25519Signer
from evidence_store.verify import verify_path
from evidence_store.writer import StoreWriter
from tests.evidence_store.builder import (
    ORIGIN,
    SESSION,
    START_US,
    SessionScript,
    export,
    open_writer,
    write_session,
)


def opened(store: Path) -> StoreWriter:
    return open_writer(store, host_keys=True, session_keys=True)


def log_entries(store: Path) -> list[Entry]:
    reader = LogReader(store / "recorder-1/log")
    return [parse_entry(raw) for raw in reader.entries(0, reader.checkpoint().size)]


def of_session(store: Path, session: str = SESSION) -> list[str]:
    return [entry.kind for entry in log_entries(store) if entry.session == session]


def copied(store: Path, target: Path) -> None:
    """A copy of a store whose writer still runs; it may be tidying old partial tiles."""
    for _ in range(100):
        try:
            shutil.copytree(store, target)
        except shutil.Error:
            shutil.rmtree(target)
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the writer never came to rest")


def found(place: Path) -> set[str]:
    return {finding.code for finding in verify_path(place).findings}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A store with one session, sealed with its own key."""
    store = tmp_path / "store"
    writer = opened(store)
    write_session(writer, SESSION)
    writer.close()
    return store


def test_a_session_has_a_key_and_is_sealed(sealed: Path, tmp_path: Path) -> None:
    kinds = of_session(sealed)
    assert kinds[:2] == ["session.open", "key.session"]
    assert kinds[-2:] == ["session.close", "session.seal"]
    assert kinds.count("session.seal") == kinds.count("key.session") == 1
    report = verify_path(sealed)
    assert report.findings == []
    assert report.log is not None
    assert [len(keys) for keys in report.log.session_keys.values()] == [1]
    package = verify_path(export(sealed, tmp_path / "package", SESSION))
    assert package.findings == []
    assert package.log is not None
    assert package.log.session_keys == report.log.session_keys


def test_callers_get_receipts_of_their_own_entries(tmp_path: Path) -> None:
    writer = opened(tmp_path / "store")
    drafts = [
        Draft(kind, SESSION, "room1", {"n": number}, START_US)
        for number, kind in enumerate(["session.open", "note.a", "session.close", "note.b"])
    ]
    receipts = writer.submit(drafts).result(timeout=30)
    writer.close()
    assert [parse_entry(one.entry).body["n"] for one in receipts] == [0, 1, 2, 3]
    first = receipts[0].index
    assert [one.index - first for one in receipts] == [0, 2, 3, 5]
    assert [parse_entry(one.entry).seq for one in receipts] == [one.index for one in receipts]


@pytest.mark.parametrize("clean", [True, False])
def test_a_restart_makes_a_new_key(tmp_path: Path, clean: bool) -> None:
    store = tmp_path / "store"
    writer = opened(store)
    script = write_session(writer, SESSION, close=False)
    if not clean:
        copied(store, tmp_path / "killed")
    writer.close()
    store = store if clean else tmp_path / "killed"
    script.writer = opened(store)
    script.segment("room1-camera")
    script.close_recording("room1-camera")
    script.close()
    script.writer.close()
    assert of_session(store).count("key.session") == 2
    assert of_session(store)[-2:] == ["session.close", "session.seal"]
    report = verify_path(store)
    assert report.findings == []
    assert report.log is not None
    [keys] = report.log.session_keys.values()
    assert len(set(keys)) == 2
    assert verify_path(export(store, tmp_path / "package", SESSION)).findings == []


def test_a_session_of_an_earlier_version_gets_its_key_when_it_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store)  # no keys beside the log's own, none for sessions
    script = write_session(writer, SESSION, close=False)
    done = write_session(writer, "s-done")
    writer.close()
    script.writer = done.writer = opened(store)
    script.close_recording("room1-camera")
    script.close()
    done.append("late.note", {})  # it was sealed without a key and stays so
    script.writer.close()
    assert of_session(store)[-4:] == [
        "key.session",
        "recording.close",
        "session.close",
        "session.seal",
    ]
    assert "key.session" not in of_session(store, "s-done")
    assert verify_path(store).findings == []


def test_a_seal_that_a_crash_tore_off_is_made_at_the_next_start(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = opened(store)
    script = write_session(writer, SESSION, close=False)
    script.close_recording("room1-camera")
    before = (store / "recorder-1/log/checkpoint").read_bytes()
    script.close()
    copied(store, tmp_path / "torn")
    writer.close()
    torn = tmp_path / "torn"
    (torn / "recorder-1/log/checkpoint").write_bytes(before)
    [wal] = (torn / "recorder-1/log/wal").glob("*.wal")
    wal.write_bytes(wal.read_bytes()[:-100])
    opened(torn).close()
    assert of_session(torn)[-3:] == ["session.close", "key.session", "session.seal"]
    assert verify_path(torn).findings == []
    opened(torn).close()
    assert of_session(torn)[-3:] == ["session.close", "key.session", "session.seal"]


class Script:
    """Session keys alone, with entries kept in memory."""

    def __init__(self, tmp_path: Path) -> None:
        self.drafts: list[Prepared] = []
        self.host = Ed25519Signer.generate(tmp_path / "k.pem")
        self.keys = SessionKeys(ORIGIN, self.host, {})

    def emit(self, draft: Prepared) -> tuple[int, bytes]:
        self.drafts.append(draft)
        return len(self.drafts) - 1, leaf_hash(draft.entry_bytes(0, -1, "00"))

    def say(self, kind: str, mono_us: int) -> None:
        draft = prepare(Draft(kind, SESSION, "room1", {}, START_US), mono_us)
        self.keys.take(draft, self.emit)

    def kinds(self) -> list[str]:
        return [draft.kind for draft in self.drafts]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_an_open_session_is_sealed_every_minute(script: Script) -> None:
    script.say("session.open", 0)
    for second in range(0, 130, 10):
        script.say("tick", second * 1_000_000)
    script.keys.commit()
    seals = [place for place, kind in enumerate(script.kinds()) if kind == "session.seal"]
    assert len(seals) == 2
    assert script.kinds()[seals[0] - 1] == "tick"
    bodies = [json.loads(script.drafts[place].body) for place in seals]
    assert [body["final"] for body in bodies] == [False, False]
    assert [body["last_seq"] for body in bodies] == [place - 1 for place in seals]
    assert SEAL_EVERY_US == 60_000_000


def test_what_never_became_durable_is_forgotten(script: Script) -> None:
    script.say("session.open", 0)
    script.keys.discard()
    assert script.keys.chains() == {}
    script.say("session.open", 0)
    script.keys.commit()
    [before] = script.keys.chains().values()
    script.say("session.close", 1)
    script.keys.discard()
    assert list(script.keys.chains().values()) == [before]
    script.say("session.close", 1)
    script.keys.commit()
    assert script.keys.chains() == {}


def test_the_private_half_shows_nowhere(script: Script) -> None:
    script.say("session.open", 0)
    script.keys.commit()
    [state] = script.keys.chains().values()
    assert state.key is not None
    secret = state.key.private_bytes_raw()
    assert "key=" not in repr(state)
    assert all(secret.hex().encode() not in draft.body for draft in script.drafts)
    assert repr(OpenChain(b"", 0, False)).count("key") == 0


def forge(package: Path, host: HostKeys, change: Any) -> None:
    """What a thief of the host's keys can do: change entries, and sign the new tree."""
    log = package / "data/log"
    leaves = bytearray((log / "leaf-hashes").read_bytes())
    lines: list[bytes] = []
    for line in (log / "entries.jsonl").read_bytes().splitlines():
        value = json.loads(line)
        changed = canonical_bytes(change(value))
        begin = value["seq"] * 32
        leaves[begin : begin + 32] = leaf_hash(changed)
        lines.append(changed)
    tree = HashTree([bytes(leaves[at : at + 32]) for at in range(0, len(leaves), 32)])
    checkpoint = sign_checkpoint(ORIGIN, tree.size, tree.root(), host.public_key_bytes, host.sign)
    for one in host.beside:
        key = VerifierKey(ORIGIN, one.kind, one.public_key_bytes)
        checkpoint = cosign(checkpoint, key, one.sign, START_US // 1_000_000)
    (log / "leaf-hashes").write_bytes(bytes(leaves))
    (log / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (log / "checkpoint").write_bytes(checkpoint.note)
    assert parse_checkpoint(checkpoint.note).size == tree.size


def _other_words(value: dict[str, Any]) -> dict[str, Any]:
    if value["kind"] == "utterance":
        value["body"]["text"] = "是我自己进去的"
    return value


def _seal_to_note(value: dict[str, Any]) -> dict[str, Any]:
    if value["kind"] in ("session.seal", "key.session"):
        value["kind"] = "note.nothing"
    return value


def _seal_gone(value: dict[str, Any]) -> dict[str, Any]:
    if value["kind"] == "session.seal":
        value["kind"] = "note.nothing"
    return value


def _other_key(value: dict[str, Any]) -> dict[str, Any]:
    if value["kind"] == "key.session":
        key = VerifierKey(f"{ORIGIN}/{SESSION}", 1, bytes(32))
        value["body"]["key"] = key.text
    return value


def _no_certificate(value: dict[str, Any]) -> dict[str, Any]:
    if value["kind"] == "key.session":
        value["body"]["certificate"] = 7
    return value


def _seal_is_open(value: dict[str, Any]) -> dict[str, Any]:
    if value["kind"] == "session.seal":
        value["body"]["final"] = False
    return value


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_other_words, "session_seal"),
        (_seal_to_note, "seal_missing"),
        (_seal_gone, "seal_missing"),
        (_other_key, "key_certificate"),
        (_no_certificate, "key_certificate"),
        (_seal_is_open, "session_seal"),
    ],
)
def test_a_thief_of_the_host_s_keys_cannot_bend_an_old_session(
    sealed: Path, tmp_path: Path, change: Any, code: str
) -> None:
    package = export(sealed, tmp_path / "package", SESSION)
    host = open_host_keys(sealed, "recorder-1")
    forge(package, host, lambda value: value)
    assert found(package) <= {"altered"}  # the manifests and proofs, nothing of the log
    assert not any("log says" in one.detail for one in verify_path(package).findings)
    forge(package, host, change)
    assert code in found(package)


def test_nothing_of_a_recording_follows_its_seal(sealed: Path) -> None:
    writer = open_writer(sealed, host_keys=True)  # as if by hand
    script = SessionScript(writer, SESSION)
    script.append("late.note", {})
    script.append("custody.moved", {})
    writer.close()
    assert found(sealed) == set()
    writer = open_writer(sealed, host_keys=True)
    SessionScript(writer, SESSION).append("tick", {"n": 99, "missed": 0, "sources": {}})
    writer.close()
    assert "session_seal" in found(sealed)


def test_chains_are_of_their_log_and_session() -> None:
    assert begin_chain("a", "b") != begin_chain("a", "c") != begin_chain("b", "c")
    assert len(extend_chain(begin_chain("a", "b"), b"leaf")) == 32
