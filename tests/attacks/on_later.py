"""Attacks on documents, disclosure copies, derived works, sealed packages, ends of retention."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

from tests.attacks.attack import (
    Named,
    accepted,
    altered,
    missing,
    package_attack,
    store_attack,
)
from tests.attacks.package_forger import PackageForger
from tests.attacks.scenes import CAMERA, FIRST, OTHER_DAY
from tests.evidence_store.test_document_account import DOCUMENT

MADE = f"data/documents/{FIRST}/{DOCUMENT}.pdf"
SIGNED = f"data/documents/{FIRST}/{DOCUMENT}-signed.pdf"
FILM = f"data/media/{FIRST}/{CAMERA}/e001-000002.m4s"
WITHHELD, WORK = "data/log/withheld.json", "data/derived/dv-1.mp4"
_Act = Callable[[PackageForger], None]


def _attack(name: str, group: str, scene: str, text: str, named: Named) -> Callable[[_Act], _Act]:
    """Plain, and with manifests that fit."""
    return package_attack(name, group, text, scene=scene, plain=named, sealed=named)


def _as_made(name: str, group: str, scene: str, text: str, named: Named) -> None:
    """A package that was exported from a store that its insider had bent."""
    package_attack(name, group, text, scene=scene, plain=named)(lambda _: None)


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


# --- documents -----------------------------------------------------------------------------------


@_attack("replace-document", "documents", "documents", "the record is another PDF",
         altered(path=MADE))  # fmt: skip
def replace_document(forger: PackageForger) -> None:
    forger.edit(MADE, lambda _: b"%PDF-1.7 another record")


@_attack("document-other-page", "documents", "documents", "a page of the signed record is another",
         altered(path=SIGNED))  # fmt: skip
def document_other_page(forger: PackageForger) -> None:
    forger.edit(SIGNED, lambda data: data.replace(b"the record", b"THE RECORD"))


@_attack("document-unsigned", "documents", "documents", "the signed record is the one before it",
         altered(path=SIGNED))  # fmt: skip
def document_unsigned(forger: PackageForger) -> None:
    made = forger.file(MADE).read_bytes()
    forger.edit(SIGNED, lambda _: made)


@_attack("leave-out-document", "documents", "documents", "the signed record is taken out",
         missing(path=SIGNED))  # fmt: skip
def leave_out_document(forger: PackageForger) -> None:
    forger.file(SIGNED).unlink()


@_attack("add-document", "documents", "documents", "a PDF is put in that no entry names",
         altered("unlisted", f"data/documents/{FIRST}/other.pdf"))  # fmt: skip
def add_document(forger: PackageForger) -> None:
    forger.file(f"data/documents/{FIRST}/other.pdf").write_bytes(b"%PDF-1.7 a retraction")


_as_made("document-other-footer", "documents", "documents of another log",
         "the record's footer states the head of another log, and the log names that file",
         altered("document_binding"))  # fmt: skip
_as_made("document-signed-another", "documents", "documents with another page",
         "what was signed is another record than was made, and the log names it",
         altered("document_binding"))  # fmt: skip


# --- disclosure copies ---------------------------------------------------------------------------


def _widen(forger: PackageForger, path: str) -> None:
    """List one more file as withheld."""
    value = json.loads(forger.file(WITHHELD).read_bytes())
    seq = next(one["seq"] for one in forger.entries() if one["body"].get("path") == path)
    value["files"].append({"path": path, "seq": seq})
    forger.edit(WITHHELD, lambda _: json.dumps(value, indent=1).encode() + b"\n")


_COPY = "disclosure copies"


@_attack("disclosure-widened", _COPY, "disclosure copy",
         "more is withheld than was decided: media gone and listed as withheld",
         altered("disclosure", WITHHELD))  # fmt: skip
def disclosure_widened(forger: PackageForger) -> None:
    path = f"media/{OTHER_DAY}/{CAMERA}/e001-000002.m4s"
    forger.file(f"data/{path}").unlink()
    forger.file(f"data/media/{OTHER_DAY}/{CAMERA}/e001-play.mp4").unlink()
    _widen(forger, path)


@_attack("disclosure-unlisted", _COPY, "disclosure copy", "more is gone than was decided",
         missing(path=f"data/media/{OTHER_DAY}/{CAMERA}/e001-000002.m4s"))  # fmt: skip
def disclosure_unlisted(forger: PackageForger) -> None:
    forger.file(f"data/media/{OTHER_DAY}/{CAMERA}/e001-000002.m4s").unlink()


@_attack("disclosure-part-present", _COPY, "disclosure copy",
         "what is listed as withheld lies there after all",
         altered("disclosure", FILM))  # fmt: skip
def disclosure_part_present(forger: PackageForger) -> None:
    forger.file(FILM).write_bytes(b"slipped in")


@_attack("disclosure-rule-left-out", _COPY, "disclosure copy",
         "the entry that decided what is withheld is taken out",
         altered("disclosure"))  # fmt: skip
def disclosure_rule_left_out(forger: PackageForger) -> None:
    log = "data/centre-log"
    lines = [line for line in forger.lines(log) if b'"disclose.made"' not in line]
    forger.set_lines(lines, log)
    forger.drop_payloads(log)


@_attack("disclosure-rule-widened", _COPY, "disclosure copy",
         "the entry that decided says that everything may be withheld",
         altered(path="data/centre-log/entries.jsonl"))  # fmt: skip
def disclosure_rule_widened(forger: PackageForger) -> None:
    log = "data/centre-log"
    forger.amend(forger.find("disclose.made", log=log), log, withhold={"media": [{}]})


@_attack("disclosure-list-removed", _COPY, "disclosure copy",
         "the list of what is withheld is taken out", missing(path=WITHHELD))  # fmt: skip
def disclosure_list_removed(forger: PackageForger) -> None:
    forger.file(WITHHELD).unlink()


# --- derived works -------------------------------------------------------------------------------


@_attack("derived-replaced", "derived works", "derived works", "a redacted copy shows another film",
         altered(path=WORK))  # fmt: skip
def derived_replaced(forger: PackageForger) -> None:
    forger.edit(WORK, lambda _: b"another film")


@_attack("derived-removed", "derived works", "derived works", "a redacted copy is taken out",
         missing(path=WORK))  # fmt: skip
def derived_removed(forger: PackageForger) -> None:
    forger.file(WORK).unlink()


@_attack("derived-added", "derived works", "derived works", "a copy that no entry names",
         altered("unlisted", "data/derived/dv-2.mp4"))  # fmt: skip
def derived_added(forger: PackageForger) -> None:
    forger.file("data/derived/dv-2.mp4").write_bytes(b"a film")


@_attack("derived-as-original", "derived works", "derived works",
         "a redacted copy lies in the place of an original", altered(path=FILM))  # fmt: skip
def derived_as_original(forger: PackageForger) -> None:
    work = forger.file(WORK).read_bytes()
    forger.edit(FILM, lambda _: work)


@_attack("derived-as-further-original", "derived works", "derived works",
         "a redacted copy lies among the originals as one more segment",
         altered("unlisted", f"data/media/{FIRST}/{CAMERA}/e001-000009.m4s"))  # fmt: skip
def derived_as_further_original(forger: PackageForger) -> None:
    target = forger.file(f"data/media/{FIRST}/{CAMERA}/e001-000009.m4s")
    shutil.copy(forger.file(WORK), target)


@_attack("derived-digests", "derived works", "derived works",
         "the entry of a redacted copy names other segments",
         altered(path="data/centre-log/entries.jsonl"))  # fmt: skip
def derived_digests(forger: PackageForger) -> None:
    log = "data/centre-log"
    place = forger.find("derived.made", log=log)
    of = {**forger.entries(log)[place]["body"]["of"], "sha256": "0" * 64}
    forger.amend(place, log, of=of)


_as_made("derived-from-others", "derived works", "derived from others",
         "the centre's log itself names segments that the recorder's log does not have",
         altered(path=WORK))  # fmt: skip


# --- sealed packages -----------------------------------------------------------------------------

WRAPPED = "data/log/wrapped-keys.json"


@_attack("sealed-flip-byte", "sealed packages", "sealed", "a byte of an encrypted segment",
         altered(path=FILM))  # fmt: skip
def sealed_flip_byte(forger: PackageForger) -> None:
    forger.edit(FILM, _flip)


@_attack("sealed-flip-header", "sealed packages", "sealed", "a byte of its salt",
         altered(path=FILM))  # fmt: skip
def sealed_flip_header(forger: PackageForger) -> None:
    forger.edit(FILM, lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:])


@_attack("sealed-swapped", "sealed packages", "sealed", "two encrypted segments change places",
         altered(path=FILM))  # fmt: skip
def sealed_swapped(forger: PackageForger) -> None:
    other = FILM.replace("000002", "000001")
    one, two = forger.file(FILM).read_bytes(), forger.file(other).read_bytes()
    forger.edit(FILM, lambda _: two)
    forger.edit(other, lambda _: one)


@_attack("sealed-removed", "sealed packages", "sealed", "an encrypted segment is taken out",
         missing(path=FILM))  # fmt: skip
def sealed_removed(forger: PackageForger) -> None:
    forger.file(FILM).unlink()


@package_attack("sealed-keys-replaced", "sealed packages", "the wrapped keys are others'",
                scene="sealed", plain=altered(path=WRAPPED),
                sealed=accepted("listed as not covered; the key that comes out has another number "
                                "than `session.open` states", verdict="complete"))  # fmt: skip
def sealed_keys_replaced(forger: PackageForger) -> None:
    value = json.loads(forger.file(WRAPPED).read_bytes())
    value["sessions"][0]["keys"][0]["wraps"][0]["wrapped"] = "AAAA"
    forger.edit(WRAPPED, lambda _: json.dumps(value).encode())


# --- the end of retention ------------------------------------------------------------------------

_END = "end of retention"


def _end(name: str, scene: str, text: str, named: Named) -> None:
    """The store as the insider left it, and a package of it."""
    store_attack(f"store-{name}", _END, text, named, scene=f"{scene} store")(lambda _: None)
    _as_made(name, _END, scene, f"{text}: the package", named)


_end("end-unsaid", "retention ended unsaid", "key and media are gone, no entry says so", missing())
_end("end-by-one", "retention ended by one", "one person confirmed the end", altered("retention"))
_end("end-by-one-twice", "retention ended by one twice", "one person confirmed it twice",
     altered("retention"))  # fmt: skip
_end("end-under-hold", "retention ended under hold", "it was ended under a legal hold",
     altered("retention"))  # fmt: skip


@_attack("end-without-centre", _END, "retention ended",
         "the centre's log, which has the confirmations, is taken out",
         altered("retention"))  # fmt: skip
def end_without_centre(forger: PackageForger) -> None:
    shutil.rmtree(forger.file("data/centre-log"))
