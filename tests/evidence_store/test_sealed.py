"""Encryption at rest: form of a sealed file, keys, shares, and what can be checked without them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import itertools
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from evidence_store import shares as shamir
from evidence_store.durable import Disk
from evidence_store.errors import (
    KeyFileError,
    PackageError,
    SealedDamaged,
    SealedError,
    SealedKeyMissing,
    SealedKeyWrong,
    SharesWrong,
)
from evidence_store.fsck import fsck_store
from evidence_store.rewrap import rewrap_session
from evidence_store.sealed_file import (
    CHUNK_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    Context,
    DataKey,
    open_blocks,
    open_range,
    seal_blocks,
    seal_bytes,
    sealed_size,
)
from evidence_store.sealed_media import SealedMedia
from evidence_store.sealer import Sealer
from evidence_store.session_key import (
    MACHINE_FILE,
    key_file,
    load_machine_key,
    make_machine_key,
    read_session_keys,
)
from evidence_store.unit_key import (
    install_unit_key,
    make_unit_key,
    parse_share,
    recover_unit_key,
)
from evidence_store.verify import verify_path
from evidence_store.writer import Draft, FileWrite
from tests.evidence_store.builder import ORIGIN, SESSION, SessionScript, export, open_writer
from tests.evidence_store.test_package import run_verify_py

KEY = DataKey(bytes(range(32)))
PLACE = Context("duizhi.local/recorder-1", "s1", "media/s1/camera/e001-000001.m4s")
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7)


def _data(size: int) -> bytes:
    return hashlib.shake_128(b"media").digest(size)


def _sealed(data: bytes, context: Context = PLACE, key: DataKey = KEY) -> bytes:
    return seal_bytes(key, context, data, hashlib.sha256(data).digest())


def _opened(sealed: bytes, context: Context = PLACE, key: DataKey = KEY) -> bytes:
    return b"".join(open_blocks(key, context, io.BytesIO(sealed)))


# --- the form of a sealed file -------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_again(size: int) -> None:
    data = _data(size)
    sealed = _sealed(data)
    assert len(sealed) == sealed_size(size)
    assert _opened(sealed) == data
    blocks = seal_blocks(KEY, PLACE, io.BytesIO(data), hashlib.sha256(data).digest())
    assert b"".join(blocks) == sealed
    assert _sealed(data) == sealed  # a job tried again, a second directory: the same bytes
    assert size < 64 or data[:64] not in sealed


def test_the_form_is_the_one_written_down() -> None:
    """The description followed with other tools comes to the same bytes."""

    def derived(salt: bytes, info: bytes) -> bytes:  # RFC 5869, one block
        extracted = hmac.digest(salt, KEY.secret, "sha256")
        return hmac.digest(extracted, info + b"\x01", "sha256")

    context = b"duizhi-sealed/1\nduizhi.local/recorder-1\ns1\nmedia/s1/camera/e001-000001.m4s\n"
    content = hashlib.sha256(b"duizhi").digest()
    salt = hmac.digest(derived(bytes(32), b"duizhi-sealed/1 salt"), context + content, "sha256")
    cipher = AESGCM(derived(salt, b"duizhi-sealed/1 file"))
    expected = b"duizhi-sealed/1\n"
    expected += hashlib.sha256(b"duizhi-data-key/1\n" + KEY.secret).digest()[:16] + salt
    expected += cipher.encrypt(bytes(11) + b"\x01", b"duizhi", context)
    assert _sealed(b"duizhi") == expected


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_two_contents_never_share_a_salt(one: bytes, other: bytes) -> None:
    same = _sealed(one)[32:HEADER_BYTES] == _sealed(other)[32:HEADER_BYTES]
    assert same == (one == other)


@pytest.mark.parametrize("size", [0, 5, CHUNK_BYTES + 5])
def test_every_changed_byte_is_noticed(size: int) -> None:
    sealed = _sealed(_data(size))
    step = 1 if size < 100 else 997
    for at in range(0, len(sealed), step):
        broken = bytearray(sealed)
        broken[at] ^= 1
        with pytest.raises(SealedError):
            _opened(bytes(broken))


def test_chunks_cannot_be_cut_off_swapped_or_added() -> None:
    sealed = _sealed(_data(3 * CHUNK_BYTES))
    step = CHUNK_BYTES + TAG_BYTES
    head, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    wrong = [
        chunks[:2],
        chunks[1:],
        [chunks[1], chunks[0], chunks[2]],
        [*chunks, chunks[2]],
        [],
        [*chunks[:2], chunks[2][:-1]],
    ]
    for some in wrong:
        with pytest.raises(SealedDamaged):
            _opened(head + b"".join(some))
    with pytest.raises(SealedDamaged):
        _opened(sealed[: HEADER_BYTES - 1])


@pytest.mark.parametrize(
    "place",
    [
        Context("duizhi.local/recorder-2", PLACE.session, PLACE.path),
        Context(PLACE.origin, "s2", PLACE.path),
        Context(PLACE.origin, PLACE.session, "media/s1/camera/e001-000002.m4s"),
    ],
)
def test_a_file_opens_at_its_own_place_only(place: Context) -> None:
    with pytest.raises(SealedDamaged):
        _opened(_sealed(b"x"), place)


def test_another_key_is_told_apart_from_damage() -> None:
    with pytest.raises(SealedKeyWrong):
        _opened(_sealed(b"x"), key=DataKey(bytes(32)))


@given(st.data())
def test_any_stretch_can_be_read_alone(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from(SIZES))
    begin = data.draw(st.integers(0, size + 10))
    end = data.draw(st.integers(begin, size + 20))
    whole = _data(size)
    found = open_range(KEY, PLACE, io.BytesIO(_sealed(whole)), size, begin, end)
    assert b"".join(found) == whole[begin:end]


# --- shares --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("custodians", "need"), [(2, 2), (3, 2), (5, 2), (5, 3), (6, 6), (7, 4)])
def test_any_so_many_shares_give_the_secret_and_fewer_do_not(custodians: int, need: int) -> None:
    secret = bytes(range(1, 33))
    shares = shamir.split(secret, custodians, need)
    for count in range(1, custodians + 1):
        for some in itertools.combinations(shares, count):
            if count >= need:
                assert shamir.join(some, 32) == secret
                continue
            with contextlib.suppress(SharesWrong):  # perhaps not even a secret of this length
                assert shamir.join(some, 32) != secret


def test_one_share_of_two_fits_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof, done exhaustively over a small prime: given one share, each secret has exactly
    one line through it, so the share tells nothing."""
    monkeypatch.setattr(shamir, "PRIME", 251)
    for number in (1, 2, 3):
        for value in range(0, 251, 25):
            fitting = [
                secret
                for secret in range(251)
                for slope in range(251)
                if (secret + slope * number) % 251 == value
            ]
            assert sorted(fitting) == list(range(251))


