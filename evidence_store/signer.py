"""Keys in files that sign: Ed25519, and ML-DSA-44 beside it.

``keys/recorder-1.pem`` is the key that a log is known by, ``keys/recorder-1.ml-dsa-44.pem`` the
one that will still hold when quantum computers break the first. Private keys stay in this module
and key_files.py; nothing here prints, returns or logs them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from evidence_store.errors import KeyFileError
from evidence_store.key_files import public_key_path, read_private_key, write_private_key
from evidence_store.note import ED25519, ML_DSA_44
from evidence_store.signer_port import Signer

__all__ = ["Ed25519Signer", "MlDsa44Signer", "public_key_path"]

#: DER head of an Ed25519 public key (RFC 8410): what follows are its 32 bytes.
SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


class Ed25519Signer:
    """Signs checkpoints. ``name`` is the file's stem, such as ``recorder-1``."""

    kind = ED25519
    beside: Sequence[Signer] = ()
    twin: Signer | None = None
    ended: Sequence[bytes] = ()

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self._key = key
        self.public_key_bytes = key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls, path: Path) -> Ed25519Signer:
        """Make a new key at ``path`` (mode 0600) and its public half beside it.

        Raises:
            KeyFileError: a file of that name exists, or it cannot be written.
        """
        key = Ed25519PrivateKey.generate()
        write_private_key(path, key)
        return cls(path.stem, key)

    @classmethod
    def load(cls, path: Path, passphrase: bytes | None = None) -> Ed25519Signer:
        """The key at ``path``.

        Raises:
            KeyFileError: it is missing, no Ed25519 key, readable by others, or sealed.
        """
        key = read_private_key(path, passphrase)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(f"{path} is not an Ed25519 key")
        return cls(path.stem, key)

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over ``message`` (64 bytes)."""
        return self._key.sign(message)

    def public_key_pem(self) -> bytes:
        """The public half as a PEM file that openssl reads."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def key_sha256(self) -> str:
        """Fingerprint of the public key: SHA-256 of its DER form, in hex."""
        return hashlib.sha256(SPKI_HEAD + self.public_key_bytes).hexdigest()

    def statement(self, origin: str) -> dict[str, Any] | None:
        """A lone key is named by the first entry of its log already."""
        return None


class MlDsa44Signer:
    """Signs checkpoints with ML-DSA-44 (FIPS 204)."""

    kind = ML_DSA_44

    def __init__(self, key: MLDSA44PrivateKey) -> None:
        self._key = key
        self.public_key_bytes = key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls, path: Path) -> MlDsa44Signer:
        """Make a new key at ``path`` (mode 0600) and its public half beside it.

        Raises:
            KeyFileError: a file of that name exists, or it cannot be written.
        """
        key = MLDSA44PrivateKey.generate()
        write_private_key(path, key)
        return cls(key)

    @classmethod
    def load(cls, path: Path) -> MlDsa44Signer:
        """The key at ``path``.

        Raises:
            KeyFileError: it is missing, no ML-DSA-44 key, or readable by others.
        """
        key = read_private_key(path)
        if not isinstance(key, MLDSA44PrivateKey):
            raise KeyFileError(f"{path} is not an ML-DSA-44 key")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """The ML-DSA-44 signature over ``message`` (2,420 bytes)."""
        return self._key.sign(message)
