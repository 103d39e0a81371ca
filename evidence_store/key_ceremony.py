"""The unit's root, which certifies the keys of hosts and is kept away from them.

``make_root``    once: a key file, encrypted with its own pass phrase, and its public half
``certify``      for each log: a certificate of the public keys in a store's ``keys/``

The root file belongs on a stick or a card in a safe. Certifying needs only the public halves, so
it can be done on a machine without a network: take ``keys/*.pub.pem`` there and the certificate
back. Formats: key_statement.py.
"""

from __future__ import annotations

import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from evidence_store.errors import KeyFileError, NoteError
from evidence_store.host_keys import ROOT_FILE, certificate_path
from evidence_store.key_files import public_key_path, replace_text, write_private_key
from evidence_store.key_pem import spki_sha256
from evidence_store.key_statement import Certificate, sign_statement
from evidence_store.note import (
    ED25519,
    ML_DSA_44,
    OWN_TYPE,
    VerifierKey,
    name_is_valid,
    parse_verifier_key,
)
from evidence_store.signer import Ed25519Signer
from evidence_store.sm2 import SM2_IDENTIFIER
from evidence_store.sm2_signer import sm2_point, sm2_public_path

_DAY_S = 86_400


class UnitRoot:
    """A unit's root, opened for a ceremony."""

    def __init__(self, key: VerifierKey, signer: Ed25519Signer) -> None:
        self.key = key
        self._signer = signer

    @property
    def sha256(self) -> str:
        """Fingerprint of the public key."""
        return spki_sha256(self.key.public_key)

    def certify(self, name: str, keys: tuple[VerifierKey, ...], *, days: int = 0) -> str:
        """A certificate of a host's keys, as a signed note; ``days`` 0: without end."""
        now_s = int(time.time())
        until_s = now_s + days * _DAY_S if days else 0
        certificate = Certificate("host", name, now_s, until_s, keys)
        return sign_statement(certificate.text, self.key, self._signer.sign)


def make_root(path: Path, name: str, passphrase: bytes | None) -> UnitRoot:
    """Make a unit's root at ``path``; ``name`` is a schema-less address such as ``unit.example``.

    Raises:
        KeyFileError: the name cannot be one, or the files exist or cannot be written.
    """
    if not name_is_valid(name) or len(name.encode()) > 200:
        raise KeyFileError(f"not a name for a root: {name!r}; expected such as unit.example/root")
    key = Ed25519PrivateKey.generate()
    write_private_key(path, key, passphrase)
    public = VerifierKey(name, ED25519, key.public_key().public_bytes_raw())
    replace_text(path.with_suffix(".vkey"), public.text + "\n")
    return UnitRoot(public, Ed25519Signer(path.stem, key))


def open_root(path: Path, passphrase: bytes | None) -> UnitRoot:
    """The root at ``path``.

    Raises:
        KeyFileError: it cannot be opened.
    """
    signer = Ed25519Signer.load(path, passphrase)
    vkey = path.with_suffix(".vkey")
    try:
        key = parse_verifier_key(vkey.read_text(encoding="utf-8").strip())
    except (OSError, ValueError, NoteError) as error:
        raise KeyFileError(f"cannot read {vkey}: {error}") from error
    if key.public_key != signer.public_key_bytes:
        raise KeyFileError(f"{vkey} does not belong to {path}")
    return UnitRoot(key, signer)


def certify_log(root: UnitRoot, keys: Path, log: str, origin: str, *, days: int = 0) -> Path:
    """Certify the keys of one log, from the public halves in ``keys``; returns the certificate.

    Raises:
        KeyFileError: a public half is missing, or something cannot be written.
    """
    note = root.certify(origin, public_keys(keys, log, origin), days=days)
    replace_text(keys / ROOT_FILE, root.key.text + "\n")
    path = certificate_path(keys, log)
    replace_text(path, note)
    return path


def public_keys(keys: Path, log: str, origin: str) -> tuple[VerifierKey, ...]:
    """The verifier keys of a log, from the public halves of its key files.

    Raises:
        KeyFileError: one cannot be read.
    """
    found: list[VerifierKey] = []
    for name in (f"{log}.pem", f"{log}.ml-dsa-44.pem"):
        path = public_key_path(keys / name)
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except FileNotFoundError as error:
            if found:
                continue
            raise KeyFileError(f"there is no {path}: start the recorder once") from error
        except (OSError, ValueError) as error:
            raise KeyFileError(f"cannot read {path}: {error}") from error
        if isinstance(key, Ed25519PublicKey):
            found.append(VerifierKey(origin, ED25519, key.public_bytes_raw()))
        elif isinstance(key, MLDSA44PublicKey):
            found.append(VerifierKey(origin, ML_DSA_44, key.public_bytes_raw()))
        else:
            raise KeyFileError(f"{path} is a key of a type that signs no log")
    public = sm2_public_path(keys, log)
    if public.exists():
        found.append(VerifierKey(origin, OWN_TYPE, SM2_IDENTIFIER + sm2_point(public)))
    return tuple(found)
