"""Keys in a device: a real SoftHSM token signs whole logs, fails, and comes back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from evidence_store import key_rotation
from evidence_store.ed25519 import ed25519_verify
from evidence_store.errors import KeyFileError, SignerFailed, StoreError
from evidence_store.fsck import fsck_store
from evidence_store.host_keys import HostKeys, next_host_keys, open_host_keys
from evidence_store.key_pem import parse_public_pem
from evidence_store.key_rotation import rotate_keys
from evidence_store.pkcs11_signer import (
    MODULE_VARIABLE,
    PIN_VARIABLE,
    TOKEN_VARIABLE,
    KeyDevice,
    Pkcs11Signer,
    find_device,
)
from evidence_store.rotation_order import carry_out, order_rotation, order_state
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

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LOG = "recorder-1"

pytestmark = pytest.mark.skipif(
    not MODULE.exists() or shutil.which("softhsm2-util") is None, reason="softhsm2 is missing"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tokens and PIN; the library reads its settings once in a process."""
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(
        f"directories.tokendir = {home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    (home / "pin").write_text("567890\n")
    (home / "pin").chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(home / "softhsm2.conf"))
        words = ["--init-token", "--free", "--label", "unit"]
        words += ["--so-pin", "123456", "--pin", "567890"]
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True, timeout=30)
    return home


