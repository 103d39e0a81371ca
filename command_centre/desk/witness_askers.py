"""Ways to ask a witness: in this process, in a recorder's over the bus, outside over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from config.bus import Bus, BusError
from config.messages import (
    Cosign,
    Cosigned,
    MalformedMessage,
    decode,
    encode,
    witness_service,
)
from evidence_store.errors import EvidenceError, WitnessError
from evidence_store.own_witness import OwnWitness
from evidence_store.witness_protocol import SIZE_TYPE, Answer

if TYPE_CHECKING:
    import httpx

_ANSWER_BYTES_MAX = 1 << 18


class Asker(Protocol):
    """Passes one ``add-checkpoint`` request to a witness."""

    async def ask(self, body: bytes) -> Answer:
        """Its answer.

        Raises:
            WitnessError: none came.
        """
        ...


class LocalAsker:
    """The witness of this process."""

    def __init__(self, witness: OwnWitness) -> None:
        self._witness = witness

    async def ask(self, body: bytes) -> Answer:
        """In a thread: it verifies and flushes."""
        try:
            return await asyncio.to_thread(self._witness.answer, body)
        except EvidenceError as error:
            raise WitnessError(str(error)) from error


class BusAsker:
    """The witness of a recorder's process."""

    def __init__(self, bus: Bus, recorder: str, timeout_s: float) -> None:
        self._bus = bus
        self._service = witness_service(recorder)
        self._timeout_s = timeout_s

    async def ask(self, body: bytes) -> Answer:
        """Over the bus."""
        try:
            payload = await self._bus.request(
                self._service, "cosign", encode(Cosign(body=body)), timeout_s=self._timeout_s
            )
            reply = decode(payload, Cosigned)
        except (BusError, MalformedMessage) as error:
            raise WitnessError(f"no answer ({type(error).__name__})") from error
        return Answer(reply.status, reply.body, SIZE_TYPE if reply.status == 409 else "text/plain")


class HttpAsker:
    """A witness outside, by its submission prefix (C2SP tlog-witness)."""

    def __init__(self, url: str, timeout_s: float, ca_file: str) -> None:
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._timeout_s = timeout_s
        self._verify: bool | str = str(Path(ca_file).resolve()) if ca_file else True
        self._client: httpx.AsyncClient | None = None

    async def ask(self, body: bytes) -> Answer:
        """Over HTTP; the connection is kept."""
        import httpx  # with what it loads, a tenth of the centre's start

        try:
            async with asyncio.timeout(self._timeout_s):
                if self._client is None:
                    self._client = httpx.AsyncClient(verify=self._verify, timeout=self._timeout_s)
                return await self._post(self._client, body)
        except TimeoutError as error:
            raise WitnessError("no answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise WitnessError(f"cannot be reached ({type(error).__name__})") from error

    async def close(self) -> None:
        """End the connection; the next question opens another."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _post(self, client: httpx.AsyncClient, body: bytes) -> Answer:
        async with client.stream("POST", self._url, content=body) as response:
            data = b""
            async for block in response.aiter_bytes():
                data += block
                if len(data) > _ANSWER_BYTES_MAX:
                    raise WitnessError("its answer is too large")
            return Answer(response.status_code, data, response.headers.get("content-type", ""))
