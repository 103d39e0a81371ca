"""``duizhi key root | certify | list | check | rotate | compromised | encrypt``: keys that sign.

Works on the store's files. What writes into a log (``rotate``, ``compromised``) needs its recorder
stopped. Pass phrases come from files, never from the command line.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError, site_settings
from config.recorders import CENTRE_ORIGIN, recorder_origin
from config.settings import Settings
from evidence_store.checkpoint import parse_checkpoint
from evidence_store.errors import EvidenceError, FormatError
from evidence_store.host_keys import ROOT_FILE, certificate_path
from evidence_store.key_ceremony import UnitRoot, certify_log, make_root, open_root, public_keys
from evidence_store.key_files import encrypt_in_place, is_encrypted
from evidence_store.key_pem import spki_sha256
from evidence_store.key_rotation import declare_compromised, rotate_keys
from evidence_store.key_statement import parse_certificate
from evidence_store.note import ED25519, ML_DSA_44, parse_verifier_key
from evidence_store.sealed_key import find_passphrase, read_passphrase
from evidence_store.sm2_signer import make_sm2_key, sm2_path
from evidence_store.store_ladder import CENTRE, log_names, verify_store

#: Findings and notices that are about keys.
_KEY_CODES = frozenset(
    (
        "signature_wrong",
        "key_mismatch",
        "key_certificate",
        "session_seal",
        "seal_missing",
        "no_root",
        "certificate_ended",
        "key_compromised",
        "rotation_undone",
    )
)


def root(options: argparse.Namespace) -> int:
    """Make a unit's root and print what is to be kept on paper."""
    with _told():
        made = make_root(options.out, options.name, _passphrase(options))
        sealed = is_encrypted(options.out)
    print(f"root {made.key.name}")
    print(f"fingerprint (SHA-256): {grouped(made.sha256)}")
    print(f"private half: {options.out}")
    print(f"public half: {options.out.with_suffix('.vkey')}: {made.key.text}")
    if not sealed:
        print("The file is not encrypted: no pass phrase was given (--passphrase-file).")
    print("Write the fingerprint down, keep the file away from the recorders, and a copy of both.")
    return EXIT_OK


def certify(options: argparse.Namespace) -> int:
    """Certify the keys of a store's logs with the unit's root."""
    settings = site_settings(options)
    with_root = _root(options)
    for name in _logs(settings, options.log):
        origin = _origin(settings, name)
        keys = settings.store_path / "keys"
        with _told():
            path = certify_log(with_root, keys, name, origin, days=options.days)
        print(f"{name}: {origin} certified by {with_root.key.name}: {path}")
    print("The logs state it from the next start of their recorders on.")
    return EXIT_OK


def list_keys(options: argparse.Namespace) -> int:
    """The keys of every log: fingerprint, how the private half is kept, who certifies them."""
    settings = site_settings(options)
    keys = settings.store_path / "keys"
    for name in _logs(settings, None):
        print(name)
        with _told():
            for line in _describe(settings, keys, name):
                print(f"  {line}")
    return EXIT_OK


def check(options: argparse.Namespace) -> int:
    """Verify the whole ladder of keys of every log; media are not read."""
    settings = site_settings(options)
    report = verify_store(settings.store_path, sessions=())
    for finding in report.findings:
        if finding.code in _KEY_CODES:
            print(f"{finding.code}: {finding.path} {finding.session} {finding.detail}")
    for notice in report.notices:
        if notice.code in _KEY_CODES:
            print(f"{notice.code}: {notice.detail}")
    wrong = any(finding.code in _KEY_CODES for finding in report.findings)
    print("keys: wrong, see above" if wrong else "keys: all in order")
    return EXIT_NO if wrong else EXIT_OK


def rotate(options: argparse.Namespace) -> int:
    """Give a log new keys."""
    settings = site_settings(options)
    origin = _origin(settings, options.log)
    with _told():
        done = rotate_keys(
            settings.store_path,
            options.log,
            origin,
            _software(options.log),
            reason=options.reason,
            root=_root(options) if options.root else None,
            gm=settings.crypto.gm,
            mirrors=[mirror / options.log for mirror in settings.mirror_paths],
        )
    print(f"ended: {done.ended_sha256}")
    print(f"begun: {done.begun_sha256}")
    print(f"signed by both at {done.size} entries: {done.checkpoint}")
    if options.root is None:
        print("No root certifies the new keys yet: duizhi key certify --root FILE")
    return EXIT_OK


