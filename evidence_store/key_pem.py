"""Reading an Ed25519 public key from a PEM file (RFC 8410), with the standard library."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from evidence_store.errors import PackageError

#: DER head of an Ed25519 public key: what follows are its 32 bytes.
_ED25519_SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n")


def parse_public_pem(data: bytes) -> bytes:
    """The 32 bytes of the key.

    Raises:
        PackageError: it is not an Ed25519 public key in PEM.
    """
    match = _PEM.fullmatch(data)
    try:
        der = base64.b64decode(match[1].replace(b"\n", b""), validate=True) if match else b""
    except binascii.Error:
        der = b""
    if len(der) != 44 or not der.startswith(_ED25519_SPKI_HEAD):
        raise PackageError("not an Ed25519 public key in PEM")
    return der[len(_ED25519_SPKI_HEAD) :]


def public_pem(public_key: bytes) -> bytes:
    """The PEM file of an Ed25519 public key."""
    text = base64.b64encode(_ED25519_SPKI_HEAD + public_key).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n".encode()


def spki_sha256(public_key: bytes) -> str:
    """Fingerprint: SHA-256 of the DER form, as ``openssl pkey -pubin -outform DER`` gives it."""
    return hashlib.sha256(_ED25519_SPKI_HEAD + public_key).hexdigest()