@pytest.mark.parametrize(("custodians", "need"), [(1, 1), (2, 1), (2, 3), (21, 2), (3, 0)])
def test_impossible_numbers_are_refused(custodians: int, need: int) -> None:
    with pytest.raises(SharesWrong):
        shamir.split(b"x" * 32, custodians, need)


def test_every_pair_of_custodians_recovers_the_unit_key() -> None:
    public, shares = make_unit_key(5, 2)
    again = [parse_share(share.text(), "file") for share in shares]
    assert again == shares
    for pair in itertools.combinations(again, 2):
        assert recover_unit_key(pair).public_key().public_bytes_raw() == public.public_bytes_raw()
    for share in again:
        with pytest.raises(SharesWrong, match="2 shares of different custodians"):
            recover_unit_key([share])
        with pytest.raises(SharesWrong, match="2 shares of different custodians"):
            recover_unit_key([share, share])


def test_a_false_share_is_told_and_does_not_hinder_the_others() -> None:
    public, shares = make_unit_key(3, 2)
    other = make_unit_key(3, 2)[1]
    with pytest.raises(SharesWrong, match="different keys"):
        recover_unit_key([shares[0], other[1]])
    false = parse_share(shares[0].text(), "x")
    forged = type(false)(
        false.unit, 3, 2, shamir.Share(false.share.number, (false.share.value + 1) % shamir.PRIME)
    )
    with pytest.raises(SharesWrong, match="not genuine"):
        recover_unit_key([forged, shares[1]])
    key = recover_unit_key([forged, shares[1], shares[2]])
    assert key.public_key().public_bytes_raw() == public.public_bytes_raw()


