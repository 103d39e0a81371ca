"""Asking a time stamping authority over HTTP (RFC 3161, section 3.4), with rfc3161-client.

A reply is taken only when it stamps what was asked, with our nonce, and, where roots are given, is
signed by an authority under one of them. An authority that puts its certificates in another order
than DER demands cannot be parsed by the library; its reply is then read by our own parser and
openssl, so a common fault of authorities costs nothing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from evidence_store.errors import StampError, WitnessError
from evidence_store.stamp_account import pem_certificates
from evidence_store.stamp_token import STAMP_BYTES_MAX, is_self_issued, parse_stamp

_OPENSSL_S = 20.0
_HEADERS = {
    "content-type": "application/timestamp-query",
    "accept": "application/timestamp-reply",
}


@dataclass(frozen=True)
class Stamp:
    """A reply that was taken."""

    reply: bytes
    time_us: int
    certificates: bytes  # that came with it, PEM


class Authority:
    """One authority. Owned by the event loop; ``roots`` are PEM, empty when none are known."""

    def __init__(self, name: str, url: str, timeout_s: float, roots: bytes = b"") -> None:
        self.name = name
        self._url = url
        self._timeout_s = timeout_s
        self._roots = [one for one in pem_certificates(roots) if is_self_issued(one)]

    async def stamp(self, data: bytes) -> Stamp:
        """A time stamp over these bytes.

        Raises:
            WitnessError: none came that can be used.
        """
        import httpx

        request = (
            TimestampRequestBuilder()
            .data(data)
            .hash_algorithm(HashAlgorithm.SHA256)
            .nonce(nonce=True)
            .cert_request(cert_request=True)
            .build()
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._post(request.as_bytes())
        except TimeoutError as error:
            raise WitnessError("no answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise WitnessError(f"cannot be reached ({type(error).__name__})") from error
        return await asyncio.to_thread(self._taken, reply, data, request)

    async def _post(self, query: bytes) -> bytes:
        import httpx

        async with (
            httpx.AsyncClient(timeout=self._timeout_s) as client,
            client.stream("POST", self._url, content=query, headers=_HEADERS) as response,
        ):
            reply = b""
            async for block in response.aiter_bytes():
                reply += block
                if len(reply) > STAMP_BYTES_MAX:
                    raise WitnessError("its reply is too large")
            if response.status_code != 200:
                raise WitnessError(f"refused with {response.status_code}")
            return reply

    def _taken(self, reply: bytes, data: bytes, request: TimeStampRequest) -> Stamp:
        try:
            token = parse_stamp(reply)
        except StampError as error:
            raise WitnessError(f"its reply cannot be used: {error}") from error
        if token.imprint != hashlib.sha256(data).digest():
            raise WitnessError("its time stamp is over something else")
        self._check(reply, data, request)
        pem = b"".join(_pem(one) for one in token.certificates)
        return Stamp(reply, token.time_us, pem)

    def _check(self, reply: bytes, data: bytes, request: TimeStampRequest) -> None:
        try:
            response = decode_timestamp_response(reply)
        except ValueError:
            if self._roots and not _openssl_accepts(reply, data, self._roots):
                raise WitnessError("its reply is not DER, and openssl does not accept it") from None
            return
        if response.tst_info.nonce != request.nonce:
            raise WitnessError("its reply answers another question")
        if not self._roots:
            return
        builder = VerifierBuilder.from_request(request)
        for root in self._roots:
            builder = builder.add_root_certificate(x509.load_der_x509_certificate(root))
        try:
            builder.build().verify_message(response, data)
        except (VerificationError, ValueError) as error:
            raise WitnessError(f"its signature is not trusted: {error}") from error


def _openssl_accepts(reply: bytes, data: bytes, roots: list[bytes]) -> bool:
    openssl = shutil.which("openssl")
    if openssl is None:
        return False
    with tempfile.TemporaryDirectory(prefix="duizhi-stamp-") as folder:
        top = Path(folder)
        (top / "reply").write_bytes(reply)
        (top / "data").write_bytes(data)
        (top / "roots").write_bytes(b"".join(map(_pem, roots)))
        command = [openssl, "ts", "-verify", "-in", "reply", "-data", "data", "-CAfile", "roots"]
        try:
            done = subprocess.run(
                command, cwd=top, capture_output=True, timeout=_OPENSSL_S, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return False
    return done.returncode == 0


def _pem(certificate: bytes) -> bytes:
    text = base64.encodebytes(certificate)
    return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"
