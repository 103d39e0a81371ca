"""The keys of one log on this host: made at the first start, certified, rotated.

In ``<store>/keys``::

    recorder-1.pem, .pub.pem                     Ed25519: the key the log is known by
    recorder-1.device                            instead of recorder-1.pem: the label under which
                                                 a device (pkcs11_signer.py) holds the key
    recorder-1.ml-dsa-44.pem, ....pub.pem        ML-DSA-44: its line stands beside
    recorder-1.certificate                       the root's certificate of both, when there is one
    root.vkey                                    the root's public key
    recorder-1.next.pem, ...                     only while keys are rotated

Rotation, and what is true if the process dies after each step:

1. the next keys lie beside the present ones. The next opening removes them.
   That also holds when ``key.rotate`` is in the log already and no checkpoint covers it: the
   ``recover`` and ``key.host`` entries behind it say that it was undone (key_ladder.py).
2. ``key.rotate`` is in the log, and the checkpoint over it is signed by both. The next opening
   sees the next key's line on a checkpoint, here or in a mirror, and goes on with step 3.
3. the next keys take the names of the present ones, whose private halves are gone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evidence_store.checkpoint import parse_checkpoint
from evidence_store.errors import FormatError, KeyFileError, NoteError, PackageError
from evidence_store.key_files import public_key_path, replace_text
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.key_statement import Certificate, parse_certificate, sign_statement
from evidence_store.note import ED25519, VerifierKey, lines_of, parse_note, parse_verifier_key
from evidence_store.pkcs11_signer import Pkcs11Signer, find_device
from evidence_store.places import roots_of
from evidence_store.signer import Ed25519Signer, MlDsa44Signer
from evidence_store.signer_port import Signer
from evidence_store.sm2_signer import Sm2Signer, make_sm2_key, sm2_path

ROOT_FILE = "root.vkey"
_BESIDE = ".ml-dsa-44"  # what follows the log's name in the name of the key beside its own

#: The key that a log is known by, in a file or in a device.
MainSigner = Ed25519Signer | Pkcs11Signer


class HostKeys:
    """The keys of one log of this host: the one it is known by, and those beside it."""

    kind = ED25519

    def __init__(
        self,
        main: MainSigner,
        beside: Sequence[Signer],
        root: str | None = None,
        certificate: str | None = None,
        twin: Signer | None = None,
        ended: Sequence[bytes] = (),
    ) -> None:
        self.twin = twin
        self.ended = tuple(ended)
        self.name = main.name
        self.beside = tuple(beside)
        self.public_key_bytes = main.public_key_bytes
        self.key_sha256 = main.key_sha256
        self._main = main
        self._root = root
        self._certificate = certificate

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over ``message``."""
        return self._main.sign(message)

    def certified(self, root: str, certificate: str) -> HostKeys:
        """The same keys with a root's certificate."""
        return HostKeys(self._main, self.beside, root, certificate, self.twin, self.ended)

    def public_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The verifier keys of all lines, the Ed25519 key first."""
        signers = (self._main, *self.beside)
        return tuple(VerifierKey(origin, one.kind, one.public_key_bytes) for one in signers)

    def statement(self, origin: str) -> dict[str, Any]:
        """What ``key.host`` says: the verifier keys whose lines every later checkpoint carries,
        and the root's certificate when it covers them."""
        keys = self.public_keys(origin)
        body: dict[str, Any] = {"keys": [key.text for key in keys]}
        if self.twin is not None:
            body["sm3"] = True
        if self._root is not None and self._covers(origin, keys):
            body |= {"root": self._root, "root_certificate": self._certificate}
        return body

    def _covers(self, origin: str, keys: Sequence[VerifierKey]) -> bool:
        """Not after a rotation, until the root certifies the new keys."""
        try:
            certificate = parse_certificate(self._certificate)
        except NoteError:
            return False
        return certificate.name == origin and set(keys) <= set(certificate.keys)


class TurningKeys(HostKeys):
    """The keys of a log while they are rotated: both sets sign.

    ``turn`` is called when the log has been opened with the present key: from then on the next
    one stands first.
    """

    def __init__(self, present: HostKeys, following: HostKeys) -> None:
        self._present, self._following = present, following
        self._take(present, ())

    def turn(self) -> None:
        """The next checkpoint carries the lines of the next keys, then those of the present."""
        self._take(self._following, (self._present._main, *self._present.beside))

    def rotation(self, origin: str) -> dict[str, Any]:
        """What ``key.rotate`` says."""
        now = VerifierKey(origin, ED25519, self._present.public_key_bytes)
        keys = self._following.public_keys(origin)
        certificate = Certificate("host", origin, 0, 0, keys)
        signed = sign_statement(certificate.text, now, self._present.sign)
        return {**self._following.statement(origin), "certificate": signed}

    def _take(self, keys: HostKeys, more: Sequence[Signer]) -> None:
        twin = self._present.twin  # SM2 keys are not rotated
        ended = (*self._present.ended, self._present.public_key_bytes)
        super().__init__(
            keys._main, (*keys.beside, *more), keys._root, keys._certificate, twin, ended
        )


