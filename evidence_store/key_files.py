"""Private keys in files that only their owner may read, and public halves beside them.

Only this module reads and writes them; it never prints or logs what is secret.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from evidence_store.errors import KeyFileError


def write_private_key(path: Path, key: PrivateKeyTypes) -> None:
    """Write a new key to ``path`` (PKCS #8, mode 0600) and its public half beside it.

    Raises:
        KeyFileError: a file of that name exists, or it cannot be written.
    """
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(path, pem, 0o600)
        _write_new(public_key_path(path), public_half(key), 0o644)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"cannot write the key {path}: {error.strerror}") from error


def read_private_key(path: Path) -> PrivateKeyTypes:
    """The key at ``path``.

    Raises:
        KeyFileError: it is missing, no private key, or readable by others.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"{path} may be read by others; run: chmod 600 {path}")
            return serialization.load_pem_private_key(file.read(), password=None)
    except OSError as error:
        raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is not an unencrypted private key in PEM") from error


def public_half(key: PrivateKeyTypes) -> bytes:
    """The public key as PEM."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


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
