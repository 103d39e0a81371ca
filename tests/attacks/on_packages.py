"""Attacks on the package around the log: manifests, tag files, summary, and zip archives."""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.attacks.attack import ATTACKS, Attack, Named, accepted, altered, missing, unreadable
from tests.attacks.attack import package_attack as _attack
from tests.attacks.on_media import PLACE, SEGMENT
from tests.attacks.package_forger import PackageForger
from tests.attacks.scenes import CAMERA, FIRST

GROUP = "package"
CASE = "data/case.json"
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
UNCOVERED = "listed in the package as not covered by the log; `sha256sum -c` passes"


def _both(named: Named) -> Any:
    return {"plain": named, "sealed": named}


# --- files that should not be there, or not so -------------------------------------------------


def _add(name: str, expected: Named, text: str, data: bytes = b"x") -> None:
    def act(forger: PackageForger) -> None:
        path = forger.file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    _attack(f"add-{name.rpartition('/')[2]}", GROUP, text, **_both(expected))(act)


def _unlisted(path: str) -> Named:
    return altered("unlisted", path)


_add("data/confession.pdf", _unlisted("data/confession.pdf"), "a document is put in beside data")
_add(f"data/documents/{FIRST}/statement.pdf", _unlisted(f"data/documents/{FIRST}/statement.pdf"),
     "a document is put in that no entry names")  # fmt: skip
_add("data/transcript/s9-other.txt", _unlisted("data/transcript/s9-other.txt"),
     "a transcript is put in that no entry stands behind")  # fmt: skip
_add("data/log/note.txt", _unlisted("data/log/note.txt"), "a file is put in beside the log")
_add("data/Log/checkpoint", _unlisted("data/Log/checkpoint"),
     "a second log's folder differs in the size of a letter only")  # fmt: skip
_add("verify.exe", _unlisted("verify.exe"), "a program is put in beside verify.py")
_add("sitecustomize.py", _unlisted("sitecustomize.py"), "a module that Python would load by itself")
_add("data/cаse.json", _unlisted("data/cаse.json"), "a name with a look-alike letter")
_add("fetch.txt", _unlisted("fetch.txt"), "BagIt's list of files to fetch from elsewhere")


@_attack("hidden-file", GROUP, "a hidden file is put in", **_both(_unlisted("data/.note")))
def hidden_file(forger: PackageForger) -> None:
    forger.file("data/.note").write_bytes(b"x")


@_attack(
    "long-name", GROUP, "a file with a name of 250 letters", **_both(_unlisted(f"data/{'长' * 80}"))
)
def long_name(forger: PackageForger) -> None:
    forger.file(f"data/{'长' * 80}").write_bytes(b"x")


@_attack("link-to-folder", GROUP, "the camera's folder is a link to a folder elsewhere",
         **_both(missing(path=SEGMENT, session=FIRST, source=CAMERA)), zip_alike=False)  # fmt: skip
def link_to_folder(forger: PackageForger) -> None:
    folder = forger.file(PLACE)
    aside = forger.top.parent / f"{forger.top.name}-folder"
    folder.rename(aside)
    folder.symlink_to(aside)


# --- tag files and summary ---------------------------------------------------------------------


@_attack("replace-verify.py", GROUP, "verify.py says complete whatever it is given",
         plain=altered(path="verify.py"), sealed=accepted(
             f"{UNCOVERED}; a verify.py from elsewhere verifies the package"))  # fmt: skip
def replace_verify(forger: PackageForger) -> None:
    forger.edit("verify.py", lambda _: b"print('COMPLETE')\n")


@_attack("replace-verify.txt", GROUP, "VERIFY.txt names another fingerprint",
         plain=altered(path="VERIFY.txt"), sealed=accepted(
             f"{UNCOVERED}; compare the fingerprint with one from elsewhere"))  # fmt: skip
def replace_verify_text(forger: PackageForger) -> None:
    key = json.loads(forger.file(CASE).read_bytes())["log"]["key_sha256"]
    forger.edit("VERIFY.txt", lambda data: data.replace(key.encode(), b"0" * 64))


@_attack("edit-particulars", GROUP, "the case's name and the reason of the export are others",
         plain=altered(path=CASE), sealed=accepted(UNCOVERED))  # fmt: skip
def edit_particulars(forger: PackageForger) -> None:
    forger.edit(CASE, lambda data: data.replace("移送".encode(), "查阅".encode()))


