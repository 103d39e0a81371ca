"""``duizhi unit-key make | list | recover``: the key that opens sealed media without the machine.

Works on the store's files, beside a running centre or without one. Recovery never writes the
unit's private half: the data keys it opens are wrapped to this machine's own key, so that review,
transcription and export work again, and the centre's log says who brought which shares and why.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from command_centre.cli import EXIT_OK, CommandError, site_settings
from command_centre.log_note import note_act
from config.recorders import recorder_names
from config.settings import Settings
from evidence_store.durable import Disk
from evidence_store.errors import EvidenceError, SealedError
from evidence_store.rewrap import rewrap_session
from evidence_store.session_key import (
    fingerprint,
    read_session_keys,
    unit_keys,
    write_session_keys,
)
from evidence_store.unit_key import (
    UnitShare,
    install_unit_key,
    make_unit_key,
    parse_share,
    recover_unit_key,
)

_SHARE_BYTES_MAX = 4096


def make(options: argparse.Namespace) -> int:
    """Make a unit key: the public half goes into the store, the shares into files."""
    settings = site_settings(options)
    folder: Path = options.out
    try:
        public, shares = make_unit_key(options.custodians, options.need)
        files = [folder / f"{options.name}-share-{one.share.number}.txt" for one in shares]
        taken = [str(path) for path in files if path.exists()]
        if taken:
            raise CommandError(f"{taken[0]} exists; name another folder with --out")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, share in zip(files, shares, strict=True):
            _write_private(path, share.text())
        installed = install_unit_key(settings.store_path, options.name, public)
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror}") from error
    print(f"unit key {options.name}: {fingerprint(public)}")
    print(f"public half: {installed}")
    for path in files:
        print(f"share: {path}")
    print(f"Give each custodian one share and remove these files; any {options.need} open.")
    return EXIT_OK


def list_keys(options: argparse.Namespace) -> int:
    """The unit keys new sessions are wrapped to."""
    try:
        for name, key in unit_keys(site_settings(options).store_path):
            print(f"{name}  {fingerprint(key)}")
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    return EXIT_OK


def recover(options: argparse.Namespace) -> int:
    """Open the data keys of sessions with shares, and wrap them to this machine."""
    settings = site_settings(options)
    shares = [_read_share(path) for path in options.share]
    try:
        private = recover_unit_key(shares)
        found = list(_sessions(settings, options.session))
        if not found:
            raise CommandError("no sealed session was found; see --session")
        done = [one for one in found if _rewrap(settings, *one, private)]
        body = {
            "unit": shares[0].unit,
            "custodians": sorted(one.share.number for one in shares),
            "sessions": [session for _, session in done],
            "reason": options.reason,
            "by": f"command line, {getpass.getuser()}",
        }
        asyncio.run(note_act(settings, "key.recovered", body))
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    print(f"{len(done)} of {len(found)} sessions open on this machine again")
    return EXIT_OK


def _rewrap(settings: Settings, root: Path, session: str, unit: X25519PrivateKey) -> bool:
    """In the store, then in its mirrors that are there."""
    whole = rewrap_session(Disk(), root, session, unit, _now_us())
    keys = read_session_keys(root, session)
    for mirror in settings.mirror_paths:
        if (mirror / root.name / "keys").is_dir():
            try:
                write_session_keys(Disk(), mirror / root.name, keys)
            except OSError as error:
                raise CommandError(f"cannot write to {mirror}: {error.strerror}") from error
    return whole


def _sessions(settings: Settings, wanted: str | None) -> list[tuple[Path, str]]:
    """Directory of the log and name of each sealed session."""
    found = []
    for name in recorder_names(settings.recorder.processes):
        root = settings.store_path / name
        for path in sorted((root / "keys").glob("*.json")):
            if wanted in (None, path.stem):
                found.append((root, path.stem))
    return found


def _read_share(path: Path) -> UnitShare:
    try:
        with path.open("rb") as file:
            return parse_share(file.read(_SHARE_BYTES_MAX).decode(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read the share {path}: {error}") from error
    except SealedError as error:
        raise CommandError(str(error)) from error


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _now_us() -> int:
    return time.time_ns() // 1000
