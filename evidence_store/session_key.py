"""Data keys of sessions, wrapped to those who may open them, and the key pairs they are wrapped to.

A session's data key is random, made when the session opens, and lies only wrapped, in
``<store>/<log>/keys/<session>.json``::

    {"format": "duizhi-session-keys/1", "origin": ..., "session": ...,
     "keys": [{"id": hex, "made_us": ..., "wraps": [{"for": "machine" | "unit",
               "recipient": hex SHA-256 of the public key, "suite": ..., "wrapped": base64}]}]}

A wrap is HPKE base mode (RFC 9180), DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: what is
stored is the encapsulated key (32 bytes) and the ciphertext (48). Its info is the line
"duizhi-session-keys/1", then origin, session and id of the key, a line each, so a wrap opens for
this session only. Whoever wraps needs public keys alone: the recording host holds no secret of
the unit.

There is more than one key when the machine's own key was lost while the session was open: then
recording goes on under a new key, and the old one is for the unit to recover.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.errors import KeyFileError, SealedError, SealedKeyMissing, SealedKeyWrong
from evidence_store.sealed_file import KEY_BYTES, DataKey

FORMAT = "duizhi-session-keys/1"
SUITE = "HPKE base X25519 HKDF-SHA256 AES-256-GCM"
MACHINE, UNIT = "machine", "unit"
#: Below the store: the machine's pair, and the public halves of the unit's keys.
SEALING = Path("keys/sealing")
MACHINE_FILE = SEALING / "machine.pem"
UNIT_FOLDER = SEALING / "unit"

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_SESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_FILE_BYTES_MAX = 1 << 20


@dataclass(frozen=True)
class Recipient:
    """Somebody a data key is wrapped to."""

    role: str  # MACHINE or UNIT
    key: X25519PublicKey

    @property
    def sha256(self) -> str:
        """Fingerprint: SHA-256 of the 32 bytes of the public key, in hex."""
        return fingerprint(self.key)


@dataclass(frozen=True)
class WrappedKey:
    """One data key of a session, as it lies in the file."""

    id: str
    made_us: int
    wraps: tuple[dict[str, str], ...]


@dataclass
class SessionKeys:
    """The key file of a session."""

    origin: str
    session: str
    keys: list[WrappedKey] = field(default_factory=list)

    def add(self, key: DataKey, recipients: Sequence[Recipient], made_us: int) -> None:
        """Wrap a key to everybody who may open it."""
        info = _info(self.origin, self.session, key.id.hex())
        wraps = tuple(
            {
                "for": one.role,
                "recipient": one.sha256,
                "suite": SUITE,
                "wrapped": base64.b64encode(_HPKE.encrypt(key.secret, one.key, info)).decode(),
            }
            for one in recipients
        )
        self.keys.append(WrappedKey(key.id.hex(), made_us, wraps))

    def open(self, private: X25519PrivateKey, id: str | None = None) -> DataKey:
        """The data key with this id (the newest without one).

        Raises:
            SealedKeyMissing: no such key, or it is not wrapped to the holder of ``private``.
            SealedKeyWrong: a wrap for the holder does not open.
        """
        own = fingerprint(private.public_key())
        found = [one for one in self.keys if id in (None, one.id)]
        if not found:
            raise SealedKeyMissing(f"session {self.session} has no key {id}")
        wraps = [wrap for wrap in found[-1].wraps if wrap.get("recipient") == own]
        if not wraps:
            raise SealedKeyMissing(
                f"the key of session {self.session} is not wrapped to this key ({own[:16]})"
            )
        info = _info(self.origin, self.session, found[-1].id)
        try:
            wrapped = base64.b64decode(wraps[0].get("wrapped", ""), validate=True)
            key = DataKey(_HPKE.decrypt(wrapped, private, info))
        except (InvalidTag, ValueError, binascii.Error, SealedKeyWrong) as error:
            raise SealedKeyWrong(f"the wrap of session {self.session} does not open") from error
        if key.id.hex() != found[-1].id:
            raise SealedKeyWrong(f"session {self.session}: another key was wrapped")
        return key

    def to_dict(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "format": FORMAT,
            "origin": self.origin,
            "session": self.session,
            "keys": [
                {"id": one.id, "made_us": one.made_us, "wraps": list(one.wraps)}
                for one in self.keys
            ],
        }


def key_file(root: Path, session: str) -> Path:
    """Where the keys of a session lie; ``root`` is the directory of its log.

    Raises:
        SealedKeyMissing: that is no name of a session.
    """
    if not _SESSION.fullmatch(session):
        raise SealedKeyMissing(f"not a session: {session!r}")
    return root / "keys" / f"{session}.json"


def read_session_keys(root: Path, session: str) -> SessionKeys:
    """The key file of a session.

    Raises:
        SealedKeyMissing: there is none.
        SealedError: it cannot be read.
    """
    path = key_file(root, session)
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise SealedKeyMissing(f"session {session} has no key here") from error
    except OSError as error:
        raise SealedError(f"{path} cannot be read: {error.strerror}") from error
    return parse_session_keys(data, str(path))


def parse_session_keys(data: bytes, name: str) -> SessionKeys:
    """The content of a key file.

    Raises:
        SealedError: it is not one.
    """
    try:
        value = json.loads(data[:_FILE_BYTES_MAX])
        if value["format"] != FORMAT:
            raise SealedError(f"{name} has the format {value['format']!r}, expected {FORMAT}")
        keys = [
            WrappedKey(
                str(one["id"]),
                int(one["made_us"]),
                tuple({str(k): str(v) for k, v in wrap.items()} for wrap in one["wraps"]),
            )
            for one in value["keys"]
        ]
        return SessionKeys(str(value["origin"]), str(value["session"]), keys)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SealedError(f"{name} is no file of session keys") from error


def write_session_keys(disk: Disk, root: Path, keys: SessionKeys) -> None:
    """Make the key file durable.

    Raises:
        OSError: the disk refused.
    """
    path = key_file(root, keys.session)
    make_directories(disk, path.parent)
    replace_file(disk, path, json.dumps(keys.to_dict(), indent=1).encode() + b"\n")


def fingerprint(key: X25519PublicKey) -> str:
    """SHA-256 of the 32 bytes of a public key, in hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def load_machine_key(store: Path) -> X25519PrivateKey:
    """The machine's own private key; its file may be a link to one on another disk.

    Raises:
        SealedKeyMissing: there is none.
        KeyFileError: it cannot be used.
    """
    path = store / MACHINE_FILE
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"{path} may be read by others; run: chmod 600 {path}")
            key = serialization.load_pem_private_key(file.read(_FILE_BYTES_MAX), password=None)
    except FileNotFoundError as error:
        raise SealedKeyMissing(
            f"{path} is not there: sealed media open with the unit's key only "
            "(duizhi unit-key recover)"
        ) from error
    except OSError as error:
        raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is not a private key in PEM") from error
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileError(f"{path} is not an X25519 key")
    return key