def _case(name: str, text: str, change: Callable[[dict[str, Any]], Any], named: Named) -> None:
    def act(forger: PackageForger) -> None:
        value = json.loads(forger.file(CASE).read_bytes())
        change(value)
        forger.file(CASE).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")

    _attack(name, GROUP, text, **_both(named))(act)


_IN_CASE = altered(path=CASE)
_case("edit-summary-people", "the summary names another person",
      lambda v: v["sessions"][0]["people"][0].update(name="赵某"), _IN_CASE)  # fmt: skip
_case("edit-summary-times", "the summary says a session began later",
      lambda v: v["sessions"][0].update(opened_us=1), _IN_CASE)  # fmt: skip
_case("edit-summary-gap", "the summary says nothing was lost",
      lambda v: v["sessions"][0]["recordings"][0].update(gap_us=0), _IN_CASE)  # fmt: skip
_case("edit-summary-head", "the summary names another root",
      lambda v: v["log"].update(root="0" * 64), _IN_CASE)  # fmt: skip
_case("drop-summary-session", "the summary leaves a session out",
      lambda v: v["sessions"].pop(), _IN_CASE)  # fmt: skip
_case("hide-uncovered", "the list of what is not covered is emptied",
      lambda v: v.update(uncovered=[]), _IN_CASE)  # fmt: skip
_case("remove-uncovered", "the list of what is not covered is taken out",
      lambda v: v.pop("uncovered"), _IN_CASE)  # fmt: skip
_case("future-format", "the format is one this program does not know",
      lambda v: v.update(format="duizhi-package/99"), unreadable())  # fmt: skip
_case("no-format", "the format is not stated",
      lambda v: v.pop("format"), unreadable())  # fmt: skip


@_attack("older-format", GROUP, "the format is said to be an older one, so that less is asked",
         plain=altered(path=CASE), sealed=accepted("nothing that is there is asked less of"),
         )  # fmt: skip
def older_format(forger: PackageForger) -> None:
    forger.edit(CASE, lambda data: data.replace(b"duizhi-package/3", b"duizhi-package/1"))


@_attack("case-is-a-list", GROUP, "the summary is a list", **_both(unreadable()))
def case_is_a_list(forger: PackageForger) -> None:
    forger.edit(CASE, lambda _: b"[1, 2]")


@_attack("deep-case", GROUP, "the summary is 100,000 lists deep", **_both(unreadable()))
def deep_case(forger: PackageForger) -> None:
    forger.edit(CASE, lambda _: b"[" * 100_000 + b"]" * 100_000)


@_attack("remove-case", GROUP, "the summary is taken out", **_both(unreadable()))
def remove_case(forger: PackageForger) -> None:
    forger.file(CASE).unlink()


@_attack("other-bagit", GROUP, "bagit.txt says another version", **_both(unreadable()))
def other_bagit(forger: PackageForger) -> None:
    forger.edit("bagit.txt", lambda data: data.replace(b"1.0", b"0.9"))


@_attack("remove-bagit", GROUP, "bagit.txt is taken out", **_both(unreadable()))
def remove_bagit(forger: PackageForger) -> None:
    forger.file("bagit.txt").unlink()


@_attack("edit-transcript", "derived", "a transcript says another name",
         **_both(altered(path=f"data/transcript/{FIRST}-{CAMERA}.txt")))  # fmt: skip
def edit_transcript(forger: PackageForger) -> None:
    name = f"data/transcript/{FIRST}-{CAMERA}.txt"
    forger.edit(name, lambda data: data.replace("李某".encode(), "张某".encode()))


@_attack("edit-captions", "derived", "the WebVTT says another name",
         **_both(altered(path=f"data/transcript/{FIRST}-{CAMERA}.vtt")))  # fmt: skip
def edit_captions(forger: PackageForger) -> None:
    name = f"data/transcript/{FIRST}-{CAMERA}.vtt"
    forger.edit(name, lambda data: data.replace("李某".encode(), "张某".encode()))


@_attack("shift-captions", "derived", "the WebVTT's words come ten seconds later",
         **_both(altered(path=f"data/transcript/{FIRST}-{CAMERA}.vtt")))  # fmt: skip
def shift_captions(forger: PackageForger) -> None:
    name = f"data/transcript/{FIRST}-{CAMERA}.vtt"
    forger.edit(name, lambda data: data.replace(b"00:00:0", b"00:00:1"))


