"""The peer of ``benchmarks.pages``: Debian's nginx, which serves the same built files compressed.

It has no centre behind it, so the only page it can show is the one that says "no such page": the
same frame and library with nothing in it. That is the least a page of this build can take here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

PATH = "/no-such-page"
_CONFIG = """daemon off;
{user}pid {folder}/nginx.pid;
worker_processes 1;
events {{}}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  sendfile on;
  tcp_nopush on;
  gzip on;
  gzip_comp_level 6;
  gzip_types text/css application/javascript image/svg+xml;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {dist};
    location /assets/ {{ add_header Cache-Control "public, max-age=31536000, immutable"; }}
    location / {{ try_files $uri /index.html; add_header Cache-Control no-cache; }}
  }}
}}
"""


@contextlib.asynccontextmanager
async def nginx(dist: Path, folder: Path) -> AsyncIterator[str]:
    """Its address while it runs; both folders by their whole paths.

    Raises:
        SystemExit: there is no nginx, or it does not answer.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SystemExit("the peer is missing: install Debian's nginx-light")
    port = _free_port()
    user = "user root;\n" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, dist=dist, user=user))
    process = await asyncio.create_subprocess_exec(
        program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await _answers(address)
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def _answers(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(address)).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise SystemExit("nginx does not answer")
