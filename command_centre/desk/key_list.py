"""Every key of this installation: what for, since when, until when, which fingerprint.

Reads public halves and certificates only. Of a private file it looks at the first line, to say
whether it is encrypted; nothing else of it is read and nothing of it leaves. "Since" is when the
public half was written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from command_centre.desk.key_views import KeyView
from config.recorders import CENTRE_LOG, CENTRE_ORIGIN, recorder_names, recorder_origin
from config.settings import Settings
from config.words import MICROSECONDS
from evidence_store.errors import EvidenceError, FormatError
from evidence_store.host_keys import ROOT_FILE, certificate_path
from evidence_store.key_ceremony import public_keys
from evidence_store.key_files import is_encrypted, public_key_path
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.key_statement import parse_certificate
from evidence_store.note import ED25519, ML_DSA_44, parse_verifier_key
from evidence_store.session_key import UNIT_FOLDER

_DAY_US = 86_400 * MICROSECONDS


def list_keys(settings: Settings, now_us: int) -> list[KeyView]:
    """Every key that lies here; a file that cannot be read is left out. Blocking."""
    store = settings.store_path
    warn_us = int(settings.running.warn_expiry_days * _DAY_US)
    found: list[KeyView] = []
    for name in (CENTRE_LOG, *recorder_names(settings.recorder.processes)):
        origin = (
            CENTRE_ORIGIN
            if name == CENTRE_LOG
            else recorder_origin(settings.recorder.log_origin, name)
        )
        try:
            found += _of_log(store / "keys", name, origin, now_us, warn_us)
        except (EvidenceError, FormatError, OSError, ValueError):
            continue
    found += _root(store / "keys")
    found += _plain("unit", store / UNIT_FOLDER)
    signing = store / "keys" / "signing"
    for use, owner, path in (
        ("authority", "", signing / "authority.crt"),
        ("tls_authority", "", store / "ca" / "ca.pem"),
        ("tls", "", store / "ca" / "server.pem"),
        *(("officer", path.stem, path) for path in sorted((signing / "people").glob("*.pem"))),
    ):
        found += _certificate(use, owner, path, now_us, warn_us)
    return found


def _of_log(keys: Path, name: str, origin: str, now_us: int, warn_us: int) -> Iterator[KeyView]:
    certificate = certificate_path(keys, name)
    certified = certificate.exists()
    until_s = parse_certificate(certificate.read_text(encoding="utf-8")).until_s if certified else 0
    until_us = until_s * MICROSECONDS or None
    for key in public_keys(keys, name, origin):
        if key.kind == ED25519:
            algorithm, path = "Ed25519", keys / f"{name}.pem"
            fingerprint = spki_sha256(key.public_key)
        elif key.kind == ML_DSA_44:
            algorithm, path = "ML-DSA-44", keys / f"{name}.ml-dsa-44.pem"
            fingerprint = hashlib.sha256(key.public_key).hexdigest()
        else:
            algorithm, path = "SM2", keys / f"{name}.sm2.pem"
            fingerprint = hashlib.sha256(key.public_key).hexdigest()
        encrypted = is_encrypted(path) if path.exists() else None
        state = _state(until_us, now_us, warn_us)
        if state == "ok" and not certified:
            state = "not_certified"
        yield KeyView(
            use="log",
            owner=name,
            algorithm=algorithm,
            fingerprint=fingerprint,
            since_us=_written_us(public_key_path(path)),
            until_us=until_us,
            state="plain" if state == "ok" and encrypted is False else state,
            encrypted=encrypted,
        )
    witness = keys / f"{name}.witness.pub.pem"
    if witness.exists():
        yield _public("witness", name, witness, "ok")
    for path in sorted(keys.glob(f"{name}.ended-*.pub.pem")):
        yield _public("log", name, path, "ended")


def _public(use: str, owner: str, path: Path, state: str) -> KeyView:
    return KeyView(
        use=use,
        owner=owner,
        algorithm="Ed25519",
        fingerprint=spki_sha256(parse_public_pem(path.read_bytes())),
        since_us=_written_us(path),
        until_us=None,
        state=state,
    )


def _root(keys: Path) -> Iterator[KeyView]:
    path = keys / ROOT_FILE
    try:
        key = parse_verifier_key(path.read_text(encoding="utf-8").strip())
    except (EvidenceError, OSError, ValueError):
        return
    yield KeyView(
        use="root",
        owner=key.name,
        algorithm="Ed25519",
        fingerprint=spki_sha256(key.public_key),
        since_us=_written_us(path),
        until_us=None,
        state="ok",
    )


def _plain(use: str, folder: Path) -> Iterator[KeyView]:
    """Public keys of other kinds in a folder of their own."""
    for path in sorted(folder.glob("*.pem")) if folder.is_dir() else ():
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError):
            continue
        spki = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        yield KeyView(
            use=use,
            owner=path.stem,
            algorithm=type(key).__name__.strip("_").removesuffix("PublicKey"),
            fingerprint=hashlib.sha256(spki).hexdigest(),
            since_us=_written_us(path),
            until_us=None,
            state="ok",
        )


def _certificate(use: str, owner: str, path: Path, now_us: int, warn_us: int) -> Iterator[KeyView]:
    try:
        data = path.read_bytes()
        begin = data.index(b"-----BEGIN CERT")
        certificate = x509.load_pem_x509_certificate(data[begin:])
    except (OSError, ValueError):
        return
    until_us = int(certificate.not_valid_after_utc.timestamp() * MICROSECONDS)
    yield KeyView(
        use=use,
        owner=owner,
        algorithm="ECDSA P-256",
        fingerprint=hashlib.sha256(
            certificate.public_bytes(serialization.Encoding.DER)
        ).hexdigest(),
        since_us=int(certificate.not_valid_before_utc.timestamp() * MICROSECONDS),
        until_us=until_us,
        state=_state(until_us, now_us, warn_us),
        encrypted=True if use == "officer" else None,
    )


def _state(until_us: int | None, now_us: int, warn_us: int) -> str:
    if until_us is None or until_us - now_us > warn_us:
        return "ok"
    return "ended" if until_us <= now_us else "ends_soon"


def _written_us(path: Path) -> int | None:
    try:
        return int(path.stat().st_mtime_ns // 1000)
    except OSError:
        return None
