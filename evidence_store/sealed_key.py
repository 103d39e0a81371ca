"""A private key encrypted at rest: scrypt (RFC 7914) from a pass phrase, AES-256-GCM over PKCS #8.

The file is text::

    -----BEGIN DUIZHI SEALED KEY-----
    base64(magic "DZK1", log2 of N, r, p, salt (16), nonce (12), ciphertext and tag)
    -----END DUIZHI SEALED KEY-----

Everything before the ciphertext is authenticated with it. The pass phrase never comes from a
command line; it is the first line of a file, found in this order:

1. the file that ``DUIZHI_KEY_PASSPHRASE_FILE`` names
2. ``$CREDENTIALS_DIRECTORY/duizhi-key-passphrase`` (systemd: ``LoadCredential=``)
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from evidence_store.errors import KeyFileError

PASSPHRASE_VARIABLE = "DUIZHI_KEY_PASSPHRASE_FILE"
CREDENTIAL = "duizhi-key-passphrase"

_HEAD, _TAIL = "-----BEGIN DUIZHI SEALED KEY-----", "-----END DUIZHI SEALED KEY-----"
_SEALED = re.compile(rf"{_HEAD}\n([A-Za-z0-9+/=\n]+){_TAIL}\n".encode())
_MAGIC = b"DZK1"
_LOG_N, _R, _P = 16, 8, 1  # 64 MiB and about 0.15 s
_LOG_N_MAX, _R_MAX, _P_MAX = 20, 16, 4  # what a file may ask for
_HEADER_BYTES = 4 + 3 + 16 + 12
_PASSPHRASE_BYTES_MAX = 1024


def is_sealed(data: bytes) -> bool:
    """Whether a key file is encrypted in this way."""
    return data.startswith(_HEAD.encode())


def seal_key(der: bytes, passphrase: bytes) -> bytes:
    """The file that holds this key."""
    salt, nonce = os.urandom(16), os.urandom(12)
    header = _MAGIC + bytes([_LOG_N, _R, _P]) + salt + nonce
    sealed = AESGCM(_derive(passphrase, salt, _LOG_N, _R, _P)).encrypt(nonce, der, header)
    lines = base64.encodebytes(header + sealed).decode()
    return f"{_HEAD}\n{lines}{_TAIL}\n".encode()


def open_key(data: bytes, passphrase: bytes) -> bytes:
    """The key in the file (PKCS #8, DER).

    Raises:
        KeyFileError: the pass phrase is another one, or the file is damaged.
    """
    match = _SEALED.fullmatch(data)
    try:
        raw = base64.b64decode(match[1].replace(b"\n", b""), validate=True) if match else b""
    except binascii.Error:
        raw = b""
    header, sealed = raw[:_HEADER_BYTES], raw[_HEADER_BYTES:]
    if not header.startswith(_MAGIC) or len(sealed) < 16:
        raise KeyFileError("the encrypted key is damaged")
    log_n, r, p = header[4:7]
    if not (0 < log_n <= _LOG_N_MAX and 0 < r <= _R_MAX and 0 < p <= _P_MAX):
        raise KeyFileError("the encrypted key asks for more memory than is sensible")
    key = _derive(passphrase, header[7:23], log_n, r, p)
    try:
        return AESGCM(key).decrypt(header[23:], sealed, header)
    except InvalidTag as error:
        raise KeyFileError("the pass phrase is not the one the key was sealed with") from error


def find_passphrase() -> bytes | None:
    """The pass phrase of this machine's key files, or None when none is set up.

    Raises:
        KeyFileError: it is set up, and cannot be read.
    """
    named = os.environ.get(PASSPHRASE_VARIABLE)
    if named:
        return read_passphrase(Path(named))
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL).exists():
        return read_passphrase(Path(credentials) / CREDENTIAL)
    return None


def read_passphrase(path: Path) -> bytes:
    """The first line of a file.

    Raises:
        KeyFileError: it cannot be read, may be read by others, or holds none.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"{path} may be read by others; run: chmod 600 {path}")
            line = file.readline(_PASSPHRASE_BYTES_MAX).rstrip(b"\r\n")
    except OSError as error:
        raise KeyFileError(f"cannot read the pass phrase {path}: {error.strerror}") from error
    if not line:
        raise KeyFileError(f"{path} holds no pass phrase: expected it on the first line")
    return line


def _derive(passphrase: bytes, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    try:
        return Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p).derive(passphrase)
    except (ValueError, MemoryError) as error:
        raise KeyFileError(f"cannot derive the key: {error}") from error
