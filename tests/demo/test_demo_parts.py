"""The demo's store, detector, terminal and watcher, without any process."""

from __future__ import annotations

import asyncio
import io
import json
import stat
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from command_centre import demo_screen
from command_centre.db.accounts import account_named, password_matches, source_of_token
from command_centre.db.database import Database
from command_centre.demo import DemoOptions
from command_centre.demo_detector import reading_at
from command_centre.demo_results import Row
from command_centre.demo_store import CLIPS, DemoError, prepare_store, read_story
from command_centre.demo_watch import Watch
from command_centre.desk import protocol
from config.clock import SystemClock
from config.words import Role


def test_a_new_store_has_case_accounts_and_tokens(tmp_path: Path) -> None:
    store = prepare_store(tmp_path / "store", None, any_port=True)
    assert store.case == "case-2026-014"
    assert store.accounts["lin"].role is Role.MANAGER
    assert store.accounts["wu"].rooms == ("room1",)
    assert stat.S_IMODE((store.directory / "demo.json").stat().st_mode) == 0o600
    database = Database(store.database_file)
    try:
        row = database.read_now(lambda connection: account_named(connection, "lin"))
        assert row is not None
        assert password_matches(row.password_hash, store.accounts["lin"].password)
        now_us = SystemClock().now_us()
        for source in store.sources:
            token = store.token_file(source).read_text()
            assert stat.S_IMODE(store.token_file(source).stat().st_mode) == 0o600
            owner = database.read_now(partial(source_of_token, value=token, now_us=now_us))
            assert owner == (source, False)
    finally:
        database.close()
    assert set(store.sources) == set(CLIPS)


def test_a_demo_store_can_be_used_again(tmp_path: Path) -> None:
    first = prepare_store(tmp_path / "store", 9443, any_port=False)
    again = prepare_store(tmp_path / "store", None, any_port=True)
    assert again.accounts == first.accounts
    assert again.sources == first.sources
    assert first.settings.centre.http_port == 9444
    assert first.address == "http://localhost:9444"


def test_the_default_store_is_made_anew_and_nothing_else_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = prepare_store(None, None, any_port=True)
    (first.directory / "left").touch()
    prepare_store(None, None, any_port=True)
    assert not (first.directory / "left").exists()
    (first.directory / "demo.json").unlink()
    with pytest.raises(DemoError, match="not made by the demo"):
        prepare_store(None, None, any_port=True)
    assert first.directory.exists()


def test_a_store_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text("{}")
    with pytest.raises(DemoError, match="not made by the demo"):
        prepare_store(tmp_path, None, any_port=True)


@pytest.mark.parametrize(
    ("options", "start_s"),
    [
        (DemoOptions(seconds=60), 85),
        (DemoOptions(), 75),
        (DemoOptions(seconds=200), 75),
        (DemoOptions(seconds=60, start=140.5), 140.5),
    ],
)
def test_where_the_story_starts(options: DemoOptions, start_s: float) -> None:
    assert options.start_s == start_s


def test_the_prompt_leaves_time_for_its_answer() -> None:
    assert DemoOptions(seconds=60).prompt_after_s == 52
    assert DemoOptions(seconds=12).prompt_after_s == 6


def test_the_detector_alarms_within_a_minute_and_never_stops() -> None:
    story = read_story()
    quiet, loud = reading_at(story, 0), reading_at(story, 45)
    assert quiet["alarms"] == []
    assert loud["alarms"] == ["O2_LOW"]
    assert loud["values"]["O2_vol"] < 19_500 < quiet["values"]["O2_vol"]
    for elapsed_s in range(0, 400, 7):
        values = reading_at(story, elapsed_s)["values"]
        assert all(isinstance(value, int) for value in values.values())
    json.dumps(loud)


def _status(source: str, state: str) -> protocol.SourceMessage:
    body = protocol.SourceBody(
        source=source, session="s", state=state, since_us=0, bits_per_s=123_400, frames=1,
        width=640, height=360, codec="h264", packets_lost=0, protected_until_us=0,
        last_media_us=0, recorded_us=0, gap_us=0, gaps=0,
    )  # fmt: skip
    return protocol.SourceMessage(status=body)


def _busy_watch() -> Watch:
    watch = Watch()
    watch.on_message(_status("room1-camera", "recording"), 1)
    watch.on_message(protocol.ProtectedMessage(source="room1-camera", until_us=10**15), 2)
    watch.on_message(
        protocol.PartialMessage(
            room="room1", source="room1-camera", speaker="interviewee", start_us=0, text="他指派"
        ),
        3,
    )
    return watch


def test_plain_lines_say_what_the_table_says() -> None:
    first, second = demo_screen.plain_lines(_busy_watch(), ["room1-camera", "drone-01"])
    assert first.startswith("room1-camera  recording  123  ")
    assert first.endswith("他指派")
    assert second.split() == ["drone-01", "offline", "-", "-"]


async def test_the_table_is_drawn_on_a_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await demo_screen.show(console, _busy_watch(), ["room1-camera"])
    assert "room1-camera" in console.file.getvalue()  # type: ignore[attr-defined]


def test_results_show_what_was_missed() -> None:
    console = Console(file=io.StringIO(), width=100)
    rows = [Row("words", "3 of 4", "80%", False), Row("picture", "200 ms", "", None)]
    demo_screen.print_results(console, rows)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "missed" in text
    assert "200 ms" in text
