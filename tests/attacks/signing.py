"""Signing a forged head: with the keys of a store, or with keys of the attacker's own."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import rfc8785

from evidence_store.checkpoint import Checkpoint, sign_checkpoint
from evidence_store.cosignature import cosign
from evidence_store.host_keys import HostKeys, open_host_keys
from evidence_store.key_pem import _ED25519_SPKI_HEAD
from evidence_store.merkle import HashTree
from evidence_store.note import VerifierKey


def keys_of(store: Path, log: str) -> HostKeys:
    """The keys of a log; made when they are not there."""
    return open_host_keys(store, log)


def public_pem(public_key: bytes) -> bytes:
    """An Ed25519 public key as a PEM file."""
    text = base64.b64encode(_ED25519_SPKI_HEAD + public_key)
    return b"-----BEGIN PUBLIC KEY-----\n" + text + b"\n-----END PUBLIC KEY-----\n"


def signed_head(origin: str, tree: HashTree, keys: HostKeys) -> Checkpoint:
    """A checkpoint of this tree with every line the log's keys make."""
    head = sign_checkpoint(origin, tree.size, tree.root(), keys.public_key_bytes, keys.sign)
    for one in keys.beside:
        key = VerifierKey(origin, one.kind, one.public_key_bytes)
        head = cosign(head, key, one.sign, int(time.time()))
    return head


def name_keys(lines: list[bytes], origin: str, keys: HostKeys) -> list[bytes]:
    """The entries of a log, naming these keys as its own."""
    named: list[bytes] = []
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            named.append(line)
            continue
        kind = entry.get("kind")
        if kind == "log.open":
            entry["body"]["key_sha256"] = keys.key_sha256
        elif kind == "key.host":
            entry["body"] = keys.statement(origin)
        named.append(rfc8785.dumps(entry) if kind in ("log.open", "key.host") else line)
    return named
