"""What a job's child is told and answers: one ``Order`` in, ``Line``s out, as JSON lines."""

from __future__ import annotations

from typing import Any

import msgspec


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    kind: str  # verify | export | check
    store: str
    sessions: list[str]
    segments: int = 0  # how many the index knows of these sessions
    out: str = ""  # directory of the package
    case: dict[str, Any] = {}
    reason: str = ""
    by: str = ""
    disclosure: str = ""  # the entry of the centre's log that decided what is withheld
    packages: list[str] = []  # check: one package, or two to be laid side by side
    sealed: bool = False  # leave media encrypted as they lie


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the answer; exactly one field is set."""

    progress: int | None = None  # thousandths
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None  # code, detail
