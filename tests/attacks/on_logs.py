"""Attacks on the tree, the checkpoint, its signatures, and the keys."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from typing import Any

import rfc8785

from evidence_store.checkpoint import parse_checkpoint
from evidence_store.key_pem import spki_sha256
from evidence_store.merkle import HASH_BYTES, HashTree
from evidence_store.note import ed25519_key_id
from tests.attacks.attack import OWN_KEY, UNSIGNED, Named, accepted, altered, missing
from tests.attacks.attack import package_attack as _attack
from tests.attacks.package_forger import PackageForger
from tests.attacks.signing import keys_of, public_pem, signed_head

GROUP = "log and keys"
CHECKPOINT, LEAVES, KEY = "data/log/checkpoint", "data/log/leaf-hashes", "data/log/public-key.pem"
FORGED = accepted(OWN_KEY)


def _both(named: Named) -> Any:
    return {"plain": named, "sealed": named}


def _note(forger: PackageForger, change: Callable[[list[str], list[str]], Any]) -> None:
    """Change the text lines and the signature lines of the checkpoint."""
    path = forger.file(CHECKPOINT)
    text, _, signatures = path.read_text().partition("\n\n")
    head, lines = text.split("\n"), signatures.split("\n")[:-1]
    change(head, lines)
    changed = "\n".join(head) + "\n\n" + "".join(line + "\n" for line in lines)
    forger.edit(CHECKPOINT, lambda _: changed.encode())


@_attack("truncate-leaf-hashes", GROUP, "the last leaf hash is taken out",
         **_both(missing("log_truncated", LEAVES)))  # fmt: skip
def truncate_leaf_hashes(forger: PackageForger) -> None:
    forger.edit(LEAVES, lambda data: data[:-HASH_BYTES])


@_attack("extend-leaf-hashes", GROUP, "a leaf hash is added", **_both(altered(path=LEAVES)))
def extend_leaf_hashes(forger: PackageForger) -> None:
    forger.edit(LEAVES, lambda data: data + bytes(HASH_BYTES))


@_attack("odd-leaf-hashes", GROUP, "half a leaf hash is added", **_both(altered(path=LEAVES)))
def odd_leaf_hashes(forger: PackageForger) -> None:
    forger.edit(LEAVES, lambda data: data + bytes(5))


@_attack("change-hidden-leaf", GROUP, "the hash of an entry that is not shown is changed",
         **_both(altered(path=LEAVES)))  # fmt: skip
def change_hidden_leaf(forger: PackageForger) -> None:
    shown = {entry["seq"] for entry in forger.entries()}
    count = len(forger.file(LEAVES).read_bytes()) // HASH_BYTES
    at = next(n for n in range(count) if n not in shown) * HASH_BYTES
    forger.edit(LEAVES, lambda data: data[:at] + bytes(HASH_BYTES) + data[at + HASH_BYTES :])


@_attack("remove-leaf-hashes", GROUP, "the leaf hashes are taken out",
         **_both(altered("missing", LEAVES)))  # fmt: skip
def remove_leaf_hashes(forger: PackageForger) -> None:
    forger.file(LEAVES).unlink()


@_attack(
    "truncate-log",
    GROUP,
    "the log ends earlier: size, root, leaf hashes and entries (but no signature)",
    thorough=UNSIGNED,
    rekeyed=accepted(OWN_KEY, notice="session_open"),
)
def truncate_log(forger: PackageForger) -> None:
    entries = forger.entries()
    cut = forger.find("media.segment", 0, session=entries[-1]["session"])
    first = entries[cut]["seq"]
    for entry in entries[cut:]:
        path = entry["body"].get("path")
        if path:
            forger.file(f"data/{path}").unlink()
    forger.set_lines(forger.lines()[:cut])
    forger.drop_payloads()
    forger.edit(LEAVES, lambda data: data[: first * HASH_BYTES])


@_attack("change-root", GROUP, "the root in the checkpoint is another",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def change_root(forger: PackageForger) -> None:
    def change(head: list[str], _: list[str]) -> None:
        head[2] = base64.b64encode(bytes(32)).decode()

    _note(forger, change)


@_attack("change-size", GROUP, "the size in the checkpoint is another",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def change_size(forger: PackageForger) -> None:
    def change(head: list[str], _: list[str]) -> None:
        head[1] = str(int(head[1]) + 1)

    _note(forger, change)


@_attack("huge-size", GROUP, "the checkpoint claims 10**15 entries",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def huge_size(forger: PackageForger) -> None:
    def change(head: list[str], _: list[str]) -> None:
        head[1] = str(10**15)

    _note(forger, change)


@_attack("change-origin", GROUP, "the checkpoint is of another log, by its name",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def change_origin(forger: PackageForger) -> None:
    def change(head: list[str], lines: list[str]) -> None:
        head[0] = "duizhi.local/recorder-9"
        lines[:] = [line.replace("recorder-1", "recorder-9") for line in lines]

    _note(forger, change)


@_attack("add-extension-line", GROUP, "a line is put behind the root",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def add_extension_line(forger: PackageForger) -> None:
    _note(forger, lambda head, _: head.append("an extension"))


@_attack("strip-signatures", GROUP, "the checkpoint has no signature line left",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def strip_signatures(forger: PackageForger) -> None:
    _note(forger, lambda _, lines: lines.clear())


@_attack("strip-ed25519", GROUP, "the Ed25519 line is taken off the checkpoint",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def strip_ed25519(forger: PackageForger) -> None:
    _note(forger, lambda _, lines: lines.pop(0))


@_attack("strip-ml-dsa", GROUP, "the ML-DSA-44 line is taken off the checkpoint",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def strip_ml_dsa(forger: PackageForger) -> None:
    _note(forger, lambda _, lines: lines.pop(1))


def _flip(line: str, at: int) -> str:
    head, _, payload = line.rpartition(" ")
    data = bytearray(base64.b64decode(payload))
    data[at] ^= 1
    return f"{head} {base64.b64encode(bytes(data)).decode()}"


@_attack("flip-ed25519", GROUP, "one bit of the Ed25519 signature is changed",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def flip_ed25519(forger: PackageForger) -> None:
    def change(_: list[str], lines: list[str]) -> None:
        lines[0] = _flip(lines[0], 20)

    _note(forger, change)


@_attack("flip-ml-dsa", GROUP, "one bit of the ML-DSA-44 signature is changed",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def flip_ml_dsa(forger: PackageForger) -> None:
    def change(_: list[str], lines: list[str]) -> None:
        lines[1] = _flip(lines[1], 900)

    _note(forger, change)


@_attack("ed25519-other-scalar", GROUP, "the signature's scalar is spelled s + L (malleability)",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def ed25519_other_scalar(forger: PackageForger) -> None:
    order = 2**252 + 27742317777372353535851937790883648493

    def change(_: list[str], lines: list[str]) -> None:
        head, payload = lines[0].rsplit(" ", 1)
        data = base64.b64decode(payload)
        scalar = int.from_bytes(data[36:68], "little") + order
        spelled = data[:36] + scalar.to_bytes(32, "little")
        lines[0] = f"{head} {base64.b64encode(spelled).decode()}"

    _note(forger, change)


@_attack("base64-spare-bits", GROUP, "a signature line is the same bytes in another base64",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def base64_spare_bits(forger: PackageForger) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def change(_: list[str], lines: list[str]) -> None:
        for at, line in enumerate(lines):
            body, pad = line.rstrip("="), len(line) - len(line.rstrip("="))
            if pad:
                lines[at] = body[:-1] + letters[letters.index(body[-1]) + 1] + "=" * pad
                return
        lines[0] += "\u00a0"  # no line has spare bits: a space that looks like none

    _note(forger, change)


@_attack(
    "add-unknown-line",
    GROUP,
    "a signature line of an unknown key is added",
    sealed=accepted(
        "C2SP signed-note: lines of unknown keys are ignored; proof files repeat the checkpoint,"
        " and are made to fit"
    ),
)
def add_unknown_line(forger: PackageForger) -> None:
    line = f"— nobody.example/x {base64.b64encode(bytes(68)).decode()}"
    _note(forger, lambda _, lines: lines.append(line))
    note = forger.file(CHECKPOINT).read_bytes()
    for proof in forger.file("data/log/proofs").iterdir():
        proof.write_bytes(proof.read_bytes().partition(b"\n\n")[0] + b"\n\n" + note)


@_attack("too-many-lines", GROUP, "the checkpoint has 200 signature lines",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def too_many_lines(forger: PackageForger) -> None:
    line = f"— nobody.example/x {base64.b64encode(bytes(68)).decode()}"
    _note(forger, lambda _, lines: lines.extend([line] * 200))


@_attack("huge-checkpoint", GROUP, "the checkpoint has two megabytes",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def huge_checkpoint(forger: PackageForger) -> None:
    _note(forger, lambda _, lines: lines.append("— x " + "A" * 2_000_000))


@_attack("remove-checkpoint", GROUP, "the checkpoint is taken out",
         **_both(altered("missing", CHECKPOINT)))  # fmt: skip
def remove_checkpoint(forger: PackageForger) -> None:
    forger.file(CHECKPOINT).unlink()


@_attack("another-logs-checkpoint", GROUP, "the checkpoint is the centre's",
         **_both(altered("signature_wrong", CHECKPOINT)))  # fmt: skip
def another_logs_checkpoint(forger: PackageForger) -> None:
    other = forger.file("data/centre-log/checkpoint").read_bytes()
    forger.edit(CHECKPOINT, lambda _: other)


@_attack(
    "older-checkpoint",
    GROUP,
    "a genuine older checkpoint of the same log is put in",
    **_both(altered(path=LEAVES)),
    scene="two",
)
def older_checkpoint(forger: PackageForger) -> None:
    """What the owner's keys signed earlier, over a shorter log."""
    leaves = forger.file(LEAVES).read_bytes()
    tree = HashTree([leaves[at : at + 32] for at in range(0, len(leaves) - 320, 32)])
    keys = keys_of(forger.scene.store, "recorder-1")
    head = signed_head("duizhi.local/recorder-1", tree, keys)
    forger.edit(CHECKPOINT, lambda _: head.note)


