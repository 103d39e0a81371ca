"""Attacks on packages of two recorders' logs, with late files and pauses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from tests.attacks.attack import (
    OWN_KEY,
    UNSIGNED,
    Named,
    accepted,
    altered,
    missing,
    package_attack,
)
from tests.attacks.package_forger import PackageForger
from tests.attacks.scenes import CAMERA, FIRST, SECOND_ROOM

GROUP = "two recorders, late files"
LATE = f"data/media/{FIRST}/{CAMERA}/late-up-1"
ENTRIES = "data/log/entries.jsonl"
OTHER = "data/log-recorder-2"
FORGED = accepted(OWN_KEY)


_Act = Callable[[PackageForger], None]


def _attack(name: str, text: str, **forms: Any) -> Callable[[_Act], _Act]:
    return package_attack(name, GROUP, text, scene="two", **forms)


def _both(named: Named) -> Any:
    return {"plain": named, "sealed": named}


def _all(named: Named, thorough: Named = UNSIGNED, rekeyed: Named = FORGED) -> Any:
    return {**_both(named), "thorough": thorough, "rekeyed": rekeyed}


@_attack("swap-the-logs", "the two recorders' logs change places",
         **_both(altered(path="data/case.json")))  # fmt: skip
def swap_the_logs(forger: PackageForger) -> None:
    one, two, aside = (forger.file(name) for name in ("data/log", OTHER, "data/aside"))
    one.rename(aside)
    two.rename(one)
    aside.rename(two)


@_attack("swap-the-keys", "the two recorders' public keys change places",
         **_both(altered("signature_wrong", "data/log/checkpoint")))  # fmt: skip
def swap_the_keys(forger: PackageForger) -> None:
    one, two = f"{OTHER}/public-key.pem", "data/log/public-key.pem"
    first, second = forger.file(one).read_bytes(), forger.file(two).read_bytes()
    forger.edit(one, lambda _: second)
    forger.edit(two, lambda _: first)


@_attack("swap-the-proofs", "the proofs of the second log are those of the first",
         **_both(altered(path=f"{OTHER}/proofs/1.tlog-proof")))  # fmt: skip
def swap_the_proofs(forger: PackageForger) -> None:
    shutil.copy(
        forger.file("data/log/proofs/1.tlog-proof"), forger.file(f"{OTHER}/proofs/1.tlog-proof")
    )


@_attack("remove-second-log", "the second recorder's log is taken out",
         **_both(altered("unlisted")))  # fmt: skip
def remove_second_log(forger: PackageForger) -> None:
    shutil.rmtree(forger.file(OTHER))


@_attack("remove-second-log-and-media", "the second log, its media and its transcripts",
         sealed=accepted("a package of the other session alone"))  # fmt: skip
def remove_second_log_and_media(forger: PackageForger) -> None:
    shutil.rmtree(forger.file(OTHER))
    shutil.rmtree(forger.file(f"data/media/{SECOND_ROOM}"))
    forger.remake_derived(["data/log"])


@_attack("second-log-twice", "the second log is there twice, under two names",
         **_both(altered(path="data/log-recorder-3")))  # fmt: skip
def second_log_twice(forger: PackageForger) -> None:
    shutil.copytree(forger.file(OTHER), forger.file("data/log-recorder-3"))


@_attack("truncate-second-log", "the second log lost its last leaf hashes",
         **_both(altered("log_truncated", f"{OTHER}/leaf-hashes")))  # fmt: skip
def truncate_second_log(forger: PackageForger) -> None:
    forger.edit(f"{OTHER}/leaf-hashes", lambda data: data[:-64])


@_attack("edit-second-log", "an entry of the second log says another room",
         **_all(altered(path=f"{OTHER}/entries.jsonl", session=SECOND_ROOM),
                altered("signature_wrong", f"{OTHER}/checkpoint")))  # fmt: skip
def edit_second_log(forger: PackageForger) -> None:
    forger.respell(
        forger.find("session.open", log=OTHER),
        lambda line: line.replace(b'"room-2"', b'"room-9"'),
        OTHER,
    )


@_attack("edit-late-segment", "a late part shows another film",
         **_all(altered(path=f"{LATE}/e001-000002.m4s", session=FIRST, at=(5, 6))))  # fmt: skip
def edit_late_segment(forger: PackageForger) -> None:
    forger.media(f"{LATE}/e001-000002.m4s", b"another late film")


@_attack("edit-late-original", "the file that was handed over is another",
         **_all(altered(path=f"{LATE}/original.mp4", session=FIRST)))  # fmt: skip
def edit_late_original(forger: PackageForger) -> None:
    forger.media(f"{LATE}/original.mp4", b"another original")


@_attack("drop-late-segment", "a late part is taken out",
         **_all(missing(path=f"{LATE}/e001-000002.m4s", at=(5, 6)),
                rekeyed=missing(session=FIRST)))  # fmt: skip
def drop_late_segment(forger: PackageForger) -> None:
    forger.remove_media(f"{LATE}/e001-000002.m4s")


@_attack("late-called-live", "a late part is called live, so that nothing was lost",
         **_all(altered(path=ENTRIES, session=FIRST),
                rekeyed=altered("accounting", session=FIRST)))  # fmt: skip
def late_called_live(forger: PackageForger) -> None:
    forger.respell(
        forger.find("late.segment", 1),
        lambda line: line.replace(b'"late.segment"', b'"media.segment"'),
    )


@_attack("late-over-live", "a late part claims time that was received live",
         **_all(altered(path=ENTRIES, session=FIRST),
                rekeyed=altered("accounting", session=FIRST)))  # fmt: skip
def late_over_live(forger: PackageForger) -> None:
    place = forger.find("late.segment", 1)
    start = forger.entries()[place]["body"]["start_us"]
    forger.amend(place, start_us=start - 4_000_000)


@_attack("late-in-pause", "a late part shows what a pause withheld",
         **_all(altered(path=ENTRIES, session=FIRST),
                rekeyed=altered("accounting", session=FIRST)))  # fmt: skip
def late_in_pause(forger: PackageForger) -> None:
    place = forger.find("late.segment", 1)
    start = forger.entries()[place]["body"]["start_us"]
    forger.amend(place, start_us=start + 5_000_000)


@_attack("late-handed-over-by", "a late file was handed over by somebody else",
         **_all(altered(session=FIRST)))  # fmt: skip
def late_handed_over_by(forger: PackageForger) -> None:
    forger.amend(forger.find("late.file"), by_name="赵某")


@_attack("leave-out-a-late-file", "the first late file is taken out, entries and media",
         plain=altered("missing", ENTRIES, session=FIRST),
         sealed=missing(path=ENTRIES, session=FIRST), thorough=UNSIGNED,
         rekeyed=missing(session=FIRST))  # fmt: skip
def leave_out_a_late_file(forger: PackageForger) -> None:
    _leave_out(forger, "up-1")


@_attack("late-without-index", "the entry that counts the late files is taken out",
         **_both(missing(path=ENTRIES)), thorough=UNSIGNED, rekeyed=FORGED)  # fmt: skip
def late_without_index(forger: PackageForger) -> None:
    forger.drop(forger.find("late.index", 0))
    if not forger.thorough:
        forger.remake_derived(["data/log", OTHER])


@_attack("leave-out-the-last-late-file",
         "the newest late file is taken out, with its line in the log's own count",
         sealed=accepted("the last entries of a log can be left out; any later entry of the log"
                         " itself, a witness or another package tells"))  # fmt: skip
def leave_out_the_last_late_file(forger: PackageForger) -> None:
    _leave_out(forger, "up-2", index=True)
    forger.remake_derived(["data/log", OTHER])


def _leave_out(forger: PackageForger, file: str, *, index: bool = False) -> None:
    entries = forger.entries()
    places = []
    for place, entry in enumerate(entries):
        body = entry["body"]
        if body.get("file") != file or (entry["kind"] == "late.index" and not index):
            continue
        places.append(place)
        forger.file(f"data/log/proofs/{entry['seq']}.tlog-proof").unlink(missing_ok=True)
    shutil.rmtree(forger.file(f"data/media/{FIRST}/{CAMERA}/late-{file}"))
    forger.drop(*places)
    if not forger.thorough:
        forger.remake_derived(["data/log", OTHER])