@pytest.fixture
def device(home: Path, monkeypatch: pytest.MonkeyPatch) -> KeyDevice:
    """The token, set up for this process as a unit file would."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(home / "softhsm2.conf"))
    monkeypatch.setenv(MODULE_VARIABLE, str(MODULE))
    monkeypatch.setenv(TOKEN_VARIABLE, "unit")
    monkeypatch.setenv(PIN_VARIABLE, str(home / "pin"))
    found = find_device()
    assert found is not None
    return found


def test_the_device_signs_what_anybody_verifies(device: KeyDevice) -> None:
    made = Pkcs11Signer.generate(device, LOG)
    again = Pkcs11Signer(device, made.name)
    for signer in (made, again):
        assert ed25519_verify(made.public_key_bytes, b"said", signer.sign(b"said"))
    assert parse_public_pem(made.public_key_pem()) == made.public_key_bytes
    assert made.statement(ORIGIN) is None


def test_a_whole_log_is_signed_in_the_device(device: KeyDevice, tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store, host_keys=True, session_keys=True)
    write_session(writer, SESSION)
    writer.close()
    assert not (store / f"keys/{LOG}.pem").exists()
    assert (store / f"keys/{LOG}.device").read_text().startswith(f"{LOG}-")
    assert verify_path(store).findings == []
    assert verify_path(export(store, tmp_path / "package", SESSION)).findings == []
    assert fsck_store(store).findings == []
    open_writer(store, host_keys=True, session_keys=True).close()
    assert verify_path(store).findings == []


def test_from_a_file_into_the_device_and_back(
    device: KeyDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    monkeypatch.delenv(MODULE_VARIABLE)
    monkeypatch.delenv(TOKEN_VARIABLE)
    monkeypatch.delenv(PIN_VARIABLE)
    writer = open_writer(store, host_keys=True)
    write_session(writer, SESSION)
    writer.close()
    for name, value in zip(
        (MODULE_VARIABLE, TOKEN_VARIABLE, PIN_VARIABLE),
        (device.module, device.token, str(device.pin_file)),
        strict=True,
    ):
        monkeypatch.setenv(name, value)
    assert not (store / f"keys/{LOG}.device").exists()  # a key in use stays where it is
    for _ in range(2):  # into the device, then to another key there
        rotate_keys(store, LOG, ORIGIN, SOFTWARE, reason="device")
        assert (store / f"keys/{LOG}.device").exists()
        assert not (store / f"keys/{LOG}.pem").exists()
        assert verify_path(store).findings == []
    monkeypatch.delenv(MODULE_VARIABLE)
    monkeypatch.delenv(TOKEN_VARIABLE)
    monkeypatch.delenv(PIN_VARIABLE)
    with pytest.raises(KeyFileError, match="none is set up"):
        open_host_keys(store, LOG)


def test_by_order_within_the_device(device: KeyDevice, tmp_path: Path) -> None:
    """As the button does it: the process that changed the keys opens its log with the new one."""
    store = tmp_path / "store"
    writer = open_writer(store, host_keys=True, session_keys=True)
    write_session(writer, SESSION)
    writer.close()
    labels = {(store / f"keys/{LOG}.device").read_text()}
    for _ in range(2):
        order_rotation(store, LOG, "test")
        assert carry_out(store, LOG, ORIGIN, SOFTWARE)
        labels.add((store / f"keys/{LOG}.device").read_text())
        open_writer(store, host_keys=True, session_keys=True).close()
    assert len(labels) == 3
    assert not (store / f"keys/{LOG}.pem").exists()
    assert verify_path(store).findings == []


def test_a_device_that_refuses_in_the_middle_leaves_the_log_with_its_key(
    device: KeyDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    open_writer(store, host_keys=True, session_keys=True).close()
    before = open_host_keys(store, LOG).key_sha256

    def gone(store: Path, name: str) -> HostKeys:
        """The next keys, whose key the device has lost by the time it has to sign."""
        made = next_host_keys(store, name)
        main = made._main
        assert isinstance(main, Pkcs11Signer)
        main.name = "gone"
        main.close()
        main._private = None
        return made

    order_rotation(store, LOG, "test")
    with monkeypatch.context() as patch:
        patch.setattr(key_rotation, "next_host_keys", gone)
        assert not carry_out(store, LOG, ORIGIN, SOFTWARE)
    state = order_state(store, LOG)
    assert (state.waiting, state.failed) == (False, "SignerFailed")
    assert open_host_keys(store, LOG).key_sha256 == before
    open_writer(store, host_keys=True, session_keys=True).close()
    assert verify_path(store).findings == []
    assert not list((store / "keys").glob(f"{LOG}.next*"))


def test_a_device_that_logs_out_is_asked_again(device: KeyDevice) -> None:
    signer = Pkcs11Signer.generate(device, LOG)
    signer.close()
    assert ed25519_verify(signer.public_key_bytes, b"said", signer.sign(b"said"))


def test_a_device_that_refuses_stops_the_writer_and_says_so(
    device: KeyDevice, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    ensure_format(store)
    signer = Pkcs11Signer.generate(device, LOG)
    (store / "keys").mkdir()
    (store / f"keys/{LOG}.device").write_text(signer.name)
    (store / f"keys/{LOG}.pub.pem").write_bytes(signer.public_key_pem())
    writer = StoreWriter.open(store / LOG, origin=ORIGIN, signer=signer, software=SOFTWARE)
    write_session(writer, SESSION, close=False)
    label, signer.name = signer.name, "gone"  # what a wiped device looks like
    signer.close()
    future = writer.submit([Draft("note.x", SESSION, "room1", {}, START_US)])
    with pytest.raises(SignerFailed, match="refuses to sign"):
        future.result(timeout=30)
    with pytest.raises(StoreError):
        writer.submit([Draft("note.x", SESSION, "room1", {}, START_US)])
    writer.close()
    signer.name = label
    open_writer(store, host_keys=True, session_keys=True).close()
    assert verify_path(store).findings == []


def test_what_is_set_up_wrongly_is_told(device: KeyDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyFileError, match="no key nobody"):
        Pkcs11Signer(device, "nobody")
    with pytest.raises(KeyFileError, match="cannot log in"):
        Pkcs11Signer(KeyDevice(device.module, "another", device.pin_file), LOG)
    with pytest.raises(KeyFileError, match="cannot log in"):
        Pkcs11Signer(KeyDevice("/nowhere.so", "unit", device.pin_file), LOG)
    monkeypatch.delenv(PIN_VARIABLE)
    with pytest.raises(KeyFileError, match="needs all of"):
        find_device()
