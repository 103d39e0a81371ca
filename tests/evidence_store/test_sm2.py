"""SM2 and SM3: published values, OpenSSL both ways, and a line on checkpoints."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store.checkpoint import parse_checkpoint
from evidence_store.errors import KeyFileError
from evidence_store.fsck import fsck_store
from evidence_store.host_keys import open_host_keys
from evidence_store.key_ceremony import certify_log, make_root
from evidence_store.sm2 import SM2_IDENTIFIER, sm2_verify, sm3
from evidence_store.sm2_signer import Sm2Signer, make_sm2_key, sm2_path
from evidence_store.verify import verify_path
from tests.evidence_store.builder import (
    ORIGIN,
    SESSION,
    export,
    make_store,
    open_writer,
    write_session,
)


def test_sm3_published_values() -> None:
    """GB/T 32905-2016, annex A."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    long = sm3(b"abcd" * 16).hex()
    assert long == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_sm3_agrees_with_the_library(data: bytes) -> None:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    assert sm3(data) == digest.finalize()


def test_sm2_published_value() -> None:
    """GB/T 32918.5-2017, annex A.2."""
    point = bytes.fromhex(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    signature = bytes.fromhex(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    assert sm2_verify(point, b"message digest", signature)
    assert not sm2_verify(point, b"message digesT", signature)
    assert not sm2_verify(point, b"message digest", signature, b"ALICE123@YAHOO.COM")
    for place in range(0, 64, 5):
        wrong = bytearray(signature)
        wrong[place] ^= 1
        assert not sm2_verify(point, b"message digest", bytes(wrong))
    for bad in (b"", point[:-1], b"\x03" + point[1:], point[:-1] + b"\x00", b"\x04" + b"\xff" * 64):
        assert not sm2_verify(bad, b"message digest", signature)
    for numbers in (bytes(64), b"\xff" * 64, signature[:32] + bytes(32), signature + b"x"):
        assert not sm2_verify(point, b"message digest", numbers)


def test_openssl_takes_our_signature(tmp_path: Path) -> None:
    signer = make_sm2_key(tmp_path / "k.sm2.pem")
    loaded = Sm2Signer.load(tmp_path / "k.sm2.pem")
    assert loaded.public_key_bytes == signer.public_key_bytes
    point = signer.public_key_bytes.removeprefix(SM2_IDENTIFIER)
    for length in (0, 1, 100, 5000):
        signature = loaded.sign(b"x" * length)
        assert sm2_verify(point, b"x" * length, signature)
    numbers = b""
    for part in (signature[:32], signature[32:]):
        part = part.lstrip(b"\0")
        part = b"\0" + part if part[0] & 0x80 else part
        numbers += b"\x02" + bytes([len(part)]) + part
    (tmp_path / "sig").write_bytes(b"\x30" + bytes([len(numbers)]) + numbers)
    (tmp_path / "said").write_bytes(b"x" * 5000)
    words = ["pkeyutl", "-verify", "-pubin", "-inkey", "k.sm2.pub.pem", "-rawin", "-digest", "sm3"]
    words += ["-pkeyopt", "distid:1234567812345678", "-in", "said", "-sigfile", "sig"]
    subprocess.run(["openssl", *words], check=True, cwd=tmp_path, timeout=30, capture_output=True)
    with pytest.raises(KeyFileError, match="cannot write"):
        make_sm2_key(tmp_path / "k.sm2.pem")


def test_a_line_on_every_checkpoint(tmp_path: Path) -> None:
    store, [session] = make_store(tmp_path / "store", host_keys=True)
    keys = store / "keys"
    make_sm2_key(sm2_path(keys, "recorder-1"))
    root = make_root(tmp_path / "root.pem", "unit.example/root", b"x")
    certify_log(root, keys, "recorder-1", ORIGIN)
    writer = open_writer(store, host_keys=True, session_keys=True)
    write_session(writer, "s-later")
    writer.close()
    path = store / "recorder-1/log/checkpoint"
    assert parse_checkpoint(path.read_bytes()).note.count("— ".encode()) == 3
    package = export(store, tmp_path / "package", SESSION, "s-later")
    for place in (store, package):
        report = verify_path(place)
        assert (report.findings, report.notices) == ([], [])
    assert fsck_store(store).findings == []
    assert len(open_host_keys(store, "recorder-1").beside) == 2
    assert session == SESSION
    for place in (path, package / "data/log/checkpoint"):
        lines = place.read_text().splitlines(keepends=True)
        place.write_text("".join(lines[:-1]))
    for top in (store, package):
        found = {one.detail for one in verify_path(top).findings}
        assert "the log's SM2 line is not there" in found
