"""Keys of hosts: sealed files, the unit's root, rotation, compromise; and how they are checked."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from evidence_store.checkpoint import parse_checkpoint, sign_checkpoint, verify_checkpoint
from evidence_store.cosignature import cosign
from evidence_store.errors import KeyFileError, NoteError, StoreBusy
from evidence_store.fsck import fsck_store
from evidence_store.host_keys import (
    TurningKeys,
    certificate_path,
    finish_rotation,
    next_host_keys,
    open_host_keys,
)
from evidence_store.key_ceremony import UnitRoot, certify_log, make_root, open_root, public_keys
from evidence_store.key_files import encrypt_in_place, is_encrypted, read_private_key
from evidence_store.key_pem import parse_public_pem
from evidence_store.key_rotation import Rotation, declare_compromised, rotate_keys
from evidence_store.key_statement import (
    Certificate,
    parse_certificate,
    sign_statement,
    verify_statement,
)
from evidence_store.note import ED25519, VerifierKey
from evidence_store.report import Report
from evidence_store.sealed_key import (
    CREDENTIAL,
    PASSPHRASE_VARIABLE,
    find_passphrase,
    open_key,
    read_passphrase,
    seal_key,
)
from evidence_store.signer import Ed25519Signer
from evidence_store.store_format import ensure_format
from evidence_store.verify import verify_path
from evidence_store.writer import Draft, StoreWriter
from tests.evidence_store.builder import (
    ORIGIN,
    SESSION,
    SOFTWARE,
    START_US,
    export,
    open_writer,
    write_session,
)

LOG = "recorder-1"


@pytest.fixture
def root(tmp_path: Path) -> UnitRoot:
    return make_root(tmp_path / "safe/root.pem", "unit.example/root", b"paper")


@pytest.fixture
def store(tmp_path: Path, root: UnitRoot) -> Path:
    """A store whose keys the root has certified, with one session."""
    path = tmp_path / "store"
    ensure_format(path)
    open_host_keys(path, LOG)
    certify_log(root, path / "keys", LOG, ORIGIN)
    record(path, SESSION)
    return path


def record(store: Path, session: str) -> None:
    writer = open_writer(store, host_keys=True, session_keys=True)
    write_session(writer, session)
    writer.close()


def rotated(store: Path, root: UnitRoot | None = None) -> Rotation:
    return rotate_keys(store, LOG, ORIGIN, SOFTWARE, reason="every 90 days", root=root)


def codes(report: Report) -> tuple[set[str], set[str]]:
    return {one.code for one in report.findings}, {one.code for one in report.notices}


def test_a_root_certifies_the_keys_of_a_log(store: Path, root: UnitRoot, tmp_path: Path) -> None:
    package = export(store, tmp_path / "package", SESSION)
    for place in (store, package):
        report = verify_path(place)
        assert codes(report) == (set(), set())
        assert report.log is not None
        assert report.log.root_sha256 == root.sha256


def test_the_root_s_public_key_may_be_the_expected_one(store: Path, tmp_path: Path) -> None:
    package = export(store, tmp_path / "package", SESSION)
    root_pem = (tmp_path / "safe/root.pub.pem").read_bytes()
    host_pem = (store / f"keys/{LOG}.pub.pem").read_bytes()
    other = Ed25519Signer.generate(tmp_path / "other.pem").public_key_pem()
    for place in (store, package):
        assert codes(verify_path(place, keys=[root_pem])) == (set(), set())
        assert codes(verify_path(place, keys=[host_pem])) == (set(), set())
        assert codes(verify_path(place, keys=[other, root_pem])) == (set(), set())
        assert "key_mismatch" in codes(verify_path(place, keys=[other]))[0]


def test_without_a_root_the_report_says_so(tmp_path: Path) -> None:
    record(tmp_path / "store", SESSION)
    assert codes(verify_path(tmp_path / "store")) == (set(), {"no_root"})


def test_a_certificate_of_another_root_log_or_key_is_found(
    store: Path, root: UnitRoot, tmp_path: Path
) -> None:
    keys = store / "keys"
    good = certificate_path(keys, LOG).read_text()
    forger = make_root(tmp_path / "forger.pem", "unit.example/root", b"x")
    forged = forger.certify(ORIGIN, public_keys(keys, LOG, ORIGIN))
    certificate_path(keys, LOG).write_text(forged)  # beside the true root.vkey
    open_writer(store, host_keys=True).close()
    assert codes(verify_path(store))[0] == {"key_certificate"}
    # A certificate that does not fit is not stated at all.
    elsewhere = public_keys(keys, LOG, "duizhi.local/other")
    certificate_path(keys, LOG).write_text(root.certify("duizhi.local/other", elsewhere))
    open_writer(store, host_keys=True).close()
    assert "no_root" in codes(verify_path(store))[1]
    certificate_path(keys, LOG).write_text(good)


def test_a_certificate_that_has_ended_is_a_notice(store: Path, root: UnitRoot) -> None:
    keys = public_keys(store / "keys", LOG, ORIGIN)
    note = root.certify(ORIGIN, keys, days=1)
    assert parse_certificate(note).until_s - parse_certificate(note).issued_s == 86_400
    ended = replace(parse_certificate(note), issued_s=1, until_s=2)
    signer = Ed25519Signer.load(store.parent / "safe/root.pem", b"paper")
    text = sign_statement(ended.text, root.key, signer.sign)
    certificate_path(store / "keys", LOG).write_text(text)
    open_writer(store, host_keys=True).close()
    assert codes(verify_path(store)) == (set(), {"certificate_ended"})


def test_rotation_is_signed_by_both(store: Path, root: UnitRoot, tmp_path: Path) -> None:
    before = parse_public_pem((store / f"keys/{LOG}.pub.pem").read_bytes())
    before_pem = (store / f"keys/{LOG}.pub.pem").read_bytes()
    done = rotated(store, root)
    after_pem = (store / f"keys/{LOG}.pub.pem").read_bytes()
    after = parse_public_pem(after_pem)
    assert before != after
    checkpoint = parse_checkpoint(done.checkpoint.read_bytes())
    assert checkpoint.size == done.size
    for key in (before, after):
        verify_checkpoint(checkpoint, key)
    # At once, and after the recorder has gone on.
    assert codes(verify_path(store)) == (set(), set())
    record(store, "s-later")
    package = export(store, tmp_path / "package", SESSION, "s-later")
    root_pem = (tmp_path / "safe/root.pub.pem").read_bytes()
    for place in (store, package):
        for expected in ([], [before_pem], [after_pem], [root_pem]):
            assert codes(verify_path(place, keys=expected)) == (set(), set())
    head = parse_checkpoint((store / LOG / "log/checkpoint").read_bytes())
    with pytest.raises(NoteError):
        verify_checkpoint(head, before)
    assert not [path for path in (store / "keys").iterdir() if ".next" in path.name]
    assert codes(fsck_store(store))[0] == set()


def test_rotation_without_the_root(store: Path, root: UnitRoot) -> None:
    rotated(store)
    assert codes(verify_path(store)) == (set(), {"no_root"})
    certify_log(root, store / "keys", LOG, ORIGIN)
    open_writer(store, host_keys=True).close()
    assert codes(verify_path(store)) == (set(), set())
    rotated(store, root)
    rotated(store, root)
    assert codes(verify_path(store)) == (set(), set())


def test_a_rotation_cut_off_before_its_entry_is_undone(store: Path) -> None:
    before = open_host_keys(store, LOG).key_sha256
    next_host_keys(store, LOG)
    assert open_host_keys(store, LOG).key_sha256 == before
    assert not [path for path in (store / "keys").iterdir() if ".next" in path.name]


@pytest.mark.parametrize("step", range(4))
def test_a_rotation_cut_off_after_its_entry_is_finished(
    store: Path, tmp_path: Path, step: int
) -> None:
    """The process dies between the checkpoint of both and each rename."""
    present, following = open_host_keys(store, LOG), next_host_keys(store, LOG)
    turning = TurningKeys(present, following)
    writer = StoreWriter.open(store / LOG, origin=ORIGIN, signer=turning, software=SOFTWARE)
    turning.turn()
    writer.submit([Draft("key.rotate", "", "", turning.rotation(ORIGIN), START_US)]).result(
        timeout=30
    )
    writer.close()
    keys = store / "keys"
    names = (
        f"{LOG}.next.ml-dsa-44.pub.pem",
        f"{LOG}.next.ml-dsa-44.pem",
        f"{LOG}.next.pub.pem",
    )
    for name in names[:step]:
        (keys / name).rename(keys / name.replace(".next", ""))
    assert open_host_keys(store, LOG).key_sha256 == following.key_sha256
    record(store, "s-later")
    assert codes(verify_path(store))[0] == set()
    assert codes(fsck_store(store))[0] == set()


def test_a_key_that_changes_without_rotation_is_found(store: Path, tmp_path: Path) -> None:
    """A thief of the disk who makes keys of his own, and signs the old tree with them."""
    keys = store / "keys"
    other = tmp_path / "other"
    ensure_format(other)
    thief = open_host_keys(other, LOG)
    head = parse_checkpoint((store / LOG / "log/checkpoint").read_bytes())
    forged = sign_checkpoint(ORIGIN, head.size, head.root, thief.public_key_bytes, thief.sign)
    for one in thief.beside:
        key = VerifierKey(ORIGIN, one.kind, one.public_key_bytes)
        forged = cosign(forged, key, one.sign, 1)
    (store / LOG / "log/checkpoint").write_bytes(forged.note)
    for path in keys.glob(f"{LOG}*"):
        path.unlink()
    for path in (other / "keys").iterdir():
        shutil.copy(path, keys)
    found, _ = codes(verify_path(store))
    assert "key_mismatch" in found
    open_writer(store, host_keys=True).close()
    assert "key_mismatch" in codes(verify_path(store))[0]


def test_a_rotation_that_the_old_key_never_certified_is_found(store: Path) -> None:
    thief = Ed25519Signer.generate(store.parent / "thief.pem")
    key = VerifierKey(ORIGIN, ED25519, thief.public_key_bytes)
    writer = open_writer(store, host_keys=True)
    body = {"keys": [key.text], "certificate": "nothing"}
    writer.submit([Draft("key.rotate", "", "", body, START_US)]).result(timeout=30)
    writer.close()
    assert {"key_certificate", "key_mismatch"} <= codes(verify_path(store))[0]


def test_compromise(store: Path, root: UnitRoot) -> None:
    ended = open_host_keys(store, LOG).key_sha256

    def declare(sha256: str = ended, size: int = 5) -> int:
        return declare_compromised(
            store, LOG, ORIGIN, SOFTWARE, key_sha256=sha256, trusted_size=size, reason="stolen"
        )

    with pytest.raises(KeyFileError, match="rotate first"):
        declare()
    rotated(store, root)
    with pytest.raises(KeyFileError, match="fingerprint"):
        declare("xx")
    with pytest.raises(KeyFileError, match="expected a size"):
        declare(size=10_000)
    declare()
    report = verify_path(store)
    assert codes(report) == (set(), {"key_compromised"})
    assert ended in report.notices[-1].detail


def test_keys_are_changed_only_while_nobody_writes(store: Path) -> None:
    writer = open_writer(store, host_keys=True)
    with pytest.raises(StoreBusy):
        rotated(store)
    writer.close()
    record(store, "s-later")
    assert codes(verify_path(store)) == (set(), set())


def test_a_root_is_kept_under_its_own_pass_phrase(tmp_path: Path, root: UnitRoot) -> None:
    path = tmp_path / "safe/root.pem"
    assert is_encrypted(path)
    assert open_root(path, b"paper").sha256 == root.sha256
    with pytest.raises(KeyFileError, match="pass phrase"):
        open_root(path, b"wrong")
    with pytest.raises(KeyFileError, match="no pass phrase is set up"):
        open_root(path, None)
    with pytest.raises(KeyFileError, match="not a name"):
        make_root(tmp_path / "r2.pem", "with space", b"x")
    with pytest.raises(KeyFileError, match="cannot write"):
        make_root(path, "unit.example/root", b"x")
    path.with_suffix(".vkey").write_text("junk")
    with pytest.raises(KeyFileError, match="cannot read"):
        open_root(path, b"paper")
    other = make_root(tmp_path / "r3.pem", "unit.example/root", b"x")
    path.with_suffix(".vkey").write_text(other.key.text)
    with pytest.raises(KeyFileError, match="does not belong"):
        open_root(path, b"paper")


def test_keys_are_encrypted_where_a_pass_phrase_is_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text("卷宗 14\n")
    phrase.chmod(0o600)
    monkeypatch.setenv(PASSPHRASE_VARIABLE, str(phrase))
    store = tmp_path / "store"
    record(store, SESSION)
    for name in (f"{LOG}.pem", f"{LOG}.ml-dsa-44.pem"):
        assert is_encrypted(store / "keys" / name)
    assert codes(fsck_store(store)) == (set(), {"no_root"})
    record(store, "s-later")
    assert verify_path(store).findings == []
    phrase.write_text("another\n")
    with pytest.raises(KeyFileError, match="not the one"):
        open_host_keys(store, LOG)
    monkeypatch.delenv(PASSPHRASE_VARIABLE)
    with pytest.raises(KeyFileError, match="no pass phrase is set up"):
        open_host_keys(store, LOG)
    assert codes(fsck_store(store)) == (set(), {"no_root", "private_key"})


def test_plain_keys_still_load_and_can_be_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys/recorder-1.pem"
    made = Ed25519Signer.generate(path)
    assert not is_encrypted(path)
    encrypt_in_place(path, b"phrase")
    assert is_encrypted(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Ed25519Signer.load(path, b"phrase").public_key_bytes == made.public_key_bytes
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / CREDENTIAL).write_bytes(b"phrase\n")
    (credentials / CREDENTIAL).chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert find_passphrase() == b"phrase"
    assert read_private_key(path) is not None


def test_sealed_keys_that_are_damaged(tmp_path: Path) -> None:
    sealed = seal_key(b"secret", b"phrase")
    assert open_key(sealed, b"phrase") == b"secret"
    assert b"secret" not in sealed
    assert seal_key(b"secret", b"phrase") != sealed
    body = sealed.split(b"\n")
    for wrong in (b"", sealed[:60], sealed.replace(body[1], body[1][:-4]), b"\n".join(body[:1])):
        with pytest.raises(KeyFileError):
            open_key(wrong, b"phrase")
    raw = bytearray(base64.b64decode(b"".join(body[1:-2])))
    for place, value in ((4, 40), (5, 0), (6, 200), (0, 1), (30, 1), (40, 1)):
        changed = bytearray(raw)
        changed[place] = value if place < 7 else changed[place] ^ value
        text = body[0] + b"\n" + base64.encodebytes(bytes(changed)) + body[-2] + b"\n"
        with pytest.raises(KeyFileError):
            open_key(text, b"phrase")
    empty = tmp_path / "empty"
    empty.touch(mode=0o600)
    with pytest.raises(KeyFileError, match="holds no pass phrase"):
        read_passphrase(empty)
    empty.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_passphrase(empty)
    with pytest.raises(KeyFileError, match="cannot read"):
        read_passphrase(tmp_path / "missing")


def test_certificates_have_one_spelling(root: UnitRoot) -> None:
    key = VerifierKey(ORIGIN, ED25519, bytes(32))
    note = root.certify(ORIGIN, (key,))
    found = parse_certificate(note)
    assert found.keys == (key,)
    verify_statement(note, found.text, root.key)
    wrong: tuple[object, ...] = (
        None,
        7,
        "",
        "\ud800",
        note.replace("role host", "role  host"),
        note.replace("until 0", "until 00"),
        note.replace("issued ", "issued x"),
        note.replace("duizhi-certificate/1", "duizhi-certificate/2"),
        note.replace(key.text + "\n", ""),
        note.replace(key.text, "junk"),
    )
    for text in wrong:
        with pytest.raises(NoteError):
            parse_certificate(text)
    with pytest.raises(NoteError, match="something else"):
        verify_statement(note, replace(found, until_s=9).text, root.key)
    assert isinstance(found, Certificate)


def test_public_halves_that_cannot_be_used(store: Path) -> None:
    keys = store / "keys"
    with pytest.raises(KeyFileError, match="start the recorder once"):
        public_keys(keys, "recorder-9", ORIGIN)
    (keys / f"{LOG}.ml-dsa-44.pub.pem").unlink()
    assert len(public_keys(keys, LOG, ORIGIN)) == 1
    (keys / f"{LOG}.pub.pem").write_text("junk")
    with pytest.raises(KeyFileError, match="cannot read"):
        public_keys(keys, LOG, ORIGIN)
    (keys / "root.vkey").write_text("junk")
    with pytest.raises(KeyFileError, match=r"root\.vkey"):
        open_host_keys(store, LOG)


def test_finishing_twice_changes_nothing(store: Path) -> None:
    rotated(store)
    before = open_host_keys(store, LOG).key_sha256
    finish_rotation(store, LOG)
    assert open_host_keys(store, LOG).key_sha256 == before
