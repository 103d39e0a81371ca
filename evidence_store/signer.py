"""The key of a log: an Ed25519 private key in a PKCS #8 file that only its owner may read.

Everything secret is in this module; it never prints, returns or logs the private key.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.errors import KeyFileError

#: DER head of an Ed25519 public key (RFC 8410): what follows are its 32 bytes.
SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


class Ed25519Signer:
    """Signs checkpoints. ``name`` is the file's stem, such as ``recorder-1``."""

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
        signer = cls(path.stem, key)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(path, pem, 0o600)
            _write_new(public_key_path(path), signer.public_key_pem(), 0o644)
            _sync_directory(path.parent)
        except OSError as error:
            raise KeyFileError(f"cannot write the key {path}: {error.strerror}") from error
        return signer

    @classmethod
    def load(cls, path: Path) -> Ed25519Signer:
        """The key at ``path``.

        Raises:
            KeyFileError: it is missing, no Ed25519 key, or readable by others.
        """
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise KeyFileError(f"{path} may be read by others; run: chmod 600 {path}")
                key = serialization.load_pem_private_key(file.read(), password=None)
        except OSError as error:
            raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyFileError(f"{path} is not an unencrypted private key in PEM") from error
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


def public_key_path(private: Path) -> Path:
    """Where the public half of a key file lies: ``recorder-1.pem`` -> ``recorder-1.pub.pem``."""
    return private.with_name(f"{private.stem}.pub.pem")


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