@_attack("remove-transcripts", "derived", "the transcripts are taken out",
         **_both(missing(path=f"data/transcript/{FIRST}-{CAMERA}.txt")))  # fmt: skip
def remove_transcripts(forger: PackageForger) -> None:
    shutil.rmtree(forger.file("data/transcript"))


@_attack("edit-player-data", "derived", "the player page shows other words",
         **_both(altered(path="data/player.html")))  # fmt: skip
def edit_player_data(forger: PackageForger) -> None:
    forger.edit("data/player.html", lambda data: data.replace("李某".encode(), "张某".encode()))


@_attack("edit-player-program", "derived", "the player page's program is another",
         plain=altered(path="data/player.html"), sealed=accepted(UNCOVERED))  # fmt: skip
def edit_player_program(forger: PackageForger) -> None:
    forger.edit("data/player.html", lambda data: data.replace(b"</html>", b"<p>x</p></html>"))


@_attack("remove-player", "derived", "the player page is taken out",
         **_both(missing(path="data/player.html")))  # fmt: skip
def remove_player(forger: PackageForger) -> None:
    forger.file("data/player.html").unlink()


# --- manifests ---------------------------------------------------------------------------------


def _manifest(name: str, text: str, change: Callable[[bytes], bytes], named: Named) -> None:
    def act(forger: PackageForger) -> None:
        forger.edit(MANIFEST, change)

    _attack(name, "manifests", text, plain=named)(act)


_BAD = altered(path=MANIFEST)
_manifest("manifest-crlf", "the manifest's lines end in CR LF",
          lambda data: data.replace(b"\n", b"\r\n"), _BAD)  # fmt: skip
_manifest("manifest-duplicate", "the manifest lists a file twice, with two digests",
          lambda data: data + b"0" * 64 + b"  data/case.json\n", _BAD)  # fmt: skip
_manifest("manifest-parent", "the manifest lists ../../etc/passwd",
          lambda data: b"0" * 64 + b"  ../../etc/passwd\n" + data, altered())  # fmt: skip
_manifest("manifest-absolute", "the manifest lists /etc/passwd",
          lambda data: b"0" * 64 + b"  /etc/passwd\n" + data, altered())  # fmt: skip
_manifest("manifest-upper-case", "a digest is spelled in capitals",
          lambda data: data[:64].upper() + data[64:], _BAD)  # fmt: skip
_manifest("manifest-binary-mark", "names are marked as sha256sum -b does",
          lambda data: data.replace(b"  data", b" *data"), _BAD)  # fmt: skip
_manifest("manifest-percent", "a name is spelled with %0A, which BagIt decodes",
          lambda data: data.replace(b"data/case.json", b"data/c%61se.json"), _BAD)  # fmt: skip
_manifest("manifest-order", "the manifest's lines are in another order",
          lambda data: b"\n".join(reversed(data[:-1].split(b"\n"))) + b"\n", _BAD)  # fmt: skip
_manifest("manifest-not-utf-8", "the manifest is no UTF-8", lambda data: b"\xff" + data, _BAD)
_manifest("manifest-comment", "the manifest begins with a remark",
          lambda data: b"# all is well\n" + data, _BAD)  # fmt: skip
_manifest("manifest-short", "the manifest leaves a file out",
          lambda data: data.partition(b"\n")[2], altered())  # fmt: skip
_manifest("manifest-no-end", "the manifest's last line has no end", lambda data: data[:-1], _BAD)


@_attack("remove-manifest", "manifests", "the manifest is taken out",
         plain=altered(path=MANIFEST))  # fmt: skip
def remove_manifest(forger: PackageForger) -> None:
    forger.file(MANIFEST).unlink()


@_attack("remove-tag-manifest", "manifests", "the tag manifest is taken out",
         plain=altered(path=TAGS))  # fmt: skip
def remove_tag_manifest(forger: PackageForger) -> None:
    forger.file(TAGS).unlink()


@_attack("remove-both-manifests", "manifests", "both manifests are taken out",
         plain=altered(path=MANIFEST))  # fmt: skip
def remove_both_manifests(forger: PackageForger) -> None:
    forger.file(MANIFEST).unlink()
    forger.file(TAGS).unlink()


# --- zip archives ------------------------------------------------------------------------------


_UNREADABLE = unreadable()


def _zip(
    name: str, text: str, named: Named = _UNREADABLE
) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def register(act: Callable[[Path], None]) -> Callable[[Path], None]:
        ATTACKS[name] = Attack(name, "zip archive", "zip", text, act, {"plain": named})
        return act

    return register