@_attack(
    "roll-back-log",
    GROUP,
    "a genuine older checkpoint, and the package as it would have been then",
    sealed=accepted(
        "what stood in the log then; a witness who saw a later head, or a later package, tells",
        notice="session_open",
    ),
    scene="package",
)
def roll_back_log(forger: PackageForger) -> None:
    forger.form = "thorough"
    truncate_log(forger)
    forger.remake()
    forger.form = "sealed"
    leaves = forger.file(LEAVES).read_bytes()
    tree = HashTree([leaves[at : at + 32] for at in range(0, len(leaves), 32)])
    _with_true_keys(forger, tree)


@_attack(
    "fork-log",
    GROUP,
    "an insider with the keys signs a second log of the same size that says another name",
    sealed=accepted("both are signed; a witness cosigns one of them only"),
)
def fork_log(forger: PackageForger) -> None:
    forger.form, forger.thorough = "thorough", True
    place = forger.find("utterance")
    forger.amend(place, text="是张某安排我们进去的 <确认>")
    forger.remake()
    forger.form = "sealed"
    leaves = forger.file(LEAVES).read_bytes()
    tree = HashTree([leaves[at : at + 32] for at in range(0, len(leaves), 32)])
    _with_true_keys(forger, tree)


def _with_true_keys(forger: PackageForger, tree: HashTree) -> None:
    forger.sign("data/log", tree, keys_of(forger.scene.store, "recorder-1"))
    forger.remake_derived(["data/log"])


