"""An order to change the keys of a log, left for its process, which carries it out when it starts.

Keys are changed while nobody writes into the log (key_rotation.py). A running process therefore
takes an order, ends, is started again, and changes the keys before it opens its log::

    keys/<log>.rotate          the order, in JSON: the reason, and whether the process was away
    keys/<log>.rotating        the same while it is carried out
    keys/<log>.rotate-failed   the class of what went wrong with the last order

1. Whatever happens, the log is opened afterwards, with new keys or with the present ones: an order
   never keeps a recorder from recording.
2. An order is tried once. If the process died in the middle, host_keys.py finishes or undoes what
   was begun, and the order is not tried again.
3. An order left for a process that is away waits until it starts; one that is there but did not
   answer takes it up by itself (recorder/key_order.py).
4. The reason lies in the clear until then; it goes into the log as a private word.
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


@dataclass(frozen=True)
class OrderState:
    """How the last order stands; both empty: there is none, or it was carried out."""

    waiting: bool
    failed: str  # a class of errors, or INTERRUPTED
    away: bool = False  # it waits for a process that was away when it was given


def order_path(store: Path, name: str) -> Path:
    """Where the order to change a log's keys lies."""
    return store / "keys" / f"{name}.rotate"


def order_rotation(store: Path, name: str, reason: str, *, away: bool = False) -> None:
    """Leave an order; the failure of an earlier one is forgotten.

    ``away``: the process is not there just now.

    Raises:
        KeyFileError: it cannot be written.
    """
    keys = store / "keys"
    _remove(keys / f"{name}.rotate-failed")
    replace_text(order_path(store, name), json.dumps({"reason": reason, "away": away}))


def order_state(store: Path, name: str) -> OrderState:
    """How the last order of a log stands."""
    keys = store / "keys"
    waiting = any((keys / f"{name}{suffix}").exists() for suffix in (".rotate", ".rotating"))
    try:
        failed = (keys / f"{name}.rotate-failed").read_text(encoding="utf-8")[:80].strip()
    except (OSError, ValueError):
        failed = ""
    return OrderState(waiting, failed, _is_away(order_path(store, name)))


def _is_away(order: Path) -> bool:
    """Not once the process has taken the order (it lies under another name then)."""
    try:
        said = json.loads(order.read_bytes()[:_BYTES_MAX])
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("away") is True


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
    order, taken = order_path(store, name), keys / f"{name}.rotating"
    if taken.exists():
        _failed(keys, name, INTERRUPTED)
    if not order.exists():
        return False
    try:
        order.rename(taken)
        reason = str(json.loads(taken.read_bytes()[:_BYTES_MAX])["reason"])
        rotate_keys(store, name, origin, software, reason=reason, gm=gm, mirrors=mirrors)
        taken.unlink()
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
    for suffix in (".rotate", ".rotating"):
        _remove(keys / f"{name}{suffix}")


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.error("cannot remove %s: %s", path.name, error.strerror)
