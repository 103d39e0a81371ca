"""What signs: a key and where it lies are hidden behind these few names.

A ``Signer`` is one private key: in a file (signer.py), in a device (PKCS#11), or held in memory.
A ``LogSigner`` is what a log needs: the Ed25519 key that its origin is known by, and the keys
whose lines stand beside that one on every checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Signer(Protocol):
    """One private key."""

    @property
    def kind(self) -> int:
        """The signature type of its note lines (note.py)."""

    @property
    def public_key_bytes(self) -> bytes:
        """The public half, as its type spells it in a verifier key."""

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``."""


class LogSigner(Signer, Protocol):
    """The keys of one log; as a ``Signer`` it is its Ed25519 key."""

    @property
    def key_sha256(self) -> str:
        """Fingerprint of the Ed25519 public key."""

    @property
    def beside(self) -> Sequence[Signer]:
        """Keys whose lines follow on every checkpoint, in this order."""

    @property
    def twin(self) -> Signer | None:
        """The SM2 key that signs the head of the twin tree (sm3_twin.py); None: no such tree."""

    @property
    def ended(self) -> Sequence[bytes]:
        """Ed25519 public keys this log was signed with before: a mirror that lags may still be."""

    def statement(self, origin: str) -> dict[str, Any] | None:
        """The body of the ``key.host`` entry of each opening; None when there is none to make."""
