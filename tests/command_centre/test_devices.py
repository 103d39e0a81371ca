"""Phones: invited, joined, sent away; what they report and what they may ask."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.desk.device_reports import Pace, joined, without
from command_centre.desk.devices import MAX_DEVICES
from command_centre.errors import Rejected
from config.words import MICROSECONDS
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import Web

CODES = f"/api/cases/{CASE}/devices/join-codes"
OFFER = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n"


async def code_of(manager: httpx.AsyncClient, **asked: Any) -> str:
    """A fresh code, as the QR code's address carries it."""
    made = await manager.post(CODES, json=asked)
    assert made.status_code == 201, made.text
    return str(urlsplit(made.json()["url"]).fragment.removeprefix("join="))


async def join(centre: Centre, **asked: Any) -> tuple[str, dict[str, str]]:
    """A phone that has joined: its source and its headers."""
    async with centre.client("manager") as manager, centre.client() as phone:
        answer = await phone.post("/api/devices/join", json={"code": await code_of(manager)})
    assert answer.status_code == 201, answer.text
    got = answer.json()
    return got["source"], {"Authorization": f"Bearer {got['token']}"}


async def test_a_code_makes_a_body_camera_of_a_phone_once(centre: Centre) -> None:
    async with centre.client("manager") as manager, centre.client() as phone:
        made = (await manager.post(CODES, json={})).json()
        assert made["url"].startswith("https://")
        assert ":8443/device#join=" in made["url"]
        assert (made["room"], made["name"]) == ("site", "手机 01")
        code = urlsplit(made["url"]).fragment.removeprefix("join=")
        joined_as = (await phone.post("/api/devices/join", json={"code": code})).json()
        again = await phone.post("/api/devices/join", json={"code": code})
        case = (await manager.get(f"/api/cases/{CASE}")).json()
        listed = (await manager.get(f"/api/cases/{CASE}/devices")).json()["devices"]
    assert (again.status_code, again.json()["code"]) == (410, "join_used")
    source = next(one for one in case["sources"] if one["id"] == joined_as["source"])
    assert source["kind"] == "body_camera"
    assert source["name"] == "手机 01"
    assert source["revoked"] is False
    assert [(one["source"], one["revoked_us"]) for one in listed] == [(joined_as["source"], None)]
    acts = [(kind, body) for kind, body in centre.log.entries if kind.startswith("device.")]
    assert [kind for kind, _ in acts] == ["device.invite", "device.join"]
    assert code not in str(acts)
    assert joined_as["token"] not in str(acts)


async def test_a_code_runs_out_and_a_wrong_one_is_unknown(centre: Centre) -> None:
    async with centre.client("manager") as manager, centre.client() as phone:
        code = await code_of(manager)
        centre.clock.forward(10 * 60 + 1)
        late = await phone.post("/api/devices/join", json={"code": code})
        wrong = await phone.post("/api/devices/join", json={"code": "x" * 22})
        long = await phone.post("/api/devices/join", json={"code": "x" * 5000})
        listed = (await manager.get(f"/api/cases/{CASE}/devices")).json()["devices"]
    assert (late.status_code, late.json()["code"]) == (410, "join_expired")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "join_unknown")
    assert long.json()["code"] == "join_unknown"
    assert listed == []


async def test_guessing_codes_is_slowed_down(centre: Centre) -> None:
    async with centre.client() as phone:
        codes = [
            (await phone.post("/api/devices/join", json={"code": f"guess{n}"})).json()["code"]
            for n in range(25)
        ]
    assert codes[:20] == ["join_unknown"] * 20
    assert codes[-1] == "too_many_requests"


