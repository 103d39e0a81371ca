"""What a plan of hearing and a vocabulary are named by. Pure; loads no recogniser."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from config.transcriber_messages import HearingPlan


def vocabulary_digest(terms: Sequence[str]) -> str:
    """SHA-256 over the terms, one a line; empty when there are none."""
    return hashlib.sha256("\n".join(terms).encode()).hexdigest() if terms else ""


def plan_digest(plan: HearingPlan) -> str:
    """What the transcriber's status names a plan by."""
    return hashlib.sha256(msgspec.msgpack.encode(plan)).hexdigest()