# --- keys ------------------------------------------------------------------------------------


@_attack(
    "replace-key",
    GROUP,
    "the public key is another's",
    **_both(altered("signature_wrong", CHECKPOINT)),
)
def replace_key(forger: PackageForger) -> None:
    keys = keys_of(forger.top.parent / "forger", "recorder-1")
    forger.edit(KEY, lambda _: public_pem(keys.public_key_bytes))


@_attack(
    "replace-key-and-sign",
    GROUP,
    "key and signatures are another's, the entries are left alone (ONVIF: change of public key)",
    **_both(altered("key_mismatch")),
)
def replace_key_and_sign(forger: PackageForger) -> None:
    keys = keys_of(forger.top.parent / f"{forger.form}-forger", "recorder-1")
    leaves = forger.file(LEAVES).read_bytes()
    tree = HashTree([leaves[at : at + 32] for at in range(0, len(leaves), 32)])
    forger.edit(KEY, lambda _: public_pem(keys.public_key_bytes))
    forger.sign("data/log", tree, keys)


@_attack(
    "replace-key-and-everything",
    GROUP,
    "nothing is changed, but everything is signed with a key of the attacker's own",
    rekeyed=FORGED,
)
def replace_key_and_everything(forger: PackageForger) -> None:
    del forger  # the form does it


@_attack("spoil-key", GROUP, "the public key is no key", **_both(altered("altered", KEY)))
def spoil_key(forger: PackageForger) -> None:
    forger.edit(KEY, lambda _: b"no key")


@_attack("remove-key", GROUP, "the public key is taken out", **_both(altered("altered", KEY)))
def remove_key(forger: PackageForger) -> None:
    forger.file(KEY).unlink()


_SMALL = {
    "identity": bytes([1]) + bytes(31),
    "order-two": (2**255 - 20).to_bytes(32, "little"),
    "order-four": bytes(32),
}