def make_machine_key(store: Path) -> X25519PrivateKey:
    """The machine's key, made if there is none; two processes may ask at once.

    Raises:
        KeyFileError: it cannot be written or used.
    """
    path = store / MACHINE_FILE
    if not path.exists():
        key = X25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _publish_private(path, pem)
        except OSError as error:
            raise KeyFileError(f"cannot write the key {path}: {error.strerror}") from error
    return load_machine_key(store)


def public_pem(key: X25519PublicKey) -> bytes:
    """A public key as a PEM file (RFC 8410)."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def parse_recipient_pem(data: bytes, name: str) -> X25519PublicKey:
    """A unit's public key.

    Raises:
        KeyFileError: it is none.
    """
    try:
        key = serialization.load_pem_public_key(data[:_FILE_BYTES_MAX])
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{name} is not a public key in PEM") from error
    if not isinstance(key, X25519PublicKey):
        raise KeyFileError(f"{name} is not an X25519 key")
    return key


def unit_keys(store: Path) -> Iterator[tuple[str, X25519PublicKey]]:
    """Names and public halves of the unit's keys.

    Raises:
        KeyFileError: one of the files is no key.
    """
    folder = store / UNIT_FOLDER
    for path in sorted(folder.glob("*.pem")) if folder.is_dir() else []:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
        yield path.stem, parse_recipient_pem(data, str(path))


def new_data_key() -> DataKey:
    """A random data key."""
    return DataKey(os.urandom(KEY_BYTES))


def _info(origin: str, session: str, id: str) -> bytes:
    return f"{FORMAT}\n{origin}\n{session}\n{id}\n".encode()


def _publish_private(path: Path, data: bytes) -> None:
    """Write under a name of our own, then link it into place: whoever is first has made the key."""
    temporary = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        os.close(descriptor)
        os.unlink(temporary)
