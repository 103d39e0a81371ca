"""A part of the fault matrix, and that the checker sees what it must see."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from evidence_store.wal import wal_files
from tests.faults.check import check
from tests.faults.in_process import cases, run
from tests.faults.scenarios import NAME, Stage, prepare
from tests.faults.table import README
from tests.faults.traced import available, run_traced, traced_cases

STRIDE = 97


@pytest.mark.slow
def test_a_fault_at_every_97th_call_loses_nothing_acknowledged() -> None:
    results = [run(case) for case in islice(cases(), 0, None, STRIDE)]
    assert len(results) > 60
    assert [one for one in results if one.outcome == "WRONG"] == []
    assert {one.outcome for one in results} >= {"refused", "other disk", "not opened", "ended"}


@pytest.mark.slow
@pytest.mark.skipif(bool(available()), reason=available())
def test_a_fault_at_every_97th_system_call_loses_nothing_acknowledged() -> None:
    results = [run_traced(case) for case in islice(traced_cases(), 0, None, STRIDE)]
    assert len(results) > 15
    assert [one for one in results if one.outcome == "WRONG"] == []


def test_the_checker_sees_what_is_lost_and_what_is_invented(tmp_path: Path) -> None:
    stage = Stage(tmp_path, two=False)
    prepare(stage)
    stage.told.acknowledged[2] = bytes(32)
    with pytest.raises(AssertionError, match="acknowledged entries are gone"):
        check(stage)
    stage.told.acknowledged.clear()
    check(stage)
    wal_files(tmp_path / "store" / NAME / "log" / "wal")[-1].write_bytes(b"")
    with pytest.raises(Exception, match="damaged"):
        check(stage)


def test_the_published_table_says_that_nothing_was_lost() -> None:
    text = README.read_text(encoding="utf-8")
    assert " 0 in which an acknowledged entry was lost" in text
    assert "WRONG" not in text
