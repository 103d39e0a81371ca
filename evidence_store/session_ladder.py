"""Whether each session is sealed with its own key, and nothing was changed behind its seal.

In the order of the log, for every session that has a key:

1. ``key.session``: the key is certified by the host's key.
2. ``session.seal``: the chain of the session's entries up to here is the one that was sealed. The
   signature is checked for the last seal of every key: it covers all earlier ones.
3. A session that was closed ends with a final seal; behind it stands nothing that belongs to the
   recording itself.
4. Where the log says that sessions have keys (``key.host``), every session opened from then on
   has one.

Standard library only (part of the verifier inside a package).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence_store.entry import Entry
from evidence_store.errors import NoteError
from evidence_store.key_pem import spki_sha256
from evidence_store.key_statement import (
    Seal,
    begin_chain,
    extend_chain,
    parse_certificate,
    session_key_name,
    verify_statement,
)
from evidence_store.note import ED25519, VerifierKey
from evidence_store.report import Finding, Report

#: What makes up the recording itself; it ends with the seal. Others may follow: late files,
#: custody, documents, what was recognised or acknowledged last.
_SEALED_FAMILIES = frozenset(("media", "recording", "session", "tick", "pause", "clock", "key"))


@dataclass(frozen=True)
class SealedSession:
    """A session with its final seal, as its log shows it."""

    seal: Seal
    key: bytes  # Ed25519, of the session
    opened_us: int
    closed_us: int
    seal_seq: int  # where the seal stands


@dataclass
class _SealedSession:
    """What was seen of one session so far."""

    chain: bytes
    entries: int = 0
    last_seq: int = -1
    needs_key: bool = False
    broken: bool = False  # an entry is missing: found elsewhere, and the chain cannot fit
    closed: bool = False
    opened_us: int = 0
    closed_us: int = 0
    final_seq: int = -1  # of the final seal
    key: VerifierKey | None = None
    last_seal: tuple[Entry, Seal] | None = None  # of this key, not verified yet
    fingerprints: list[str] = field(default_factory=list)


class SessionLadder:
    """The sessions of one log. Entries are fed in the log's order, with the tree's leaf hash."""

    def __init__(self, origin: str, path: str, report: Report) -> None:
        self._origin = origin
        self._path = path
        self._report = report
        self._sessions: dict[str, _SealedSession] = {}
        self.sealed: dict[str, SealedSession] = {}  # whose final seal is good

    def add(
        self,
        entry: Entry,
        leaf: bytes,
        *,
        trusted: bool,
        host: VerifierKey,
        needs_key: bool,
    ) -> None:
        """Note one entry of a session; ``host`` is the key in force, ``needs_key`` rule 4."""
        state = self._sessions.get(entry.session)
        if state is None:
            chain = begin_chain(self._origin, entry.session)
            state = self._sessions[entry.session] = _SealedSession(chain)
            state.needs_key = needs_key and trusted and entry.kind == "session.open"
        state.broken = state.broken or entry.prev != state.last_seq
        if trusted:
            self._look(state, entry, host)
        state.chain = extend_chain(state.chain, leaf)
        state.entries += 1
        state.last_seq = entry.seq

    def finish(self) -> dict[str, list[str]]:
        """Check what only the end tells; returns each session's key fingerprints."""
        for session, state in self._sessions.items():
            self._settle_seal(state)
            if state.broken:
                continue
            if state.closed and state.key is not None and state.final_seq < 0:
                self._add("seal_missing", "the session was closed, but never sealed", session)
            if state.needs_key and state.key is None and state.closed:
                detail = "the log says that sessions have keys, this one has none"
                self._add("seal_missing", detail, session)
        return {
            session: state.fingerprints
            for session, state in self._sessions.items()
            if state.fingerprints
        }

    def _look(self, state: _SealedSession, entry: Entry, host: VerifierKey) -> None:
        family = entry.kind.partition(".")[0]
        if state.final_seq >= 0 and family in _SEALED_FAMILIES:
            detail = f"entry {entry.seq} ({entry.kind}) stands behind the session's final seal"
            self._add("session_seal", detail, entry.session, entry.t_us)
        elif entry.kind == "key.session":
            self._settle_seal(state)
            self._take_key(state, entry, host)
        elif entry.kind == "session.seal":
            self._take_seal(state, entry)
        elif entry.kind == "session.open":
            state.opened_us = entry.t_us
        elif entry.kind == "session.close":
            state.closed, state.closed_us = True, entry.t_us

    def _take_key(self, state: _SealedSession, entry: Entry, host: VerifierKey) -> None:
        name = session_key_name(self._origin, entry.session)
        state.key = VerifierKey(name, ED25519, b"\0" * 32)  # until a good one is read
        try:
            certificate = parse_certificate(entry.body.get("certificate"))
            verify_statement(entry.body.get("certificate"), certificate.text, host)
            if (certificate.role, certificate.name, len(certificate.keys)) != ("session", name, 1):
                raise NoteError("it is of something else")
            [key] = certificate.keys
            if (key.name, key.kind, key.text) != (name, ED25519, entry.body.get("key")):
                raise NoteError("it is of another key")
        except NoteError as error:
            detail = f"the certificate of the session's key (entry {entry.seq}): {error}"
            self._add("key_certificate", detail, entry.session, entry.t_us)
        else:
            state.key = key
            state.fingerprints.append(spki_sha256(key.public_key))

    def _take_seal(self, state: _SealedSession, entry: Entry) -> None:
        final = entry.body.get("final") is True
        seal = Seal(self._origin, entry.session, final, state.last_seq, state.entries, state.chain)
        if final:
            state.final_seq = entry.seq
        if state.key is None:
            detail = f"entry {entry.seq} seals a session that has no key"
            self._add("session_seal", detail, entry.session, entry.t_us)
        state.last_seal = (entry, seal)

    def _settle_seal(self, state: _SealedSession) -> None:
        """Verify the last seal of the key that was in use."""
        if state.last_seal is None or state.key is None or state.broken:
            return
        entry, seal = state.last_seal
        state.last_seal = None
        try:
            verify_statement(entry.body.get("note"), seal.text, state.key)
        except NoteError as error:
            detail = f"the seal of the session (entry {entry.seq}): {error}"
            self._add("session_seal", detail, entry.session, entry.t_us)
        else:
            if seal.final:
                self.sealed[entry.session] = SealedSession(
                    seal, state.key.public_key, state.opened_us, state.closed_us, entry.seq
                )

    def _add(self, code: str, detail: str, session: str, t_us: int | None = None) -> None:
        self._report.findings.append(Finding(code, detail, session, path=self._path, start_us=t_us))
