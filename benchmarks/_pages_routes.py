"""What ``benchmarks.pages`` opens: every route, who opens it, and what its main content is.

The main content is what somebody opened the page for, with the centre's answer in it: a row of the
list, a line of what was said. A frame, a heading or "loading" is not. ``tests/benchmarks`` holds
this table against the routes of the pages.
"""

from __future__ import annotations

from dataclasses import dataclass

DEMO_PERSON = "lin"
#: Rows of a list (``components/DataList.vue``) are there once the centre has answered.
_ROW = "tbody tr"
#: The exhibit screen has heard from the centre what it is to show, if anything.
_ON_SCREEN = '[data-testid="exhibit-screen"]:not([data-state=""])'


@dataclass(frozen=True)
class Opened:
    """A page: its route, an address of it, who opens it, its main content (CSS)."""

    route: str  # as in web/src/pages.ts
    address: str
    main: str
    account: str = DEMO_PERSON  # empty: nobody signed in; "phone": a phone that joined
    live: bool = False  # while the rooms are being recorded


def _test_id(name: str) -> str:
    return f'[data-testid="{name}"]'


def _list(name: str) -> str:
    return f"{_test_id(f'list-{name}')} {_ROW}"


def _admin(part: str, main: str) -> Opened:
    path = f"/admin/{part}" if part else "/admin"
    return Opened(path, path, main, "admin")


PAGES = (
    Opened(
        "/wall/:case", "/wall/{case}", '[data-testid="transcript-room1"] [data-final]', live=True
    ),
    Opened("/room", "/room", _test_id("choose-room1"), "wu", live=True),
    Opened("/room/:room", "/room/room1", _test_id("room-stop"), "wu", live=True),
    Opened("/exhibit/:room", "/exhibit/room1", _ON_SCREEN, "wu", live=True),
    Opened("/cases/:case/exhibits", "/cases/{case}/exhibits", _test_id("exhibit-1"), live=True),
    Opened("/device", "/device", _test_id("device-start"), "phone", live=True),
    Opened("/login", "/login", _test_id("login-submit"), ""),
    Opened("/invitation", "/invitation#code={invitation}", _test_id("invitation-save"), ""),
    Opened("/cases", "/cases", _test_id("case-{case}")),
    Opened("/cases/:case", "/cases/{case}", _test_id("case-words")),
    Opened(
        "/cases/:case/differences/:difference?",
        "/cases/{case}/differences",
        f"{_test_id('compare-side')} .line",
    ),
    Opened(
        "/cases/:case/moment",
        "/cases/{case}/moment?session={session}&room=room1&t={t_us}",
        _test_id("moment-line"),
    ),
    Opened("/cases/:case/stated", "/cases/{case}/stated", _test_id("stated-panel")),
    Opened("/cases/:case/words", "/cases/{case}/words", _test_id("words-people")),
    Opened("/review/:case", "/review/{case}", _test_id("review-timeline")),
    Opened("/search", "/search?q=动火", _test_id("search-hit")),
    Opened(
        "/cases/:case/record/:session",
        "/cases/{case}/record/{session}",
        f"{_test_id('record-lines')} > li",
        "wu",
    ),
    Opened("/receipt/:session", "/receipt/{session}", _test_id("receipt"), "wu"),
    Opened("/check", "/check", _test_id("receipt-field"), ""),
    Opened("/handover", "/handover", _test_id("handover-source")),
    Opened("/account", "/account", _test_id("login-row")),
    Opened("/permissions", "/permissions", f"{_test_id('permissions')} {_ROW}"),
    Opened("/audit", "/audit", _test_id("audit-case-{case}"), "shen"),
    Opened("/audit/package", "/audit/package", _test_id("check-go"), "shen"),
    Opened("/audit/centre", "/audit/centre", _list("centre-log"), "shen"),
    Opened("/audit/:case", "/audit/{case}", _test_id("strip-room1-camera"), "shen"),
    Opened("/audit/:case/log", "/audit/{case}/log", _list("case-log"), "shen"),
    Opened("/audit/:case/access", "/audit/{case}/access", _test_id("access"), "shen"),
    _admin("", _test_id("admin-cards")),
    _admin("accounts", _test_id("account-admin")),
    _admin("rooms", _test_id("list-room-room1")),
    _admin("sources", _test_id("source-room1-camera")),
    _admin("templates", _list("questions")),
    _admin("settings", _list("settings")),
    _admin("set-up", _test_id("step-test")),
    _admin("roles", f"{_test_id('permissions')} {_ROW}"),
    _admin("outside", ".nothing code"),  # no provider is set up: how to
    _admin("health", _test_id("health-processes")),
    _admin("storage", _test_id("storage-disks")),
    _admin("keys", _test_id("keys-list")),
    _admin("models", _test_id("model")),
    _admin("log", _list("centre-log")),
    Opened("/:rest(.*)*", "/no-such-page", ".nothing button"),
)
