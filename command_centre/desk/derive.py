"""Redacted copies: which segments they are made of, the child that makes them, what the log says.

The work is done by ``recorder.redaction_worker``, a process of its own. The copy lies below
``<store>/derived/``; it counts as made when its entry ``derived.made`` is in the centre's log.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from command_centre.db import schema
from command_centre.desk.recorded import live_with_init
from command_centre.errors import Rejected
from config.recorders import place, recorder_origin
from evidence_store.derived_account import DERIVED
from evidence_store.entry import parse_entry
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader
from recorder.redaction import (
    Redacted,
    RedactionEpoch,
    RedactionOrder,
    RedactionPlan,
    plan_problem,
)

DERIVE_CHILD = (sys.executable, "-m", "recorder.redaction_worker")
LABEL = "派生件·已遮挡，非原始录像 DERIVED, REDACTED"
CUT_LABEL = "派生件·片段，非原始录像 DERIVED, CUT"


@dataclass(frozen=True)
class Sources:
    """The segments a copy is made of."""

    log: str
    rows: list[tuple[int, int, str, str, str]]  # epoch, index, path, digest, init path
    start_us: int = 0  # of the first segment
    end_us: int = 0  # of the last one

    def of(self, origin: str) -> dict[str, Any]:
        """What the entry states of them (evidence_store/derived_account.py)."""
        digests = "".join(f"{row[3]}\n" for row in self.rows)
        return {
            "origin": origin,
            "first": self.rows[0][1],
            "last": self.rows[-1][1],
            "segments": len(self.rows),
            "sha256": hashlib.sha256(digests.encode()).hexdigest(),
        }


@dataclass(frozen=True)
class Derivation:
    """A copy that is to be made of a stretch of one source: why, and for whom."""

    id: str
    case: str
    session: str
    source: str
    plan: RedactionPlan
    sources: Sources
    reason: str
    by: str  # account
    by_name: str


def require_plan(plan: RedactionPlan) -> None:
    """Refuse a plan that cannot be carried out, saying why. A cut is made as a clip only."""
    problem = "the plan hides nothing" if plan.cut else plan_problem(plan)
    if problem:
        raise Rejected("bad_plan", problem)


def find_sources(connection: Connection, session: str, source: str, plan: RedactionPlan) -> Sources:
    """The live segments that touch the plan's stretch.

    Raises:
        Rejected: ``no_segment``.
    """
    segment = schema.segment
    found = connection.execute(
        live_with_init()
        .where(
            segment.c.session_id == session,
            segment.c.source_id == source,
            segment.c.start_us < plan.end_us,
            segment.c.start_us + segment.c.duration_us > plan.start_us,
        )
        .order_by(segment.c.log_index)
    ).all()
    if not found:
        raise Rejected("no_segment", "nothing of this source was recorded in that time")
    places = [place(row.log_index) for row in found]
    rows = [
        (row.epoch, at[1], row.path, row.sha256, row.init_path)
        for row, at in zip(found, places, strict=True)
    ]
    end_us = max(row.start_us + row.duration_us for row in found)
    return Sources(places[0][0], rows, found[0].start_us, end_us)


def derive_order(store: Path, wanted: Derivation, face_model: str) -> RedactionOrder:
    """The child's order. Blocking: it reads an entry of each epoch.

    Raises:
        Rejected: ``store_unreadable``.
    """
    sources, plan = wanted.sources, wanted.plan
    epochs: list[RedactionEpoch] = []
    reader = LogReader(store / sources.log / "log")
    for epoch in sorted({row[0] for row in sources.rows}):
        own = [row for row in sources.rows if row[0] == epoch]
        try:
            body = parse_entry(reader.entries(own[0][1], 1)[0]).body
            origin_us = int(body["start_us"]) - int(body["media_start_us"])
        except (EvidenceError, KeyError, IndexError, TypeError, ValueError) as error:
            raise Rejected("store_unreadable", f"the segments' entry: {error}") from error
        epochs.append(RedactionEpoch(own[0][4], [row[2] for row in own], origin_us))
    name = CUT_LABEL if plan.cut else LABEL
    return RedactionOrder(
        store=str(store),
        log=sources.log,
        epochs=epochs,
        plan=plan,
        out=str(store / DERIVED / f"{wanted.id}.mp4"),
        title=f"{name} {wanted.id}",
        label=name,
        face_model=face_model,
    )


def derived_body(wanted: Derivation, first_origin: str, made: Redacted) -> dict[str, Any]:
    """The entry ``derived.made``; ``first_origin`` is that of the first recorder's log."""
    plan, sources = wanted.plan, wanted.sources
    return {
        "derived": wanted.id,
        "case": wanted.case,
        "session": wanted.session,
        "source": wanted.source,
        "start_us": plan.start_us,
        "end_us": plan.end_us,
        "path": f"{DERIVED}{wanted.id}.mp4",
        "sha256": made.sha256,
        "size": made.size,
        "of": sources.of(recorder_origin(first_origin, sources.log)),
        "tool": made.tool,
        "pictures": made.pictures,
        "hidden_pictures": made.hidden_pictures,
        "by": wanted.by,
        "by_name": wanted.by_name,
        "reason": wanted.reason,
        "plan": msgspec.to_builtins(plan),
        **({"cut": True} if plan.cut else {}),
        **({"climate": msgspec.to_builtins(plan.readings)} if plan.readings else {}),
    }