def test_a_share_copied_wrongly_is_refused() -> None:
    text = make_unit_key(2, 2)[1][0].text()
    for at, letter in enumerate(text):
        wrong = text[:at] + ("0" if letter != "0" else "1") + text[at + 1 :]
        with pytest.raises(SharesWrong):
            parse_share(wrong, "share")
    assert parse_share(text.replace("\n", "\r\n"), "share")


# --- a store -------------------------------------------------------------------------------------


def _store(tmp_path: Path, encryption: str = "machine", *, close: bool = True) -> Path:
    store = tmp_path / "store"
    root = store / "recorder-1"
    writer = open_writer(store, sealer=Sealer.of_store(root, ORIGIN, encryption))
    script = SessionScript(writer, SESSION)
    script.open()
    script.open_recording("room1-camera")
    for _ in range(3):
        script.segment("room1-camera")
    script.tick(1)
    if close:
        script.close_recording("room1-camera")
        script.close()
    writer.close()
    return store


def _media(store: Path) -> list[Path]:
    return sorted(path for path in (store / "recorder-1/media").rglob("*") if path.is_file())


def _codes(path: Path, **options: object) -> tuple[str, set[str], set[str]]:
    report = verify_path(path)
    return report.verdict, {f.code for f in report.findings}, {n.code for n in report.notices}


@pytest.fixture
def sealed_store(quick_path: Path) -> Path:
    return _store(quick_path)


def test_a_sealed_store_is_checked_without_any_key(sealed_store: Path) -> None:
    assert all(path.read_bytes().startswith(b"duizhi-sealed/1\n") for path in _media(sealed_store))
    (sealed_store / MACHINE_FILE).unlink()
    key_file(sealed_store / "recorder-1", SESSION).unlink()
    assert _codes(sealed_store) == ("complete", set(), {"sealed"})
    assert fsck_store(sealed_store).verdict == "complete"
    victim = _media(sealed_store)[2]
    data = bytearray(victim.read_bytes())
    data[100] ^= 1
    victim.write_bytes(bytes(data))
    report = verify_path(sealed_store)
    assert report.verdict == "altered"
    assert [f.path for f in report.findings] == [victim.relative_to(sealed_store).as_posix()]


def test_the_opening_entry_names_key_and_holders(sealed_store: Path) -> None:
    keys = read_session_keys(sealed_store / "recorder-1", SESSION)
    lines = (
        export(sealed_store, sealed_store.parent / "p", SESSION) / "data/log/entries.jsonl"
    ).read_bytes()
    opening = next(
        entry
        for line in lines.splitlines()
        if (entry := json.loads(line))["kind"] == "session.open"
    )
    sealing = opening["body"]["sealing"]
    assert sealing["key"] == keys.keys[0].id
    assert sealing["to"] == [wrap["recipient"] for wrap in keys.keys[0].wraps]