def _members(path: Path) -> list[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(path) as archive:
        return [(item, archive.read(item)) for item in archive.infolist()]


def _write(path: Path, members: list[tuple[zipfile.ZipInfo, bytes]]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for item, data in members:
            archive.writestr(item, data)


def _with(path: Path, name: str, data: bytes = b"x", attributes: int = 0) -> None:
    item = zipfile.ZipInfo(name)
    item.external_attr = attributes << 16
    _write(path, [*_members(path), (item, data)])


@_zip("zip-two-of-a-name", "two members have one name: programs unpack one or the other")
def zip_two_of_a_name(path: Path) -> None:
    _with(path, "package/data/case.json", b"{}")


@_zip("zip-parent-path", "a member unpacks above the folder it is unpacked into",
      altered("unlisted", "../evil"))  # fmt: skip
def zip_parent_path(path: Path) -> None:
    _with(path, "package/../evil")


@_zip("zip-absolute-path", "a member unpacks to /tmp/evil", altered("unlisted", "/tmp/evil"))
def zip_absolute_path(path: Path) -> None:
    _with(path, "/tmp/evil")


@_zip("zip-backslash-path", "a member's name has backslashes", altered("unlisted", "data\\evil"))
def zip_backslash_path(path: Path) -> None:
    _with(path, "package/data\\evil")


@_zip("zip-link", "a member is a symbolic link")
def zip_link(path: Path) -> None:
    _with(path, "package/data/media/link", b"/etc/passwd", 0o120777)


@_zip("zip-device", "a member is a device")
def zip_device(path: Path) -> None:
    _with(path, "package/data/media/device", b"", 0o020666)


@_zip("zip-bomb", "a member unpacks to a gigabyte of zeros")
def zip_bomb(path: Path) -> None:
    members = _members(path)
    with zipfile.ZipFile(path, "w") as archive:
        for item, data in members:
            archive.writestr(item, data)
        bomb = zipfile.ZipInfo("package/data/media/bomb")
        bomb.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(bomb, "w", force_zip64=True) as target:
            block = bytes(1 << 22)
            for _ in range(256):
                target.write(block)


@_zip("zip-second-package", "a second package lies beside the first",
      altered("unlisted", "other/bagit.txt"))  # fmt: skip
def zip_second_package(path: Path) -> None:
    _with(path, "other/bagit.txt")


@_zip("zip-hidden-before", "bytes stand before the archive: a program, as in self-unpacking files")
def zip_hidden_before(path: Path) -> None:
    path.write_bytes(b"#!/bin/sh\nexit 0\n" + path.read_bytes())


@_zip("zip-hidden-between", "a member is taken out of the list of contents, but stays in the file")
def zip_hidden_between(path: Path) -> None:
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    name, extra, comment = struct.unpack("<HHH", data[at + 28 : at + 34])
    length = 46 + name + extra + comment
    end = data.rindex(b"PK\x05\x06")
    count, size = struct.unpack("<H", data[end + 10 : end + 12])[0], end - at
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, count - 1, count - 1, size - length)
    path.write_bytes(data[:at] + data[at + length : end] + bytes(tail))


@_zip("zip-encrypted", "the members are marked as encrypted")
def zip_encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))


@_zip("zip-truncated", "the archive lost its end")
def zip_truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


@_zip("zip-edited-member", "a byte of a segment in the archive is changed",
      altered(path=SEGMENT, at=(2, 4)))  # fmt: skip
def zip_edited_member(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(f"package/{SEGMENT}".encode()) + len(f"package/{SEGMENT}") + 5
    data[at] ^= 1
    path.write_bytes(bytes(data))


@_zip("zip-other-local-name", "a member has another name in front of its bytes than in the list",
      altered(path=SEGMENT, at=(2, 4)))  # fmt: skip
def zip_other_local_name(path: Path) -> None:
    data = path.read_bytes()
    name = f"package/{SEGMENT}".encode()
    path.write_bytes(data.replace(name, name[:-1] + b"x", 1))


@_zip("zip-empty", "an archive of nothing")
def zip_empty(path: Path) -> None:
    _write(path, [])


@_zip("zip-no-archive", "not an archive at all")
def zip_no_archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + bytes(500))


@_zip("zip-comment", "a remark at the archive's end",
      accepted("dates, attributes and comments of an archive are listed as not covered"),
      )  # fmt: skip
def zip_comment(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"verified by nobody"
