"""A phone on the device page: Debian's Chromium with drawn cameras, a microphone and a position.

``cut`` takes the network away as far as a browser can: HTTP through the context, media by ending
the page's own peer connections, which is what the page sees when packets stop coming back.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, async_playwright

from tests.browser.browser import CHROMIUM, QUIET
from tests.e2e.installation import Installation, until

#: Waits are for conditions, and long enough for a machine with other work.
PATIENCE_S = 60.0

#: For a context: `cutMedia()` ends its pages' media, as a network that goes away does.
CUT = """
const Peer = window.RTCPeerConnection
const peers = []
window.RTCPeerConnection = class extends Peer {
    constructor(...given) { super(...given); peers.push(this) }
}
window.cutMedia = () => {
    for (const peer of peers.splice(0)) {
        if (peer.connectionState === 'closed') continue
        peer.close()
        peer.dispatchEvent(new Event('connectionstatechange'))
    }
}
"""


@contextlib.asynccontextmanager
async def phone(*, locale: str = "zh-CN") -> AsyncIterator[BrowserContext]:
    """A browser the size of a phone; what its pages store lives as long as it does."""
    arguments = [
        *QUIET,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream=device-count=2",
    ]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            context = await chromium.new_context(
                locale=locale,
                viewport={"width": 390, "height": 844},
                has_touch=True,
                ignore_https_errors=True,  # a phone has the centre's authority installed
                geolocation={"latitude": 34.5, "longitude": 108.9, "accuracy": 8},
                permissions=["geolocation"],
            )
            await context.add_init_script(f"localStorage.setItem('duizhi.locale', '{locale}')")
            await context.add_init_script(CUT)
            context.set_default_timeout(PATIENCE_S * 1000)
            yield context
        finally:
            await chromium.close()


@dataclass
class DevicePage:
    """The page, and what it says of itself."""

    page: Page
    address: str

    @classmethod
    async def opened(cls, context: BrowserContext, address: str, fragment: str = "") -> DevicePage:
        """Open the page, with the fragment of a QR code or without one."""
        page = await context.new_page()
        await page.goto(f"{address}/device{fragment}")
        return cls(page, address)

    async def ready(self) -> None:
        """Wait until the phone has joined."""
        await self.page.locator('[data-phase="ready"]').wait_for()

    async def start(self) -> None:
        """Record, and wait until the centre says that it does."""
        await self.page.get_by_test_id("device-start").click()
        await self.stands("recording")

    async def stands(self, state: str) -> None:
        """Wait until the page says this of the recording."""
        band = self.page.get_by_test_id("device-recording")

        async def said() -> bool:
            return await band.get_attribute("data-stand") == state

        await until(said, PATIENCE_S)

    async def counts(self) -> tuple[int, int, int]:
        """Parts owed to the centre, kept until it is known, refused."""
        line = self.page.get_by_test_id("device-owed")
        names = ("data-parts", "data-kept", "data-refused")
        owed, kept, refused = [int(await line.get_attribute(name) or 0) for name in names]
        return owed, kept, refused

    async def source(self) -> str:
        """Which source this phone is."""
        stored = "JSON.parse(localStorage.getItem('duizhi.device.sources')).at(-1).source"
        return str(await self.page.evaluate(stored))

    async def hold(self, test_id: str) -> None:
        """Hold a button for longer than a second."""
        box = await self.page.get_by_test_id(test_id).bounding_box()
        assert box is not None
        await self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await self.page.mouse.down()
        await self.page.wait_for_timeout(1_300)
        await self.page.mouse.up()

    async def cut(self) -> None:
        """Take the network away."""
        await self.page.context.set_offline(True)
        await self.page.evaluate("cutMedia()")

    async def back(self) -> None:
        """Give it back."""
        await self.page.context.set_offline(False)


def https_address(installation: Installation) -> str:
    """Where a phone finds the centre: a page is given the camera over HTTPS only."""
    return f"https://localhost:{installation.store.settings.centre.https_port}"


async def invited(installation: Installation) -> str:
    """The fragment of a fresh QR code."""
    async with installation.desk("lin") as lin:
        made = await lin.post(f"/api/cases/{installation.store.case}/devices/join-codes", {})
    return f"#{urlsplit(made['url']).fragment}"
