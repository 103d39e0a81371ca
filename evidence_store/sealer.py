"""The writing side of encryption at rest: what the writer's thread does to a draft with a file.

A session is sealed from its first entry to its last, or not at all: its key is made when its
``session.open`` is written, and that entry says so. Files of sessions without a key (opened before
encryption was switched on) stay as they are. Nothing here runs on an event loop.

True after each step of opening: the key file is flushed before the entry that names the key, and
the entry before any file sealed with it. A crash between leaves a key that nothing uses.
"""

from __future__ import annotations

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import rfc8785

from evidence_store.draft import FileWrite, Prepared
from evidence_store.durable import Disk, store_error
from evidence_store.errors import EvidenceError, KeyFileError, SealedKeyMissing
from evidence_store.sealed_file import Context, DataKey, seal_bytes
from evidence_store.session_key import (
    MACHINE,
    UNIT,
    Recipient,
    SessionKeys,
    key_file,
    load_machine_key,
    make_machine_key,
    new_data_key,
    read_session_keys,
    unit_keys,
    write_session_keys,
)
from evidence_store.sm3_twin import sm3_of

logger = logging.getLogger(__name__)

#: What ``[store] encryption`` may be. ``auto`` is ``unit`` where there is a unit key, else ``off``.
AUTO, OFF, TO_MACHINE, TO_UNIT = "auto", "off", "machine", "unit"
_KEPT = 64


class Sealer:
    """Seals for one log; made before the writer, used in its thread only.

    ``new_sessions`` False is encryption switched off: sessions that have a key already are sealed
    on, new ones are not.
    """

    def __init__(
        self,
        root: Path,
        origin: str,
        recipients: Sequence[Recipient],
        *,
        new_sessions: bool = True,
        disk: Disk | None = None,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._top = root  # the machine's key lies beside it
        self._origin = origin
        self._recipients = tuple(recipients)
        self._new_sessions = new_sessions
        self._disk = disk or Disk()
        self._root: Callable[[], Path] = lambda: root
        self._write: Callable[[SessionKeys], None] = self._write_alone
        self._now_us = now_us
        self._keys: OrderedDict[str, DataKey | None] = OrderedDict()

    @classmethod
    def of_store(cls, root: Path, origin: str, encryption: str, **options: Any) -> Sealer:
        """The sealer of the log at ``root`` under this setting.

        Raises:
            KeyFileError: the setting is unknown, or the keys it needs cannot be used.
        """
        store = root.parent
        if encryption not in (AUTO, OFF, TO_MACHINE, TO_UNIT):
            known = "auto, off, machine or unit"
            raise KeyFileError(f"[store] encryption: expected {known}, got {encryption!r}")
        units = [Recipient(UNIT, key) for _, key in unit_keys(store)]
        if encryption == OFF or (encryption == AUTO and not units):
            return cls(root, origin, _machine_if_there(store), new_sessions=False, **options)
        if encryption == TO_UNIT and not units:
            raise KeyFileError(
                "[store] encryption is unit, and there is no unit key: make one with "
                "duizhi unit-key make, or set encryption to machine"
            )
        recipients = [Recipient(MACHINE, make_machine_key(store).public_key()), *units]
        return cls(root, origin, recipients, **options)

    def use(self, root: Callable[[], Path], write: Callable[[SessionKeys], None]) -> None:
        """Where session keys are read and how they are made durable: on several disks at once."""
        self._root, self._write = root, write

    def finish(self, draft: Prepared) -> Prepared:
        """The draft as it is to be stored: its file sealed, its entry saying so.

        The same draft gives the same bytes, however often it is tried.

        Raises:
            StoreError: the key file of a new session cannot be written.
        """
        if draft.kind == "session.open":
            return self._open_session(draft)
        if draft.kind == "key.destroyed":
            self._keys.pop(draft.session, None)
            return draft
        # Documents stay in clear: they belong to the case file, which outlives the recordings, and
        # the end of a session's retention destroys what its key has sealed (document_account.py).
        if not isinstance(draft.file, FileWrite) or not draft.file.path.startswith("media/"):
            return draft
        if not draft.session:
            return draft
        key = self._key(draft.session)
        if key is None:
            return draft
        context = Context(self._origin, draft.session, draft.file.path)
        clear_sha256 = bytes.fromhex(json.loads(draft.body)["sha256"])
        data = seal_bytes(key, context, draft.file.data, clear_sha256)
        stated = {"sealed_sha256": sha256(data).hexdigest(), "sealed_size": len(data)}
        return replace(_stating(draft, stated), file=FileWrite(draft.file.path, data))

    def _open_session(self, draft: Prepared) -> Prepared:
        if not self._new_sessions:
            return draft
        key = self._keys.get(draft.session) or self._make(draft.session)
        sealing = {
            "cipher": "AES-256-GCM",
            "key": key.id.hex(),
            "to": sorted(one.sha256 for one in self._recipients),
        }
        return _stating(draft, {"sealing": sealing})

    def _key(self, session: str) -> DataKey | None:
        """The session's key, or None when it is not sealed."""
        if session in self._keys:
            self._keys.move_to_end(session)
            return self._keys[session]
        key: DataKey | None = None
        if key_file(self._root(), session).exists():
            try:
                keys = read_session_keys(self._root(), session)
                key = keys.open(load_machine_key(self._top.parent))
            except EvidenceError as error:
                # Recording outranks everything: it goes on, sealed, under a key of its own.
                logger.warning("session %s gets a further data key: %s", session, error)
                key = self._make(session)
        self._keep(session, key)
        return key

    def _make(self, session: str) -> DataKey:
        """Make, wrap and flush a data key."""
        try:
            keys = read_session_keys(self._root(), session)
        except EvidenceError:
            keys = SessionKeys(self._origin, session)
        key = new_data_key()
        keys.add(key, self._recipients, self._now_us())
        self._write(keys)
        self._keep(session, key)
        return key

    def _write_alone(self, keys: SessionKeys) -> None:
        try:
            write_session_keys(self._disk, self._root(), keys)
        except OSError as error:
            raise store_error(error, f"cannot write the key of session {keys.session}") from error

    def _keep(self, session: str, key: DataKey | None) -> None:
        self._keys[session] = key
        while len(self._keys) > _KEPT:
            self._keys.popitem(last=False)


def state_sm3(draft: Prepared) -> Prepared:
    """The draft of a media file with the SM3 of its clear bytes (media_sm3.py)."""
    if draft.kind not in ("media.init", "media.segment") or not isinstance(draft.file, FileWrite):
        return draft
    return _stating(draft, {"sm3": sm3_of(draft.file.data).hex()})


def _stating(draft: Prepared, stated: dict[str, Any]) -> Prepared:
    """The draft with more in its body, also as readers get it back."""
    body = rfc8785.dumps({**json.loads(draft.body), **stated})
    sealed = draft.sealed
    if sealed is not None:
        opened = rfc8785.dumps({**json.loads(sealed.opened_body), **stated})
        sealed = replace(sealed, opened_body=opened)
    return replace(draft, body=body, sealed=sealed)


def _machine_if_there(store: Path) -> list[Recipient]:
    try:
        return [Recipient(MACHINE, load_machine_key(store).public_key())]
    except SealedKeyMissing:
        return []
