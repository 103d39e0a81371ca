"""The web application: files of ``web/dist``, and its one page for every address of its own."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from command_centre.api.problems import problem

_IMMUTABLE = "public, max-age=31536000, immutable"
_SERVICES = ("api", "ws", "whip")

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Duizhi</title>
<h1>Duizhi 对质</h1>
<p>The centre is running. The web application has not been built yet.</p>
<p>Run <code>make web</code> in the repository (or <code>npm ci &amp;&amp; npm run build</code>
in <code>web/</code>), then load this page again.</p>
<p>网页尚未构建。请在代码库中运行 <code>make web</code>，然后刷新本页。</p>
"""


def route(dist: Path) -> Route:
    """Everything that no other route has taken."""
    root = dist.resolve()

    async def serve(request: Request) -> Response:
        path = request.path_params["path"]
        if path.partition("/")[0] in _SERVICES:
            return problem("not_found", "there is nothing at this address")
        file = await asyncio.to_thread(_find, root, path)
        if file is not None:
            hashed = file.parent.name == "assets"
            return FileResponse(
                file,
                media_type=mimetypes.guess_type(file.name)[0],
                headers={"Cache-Control": _IMMUTABLE if hashed else "no-cache"},
            )
        if "." in path.rpartition("/")[2]:
            return problem("not_found", "there is no such file")
        return Response(_NOT_BUILT, status_code=503, media_type="text/html; charset=utf-8")

    return Route("/{path:path}", serve, methods=["GET"])


def _find(root: Path, path: str) -> Path | None:
    """The file at a path, the application's page for its own addresses, else None."""
    file = (root / path).resolve()
    if file.is_relative_to(root) and file.is_file():
        return file
    page = root / "index.html"
    is_address = "." not in path.rpartition("/")[2]
    return page if is_address and page.is_file() else None
