"""Other people's WHIP clients against the whole installation.

Every client is started as its user would start it and publishes until two protected seconds lie
in the store. Then the recording is decoded by ffmpeg without a complaint, and in the end all
recordings are played by Chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.browser import browser
from tests.interop import browsers
from tests.interop.clients import CLIENTS, GROUPS, LARGE, Client, started
from tests.interop.conftest import Place
from tests.interop.recorded import bodies, probe, protected_s, recorded

pytestmark = [pytest.mark.interop, pytest.mark.e2e]

_SECONDS = 2.0
_LIMIT_S = 45.0


@contextlib.asynccontextmanager
async def publishing(client: Client, place: Place, **query: int | float) -> AsyncIterator[None]:
    """The client while the context is open."""
    if not client.page:
        with started(client, place, place.scratch / f"{client.name}.log"):
            yield
        return
    source, codec = client.name, client.video
    token = place.tokens[source].read_text()
    width, height = client.size
    url = browsers.address(
        place.front.port,
        source=source,
        codec=codec,
        token=token,
        width=width,
        height=height,
        **{"whip": place.whip(source).replace("127.0.0.1", "localhost"), **query},
    )
    if client.needs == ("chromium",):
        async with browsers.chromium(url):
            yield
    else:
        with browsers.firefox(url, place.scratch):
            yield


async def until(condition: Callable[[], object], what: Callable[[], object]) -> None:
    """Wait for a condition; says what there was when it did not come true."""
    deadline = time.monotonic() + _LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.2)


def seen(place: Place, client: Client) -> Callable[[], object]:
    """What helps when a client did not get through."""

    def look() -> object:
        log = place.scratch / f"{client.name}.log"
        asked = [
            (s.method, s.status, s.answer[:200]) for s in place.front.said if client.name in s.path
        ]
        text = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        return asked, place.front.reports[client.name][-3:], text

    return look


@pytest.mark.parametrize("group", GROUPS)
async def test_is_recorded_and_decodes(
    group: str, place: Place, publisher_script: Path, request: pytest.FixtureRequest
) -> None:
    clients = [CLIENTS[name] for name in GROUPS[group]]
    missing = [c for client in clients for c in client.needs if shutil.which(c) is None]
    assert not missing, f"set-up did not install {missing}"
    if any(client.relay for client in clients):
        request.getfixturevalue("turn")
    await asyncio.gather(*(check(client, place) for client in clients))


async def check(client: Client, place: Place) -> None:
    """Publish with one client, then look at what was recorded."""
    name = client.name
    # An attempt that was held up by the machine leaves its traces; a second one counts its own.
    offered, patched = (len(place.front.of(name, method)) for method in ("POST", "PATCH"))
    said = len(place.front.reports[name])
    epochs = max((body["epoch"] for _, body in bodies(place.store, name, "media.init")), default=0)
    # Few pictures: a browser that has no core left for its ICE checks gives the connection up.
    async with publishing(client, place, **({"restart": 1, "fps": 10} if client.restarts else {})):
        if client.restarts:
            await until(lambda: place.front.of(name, "PATCH")[patched:], seen(place, client))
        seconds = protected_s(place.store, name) + _SECONDS
        await until(lambda: protected_s(place.store, name) >= seconds, seen(place, client))
    result = recorded(place.store, name, place.scratch / name)
    probed = await probe(result.file)
    # What an attempt before left is still live for a moment, and keeps the source.
    offers = itertools.dropwhile(lambda s: s.status == 409, place.front.of(name, "POST")[offered:])
    offer, *again = offers
    # Firefox gives a connection up when a busy machine keeps its ICE checks from it, and says so.
    lost = [one for one in place.front.reports[name][said:] if one.get("code") == "media_lost"]
    assert len(again) <= (len(lost) if client.name.startswith("firefox") else 0)
    connect_s = (result.origin_us - offer.at_us) / 1_000_000
    place.results[name] = (result, probed, connect_s)
    size = f"{probed.width}x{probed.height}"
    print(
        f"\n{client.what}: {probed.video} {probed.profile} {size} + {probed.audio}, first "
        f"frame {connect_s:.2f} s after the offer, {result.lost} packets lost"
    )
    assert offer.status == 201
    assert (probed.video, probed.audio) == (client.video, "opus")
    assert probed.profile == client.profile or not client.profile
    assert (probed.width, probed.height) == client.size
    assert probed.complaints == ""
    if client.restarts:  # the page's publisher heard that the network is back
        patches = place.front.of(name, "PATCH")[patched:]
        assert (patches[0].status, patches[0].headers["if-match"]) == (200, '"*"')
        assert {one.status for one in patches} <= {200, 204}
        assert epochs < result.epochs <= epochs + 1 + len(again)
        # The change of network tears no hole. A busy machine may keep the page from drawing and
        # sending: that is one, which the recorder puts down to the publisher.
        gaps = [body for _, body in bodies(place.store, name, "media.gap")]
        declared = [gap for gap in gaps if gap["start_us"] >= offer.at_us]
        assert len([gap for gap in declared if gap["cause"] != "publisher"]) <= len(again)


async def test_all_of_them_play_in_chromium(place: Place) -> None:
    """Every picture of the file, by the clock: no error, and as far as ffmpeg says it goes."""
    assert place.results, "nothing was recorded: run the whole file"
    async with browser(width=800, height=600) as context:
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{place.front.port}/play.html")
        for name, (result, probed, _) in place.results.items():
            served = f"{name}{result.file.suffix}"
            place.front.files[served] = result.file
            # A machine that is busy elsewhere lets a browser send few pictures in these seconds.
            pictures = min(6, probed.pictures)
            played = await page.evaluate(_PLAY, [f"/{served}", 1.0, pictures])
            assert played["error"] is None, (name, played)
            assert played["at"] >= 1.0, (name, played)
            assert played["frames"] >= pictures > 1, (name, played)


_PLAY = """([url, until_s, pictures]) => new Promise((done) => {
  const player = document.getElementById('player')
  const end = (error) => {
    clearInterval(timer)
    clearTimeout(limit)
    done({ error, at: player.currentTime - start,
           frames: player.getVideoPlaybackQuality().totalVideoFrames })
  }
  let start = 0
  player.onplaying = () => { start = start || player.currentTime }
  player.onerror = () => end(player.error?.message ?? 'error')
  const shown = () => player.getVideoPlaybackQuality().totalVideoFrames >= pictures
  const timer = setInterval(() => player.currentTime - start >= until_s && shown() && end(null), 50)
  player.onended = () => end(null)
  const limit = setTimeout(() => end('too slow'), 60000)
  player.src = url
  player.playbackRate = 2
  player.play().catch((error) => end(String(error)))
})"""


@pytest.mark.parametrize("name", LARGE)
async def test_a_browser_soon_sends_720p_worth_recording(
    name: str, place: Place, publisher_script: Path
) -> None:
    """The figures are printed: how soon is a matter of the machine, that it does is not."""
    client, reports = LARGE[name], place.front.reports[name]
    async with publishing(client, place, fps=30):
        await until(lambda: reached(reports), seen(place, client))
    samples = rates(reports)
    for seconds, bits_per_s, height in samples:
        said = f"{seconds:.1f} s {bits_per_s / 1e6:.2f} Mbit/s {height}p"
        print(f"\n{client.what} {client.video}: {said}", end="")


def rates(reports: list[dict[str, Any]]) -> list[tuple[float, float, int]]:
    """Seconds since it was live, bits a second since the sample before, lines of the picture."""
    live_ms = next((r["ms"] for r in reports if r.get("state") == "live"), None)
    samples = [r for r in reports if r.get("bytes")]
    if live_ms is None:
        return []
    return [
        (
            (late["ms"] - live_ms) / 1000,
            8000 * (late["bytes"] - early["bytes"]) / max(1, late["ms"] - early["ms"]),
            late.get("height") or 0,
        )
        for early, late in itertools.pairwise(samples)
    ]


def reached(reports: list[dict[str, Any]]) -> bool:
    """Whether a good 720p was sent for a second (below the 2 Mbit/s wished: machines are busy)."""
    return any(bits > 1.5e6 and height == 720 for _, bits, height in rates(reports))


def test_the_offers_are_kept_for_who_wants_to_look(place: Place) -> None:
    """test-results/interop holds what each client offered and was answered."""
    target = Path("test-results") / "interop"
    target.mkdir(parents=True, exist_ok=True)
    for name in CLIENTS:
        for said in place.front.of(name, "POST")[:1]:
            (target / f"{name}.offer.sdp").write_text(said.body, newline="")
            (target / f"{name}.answer.sdp").write_text(said.answer, newline="")
    table = {
        name: {
            "video": probed.video,
            "size": f"{probed.width}x{probed.height}",
            "connect_s": round(connect_s, 2),
            "lost": result.lost,
        }
        for name, (result, probed, connect_s) in place.results.items()
    }
    (target / "table.json").write_text(json.dumps(table, indent=1))
    assert sorted(table) == sorted(place.results)
