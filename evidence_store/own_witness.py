"""The witness that each process of an installation is for the logs of the others.

Its key, ``keys/<name>.witness.pem``, is used for nothing else, and its memory lies with the
process that owns it (``<store>/<name>/witness/``). It never cosigns its own log. Such a witness is
under the same roof as the logs: it holds against a fault and against whoever has one process or one
key, not against an administrator of the machine. For that there are witnesses outside.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from evidence_store.cosigner import Cosigner, cosigning_key
from evidence_store.errors import NoteError, PackageError
from evidence_store.key_pem import parse_public_pem
from evidence_store.note import (
    ED25519,
    ED25519_COSIGNATURE,
    VerifierKey,
    parse_verifier_key,
)
from evidence_store.signer import Ed25519Signer
from evidence_store.witness_protocol import Answer

_SUFFIX = "/witness"


class OwnWitness:
    """Owned by the process ``name``; safe in any of its threads."""

    def __init__(self, store: Path, name: str, origins: Mapping[str, str]) -> None:
        """Open it; its key is made when there is none. ``origins`` are the logs' by name.

        Raises:
            EvidenceError: key or memory cannot be used.
        """
        self._store = store
        self._others = {log: origin for log, origin in origins.items() if log != name}
        key = store / "keys" / f"{name}.witness.pem"
        signer = Ed25519Signer.load(key) if key.exists() else Ed25519Signer.generate(key)
        self._cosigner = Cosigner(
            store / name / "witness", origins[name] + _SUFFIX, [signer], lambda: int(time.time())
        )
        self.key = cosigning_key(origins[name] + _SUFFIX, signer)

    def answer(self, body: bytes) -> Answer:
        """Answer one ``add-checkpoint`` request."""
        self._cosigner.trust(log_keys(self._store, self._others))
        return self._cosigner.add_checkpoint(body)

    def close(self) -> None:
        """Give the memory back."""
        self._cosigner.close()


def log_keys(store: Path, origins: Mapping[str, str]) -> list[VerifierKey]:
    """The Ed25519 keys of these logs, as far as they exist."""
    return _keys(store, {name: (origin, "", ED25519) for name, origin in origins.items()})


def own_witness_keys(store: Path, origins: Mapping[str, str]) -> dict[str, VerifierKey]:
    """The keys of the processes' witnesses by name, as far as they exist."""
    found: dict[str, VerifierKey] = {}
    for name, origin in origins.items():
        wanted = {name: (origin + _SUFFIX, ".witness", ED25519_COSIGNATURE)}
        for key in _keys(store, wanted):
            found[name] = key
    return found


def _keys(store: Path, wanted: Mapping[str, tuple[str, str, int]]) -> list[VerifierKey]:
    found: list[VerifierKey] = []
    for name, (key_name, suffix, kind) in wanted.items():
        try:
            pem = (store / "keys" / f"{name}{suffix}.pub.pem").read_bytes()
            found.append(VerifierKey(key_name, kind, parse_public_pem(pem)))
        except (OSError, PackageError):
            continue  # that process has not made it yet
    return found


def policy_bytes(
    logs: list[VerifierKey],
    own: Mapping[str, VerifierKey],
    outside: Mapping[str, tuple[VerifierKey, str]],
    quorum: int,
) -> bytes:
    """The policy of an installation (C2SP tlog-policy).

    ``quorum`` is how many outside witnesses must have cosigned; where there are none, one of the
    installation's own. 0 asks for nobody.
    """
    lines = ["# Duizhi 对质: whose cosignatures count for the logs of this installation", ""]
    lines += [f"log {log.text}" for log in logs]
    lines += [f"witness {name} {key.text}" for name, key in own.items()]
    lines += [f"witness {name} {key.text} {url}".rstrip() for name, (key, url) in outside.items()]
    groups = []
    if own:
        groups.append(f"group installation any {' '.join(own)}")
    if outside and quorum:
        groups.append(f"group outside {min(quorum, len(outside))} {' '.join(outside)}")
    name = "none" if not quorum or not groups else groups[-1].split()[1]
    return "".join(f"{line}\n" for line in [*lines, *groups, f"quorum {name}"]).encode()


def parse_outside(line: str) -> tuple[str, VerifierKey, str]:
    """Name, key and address of an outside witness as the settings spell it: ``NAME VKEY [URL]``.

    Without an address it is asked by the USB route.

    Raises:
        NoteError: it is not spelled so, or the key is no witness's.
    """
    name, *rest = line.split() or [""]
    if not 1 <= len(rest) <= 2 or name in ("none", "installation", "outside"):
        raise NoteError(f"expected NAME VKEY [URL], got {line!r}")
    key = parse_verifier_key(rest[0])
    if key.kind == ED25519:
        raise NoteError(f"the key of {name} signs notes; a witness's key is of type 4 or 6")
    return name, key, rest[1] if len(rest) == 2 else ""
