"""``duizhi witness ...``: a witness for the logs of others, and the route by USB.

``serve``, ``key``, ``trust`` and ``sign`` are for the unit that is the witness; ``logs``,
``export`` and ``import`` for the unit whose logs are witnessed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError, site_settings
from config.recorders import log_origins
from config.settings import Settings
from evidence_store.errors import EvidenceError, NoteError
from evidence_store.note import VerifierKey
from evidence_store.own_witness import log_keys, parse_outside
from evidence_store.witness_by_hand import (
    Carried,
    export_requests,
    import_answers,
    sign_requests,
)
from evidence_store.witness_directory import WitnessDirectory, trust_logs


def serve(options: argparse.Namespace) -> int:
    """Cosign over HTTP until told to stop."""
    from command_centre.witness_server import witness_server

    host, _, port = options.listen.rpartition(":")
    if not (port.isascii() and port.isdigit()) or not host:
        raise CommandError(f"--listen expects HOST:PORT, got {options.listen}")
    directory = _open(options.dir, options.name)
    try:
        _print_keys(directory)
        print(f"http://{options.listen}/   the submission prefix", flush=True)
        witness_server(directory, host.strip("[]"), int(port)).run()
    finally:
        directory.close()
    return EXIT_OK


def key(options: argparse.Namespace) -> int:
    """Print the witness's verifier keys."""
    directory = _open(options.dir, options.name)
    try:
        _print_keys(directory)
    finally:
        directory.close()
    return EXIT_OK


def trust(options: argparse.Namespace) -> int:
    """Know further logs."""
    try:
        count = trust_logs(options.dir, options.key)
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    print(f"{count} logs are known")
    return EXIT_OK


def sign(options: argparse.Namespace) -> int:
    """Answer the requests on a stick."""
    directory = _open(options.dir, "")
    try:
        done = sign_requests(options.stick, directory.cosigner)
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    finally:
        directory.close()
    return _told(done)


def logs(options: argparse.Namespace) -> int:
    """Print the verifier keys of this installation's logs: what a witness must know."""
    settings = site_settings(options)
    for one in log_keys(settings.store_path, _origins(settings)):
        print(one.text)
    return EXIT_OK


def export_to(options: argparse.Namespace) -> int:
    """Put requests for a witness on a stick."""
    settings = site_settings(options)
    witness = _outside(settings, options.witness)
    try:
        done = export_requests(settings.store_path, _origins(settings), witness, options.to)
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    for one in done:
        print(f"{one.origin}: {one.size} entries, {one.detail}")
    return EXIT_OK if done else EXIT_NO


def import_from(options: argparse.Namespace) -> int:
    """Take from a stick what a witness cosigned."""
    settings = site_settings(options)
    witness = _outside(settings, options.witness)
    try:
        done = import_answers(settings.store_path, _origins(settings), witness, options.stick)
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    return _told(done)


def _told(done: list[Carried]) -> int:
    for one in done:
        words = {200: "cosigned", 409: "export again: the witness has seen another size"}
        said = words.get(one.status, f"refused ({one.status}) {one.detail}")
        print(f"{one.origin}: {one.size} entries: {said}")
    return EXIT_OK if done and all(one.status == 200 for one in done) else EXIT_NO


def _origins(settings: Settings) -> dict[str, str]:
    return log_origins(settings.recorder.log_origin, settings.recorder.processes)


def _outside(settings: Settings, name: str | None) -> VerifierKey:
    """The witness of the settings with this name; the only one when none is given."""
    try:
        known = {one[0]: one[1] for one in map(parse_outside, settings.witness.outside)}
    except NoteError as error:
        raise CommandError(f"[witness] outside: {error}") from error
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        names = ", ".join(known) or "none; set [witness] outside"
        raise CommandError(f"name the witness with --witness; configured: {names}")
    return known[name]


def _open(directory: Path, name: str) -> WitnessDirectory:
    try:
        return WitnessDirectory(directory, name)
    except EvidenceError as error:
        raise CommandError(str(error)) from error


def _print_keys(directory: WitnessDirectory) -> None:
    print(f"witness {directory.name}")
    for one in directory.keys:
        print(one.text)
