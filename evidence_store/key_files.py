"""Private keys in files that only their owner may read, and public halves beside them.

Where a pass phrase is set up (sealed_key.py) new keys are written encrypted; plain ones still
load. Only this module reads and writes key files; it never prints or logs what is secret.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from evidence_store.errors import KeyFileError
from evidence_store.sealed_key import find_passphrase, is_sealed, open_key, seal_key

_PEM_HEAD, _PEM_TAIL = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


def write_private_key(path: Path, key: PrivateKeyTypes, passphrase: bytes | None = None) -> None:
    """Write a new key to ``path`` (PKCS #8, mode 0600) and its public half beside it.

    Without ``passphrase`` that of this machine is used; without that one, the file is plain.

    Raises:
        KeyFileError: a file of that name exists, or it cannot be written.
    """
    passphrase = passphrase or find_passphrase()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(path, _private_bytes(key, passphrase), 0o600)
        _write_new(public_key_path(path), public_half(key), 0o644)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"cannot write the key {path}: {error.strerror}") from error


def read_private_key(path: Path, passphrase: bytes | None = None) -> PrivateKeyTypes:
    """The key at ``path``.

    Raises:
        KeyFileError: it is missing, no private key, readable by others, or its pass phrase is
            missing or wrong.
    """
    data = _read(path)
    try:
        if not is_sealed(data):
            return serialization.load_pem_private_key(data, password=None)
        passphrase = passphrase or find_passphrase()
        if passphrase is None:
            raise KeyFileError("it is encrypted, and no pass phrase is set up for this program")
        return serialization.load_der_private_key(open_key(data, passphrase), password=None)
    except KeyFileError as error:
        raise KeyFileError(f"cannot open the key {path}: {error}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is not a private key in PEM") from error


def write_private_bytes(path: Path, der: bytes, public: bytes) -> None:
    """The same for a key of a type that only OpenSSL knows: PKCS #8 (DER) and its public half.

    Raises:
        KeyFileError: as ``write_private_key``.
    """
    passphrase = find_passphrase()
    text = base64.encodebytes(der).decode()
    plain = f"{_PEM_HEAD}\n{text}{_PEM_TAIL}\n".encode()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(path, plain if passphrase is None else seal_key(der, passphrase), 0o600)
        _write_new(public_key_path(path), public, 0o644)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"cannot write the key {path}: {error.strerror}") from error


def read_private_bytes(path: Path) -> bytes:
    """PKCS #8 (DER) of a key that ``write_private_bytes`` wrote.

    Raises:
        KeyFileError: as ``read_private_key``.
    """
    data = _read(path)
    if is_sealed(data):
        passphrase = find_passphrase()
        if passphrase is None:
            raise KeyFileError(f"{path} is encrypted, and no pass phrase is set up")
        return open_key(data, passphrase)
    try:
        body = data.decode("ascii").partition(f"{_PEM_HEAD}\n")[2].partition(_PEM_TAIL)[0]
        return base64.b64decode("".join(body.split()), validate=True)
    except ValueError as error:
        raise KeyFileError(f"{path} is not a private key in PEM") from error


def is_encrypted(path: Path) -> bool:
    """Whether a key file is encrypted at rest.

    Raises:
        KeyFileError: it cannot be read.
    """
    return is_sealed(_read(path))


def encrypt_in_place(path: Path, passphrase: bytes) -> None:
    """Encrypt a plain key file.

    The plain bytes may stay on the disk until something is written over them; only a new key
    (rotation) ends what somebody may have copied.

    Raises:
        KeyFileError: it cannot be read or replaced.
    """
    data = _private_bytes(read_private_key(path), passphrase)
    half = path.with_name(f".{path.name}.sealing")
    try:
        half.unlink(missing_ok=True)
        _write_new(half, data, 0o600)
        half.rename(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"cannot write the key {path}: {error.strerror}") from error


def public_half(key: PrivateKeyTypes) -> bytes:
    """The public key as PEM."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_key_path(private: Path) -> Path:
    """Where the public half of a key file lies: ``recorder-1.pem`` -> ``recorder-1.pub.pem``."""
    return private.with_name(f"{private.stem}.pub.pem")


def replace_text(path: Path, text: str) -> None:
    """Write a public file beside the keys, flushed.

    Raises:
        KeyFileError: it cannot be written.
    """
    half = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half.unlink(missing_ok=True)
        _write_new(half, text.encode(), 0o644)
        half.rename(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"cannot write {path}: {error.strerror}") from error


def _private_bytes(key: PrivateKeyTypes, passphrase: bytes | None) -> bytes:
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    if passphrase is None:
        return key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
    return seal_key(key.private_bytes(serialization.Encoding.DER, pkcs8, plain), passphrase)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"{path} may be read by others; run: chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from error


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
