"""A certificate authority of this installation's own, and the centre's certificate.

Browsers give a page the camera only over HTTPS (or on localhost), so a site without a certificate
of its own needs one. The authority signs nothing but this centre's name; other machines trust it
after ``ca.pem`` was installed on them. Keys never leave ``<store>/ca`` (0700).
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 397  # the longest browsers accept
_RENEW_DAYS = 30


class CertificateError(Exception):
    """Certificates are there but cannot be used; the message says which file."""


@dataclass(frozen=True)
class CertificatePaths:
    """PEM files: the authority to install elsewhere, and what the centre serves with."""

    authority: Path
    certificate: Path
    key: Path


def machine_names(host_name: str) -> list[str]:
    """The configured name, this machine's names and its addresses, for the certificate."""
    names = [host_name, "localhost", "127.0.0.1", "::1", socket.gethostname()]
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family in (socket.AF_INET, socket.AF_INET6) and "%" not in address.address:
                names.append(address.address)
    return list(dict.fromkeys(names))


def ensure_certificates(store_path: Path, host_names: Sequence[str]) -> CertificatePaths:
    """Make, renew or reuse the authority and a server certificate for all the names.

    Raises:
        CertificateError: a file is there but is not what it should be.
    """
    folder = store_path / "ca"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = CertificatePaths(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority_key_path = folder / "ca.key"
    if not paths.authority.exists():
        _write_authority(paths.authority, authority_key_path)
    if not _still_good(paths, host_names):
        authority = _load_certificate(paths.authority)
        authority_key = _load_key(authority_key_path)
        _write_server(paths, authority, authority_key, host_names)
    return paths


def _write_authority(path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Duizhi"),
            x509.NameAttribute(
                NameOID.COMMON_NAME, f"Duizhi local authority {os.urandom(4).hex()}"
            ),
        ]
    )
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_private(key_path, key)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_server(
    paths: CertificatePaths,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    host_names: Sequence[str],
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    common = x509.NameAttribute(NameOID.COMMON_NAME, host_names[0][:64])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([common]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_SERVER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_alternative(n) for n in host_names]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    _write_private(paths.key, key)
    paths.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _still_good(paths: CertificatePaths, host_names: Sequence[str]) -> bool:
    if not (paths.certificate.exists() and paths.key.exists()):
        return False
    certificate = _load_certificate(paths.certificate)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=_RENEW_DAYS)
    if certificate.not_valid_after_utc < soon:
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return all(_alternative(name) in names for name in host_names)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} is not a readable PEM certificate") from error


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"{path} is not a readable PEM key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError(f"{path} must hold an elliptic-curve key")
    return key


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
