"""Every route of the pages is looked at for accessibility, or it is said where that happens.

Two lists are compared; no browser is started.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser.routes import routes
from tests.browser.test_accessibility import PAGES


class Elsewhere(NamedTuple):
    """Why a route is not in ``PAGES``, and which test looks at it instead."""

    why: str
    test: str


#: Routes that are not opened with the others.
ELSEWHERE = {
    "/cases/:case/differences/:difference?": Elsewhere(
        "without a difference there is nothing on it", "test_compare.py"
    ),
}


def _shape(route: str) -> re.Pattern[str]:
    """Which addresses a route takes: ``:name`` is one part, ``?`` may be missing, ``(.*)*`` all."""
    if route == "/:rest(.*)*":
        return re.compile(r"/.*")
    parts = [
        (r"(/[^/]+)?" if part.endswith("?") else r"/[^/]+")
        if part.startswith(":")
        else re.escape(f"/{part}")
        for part in route.strip("/").split("/")
    ]
    return re.compile("".join(parts))


def _route_of(address: str) -> str | None:
    """The route an address leads to: what is spelled out comes before what is a name."""
    path = re.split(r"[?#]", address)[0]
    found = [route for route in routes() if _shape(route).fullmatch(path)]
    return min(found, key=lambda one: ("(" in one, one.count(":")), default=None)


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("/cases", "/cases"),
        ("/cases/{case}?part=points", "/cases/:case"),
        ("/cases/{case}/record/{session}", "/cases/:case/record/:session"),
        ("/cases/{case}/differences", "/cases/:case/differences/:difference?"),
        ("/audit/package", "/audit/package"),
        ("/audit/{case}", "/audit/:case"),
        ("/invitation#code=none", "/invitation"),
        ("/no/such/page", "/:rest(.*)*"),
    ],
)
def test_an_address_leads_to_its_route(address: str, route: str) -> None:
    assert _route_of(address) == route


def test_every_route_is_looked_at() -> None:
    looked_at = {_route_of(path) for _, _, path, _ in PAGES}
    missing = sorted(set(routes()) - looked_at - set(ELSEWHERE))
    assert not missing, f"neither in PAGES of test_accessibility.py nor in ELSEWHERE: {missing}"
    assert looked_at <= set(routes())


def test_what_is_left_out_is_a_route_that_another_test_looks_at() -> None:
    looked_at = {_route_of(path) for _, _, path, _ in PAGES}
    for route, said in ELSEWHERE.items():
        assert route in routes(), f"{route} is no route any more"
        assert route not in looked_at, f"{route} is in PAGES: take it out of ELSEWHERE"
        assert said.why
        text = (Path(__file__).parent / said.test).read_text(encoding="utf-8")
        assert "violations(" in text, f"{said.test} holds no page against the rules"
