"""Any changed byte is found, or the package itself lists its file as not covered."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence_store.coverage import ARCHIVE, uncovered, uncovered_text
from evidence_store.export import zip_package
from evidence_store.verify import verify_path
from tests.attacks.package_forger import SEALED, PackageForger
from tests.attacks.scenes import Scenes


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return Scenes(tmp_path_factory.mktemp("scenes"))


@pytest.fixture
def forger(scenes: Scenes, quick_path: Path) -> PackageForger:
    target = scenes.copy("two", quick_path / "package")
    return PackageForger(target, scenes.get("two"), SEALED)


def listed_by(package: Path) -> list[str]:
    """The files that the package itself lists as not covered."""
    listed = json.loads((package / "data/case.json").read_bytes())["uncovered"]
    return [one["path"] for one in listed]


def test_the_list_is_that_of_the_table_and_stands_in_both_places(forger: PackageForger) -> None:
    names = forger.names()
    assert listed_by(forger.top) == [one["path"] for one in uncovered(names)]
    assert uncovered_text(names) in forger.file("VERIFY.txt").read_text(encoding="utf-8")
    assert {"VERIFY.txt", "verify.py", ARCHIVE["path"]} <= set(listed_by(forger.top))


def _changes(data: bytes, choice: random.Random) -> Iterator[bytes]:
    """A flipped bit somewhere, one byte less, one byte more."""
    at = choice.randrange(len(data))
    yield data[:at] + bytes([data[at] ^ 1 << choice.randrange(8)]) + data[at + 1 :]
    yield data[:-1]
    yield data + b"\0"


def _found(forger: PackageForger, name: str, data: bytes, *, seal: bool) -> bool:
    path, manifests = forger.file(name), ("manifest-sha256.txt", "tagmanifest-sha256.txt")
    kept = {one: forger.file(one).read_bytes() for one in {name, *manifests}}
    path.write_bytes(data)
    if seal and name not in manifests:
        forger.seal()
    try:
        return verify_path(forger.top).exit_code != 0
    finally:
        for one, before in kept.items():
            forger.file(one).write_bytes(before)


@pytest.mark.parametrize("seal", [False, True], ids=["plain", "manifests made to fit"])
@pytest.mark.parametrize("sampled", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_any_change_of_a_covered_file_is_found(
    forger: PackageForger, seal: bool, sampled: bool
) -> None:
    choice = random.Random(4)
    listed = listed_by(forger.top)
    names = forger.names()
    for name in names if seal else choice.sample(names, 15):
        changes = [*_changes(forger.file(name).read_bytes(), choice)]
        for changed in [choice.choice(changes)] if sampled else changes:
            if not _found(forger, name, changed, seal=seal):
                assert seal, f"{name} was changed, and its manifest does not tell"
                assert name in listed, f"{name} was changed unseen, and is not listed"


def test_what_is_listed_as_not_covered_is_not(forger: PackageForger) -> None:
    """The list is honest: these files can be changed together with the manifests."""
    for name in ("VERIFY.txt", "verify.py", "data/case.jsonld"):
        data = forger.file(name).read_bytes() + b"\n"
        assert not _found(forger, name, data, seal=True), name
        assert _found(forger, name, data, seal=False), name


def test_any_byte_of_an_archive_is_covered_or_changes_no_file(
    scenes: Scenes, quick_path: Path
) -> None:
    package = scenes.copy("package", quick_path / "package")
    archive = quick_path / "package.zip"
    zip_package(package, archive)
    good, files = archive.read_bytes(), _contents(archive)
    choice = random.Random(5)
    directory = good.index(b"PK\x01\x02")
    places = [choice.randrange(len(good)) for _ in range(25)]
    places += [choice.randrange(directory, len(good)) for _ in range(40)]
    places += [at + choice.randrange(30) for at in _local_headers(archive)[:20]]
    for at in places:
        flipped = good[at] ^ 1 << choice.randrange(8)
        archive.write_bytes(good[:at] + bytes([flipped]) + good[at + 1 :])
        if verify_path(archive).exit_code == 0:
            assert _contents(archive) == files, f"byte {at} changed a file unseen"
    for changed in (good[:-1], good + b"\0", b"\0" + good):
        archive.write_bytes(changed)
        assert verify_path(archive).exit_code != 0 or _contents(archive) == files


def _contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {item.filename: opened.read(item) for item in opened.infolist()}


def _local_headers(archive: Path) -> list[int]:
    with zipfile.ZipFile(archive) as opened:
        return [item.header_offset for item in opened.infolist()]
