"""Attacks on what witnesses and time stamping authorities say of a log, and on logs they saw."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from command_centre.local_authority import LocalAuthority
from evidence_store.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from evidence_store.cosignature import cosign
from evidence_store.note import ED25519_COSIGNATURE, VerifierKey
from tests.attacks.attack import (
    Named,
    StoreAttacker,
    accepted,
    altered,
    missing,
    package_attack,
    store_attack,
)
from tests.attacks.package_forger import PackageForger
from tests.attacks.scenes import FIRST, Scene
from tests.attacks.signing import keys_of
from tests.attacks.store_forger import StoreForger
from tests.evidence_store.builder import ORIGIN
from tests.evidence_store.witnesses import Key

GROUP, PACKAGE = "witnesses and time stamps", "witnessed and stamped"
POLICY, SEEN, STAMPS = "data/log/policy", "data/log/witnessed", "data/log/stamps"
NOT_WITNESSED = "not_yet_witnessed"
_Act = Callable[[PackageForger], None]


def _attack(
    name: str, text: str, named: Named, *, plain: Named | None = None
) -> Callable[[_Act], _Act]:
    """Plain, and with manifests that fit; the manifest tells of what is accepted otherwise."""
    first = plain or (altered() if named.reason else named)
    return package_attack(name, GROUP, text, scene=PACKAGE, plain=first, sealed=named)


def _true_policy(scene: Scene) -> dict[str, Any]:
    return {"policy": (scene.store / "policy").read_bytes()}


def _heads(forger: PackageForger) -> list[str]:
    """The cosigned heads, the smallest first."""
    paths = forger.file(SEEN).glob("*.checkpoint")
    return [f"{SEEN}/{path.name}" for path in sorted(paths, key=lambda path: int(path.stem))]


def _relined(data: bytes, change: Callable[[bytes], bytes | None]) -> bytes:
    """Change (or take out, with None) the payload of every cosignature in a checkpoint."""
    text, _, signatures = data.decode().partition("\n\n")
    lines: list[str] = []
    for line in signatures.split("\n")[:-1]:
        start, _, encoded = line.rpartition(" ")
        payload: bytes | None = base64.b64decode(encoded)
        if "example.org/" in start and payload is not None:
            payload = change(payload)
        if payload is not None:
            lines.append(f"{start} {base64.b64encode(payload).decode()}\n")
    return f"{text}\n\n{''.join(lines)}".encode()


@_attack("cosignatures-stripped", "the witnesses' lines are taken out of every head",
         accepted("the verdict says so; exit status 3 with `--require-witness`",
                  verdict=NOT_WITNESSED))  # fmt: skip
def cosignatures_stripped(forger: PackageForger) -> None:
    for name in _heads(forger):
        forger.edit(name, lambda data: _relined(data, lambda _: None))


@_attack("cosigned-heads-removed", "every cosigned head is taken out",
         accepted("the verdict says so; exit status 3 with `--require-witness`",
                  verdict=NOT_WITNESSED), plain=missing())  # fmt: skip
def cosigned_heads_removed(forger: PackageForger) -> None:
    shutil.rmtree(forger.file(SEEN))


@_attack("cosignatures-of-strangers", "the witnesses' lines are of keys that the policy lacks",
         accepted("the verdict says so; strangers' lines count for nothing",
                  verdict=NOT_WITNESSED))  # fmt: skip
def cosignatures_of_strangers(forger: PackageForger) -> None:
    for name in _heads(forger):
        forger.edit(name, lambda data: _relined(data, lambda p: bytes([p[0] ^ 1]) + p[1:]))


@_attack("cosignature-time", "a cosignature says that it was made a second earlier",
         altered("cosignature_wrong"))  # fmt: skip
def cosignature_time(forger: PackageForger) -> None:
    def earlier(payload: bytes) -> bytes:
        time_s = int.from_bytes(payload[4:12], "big") - 1
        return payload[:4] + time_s.to_bytes(8, "big") + payload[12:]

    forger.edit(_heads(forger)[-1], lambda data: _relined(data, earlier))


@_attack("cosignature-flipped", "a bit of a cosignature", altered("cosignature_wrong"))
def cosignature_flipped(forger: PackageForger) -> None:
    flip = lambda payload: payload[:-1] + bytes([payload[-1] ^ 1])  # noqa: E731
    forger.edit(_heads(forger)[-1], lambda data: _relined(data, flip))


@_attack("cosignature-of-another-head", "the largest head has the lines of the one before it",
         altered("cosignature_wrong"))  # fmt: skip
def cosignature_of_another(forger: PackageForger) -> None:
    names = _heads(forger)
    other = forger.file(names[-2]).read_bytes().partition(b"\n\n")[2]
    forger.edit(names[-1], lambda data: data.partition(b"\n\n")[0] + b"\n\n" + other)


@_attack("cosigned-head-renamed", "a head lies there under another size",
         altered("cosignature_wrong"))  # fmt: skip
def cosigned_head_renamed(forger: PackageForger) -> None:
    last = forger.file(_heads(forger)[-1])
    last.rename(last.with_name(f"{int(last.stem) - 1}.checkpoint"))


@_attack("policy-emptied", "the policy asks for nobody", altered("policy_mismatch"))
def policy_emptied(forger: PackageForger) -> None:
    forger.edit(POLICY, lambda _: b"quorum none\n")


@_attack("policy-weaker", "any one witness is enough", altered("policy_mismatch"))
def policy_weaker(forger: PackageForger) -> None:
    forger.edit(POLICY, lambda data: data.replace(b" all ", b" any "))


@_attack("policy-other-witness", "the policy names a witness of the attacker's",
         altered("policy_mismatch"))  # fmt: skip
def policy_other_witness(forger: PackageForger) -> None:
    own = VerifierKey("example.org/w1", ED25519_COSIGNATURE, Key(7).public_key_bytes)
    text = f"witness w1 {own.text}\ngroup everybody all w1\nquorum everybody\n"
    forger.edit(POLICY, lambda _: text.encode())


@_attack("policy-not-readable", "the policy is no policy", altered("policy_mismatch"))
def policy_not_readable(forger: PackageForger) -> None:
    forger.edit(POLICY, lambda _: b"whatever\n")


@_attack("policy-removed", "the policy is taken out", altered("policy_mismatch"))
def policy_removed(forger: PackageForger) -> None:
    forger.file(POLICY).unlink()


def _seen_fork(note: bytes, store: Path) -> bytes:
    """What two witnesses would have cosigned of another log of the same size."""
    keys, old = keys_of(store, "recorder-1"), parse_checkpoint(note)
    head: Checkpoint = sign_checkpoint(
        ORIGIN, old.size, bytes(32), keys.public_key_bytes, keys.sign
    )
    for number, name in enumerate(("w1", "w2")):
        witness = Key(100 + number)
        key = VerifierKey(f"example.org/{name}", ED25519_COSIGNATURE, witness.public_key_bytes)
        head = cosign(head, key, witness.sign, 1_795_300_000)
    return head.note


@_attack("witness-saw-a-fork", "the witnesses have cosigned another log of this size",
         altered("split_view"))  # fmt: skip
def witness_saw_a_fork(forger: PackageForger) -> None:
    forger.edit(_heads(forger)[-1], lambda data: _seen_fork(data, forger.scene.store))


@_attack("head-of-a-fork", "a cosigned head has another root; nobody cosigned that",
         altered("cosignature_wrong"))  # fmt: skip
def head_of_a_fork(forger: PackageForger) -> None:
    def other_root(data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines[2] = base64.b64encode(bytes(32))
        return b"\n".join(lines)

    forger.edit(_heads(forger)[-1], other_root)


# --- time stamps ---------------------------------------------------------------------------------


def _stamp(forger: PackageForger, suffix: str) -> str:
    """The one stamp's token or head."""
    [path] = forger.file(STAMPS).glob(f"*.{suffix}")
    return f"{STAMPS}/{path.name}"


