"""Stands between a client and the centre: passes WHIP on, keeps what was said, serves the pages.

So that the tests know when a client asked, what it offered and what it was answered, without
asking the client. It keeps the Host header, so addresses in answers lead through it again.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

PAGES = Path(__file__).with_name("pages")
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mp4": "video/mp4"}
_TYPES[".webm"] = "video/webm"
_HOP = {"connection", "transfer-encoding", "keep-alive", "server", "date", "content-length"}


@dataclass(frozen=True)
class Said:
    """One request and its answer."""

    at_us: int  # when it arrived
    method: str
    path: str
    headers: Mapping[str, str]  # of the request, names in lower case
    body: str
    status: int
    answer: str


class Front:
    """A context manager; ``said`` and ``reports`` grow while it is open."""

    def __init__(self, port: int) -> None:
        self._port = port  # the centre's
        self.said: list[Said] = []
        self.reports: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.files: dict[str, Path] = {}  # what is served besides the pages
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Front:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def of(self, source: str, method: str) -> list[Said]:
        """What was said about a source by one method."""
        return [s for s in self.said if s.path.split("/")[2] == source and s.method == method]

    def forward(self, request: BaseHTTPRequestHandler) -> None:
        """Pass a request on, and the answer back."""
        at_us = time.time_ns() // 1000
        length = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(length)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request(request.command, request.path, body, headers)
            reply = connection.getresponse()
            answer = reply.read()
        finally:
            connection.close()
        lowered = {k.lower(): v for k, v in request.headers.items()}
        self.said.append(
            Said(
                at_us,
                request.command,
                request.path,
                lowered,
                body.decode(errors="replace"),
                reply.status,
                answer.decode(errors="replace"),
            )
        )
        kept = [(k, v) for k, v in reply.getheaders() if k.lower() not in _HOP]
        _send(request, reply.status, kept, answer)

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """A page, or a file of ``files``."""
        name = request.path.partition("?")[0].lstrip("/")
        path = self.files.get(name) or PAGES / Path(name).name
        if not path.is_file():
            _send(request, 404, [], b"")
            return
        kind = _TYPES.get(path.suffix, "application/octet-stream")
        _send(request, 200, [("Content-Type", kind)], path.read_bytes())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _whip(self) -> None:
                front.forward(self)

            do_PATCH = do_DELETE = do_OPTIONS = _whip

            def do_GET(self) -> None:
                if self.path.startswith("/whip/"):
                    front.forward(self)
                else:
                    front.serve(self)

            def do_POST(self) -> None:
                if self.path.startswith("/whip/"):
                    front.forward(self)
                    return
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                front.reports[self.path.rpartition("/")[2]].append(json.loads(data))
                _send(self, 200, [], b"")

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nothing on standard error."""

        return Handler


def _send(
    request: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    request.send_response(status)
    for name, value in headers:
        request.send_header(name, value)
    if status != 204:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
