"""The keys of one log on this host: made at the first start, certified, rotated.

In ``<store>/keys``::

    recorder-1.pem, .pub.pem                     Ed25519: the key the log is known by
    recorder-1.ml-dsa-44.pem, ....pub.pem        ML-DSA-44: its line stands beside
    recorder-1.certificate                       the root's certificate of both, when there is one
    root.vkey                                    the root's public key
    recorder-1.next.pem, ...                     only while keys are rotated

Rotation, and what is true if the process dies after each step:

1. the next keys lie beside the present ones. The next opening removes them.
2. ``key.rotate`` is in the log, and the checkpoint over it is signed by both. The next opening
   sees the next key's line on the checkpoint and goes on with step 3.
3. the next keys take the names of the present ones, whose private halves are gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evidence_store.checkpoint import parse_checkpoint
from evidence_store.errors import FormatError, KeyFileError, NoteError
from evidence_store.key_files import public_key_path, replace_text
from evidence_store.key_statement import Certificate, parse_certificate, sign_statement
from evidence_store.note import ED25519, VerifierKey, lines_of, parse_note, parse_verifier_key
from evidence_store.signer import Ed25519Signer, MlDsa44Signer
from evidence_store.signer_port import Signer

ROOT_FILE = "root.vkey"
_KINDS = ("", ".ml-dsa-44")  # what follows the log's name in the names of its key files


class HostKeys:
    """The keys of one log of this host: the one it is known by, and those beside it."""

    kind = ED25519

    def __init__(
        self,
        main: Ed25519Signer,
        beside: Sequence[Signer],
        root: str | None = None,
        certificate: str | None = None,
    ) -> None:
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
        return HostKeys(self._main, self.beside, root, certificate)

    def public_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The verifier keys of all lines, the Ed25519 key first."""
        signers = (self._main, *self.beside)
        return tuple(VerifierKey(origin, one.kind, one.public_key_bytes) for one in signers)

    def statement(self, origin: str) -> dict[str, Any]:
        """What ``key.host`` says: the verifier keys whose lines every later checkpoint carries,
        and the root's certificate when it covers them."""
        keys = self.public_keys(origin)
        body: dict[str, Any] = {"keys": [key.text for key in keys]}
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
        super().__init__(keys._main, (*keys.beside, *more), keys._root, keys._certificate)


def open_host_keys(store: Path, name: str) -> HostKeys:
    """The keys of the log ``name`` of a store; those that are not there yet are made.

    Raises:
        KeyFileError: a key cannot be read or written.
    """
    keys = store / "keys"
    _settle_rotation(store, name)
    root, certificate = _read_text(keys / ROOT_FILE), _read_text(certificate_path(keys, name))
    return _keys_named(keys, name, root and root.strip(), certificate)


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
    main = keys / f"{name}.pem"
    try:
        old = public_key_path(main)
        ended = Ed25519Signer.load(main).key_sha256[:16]
        kept = keys / f"{name}.ended-{ended}.pub.pem"
        if not kept.exists():
            replace_text(kept, old.read_text(encoding="ascii"))
        # The Ed25519 key last: it is what tells whether this is done.
        for kind in reversed(_KINDS):
            following = keys / f"{name}.next{kind}.pem"
            present = keys / f"{name}{kind}.pem"
            if public_key_path(following).exists():
                public_key_path(following).rename(public_key_path(present))
            if following.exists():
                following.rename(present)
        certificate_path(keys, name).unlink(missing_ok=True)
    except OSError as error:
        raise KeyFileError(f"cannot finish the rotation of {name}: {error.strerror}") from error


def certificate_path(keys: Path, log: str) -> Path:
    """Where the root's certificate of a log's keys lies."""
    return keys / f"{log}.certificate"


def _settle_rotation(store: Path, name: str) -> None:
    """Finish or undo a rotation that was cut off."""
    keys = store / "keys"
    following = keys / f"{name}.next.pem"
    if not following.exists():
        return
    if _has_signed(store, name, Ed25519Signer.load(following)):
        finish_rotation(store, name)
        return
    for kind in _KINDS:
        path = keys / f"{name}.next{kind}.pem"
        public_key_path(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _has_signed(store: Path, name: str, signer: Ed25519Signer) -> bool:
    try:
        checkpoint = parse_checkpoint((store / name / "log" / "checkpoint").read_bytes())
    except (OSError, FormatError):
        return False
    key = VerifierKey(checkpoint.origin, ED25519, signer.public_key_bytes)
    return bool(lines_of(parse_note(checkpoint.note), key))


def _keys_named(keys: Path, name: str, root: str | None, certificate: str | None) -> HostKeys:
    main, beside = keys / f"{name}.pem", keys / f"{name}.ml-dsa-44.pem"
    if root is not None:
        try:
            parse_verifier_key(root)
        except NoteError as error:
            raise KeyFileError(f"{keys / ROOT_FILE}: {error}") from error
    return HostKeys(
        Ed25519Signer.load(main) if main.exists() else Ed25519Signer.generate(main),
        [MlDsa44Signer.load(beside) if beside.exists() else MlDsa44Signer.generate(beside)],
        root,
        certificate,
    )


def _read_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise KeyFileError(f"cannot read {path}: {error}") from error
