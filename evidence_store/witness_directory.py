"""The directory of a witness that another unit runs: keys, the logs it knows, and its memory.

::

    <directory>/witness.pem, witness.ml-dsa-44.pem   its keys, used for nothing else
    <directory>/name                                 its key name, such as witness.example.org/1
    <directory>/logs                                 a line ``log <vkey>`` for each log it knows
    <directory>/heads/                               the latest head of each (cosigner.py)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from evidence_store.cosigner import Cosigner
from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.errors import FormatError, WitnessError
from evidence_store.note import VerifierKey, name_is_valid, parse_verifier_key
from evidence_store.policy import parse_policy
from evidence_store.signer import Ed25519Signer, MlDsa44Signer

_LOGS = "logs"
_NO_QUORUM = b"quorum none\n"


class WitnessDirectory:
    """An opened directory; ``cosigner`` answers. Close it when done."""

    def __init__(self, directory: Path, name: str = "") -> None:
        """Open it; a new one needs a name.

        Raises:
            EvidenceError: it cannot be used, or belongs to a running witness.
        """
        self._directory = directory
        self._read_logs: bytes | None = None
        try:
            self.name = _name(directory, name)
            main, beside = directory / "witness.pem", directory / "witness.ml-dsa-44.pem"
            signers = (
                Ed25519Signer.load(main) if main.exists() else Ed25519Signer.generate(main),
                MlDsa44Signer.load(beside) if beside.exists() else MlDsa44Signer.generate(beside),
            )
        except OSError as error:
            raise WitnessError(f"cannot use {directory}: {error.strerror}") from error
        heads = directory / "heads"
        self.cosigner = Cosigner(heads, self.name, signers, lambda: int(time.time()))
        self.refresh()

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Its verifier keys: Ed25519 first, ML-DSA-44 second."""
        return self.cosigner.keys

    def refresh(self) -> None:
        """Take the file of logs as it is now; nothing changes while it cannot be read.

        Raises:
            WitnessError: it is malformed.
        """
        data = _logs(self._directory)
        if data != self._read_logs:
            self.cosigner.trust(_parse_logs(data))
            self._read_logs = data

    def close(self) -> None:
        """Give it back."""
        self.cosigner.close()


def trust_logs(directory: Path, keys: Sequence[str]) -> int:
    """Add verifier keys of logs; returns how many are known now.

    Raises:
        WitnessError: one is no verifier key of a log, or the file cannot be written.
    """
    data = _logs(directory)
    try:
        for text in keys:
            line = f"log {parse_verifier_key(text).text}\n".encode()
            data += b"" if line in data else line
        known = _parse_logs(data)
        make_directories(Disk(), directory)
        replace_file(Disk(), directory / _LOGS, data)
    except FormatError as error:
        raise WitnessError(f"not the key of a log: {error}") from error
    except OSError as error:
        raise WitnessError(f"cannot write {directory / _LOGS}: {error.strerror}") from error
    return len(known)


def _logs(directory: Path) -> bytes:
    try:
        return (directory / _LOGS).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise WitnessError(f"cannot read {directory / _LOGS}: {error.strerror}") from error


def _parse_logs(data: bytes) -> tuple[VerifierKey, ...]:
    try:
        return parse_policy(data + _NO_QUORUM).logs
    except FormatError as error:
        raise WitnessError(f"the file of logs: {error}") from error


def _name(directory: Path, given: str) -> str:
    path = directory / "name"
    known = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if known and given not in ("", known):
        raise WitnessError(f"this witness is called {known}; a name is never changed")
    name = known or given
    if not name_is_valid(name) or not name.isprintable():
        raise WitnessError("a new witness needs a name: --name, for instance witness.example.org/1")
    if not known:
        make_directories(Disk(), directory)
        replace_file(Disk(), path, f"{name}\n".encode())
    return name
