"""Wrapping the data keys of a session to this machine again, with the unit's key at hand.

The one change ever made to a key file beside its destruction. No wrap is taken away.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from evidence_store.durable import Disk, store_error
from evidence_store.errors import SealedError, SealedKeyMissing
from evidence_store.session_key import (
    MACHINE,
    Recipient,
    SessionKeys,
    load_machine_key,
    make_machine_key,
    read_session_keys,
    write_session_keys,
)


def rewrap_session(
    disk: Disk, root: Path, session: str, unit: X25519PrivateKey, now_us: int
) -> bool:
    """Wrap what the unit's key opens to the machine's, made anew if lost; whether all open now.

    Raises:
        SealedError: the key file cannot be read, or nothing in it opens with the unit's key.
        StoreError: the disk refused.
    """
    keys = read_session_keys(root, session)
    private = _machine_key(root.parent)
    machine = Recipient(MACHINE, private.public_key())
    opened = changed = 0
    for at, one in enumerate(keys.keys):
        try:
            keys.open(private, one.id)
            opened += 1
            continue
        except SealedError:
            pass  # what the machine cannot open is what this is for
        try:
            key = keys.open(unit, one.id)
        except SealedKeyMissing:
            continue
        fresh = SessionKeys(keys.origin, session)
        fresh.add(key, [machine], now_us)
        keys.keys[at] = replace(one, wraps=(*one.wraps, *fresh.keys[0].wraps))
        opened, changed = opened + 1, changed + 1
    if not opened:
        raise SealedKeyMissing(f"session {session}: its keys are not wrapped to this unit key")
    if changed:
        try:
            write_session_keys(disk, root, keys)
        except OSError as error:
            raise store_error(error, f"cannot write the key of session {session}") from error
    return opened == len(keys.keys)


def _machine_key(store: Path) -> X25519PrivateKey:
    try:
        return load_machine_key(store)
    except SealedKeyMissing:
        return make_machine_key(store)