def open_host_keys(store: Path, name: str, *, gm: bool = False) -> HostKeys:
    """The keys of the log ``name`` of a store; those that are not there yet are made.

    ``gm``: with an SM2 key, which signs a twin tree with SM3 as well.

    Raises:
        KeyFileError: a key cannot be read or written.
    """
    keys = store / "keys"
    _settle_rotation(store, name)
    root, certificate = _read_text(keys / ROOT_FILE), _read_text(certificate_path(keys, name))
    if gm and not sm2_path(keys, name).exists():
        make_sm2_key(sm2_path(keys, name))
    return _keys_named(keys, name, root and root.strip(), certificate, gm=gm)


def next_host_keys(store: Path, name: str) -> HostKeys:
    """New keys for a log, beside the present ones (step 1 of a rotation).

    Raises:
        KeyFileError: they cannot be written.
    """
    return _keys_named(store / "keys", f"{name}.next", None, None)


def finish_rotation(store: Path, name: str) -> None:
    """Step 3. The public half of the key that ended stays, under its fingerprint.

    Raises:
        KeyFileError: a file cannot be renamed.
    """
    keys = store / "keys"
    following = f"{name}.next"
    try:
        if _public(keys, following).exists():
            old = _public(keys, name)
            ended = spki_sha256(parse_public_pem(old.read_bytes()))[:16]
            replace_text(keys / f"{name}.ended-{ended}.pub.pem", old.read_text(encoding="ascii"))
        # The Ed25519 key last: it is what tells whether this is done.
        for suffix in (f"{_BESIDE}.pub.pem", f"{_BESIDE}.pem", ".pub.pem"):
            if (keys / f"{following}{suffix}").exists():
                (keys / f"{following}{suffix}").rename(keys / f"{name}{suffix}")
        certificate_path(keys, name).unlink(missing_ok=True)
        for suffix, other in ((".pem", ".device"), (".device", ".pem")):
            if (keys / f"{following}{suffix}").exists():
                (keys / f"{name}{other}").unlink(missing_ok=True)
                (keys / f"{following}{suffix}").rename(keys / f"{name}{suffix}")
    except OSError as error:
        raise KeyFileError(f"cannot finish the rotation of {name}: {error.strerror}") from error
    except PackageError as error:
        raise KeyFileError(f"cannot finish the rotation of {name}: {error}") from error


def certificate_path(keys: Path, log: str) -> Path:
    """Where the root's certificate of a log's keys lies."""
    return keys / f"{log}.certificate"


def _settle_rotation(store: Path, name: str) -> None:
    """Finish or undo a rotation that was cut off."""
    keys, following = store / "keys", f"{name}.next"
    left = sorted(keys.glob(f"{following}.*"))
    if not left:
        return
    # Its public half is renamed before its private one: without it, all was signed.
    public = _public(keys, following)
    begun = any((keys / f"{following}{suffix}").exists() for suffix in (".pem", ".device"))
    if begun and (not public.exists() or _has_signed(store, name, public)):
        finish_rotation(store, name)
        return
    for path in left:
        path.unlink(missing_ok=True)


def _has_signed(store: Path, name: str, public: Path) -> bool:
    """Whether the checkpoint carries a line of this key, in the store or in a mirror."""
    return any(_signed(root / "log" / "checkpoint", public) for root in roots_of(store / name))


def _signed(path: Path, public: Path) -> bool:
    try:
        checkpoint = parse_checkpoint(path.read_bytes())
        key = VerifierKey(checkpoint.origin, ED25519, parse_public_pem(public.read_bytes()))
    except (OSError, FormatError, PackageError):
        return False
    return bool(lines_of(parse_note(checkpoint.note), key))


def _keys_named(
    keys: Path, name: str, root: str | None, certificate: str | None, *, gm: bool = False
) -> HostKeys:
    beside = keys / f"{name}{_BESIDE}.pem"
    if root is not None:
        try:
            parse_verifier_key(root)
        except NoteError as error:
            raise KeyFileError(f"{keys / ROOT_FILE}: {error}") from error
    main = _main_signer(keys, name)
    signers: list[Signer] = [
        MlDsa44Signer.load(beside) if beside.exists() else MlDsa44Signer.generate(beside)
    ]
    if sm2_path(keys, name).exists():
        signers.append(Sm2Signer.load(sm2_path(keys, name)))
    return HostKeys(
        main,
        signers,
        root,
        certificate,
        signers[-1] if gm else None,
        ended_keys(keys, name),
    )


def ended_keys(keys: Path, name: str) -> list[bytes]:
    """The Ed25519 public keys that this log was signed with before."""
    found = []
    for path in sorted(keys.glob(f"{name}.ended-*.pub.pem")):
        with contextlib.suppress(OSError, PackageError):  # kept for verifying only
            found.append(parse_public_pem(path.read_bytes()))
    return found


def _main_signer(keys: Path, name: str) -> MainSigner:
    """The key a log is known by: in a file, or in the device that is set up for this machine."""
    path, label = keys / f"{name}.pem", _read_text(keys / f"{name}.device")
    device = find_device()
    if label is not None:
        if device is None:
            raise KeyFileError(f"the key of {name} is in a device, and none is set up")
        return Pkcs11Signer(device, label.strip())
    if path.exists():
        return Ed25519Signer.load(path)
    if device is None:
        return Ed25519Signer.generate(path)
    made = Pkcs11Signer.generate(device, name)
    replace_text(_public(keys, name), made.public_key_pem().decode())
    replace_text(keys / f"{name}.device", made.name + "\n")
    return made


def _public(keys: Path, name: str) -> Path:
    return public_key_path(keys / f"{name}.pem")


def _read_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise KeyFileError(f"cannot read {path}: {error}") from error
