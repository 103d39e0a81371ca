"""Attacks on media files and their entries, as in ONVIF Media Signing's validator tests."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import Any

import rfc8785

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
from tests.attacks.scenes import BODY_CAMERA, CAMERA, FIRST, OTHER_DAY

GROUP = "media"
PLACE = f"data/media/{FIRST}/{CAMERA}"
BODY_PLACE = f"data/media/{FIRST}/{BODY_CAMERA}"
OTHER_PLACE = f"data/media/{OTHER_DAY}/room2-camera"
SEGMENT = f"{PLACE}/e001-000002.m4s"  # seconds 2 to 4
IN_CAMERA: dict[str, Any] = {"session": FIRST, "source": CAMERA}
SEGMENT_ALTERED = altered(path=SEGMENT, at=(2, 4), **IN_CAMERA)
FORGED = accepted(OWN_KEY)


def _all(named: Named, thorough: Named = UNSIGNED, rekeyed: Named = FORGED) -> Any:
    return {"plain": named, "sealed": named, "thorough": thorough, "rekeyed": rekeyed}


@package_attack("edit-segment", GROUP, "one byte of a segment is changed", **_all(SEGMENT_ALTERED))
def edit_segment(forger: PackageForger) -> None:
    data = bytearray(forger.file(SEGMENT).read_bytes())
    data[7] ^= 1
    forger.media(SEGMENT, bytes(data))


@package_attack(
    "replace-segment", GROUP, "a segment is replaced by another film", **_all(SEGMENT_ALTERED)
)
def replace_segment(forger: PackageForger) -> None:
    forger.media(SEGMENT, b"another film" * 99)


@package_attack("truncate-segment", GROUP, "a segment loses its end", **_all(SEGMENT_ALTERED))
def truncate_segment(forger: PackageForger) -> None:
    forger.media(SEGMENT, forger.file(SEGMENT).read_bytes()[:-1])


@package_attack("extend-segment", GROUP, "bytes are put behind a segment", **_all(SEGMENT_ALTERED))
def extend_segment(forger: PackageForger) -> None:
    forger.media(SEGMENT, forger.file(SEGMENT).read_bytes() + b"\0\0\0\x08free")


@package_attack("empty-segment", GROUP, "a segment is made empty", **_all(SEGMENT_ALTERED))
def empty_segment(forger: PackageForger) -> None:
    forger.media(SEGMENT, b"")


_LOST = missing(path=SEGMENT, at=(2, 4), **IN_CAMERA)
_HOLE = altered("undeclared_gap", at=(2, 4), **IN_CAMERA)


@package_attack(
    "drop-segment",
    GROUP,
    "a segment is taken out (thorough: and its entry)",
    **_all(_LOST, rekeyed=_HOLE),
)
def drop_segment(forger: PackageForger) -> None:
    forger.remove_media(SEGMENT)


@package_attack(
    "truncate-head",
    GROUP,
    "the first segments of a source are taken out",
    **_all(
        missing(path=f"{PLACE}/e001-000001.m4s", at=(0, 2), **IN_CAMERA),
        rekeyed=altered("undeclared_gap", at=(0, 4), **IN_CAMERA),
    ),
)
def truncate_head(forger: PackageForger) -> None:
    for number in (1, 2):
        forger.remove_media(f"{PLACE}/e001-00000{number}.m4s")


@package_attack(
    "truncate-tail",
    GROUP,
    "the last segments of a source are taken out",
    **_all(
        missing(path=f"{PLACE}/e003-000005.m4s", at=(15, 17), **IN_CAMERA),
        rekeyed=altered("undeclared_gap", at=(13, 17), **IN_CAMERA),
    ),
)
def truncate_tail(forger: PackageForger) -> None:
    for number in (4, 5):
        forger.remove_media(f"{PLACE}/e003-00000{number}.m4s")


@package_attack(
    "truncate-tail-with-totals",
    GROUP,
    "the same, and the closing entry says less",
    thorough=UNSIGNED,
    rekeyed=FORGED,
)
def truncate_tail_with_totals(forger: PackageForger) -> None:
    forger.remove_media(f"{PLACE}/e003-000005.m4s")
    place = forger.find("recording.close", source=CAMERA)
    account = forger.entries()[place]["body"]

    def less(part: dict[str, int]) -> dict[str, int]:
        end_us, recorded_us = part["end_us"] - 2_000_000, part["recorded_us"] - 2_000_000
        return {**part, "end_us": end_us, "recorded_us": recorded_us}

    tracks = {name: less(track) for name, track in account["tracks"].items()}
    shorter: Any = {**less(account), "segments": 4, "tracks": tracks}
    forger.amend(place, **shorter)


@package_attack(
    "interchange-two-segments",
    GROUP,
    "two segments change places",
    **_all(SEGMENT_ALTERED),
)
def interchange_two_segments(forger: PackageForger) -> None:
    other = f"{PLACE}/e001-000001.m4s"
    first, second = forger.file(other).read_bytes(), forger.file(SEGMENT).read_bytes()
    forger.media(other, second)
    forger.media(SEGMENT, first)


@package_attack(
    "repeat-segment",
    GROUP,
    "a segment shows what the one before it showed (freeze the picture)",
    **_all(SEGMENT_ALTERED),
)
def repeat_segment(forger: PackageForger) -> None:
    forger.media(SEGMENT, forger.file(f"{PLACE}/e001-000001.m4s").read_bytes())


@package_attack(
    "duplicate-segment",
    GROUP,
    "a segment is there twice (thorough: its entry too)",
    plain=altered("unlisted", f"{PLACE}/e001-000009.m4s"),
    sealed=altered("unlisted", f"{PLACE}/e001-000009.m4s"),
    thorough=altered("altered", "data/log/entries.jsonl"),
    rekeyed=altered("altered", "data/log/entries.jsonl"),
)
def duplicate_segment(forger: PackageForger) -> None:
    copy = f"{PLACE}/e001-000009.m4s"
    shutil.copy(forger.file(SEGMENT), forger.file(copy))
    if forger.thorough:
        lines = forger.lines()
        place = forger.find("media.segment", path=SEGMENT.removeprefix("data/"))
        entry = json.loads(lines[place])
        entry["body"] |= {"path": copy.removeprefix("data/"), "number": 9}
        lines.insert(place + 1, rfc8785.dumps(entry))
        forger.set_lines(lines)


@package_attack(
    "swap-rooms",
    GROUP,
    "the films of two rooms change places",
    **_all(altered(path=SEGMENT, at=(2, 4), **IN_CAMERA)),
)
def swap_rooms(forger: PackageForger) -> None:
    ours = sorted(forger.file(PLACE).glob("*-0*.m4s"))
    others = sorted(forger.file(OTHER_PLACE).glob("*-0*.m4s"))
    pairs = [(a, b, a.read_bytes(), b.read_bytes()) for a, b in zip(ours, others, strict=True)]
    for one, other, first, second in pairs:
        forger.media(one.relative_to(forger.top).as_posix(), second)
        forger.media(other.relative_to(forger.top).as_posix(), first)


@package_attack(
    "swap-sources",
    GROUP,
    "the films of two cameras of one room change places",
    **_all(altered(path=f"{BODY_PLACE}/e001-000001.m4s", source=BODY_CAMERA, at=(0, 2))),
)
def swap_sources(forger: PackageForger) -> None:
    for ours in sorted(forger.file(PLACE).glob("*-0*.m4s")):
        other = forger.file(BODY_PLACE) / ours.name
        first, second = ours.read_bytes(), other.read_bytes()
        forger.media(ours.relative_to(forger.top).as_posix(), second)
        forger.media(other.relative_to(forger.top).as_posix(), first)


@package_attack(
    "replay-another-day",
    GROUP,
    "a segment is replaced by one recorded on another day",
    **_all(SEGMENT_ALTERED),
)
def replay_another_day(forger: PackageForger) -> None:
    forger.media(SEGMENT, forger.file(f"{OTHER_PLACE}/e001-000002.m4s").read_bytes())


_EPOCH_ALTERED = altered(path=f"{PLACE}/e001-init.mp4", at=(0, 4), **IN_CAMERA)


@package_attack(
    "alter-init-segment",
    GROUP,
    "an init segment is changed: the same bytes decode to another picture",
    **_all(_EPOCH_ALTERED),
)
def alter_init_segment(forger: PackageForger) -> None:
    forger.media(f"{PLACE}/e001-init.mp4", b"other parameters" * 8)


@package_attack(
    "swap-init-segments", GROUP, "two epochs' init segments change places", **_all(_EPOCH_ALTERED)
)
def swap_init_segments(forger: PackageForger) -> None:
    one, two = f"{PLACE}/e001-init.mp4", f"{PLACE}/e002-init.mp4"
    first, second = forger.file(one).read_bytes(), forger.file(two).read_bytes()
    forger.media(one, second)
    forger.media(two, first)


@package_attack(
    "remove-init-segment",
    GROUP,
    "an init segment is taken out: its epoch does not play any more",
    **_all(
        missing(path=f"{PLACE}/e001-init.mp4", at=(0, 4), **IN_CAMERA),
        rekeyed=missing(path=f"{SEGMENT.removeprefix('data/')}", **IN_CAMERA),
    ),
)
def remove_init_segment(forger: PackageForger) -> None:
    forger.remove_media(f"{PLACE}/e001-init.mp4")


@package_attack(
    "lose-an-epoch",
    GROUP,
    "all files of an epoch are taken out (ONVIF: lost a GOP)",
    **_all(
        missing(path=f"{PLACE}/e002-init.mp4", **IN_CAMERA),
        rekeyed=altered("undeclared_gap", at=(7, 9), **IN_CAMERA),
    ),
)
def lose_an_epoch(forger: PackageForger) -> None:
    for path in sorted(forger.file(PLACE).glob("e002-*")):
        if "play" in path.name:
            path.unlink()
        else:
            forger.remove_media(path.relative_to(forger.top).as_posix())


@package_attack(
    "lose-a-source",
    GROUP,
    "everything of one camera is taken out",
    **_all(
        missing(path=f"{BODY_PLACE}/e001-000001.m4s", source=BODY_CAMERA, at=(0, 2)),
        rekeyed=missing(source=BODY_CAMERA),
    ),
)
def lose_a_source(forger: PackageForger) -> None:
    shutil.rmtree(forger.file(BODY_PLACE))
    if forger.thorough:
        entries = forger.entries()
        forger.drop(
            *(n for n, entry in enumerate(entries) if entry["body"].get("source") == BODY_CAMERA)
        )


@package_attack(
    "lose-all-media",
    GROUP,
    "the media folder is taken out",
    plain=missing(path=SEGMENT, at=(2, 4), **IN_CAMERA),
    sealed=missing(path=SEGMENT, at=(2, 4), **IN_CAMERA),
)
def lose_all_media(forger: PackageForger) -> None:
    shutil.rmtree(forger.file("data/media"))


@package_attack(
    "add-media",
    GROUP,
    "a film is put in that no entry names",
    plain=altered("unlisted", f"{PLACE}/e004-000001.m4s"),
    sealed=altered("unlisted", f"{PLACE}/e004-000001.m4s"),
)
def add_media(forger: PackageForger) -> None:
    forger.file(f"{PLACE}/e004-000001.m4s").write_bytes(b"more")


@package_attack(
    "rename-segment",
    GROUP,
    "a segment gets another name",
    plain=altered("unlisted", f"{PLACE}/e001-00002.m4s"),
    sealed=altered("missing", SEGMENT, at=(2, 4), **IN_CAMERA),
)
def rename_segment(forger: PackageForger) -> None:
    forger.file(SEGMENT).rename(forger.file(f"{PLACE}/e001-00002.m4s"))


@package_attack(
    "link-segment",
    GROUP,
    "a segment is a symbolic link to a file that can change later",
    plain=missing(path=SEGMENT, at=(2, 4), **IN_CAMERA),
    sealed=missing(path=SEGMENT, at=(2, 4), **IN_CAMERA),
    zip_alike=False,
)
def link_segment(forger: PackageForger) -> None:
    path = forger.file(SEGMENT)
    aside = forger.top.parent / f"{forger.top.name}-aside"
    path.rename(aside)
    path.symlink_to(aside)


@package_attack(
    "edit-playable-copy",
    "derived",
    "a playable copy shows another film",
    plain=altered(path=f"{PLACE}/e001-play.mp4"),
    sealed=altered(path=f"{PLACE}/e001-play.mp4"),
)
def edit_playable_copy(forger: PackageForger) -> None:
    forger.edit(f"{PLACE}/e001-play.mp4", lambda data: data[:-9] + b"something")


@package_attack(
    "reorder-playable-copy",
    "derived",
    "a playable copy has its segments in another order",
    plain=altered(path=f"{PLACE}/e001-play.mp4"),
    sealed=altered(path=f"{PLACE}/e001-play.mp4"),
)
def reorder_playable_copy(forger: PackageForger) -> None:
    parts = ("e001-init.mp4", "e001-000002.m4s", "e001-000001.m4s")
    joined = b"".join(forger.file(f"{PLACE}/{part}").read_bytes() for part in parts)
    forger.edit(f"{PLACE}/e001-play.mp4", lambda _: joined)


@package_attack(
    "remove-playable-copy",
    "derived",
    "a playable copy is taken out",
    plain=missing(path=f"{PLACE}/e001-play.mp4"),
    sealed=missing(path=f"{PLACE}/e001-play.mp4"),
)
def remove_playable_copy(forger: PackageForger) -> None:
    forger.file(f"{PLACE}/e001-play.mp4").unlink()


@package_attack(
    "add-playable-copy",
    "derived",
    "a playable copy of an epoch that never was is put in",
    plain=altered("unlisted", f"{PLACE}/e007-play.mp4"),
    sealed=altered("unlisted", f"{PLACE}/e007-play.mp4"),
)
def add_playable_copy(forger: PackageForger) -> None:
    forger.file(f"{PLACE}/e007-play.mp4").write_bytes(hashlib.sha256(b"x").digest())
