"""How the built pages are sent: compressed, kept by browsers, and nothing from beside them."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from command_centre.api import static

_SCRIPT = b"export const words = '\xe5\xaf\xb9\xe8\xb4\xa8'\n" * 200
_PAGE = b"<!doctype html><title>Duizhi</title>"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_bytes(b"not for the web")
    found = tmp_path / "dist"
    (found / "assets").mkdir(parents=True)
    (found / "index.html").write_bytes(_PAGE)
    (found / "assets" / "page-abc.js").write_bytes(_SCRIPT)
    (found / "assets" / "small-abc.js").write_bytes(b"export {}")
    (found / "assets" / "map-abc.png").write_bytes(b"\x89PNG" + bytes(4000))
    return found


def _client(dist: Path) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=static.routes(dist)))
    client = httpx.AsyncClient(transport=transport, base_url="http://centre")
    client.headers["Accept-Encoding"] = ""
    return client


@pytest.fixture
async def client(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(dist) as started:
        yield started


async def test_a_script_goes_compressed_to_who_takes_it(client: httpx.AsyncClient) -> None:
    async with client.stream(
        "GET", "/assets/page-abc.js", headers={"Accept-Encoding": "br, gzip;q=0.8"}
    ) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert len(sent) == int(answer.headers["content-length"]) < len(_SCRIPT) // 5
    assert gzip.decompress(sent) == _SCRIPT
    assert "javascript" in answer.headers["content-type"]


@pytest.mark.parametrize("said", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "x-gzip2"])
async def test_a_script_goes_whole_to_who_does_not(client: httpx.AsyncClient, said: str) -> None:
    answer = await client.get("/assets/page-abc.js", headers={"Accept-Encoding": said})
    assert "content-encoding" not in answer.headers
    assert answer.content == _SCRIPT
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["map-abc.png", "small-abc.js"])
async def test_what_gains_nothing_is_not_compressed(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/assets/{name}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


async def test_other_spellings_of_a_path_are_not_kept(
    client: httpx.AsyncClient, dist: Path
) -> None:
    path = "/assets//page-abc.js"
    assert (await client.get(path)).headers["cache-control"] == "no-cache"
    (dist / "assets" / "page-abc.js").unlink()
    assert (await client.get(path)).status_code == 404


async def test_browsers_keep_what_is_named_by_its_hash(
    client: httpx.AsyncClient, dist: Path
) -> None:
    first = await client.get("/assets/page-abc.js")
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    (dist / "assets" / "page-abc.js").unlink()  # kept: a page that is open still asks for it
    assert (await client.get("/assets/page-abc.js")).content == _SCRIPT


async def test_the_page_is_asked_for_again_and_sent_only_when_it_changed(
    client: httpx.AsyncClient, dist: Path
) -> None:
    first = await client.get("/cases/one")
    assert (first.content, first.headers["cache-control"]) == (_PAGE, "no-cache")
    tag = first.headers["etag"]
    again = await client.get("/wall/two", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    (dist / "index.html").write_bytes(_PAGE + b"new")
    changed = await client.get("/wall/two", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.content) == (200, _PAGE + b"new")


@pytest.mark.parametrize("path", ["/%2e%2e/secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt"])
async def test_nothing_from_beside_the_pages(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert b"not for the web" not in answer.content


async def test_a_way_round_through_assets_is_not_kept_for_a_year(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/%2e%2e/index.html")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == _PAGE


@pytest.mark.parametrize("path", ["/assets/no.js", "/api/none", "/ws/none", "/favicon.ico"])
async def test_what_is_not_there_is_not_the_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_without_built_pages_it_says_how_to_build_them(tmp_path: Path) -> None:
    async with _client(tmp_path) as client:
        answer = await client.get("/cases")
    assert answer.status_code == 503
    assert "npm run build" in answer.text
