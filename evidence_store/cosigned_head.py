"""Reading the cosignatures of known witnesses off a checkpoint (C2SP signed-note, tlog-witness).

Lines of others are ignored; a line that names a known key and does not verify spoils the whole.
Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint
from evidence_store.cosignature import verify_cosignature
from evidence_store.note import VerifierKey, lines_of, parse_note


@dataclass(frozen=True)
class Cosignature:
    """A verified cosignature: who, and when by the cosigner's clock."""

    cosigner: VerifierKey
    time_s: int  # seconds since the epoch; 0 says nothing about time


def read_cosignatures(head: Checkpoint, cosigners: Sequence[VerifierKey]) -> list[Cosignature]:
    """The cosignatures of these cosigners on a checkpoint, verified; the latest of each.

    Raises:
        NoteError: a line names one of them and its signature is wrong.
    """
    note = parse_note(head.note)
    signed = [one for one in cosigners if lines_of(note, one)]
    return [Cosignature(one, verify_cosignature(head, one)) for one in signed]
