"""One HTTP request to the language model. Blocking; used from a thread of its own.

The address is looked up and judged for every connection, and the connection goes to the very
address that was judged, so a name that points elsewhere the next moment changes nothing. Loopback,
private and link-local addresses only; a name with one public address is refused altogether.
Redirects are refused, proxies of the environment are not looked at, nothing is retried.

The time limit covers the whole exchange, a reply that trickles included. Looking up a name is
bounded by the system's resolver only.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from command_centre.comparison.local_model.contract import REPLY_BYTES_MAX, Dropped, ModelFailure
from config.private_address import is_private
from config.settings import LocalModelSettings

PATH = "/v1/chat/completions"

Resolver = Callable[..., list[Any]]


class LocalModel:
    """The configured model. ``ask`` from one thread, ``abort`` from any."""

    def __init__(
        self, settings: LocalModelSettings, resolve: Resolver = socket.getaddrinfo
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None  # guarded by the lock
        self._aborted = False  # guarded by the lock
        self._late = False  # guarded by the lock

    def ask(self, body: bytes) -> bytes:
        """Send a chat completion; returns the body of the reply.

        Raises:
            ModelFailure: refused address, nobody there, too late, too long, or no success.
        """
        with self._lock:
            self._late = False
        try:
            headers = self._headers()
            with self._connected() as connection:
                reply = _exchange(connection, self._path(), body, headers)
        except TimeoutError as error:
            raise ModelFailure(Dropped.TIMEOUT) from error
        except (OSError, http.client.HTTPException) as error:
            reason = Dropped.TIMEOUT if self._late else Dropped.UNREACHABLE
            raise ModelFailure(reason) from error
        if self._late:  # what came is cut short
            raise ModelFailure(Dropped.TIMEOUT)
        return reply

    def abort(self) -> None:
        """End the request under way and take no other."""
        with self._lock:
            self._aborted = True
        self._cut()

    def _path(self) -> str:
        return urlsplit(self._settings.url).path.rstrip("/") + PATH

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if self._settings.api_key_file:
            try:
                key = Path(self._settings.api_key_file).read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ModelFailure(Dropped.MISCONFIGURED) from error
            if not key.isprintable() or not key:
                raise ModelFailure(Dropped.MISCONFIGURED)
            headers["Authorization"] = f"Bearer {key}"
        return headers

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        parts = urlsplit(self._settings.url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        address = self._judged(host, port)
        limit_s = self._settings.timeout_seconds
        connection = http.client.HTTPConnection(host, port, timeout=limit_s)
        alarm = threading.Timer(limit_s, self._expire)
        alarm.daemon = True
        alarm.start()
        try:
            plain = socket.create_connection(address, timeout=limit_s)
            self._hold(plain)
            connection.sock = self._secured(plain, host) if secure else plain
            self._hold(connection.sock)
            yield connection
        finally:
            alarm.cancel()
            with self._lock:
                self._socket = None
            connection.close()

    def _judged(self, host: str, port: int) -> tuple[str, int]:
        """The address to connect to, after all that the name stands for were judged."""
        try:
            found = self._resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise ModelFailure(Dropped.UNREACHABLE) from error
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not all(is_private(one) for one in addresses):
            raise ModelFailure(Dropped.ADDRESS_REFUSED)
        return addresses[0], port

    def _secured(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        try:
            context = ssl.create_default_context(cafile=self._settings.ca_file or None)
            secured = context.wrap_socket(
                plain, server_hostname=host, do_handshake_on_connect=False
            )
        except BaseException as error:  # whatever it is: no socket stays open; raised on
            plain.close()
            if isinstance(error, FileNotFoundError):
                raise ModelFailure(Dropped.MISCONFIGURED) from error
            raise
        self._hold(secured)
        secured.do_handshake()
        return secured

    def _hold(self, held: socket.socket) -> None:
        with self._lock:
            self._socket = held
            if self._aborted or self._late:
                held.close()
                raise ModelFailure(Dropped.TIMEOUT)

    def _expire(self) -> None:
        with self._lock:
            self._late = True
        self._cut()

    def _cut(self) -> None:
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):  # it is closed already
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _exchange(
    connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]
) -> bytes:
    connection.request("POST", path, body=body, headers=headers)
    response = connection.getresponse()
    try:
        if 300 <= response.status < 400:
            raise ModelFailure(Dropped.REDIRECT)
        if response.status != http.client.OK:
            raise ModelFailure(Dropped.HTTP_ERROR)
        if response.length is not None and response.length > REPLY_BYTES_MAX:
            raise ModelFailure(Dropped.TOO_LONG)
        reply = response.read(REPLY_BYTES_MAX + 1)
        if len(reply) > REPLY_BYTES_MAX:
            raise ModelFailure(Dropped.TOO_LONG)
        return reply
    finally:
        response.close()
