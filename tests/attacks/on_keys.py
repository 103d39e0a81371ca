"""Attacks on the keys of sessions and their seals, and on the host's certificate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.host_keys import open_host_keys
from evidence_store.key_ceremony import make_root, public_keys
from evidence_store.key_statement import (
    Certificate,
    Seal,
    begin_chain,
    extend_chain,
    session_key_name,
    sign_statement,
)
from evidence_store.merkle import leaf_hash
from evidence_store.note import ED25519, VerifierKey
from tests.attacks.attack import Named, StoreAttacker, accepted, altered, missing, store_attack
from tests.attacks.later_scenes import root_key, stolen_key
from tests.attacks.scenes import FIRST, OTHER_DAY, Scene
from tests.attacks.store_forger import StoreForger
from tests.evidence_store.builder import ORIGIN

GROUP, LOG = "session keys", "recorder-1"
HEAD = f"{LOG}/log/checkpoint"
NAME = session_key_name(ORIGIN, FIRST)
UNSIGNED = altered("signature_wrong", HEAD)
_Act = Callable[[StoreAttacker], None]
Json = dict[str, Any]


def _attack(name: str, text: str, named: Named, **more: Any) -> Callable[[_Act], _Act]:
    return store_attack(name, GROUP, text, named, scene="session keys", **more)


def _known_root(scene: Scene) -> Json:
    return {"keys": [root_key(scene.path)]}


ROOT_TELLS: Json = {"told": altered("key_mismatch"), "told_by": _known_root}


def _stolen(attacker: StoreAttacker) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(stolen_key(attacker.clean).read_bytes())


def _change(forger: StoreForger, kind: str, change: Callable[[Json], Any]) -> None:
    """Change the entries of a kind that belong to FIRST, or to the log itself."""

    def one(entry: Json) -> Json:
        if entry["kind"] == kind and entry["session"] in (FIRST, ""):
            change(entry)
        return entry

    before = list(forger.lines)
    forger.edit_all(one)
    assert forger.lines != before


def _other_end(entry: Json) -> None:
    entry["body"]["closed_by"] = "somebody else"


def _void(entry: Json) -> None:
    entry["kind"] = "note.nothing"


def _reseal(forger: StoreForger, key: Ed25519PrivateKey) -> None:
    """Seal FIRST as it is now."""
    public = VerifierKey(NAME, ED25519, key.public_key().public_bytes_raw())
    chain, count, last = begin_chain(ORIGIN, FIRST), 0, -1
    entries = forger.entries()
    for place, (entry, line) in enumerate(zip(entries, forger.lines, strict=True)):
        if entry["session"] != FIRST:
            continue
        if entry["kind"] == "session.seal":
            seal = Seal(ORIGIN, FIRST, True, last, count, chain)
            note = sign_statement(seal.text, public, key.sign)
            entry["body"] |= {"last_seq": last, "entries": count, "note": note}
            entries[place] = entry
        chain, count, last = extend_chain(chain, leaf_hash(line)), count + 1, entry["seq"]
    forger.set(entries)


def _append(forger: StoreForger, kind: str, body: Json) -> None:
    """One more entry of FIRST, at the log's end."""
    entries = forger.entries()
    last = [entry for entry in entries if entry["session"] == FIRST][-1]
    forger.set([*entries, {**last, "kind": kind, "body": body, "seq": len(entries),
                           "prev": last["seq"]}])  # fmt: skip


@_attack("reseal-stolen-session-key",
         "a closed session is changed and sealed again with its old key; no host key",
         UNSIGNED)  # fmt: skip
def reseal_stolen(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "session.close", _other_end)
    _reseal(forger, _stolen(attacker))
    forger.remake()


@_attack("append-stolen-session-key",
         "an entry and a second seal of the old key are put behind a closed session; no host key",
         UNSIGNED)  # fmt: skip
