"""The checker that is run after each fault."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidence_store.entry import Entry, parse_entry
from evidence_store.fsck import fsck_store
from evidence_store.merkle import leaf_hash
from evidence_store.reader import LogReader
from evidence_store.writer import Draft
from tests.faults.scenarios import NAME, WAIT_S, Stage

#: What an entry may be that no scenario submitted.
_OWN = {"log.open", "process.start", "recover", "disk.failed", "disk.joined"}
_SUBMITTED = {
    *("session.open", "session.close", "recording.open", "recording.close"),
    *("media.init", "media.segment", "tick", "document.file", "marker.private"),
}


def check(stage: Stage) -> str:
    """Open again without faults, append, and verify everything; returns the outcome in a word.

    Raises:
        AssertionError: something acknowledged is gone, something was invented, or the store is
            not whole.
    """
    writer = stage.open()
    marker = writer.submit([Draft("tick", "", "", {"n": 99}, 1)]).result(WAIT_S)[0]
    writer.close()
    logs = [_entries(store) for store in stage.stores]
    assert all(log == logs[0] for log in logs), "the directories differ"
    leaves = [leaf_hash(data) for data in logs[0]]
    told = stage.told.acknowledged
    lost = [index for index, leaf in told.items() if leaves[index : index + 1] != [leaf]]
    assert not lost, f"acknowledged entries are gone: {lost}"
    entries = [parse_entry(data) for data in logs[0]]
    assert entries[marker.index].body == {"n": 99}
    _check_nothing_invented(entries)
    for store in stage.stores:
        _with_keys(store, stage.stores[0])
        findings = [one for one in fsck_store(store).findings if "opened" not in one.detail]
        assert not findings, findings
    return _word(stage, entries)


def _entries(store: Path) -> list[bytes]:
    return LogReader(store / NAME / "log").entries(0, 100_000)


def _check_nothing_invented(entries: list[Entry]) -> None:
    for entry in entries:
        assert entry.kind in _OWN | _SUBMITTED, f"nobody submitted {entry.kind}"
    assert [entry.kind for entry in entries].count("log.open") == 1, "the log began anew"
    numbers = [entry.body["n"] for entry in entries if entry.session == "s2"]
    assert len(numbers) <= 9, "an entry was repeated"


def _with_keys(store: Path, like: Path) -> None:
    if not (store / "keys").exists():
        shutil.copytree(like / "keys", store / "keys")


def _word(stage: Stage, entries: list[Entry]) -> str:
    if not stage.told.opened:
        return "not opened"
    if any(entry.kind == "disk.failed" for entry in entries):
        return "other disk"
    if stage.told.refused:
        return "refused"
    return "went on"
