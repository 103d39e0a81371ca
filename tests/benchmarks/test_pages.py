"""What ``benchmarks.pages`` computes; measuring itself needs a browser and a quiet machine."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks._pages_routes import PAGES
from benchmarks._pages_view import View, path_of, view_of
from benchmarks.pages import Span, missed, result_of, row_of, table, waterfall
from tests.browser.routes import routes


def _view(main: float, script_bytes: int = 1000, first: float = 10.0) -> View:
    asked = ({"url": "http://c/a.js", "from": 1.0, "to": 5.0, "sent": script_bytes},)
    return View(first, main - 1, main, script_bytes, asked)


def _row(
    *mains: tuple[float, float], script_bytes: int = 1000, route: str = "/x"
) -> dict[str, Any]:
    """Ours and the peer's cold times; warm ones take half as long."""
    pairs = [
        ((_view(ours, script_bytes), _view(ours / 2)), (_view(peer), _view(peer / 2)))
        for ours, peer in mains
    ]
    return row_of(route, pairs)


def test_every_route_is_measured_once() -> None:
    measured = [page.route for page in PAGES]
    assert sorted(measured) == sorted(routes())


def test_the_main_content_of_a_page_is_nothing_of_its_frame() -> None:
    assert not {page.main for page in PAGES} & {"main", "h1", "body", "#app", ".page"}


def test_a_view_counts_scripts_as_they_were_sent() -> None:
    said = {
        "main": 200.0,
        "largest": 180.0,
        "first": 90.0,
        "asked": [
            {"url": "http://c/assets/b.js?v=1", "from": 9, "to": 12, "sent": 300},
            {"url": "http://c/cases", "from": 0, "to": 4, "sent": 700},
            {"url": "http://c/assets/a.js", "from": 5, "to": 8, "sent": 40},
            {"url": "http://c/assets/a.css", "from": 5, "to": 7, "sent": 9000},
        ],
    }
    view = view_of(said)
    assert view.script_bytes == 340
    assert [one["from"] for one in view.asked] == [0, 5, 5, 9]
    assert (view.first, view.largest, view.main) == (90.0, 180.0, 200.0)


def test_a_page_whose_paints_were_not_told_painted_with_its_main_content() -> None:
    view = view_of({"main": 200.0, "largest": None, "first": None, "asked": []})
    assert (view.first, view.largest) == (200.0, 200.0)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://c:1/assets/a.js?x=/b.css#c", "/assets/a.js"),
        ("http://c", "/"),
        ("http://c/", "/"),
    ],
)
def test_the_path_of_an_address(url: str, path: str) -> None:
    assert path_of(url) == path


def test_ratios_are_of_neighbours_and_not_of_medians() -> None:
    # while the machine was busy both sides took ten times as long
    row = _row((200, 100), (3000, 1000), (220, 110))
    assert row["cold_ratio"] == 2.0
    assert row["cold_main_ms"] == Span(220, 200, 3000)
    assert row["cold_peer_ms"] == Span(110, 100, 1000)
    assert row["warm_main_ms"] == Span(110, 100, 1500)


def test_a_median_of_an_even_number_lies_between() -> None:
    assert Span.of([1, 9, 2, 4]) == Span(3, 1, 9)
    assert str(Span.of([100.4, 99.6])) == "100 (100-100)"


def test_a_page_misses_a_target_only_beyond_it() -> None:
    assert missed(_row((1500, 100), script_bytes=300_000)) == []
    assert missed(_row((1501, 100))) == ["/x: 1501 ms to its main content"]
    assert missed(_row((90, 100), script_bytes=300_001)) == ["/x: 300001 bytes of script"]


def test_the_largest_script_of_all_rounds_counts() -> None:
    pairs = [((_view(9, size), _view(9)), (_view(9), _view(9))) for size in (10, 30, 20)]
    assert row_of("/x", pairs)["script_bytes"] == 30


def test_the_result_names_the_peer_and_what_was_missed() -> None:
    rows = [
        _row((300, 100), route="/a"),
        _row((200, 100), script_bytes=400_000, route="/b"),
        _row((1600, 100), route="/c"),
    ]
    said = result_of(rows, rounds=1)
    assert (said["bench"], said["ours"], said["peer"], said["ratio"]) == ("pages", 300, 100, 3.0)
    assert said["peer_name"].startswith("nginx")
    assert (said["slowest_ms"], said["most_script_bytes"]) == (1600, 400_000)
    assert said["missed"] == ["/b: 400000 bytes of script", "/c: 1600 ms to its main content"]
    assert said["pages"][0]["cold_main_ms"] == [300, 300, 300]


def test_the_table_has_the_slowest_page_first() -> None:
    lines = table([_row((200, 100), route="/a"), _row((1600, 100), route="/b")]).splitlines()
    assert [line.split("`")[1] for line in lines[2:]] == ["/b", "/a"]
    assert {line.count("|") for line in lines} == {10}
    assert "| 1600 (1600-1600) | 16.00 | 800 (800-800) | 16.00 | 1 | 1 |" in lines[2]


def test_a_waterfall_has_a_line_a_request() -> None:
    assert waterfall(_view(10, 2500)) == "      1       5     2.5  /a.js"
