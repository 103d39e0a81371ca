"""The time stamps of a log: each is over a head of this log, and by whom it is signed.

Beside each token ``<size>.tsr`` (of a second authority ``<size>-2.tsr``) lies the stamped head,
``<size>.checkpoint``. The head must be one of this tree, and the token's imprint its SHA-256. The
signature is checked by ``openssl ts -verify`` as of the time in the token, when there is an openssl
and a root to trust: one from elsewhere, or the one beside the stamps, whose fingerprint a reader
compares as he does with the log's key. Otherwise it is said that it was not checked.

Standard library only (part of the verifier inside a package).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evidence_store.checkpoint import parse_checkpoint
from evidence_store.errors import FormatError, PackageError
from evidence_store.package_files import PackageFiles
from evidence_store.protection import Head
from evidence_store.report import Finding, Report, Voucher
from evidence_store.stamp_token import (
    STAMP_BYTES_MAX,
    StampToken,
    is_self_issued,
    parse_stamp,
)
from evidence_store.witness_account import HEAD_BYTES_MAX, WitnessedLog

STAMPS_FOLDER = "stamps"
CERTIFICATES = "certs.pem"
#: A folder holds no more tokens than this; what writes there keeps fewer.
STAMPS_MAX = 2000
_OPENSSL_S = 20.0
_TOKEN_NAME = re.compile(r"((?:0|[1-9][0-9]{0,15}))(?:-2)?\.tsr")
_PEM_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
)


@dataclass
class StampFiles:
    """What lies in the folder of one log's stamps."""

    tokens: dict[str, bytes] = field(default_factory=dict)  # by file name
    heads: dict[int, bytes] = field(default_factory=dict)  # by size
    certificates: bytes = b""


def package_stamps(files: PackageFiles, folder: str, report: Report) -> StampFiles:
    """The stamps in a log's folder of a package."""
    found, start = StampFiles(), f"{folder}/{STAMPS_FOLDER}/"
    for path in sorted(name for name in files.sizes if name.startswith(start)):
        name = path.removeprefix(start)
        if files.sizes[path] > HEAD_BYTES_MAX or len(found.tokens) >= STAMPS_MAX:
            report.findings.append(Finding("stamp_wrong", "too large, or too many", path=path))
            continue
        try:
            take_stamp_file(found, name, files.read(path))
        except PackageError as error:
            report.findings.append(Finding("missing", str(error), path=path))
    return found


def take_stamp_file(found: StampFiles, name: str, data: bytes) -> None:
    """Sort one file of the folder in; others are ignored."""
    size = name.removesuffix(".checkpoint")
    if token_size(name) is not None:
        found.tokens[name] = data
    elif size != name and size.isascii() and size.isdigit() and len(size) <= 16:
        found.heads[int(size)] = data
    elif name == CERTIFICATES:
        found.certificates = data


def token_size(name: str) -> int | None:
    """The size in a token's file name; None when it is another file."""
    match = _TOKEN_NAME.fullmatch(name)
    return int(match[1]) if match else None


def check_stamps(
    log: WitnessedLog,
    stamps: StampFiles,
    named: Mapping[str, str],
    anchors: bytes | None,
    report: Report,
) -> None:
    """Verify the tokens of a log into ``log.heads`` and ``log.stamps``.

    ``named`` are the authorities by the SHA-256 of their token, as the log's entries say;
    ``anchors`` are roots known from elsewhere, in PEM.
    """
    roots = stamps.certificates if anchors is None else anchors
    checker = _Checker(roots, stamps.certificates)
    last: dict[str, Voucher] = {}
    for name in sorted(stamps.tokens, key=lambda one: (token_size(one), one)):
        path = f"{log.place}/{STAMPS_FOLDER}/{name}"
        size, data = token_size(name) or 0, stamps.tokens[name]
        try:
            token = _check_token(log, size, data, stamps.heads.get(size))
        except FormatError as error:
            report.findings.append(Finding("stamp_wrong", str(error), path=path))
            continue
        if token is None:
            continue
        signed = checker.check(data, stamps.heads[size], token)
        if signed is False:
            detail = "the signature of the time stamp is wrong, or of nobody who is trusted"
            report.findings.append(Finding("stamp_wrong", detail, path=path))
            continue
        by = named.get(hashlib.sha256(data).hexdigest(), f"stamp{name[len(str(size)) : -4]}")
        head = log.heads.setdefault(size, Head(size))
        serial = f"{token.serial:X}"
        head.stamped[by] = (token.time_us, serial)
        before = last.get(by)
        last[by] = Voucher(
            by,
            before.heads + 1 if before else 1,
            size,
            token.time_us,
            bool(signed) and (before is None or before.signed),
            serial,
        )
    log.stamps += last.values()


def _check_token(
    log: WitnessedLog, size: int, data: bytes, note: bytes | None
) -> StampToken | None:
    """The token, when it is over a head of this log; None when the tree itself is broken.

    Raises:
        FormatError: it is not.
    """
    token = parse_stamp(data)
    if note is None:
        raise FormatError("the head that was stamped is not there")
    head = parse_checkpoint(note)
    if hashlib.sha256(note).digest() != token.imprint:
        raise FormatError("the time stamp is over something else")
    if (head.origin, head.size) != (log.origin, size):
        raise FormatError("the stamped head is of another log, or of another size")
    if size > log.size:
        raise FormatError(f"a head of {size} entries was stamped, {log.size} are here")
    if size not in log.roots:
        return None
    if log.roots[size] != head.root:
        raise FormatError("the head that was stamped is of another tree")
    return token


class _Checker:
    """Runs openssl on tokens; says None when it cannot tell."""

    def __init__(self, roots: bytes, further: bytes) -> None:
        self._roots = roots
        self._further = further
        self._openssl = shutil.which("openssl") if _has_root(roots) else None

    def check(self, token: bytes, note: bytes, said: StampToken) -> bool | None:
        """Whether the signature is good as of the time in the token."""
        if self._openssl is None or len(token) > STAMP_BYTES_MAX:
            return None
        with tempfile.TemporaryDirectory(prefix="duizhi-verify-") as folder:
            top = Path(folder)
            for name, data in (
                ("token", token),
                ("note", note),
                ("roots", self._roots),
                ("further", self._further or self._roots),
            ):
                (top / name).write_bytes(data)
            command = [self._openssl, "ts", "-verify", "-in", "token", "-data", "note"]
            command += ["-CAfile", "roots", "-untrusted", "further"]
            command += ["-attime", str(said.time_us // 1_000_000)]
            try:
                done = subprocess.run(
                    command, cwd=top, capture_output=True, timeout=_OPENSSL_S, check=False
                )
            except (OSError, subprocess.SubprocessError):
                return None
        return done.returncode == 0


def _has_root(pem: bytes) -> bool:
    """Whether one of the certificates is its own issuer, so that it can be trusted at all."""
    return any(is_self_issued(one) for one in pem_certificates(pem))


def pem_certificates(pem: bytes) -> list[bytes]:
    """The certificates in a PEM file, DER; what is no base64 is left out."""
    found: list[bytes] = []
    for block in _PEM_BLOCK.findall(pem):
        try:
            found.append(base64.b64decode(b"".join(block.split()), validate=True))
        except (binascii.Error, ValueError):
            continue
    return found
