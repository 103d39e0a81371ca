"""A time stamping authority of one's own, made with ``openssl ts``: for the demo and for tests.

It proves nothing to a stranger, who has no reason to trust it; it shows how a real one is used.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

_OPENSSL_S = 30.0
_QUERY_BYTES_MAX = 1 << 16
_CONFIGURATION = """\
[tsa]
default_tsa = local
[local]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""
_EXTENSIONS = """\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
"""


class AuthorityError(Exception):
    """The authority cannot be made; the message is openssl's."""


def has_openssl() -> bool:
    """Whether there is an openssl to make one with."""
    return shutil.which("openssl") is not None


class LocalAuthority:
    """Keys and certificates below ``folder``; ``roots`` is the file to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.roots = self._folder / "root.pem"

    def make(self) -> None:
        """Make root and signer, unless they are there.

        Raises:
            AuthorityError: openssl cannot.
        """
        if self.roots.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "conf").write_text(_CONFIGURATION.format(folder=self._folder))
        (self._folder / "extensions").write_text(_EXTENSIONS)
        (self._folder / "serial").write_text("01\n")
        for name in ("root", "signer"):
            self._run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        self._run("req", "-new", "-key", "signer.key", "-subj", "/CN=Time stamps", "-out", "csr")
        root = ("req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=Local authority")
        self._run(*root, "-days", "365", "-out", "root.tmp")
        signed = ("x509", "-req", "-in", "csr", "-CA", "root.tmp", "-CAkey", "root.key")
        more = ("-set_serial", "2", "-days", "365", "-extfile", "extensions")
        self._run(*signed, *more, "-out", "signer.pem")
        (self._folder / "root.tmp").rename(self.roots)

    def reply(self, query: bytes) -> bytes:
        """The reply to a query.

        Raises:
            AuthorityError: openssl refuses it.
        """
        (self._folder / "query").write_bytes(query)
        signer = ("-signer", "signer.pem", "-inkey", "signer.key")
        files = ("-queryfile", "query", "-out", "reply")
        self._run("ts", "-reply", *files, "-config", "conf", *signer)
        return (self._folder / "reply").read_bytes()

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Answer over HTTP on this machine until the context ends; gives the address."""
        turn = asyncio.Lock()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                async with asyncio.timeout(_OPENSSL_S):
                    query = await _body(reader)
                    async with turn:
                        reply = await asyncio.to_thread(self.reply, query)
                writer.write(_response("200 OK", reply))
            except (AuthorityError, ValueError, TimeoutError, asyncio.IncompleteReadError):
                writer.write(_response("400 Bad Request", b""))
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", port)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        finally:
            server.close()
            await server.wait_closed()

    def _run(self, *arguments: str) -> None:
        try:
            done = subprocess.run(
                ["openssl", *arguments],
                cwd=self._folder,
                capture_output=True,
                timeout=_OPENSSL_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise AuthorityError(f"openssl cannot be run: {error}") from error
        if done.returncode != 0:
            raise AuthorityError(done.stderr.decode("utf-8", "replace").strip()[:500])


async def _body(reader: asyncio.StreamReader) -> bytes:
    """The body of one HTTP request."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [line for line in lines if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    if not 0 < length <= _QUERY_BYTES_MAX:
        raise ValueError("a query has a length")
    return await reader.readexactly(length)


def _response(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
