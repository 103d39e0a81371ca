"""Chromium and Firefox as publishers: a page of ours in a browser of theirs.

Chromium is driven by Playwright; Debian's Firefox cannot be, so it is started with a page and
a profile, and everything it has to say comes as reports of the page.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

from tests.browser.browser import browser

_PREFERENCES = {
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "extensions.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.prefetch-next": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "http://127.0.0.1:9",
    "media.gmp-manager.url": "http://127.0.0.1:9",
    "media.gmp-manager.updateEnabled": False,
    "browser.region.network.url": "",
    "browser.topsites.contile.enabled": False,
    "dom.push.connection.enabled": False,
}


def address(port: int, **query: str | int | float) -> str:
    """The page that publishes."""
    return f"http://127.0.0.1:{port}/publish.html?{urlencode(query)}"


@contextlib.asynccontextmanager
async def chromium(url: str) -> AsyncIterator[None]:
    """The page in Chromium while the context is open."""
    async with browser(width=1280, height=720) as context:
        page = await context.new_page()
        await page.goto(url)
        yield
        await page.close()


@contextlib.contextmanager
def firefox(url: str, scratch: Path) -> Iterator[None]:
    """The page in Firefox while the context is open."""
    profile = scratch / "firefox"
    profile.mkdir(exist_ok=True)
    (profile / "user.js").write_text(profile_lines())
    home = scratch / "firefox-home"
    home.mkdir(exist_ok=True)
    log = (scratch / "firefox.log").open("wb")
    process = subprocess.Popen(
        [*("firefox-esr", "--headless", "--no-remote", "--profile", str(profile)), url],
        stdout=log,
        stderr=log,
        env={**os.environ, "HOME": str(home), "MOZ_CRASHREPORTER_DISABLE": "1"},
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait(10)
        log.close()


def profile_lines() -> str:
    """The ``user.js`` of a profile that plays without being asked and calls nobody."""
    return "".join(f'user_pref("{name}", {_js(value)});\n' for name, value in _PREFERENCES.items())


def _js(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