@_attack("stamp-flipped", "the last bit of a time stamp's signature", altered("stamp_wrong"))
def stamp_flipped(forger: PackageForger) -> None:
    forger.edit(_stamp(forger, "tsr"), lambda data: data[:-1] + bytes([data[-1] ^ 1]))


@_attack("stamp-no-token", "a time stamp is none", altered("stamp_wrong"))
def stamp_no_token(forger: PackageForger) -> None:
    forger.edit(_stamp(forger, "tsr"), lambda _: b"0\x80" * 5000)


@_attack("stamp-of-another-head", "beside the time stamp lies another head of this log",
         altered("stamp_wrong"))  # fmt: skip
def stamp_of_another_head(forger: PackageForger) -> None:
    other = forger.file(_heads(forger)[-2]).read_bytes()
    forger.edit(_stamp(forger, "checkpoint"), lambda _: other)


@_attack("stamp-moved", "the time stamp and its head lie there as those of a larger size",
         altered("stamp_wrong"))  # fmt: skip
def stamp_moved(forger: PackageForger) -> None:
    for suffix in ("tsr", "checkpoint"):
        path = forger.file(_stamp(forger, suffix))
        path.rename(path.with_name(f"{int(path.stem) + 1}.{suffix}"))


@_attack("stamp-without-head", "the head that was stamped is taken out", altered("stamp_wrong"))
def stamp_without_head(forger: PackageForger) -> None:
    forger.file(_stamp(forger, "checkpoint")).unlink()


