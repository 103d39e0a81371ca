"""A log's Ed25519 key in a device (PKCS #11): it signs there and never leaves it.

Set up by the environment, like the pass phrase of key files, so that every command finds it:

``DUIZHI_PKCS11_MODULE``    the device's library, such as /usr/lib/softhsm/libsofthsm2.so
``DUIZHI_PKCS11_TOKEN``     label of the token
``DUIZHI_PKCS11_PIN_FILE``  a file whose first line is the user's PIN

The device must know CKM_EDDSA with Ed25519 (PKCS #11 3.0; SoftHSM 2.6.1 as Debian 12 ships it
does). Devices do not know ML-DSA-44 yet: that key stays in a file. A device that refuses to sign
is asked once more with a new connection; then the writer stops, as for a disk that refuses.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11.exceptions import PKCS11Error

from evidence_store.errors import KeyFileError, SignerFailed
from evidence_store.key_pem import public_pem, spki_sha256
from evidence_store.note import ED25519
from evidence_store.sealed_key import read_passphrase
from evidence_store.signer_port import Signer

MODULE_VARIABLE = "DUIZHI_PKCS11_MODULE"
TOKEN_VARIABLE = "DUIZHI_PKCS11_TOKEN"
PIN_VARIABLE = "DUIZHI_PKCS11_PIN_FILE"

#: The curve's name as CKA_EC_PARAMS spells it (PKCS #11 3.0, 2.3.10): a printable string.
_EDWARDS25519 = bytes.fromhex("130c656477617264733235353139")
_POINT_HEAD = bytes.fromhex("0420")  # CKA_EC_POINT is a DER octet string


@dataclass(frozen=True)
class KeyDevice:
    """Where a device is and how to log in."""

    module: str
    token: str
    pin_file: Path


class Pkcs11Signer:
    """One Ed25519 key of a device, by its label. Used by one thread at a time."""

    kind = ED25519
    beside: Sequence[Signer] = ()
    twin: Signer | None = None
    ended: Sequence[bytes] = ()

    def __init__(self, device: KeyDevice, label: str) -> None:
        self.name = label
        self._device = device
        self._lock = threading.Lock()
        self._session: Any = None
        self._private: Any = None
        try:
            self._connect()
            found = self._find(pkcs11.ObjectClass.PUBLIC_KEY)
            point = bytes(found[pkcs11.Attribute.EC_POINT])
        except PKCS11Error as error:
            raise KeyFileError(f"the device has no key {label}: {_said(error)}") from error
        self.public_key_bytes = point.removeprefix(_POINT_HEAD) if len(point) == 34 else point

    @classmethod
    def generate(cls, device: KeyDevice, name: str) -> Pkcs11Signer:
        """Make a new key in the device, under a label that begins with ``name``.

        Raises:
            KeyFileError: the device refuses.
        """
        label = f"{name}-{secrets.token_hex(4)}"
        try:
            with _login(device) as session:
                curve = session.create_domain_parameters(
                    pkcs11.KeyType.EC_EDWARDS,
                    {pkcs11.Attribute.EC_PARAMS: _EDWARDS25519},
                    local=True,
                )
                curve.generate_keypair(
                    mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                    store=True,
                    label=label,
                    id=label.encode(),
                )
        except PKCS11Error as error:
            raise KeyFileError(f"the device makes no Ed25519 key: {_said(error)}") from error
        return cls(device, label)

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over ``message``, made in the device.

        Raises:
            SignerFailed: the device refuses, also over a new connection.
        """
        with self._lock:
            try:
                return self._sign(message)
            except PKCS11Error:
                pass  # unplugged and back, or logged out by its own timer
            try:
                self._connect()
                return self._sign(message)
            except (PKCS11Error, KeyFileError) as error:
                raise SignerFailed(f"the key device refuses to sign: {_said(error)}") from error

    def public_key_pem(self) -> bytes:
        """The public half as a PEM file that openssl reads."""
        return public_pem(self.public_key_bytes)

    @property
    def key_sha256(self) -> str:
        """Fingerprint of the public key: SHA-256 of its DER form, in hex."""
        return spki_sha256(self.public_key_bytes)

    def statement(self, origin: str) -> dict[str, Any] | None:
        """A lone key is named by the first entry of its log already."""
        return None

    def close(self) -> None:
        """Log out."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _sign(self, message: bytes) -> bytes:
        if self._private is None:
            raise pkcs11.exceptions.SessionClosed
        return bytes(self._private.sign(message, mechanism=pkcs11.Mechanism.EDDSA))

    def _connect(self) -> None:
        self._private = None
        self._session = _login(self._device)
        self._private = self._find(pkcs11.ObjectClass.PRIVATE_KEY)

    def _find(self, what: Any) -> Any:
        return self._session.get_key(object_class=what, label=self.name)


def find_device() -> KeyDevice | None:
    """The device that is set up for this machine, if any.

    Raises:
        KeyFileError: it is set up in part only.
    """
    given = [os.environ.get(name, "") for name in (MODULE_VARIABLE, TOKEN_VARIABLE, PIN_VARIABLE)]
    if not any(given):
        return None
    if not all(given):
        raise KeyFileError(
            f"a key device needs all of {MODULE_VARIABLE}, {TOKEN_VARIABLE} and {PIN_VARIABLE}"
        )
    return KeyDevice(given[0], given[1], Path(given[2]))


def _login(device: KeyDevice) -> Any:
    try:
        library = pkcs11.lib(device.module)
        token = library.get_token(token_label=device.token)
        return token.open(rw=True, user_pin=read_passphrase(device.pin_file).decode())
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        return token.open(rw=True)
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise KeyFileError(f"cannot log in to token {device.token}: {_said(error)}") from error


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
