"""A language model's server for tests: real HTTP on 127.0.0.1, answering as it is told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Given the data of the request, what the model writes.
Writes = Callable[[dict[str, Any]], str]


class ModelServer(ThreadingHTTPServer):
    """``writes`` is what the model says; the rest makes the server misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.writes: Writes = lambda _data: json.dumps({"differ": False})
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None  # instead of a completion
        self.choice: dict[str, Any] = {}  # put over the choice
        self.silent_s = 0.0
        self.trickle_s = 0.0  # between bytes of the body
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        """One chat completion."""
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.requests.append(request)
        server.paths.append(self.path)
        server.authorizations.append(self.headers["Authorization"])
        time.sleep(server.silent_s)
        body = server.body
        if body is None:
            written = server.writes(json.loads(request["messages"][1]["content"]))
            message = {"role": "assistant", "content": written}
            choice = {"index": 0, "message": message, "finish_reason": "stop", **server.choice}
            body = json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
        with contextlib.suppress(OSError):  # the client has given up
            self.send_response(server.status)
            for name, value in {"Content-Length": str(len(body)), **server.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if not server.trickle_s:
                self.wfile.write(body)
            for byte in body if server.trickle_s else b"":
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(server.trickle_s)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def model_server() -> Iterator[ModelServer]:
    """One that runs until the end of the block."""
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


def differ(data: dict[str, Any], **instead: Any) -> str:
    """What a model writes that quotes both answers whole."""
    verdict = {
        "differ": True,
        "slot": data["slots"][0],
        "quote_a": data["a"]["answer"],
        "quote_b": data["b"]["answer"],
    }
    return json.dumps({**verdict, **instead}, ensure_ascii=False)
