"""One entry's proof as a file of its own (C2SP tlog-proof).

::

    c2sp.org/tlog-proof@v1
    index 437
    base64(hash)            the inclusion proof, from the leaf upwards
    <empty line>
    the checkpoint, with its signatures

Standard library only.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.errors import CheckpointError, ProofError
from evidence_store.merkle import HASH_BYTES, verify_inclusion

_PROOF_HEAD = "c2sp.org/tlog-proof@v1"
_PROOF_HASHES_MAX = 63


@dataclass(frozen=True)
class Proof:
    """That the entry at ``index`` is in the tree of the checkpoint."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def proof_bytes(index: int, path: Sequence[bytes], note: bytes) -> bytes:
    """The file; ``note`` is the checkpoint byte for byte."""
    hashes = "".join(f"{base64.b64encode(item).decode()}\n" for item in path)
    return f"{_PROOF_HEAD}\nindex {index}\n{hashes}\n".encode() + note


def parse_proof(data: bytes) -> Proof:
    """The proof these bytes are; nothing is verified here.

    Raises:
        ProofError: they are not a proof, or not in its one spelling.
    """
    head, separator, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        path = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
        checkpoint = parse_checkpoint(note)
    except (UnicodeDecodeError, binascii.Error, ValueError, CheckpointError) as error:
        raise ProofError(f"not a proof: {error}") from error
    if not separator or len(lines) < 2 or len(path) > _PROOF_HASHES_MAX:
        raise ProofError("not a proof")
    digits = lines[1].removeprefix("index ")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 16:
        raise ProofError("a proof names an index")
    if any(len(item) != HASH_BYTES for item in path):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")
    if proof_bytes(int(digits), path, note) != data:
        raise ProofError("a proof has one spelling, this is another")
    return Proof(int(digits), path, checkpoint)


def verify_proof(proof: Proof, leaf: bytes) -> None:
    """Check that ``leaf`` is the proof's entry; the checkpoint's signature is checked apart.

    Raises:
        ProofError: it is not.
    """
    head = proof.checkpoint
    verify_inclusion(proof.index, head.size, leaf, proof.path, head.root)
