"""What an instrument stored, brought in as a file: read, kept, compared with, withdrawn."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from command_centre.comparison.device_file import (
    FILE_BYTES_MAX,
    LINES_MAX,
    read_file,
    zone_of,
)
from command_centre.comparison.device_logs import LOGS_MAX
from command_centre.comparison.device_rows import rows_as_csv
from command_centre.comparison.lexicon import DeviceLog, DeviceRow
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.errors import Rejected
from tests.command_centre.centre import CASE, Centre, seeded_database
from tests.command_centre.test_comparison import say, settled, until
from tests.command_centre.test_document_facts import taking
from tests.command_centre.web import Web

LOGS = f"/api/cases/{CASE}/device-logs"
HEAD = "time,quantity,value,unit,source\n"
PLAIN = HEAD + (
    "2026-05-12 09:01:00,O2,20.9,%VOL,四合一检测仪\n"
    "2026-05-12 09:02:00,O2,17.2,%VOL,四合一检测仪\n"
    "2026-05-12 09:02:00,CO,12,ppm,四合一检测仪\n"
    "2026-05-12 09:02:00,温度,21.5,℃,四合一检测仪\n"
)
CHINA = zone_of("+08:00")


def _request(text: str | bytes, **other: str) -> dict[str, str]:
    data = text if isinstance(text, bytes) else text.encode()
    asked = {"name": "", "zone": "+08:00", "file_name": "检测仪.csv"}
    return asked | {"data": base64.b64encode(data).decode()} | other


async def _post(client: httpx.AsyncClient, text: str | bytes, **other: str) -> httpx.Response:
    return await client.post(LOGS, json=_request(text, **other))


async def test_what_was_kept_of_a_file_is_taken_away_as_it_is_read(centre: Centre) -> None:
    async with centre.client("manager") as client:
        log = (await _post(client, PLAIN, zone="+09:00")).json()
        path = f"{LOGS}/{log['device']}/rows.csv"
        missing = await client.get(f"{LOGS}/log-x/rows.csv")
        assert (missing.status_code, missing.json()["code"]) == (404, "unknown_device_log")
    async with centre.client("interviewer") as client:
        answer = await client.get(path)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{log["device"]}.csv"'
    assert answer.text.lstrip("\ufeff") == (
        "time,quantity,value,unit,source\n"
        "2026-05-12 09:01:00+09:00,O2_vol,20.9,%VOL,四合一检测仪\n"
        "2026-05-12 09:02:00+09:00,CO_ppm,12,ppm,四合一检测仪\n"
        "2026-05-12 09:02:00+09:00,O2_vol,17.2,%VOL,四合一检测仪\n"
    )
    again = read_file(answer.content, CHINA, "log-2", "")
    first = read_file(PLAIN.encode(), zone_of("+09:00"), "log-2", "")
    assert again.log == first.log  # what is taken away is read as the same values


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    log = DeviceLog("d", "=1+1", (DeviceRow(1_500_000, {"O2_vol": 20_905}),))
    [_, line] = rows_as_csv(log, CHINA).splitlines()
    assert line == "1970-01-01 08:00:01.500000+08:00,O2_vol,20.905,%VOL,'=1+1"


async def test_a_file_is_taken_shown_with_its_range_and_withdrawn(centre: Centre) -> None:
    async with centre.client("manager") as client:
        log = (await _post(client, PLAIN)).json()
        assert (log["passed"], log["thinned"]) == (1, False)
        assert (log["name"], log["rows"], log["lines"]) == ("四合一检测仪", 2, 4)
        assert log["from_us"] == round(datetime(2026, 5, 12, 1, 1, tzinfo=UTC).timestamp() * 1e6)
        assert log["ranges"] == [
            {"quantity": "CO_ppm", "unit": "ppm", "low": 12_000, "high": 12_000},
            {"quantity": "O2_vol", "unit": "%VOL", "low": 17_200, "high": 20_900},
        ]
        assert log["file_sha256"] == hashlib.sha256(PLAIN.encode()).hexdigest()
        twice = await _post(client, PLAIN)
        assert (twice.status_code, twice.json()["code"]) == (409, "device_log_known")
        path = f"{LOGS}/{log['device']}/withdraw"
        gone = (await client.post(path, json={"reason": "不是本案的仪器"})).json()
        assert gone["withdrawn_us"]
        assert gone["withdrawn_by"]
        assert (await client.post(path, json={})).json() == gone
        assert (await _post(client, PLAIN, name="备用检测仪")).status_code == 200
        unknown = await client.post(f"{LOGS}/log-x/withdraw", json={})
        assert unknown.json()["code"] == "unknown_device_log"
    async with centre.client("interviewer") as client:
        assert len((await client.get(LOGS)).json()["logs"]) == 2
        assert (await _post(client, PLAIN)).status_code == 403
    bodies = [body for kind, body in centre.log.entries if kind == "case.device_log"]
    assert bodies[-1]["zone"] == "+08:00"
    assert bodies[-1]["by"]
    assert "case.device_log_withdrawn" in centre.log.kinds()


def test_times_units_names_and_separators_as_instruments_write_them() -> None:
    text = (
        "序号;检测时间;检测项目;读数;单位(%)\n"
        "1;2026/5/12 9:01;氧气;20.9;%\n"
        "2;2026年5月12日 09:02:30;可燃气体;3;%LEL\n"
        "\n"
        "3;2026-05-12T03:03:00+00:00;H2S;0.5;PPM\n"
    )
    stored = read_file(text.encode("gb18030"), CHINA, "log-1", "检测仪")
    at = [datetime.fromtimestamp(row.t_us / 1e6, CHINA) for row in stored.log.rows]
    assert [f"{one:%H:%M:%S}" for one in at] == ["09:01:00", "09:02:30", "11:03:00"]
    assert [row.values for row in stored.log.rows] == [
        {"O2_vol": 20_900},
        {"LEL_pct": 3_000},
        {"H2S_ppm": 500},
    ]
    assert (stored.log.name, stored.lines, stored.passed) == ("检测仪", 3, 0)


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [("甲烷", "%LEL"), ("CH4", "LEL%"), ("可燃气体", "%"), ("EX", "%")],
)
def test_combustible_gas_in_percent_of_its_explosive_limit(quantity: str, unit: str) -> None:
    text = f"{HEAD}2026-05-12 09:01,{quantity},3,{unit},a\n"
    [row] = read_file(text.encode(), CHINA, "log-1", "").log.rows
    assert row.values == {"LEL_pct": 3_000}


LINE = "2026-05-12 09:01,O2,20.9,%VOL,a\n"


@pytest.mark.parametrize(
    ("text", "why", "line", "expected"),
    [
        ("", "size", 0, "bytes"),
        ("x" * (FILE_BYTES_MAX + 1), "size", 0, "bytes"),
        (b"\xff\xff\x81", "coding", 0, "UTF-8"),
        (HEAD, "nothing", 0, "oxygen"),
        ("a,b\n1,2\n", "columns", 1, "time is missing"),
        ("time,quantity,value\n", "columns", 1, "unit is missing"),
        (HEAD + LINE + "12.5.,O2,20.9,%VOL,a\n", "time", 3, "2026-05-12 09:01:00"),
        (HEAD + "2026-05-12,O2,20.9,%VOL,a\n", "time", 2, "2026-05-12 09:01:00"),
        (HEAD + "1970-01-01 00:00,O2,20.9,%VOL,a\n", "time", 2, "2026-05-12 09:01:00"),
        (HEAD + "2026-05-12 09:01,NO2,1,ppm,a\n", "quantity", 2, "O2"),
        (HEAD + "2026-05-12 09:01,O2,--,%VOL,a\n", "value", 2, "20.9"),
        (HEAD + "2026-05-12 09:01,O2,nan,%VOL,a\n", "range", 2, "number"),
        (HEAD + "2026-05-12 09:01,O2,209,%VOL,a\n", "range", 2, "0 to 100"),
        (HEAD + "2026-05-12 09:01,CO,10,mg/m3,a\n", "unit", 2, "ppm"),
        (HEAD + "2026-05-12 09:01,甲烷,1.2,%,a\n", "unit", 2, "%LEL"),
        (HEAD + "2026-05-12 09:01,CH4,1.2,％,a\n", "unit", 2, "%LEL"),
        (HEAD + "2026-05-12 09:01,CH4,1.2,%VOL,a\n", "unit", 2, "%LEL"),
        (HEAD + "2026-05-12 09:01,O2\n", "cells", 2, "5 cells"),
        (HEAD + '2026-05-12 09:01,"O2,20.9,%VOL,a\n', "quoting", 2, "quotation"),
        (HEAD + f"2026-05-12 09:01,O2,20.9,%VOL,{'a' * 300}\n", "cell", 2, "200"),
        (HEAD + LINE + LINE.replace(",a", ",b"), "source", 3, "one instrument, a"),
        (HEAD + LINE * (LINES_MAX + 1), "lines", LINES_MAX + 2, str(LINES_MAX)),
    ],
)
async def test_a_file_that_cannot_be_read_says_the_line_and_what_was_expected(
    centre: Centre, text: str | bytes, why: str, line: int, expected: str
) -> None:
    async with centre.client("manager") as client:
        refused = (await _post(client, text)).json()
        assert (refused["code"], refused["why"], refused["line"]) == ("bad_device_log", why, line)
        assert expected in refused["expected"]
        assert expected in refused["detail"]
        assert (await client.get(LOGS)).json() == {"logs": []}
    assert "case.device_log" not in centre.log.kinds()


@pytest.mark.parametrize("zone", ["", "8", "+8:00", "Asia/Shanghai", "+15:00", "+08:60"])
async def test_a_zone_is_an_offset(centre: Centre, zone: str) -> None:
    async with centre.client("manager") as client:
        refused = (await _post(client, PLAIN, zone=zone)).json()
    assert (refused["code"], refused["why"]) == ("bad_device_log", "zone")


async def test_other_limits(centre: Centre) -> None:
    def fill(writing: Writing) -> None:
        for number in range(LOGS_MAX):
            row = {"case_id": CASE, "device": f"l{number}", "content": '{"device":"l"}'}
            writing.execute(schema.device_log.insert().values(**row))

    async with centre.client("manager") as client:
        assert (await _post(client, PLAIN, name="名" * 81)).json()["why"] == "name"
        assert (await _post(client, PLAIN, data="%%")).json()["why"] == "coding"
        await centre.context.database.write(fill)
        assert (await _post(client, PLAIN)).json()["code"] == "too_many_device_logs"


def _seconds(count: int) -> bytes:
    start = datetime(2026, 5, 12, 9)
    lines = (
        f"{start + timedelta(seconds=one):%Y-%m-%d %H:%M:%S},O2,{20 + one % 60 / 100},%VOL,a\n"
        for one in range(count)
    )
    return (HEAD + "".join(lines)).encode()


def test_a_long_file_keeps_the_least_and_the_most_of_each_minute() -> None:
    stored = read_file(_seconds(30_000), CHINA, "log-1", "")
    assert (stored.thinned, stored.lines, len(stored.log.rows)) == (True, 30_000, 1_000)
    assert [row.values["O2_vol"] for row in stored.log.rows[:2]] == [20_000, 20_590]


def test_a_file_of_too_many_minutes_is_cut_by_people() -> None:
    start = datetime(2026, 5, 12)
    minutes = "".join(
        f"{start + timedelta(minutes=one // 2):%Y-%m-%d %H:%M},O2,{20 + one % 2},%VOL,a\n"
        for one in range(20_000)
    )
    with pytest.raises(Rejected, match="fewer hours") as refused:
        read_file((HEAD + minutes).encode(), CHINA, "log-1", "")
    assert refused.value.extra["why"] == "long"


async def test_a_log_that_was_thinned_says_so_for_good(centre: Centre) -> None:
    async with centre.client("manager") as client:
        taken = (await _post(client, _seconds(20_000))).json()
        [log] = (await client.get(LOGS)).json()["logs"]
        assert taken == log
        assert (log["thinned"], log["passed"], log["lines"]) == (True, 0, 20_000)
        gone = (await client.post(f"{LOGS}/{log['device']}/withdraw", json={})).json()
        assert gone["thinned"] is True
    [body] = [body for kind, body in centre.log.entries if kind == "case.device_log"]
    assert (body["thinned"], body["passed"]) == (True, 0)


def test_an_entry_from_before_says_nothing_of_what_was_left_out(tmp_path: Path) -> None:
    seeded_database(tmp_path / "old.sqlite")
    body = {"case": CASE, "device": "l", "content": '{"device":"l"}', "lines": 3, "by": "a1"}
    with Database(tmp_path / "old.sqlite") as old:
        old.write_now(taking(0, "case.device_log", body))
        [row] = old.read_now(lambda c: c.execute(select(schema.device_log)).all())
    assert (row.lines, row.passed, row.thinned) == (3, 0, 0)


@pytest.mark.parametrize("text", [PLAIN, _seconds(20_000)], ids=["whole", "thinned"])
async def test_the_same_entries_give_the_same_rows(
    centre: Centre, tmp_path: Path, text: str | bytes
) -> None:
    async with centre.client("manager") as client:
        log = (await _post(client, text)).json()
        await client.post(f"{LOGS}/{log['device']}/withdraw", json={"reason": "填错"})
    entries = [one for one in centre.log.entries if one[0].startswith("case.device_log")]
    seeded_database(tmp_path / "again.sqlite")
    with Database(tmp_path / "again.sqlite") as again:
        for index, (kind, body) in enumerate(entries):
            again.write_now(taking(index, kind, body))
        [rebuilt] = again.read_now(lambda c: c.execute(select(schema.device_log)).all())
    [kept] = await centre.context.database.read(
        lambda c: c.execute(select(schema.device_log)).all()
    )
    of_the_log = ("taken_us", "withdrawn_us", "log_index")

    def plain(row: Any) -> dict[str, Any]:
        return {key: value for key, value in row._mapping.items() if key not in of_the_log}

    assert plain(rebuilt) == plain(kept)
    assert rebuilt.withdrawn_us
    assert rebuilt.taken_us


async def test_testimony_beside_a_log_brought_in_afterwards(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as client:
        session = await centre.open_room("room1")
        say(centre, session, "room1", "现在检测仪显示氧含量是多少", after_s=5, asks=True)
        say(centre, session, "room1", "现在氧含量是百分之二十一", after_s=9)
        await settled(centre)
        now = datetime.fromtimestamp(centre.clock.now_us() / 1e6, UTC) + timedelta(seconds=9)
        line = f"{now:%Y-%m-%d %H:%M:%S},O2,17.2,%VOL,氧检测仪\n"
        log = (await _post(client, HEAD + line, zone="+00:00")).json()
        found = (await until(wall, "difference", finding__kind="device"))["finding"]
        assert (found["tier"], found["a"]["person"]) == ("amber", "zhang")
        assert (found["a"]["text"], found["a"]["value"]) == ("百分之二十一", "21 %VOL")
        assert (found["b"]["text"], found["b"]["value"]) == ("氧检测仪", "17.2 %VOL")
        assert found["b"]["reference"] == log["device"]
        await client.post(f"{LOGS}/{log['device']}/withdraw", json={})
        await settled(centre)
        case = (await client.get(f"/api/cases/{CASE}")).json()
    [device] = [one for one in case["differences"] if one["finding"]["kind"] == "device"]
    assert device["gone_us"]
