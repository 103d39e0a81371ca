"""An order to change the keys of a log, left for its process, which carries it out when it starts.

Keys are changed while nobody writes into the log (key_rotation.py). A running process therefore
takes an order, ends, is started again, and changes the keys before it opens its log::

    keys/<log>.rotate          the order as it was left, in JSON: the reason
    keys/<log>.rotate-taken    its process has taken it and ends for it
    keys/<log>.rotating        it is being carried out
    keys/<log>.rotate-held     it is being withdrawn; by whom stands in it too
    keys/<log>.rotate-failed   the class of what went wrong with the last order

1. Whatever happens, the log is opened afterwards, with new keys or with the present ones: an order
   never keeps a recorder from recording.
2. An order is one file that is renamed. Its process takes it from where it was left, and so does
   whoever withdraws it: the first rename wins, and the other one finds nothing.
3. An order is tried once. If the process died in the middle, host_keys.py finishes or undoes what
   was begun, and the order is not tried again.
4. An order left for a process that is away waits until it starts; one that is there but did not
   answer takes it up by itself (recorder/key_order.py).
5. The reason lies in the clear until then; it goes into the log as a private word.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.errors import EvidenceError, KeyFileError
from evidence_store.key_files import replace_text
from evidence_store.key_rotation import rotate_keys

logger = logging.getLogger(__name__)

INTERRUPTED = "Interrupted"  # the process died in the middle
_BYTES_MAX = 4096


_LEFT, _TAKEN, _CARRIED, _HELD = ".rotate", ".rotate-taken", ".rotating", ".rotate-held"


@dataclass(frozen=True)
class OrderState:
    """How the last order stands; all empty: there is none, or it was carried out or withdrawn."""

    waiting: bool
    failed: str  # a class of errors, or INTERRUPTED
    left: bool = False  # nobody has taken it yet: it can be withdrawn


def order_rotation(store: Path, name: str, reason: str, *, taken: bool = False) -> None:
    """Leave an order; the failure of an earlier one is forgotten.

    ``taken``: its process leaves it for itself, and nobody withdraws it.

    Raises:
        KeyFileError: it cannot be written.
    """
    _remove(store / "keys" / f"{name}.rotate-failed")
    replace_text(_at(store, name, _TAKEN if taken else _LEFT), json.dumps({"reason": reason}))


def order_state(store: Path, name: str) -> OrderState:
    """How the last order of a log stands."""
    # in the order in which the file moves, so that it is not missed while it does
    found = [_at(store, name, suffix).exists() for suffix in (_LEFT, _TAKEN, _CARRIED)]
    try:
        failed = (store / "keys" / f"{name}.rotate-failed").read_text(encoding="utf-8")
    except (OSError, ValueError):
        failed = ""
    return OrderState(any(found), failed[:80].strip(), left=found[0])


def take_order(store: Path, name: str) -> bool:
    """Take the order that was left, for its process; False: there is none, or none any more.

    Raises:
        KeyFileError: it cannot be moved.
    """
    return _move(store, name, _LEFT, _TAKEN)


def hold_order(store: Path, name: str, words: Mapping[str, str]) -> bool:
    """Take an order that is to be withdrawn; ``words`` (by whom) are kept in it meanwhile.

    False: there is none that could be withdrawn.

    Raises:
        KeyFileError: it cannot be moved; then it still waits.
    """
    if not _move(store, name, _LEFT, _HELD):
        return False
    held = _at(store, name, _HELD)
    try:
        replace_text(held, json.dumps({**_said(held), **words}))
    except KeyFileError:
        release_order(store, name)
        raise
    return True


def held_order(store: Path, name: str) -> dict[str, str] | None:
    """What an order says whose withdrawal was cut off; None: there is none."""
    held = _at(store, name, _HELD)
    return _said(held) if held.exists() else None


def release_order(store: Path, name: str) -> None:
    """Leave an order again that could not be withdrawn.

    Raises:
        KeyFileError: it cannot be moved.
    """
    _move(store, name, _HELD, _LEFT)


def drop_order(store: Path, name: str) -> None:
    """Remove an order that was held; should it lie there again after a power cut, it is held."""
    _remove(_at(store, name, _HELD))


def _at(store: Path, name: str, suffix: str) -> Path:
    return store / "keys" / f"{name}{suffix}"


def _move(store: Path, name: str, source: str, target: str) -> bool:
    path = _at(store, name, source)
    try:
        path.rename(_at(store, name, target))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise KeyFileError(f"cannot move {path}: {error.strerror}") from error
    return True


def _said(order: Path) -> dict[str, str]:
    """What stands in an order; one that cannot be read says nothing."""
    try:
        said = json.loads(order.read_bytes()[:_BYTES_MAX])
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}


def carry_out(
    store: Path,
    name: str,
    origin: str,
    software: Mapping[str, Any],
    *,
    gm: bool = False,
    mirrors: Sequence[Path] = (),
) -> bool:
    """Change the keys if that was ordered; call before the log is opened. Returns whether it was.

    ``mirrors`` are the same log on other disks. Never raises: what fails is noted beside the keys.
    """
    keys = store / "keys"
    carried = _at(store, name, _CARRIED)
    if carried.exists():
        _failed(keys, name, INTERRUPTED)
    try:
        if not (_move(store, name, _TAKEN, _CARRIED) or _move(store, name, _LEFT, _CARRIED)):
            return False
        reason = str(json.loads(carried.read_bytes()[:_BYTES_MAX])["reason"])
        rotate_keys(store, name, origin, software, reason=reason, gm=gm, mirrors=mirrors)
        carried.unlink()
    except (EvidenceError, OSError, ValueError, KeyError, TypeError) as error:
        logger.error("the keys of %s were not changed: %s", name, type(error).__name__)
        _failed(keys, name, type(error).__name__)
        return False
    return True


def _failed(keys: Path, name: str, why: str) -> None:
    try:
        replace_text(keys / f"{name}.rotate-failed", why)
    except KeyFileError as error:
        logger.error("%s", error)
    for suffix in (_LEFT, _TAKEN, _CARRIED):
        _remove(keys / f"{name}{suffix}")


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.error("cannot remove %s: %s", path.name, error.strerror)
