"""Puts witnesses beside a store that a test made: real cosigners, real policy, real files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.cosigner import Cosigner
from evidence_store.durable import Disk
from evidence_store.key_pem import parse_public_pem
from evidence_store.note import ED25519, VerifierKey
from evidence_store.reader import LogReader
from evidence_store.voucher_files import POLICY_FILE, keep_head, stored_heads
from evidence_store.witness_protocol import cosigned, merged, request_bytes


class Key:
    """An Ed25519 key as cosigners have it."""

    kind = ED25519

    def __init__(self, seed: int) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public_key_bytes = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@dataclass
class Now:
    """A clock in seconds that a test sets."""

    s: int

    def __call__(self) -> int:
        return self.s


class Party:
    """Some witnesses of one store."""

    def __init__(self, store: Path, memory: Path, now: Now, names: Sequence[str] = ("w1",)) -> None:
        self.store = store
        self.seen: dict[tuple[str, str], int] = {}
        self.witnesses = {
            name: Cosigner(memory / name, f"example.org/{name}", [Key(100 + number)], now)
            for number, name in enumerate(names)
        }
        for witness in self.witnesses.values():
            witness.trust(self.logs())

    def logs(self) -> list[VerifierKey]:
        found = []
        for path in sorted(self.store.glob("*/log")):
            name = path.parent.name
            pem = (self.store / "keys" / f"{name}.pub.pem").read_bytes()
            origin = LogReader(path).checkpoint().origin
            found.append(VerifierKey(origin, 1, parse_public_pem(pem)))
        return found

    def policy(self, quorum: str = "all") -> bytes:
        lines = [f"log {log.text}" for log in self.logs()]
        lines += [f"witness {name} {one.keys[0].text}" for name, one in self.witnesses.items()]
        lines += [f"group everybody {quorum} {' '.join(self.witnesses)}", "quorum everybody"]
        return "".join(f"{line}\n" for line in lines).encode()

    def write_policy(self, quorum: str = "all") -> bytes:
        data = self.policy(quorum)
        (self.store / POLICY_FILE).write_bytes(data)
        return data

    def look(self, *names: str, log: str = "recorder-1") -> int:
        """These witnesses (or all) cosign the log as it stands; returns the size."""
        reader, root = LogReader(self.store / log / "log"), self.store / log
        checkpoint = reader.checkpoint()
        for name in names or self.witnesses:
            witness = self.witnesses[name]
            old = self.seen.get((name, log), 0)
            answer = witness.add_checkpoint(
                request_bytes(old, reader.consistency_proof(old, checkpoint.size), checkpoint.note)
            )
            assert answer.status == 200, answer
            self.seen[name, log] = checkpoint.size
            note = cosigned(checkpoint.note, answer.body, witness.keys[0])
            stored = stored_heads(root).get(checkpoint.size)
            keep_head(Disk(), root, checkpoint.size, merged(stored, note))
        return checkpoint.size