@_attack(
    "small-order-key",
    GROUP,
    "the key is a point of small order, under which one signature fits every text",
    thorough=altered("signature_wrong", CHECKPOINT),
)
def small_order_key(forger: PackageForger) -> None:
    point = _SMALL["identity"]
    forger.edit(KEY, lambda _: public_pem(point))
    lines = forger.lines()
    first = json.loads(lines[0])
    first["body"]["key_sha256"] = spki_sha256(point)
    lines[0] = rfc8785.dumps(first)
    for place, line in enumerate(lines):
        entry = json.loads(line)
        if entry["kind"] == "key.host":
            lines[place] = rfc8785.dumps({**entry, "kind": "key.none"})
    forger.set_lines(lines)
    forger.remake_log("data/log")
    origin = parse_checkpoint(forger.file(CHECKPOINT).read_bytes()).origin
    signature = ed25519_key_id(origin, point) + point + bytes(32)
    signed = f"— {origin} {base64.b64encode(signature).decode()}"

    def change(_: list[str], signatures: list[str]) -> None:
        signatures[:] = [signed]

    _note(forger, change)
    forger._touched.clear()  # what follows must not sign again


# --- proofs ----------------------------------------------------------------------------------

PROOFS = "data/log/proofs"


@_attack("swap-proofs", "derived", "two proof files change places",
         **_both(altered(path=f"{PROOFS}/0.tlog-proof")))  # fmt: skip
def swap_proofs(forger: PackageForger) -> None:
    one, two = f"{PROOFS}/0.tlog-proof", f"{PROOFS}/1.tlog-proof"
    first, second = forger.file(one).read_bytes(), forger.file(two).read_bytes()
    forger.edit(one, lambda _: second)
    forger.edit(two, lambda _: first)


@_attack("proofs-of-another-package", "derived", "the proof files are those of another package",
         **_both(altered(path=f"{PROOFS}/0.tlog-proof")))  # fmt: skip
def proofs_of_another_package(forger: PackageForger) -> None:
    leaves = [bytes([n % 256]) * 32 for n in range(400)]
    keys = keys_of(forger.top.parent / f"{forger.form}-other", "recorder-1")
    note = forger.file(CHECKPOINT).read_bytes()
    forger.sign("data/log", HashTree(leaves), keys)
    forger.file(CHECKPOINT).write_bytes(note)


@_attack("spoil-proof", "derived", "a proof file proves nothing",
         **_both(altered(path=f"{PROOFS}/1.tlog-proof")))  # fmt: skip
def spoil_proof(forger: PackageForger) -> None:
    forger.edit(f"{PROOFS}/1.tlog-proof", lambda data: data.replace(b"index 1", b"index 2"))


@_attack("remove-proof", "derived", "a proof file is taken out",
         **_both(missing(path=f"{PROOFS}/1.tlog-proof")))  # fmt: skip
def remove_proof(forger: PackageForger) -> None:
    forger.file(f"{PROOFS}/1.tlog-proof").unlink()


@_attack("add-proof", "derived", "a proof file of an entry that is not there is put in",
         **_both(altered(path=f"{PROOFS}/99999.tlog-proof")))  # fmt: skip
def add_proof(forger: PackageForger) -> None:
    proof = forger.file(f"{PROOFS}/1.tlog-proof").read_bytes()
    forger.file(f"{PROOFS}/99999.tlog-proof").write_bytes(proof)


# --- the centre's log ------------------------------------------------------------------------

CENTRE = "data/centre-log"


@_attack("edit-centre-entry", "centre", "an access is ascribed to somebody else",
         **_both(altered(path=f"{CENTRE}/entries.jsonl")), rekeyed=FORGED,
         thorough=altered("signature_wrong", f"{CENTRE}/checkpoint"))  # fmt: skip
def edit_centre_entry(forger: PackageForger) -> None:
    forger.amend(forger.find("access.case", log=CENTRE), CENTRE, by="nobody")


@_attack("drop-centre-entry", "centre", "an access is left out",
         sealed=accepted("the centre's log is shown as a selection"))  # fmt: skip
def drop_centre_entry(forger: PackageForger) -> None:
    forger.drop(forger.find("access.case", log=CENTRE), log=CENTRE)


@_attack("remove-centre-log", "centre", "the centre's log is left out",
         sealed=accepted("a package need not have one"))  # fmt: skip
def remove_centre_log(forger: PackageForger) -> None:
    shutil.rmtree(forger.file(CENTRE))


@_attack("swap-centre-log", "centre", "the recorder's log stands in for the centre's",
         **_both(altered("altered", f"{CENTRE}/checkpoint")))  # fmt: skip
def swap_centre_log(forger: PackageForger) -> None:
    for name in ("checkpoint", "leaf-hashes", "entries.jsonl", "public-key.pem"):
        shutil.copy(forger.file(f"data/log/{name}"), forger.file(f"{CENTRE}/{name}"))
