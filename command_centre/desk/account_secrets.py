"""Secrets of accounts at rest: sealed with AES-256-GCM under a key file of the store.

The key lies in ``keys/accounts.key`` (0600), apart from the database, so that a copy of the
database alone opens nothing. Each secret is bound to its account and cannot be moved to another.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from command_centre.errors import Rejected
from evidence_store.durable import Disk, make_directories, replace_file

_KEY_BYTES = 32
_NONCE_BYTES = 12


class AccountSecrets:
    """Seals and opens; used in worker threads or on the loop, it is microseconds."""

    def __init__(self, store: Path) -> None:
        self._path = store / "keys" / "accounts.key"
        self._key = b""

    def seal(self, account_id: str, secret: bytes) -> bytes:
        """The secret as it is stored."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._read(make=True)).encrypt(nonce, secret, account_id.encode())

    def open(self, account_id: str, sealed: bytes) -> bytes:
        """The secret again.

        Raises:
            Rejected: ``secret_unreadable``: another key, another account, or altered bytes.
        """
        try:
            return AESGCM(self._read(make=False)).decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], account_id.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise Rejected(
                "secret_unreadable", "the second factor cannot be read; the administrator resets it"
            ) from error

    def _read(self, *, make: bool) -> bytes:
        if not self._key:
            if make and not self._path.exists():
                disk = Disk()
                make_directories(disk, self._path.parent)
                replace_file(disk, self._path, os.urandom(_KEY_BYTES))
                self._path.chmod(0o600)
            try:
                self._key = self._path.read_bytes()
            except OSError as error:
                raise Rejected(
                    "secret_unreadable", "the key of the accounts cannot be read"
                ) from error
        return self._key
