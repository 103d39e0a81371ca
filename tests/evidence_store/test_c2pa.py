"""C2PA copies: read by the reader of c2pa-python, and a flipped byte is told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import c2pa
import pytest

from evidence_store.c2pa_copy import sign_copies
from evidence_store.errors import PackageError
from evidence_store.verify import verify_path
from tests.evidence_store.builder import export, open_writer
from tests.evidence_store.real_media import PlayedSession, clips

pytestmark = pytest.mark.slow

_EXTENSIONS = """\
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Package, certificate chain and key."""
    top = tmp_path_factory.mktemp("c2pa")
    (top / "x.cnf").write_text(_EXTENSIONS)
    for line in (
        "ecparam -name prime256v1 -genkey -noout -out ca.key",
        "req -x509 -new -key ca.key -days 30 -subj /O=Test/CN=root -out ca.pem",
        "ecparam -name prime256v1 -genkey -noout -out raw.key",
        "pkcs8 -topk8 -nocrypt -in raw.key -out leaf.key",
        "req -new -key leaf.key -subj /O=Test/CN=signer -out leaf.csr",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30"
        " -extfile x.cnf -extensions leaf -out leaf.pem",
    ):
        subprocess.run(["openssl", *line.split()], cwd=top, check=True, capture_output=True)
    (top / "chain.pem").write_bytes((top / "leaf.pem").read_bytes() + (top / "ca.pem").read_bytes())
    mp4, _ = clips(top, 3)
    writer = open_writer(top / "store")
    session = PlayedSession(writer, "s1")
    session.open()
    session.begin("cam", "摄像机")
    session.stretch("cam", mp4, 3)
    session.close_recording("cam")
    session.close()
    writer.close()
    return export(top / "store", top / "package", "s1"), top / "chain.pem", top / "leaf.key"


def problems(path: Path) -> list[str]:
    """What the reader found wrong, but that nobody knows the test's certificate."""
    with c2pa.Reader(str(path)) as reader:
        value = json.loads(reader.json())
    found = [one["code"] for one in value.get("validation_status", [])]
    return [code for code in found if code != "signingCredential.untrusted"]


def test_the_copies_carry_a_manifest_and_the_package_stays(
    signed: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    package, chain, key = signed
    (copy,) = sign_copies(package, tmp_path / "c2pa", chain, key)
    assert copy.relative_to(tmp_path / "c2pa").as_posix() == "s1/cam/e001-play.mp4"
    assert problems(copy) == []
    with c2pa.Reader(str(copy)) as reader:
        assert "org.duizhi.package" in reader.json()
    assert verify_path(package).exit_code == 0
    data = bytearray(copy.read_bytes())
    data[-100] ^= 1
    copy.write_bytes(data)
    assert "assertion.bmffHash.mismatch" in problems(copy)


def test_a_key_that_does_not_fit_is_refused(
    signed: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    package, chain, _ = signed
    with pytest.raises(PackageError, match="C2PA copies cannot be made"):
        sign_copies(package, tmp_path / "c2pa", chain, chain)
