"""Signatures, notes, checkpoints and proofs, against the published examples."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint as OtherCheckpoint

from evidence_store.checkpoint import (
    checkpoint_text,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from evidence_store.ed25519 import ed25519_verify
from evidence_store.errors import CheckpointError, KeyFileError, NoteError, PackageError, ProofError
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.merkle import HashTree, inclusion_path, leaf_hash
from evidence_store.note import (
    ED25519,
    VerifierKey,
    note_bytes,
    parse_note,
    sign_note,
    verify_note,
)
from evidence_store.proof import parse_proof, proof_bytes, verify_proof
from evidence_store.signer import Ed25519Signer

# RFC 8032, 7.1, tests 1 to 3: secret key, public key, message, signature.
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
        "f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
        "4dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

# The example of C2SP signed-note, which is also that of Go's sumdb/note.
NEUMANN_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
NEUMANN_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NEUMANN_NOTE = (
    NEUMANN_TEXT + "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
    "RZb6KE6RyyBwJnAM=\n"
).encode()
# The example of C2SP tlog-checkpoint and tlog-witness.
SOFA = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2"
    "q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V62"
    "67UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
).encode()

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = KEY.public_key().public_bytes_raw()
LEAVES = [leaf_hash(b"%d" % index) for index in range(11)]
HEAD = sign_checkpoint("duizhi.local/test", 11, HashTree(LEAVES).root(), PUBLIC, KEY.sign)


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC8032)
def test_rfc_8032_vectors(secret: str, public: str, message: str, signature: str) -> None:
    key, said, signed = map(bytes.fromhex, (public, message, signature))
    assert ed25519_verify(key, said, signed)
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(said) == signed
    assert not ed25519_verify(key, said + b"x", signed)
    for where in range(0, 64, 7):
        wrong = bytearray(signed)
        wrong[where] ^= 1
        assert not ed25519_verify(key, said, bytes(wrong))


@settings(max_examples=15)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80))
def test_our_verification_agrees_with_the_library(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    assert ed25519_verify(public, message, key.sign(message))


def test_signatures_that_are_not_canonical_are_refused() -> None:
    _, public, message, signature = (bytes.fromhex(item) for item in RFC8032[1])
    scalar = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    assert not ed25519_verify(public, message, signature[:32] + scalar.to_bytes(32, "little"))
    assert not ed25519_verify(public, message, signature[:-1])
    assert not ed25519_verify(public[:-1], message, signature)
    assert not ed25519_verify(b"\xff" * 32, message, signature)
    assert not ed25519_verify(b"\x02" + bytes(31), message, signature)  # no point has this y
    assert not ed25519_verify(b"\x01" + bytes(30) + b"\x80", message, signature)  # x = 0, sign set


def test_the_published_note_verifies_and_is_made_again_byte_for_byte() -> None:
    key = Ed25519PrivateKey.from_private_bytes(NEUMANN_SEED)
    public = key.public_key().public_bytes_raw()
    assert VerifierKey("PeterNeumann", ED25519, public).text == NEUMANN_VKEY
    note = parse_note(NEUMANN_NOTE)
    verify_note(note, "PeterNeumann", public)
    assert note.text == NEUMANN_TEXT
    assert note_bytes(note) == NEUMANN_NOTE
    assert note_bytes(sign_note(NEUMANN_TEXT, "PeterNeumann", public, key.sign)) == NEUMANN_NOTE


def test_the_published_checkpoint_is_read() -> None:
    head = parse_checkpoint(SOFA)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.root.hex().startswith("0ac5186a91863e8e")
    assert note_bytes(parse_note(SOFA)) == SOFA
    assert len(parse_note(SOFA).signatures) == 2


def test_signatures_of_others_are_ignored_but_kept() -> None:
    line = SOFA.split(b"\n")[4] + b"\n"
    head = parse_checkpoint(HEAD.note + line)
    verify_checkpoint(head, PUBLIC)
    with pytest.raises(NoteError, match="no signature"):
        verify_checkpoint(parse_checkpoint(SOFA), PUBLIC)


@settings(max_examples=50)
@given(st.data())
def test_every_changed_byte_of_a_checkpoint_is_refused(data: st.DataObject) -> None:
    note = bytearray(HEAD.note)
    note[data.draw(st.integers(0, len(note) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        verify_checkpoint(parse_checkpoint(bytes(note)), PUBLIC)
    except (CheckpointError, NoteError):
        return
    pytest.fail("a changed checkpoint was accepted")


@given(st.binary(max_size=200))
def test_other_bytes_are_our_errors(data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(data)
    with pytest.raises(CheckpointError):
        parse_checkpoint(data)
    with pytest.raises(ProofError):
        parse_proof(data)
    with pytest.raises(PackageError):
        parse_public_pem(data)


@pytest.mark.parametrize(
    "note",
    [
        b"text\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAA=",
        b"text\n\n- name AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 na+me AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 name AAAA\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAB=\n",  # spare bits set: another spelling
        b"text\n\n\xe2\x80\x94 name *\n",
        b"te\txt\n\n\xe2\x80\x94 name AAAAAAA=\n",
        b"text\xff\n\n\xe2\x80\x94 name AAAAAAA=\n",
        b"text\n\n" + b"\xe2\x80\x94 name AAAAAAA=\n" * 101,
        b"a" * 1_000_001,
    ],
)
def test_malformed_notes(note: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(note)


@pytest.mark.parametrize(
    ("size", "root"),
    [
        ("011", None),
        ("-1", None),
        ("1" * 17, None),
        ("x", None),
        ("11", "AAAA"),
        ("11", "?"),
        ("11", ""),
    ],
)
def test_malformed_checkpoints(size: str, root: str | None) -> None:
    root = base64.b64encode(HEAD.root).decode() if root is None else root
    note = sign_note(f"origin\n{size}\n{root}\n", "origin", PUBLIC, KEY.sign)
    with pytest.raises(CheckpointError):
        parse_checkpoint(note_bytes(note))


def test_what_cannot_be_signed() -> None:
    with pytest.raises(NoteError):
        sign_note("no newline", "name", PUBLIC, KEY.sign)
    with pytest.raises(NoteError):
        sign_note("text\n", "na me", PUBLIC, KEY.sign)
    with pytest.raises(CheckpointError):
        sign_checkpoint("two words", 0, HEAD.root, PUBLIC, KEY.sign)


def test_extension_lines_are_kept() -> None:
    text = checkpoint_text("origin", 1, HEAD.root) + "extension\n"
    head = parse_checkpoint(note_bytes(sign_note(text, "origin", PUBLIC, KEY.sign)))
    assert head.extensions == ("extension",)


def test_an_independent_implementation_accepts_our_checkpoint() -> None:
    theirs = OtherCheckpoint.from_text(HEAD.note.decode())
    vkey = Vkey.from_string(VerifierKey("duizhi.local/test", ED25519, PUBLIC).text)
    vkey.get_verifier().verify_note(theirs.signatures[0], theirs)
    assert (theirs.size, theirs.root_hash) == (11, HEAD.root)


def test_proof_files() -> None:
    path = inclusion_path(4, 11, HashTree(LEAVES).subtree)
    data = proof_bytes(4, path, HEAD.note)
    proof = parse_proof(data)
    assert proof_bytes(proof.index, proof.path, proof.checkpoint.note) == data
    verify_proof(proof, LEAVES[4])
    with pytest.raises(ProofError):
        verify_proof(proof, LEAVES[5])


@settings(max_examples=50)
@given(st.data())
def test_a_changed_proof_is_refused_or_its_checkpoint_is(data: st.DataObject) -> None:
    path = inclusion_path(4, 11, HashTree(LEAVES).subtree)
    good = proof_bytes(4, path, HEAD.note)
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        proof = parse_proof(bytes(bad))
        verify_checkpoint(proof.checkpoint, PUBLIC)
        verify_proof(proof, LEAVES[4])
    except (ProofError, NoteError):
        return
    pytest.fail("a changed proof was accepted")


@pytest.mark.parametrize(
    "head",
    [
        b"c2sp.org/tlog-proof@v1",
        b"c2sp.org/tlog-proof@v2\nindex 1",
        b"c2sp.org/tlog-proof@v1\nindex x",
        b"c2sp.org/tlog-proof@v1\nindex 01",
        b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA",
        b"c2sp.org/tlog-proof@v1\nindex 1\n" + base64.b64encode(bytes(32)) * 64,
    ],
)
def test_malformed_proofs(head: bytes) -> None:
    with pytest.raises(ProofError):
        parse_proof(head + b"\n\n" + HEAD.note)


def test_a_key_survives_its_file(tmp_path: Path) -> None:
    made = Ed25519Signer.generate(tmp_path / "keys" / "recorder-1.pem")
    loaded = Ed25519Signer.load(tmp_path / "keys" / "recorder-1.pem")
    assert (loaded.name, loaded.public_key_bytes) == ("recorder-1", made.public_key_bytes)
    assert ed25519_verify(made.public_key_bytes, b"said", loaded.sign(b"said"))
    pem = (tmp_path / "keys" / "recorder-1.pub.pem").read_bytes()
    assert parse_public_pem(pem) == made.public_key_bytes
    assert spki_sha256(made.public_key_bytes) == made.key_sha256
    assert (tmp_path / "keys" / "recorder-1.pem").stat().st_mode & 0o777 == 0o600


def test_keys_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    with pytest.raises(KeyFileError, match="cannot read"):
        Ed25519Signer.load(path)
    Ed25519Signer.generate(path)
    with pytest.raises(KeyFileError, match="cannot write"):
        Ed25519Signer.generate(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Ed25519Signer.load(path)
    path.write_bytes(b"nothing")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="PEM"):
        Ed25519Signer.load(path)
    other = X25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.write_bytes(other)
    with pytest.raises(KeyFileError, match="not an Ed25519 key"):
        Ed25519Signer.load(path)


def test_public_keys_of_another_shape_are_refused() -> None:
    other = X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, tail = b"-----BEGIN PUBLIC KEY-----\n", b"-----END PUBLIC KEY-----\n"
    for data in (pem, head + b"A\n" + tail, head + b"AAAA\n" + tail, head + tail):
        with pytest.raises(PackageError):
            parse_public_pem(data)