def append_stolen(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _append(forger, "tick", {"n": 99, "missed": 0, "sources": {}})
    _append(forger, "session.seal", {"final": True})
    _reseal(forger, _stolen(attacker))
    forger.remake()


@_attack("host-key-changes-session", "a closed session is changed and signed by the host's key",
         altered("session_seal", session=FIRST))  # fmt: skip
def host_key_changes(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "session.close", _other_end)
    forger.resign()


@_attack("host-key-appends", "a tick behind the final seal, signed by the host's key",
         altered("session_seal", session=FIRST))  # fmt: skip
def host_key_appends(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _append(forger, "tick", {"n": 99, "missed": 0, "sources": {}})
    forger.resign()


@_attack("host-key-own-seal", "changed, and sealed with a key that nobody certified",
         altered("session_seal", session=FIRST))  # fmt: skip
def host_key_own_seal(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "session.close", _other_end)
    _reseal(forger, Ed25519PrivateKey.generate())
    forger.resign()


@_attack("session-key-not-certified", "changed, sealed with a new key; the certificate is the old",
         altered("key_certificate", session=FIRST))  # fmt: skip
def session_key_not_certified(attacker: StoreAttacker) -> None:
    forger, key = StoreForger(attacker.store), Ed25519PrivateKey.generate()
    public = VerifierKey(NAME, ED25519, key.public_key().public_bytes_raw())
    _change(forger, "key.session", lambda entry: entry["body"].update(key=public.text))
    _change(forger, "session.close", _other_end)
    _reseal(forger, key)
    forger.resign()


@_attack("host-key-new-session-key", "changed, sealed with a new key that the host's key certifies",
         accepted("the fingerprint on the signed record, or a witness, tells",
                  verdict="complete"))  # fmt: skip
def host_key_new_session_key(attacker: StoreAttacker) -> None:
    forger, key = StoreForger(attacker.store), Ed25519PrivateKey.generate()
    host = open_host_keys(attacker.store, LOG)
    public = VerifierKey(NAME, ED25519, key.public_key().public_bytes_raw())
    text = Certificate("session", NAME, 1_795_300_000, 0, (public,)).text
    signer = VerifierKey(ORIGIN, ED25519, host.public_key_bytes)
    body = {"key": public.text, "certificate": sign_statement(text, signer, host.sign)}
    _change(forger, "key.session", lambda entry: entry["body"].update(body))
    _change(forger, "session.close", _other_end)
    _reseal(forger, key)
    forger.resign()


@_attack("both-keys", "changed and sealed by somebody who has the host's and the session's key",
         accepted("a witness, a package or a head held elsewhere tells",
                  verdict="complete"))  # fmt: skip
def both_keys(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "session.close", _other_end)
    _reseal(forger, _stolen(attacker))
    forger.resign()


@_attack("seal-removed", "the seal is no seal any more", missing("seal_missing", session=FIRST))
def seal_removed(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "session.seal", _void)
    forger.resign()


@_attack("seal-of-another-session", "the seal is that of another session",
         altered("session_seal", session=FIRST))  # fmt: skip
def seal_of_another(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    other = next(one["body"] for one in forger.entries()
                 if (one["kind"], one["session"]) == ("session.seal", OTHER_DAY))  # fmt: skip
    _change(forger, "session.seal", lambda entry: entry.update(body=other))
    forger.resign()


@_attack("two-seals", "the seal stands there twice", altered("session_seal", session=FIRST))
def two_seals(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    body = [one["body"] for one in forger.entries() if one["kind"] == "session.seal"][-1]
    _append(forger, "session.seal", body)
    forger.resign()


@_attack("two-seals-both-keys", "a second seal, made with the old key, covers what was appended",
         altered("session_seal", session=FIRST))  # fmt: skip
def two_seals_both_keys(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _append(forger, "marker.added", {"text": "later"})
    _append(forger, "session.seal", {"final": True})
    _reseal(forger, _stolen(attacker))
    forger.resign()


@_attack("session-key-left-out", "the entry with the session's key is another",
         altered("session_seal", session=FIRST))  # fmt: skip
def session_key_left_out(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "key.session", _void)
    forger.resign()


@_attack("session-key-and-seal-left-out", "neither key nor seal",
         missing("seal_missing", session=FIRST))  # fmt: skip
def session_key_and_seal_left_out(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    _change(forger, "key.session", _void)
    _change(forger, "session.seal", _void)
    forger.resign()


@_attack("certificate-stripped", "the root's certificate is taken out of the log by the insider",
         accepted("the report says that no root certifies the keys; found with the root's `--key`",
                  verdict="complete"), **ROOT_TELLS)  # fmt: skip
def certificate_stripped(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)

    def strip(entry: Json) -> None:
        entry["body"].pop("root_certificate")
        entry["body"].pop("root")

    _change(forger, "key.host", strip)
    forger.resign()


def _other_root(attacker: StoreAttacker, *, state: bool) -> None:
    forger, keys = StoreForger(attacker.store), attacker.store / "keys"
    root = make_root(attacker.store.parent / "other-root.pem", "unit.example/root", b"x")
    note = root.certify(ORIGIN, public_keys(keys, LOG, ORIGIN))
    body = {"root_certificate": note} | ({"root": root.key.text} if state else {})
    _change(forger, "key.host", lambda entry: entry["body"].update(body))
    forger.resign()


@_attack("certificate-of-another-root", "the host's certificate is signed by another root",
         altered("key_certificate"))  # fmt: skip
def certificate_of_another_root(attacker: StoreAttacker) -> None:
    _other_root(attacker, state=False)


@_attack("another-root", "another root, and its certificate, stand in the log",
         accepted("found with the root's `--key`", verdict="complete"), **ROOT_TELLS)  # fmt: skip
def another_root(attacker: StoreAttacker) -> None:
    _other_root(attacker, state=True)
