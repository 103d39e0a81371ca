"""The keys behind a log, from the unit's root down to each session, as its entries state them.

Entries of the log itself, in its order:

``log.open``         fingerprint of the Ed25519 key that the log begins with
``key.host``         at each opening: the verifier keys of all lines that checkpoints carry from
                     here on; with a certificate by the unit's root, when there is one
``key.rotate``       the keys that follow, certified by the key that ends; undone when ``recover``
                     says that no checkpoint covered it, and the next ``key.host`` states the keys
                     from before: the process died over it. Whoever holds the ended key gains
                     nothing by that: they could leave the entry out as well
``key.compromised``  a key that is no longer trusted, and up to which size it still is

Held are: keys only change by rotation; the checkpoint is signed with all keys in force at its
end; a root's certificate covers them; every session has its key and seal (session_ladder.py).

Standard library only (part of the verifier inside a package). What is wrong goes into the
report.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint
from evidence_store.cosignature import verify_cosignature
from evidence_store.entry import Entry
from evidence_store.errors import NoteError
from evidence_store.key_pem import spki_sha256
from evidence_store.key_statement import parse_certificate, verify_statement
from evidence_store.note import (
    ED25519,
    ML_DSA_44,
    OWN_TYPE,
    VerifierKey,
    lines_of,
    parse_note,
    parse_verifier_key,
)
from evidence_store.report import Finding, Notice, Report
from evidence_store.session_ladder import SealedSession, SessionLadder
from evidence_store.sm2 import SM2_IDENTIFIER, sm2_verify

#: No log has more keys at one time.
_KEYS_MAX = 16


@dataclass
class _Turning:
    """A change of keys that no later entry has shown to be in force yet."""

    entry: Entry
    trail: list[bytes]  # before it
    covered: bool = True  # by a checkpoint, which both sets of keys signed


class KeyLadder:
    """The keys of one log. Feed ``add`` in the log's order, then call ``finish``."""

    def __init__(
        self, checkpoint: Checkpoint, public_key: bytes, path: str, key_path: str, report: Report
    ) -> None:
        self.root_sha256 = ""  # of the root whose certificate covers the keys in force
        self.session_keys: dict[str, list[str]] = {}  # fingerprints
        self.sealed: dict[str, SealedSession] = {}  # sessions whose final seal is good
        self._checkpoint = checkpoint
        self._origin = checkpoint.origin
        self._signed_with = VerifierKey(checkpoint.origin, ED25519, public_key)
        self._path = path
        self._key_path = key_path
        self._report = report
        self._opening_sha256: object = None  # as log.open states it
        self._keys: Sequence[VerifierKey] = ()  # in force
        self._turning: _Turning | None = None  # until the keys that follow are stated
        self._trail: list[bytes] = []  # Ed25519 keys, one after another
        self._roots: list[bytes] = []  # public keys of roots that certify the keys in force
        self._compromised: dict[str, Entry] = {}  # by fingerprint
        self.twin_point: bytes | None = None  # of the SM2 key of the twin tree; None: no twin
        self._sessions_have_keys = False
        self._checked: set[tuple[str, str]] = set()  # certificates that were good
        self._sessions = SessionLadder(self._origin, path, report)

    @property
    def _host(self) -> VerifierKey:
        """The Ed25519 key in force; before the log states any, the one it is signed with."""
        found = [key for key in self._keys if key.kind == ED25519]
        return found[0] if found else self._signed_with

    @property
    def ended(self) -> Collection[bytes]:
        """The Ed25519 keys before the one in force, when they lead to the key that signed."""
        if self._trail[-1:] != [self._signed_with.public_key]:
            return ()
        return self._trail[:-1]

    def add(self, entry: Entry, leaf: bytes, *, trusted: bool) -> None:
        """Note one entry; ``leaf`` is its place's hash in the tree."""
        if entry.seq == 0 and trusted:
            self._opening_sha256 = entry.body.get("key_sha256", "") if _opens(entry) else ""
        if entry.session:
            self._sessions.add(
                entry,
                leaf,
                trusted=trusted,
                host=self._host,
                needs_key=self._sessions_have_keys,
            )
        elif not trusted:
            return
        elif entry.kind == "key.host":
            self._take_host(entry)
        elif entry.kind == "key.rotate":
            self._take_rotation(entry)
        elif entry.kind == "recover" and self._turning is not None:
            self._turning.covered = _covers(entry, self._turning.entry)
        elif entry.kind == "key.compromised":
            self._compromised[str(entry.body.get("key_sha256"))] = entry

    def finish(self, expected: Collection[bytes]) -> None:
        """Check the head against the keys in force, and them against the expected ones."""
        if self._host.public_key != self._signed_with.public_key:
            self._add("key_mismatch", "signed with another key than the log states", self._key_path)
        begun = spki_sha256((self._trail or [self._signed_with.public_key])[0])
        if self._opening_sha256 is not None and self._opening_sha256 != begun:
            self._add(
                "key_mismatch", "the first entry of the log names another key", self._key_path
            )
        known = {self._signed_with.public_key, *self._trail, *self._roots}
        if expected and not known & set(expected):
            self._add("key_mismatch", "signed with another key than expected")
        for key in self._keys:
            if key.kind == ML_DSA_44:
                self._check_line(key)
            elif key.kind == OWN_TYPE and key.public_key.startswith(SM2_IDENTIFIER):
                self._check_sm2(key)
        self._check_compromised()
        if self._roots:
            self.root_sha256 = spki_sha256(self._roots[0])
        elif self._keys:
            detail = f"{self._origin}: no unit root certifies the keys of this log"
            self._report.notices.append(Notice("no_root", detail))
        self.session_keys = self._sessions.finish()
        self.sealed = self._sessions.sealed

    def _take_host(self, entry: Entry) -> None:
        keys = self._parse_keys(entry)
        if not keys:
            return
        mains = [key.public_key for key in keys if key.kind == ED25519]
        turning, self._turning = self._turning, None
        if turning is not None and not turning.covered and turning.trail[-1:] == mains:
            self._trail = turning.trail
            detail = f"{self._origin}: the change of keys of entry {turning.entry.seq} was undone"
            self._report.notices.append(Notice("rotation_undone", detail))
        if not self._trail:
            self._trail = mains[:1]
        if mains != self._trail[-1:]:
            self._add("key_mismatch", f"entry {entry.seq} names another key than was in force")
        self._keys = keys
        self._sessions_have_keys = entry.body.get("session_keys") is True
        self._roots = self._certified_by_root(entry, keys)
        own = [key.public_key for key in keys if key.kind == OWN_TYPE]
        points = [key.removeprefix(SM2_IDENTIFIER) for key in own if key.startswith(SM2_IDENTIFIER)]
        self.twin_point = (points or [b""])[0] if entry.body.get("sm3") is True else None

    def _take_rotation(self, entry: Entry) -> None:
        keys = self._parse_keys(entry)
        if not keys:
            return
        try:
            self._check_certificate(entry.body.get("certificate"), keys, self._host)
        except NoteError as error:
            detail = f"entry {entry.seq}: the key before does not certify the new one: {error}"
            self._add("key_certificate", detail)
        if not self._trail:
            self._trail = [self._host.public_key]
        self._turning = _Turning(entry, list(self._trail))
        self._trail += [key.public_key for key in keys if key.kind == ED25519][:1]
        self._keys, self._roots = keys, self._certified_by_root(entry, keys)

    def _certified_by_root(self, entry: Entry, keys: Sequence[VerifierKey]) -> list[bytes]:
        """The root whose certificate is in the entry, when it is good."""
        if "root" not in entry.body:
            return []
        try:
            root = parse_verifier_key(_text_of(entry.body["root"]))
            if root.kind != ED25519:
                raise NoteError("a root signs with Ed25519")
            until_s = self._check_certificate(entry.body.get("root_certificate"), keys, root)
        except NoteError as error:
            detail = f"entry {entry.seq}: the root's certificate of the host's keys: {error}"
            self._add("key_certificate", detail)
            return []
        if until_s and entry.t_us > until_s * 1_000_000:
            detail = f"{self._origin}: the root's certificate had ended at entry {entry.seq}"
            self._report.notices.append(Notice("certificate_ended", detail))
        return [root.public_key]

    def _check_certificate(
        self, note: object, keys: Sequence[VerifierKey], signer: VerifierKey
    ) -> int:
        """Raises NoteError, or returns until when (seconds) the certificate of these keys holds."""
        certificate = parse_certificate(note)
        if (_text_of(note), signer.text) not in self._checked:
            verify_statement(note, certificate.text, signer)
            self._checked.add((_text_of(note), signer.text))
        if (certificate.role, certificate.name) != ("host", self._origin):
            raise NoteError("it is of something else")
        if not set(keys) <= set(certificate.keys):
            raise NoteError("it does not name all keys")
        return certificate.until_s

    def _check_line(self, key: VerifierKey) -> None:
        try:
            verify_cosignature(self._checkpoint, key)
        except NoteError as error:
            self._add("signature_wrong", f"the log's ML-DSA-44 line: {error}")

    def _check_sm2(self, key: VerifierKey) -> None:
        note = parse_note(self._checkpoint.note)
        lines, point = lines_of(note, key), key.public_key.removeprefix(SM2_IDENTIFIER)
        if not lines:
            self._add("signature_wrong", "the log's SM2 line is not there")
        if not all(sm2_verify(point, note.text.encode(), line) for line in lines):
            self._add("signature_wrong", "the log's SM2 line is wrong")

    def _check_compromised(self) -> None:
        for sha256, entry in self._compromised.items():
            size = entry.body.get("trusted_size")
            if sha256 == spki_sha256(self._signed_with.public_key):
                self._add("key_mismatch", "signed with a key that was declared compromised")
            detail = (
                f"{self._origin}: key {sha256} was declared compromised (entry {entry.seq}); what "
                f" it signed is trusted up to {size} entries, behind them only session seals and"
                " outside witnesses speak for it"
            )
            self._report.notices.append(Notice("key_compromised", detail))

    def _parse_keys(self, entry: Entry) -> list[VerifierKey]:
        texts = entry.body.get("keys")
        try:
            if not isinstance(texts, list) or not 0 < len(texts) <= _KEYS_MAX:
                raise NoteError("expected a list of verifier keys")
            keys = [parse_verifier_key(_text_of(text)) for text in texts]
            if any(key.name != self._origin for key in keys):
                raise NoteError("a key of another log")
            if keys[0].kind != ED25519:
                raise NoteError("the first key is the one that the log is known by")
        except NoteError as error:
            detail = f"the keys that entry {entry.seq} states cannot be used: {error}"
            self._add("key_mismatch", detail)
            return []
        return keys

    def _add(self, code: str, detail: str, path: str = "") -> None:
        self._report.findings.append(Finding(code, detail, path=path or self._path))


def _covers(recover: Entry, entry: Entry) -> bool:
    """Whether the checkpoint that an opening found covers an entry, as ``recover`` says."""
    size = recover.body.get("from_size")
    return not isinstance(size, int) or size > entry.seq


def _opens(entry: Entry) -> bool:
    return entry.kind == "log.open" and not entry.session


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else ""