@_attack("stamp-certificates-swapped", "the certificates are those of another authority",
         altered("stamp_wrong"))  # fmt: skip
def stamp_certificates_swapped(forger: PackageForger) -> None:
    other = LocalAuthority(forger.top.parent / f"{forger.top.name}-authority")
    other.make()
    forger.edit(f"{STAMPS}/certs.pem", lambda _: other.roots.read_bytes())


@_attack("stamps-removed", "every time stamp is taken out",
         accepted("the report names no authority any more", verdict="complete"),
         plain=missing())  # fmt: skip
def stamps_removed(forger: PackageForger) -> None:
    shutil.rmtree(forger.file(STAMPS))


@_attack("stamp-certificates-removed", "the authorities' certificates are taken out",
         accepted("the report says that the signature was not checked", verdict="complete"),
         plain=missing())  # fmt: skip
def stamp_certificates_removed(forger: PackageForger) -> None:
    forger.file(f"{STAMPS}/certs.pem").unlink()


# --- stores that witnesses have seen -------------------------------------------------------------


_StoreAct = Callable[[StoreAttacker], None]


def _store(name: str, text: str, named: Named, **more: Any) -> Callable[[_StoreAct], _StoreAct]:
    return store_attack(name, GROUP, text, named, scene=f"{PACKAGE} store", **more)


def _roll_back(attacker: StoreAttacker) -> None:
    """Cut the log off behind the first half of its session, and sign that."""
    forger = StoreForger(attacker.store)
    session = [n for n, one in enumerate(forger.entries()) if one["session"] == FIRST]
    forger.lines = forger.lines[: session[len(session) // 2]]
    forger.resign()


@_store("rollback-witnessed", "the insider rolls the log back; the cosigned heads lie there still",
        missing("log_truncated"))  # fmt: skip
def rollback_witnessed(attacker: StoreAttacker) -> None:
    _roll_back(attacker)
    shutil.rmtree(attacker.store / "recorder-1/stamps")


@_store("rollback-stamped", "the insider rolls the log back and leaves the time stamp",
        altered("stamp_wrong"))  # fmt: skip
def rollback_stamped(attacker: StoreAttacker) -> None:
    _roll_back(attacker)
    shutil.rmtree(attacker.store / "recorder-1/witnessed")


@_store("fork-witnessed", "the insider changes an entry and signs; the witnesses saw the old log",
        altered("split_view"))  # fmt: skip
def fork_witnessed(attacker: StoreAttacker) -> None:
    _fork(attacker)


def _fork(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    before = forger.lines
    forger.lines = [line.replace(b'"closed_by":"manager"', b'"closed_by":"other"')
                    for line in before]  # fmt: skip
    assert forger.lines != before
    forger.resign()


@_store("fork-unwitnessed", "the same, and all that witnesses and authorities said is deleted",
        accepted("the verdict says so; exit status 3 with `--require-witness`",
                 verdict=NOT_WITNESSED))  # fmt: skip
def fork_unwitnessed(attacker: StoreAttacker) -> None:
    _fork(attacker)
    for folder in ("witnessed", "stamps"):
        shutil.rmtree(attacker.store / "recorder-1" / folder)


@_store("fork-without-policy", "the same, and the log and the store know of no policy",
        accepted("a policy from elsewhere (`--policy`) tells that nobody has seen it",
                 verdict="complete"),
        told=Named(NOT_WITNESSED, ""), told_by=_true_policy)  # fmt: skip
def fork_without_policy(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    forger.set([{**one, "kind": "note.nothing"} if one["kind"] == "witness.policy" else one
                for one in forger.entries()])  # fmt: skip
    forger.resign()
    fork_unwitnessed(attacker)
    (attacker.store / "policy").unlink()