def test_a_normal_package_is_clear_and_a_sealed_one_is_not(sealed_store: Path) -> None:
    top = sealed_store.parent
    clear = export(sealed_store, top / "clear", SESSION)
    assert _codes(clear) == ("complete", set(), set())
    sealed = export(sealed_store, top / "sealed", SESSION, sealed=True)
    assert _codes(sealed) == ("complete", set(), {"sealed"})
    for package in (clear, sealed):
        assert run_verify_py(package).returncode == 0
    for path in _media(sealed_store):
        name = "data/" + path.relative_to(sealed_store / "recorder-1").as_posix()
        assert (sealed / name).read_bytes() == path.read_bytes()
        stored = SealedMedia(sealed_store).read("recorder-1", name.removeprefix("data/"))
        assert (clear / name).read_bytes() == stored != path.read_bytes()
    assert not list(sealed.rglob("*-play.*"))
    wrapped = json.loads((sealed / "data/log/wrapped-keys.json").read_text())
    assert [one["session"] for one in wrapped["sessions"]] == [SESSION]


def test_a_playable_copy_cannot_be_slipped_into_a_sealed_package(sealed_store: Path) -> None:
    package = export(sealed_store, sealed_store.parent / "sealed", SESSION, sealed=True)
    folder = next(package.rglob("*-init.mp4")).parent
    (folder / "e001-play.mp4").write_bytes(b"something else")
    assert "unlisted" in _codes(package)[1]


def test_without_a_key_an_export_says_so_and_a_sealed_one_works(sealed_store: Path) -> None:
    (sealed_store / MACHINE_FILE).unlink()
    with pytest.raises(SealedKeyMissing, match="unit-key recover"):
        export(sealed_store, sealed_store.parent / "clear", SESSION)
    assert not (sealed_store.parent / "clear").exists()
    export(sealed_store, sealed_store.parent / "sealed", SESSION, sealed=True)


def test_another_machines_key_is_a_clear_error(sealed_store: Path) -> None:
    (sealed_store / MACHINE_FILE).unlink()
    make_machine_key(sealed_store)
    with pytest.raises(SealedKeyMissing, match="not wrapped to this key"):
        SealedMedia(sealed_store).read(
            "recorder-1",
            _media(sealed_store)[0].relative_to(sealed_store / "recorder-1").as_posix(),
        )
    assert _codes(sealed_store)[0] == "complete"


def test_a_key_file_others_may_read_is_refused(sealed_store: Path) -> None:
    (sealed_store / MACHINE_FILE).chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_machine_key(sealed_store)


def test_a_damaged_sealed_file_is_exported_as_far_as_it_opens(sealed_store: Path) -> None:
    victim = _media(sealed_store)[1]
    victim.write_bytes(victim.read_bytes()[:-1])
    package = export(sealed_store, sealed_store.parent / "p", SESSION)
    verdict, codes, _ = _codes(package)
    assert (verdict, codes) == ("altered", {"altered"})


def test_a_job_tried_again_finds_its_own_file(quick_path: Path) -> None:
    """The file of a failed job is accepted: sealing again gives the same bytes."""
    store = quick_path / "store"
    for _ in range(2):  # the second run reads the key from its file
        sealer = Sealer.of_store(store / "recorder-1", ORIGIN, "machine")
        writer = open_writer(store, sealer=sealer)
        script = SessionScript(writer, SESSION)
        if not key_file(store / "recorder-1", SESSION).exists():
            script.open()
        file = FileWrite(f"media/{SESSION}/cam/e001-000001.m4s", b"same bytes")
        for _ in range(2):
            script.append("note", {}, file)
        writer.close()
    assert len(_media(store)) == 1


def test_a_session_opened_without_encryption_stays_as_it_is(quick_path: Path) -> None:
    store = _store(quick_path, "off", close=False)
    assert not any(path.read_bytes().startswith(b"duizhi-sealed") for path in _media(store))
    writer = open_writer(store, sealer=Sealer.of_store(store / "recorder-1", ORIGIN, "machine"))
    script = SessionScript(writer, SESSION)
    script.append("note", {}, FileWrite(f"media/{SESSION}/cam/later.m4s", b"clear"))
    SessionScript(writer, "s2").open()
    writer.submit(
        [Draft("note", "s2", "", {}, script.t_us, FileWrite("media/s2/cam/x.m4s", b"sealed"))]
    ).result(timeout=30)
    writer.close()
    assert (store / f"recorder-1/media/{SESSION}/cam/later.m4s").read_bytes() == b"clear"
    assert (store / "recorder-1/media/s2/cam/x.m4s").read_bytes() != b"sealed"
    assert SealedMedia(store).read("recorder-1", "media/s2/cam/x.m4s") == b"sealed"


