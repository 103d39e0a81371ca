"""Pictures of every page, both languages, desktop and phone, light and dark: ``make screenshots``.

Starts an installation with the demo's four sources, asks a question, and photographs what people
see. Look at what it made; nothing here judges it. ``test_bundles.py`` holds ``SCREENS`` against the
routes. Names given on the command line make those pages only; ``GROUPS`` are states that somebody
has to walk to, each in a module of its own (``set-up`` is the assistant of a fresh centre). A page
that cannot be photographed does not keep the others from it; it and those that throw are named at
the end, with status 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect
from playwright.async_api import Error as PlaywrightError

from command_centre import demo_before, demo_fill, demo_papers
from command_centre.demo_detector import feed_readings
from command_centre.demo_store import CLIPS, DETECTOR, read_story
from tests.browser.browser import Errors, browser, sign_in
from tests.browser.call_pictures import calls_photographed
from tests.browser.dialog_pictures import dialogs_photographed
from tests.browser.difference_pictures import differences_photographed
from tests.browser.key_pictures import keys_photographed
from tests.browser.pictures import LANGUAGES, SIZES, THEMES
from tests.browser.record_pictures import findings_photographed, record_photographed
from tests.browser.set_up_pictures import set_up_photographed
from tests.browser.sign_in_pictures import sign_in_photographed
from tests.e2e.installation import Installation, running

#: Pages that have to be walked to; each is given an empty folder and where the pictures go.
GROUPS: dict[str, Callable[[Path, Path], Awaitable[None]]] = {
    "set-up": set_up_photographed,
    "sign-in": sign_in_photographed,
    "dialogs": dialogs_photographed,
    "tones": differences_photographed,
    "keys": keys_photographed,
    "signing": record_photographed,
    "findings": findings_photographed,
    "calls": calls_photographed,
}
PHOTOGRAPHED = ("desktop", "phone")
PROMPT = "核实危险作业由谁安排"
#: What the demo's rooms have said by then: both answers about who arranged the work.
SPEAK_S = 58.0


@dataclass(frozen=True)
class Screen:
    """A page to photograph."""

    name: str
    route: str  # as in web/src/pages.ts
    account: str = "lin"  # empty: nobody logged in
    query: str = ""
    after: bool = False  # once the sessions are closed
    press: tuple[str, ...] = ()  # test ids pressed before the picture
    hold: str = ""  # a test id held for longer than a second


SCREENS = (
    Screen("login", "/login", account="", after=True),
    Screen("invitation", "/invitation", account="", query="#code=none"),
    Screen("cases", "/cases"),
    Screen("cases-new", "/cases", press=("case-create",)),
    Screen("cases-filter", "/cases", press=("list-cases-filters",)),
    Screen("cases-day", "/cases", press=("case-create", "day-open")),
    Screen("palette", "/cases", press=("search-open",)),
    Screen("case", "/cases/:case"),
    Screen("case-points", "/cases/:case", query="?part=points"),
    Screen("case-people", "/cases/:case", query="?part=people"),
    Screen("case-rooms", "/cases/:case", query="?part=rooms"),
    Screen("case-evidence", "/cases/:case", query="?part=evidence"),
    Screen("case-documents", "/cases/:case", query="?part=documents"),
    Screen("case-stated", "/cases/:case/stated"),
    Screen("case-stated-fact", "/cases/:case/stated", press=("fact-add",)),
    Screen("case-stated-log", "/cases/:case/stated", press=("log-add",)),
    Screen("case-audit", "/cases/:case", query="?part=audit"),
    Screen("case-close", "/cases/:case", press=("case-more", "case-close")),
    Screen("case-task", "/cases/:case", press=("task-add",)),
    Screen("case-task-day", "/cases/:case", press=("task-add", "day-open")),
    Screen("case-member-remove", "/cases/:case", query="?part=people", press=("member-remove",)),
    Screen(
        "case-room-back",
        "/cases/:case",
        query="?part=rooms",
        after=True,
        press=("room-back-room1",),
    ),
    Screen(
        "case-seat",
        "/cases/:case",
        query="?part=rooms",
        after=True,
        press=("seat-person-room1",),
    ),
    Screen("case-officers", "/cases/:case", query="?part=rooms", press=("seat-officers-room1",)),
    Screen("case-person-seat", "/cases/:case", query="?part=people", press=("person-seat-zhao",)),
    Screen("case-person-edit", "/cases/:case", query="?part=people", press=("person-edit-zhao",)),
    Screen("case-point-edit", "/cases/:case", press=("point-edit-p1",)),
    Screen("case-phone", "/cases/:case", query="?part=rooms", press=("phone-add", "phone-make")),
    Screen("differences", "/cases/:case/differences/:difference?"),
    Screen(
        "moment", "/cases/:case/moment", query="?session={session}&room=room1&t={t_us}", after=True
    ),
    Screen(
        "moment-clip",
        "/cases/:case/moment",
        query="?session={session}&room=room1&t={t_us}",
        after=True,
        press=("keep-clip",),
    ),
    Screen("exhibits", "/cases/:case/exhibits"),
    Screen("exhibit-change", "/cases/:case/exhibits", press=("exhibit-change",)),
    Screen("exhibit-screen", "/exhibit/:room", account="wu"),
    Screen("words", "/cases/:case/words"),
    Screen("review", "/review/:case"),
    Screen("review-events", "/review/:case", press=("review-tab-events",)),
    Screen("search", "/search", query="?q=张某"),
    Screen("search-empty", "/search"),
    Screen("search-nothing", "/search", query="?q=火箭发射"),
    Screen("record", "/cases/:case/record/:session", account="wu"),
    Screen("record-notice", "/cases/:case/record/:session", account="wu", press=("record-notice",)),
    Screen(
        "record-review",
        "/cases/:case/record/:session",
        account="wu",
        press=("record-review-step",),
    ),
    Screen("wall-spotlight", "/wall/:case", press=("mode-spotlight",)),
    Screen("wall-compare", "/wall/:case", press=("mode-compare",)),
    Screen("wall-matrix", "/wall/:case", press=("mode-matrix",)),
    Screen("wall", "/wall/:case", press=("mode-overview",)),  # last: the layout is kept
    Screen("wall-screen", "/wall/:case", query="?screen=tv"),
    Screen("wall-questions", "/wall/:case", press=("prompt-questions",)),
    Screen("wall-prompts", "/wall/:case", press=("prompt-history",)),
    Screen("wall-templates", "/wall/:case", press=("mode-matrix", "templates-open")),
    Screen("wall-call-list", "/wall/:case", press=("mode-overview", "wall-call-list")),
    Screen("wall-alarms", "/wall/:case", press=("alarm-open",)),
    Screen("wall-pause", "/wall/:case", press=("pause-more-room1",)),
    Screen("choose-room", "/room", account="wu"),
    Screen("room", "/room/:room", account="wu"),
    Screen("room-notice", "/room/:room", account="wu", press=("room-notice",)),
    Screen("room-decline", "/room/:room", account="wu", press=("room-decline-why",)),
    Screen("room-record", "/room/:room", account="wu", press=("room-record",)),
    Screen("room-exhibit", "/room/:room", account="wu", press=("room-exhibit",)),
    Screen("room-pause", "/room/:room", account="wu", press=("pause-more-room1",)),
    Screen("room-stop", "/room/:room", account="wu", hold="room-stop"),
    Screen("room-at-rest", "/room/:room", account="wu", after=True),
    Screen("room-officers", "/room/:room", account="wu", press=("room-officers",)),
    Screen("room-attendants", "/room/:room", account="wu", press=("attendants-open",)),
    Screen("room-seat", "/room/:room", account="wu", after=True, press=("check-person-pick",)),
    Screen(
        "room-seat-officers",
        "/room/:room",
        account="wu",
        after=True,
        press=("check-officers-pick",),
    ),
    Screen(
        "room-notice-before",
        "/room/:room",
        account="wu",
        after=True,
        press=("check-notice-open",),
    ),
    Screen(
        "room-screen-size", "/room/:room", account="wu", after=True, press=("check-screen-open",)
    ),
    Screen("room-unmet", "/room/:room", account="wu", after=True, press=("room-start",)),
    Screen("receipt", "/receipt/:session", account="wu", after=True),
    Screen("check-receipt", "/check", account="", after=True),
    Screen("handover", "/handover"),
    Screen("account", "/account"),
    Screen("permissions", "/permissions"),
    Screen("admin", "/admin", account="admin"),
    Screen("admin-accounts", "/admin/accounts", account="admin"),
    Screen("admin-account", "/admin/accounts", account="admin", press=("account-lin",)),
    Screen("admin-account-new", "/admin/accounts", account="admin", press=("account-new",)),
    Screen(
        "admin-account-lock",
        "/admin/accounts",
        account="admin",
        press=("account-lin", "account-lock"),
    ),
    Screen(
        "admin-account-password",
        "/admin/accounts",
        account="admin",
        press=("account-lin", "account-password"),
    ),
    Screen(
        "admin-account-logins",
        "/admin/accounts",
        account="admin",
        press=("account-lin", "account-logins"),
    ),
    Screen("admin-rooms", "/admin/rooms", account="admin"),
    Screen("admin-room", "/admin/rooms", account="admin", press=("list-room-room1",)),
    Screen(
        "admin-room-retire",
        "/admin/rooms",
        account="admin",
        after=True,
        press=("list-room-room1", "room-retire"),
    ),
    Screen(
        "admin-room-free",
        "/admin/rooms",
        account="admin",
        after=True,
        press=("list-room-room1", "room-free"),
    ),
    Screen("admin-sources", "/admin/sources", account="admin"),
    Screen("admin-source-new", "/admin/sources", account="admin", press=("source-new",)),
    Screen(
        "admin-source-pull",
        "/admin/sources",
        account="admin",
        press=("source-room1-camera", "source-pull"),
    ),
    Screen(
        "admin-setting-mirrors",
        "/admin/settings",
        account="admin",
        query="?q=mirrors",
        press=("setting-store.mirrors",),
    ),
    Screen(
        "admin-source-withdraw",
        "/admin/sources",
        account="admin",
        press=("source-room1-camera", "source-withdraw"),
    ),
    Screen("admin-templates", "/admin/templates", account="admin"),
    Screen(
        "admin-notice-versions",
        "/admin/templates",
        account="admin",
        press=("notice-versions-interview",),
    ),
    Screen("admin-notice", "/admin/templates", account="admin", press=("notice-read-interview",)),
    Screen(
        "admin-notice-edit", "/admin/templates", account="admin", press=("notice-edit-interview",)
    ),
    Screen(
        "admin-point-template",
        "/admin/templates",
        account="admin",
        press=("point-template-hot_work",),
    ),
    Screen(
        "admin-point-template-edit",
        "/admin/templates",
        account="admin",
        press=("point-template-hot_work", "point-template-edit", "point-remove", "point-fold-2"),
    ),
    Screen(
        "admin-point-template-new",
        "/admin/templates",
        account="admin",
        press=("point-template-new",),
    ),
    Screen(
        "admin-point-template-withdraw",
        "/admin/templates",
        account="admin",
        press=("point-template-hot_work", "point-template-withdraw"),
    ),
    Screen("admin-wording-new", "/admin/templates", account="admin", press=("wording-new",)),
    Screen("admin-wording", "/admin/templates", account="admin", press=("wording-T.leave",)),
    Screen("admin-question-new", "/admin/templates", account="admin", press=("question-new",)),
    Screen("admin-settings", "/admin/settings", account="admin"),
    Screen(
        "admin-setting",
        "/admin/settings",
        account="admin",
        query="?q=co_warning",
        press=("setting-alarms.co_warning_ppm",),
    ),
    Screen("admin-set-up", "/admin/set-up", account="admin"),
    Screen("admin-roles", "/admin/roles", account="admin"),
    Screen("admin-outside", "/admin/outside", account="admin"),
    Screen("admin-health", "/admin/health", account="admin"),
    Screen("admin-storage", "/admin/storage", account="admin"),
    Screen("admin-log", "/admin/log", account="admin"),
    Screen("admin-keys", "/admin/keys", account="admin"),
    Screen("admin-keys-ask", "/admin/keys", account="admin", press=("rotate-ask-centre",)),
    Screen("admin-models", "/admin/models", account="admin"),
    Screen("device", "/device", account=""),
    Screen("audit-home", "/audit", account="shen", after=True),
    Screen("audit-centre", "/audit/centre", account="shen", after=True),
    Screen("audit-package", "/audit/package", account="shen", after=True),
    Screen("audit", "/audit/:case", account="shen", after=True),
    Screen("audit-jobs", "/audit/:case", account="shen", after=True, press=("jobs-open",)),
    Screen("audit-log", "/audit/:case/log", account="shen", after=True),
    Screen(
        "audit-entry",
        "/audit/:case/log",
        account="shen",
        query="?f.kind=session.close&entry=recorder-1.1",
        after=True,
    ),
    Screen(
        "audit-entry-bytes",
        "/audit/:case/log",
        account="shen",
        query="?entry=recorder-1.1",
        after=True,
        press=("entry-form-hex",),
    ),
    Screen("audit-access", "/audit/:case/access", account="shen", after=True),
    Screen(
        "audit-access-items",
        "/audit/:case/access",
        account="shen",
        after=True,
        press=("access-items",),
    ),
    Screen("nowhere", "/:rest(.*)*"),
)


async def main(target: Path, names: frozenset[str]) -> list[str]:
    """Make the pictures in a folder, of all pages when none is named; returns what went wrong."""
    wrong: list[str] = []
    chosen = [one for one in SCREENS if not names or one.name in names]
    for name, walk in GROUPS.items():
        if names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                await walk(Path(folder), target)
            except (PlaywrightError, AssertionError) as error:
                wrong.append(f"{name}: {str(error).splitlines()[0]}")
    if not chosen:
        return wrong
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder) / "store") as installation:
            await _session(installation, target, chosen, wrong)
    return wrong


async def _session(
    installation: Installation, target: Path, chosen: list[Screen], wrong: list[str]
) -> None:
    store = installation.store
    await demo_fill.fill(store)
    if earlier := await demo_before.happen(store, print):
        await demo_papers.file(store, earlier, print)
    sessions = {}
    async with installation.desk("lin") as desk:
        for room in ("room1", "room2", "site"):
            sessions[room] = await desk.post(f"/api/rooms/{room}/session", {})
        said_us = sessions["room1"]["opened_us"] + 20_000_000
        named = {"session": sessions["room1"]["id"], "t_us": str(said_us)}
        async with contextlib.AsyncExitStack() as stack:
            for source in CLIPS:
                await stack.enter_async_context(installation.publishing(source, start_s=80.0))
            readings = asyncio.create_task(
                feed_readings(
                    store.settings,
                    read_story(),
                    device=DETECTOR,
                    room="site",
                    session=sessions["site"]["id"],
                )
            )
            async with browser(width=1280, height=800) as tablet:
                page = await tablet.new_page()
                await sign_in(page, store.address, store.accounts["wu"])
                await page.goto(f"{store.address}/room/room1")
                await asyncio.sleep(SPEAK_S)
                await _ask(installation)
                await asyncio.sleep(1.5)
                await page.screenshot(path=target / "room-zh-tablet.png")
                now = [one for one in chosen if not one.after]
                await _all(installation, target, now, named, wrong)
                await page.get_by_test_id("room-asked").click()
                await asyncio.sleep(1)
                await page.screenshot(path=target / "room-asked-zh-tablet.png")
            readings.cancel()
        for session in sessions.values():
            await desk.post(f"/api/sessions/{session['id']}/close", {"reason": "演示结束"})
    await _all(installation, target, [one for one in chosen if one.after], named, wrong)


async def _ask(installation: Installation) -> None:
    store = installation.store
    async with browser() as wall_browser:
        page = await wall_browser.new_page()
        await sign_in(page, store.address, store.accounts["lin"])
        await page.goto(f"{store.address}/wall/{store.case}")
        await page.get_by_test_id("prompt-input").fill(PROMPT)
        await page.get_by_test_id("prompt-send").click()
        await asyncio.sleep(1)


async def _all(
    installation: Installation,
    target: Path,
    screens: list[Screen],
    named: dict[str, str],
    wrong: list[str],
) -> None:
    """Each account signs in once for a language and size; themes follow on the same page."""
    store = installation.store
    for language, locale in LANGUAGES.items():
        for size in PHOTOGRAPHED:
            width, height = SIZES[size]
            for account in dict.fromkeys(one.account for one in screens):
                async with browser(locale=locale, width=width, height=height) as context:
                    if account:
                        page = await context.new_page()
                        await sign_in(page, store.address, store.accounts[account])
                        await page.close()
                    for screen in (one for one in screens if one.account == account):
                        name = f"{screen.name}-{language}-{size}"
                        wrong += await _one(installation, context, screen, target, name, named)


async def _one(
    installation: Installation,
    context: BrowserContext,
    screen: Screen,
    target: Path,
    name: str,
    named: dict[str, str],
) -> list[str]:
    """Photograph one page; returns why it could not be, and what it threw."""
    address, page = installation.store.address, await context.new_page()
    errors = Errors(page, address)
    try:
        await page.goto(address + address_of(screen, installation, named))
        await _settled(page, screen)
        for theme in THEMES:
            await page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            await asyncio.sleep(0.4)
            await page.screenshot(path=target / f"{name}-{theme}.png")
    except (PlaywrightError, AssertionError) as error:
        errors.found.append(f"exception: {str(error).splitlines()[0]}")
    finally:
        await page.close()
    return [f"{name}: {one}" for one in errors.found if one.startswith("exception")]


def address_of(screen: Screen, installation: Installation, named: dict[str, str]) -> str:
    """The address of a screen in an installation."""
    path = screen.route.removesuffix("/:difference?").replace("/:rest(.*)*", "/no-such-page")
    path = path.replace(":case", installation.store.case).replace(":room", "room1")
    return path.replace(":session", named["session"]) + screen.query.format(**named)


async def _settled(page: Page, screen: Screen) -> None:
    if screen.name == "audit":
        await page.get_by_test_id("audit-verify").click()
        verdict = page.get_by_test_id("audit-verdict")
        await expect(verdict).not_to_have_attribute("data-verdict", "")
        await expect(verdict).to_have_attribute("data-running", "false")
    for test_id in screen.press:
        await page.get_by_test_id(test_id).first.click()
    if screen.hold:
        await page.get_by_test_id(screen.hold).click(delay=1300)
    await asyncio.sleep(4 if screen.route.startswith("/wall/") else 1.5)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "test-results/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    failed = asyncio.run(main(folder, frozenset(sys.argv[2:])))
    print("\n".join(failed) or "every page was photographed")
    sys.exit(1 if failed else 0)
