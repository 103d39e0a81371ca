"""Attacks on a store in place: by someone without its keys, and by an insider who has them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.attacks.attack import Named, StoreAttacker, accepted, altered, missing, store_attack
from tests.attacks.scenes import CAMERA, FIRST, HIDDEN
from tests.attacks.store_forger import StoreForger

LOG = "recorder-1/log"
FILM = f"recorder-1/media/{FIRST}/{CAMERA}/e001-000002.m4s"
HEAD = f"{LOG}/checkpoint"
_Act = Callable[[StoreAttacker], None]


def _both(name: str, text: str, named: Named) -> Callable[[_Act], _Act]:
    """The same on a closed store and on one whose writer is running."""

    def register(act: _Act) -> _Act:
        store_attack(name, "store", text, named)(act)
        live = f"{text}, while a session is open"
        store_attack(f"live-{name}", "store", live, named, scene="live")(act)
        return act

    return register


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


@_both("store-edit-segment", "a byte of a segment is changed", altered(path=FILM, at=(2, 4)))
def edit_segment(attacker: StoreAttacker) -> None:
    _flip(attacker.store / FILM)


@_both("store-drop-segment", "a segment is deleted", missing(path=FILM, at=(2, 4)))
def drop_segment(attacker: StoreAttacker) -> None:
    (attacker.store / FILM).unlink()


@_both("store-link-segment", "a segment is a link to a file elsewhere", missing(path=FILM))
def link_segment(attacker: StoreAttacker) -> None:
    path = attacker.store / FILM
    path.rename(attacker.store / "aside")
    path.symlink_to(attacker.store / "aside")


@_both("store-swap-segments", "two segments change places", altered(path=FILM, at=(2, 4)))
def swap_segments(attacker: StoreAttacker) -> None:
    one = attacker.store / FILM
    two = one.with_name("e001-000001.m4s")
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


@_both("store-flip-signature", "the checkpoint's signature is changed",
       altered("signature_wrong", HEAD))  # fmt: skip
def flip_signature(attacker: StoreAttacker) -> None:
    path = attacker.store / HEAD
    text = path.read_text()
    at = text.index("— ") + 60
    path.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])


@_both("store-delete-session", "a session is deleted, tiles and root are made anew",
       altered("signature_wrong", HEAD))  # fmt: skip
def delete_session(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    forger.drop(lambda entry: entry["session"] == FIRST)
    forger.remake()
    shutil.rmtree(attacker.store / f"recorder-1/media/{FIRST}")


@_both("store-edit-entry", "a pause has another reason, tiles and root are made anew",
       altered("signature_wrong", HEAD))  # fmt: skip
def edit_entry(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    forger.lines = [line.replace(b'"lawyer"', b'"rest"') for line in forger.lines]
    forger.remake()


@_both("store-remove-checkpoint", "the checkpoint is deleted", missing(path=HEAD))
def remove_checkpoint(attacker: StoreAttacker) -> None:
    (attacker.store / HEAD).unlink()


def _insider(name: str, text: str, named: Named) -> Callable[[_Act], _Act]:
    return store_attack(name, "insider with the keys", text, named)


def _rewrite(attacker: StoreAttacker, unwanted: Callable[[dict[str, object]], bool]) -> None:
    forger = StoreForger(attacker.store)
    forger.set([entry for entry in forger.entries() if not unwanted(entry)])
    forger.resign()


@_insider("insider-leaves-out-gap", "a log is signed that leaves out a gap, numbers untouched",
          altered(path=f"{LOG}/tile/entries/000"))  # fmt: skip
def leaves_out_gap(attacker: StoreAttacker) -> None:
    _rewrite(attacker, lambda entry: entry["kind"] == "media.gap")


@_insider("insider-deletes-newest-session", "the newest session is cut off and the rest signed",
          accepted("a witness, a package or a later head held elsewhere tells"))  # fmt: skip
def deletes_newest_session(attacker: StoreAttacker) -> None:
    forger = StoreForger(attacker.store)
    first = next(n for n, entry in enumerate(forger.entries()) if entry["session"] == HIDDEN)
    forger.lines = forger.lines[:first]
    forger.resign()
    shutil.rmtree(attacker.store / f"recorder-1/media/{HIDDEN}")