def test_encryption_switched_off_ends_with_the_next_session(quick_path: Path) -> None:
    store = _store(quick_path, "machine", close=False)
    writer = open_writer(store, sealer=Sealer.of_store(store / "recorder-1", ORIGIN, "off"))
    SessionScript(writer, SESSION).append(
        "note", {}, FileWrite(f"media/{SESSION}/cam/on.m4s", b"sealed on")
    )
    SessionScript(writer, "s2").open()
    writer.close()
    assert SealedMedia(store).read("recorder-1", f"media/{SESSION}/cam/on.m4s") == b"sealed on"
    assert not key_file(store / "recorder-1", "s2").exists()


def test_recording_goes_on_when_the_machines_key_is_lost(quick_path: Path) -> None:
    """Under a further key; what was sealed before is for the unit to open."""
    store = quick_path / "store"
    public, shares = make_unit_key(3, 2)
    install_unit_key(store, "unit", public)
    _store(quick_path, "unit", close=False)
    old = _media(store)[0].relative_to(store / "recorder-1").as_posix()
    (store / MACHINE_FILE).unlink()
    writer = open_writer(store, sealer=Sealer.of_store(store / "recorder-1", ORIGIN, "auto"))
    new = f"media/{SESSION}/cam/after.m4s"
    SessionScript(writer, SESSION).append("note", {}, FileWrite(new, b"after"))
    writer.close()
    media = SealedMedia(store)
    assert media.read("recorder-1", new) == b"after"
    with pytest.raises(SealedKeyMissing):
        media.read("recorder-1", old)
    unit = recover_unit_key(shares[1:])
    assert SealedMedia(store, unit).read("recorder-1", new) == b"after"
    assert rewrap_session(Disk(), store / "recorder-1", SESSION, unit, 1)
    assert len(media.read("recorder-1", old)) == 256
    stranger = X25519PrivateKey.generate()
    with pytest.raises(SealedKeyMissing):
        SealedMedia(store, stranger).read("recorder-1", old)


def test_settings_that_cannot_be_are_refused(quick_path: Path) -> None:
    root = quick_path / "recorder-1"
    with pytest.raises(KeyFileError, match="unit-key make"):
        Sealer.of_store(root, ORIGIN, "unit")
    with pytest.raises(KeyFileError, match="auto, off, machine or unit"):
        Sealer.of_store(root, ORIGIN, "yes")
    assert not (quick_path / MACHINE_FILE).exists()


def test_a_key_file_that_is_none_is_an_error_of_ours(sealed_store: Path) -> None:
    path = key_file(sealed_store / "recorder-1", SESSION)
    good = json.loads(path.read_text())
    for wrong in (
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"format":"duizhi-session-keys/2"}',
        b"[" * 100_000,
    ):
        path.write_bytes(wrong)
        with pytest.raises(SealedError):
            read_session_keys(sealed_store / "recorder-1", SESSION)
    for change in ("id", "wrapped"):
        other = json.loads(json.dumps(good))
        if change == "id":
            other["keys"][0]["id"] = "0" * 32
        else:
            other["keys"][0]["wraps"][0]["wrapped"] = "AAAA"
        path.write_text(json.dumps(other))
        keys = read_session_keys(sealed_store / "recorder-1", SESSION)
        with pytest.raises(SealedKeyWrong):
            keys.open(load_machine_key(sealed_store))
    with pytest.raises(SealedKeyMissing):
        key_file(sealed_store, "../x")


def test_a_package_error_is_not_taken_for_a_key_error() -> None:
    assert not issubclass(SealedError, PackageError)
