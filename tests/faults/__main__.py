"""``python -m tests.faults [--stride N]``: the whole matrix, its table into README.md.

Exit status 1 when anything was lost, silently or not, or invented.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from tests.faults.in_process import Result, cases, run
from tests.faults.table import write_table
from tests.faults.traced import available, run_traced, traced_cases

C = TypeVar("C")


def main() -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(prog="tests.faults")
    parser.add_argument("--stride", type=int, default=1, help="only every n-th call of the port")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    at_port = _all("at the Disk port", list(cases())[:: options.stride], run)
    why_not = available()
    note = f" {why_not}: no system calls were traced." if why_not else ""
    traced: list[Result] = []
    if not why_not:
        traced = _all("system calls", list(traced_cases()), run_traced)
    took_s = time.monotonic() - started
    wrong = [one for one in [*at_port, *traced] if one.outcome == "WRONG"]
    if options.stride > 1:
        note += f" At the Disk port every {options.stride}. case was run."
    print(write_table(at_port, traced, took_s, note))
    print(f"{len(at_port)} + {len(traced)} runs in {took_s:.0f} s, {len(wrong)} wrong{note}")
    for one in wrong[:20]:
        print(one)
    return 1 if wrong else 0


def _all(title: str, todo: list[C], act: Callable[[C], Result]) -> list[Result]:
    done: list[Result] = []
    told = time.monotonic()
    with multiprocessing.get_context("fork").Pool() as pool:
        results: Iterable[Result] = pool.imap(act, todo, chunksize=8)
        for result in results:
            done.append(result)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"{title}: {len(done)} of {len(todo)}", flush=True)
    return done


if __name__ == "__main__":
    sys.exit(main())
