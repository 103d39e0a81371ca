"""The HTTP side of a WHIP publisher (RFC 9725): POST an offer, DELETE the resource."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin

import httpx

_TIMEOUT_S = 8.0


class SignallingError(Exception):
    """The endpoint refused or could not be reached; ``retry_s`` is its wish, if it had one."""

    def __init__(self, message: str, retry_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_s = retry_s


@dataclass(slots=True, frozen=True)
class Accepted:
    """The answer, and what to delete in the end."""

    sdp: str
    resource: str


class Signalling(Protocol):
    """How an offer reaches the recorder."""

    async def offer(self, sdp: str) -> Accepted:
        """Exchange an offer for an answer. Raises ``SignallingError``."""
        ...

    async def delete(self, resource: str) -> None:
        """End the connection; failing to is not an error."""
        ...


def tls_context(ca: Path | None, insecure: bool) -> ssl.SSLContext:
    """Verify against the system's authorities, a given one, or not at all."""
    context = ssl.create_default_context(cafile=str(ca) if ca is not None else None)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class WhipClient:
    """``Signalling`` over HTTP."""

    def __init__(self, url: str, token: str, tls: ssl.SSLContext) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tls = tls

    async def offer(self, sdp: str) -> Accepted:
        """See Signalling."""
        headers = {**self._headers, "Content-Type": "application/sdp"}
        try:
            async with self._client() as client:
                reply = await client.post(self._url, content=sdp.encode(), headers=headers)
        except httpx.HTTPError as error:
            raise SignallingError(f"cannot reach {self._url}: {type(error).__name__}") from error
        if reply.status_code != 201:
            wish = reply.headers.get("Retry-After", "")
            retry_s = float(wish) if wish.isdigit() else None
            raise SignallingError(f"{self._url} answered {reply.status_code}", retry_s)
        location = reply.headers.get("Location", "")
        return Accepted(reply.text, urljoin(str(reply.url), location) if location else "")

    async def delete(self, resource: str) -> None:
        """See Signalling."""
        if not resource:
            return
        try:
            async with self._client() as client:
                await client.delete(resource, headers=self._headers)
        except httpx.HTTPError:
            return  # the recorder notices by itself

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self._tls, timeout=_TIMEOUT_S, follow_redirects=True)