async def test_names_count_up_and_a_site_takes_so_many(centre: Centre) -> None:
    async with centre.client("administrator") as administrator:
        named = await administrator.post(
            CODES, json={"name": "  李队的手机 ", "name_en": "Phone of Li"}
        )
        names = [
            (await administrator.post(CODES, json={})).json()["name"]
            for _ in range(MAX_DEVICES - 1)
        ]
        full = await administrator.post(CODES, json={})
        for asked, code in (
            ({"name": "x" * 41}, "bad_text"),
            ({"name": "手机", "name_en": "x" * 41}, "bad_text"),
            ({"room": "room1"}, "unknown_room"),
            ({"room": "nowhere"}, "unknown_room"),
            ({"name": 7}, "malformed_request"),
        ):
            assert (await administrator.post(CODES, json=asked)).json()["code"] == code
    assert [named.json()[one] for one in ("name", "name_en")] == ["李队的手机", "Phone of Li"]
    assert names[:2] == ["手机 01", "手机 02"]
    assert full.json()["code"] == "too_many_devices"


async def test_desks_are_told_who_joined_and_who_was_sent_away(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as desk:
        source, headers = await join(centre)
        event = await desk.until("device")
        assert (event["device"]["id"], event["device"]["revoked"]) == (source, False)
        async with centre.client("manager") as manager, centre.client() as phone:
            assert (await phone.get(f"/api/devices/{source}", headers=headers)).status_code == 200
            assert (await manager.post(f"/api/devices/{source}/revoke", json={})).status_code == 200
            event = await desk.until("device")
            assert event["device"]["revoked"] is True
            again = await manager.post(f"/api/devices/{source}/revoke", json={})
            other = await manager.post("/api/devices/bodycam-02/revoke", json={})
            gone = await phone.get(f"/api/devices/{source}", headers=headers)
            whip = await phone.post(
                f"/whip/{source}",
                content=OFFER,
                headers={**headers, "Content-Type": "application/sdp"},
            )
            case = (await manager.get(f"/api/cases/{CASE}")).json()
    assert again.status_code == 200
    assert centre.recorder.ended == [source, source]  # what was live is cut off as well
    assert other.json()["code"] == "unknown_source"  # a built-in camera is no phone
    assert (gone.status_code, gone.json()["code"]) == (401, "token_unknown")
    assert whip.status_code == 401
    assert [one["revoked"] for one in case["sources"] if one["id"] == source] == [True]


async def test_a_phone_publishes_and_is_told_how_it_stands(centre: Centre) -> None:
    source, headers = await join(centre)
    async with centre.client() as phone:
        before = (await phone.get(f"/api/devices/{source}", headers=headers)).json()
        offered = await phone.post(
            f"/whip/{source}", content=OFFER, headers={**headers, "Content-Type": "application/sdp"}
        )
        after = (await phone.get(f"/api/devices/{source}", headers=headers)).json()
    assert (before["state"], before["session"], before["name"]) == ("offline", None, "手机 01")
    assert before["whip_url"] == f"http://centre.test/whip/{source}"
    assert offered.status_code == 201
    assert after["session"]["id"] == centre.recorder.offers[0].session
    assert centre.recorder.offers[0].source_kind == "body_camera"


async def test_a_reading_is_an_entry_and_the_last_one_is_shown(centre: Centre) -> None:
    source, headers = await join(centre)
    await centre.open_room("site")
    now_us = centre.clock.now_us()
    position = {
        "lat_e7": 345_000_000,
        "lon_e7": -1_089_000_000,
        "accuracy_mm": 8000,
        "t_us": now_us,
    }
    async with centre.client("manager") as manager, centre.client() as phone:
        for battery in (87_000, 86_000):
            answer = await phone.post(
                f"/api/devices/{source}/readings",
                json={"values": {"battery_pct": battery}, "position": position},
                headers=headers,
            )
            assert answer.status_code == 201, answer.text
        # many readings of another device must not hide this one
        for n in range(80):
            body = {"device": "gas-03", "values": {"O2_vol": 20_900}, "alarms": []}
            session = (await manager.get(f"/api/cases/{CASE}")).json()["sessions"][0]["id"]
            centre.recorder.append("reading", body, session=session, room="site", t_us=now_us + n)
        await centre.settle()
        case = (await manager.get(f"/api/cases/{CASE}")).json()
    entry = centre.recorder.bodies("reading")[1]
    assert entry == {
        "device": source,
        "values": {"battery_pct": 86_000},
        "alarms": [],
        "position": position,
    }
    shown = {one["device"]: one for one in case["events"] if one["type"] == "reading"}
    assert shown[source]["values"] == {"battery_pct": 86_000}
    assert shown[source]["position"] == position
    assert shown["gas-03"]["position"] is None


GOOD_US = 1_795_000_000_000_000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_reading"),
        ({"values": {"battery_pct": 100_001}}, "bad_reading"),
        ({"values": {"battery_pct": -1}}, "bad_reading"),
        ({"values": {"warp": 1}}, "bad_reading"),
        ({"values": {"battery_pct": 1.5}}, "malformed_request"),
        ({"values": {"battery_pct": "1"}}, "malformed_request"),
        ({"values": {"battery_pct": 1}, "t_us": 1}, "bad_reading"),
        ({"values": {"battery_pct": 1}, "t_us": GOOD_US * 2}, "bad_reading"),
        ({"position": {"lat_e7": 0}}, "malformed_request"),
        (
            {"position": {"lat_e7": 900_000_001, "lon_e7": 0, "accuracy_mm": 1, "t_us": GOOD_US}},
            "bad_reading",
        ),
        (
            {"position": {"lat_e7": 0, "lon_e7": 0, "accuracy_mm": -1, "t_us": GOOD_US}},
            "bad_reading",
        ),
        ({"position": {"lat_e7": 0, "lon_e7": 0, "accuracy_mm": 1, "t_us": 0}}, "bad_reading"),
    ],
)
async def test_a_reading_that_cannot_be_is_refused(
    centre: Centre, body: dict[str, Any], code: str
) -> None:
    source, headers = await join(centre)
    await centre.open_room("site")
    async with centre.client() as phone:
        answer = await phone.post(f"/api/devices/{source}/readings", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert centre.recorder.bodies("reading") == []


async def test_readings_need_a_session_and_are_slowed_down(centre: Centre) -> None:
    source, headers = await join(centre)
    body = {"values": {"battery_pct": 50_000}}
    async with centre.client() as phone:
        early = await phone.post(f"/api/devices/{source}/readings", json=body, headers=headers)
        await centre.open_room("site")
        answers = [
            await phone.post(f"/api/devices/{source}/readings", json=body, headers=headers)
            for _ in range(14)
        ]
        centre.clock.forward(1)
        later = await phone.post(f"/api/devices/{source}/readings", json=body, headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "no_open_session")
    assert answers[0].status_code == 201
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_requests")
    assert "retry-after" in answers[-1].headers
    assert later.status_code == 201


async def test_a_token_is_good_for_its_own_source_only(centre: Centre) -> None:
    source, headers = await join(centre)
    other, _ = await join(centre)
    async with centre.client() as phone:
        asked = [
            await phone.get(f"/api/devices/{other}", headers=headers),
            await phone.get(f"/api/devices/{source}"),
            await phone.get(f"/api/devices/{source}", headers={"Authorization": "Bearer no"}),
            await phone.get(f"/api/devices/{source}", headers={"Authorization": "Basic eA=="}),
        ]
    assert [one.json()["code"] for one in asked] == [
        "token_of_other_source",
        "token_required",
        "token_unknown",
        "token_required",
    ]


async def test_a_mark_is_written_once(centre: Centre) -> None:
    source, headers = await join(centre)
    path = f"/api/devices/{source}/markers"
    async with centre.client() as phone:
        mark = {"key": "m1", "text": "公示牌", "t_us": centre.clock.now_us() - 5 * MICROSECONDS}
        for _ in range(2):  # the answer to the first was lost
            marked = await phone.post(path, json=mark, headers=headers)
        bad = await phone.post(path, json={"key": "钥匙"}, headers=headers)
        long = await phone.post(path, json={"key": "m2", "text": "x" * 201}, headers=headers)
    assert marked.status_code == 201
    assert bad.json()["code"] == "malformed_request"
    assert long.json()["code"] == "bad_text"
    marks = centre.recorder.bodies("marker")
    assert [one["text"] for one in marks] == ["公示牌"]
    assert marks[0]["by_name"] == "手机 01"
    assert len(centre.recorder.bodies("session.open")) == 1  # a mark opens the site


async def test_a_call_for_help_is_an_alarm_until_it_is_over(web: Web) -> None:
    centre = web.centre
    source, headers = await join(centre)
    path, pressed_us = f"/api/devices/{source}/sos", centre.clock.now_us() - MICROSECONDS
    async with web.desk("manager") as desk, centre.client() as phone:
        for _ in range(2):  # the answer to the first was lost
            helped = await phone.post(path, json={"t_us": pressed_us}, headers=headers)
        alarm = (await desk.until("alarm"))["alarm"]
        state = (await phone.get(f"/api/devices/{source}", headers=headers)).json()
        over = await phone.post(f"{path}/over", json={}, headers=headers)
        cleared = (await desk.until("alarm"))["alarm"]
        later = (await phone.get(f"/api/devices/{source}", headers=headers)).json()
    assert (helped.status_code, over.status_code) == (201, 200)
    assert (alarm["kind"], alarm["level"], alarm["source"]) == ("sos", "danger", source)
    assert alarm["since_us"] == pressed_us
    assert state["sos"]["id"] == alarm["id"] == cleared["id"] == helped.json()["id"]
    assert cleared["cleared_us"] is not None
    assert later["sos"] is None
    assert len(centre.recorder.bodies("alarm.raised")) == 1


async def test_a_device_learns_which_stretches_are_recorded(centre: Centre) -> None:
    source, headers = await join(centre)
    session = await centre.open_room("site")
    start = centre.clock.now_us()

    def entry(kind: str, **body: Any) -> None:
        body["source"] = source
        centre.recorder.append(kind, body, session=session, room="site")

    entry("recording.open", name="手机 01", source_kind="body_camera", origin_us=start)
    for number, at in enumerate((0, 2, 6)):
        entry(
            "media.segment",
            epoch=1,
            number=number,
            path=f"{number}.m4s",
            sha256="00",
            size=1,
            start_us=start + at * MICROSECONDS,
            duration_us=2 * MICROSECONDS,
        )
    hole = {"start_us": start + 3 * MICROSECONDS, "end_us": start + 3_500_000}
    entry("media.gap", cause="network", **hole)
    await centre.settle()
    path = f"/api/devices/{source}/recorded?from_us={start + MICROSECONDS}"
    async with centre.client() as phone:
        got = (await phone.get(f"{path}&to_us={start + 7 * MICROSECONDS}", headers=headers)).json()
        bad = await phone.get(f"{path}&to_us=0", headers=headers)
    spans = [[(at - start) / MICROSECONDS for at in span] for span in got["spans"]]
    assert spans == [[1, 3], [3.5, 4], [6, 7]]
    assert bad.json()["code"] == "malformed_request"


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=8).map(
    lambda raw: sorted((start, start + length) for start, length in raw)
)


@given(SPANS, st.integers(0, 60), st.integers(0, 20))
def test_spans_hold_exactly_the_points_they_should(
    raw: list[tuple[int, int]], start: int, length: int
) -> None:
    left = without(joined(raw), start, start + length)
    inside = {n for a, b in left for n in range(a, b)}
    assert inside == {n for a, b in raw for n in range(a, b)} - set(range(start, start + length))
    assert all(a < b for a, b in left)
    assert all(one[1] <= two[0] for one, two in pairwise(left))


def test_pace_forgets_the_oldest_and_never_waits_backwards() -> None:
    pace = Pace(per_s=1, burst=2, keys=2)
    pace.take("a", 0)
    pace.take("a", 0)
    with pytest.raises(Rejected):
        pace.take("a", 500_000)
    pace.take("a", 1_500_000)
    pace.take("b", 0)
    pace.take("c", 0)
    pace.take("a", 0)  # forgotten in between, so it starts anew
