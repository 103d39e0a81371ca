"""The key of each open session: made when it is opened, seals it, is gone when it is closed.

Owned by the writer thread, which puts these entries on the session's chain itself, so that a
seal covers exactly what stands before it:

``key.session``   right after ``session.open``: the public half, certified by the host's key
``session.seal``  every minute while the session is open, and right after ``session.close``

The private half is never written anywhere and never leaves this module; when it is dropped,
OpenSSL wipes it. Whoever steals the host's key afterwards can make new keys, but none whose
fingerprint stands on the record that was signed, and none that outside witnesses have seen.

After a restart in the middle of a session the old key is lost; the session's next entry is
preceded by a new ``key.session``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.canonical import canonical_bytes
from evidence_store.draft import Prepared
from evidence_store.key_statement import (
    Certificate,
    Seal,
    begin_chain,
    extend_chain,
    session_key_name,
    sign_statement,
)
from evidence_store.note import ED25519, VerifierKey
from evidence_store.signer_port import Signer

#: A session that is open is sealed this often.
SEAL_EVERY_US = 60_000_000

#: Appends one entry and returns its index and leaf hash.
Emit = Callable[[Prepared], tuple[int, bytes]]


@dataclass(frozen=True)
class OpenChain:
    """What is known of a session that is not sealed yet."""

    chain: bytes
    entries: int
    declared: bool  # a key.session stands on it
    closed: bool = False  # session.close stands on it, its seal does not
    key: Ed25519PrivateKey | None = field(default=None, repr=False)
    sealed_us: int = 0  # monotonic, when it was sealed last


class SessionKeys:
    """Keys and chains of the open sessions of one log.

    ``take`` stages; ``commit`` makes it so once the entries are durable, ``discard`` forgets it.
    """

    def __init__(self, origin: str, host: Signer, chains: Mapping[str, OpenChain]) -> None:
        self._host_key = VerifierKey(origin, ED25519, host.public_key_bytes)
        self._host = host
        self._origin = origin
        self._chains = dict(chains)
        self._staged: dict[str, OpenChain | None] = {}

    def take(self, draft: Prepared, emit: Emit) -> tuple[int, bytes]:
        """Emit one entry with what must stand before and after it."""
        session = draft.session
        if draft.kind == "session.open" and self._chain(session) is None:
            self._staged[session] = OpenChain(begin_chain(self._origin, session), 0, False)
            placed = self._emit(draft, emit)
            self._declare(draft, emit)
            return placed
        open_chain = self._chain(session)
        if open_chain is None:
            return emit(draft)
        if open_chain.key is None:
            self._declare(draft, emit)
        placed = self._emit(draft, emit)
        if draft.kind == "session.close":
            self._seal(draft, placed[0], emit, final=True)
        elif draft.mono_us - self._known(session).sealed_us >= SEAL_EVERY_US:
            self._seal(draft, placed[0], emit, final=False)
        return placed

    def take_overdue(self, draft: Prepared, emit: Emit) -> None:
        """Seal sessions whose seal a crash has torn off behind their ``session.close``."""
        overdue = [name for name, one in self._chains.items() if one.closed and one.declared]
        for session in overdue:
            if self._chain(session) is not None:
                like = replace(draft, session=session)
                seq = self._declare(like, emit)
                self._seal(like, seq, emit, final=True)

    def commit(self) -> None:
        """What was taken is in the log."""
        for session, open_chain in self._staged.items():
            if open_chain is None:
                self._chains.pop(session, None)
            else:
                self._chains[session] = open_chain
        self._staged.clear()

    def discard(self) -> None:
        """What was taken never became durable."""
        self._staged.clear()

    def chains(self) -> dict[str, OpenChain]:
        """The sessions that are not sealed, for the mark of an orderly stop."""
        return dict(self._chains)

    def _chain(self, session: str) -> OpenChain | None:
        if session in self._staged:
            return self._staged[session]
        return self._chains.get(session)

    def _known(self, session: str) -> OpenChain:
        found = self._chain(session)
        assert found is not None, "only asked for sessions that are open"
        return found

    def _emit(self, draft: Prepared, emit: Emit) -> tuple[int, bytes]:
        """Emit an entry of an open session and extend its chain."""
        seq, leaf = emit(draft)
        before = self._known(draft.session)
        chain = extend_chain(before.chain, leaf)
        self._staged[draft.session] = replace(before, chain=chain, entries=before.entries + 1)
        return seq, leaf

    def _declare(self, like: Prepared, emit: Emit) -> int:
        """Make a key for the session and say so; returns the entry's index."""
        key = Ed25519PrivateKey.generate()
        name = session_key_name(self._origin, like.session)
        public = VerifierKey(name, ED25519, key.public_key().public_bytes_raw())
        issued_s = like.t_us // 1_000_000
        certificate = Certificate("session", name, issued_s, 0, (public,))
        body = {
            "key": public.text,
            "certificate": sign_statement(certificate.text, self._host_key, self._host.sign),
        }
        seq, _ = self._emit(_prepared("key.session", body, like), emit)
        self._staged[like.session] = replace(
            self._known(like.session), key=key, declared=True, sealed_us=like.mono_us
        )
        return seq

    def _seal(self, like: Prepared, last_seq: int, emit: Emit, *, final: bool) -> None:
        state = self._known(like.session)
        assert state.key is not None, "declared before"
        name = session_key_name(self._origin, like.session)
        public = VerifierKey(name, ED25519, state.key.public_key().public_bytes_raw())
        seal = Seal(self._origin, like.session, final, last_seq, state.entries, state.chain)
        body = {
            "final": final,
            "last_seq": last_seq,
            "entries": state.entries,
            "note": sign_statement(seal.text, public, state.key.sign),
        }
        self._emit(_prepared("session.seal", body, like), emit)
        if final:
            self._staged[like.session] = None
        else:
            self._staged[like.session] = replace(self._known(like.session), sealed_us=like.mono_us)


def _prepared(kind: str, body: Mapping[str, object], like: Prepared) -> Prepared:
    return replace(like, kind=kind, body=canonical_bytes(dict(body)), file=None, sealed=None)
