"""The engine's process (``python -m`` this module): orders on standard input, states on standard
output.

Memory is one engine for each case, nothing else; it ends with its input. Python's collector would
stop an utterance for a fifth of a second in a long case, and finds next to nothing
(``benchmarks/comparison.py`` counts the cycles). It is off; between orders, when none is waiting,
the young objects are looked through and frozen, and all of them after a quiet moment.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

from command_centre.comparison.case_engine import CaseEngine
from command_centre.comparison.orders import (
    LENGTH_BYTES,
    ORDERS,
    OpenCase,
    Order,
    ReviseCase,
    Settle,
    frame,
)
from transcription.comparison.warm import warm

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 16
_IDLE_S = 2.0
#: Orders after which young objects are looked through, once none is waiting: a few milliseconds.
_YOUNG_AFTER = 40
#: Orders after which it is done although others are waiting.
_YOUNG_AT_LAST = 1000
#: Orders after which all cycles are looked for, once it is quiet.
_COLLECT_AFTER = 200


def main() -> int:
    """Answer until the input ends."""
    cases: dict[str, CaseEngine] = {}
    gc.disable()
    warm()
    for order in orders(sys.stdin.buffer):
        if isinstance(order, OpenCase):
            cases[order.case] = CaseEngine(order)
            continue
        engine = cases.get(order.case)
        if engine is None:
            logger.error("an order for a case that was not opened")
            return 1
        if isinstance(order, ReviseCase):
            engine.revise(order)
        elif isinstance(order, Settle):
            sys.stdout.buffer.write(frame(engine.settle(order.number)))
            sys.stdout.buffer.flush()
        else:
            started = time.perf_counter_ns()
            engine.take(order)
            engine.took((time.perf_counter_ns() - started) // 1000)
    return 0


def orders(source: BinaryIO) -> Iterator[Order]:
    """Orders as they come; quiet moments between them are used to tidy up."""
    descriptor, buffer, untidied, young = source.fileno(), bytearray(), 0, 0
    while True:
        while len(buffer) >= LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(buffer[:LENGTH_BYTES], "big")
            if len(buffer) < end:
                break
            order = ORDERS.decode(bytes(buffer[LENGTH_BYTES:end]))
            del buffer[:end]
            untidied += 1
            young += 1
            yield order
            if young >= _YOUNG_AT_LAST:
                young = _look_through()
        if young >= _YOUNG_AFTER and not _waiting(descriptor, 0):
            young = _look_through()
        if untidied >= _COLLECT_AFTER and not _waiting(descriptor, _IDLE_S):
            gc.collect()
            gc.freeze()
            untidied = 0
        read = os.read(descriptor, _READ_BYTES)
        if not read:
            return
        buffer += read


def _waiting(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def _look_through() -> int:
    gc.collect(0)
    gc.freeze()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
