"""Faults at every call of the ``Disk`` port, in this process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.check import check
from tests.faults.crash_disk import CRASHES, DEAD, FAULTS, CrashDisk, Machine
from tests.faults.scenarios import SCENARIOS, Scenario, Stage, Told, shared_memory


@dataclass(frozen=True)
class Case:
    """One fault at one call; ``disk`` 0 counts the calls of all disks."""

    scenario: Scenario
    fault: str
    disk: int
    at: int


@dataclass(frozen=True)
class Result:
    """What came of it."""

    scenario: str
    operation: str
    fault: str
    outcome: str
    error: str = ""


def cases(scenarios: Iterable[Scenario] = SCENARIOS) -> Iterator[Case]:
    """Every fault at every call of every scenario."""
    for scenario in scenarios:
        calls = _calls(scenario)
        for fault in FAULTS:
            crash = fault in CRASHES
            for disk in [0] if crash or not scenario.two else [1, 2]:
                total = sum(1 for one, _ in calls if disk in (0, one))
                for at in range(1, total + 1):
                    yield Case(scenario, fault, disk, at)


def _calls(scenario: Scenario) -> list[tuple[int, str]]:
    with _stage(scenario) as stage:
        machine = Machine()
        _act(stage, scenario, machine)
        return machine.calls


def run(case: Case) -> Result:
    """One fault, and the checker behind it."""
    machine = Machine(case.fault, case.at, case.disk)
    with _stage(case.scenario) as stage:
        disks = _act(stage, case.scenario, machine)
        mine = [name for disk, name in machine.calls if case.disk in (0, disk)]
        operation = mine[case.at - 1] if case.at <= len(mine) else "not reached"
        if case.fault in CRASHES and case.fault != "killed":
            _power_back(stage, disks, case.fault)
        try:
            outcome = check(stage)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a line of the table
            return Result(case.scenario.name, operation, case.fault, "WRONG", repr(error))
    if case.fault in CRASHES and outcome != "not opened":
        outcome = "ended"
    return Result(case.scenario.name, operation, case.fault, outcome)


class _stage:
    def __init__(self, scenario: Scenario) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="duizhi-faults-", dir=shared_memory())
        self._stage = Stage(Path(self._folder.name), scenario.two)
        scenario.prepare(self._stage)
        self._stage.told = Told()

    def __enter__(self) -> Stage:
        return self._stage

    def __exit__(self, *exception: object) -> None:
        self._folder.cleanup()


def _act(stage: Stage, scenario: Scenario, machine: Machine) -> list[CrashDisk]:
    disks = [CrashDisk(store, machine, number) for number, store in enumerate(stage.stores, 1)]
    scenario.act(stage, disks)
    return disks


def _power_back(stage: Stage, disks: list[CrashDisk], fault: str) -> None:
    for disk, store in zip(disks, stage.stores, strict=True):
        after = stage.top / "after"
        disk.survive(after, fault)
        for path in ("uploads", "keys"):  # not written by what is tested
            if (store / path).exists():
                shutil.rmtree(after / path, ignore_errors=True)
                shutil.copytree(store / path, after / path)
        shutil.rmtree(store)
        after.rename(store)


__all__ = ["DEAD", "Case", "Result", "cases", "run"]
