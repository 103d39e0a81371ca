"""ML-DSA-44 and cosignatures: our verification against the library, published values, others."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import metamorphic_log
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.signing import MLDSA44CosignatureSigner, Vkey
from tlog_scales.tlog import Checkpoint as OtherCheckpoint

from evidence_store.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from evidence_store.cosignature import cosign, verify_cosignature
from evidence_store.errors import NoteError
from evidence_store.merkle import HashTree, leaf_hash
from evidence_store.mldsa import mldsa44_verify
from evidence_store.note import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    VerifierKey,
    parse_verifier_key,
)
from evidence_store.verify import verify_path
from tests.evidence_store.builder import CENTRE_ORIGIN, ORIGIN, export, make_store, open_writer

KEY = MLDSA44PrivateKey.from_seed_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
MESSAGE = b"said once"
SIGNATURE = KEY.sign(MESSAGE)
ED_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TREE = HashTree([leaf_hash(b"%d" % index) for index in range(11)])
HEAD = sign_checkpoint(
    "duizhi.local/test", 11, TREE.root(), ED_KEY.public_key().public_bytes_raw(), ED_KEY.sign
)
OWN = VerifierKey("duizhi.local/test", ML_DSA_44, PUBLIC)
NOW_S = 1_795_300_000


@settings(max_examples=20)
@given(
    st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.binary(max_size=255), st.data()
)
def test_our_verification_agrees_with_the_library(
    seed: bytes, message: bytes, context: bytes, data: st.DataObject
) -> None:
    key = MLDSA44PrivateKey.from_seed_bytes(seed)
    public = key.public_key().public_bytes_raw()
    signature = bytearray(key.sign(message, context))
    assert mldsa44_verify(public, message, bytes(signature), context)
    assert not mldsa44_verify(public, message + b"x", bytes(signature), context)
    assert not mldsa44_verify(public, message, bytes(signature), context + b"x")
    place = data.draw(st.integers(0, len(signature) - 1))
    signature[place] ^= 1 << data.draw(st.integers(0, 7))
    assert not mldsa44_verify(public, message, bytes(signature), context)


VECTORS = json.loads((Path(__file__).parent / "data/mldsa_44_verify.json").read_text())["tests"]


@pytest.mark.parametrize("case", VECTORS, ids=[str(case["id"]) for case in VECTORS])
def test_published_vectors(case: dict[str, str]) -> None:
    public, message, context, signature = (
        bytes.fromhex(case[name]) for name in ("publicKey", "msg", "ctx", "sig")
    )
    good = case["result"] == "valid"
    assert mldsa44_verify(public, message, signature, context) == good, case["comment"]


@pytest.mark.parametrize("length", [0, 1, 32, 2419, 2421, 5000])
def test_signatures_of_another_length_are_refused(length: int) -> None:
    assert not mldsa44_verify(PUBLIC, MESSAGE, (SIGNATURE * 3)[:length])
    assert not mldsa44_verify((PUBLIC * 4)[:length], MESSAGE, SIGNATURE)


@settings(max_examples=30)
@given(st.binary(min_size=2420, max_size=2420))
def test_wild_signatures_are_refused_and_raise_nothing(signature: bytes) -> None:
    assert not mldsa44_verify(PUBLIC, MESSAGE, signature)
    assert not mldsa44_verify(signature[:1312], MESSAGE, SIGNATURE)


def test_hints_have_one_spelling() -> None:
    """Every byte of the hints counts: another order, a repeat, or padding is refused."""
    hints = SIGNATURE[-84:]
    for place in range(84):
        for value in (0, 1, 80, 81, 255):
            if hints[place] == value:
                continue
            wrong = bytearray(SIGNATURE)
            wrong[2420 - 84 + place] = value
            assert not mldsa44_verify(PUBLIC, MESSAGE, bytes(wrong))
    assert mldsa44_verify(PUBLIC, MESSAGE, SIGNATURE)


def test_a_log_line_is_taken_by_another_implementation() -> None:
    ours = cosign(HEAD, OWN, KEY.sign, NOW_S)
    assert verify_cosignature(ours, OWN) == NOW_S
    other = OtherCheckpoint.from_text(ours.note.decode())
    vkey = Vkey.from_string(OWN.text)
    [line] = [item for item in other.signatures if vkey.match(item)]
    vkey.get_verifier().verify_note(line, other)
    # A verifier that knows only the Ed25519 key takes the note as well.
    plain = VerifierKey(OWN.name, ED25519, ED_KEY.public_key().public_bytes_raw())
    head = metamorphic_log.checkpoint_verify(ours.note.decode(), [plain.text])
    assert (head.size, head.root) == (11, TREE.root())


def test_another_implementation_s_line_is_taken() -> None:
    other = OtherCheckpoint.from_text(HEAD.note.decode())
    signer = MLDSA44CosignatureSigner("witness.example/w1", KEY)
    line = signer.sign(other).serialize()
    checkpoint = parse_checkpoint(HEAD.note + line.encode() + b"\n")
    key = parse_verifier_key(str(signer.vkey.serialize()))  # type: ignore[no-untyped-call]
    assert key == VerifierKey("witness.example/w1", ML_DSA_44, PUBLIC)
    assert abs(verify_cosignature(checkpoint, key) - time.time()) < 600


def test_ed25519_cosignature_of_the_specification() -> None:
    """The message of tlog-cosignature, built by hand."""
    key = VerifierKey(
        "witness.example/w", ED25519_COSIGNATURE, ED_KEY.public_key().public_bytes_raw()
    )
    text = HEAD.note.decode().partition("\n\n")[0] + "\n"
    signed = ED_KEY.sign(f"cosignature/v1\ntime {NOW_S}\n{text}".encode())
    payload = key.key_id + NOW_S.to_bytes(8, "big") + signed
    line = f"— witness.example/w {base64.b64encode(payload).decode()}\n"
    checkpoint = parse_checkpoint(HEAD.note + line.encode())
    assert verify_cosignature(checkpoint, key) == NOW_S
    assert cosign(HEAD, key, ED_KEY.sign, NOW_S) == checkpoint


@pytest.mark.parametrize("kind", [ED25519_COSIGNATURE, ML_DSA_44])
def test_cosignatures_that_are_wrong(kind: int) -> None:
    public = PUBLIC if kind == ML_DSA_44 else ED_KEY.public_key().public_bytes_raw()
    sign = KEY.sign if kind == ML_DSA_44 else ED_KEY.sign
    key = VerifierKey("witness.example/w", kind, public)
    good = cosign(HEAD, key, sign, NOW_S)
    with pytest.raises(NoteError, match="carries no cosignature"):
        verify_cosignature(HEAD, key)
    with pytest.raises(NoteError, match="carries no cosignature"):
        verify_cosignature(good, VerifierKey("witness.example/other", kind, public))
    later = _replaced(HEAD, cosign(HEAD, key, sign, NOW_S), b"\0" * 8, key)
    with pytest.raises(NoteError, match="is wrong"):
        verify_cosignature(later, key)
    for length in (1, 7, 8, 71):
        short = _replaced(HEAD, good, None, key, length)
        with pytest.raises(NoteError, match=r"is wrong|states no time"):
            verify_cosignature(short, key)
    # Another tree under the same line.
    moved = Checkpoint(good.origin, 12, good.root, good.note.replace(b"\n11\n", b"\n12\n"))
    with pytest.raises(NoteError, match="is wrong"):
        verify_cosignature(moved, key)
    with pytest.raises(NoteError, match="makes no cosignatures"):
        cosign(HEAD, VerifierKey("a", ED25519, public), sign, 0)
    with pytest.raises(NoteError, match="1 to 255 bytes"):
        cosign(HEAD, VerifierKey("a" * 256, ML_DSA_44, PUBLIC), KEY.sign, 0)


def _replaced(
    head: Checkpoint,
    good: Checkpoint,
    begin: bytes | None,
    key: VerifierKey,
    length: int | None = None,
) -> Checkpoint:
    """The cosignature with its time replaced, or cut to a length."""
    payload = base64.b64decode(good.note.decode().split()[-1])
    changed = payload if begin is None else payload[:4] + begin + payload[12:]
    changed = changed if length is None else changed[: 4 + length]
    line = f"— {key.name} {base64.b64encode(changed).decode()}\n".encode()
    return parse_checkpoint(head.note + line)


def test_verifier_keys() -> None:
    assert parse_verifier_key(OWN.text) == OWN
    own_type = VerifierKey("a.example", 0xFF, b"an own type, and a key")
    assert parse_verifier_key(own_type.text) == own_type
    short = VerifierKey("a.example", ML_DSA_44, b"short")
    for text in (
        "",
        "a",
        "a+b",
        "a+b+c",
        OWN.text[:-4],
        "x" + OWN.text,
        short.text,
        "a+0+====",
        OWN.text.upper(),
        "a b+00000000+AQ==",
    ):
        with pytest.raises(NoteError):
            parse_verifier_key(text)


def test_every_log_carries_both_lines(tmp_path: Path) -> None:
    store, [session] = make_store(tmp_path / "store", centre=True, host_keys=True)
    for name, origin in (("recorder-1", ORIGIN), ("centre", CENTRE_ORIGIN)):
        checkpoint = parse_checkpoint((store / name / "log/checkpoint").read_bytes())
        lines = checkpoint.note.decode().split("\n\n")[1].strip().split("\n")
        assert [line.split()[1] for line in lines] == [origin, origin]
        assert [len(base64.b64decode(line.split()[2])) for line in lines] == [68, 4 + 8 + 2420]
    assert verify_path(store).findings == []
    package = export(store, tmp_path / "package", session)
    assert verify_path(package).findings == []
    # A later run of the writer states its keys again.
    open_writer(store, host_keys=True).close()
    assert verify_path(store).findings == []


@pytest.mark.parametrize("damage", ["stripped", "wrong", "another log's"])
def test_a_line_cannot_be_taken_away(tmp_path: Path, damage: str) -> None:
    store, [session] = make_store(tmp_path / "store", centre=True, host_keys=True)
    package = export(store, tmp_path / "package", session)
    for path in (store / "recorder-1/log/checkpoint", package / "data/log/checkpoint"):
        head, ed_line, pq_line = path.read_text().rsplit("\n", 3)[:3]
        if damage == "wrong":
            payload = bytearray(base64.b64decode(pq_line.split()[2]))
            payload[1000] ^= 4
            pq_line = f"{pq_line.rpartition(' ')[0]} {base64.b64encode(payload).decode()}"
        elif damage == "another log's":
            pq_line = (store / "centre/log/checkpoint").read_text().split("\n")[-2]
        lines = [ed_line] if damage == "stripped" else [ed_line, pq_line]
        path.write_text("\n".join([head, *lines, ""]))
    for place in (store, package):
        report = verify_path(place)
        assert report.exit_code == 1
        found = [(item.code, item.detail) for item in report.findings]
        assert any(code == "signature_wrong" and "ML-DSA-44" in why for code, why in found), found
        json.loads(report.to_json())
