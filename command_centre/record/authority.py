"""The installation's own signing authority: X.509 certificates for signatures inside PDFs.

What a signature with such a certificate says: this installation states that the bytes were signed
in the presence of the officers named, by the person named, and that nothing was changed since. It
is an electronic signature by a key that only this document knows. It is **not** a "reliable
electronic signature" by a licensed certification service (电子签名法 arts. 13 and 16): the
authority is the unit itself. What ties it to a person is the handwriting, the recording of the
signing (公安机关办理刑事案件程序规定 art. 387 asks for one), and the log.

* the person questioned: a key made for one document, used at once and never stored. Python cannot
  promise that no copy stays in memory until the process reuses it; no copy is ever written.
* an officer with an account: a key of their own, kept encrypted with their password. It is asked
  for again at each signing; after a change of password a new key is made.

Keys are ECDSA over P-256, which PDF readers know. Certificates of one-time keys are valid for
thirty years, because nobody has the key any more and no time stamp may be at hand; an officer's for
three. ``duizhi record check`` judges at the time at which the log says the document was signed.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from command_centre.record.errors import AuthorityError

_FOLDER = "signing"
_AUTHORITY_YEARS, _ONE_TIME_YEARS, _OFFICER_YEARS = 40, 30, 3
_EARLY = timedelta(minutes=5)  # clocks differ


@dataclass(frozen=True)
class SigningKey:
    """A key with its certificate and that of the authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate

    def __repr__(self) -> str:
        return f"SigningKey({certificate_sha256(self.certificate)[:16]})"

    @property
    def key_der(self) -> bytes:
        """The private key as PKCS #8."""
        return self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def certificate_sha256(certificate: x509.Certificate) -> str:
    """The fingerprint, in hex."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


class SigningAuthority:
    """Made at first use; its files lie in ``keys/signing`` of the store, readable by the owner."""

    def __init__(
        self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> None:
        self._folder = folder
        self._key = key
        self.certificate = certificate

    @classmethod
    def open(cls, store: Path, unit_name: str) -> SigningAuthority:
        """Load it, or make it when there is none.

        Raises:
            AuthorityError: its files cannot be used.
        """
        folder = store / "keys" / _FOLDER
        key_file, certificate_file = folder / "authority.pem", folder / "authority.crt"
        try:
            if key_file.exists():
                key = _load_key(key_file.read_bytes(), None)
                certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
                return cls(folder, key, certificate)
            key = ec.generate_private_key(ec.SECP256R1())
            name = _name(f"{unit_name} 笔录签名机构", "Duizhi local signing authority")
            certificate = _certificate(name, key.public_key(), name, key, _AUTHORITY_YEARS, ca=True)
            _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
            _write(key_file, _pem(key, None))
            return cls(folder, key, certificate)
        except (OSError, ValueError) as error:
            raise AuthorityError(f"the signing authority cannot be used: {error}") from error

    @property
    def sha256(self) -> str:
        """Fingerprint of its certificate."""
        return certificate_sha256(self.certificate)

    def one_time(self, name: str, about: str) -> SigningKey:
        """A key for one document; it lives in memory only. ``about`` names the document."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._certified(key, name, about, _ONE_TIME_YEARS)

    def officer(self, account: str, name: str, password: str) -> SigningKey:
        """The key of an officer, made when there is none that this password opens.

        The caller has checked the password against the account.

        Raises:
            AuthorityError: its file cannot be read or written.
        """
        path = self._folder / "people" / f"{account}.pem"
        try:
            if path.exists():
                found = self._stored(path, password)
                if found is not None:
                    return found
            made = self._certified(
                ec.generate_private_key(ec.SECP256R1()), name, account, _OFFICER_YEARS
            )
            pem = _pem(made.key, password.encode())
            _write(path, pem + made.certificate.public_bytes(serialization.Encoding.PEM))
            return made
        except OSError as error:
            raise AuthorityError(f"an officer's key cannot be used: {error.strerror}") from error

    def _stored(self, path: Path, password: str) -> SigningKey | None:
        """The key in a file; None when another password locked it or its time is over."""
        data = path.read_bytes()
        try:
            key = _load_key(data, password.encode())
            certificate = x509.load_pem_x509_certificate(data[data.index(b"-----BEGIN CERT") :])
        except (ValueError, TypeError):
            return None
        over = certificate.not_valid_after_utc < datetime.now(UTC) + timedelta(days=1)
        return None if over else SigningKey(key, certificate, self.certificate)

    def _certified(
        self, key: ec.EllipticCurvePrivateKey, name: str, about: str, years: int
    ) -> SigningKey:
        subject = _name(name, about)
        certificate = _certificate(
            subject, key.public_key(), self.certificate.subject, self._key, years, ca=False
        )
        return SigningKey(key, certificate, self.certificate)


def _name(common: str, about: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, about[:64]),
        ]
    )


def _certificate(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    years: int,
    *,
    ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLY)
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca, 0 if ca else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=not ca,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if not ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(by, hashes.SHA256())


def _load_key(data: bytes, password: bytes | None) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(data, password)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("expected an ECDSA key")
    return key


def _pem(key: ec.EllipticCurvePrivateKey, password: bytes | None) -> bytes:
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        locked = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def _write(path: Path, data: bytes) -> None:
    """Durably, in one step, readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
