"""The web application: files of ``web/dist``, and its one page for every address of its own.

Files whose names hold their hash (``assets/``) are read once and kept in memory, compressed where
the browser takes that: they are a few megabytes, and a page asks for some thirty of them at once.
Browsers keep these for a year. The page itself and what else lies beside it may change under the
same name, so these are read again each time and answered with "not modified" where nothing did.

Only files that anybody may read pass through here, so compressing them tells nobody anything.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.api.problems import problem

_IMMUTABLE = "public, max-age=31536000, immutable"
_SERVICES = ("api", "ws", "whip")
_HASHED = "assets"
#: The most: a file is compressed once and sent many times.
GZIP_LEVEL = 9
#: Smaller than this a file fits into one packet anyway.
_LEAST_BYTES = 1_000
_TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml")

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Duizhi</title>
<h1>Duizhi 对质</h1>
<p>The centre is running. The web application has not been built yet.</p>
<p>Run <code>make web</code> in the repository (or <code>npm ci &amp;&amp; npm run build</code>
in <code>web/</code>), then load this page again.</p>
<p>网页尚未构建。请在代码库中运行 <code>make web</code>，然后刷新本页。</p>
"""


@dataclass(frozen=True)
class _File:
    """One file as it is sent."""

    whole: bytes
    packed: bytes | None  # under gzip; None: not smaller by it, or no text
    media_type: str
    tag: str
    hashed: bool

    def response(self, request: Request) -> Response:
        """The answer to one request."""
        headers = {
            "Cache-Control": _IMMUTABLE if self.hashed else "no-cache",
            "ETag": self.tag,
            "Vary": "Accept-Encoding",
        }
        if self.tag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        body = self.whole
        if self.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
            body = self.packed
            headers["Content-Encoding"] = "gzip"
        return Response(body, media_type=self.media_type, headers=headers)


def routes(dist: Path) -> tuple[Route, Route]:
    """What lies in ``assets/``; and everything that no other route has taken."""
    root = dist.resolve()
    kept: dict[str, _File] = {}  # by path; those of hashed names only

    async def asset(request: Request) -> Response:
        return await answer(request, f"{_HASHED}/{request.path_params['name']}")

    async def serve(request: Request) -> Response:
        return await answer(request, request.path_params["path"])

    async def answer(request: Request, path: str) -> Response:
        if path.partition("/")[0] in _SERVICES:
            return problem("not_found", "there is nothing at this address")
        file = kept.get(path) or await asyncio.to_thread(_read, root, path)
        if file is not None:
            if file.hashed:
                kept[path] = file
            return file.response(request)
        if "." in path.rpartition("/")[2]:
            return problem("not_found", "there is no such file")
        return Response(_NOT_BUILT, status_code=503, media_type="text/html; charset=utf-8")

    return (
        Route(f"/{_HASHED}/{{name}}", asset, methods=["GET"]),
        Route("/{path:path}", serve, methods=["GET"]),
    )


def _read(root: Path, path: str) -> _File | None:
    """The file at a path, the application's page for its own addresses, else None."""
    file = _find(root, path)
    if file is None:
        return None
    whole = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    packed = None
    if media_type.startswith(_TEXTS) and len(whole) >= _LEAST_BYTES:
        packed = gzip.compress(whole, GZIP_LEVEL, mtime=0)
    tag = f'W/"{hashlib.sha256(whole).hexdigest()[:32]}"'  # weak: two encodings, one text
    # other spellings of the same path are found, but not kept: there is no end of them
    hashed = path == f"{_HASHED}/{file.name}"
    return _File(whole, packed, media_type, tag, hashed)


def _find(root: Path, path: str) -> Path | None:
    file = (root / path).resolve()
    if file.is_relative_to(root) and file.is_file():
        return file
    page = root / "index.html"
    is_address = "." not in path.rpartition("/")[2]
    return page if is_address and page.is_file() else None


def _tags(header: str) -> list[str]:
    return [one.strip() for one in header.split(",")]


def _takes_gzip(header: str) -> bool:
    """Whether ``Accept-Encoding`` (RFC 9110, 12.5.3) names gzip and does not refuse it."""
    for one in header.split(","):
        name, _, weight = one.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