def compromised(options: argparse.Namespace) -> int:
    """Declare a key that is no longer trusted."""
    settings = site_settings(options)
    with _told():
        size = declare_compromised(
            settings.store_path,
            options.log,
            _origin(settings, options.log),
            _software(options.log),
            key_sha256=options.key.replace(" ", "").lower(),
            trusted_size=options.trusted_size,
            reason=options.reason,
            gm=settings.crypto.gm,
        )
    print(f"declared; {options.log} has {size} entries now")
    return EXIT_OK


def sm2(options: argparse.Namespace) -> int:
    """Make an SM2 key for every log that has none; its line stands on later checkpoints."""
    settings = site_settings(options)
    keys = settings.store_path / "keys"
    for name in _logs(settings, None):
        path = sm2_path(keys, name)
        if not path.exists():
            with _told():
                make_sm2_key(path)
        print(f"{name}: {path}")
    print("The lines begin with the next start; let the root certify the keys anew: key certify")
    return EXIT_OK


def encrypt(options: argparse.Namespace) -> int:
    """Encrypt the plain private keys of a store with this machine's pass phrase."""
    keys = site_settings(options).store_path / "keys"
    with _told():
        passphrase = _passphrase(options)
        if passphrase is None:
            raise CommandError(
                "no pass phrase: name a file with --passphrase-file or DUIZHI_KEY_PASSPHRASE_FILE"
            )
        for path in sorted(keys.glob("*.pem")):
            if path.name.endswith(".pub.pem"):
                continue
            if path.name.endswith(".sm2.pem"):
                continue  # made again where a pass phrase is set up: key sm2
            before = is_encrypted(path)
            if not before:
                encrypt_in_place(path, passphrase)
            print(f"{path.name}: {'was encrypted already' if before else 'encrypted'}")
    print("What was copied before stays open to its holder: rotate to be sure.")
    return EXIT_OK


def grouped(fingerprint: str) -> str:
    """A fingerprint that can be read aloud: groups of four characters."""
    return " ".join(fingerprint[place : place + 4] for place in range(0, len(fingerprint), 4))


def _describe(settings: Settings, keys: Path, name: str) -> Iterator[str]:
    for key in public_keys(keys, name, _origin(settings, name)):
        if key.kind == ED25519:
            yield f"Ed25519 {spki_sha256(key.public_key)}"
        elif key.kind == ML_DSA_44:
            yield f"ML-DSA-44 key id {key.key_id.hex()}"
        else:
            yield f"SM2 key id {key.key_id.hex()}"
    if (keys / f"{name}.device").exists():
        yield "Ed25519 key in the device (PKCS #11)"
    for path in (keys / f"{name}.pem", keys / f"{name}.ml-dsa-44.pem"):
        if path.exists():
            yield f"{path.name}: {'encrypted' if is_encrypted(path) else 'NOT encrypted'}"
    certificate = certificate_path(keys, name)
    if not certificate.exists():
        yield "no root certifies them"
        return
    until_s = parse_certificate(certificate.read_text(encoding="utf-8")).until_s
    root_key = parse_verifier_key((keys / ROOT_FILE).read_text(encoding="utf-8").strip())
    end = f"until {until_s} s since 1970" if until_s else "without end"
    yield f"certified by {root_key.name} {spki_sha256(root_key.public_key)}, {end}"


def _logs(settings: Settings, only: str | None) -> list[str]:
    names = log_names(settings.store_path)
    if only is not None and only not in names:
        raise CommandError(f"no log {only} in {settings.store_path}")
    if not names:
        raise CommandError(f"{settings.store_path} holds no log: start it once")
    return [only] if only is not None else names


def _origin(settings: Settings, name: str) -> str:
    """As the log itself says; before it does, as the settings say."""
    try:
        return parse_checkpoint(
            (settings.store_path / name / "log" / "checkpoint").read_bytes()
        ).origin
    except (OSError, FormatError):
        if name == CENTRE:
            return CENTRE_ORIGIN
        return recorder_origin(settings.recorder.log_origin, name)


def _root(options: argparse.Namespace) -> UnitRoot:
    with _told():
        return open_root(options.root, _passphrase(options))


def _passphrase(options: argparse.Namespace) -> bytes | None:
    given: Path | None = options.passphrase_file
    return read_passphrase(given) if given is not None else find_passphrase()


def _software(name: str) -> dict[str, Any]:
    return {"software": "duizhi", "version": version("duizhi"), "name": name}


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the store refuses is told in one sentence."""
    try:
        yield
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
