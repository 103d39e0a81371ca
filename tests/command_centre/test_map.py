"""The map: ground from the settings, tiles of a folder, tracks of devices, the pages' policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_centre.api.edge import CONTENT_SECURITY_POLICY
from command_centre.desk import map_tiles
from command_centre.desk.case_map import LAST_US, MAX_POINTS, TRACK_US
from config.settings import SettingsError, load
from tests.command_centre.centre import CASE, Centre, running_centre

SERVER = "https://tiles.agency.lan:8443/ground/{z}/{x}/{y}.png"
LON = 1_089_000_000


def test_tiles_are_none_a_server_or_a_folder() -> None:
    assert map_tiles.page_tiles("") == ""
    assert map_tiles.page_tiles(SERVER) == SERVER
    assert map_tiles.page_tiles("/srv/tiles") == map_tiles.OWN
    assert map_tiles.origin(SERVER) == "https://tiles.agency.lan:8443"
    assert map_tiles.origin("/srv/tiles") == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"tiles": "ftp://x/{z}/{x}/{y}"},
        {"tiles": "https://x/{z}/{x}.png"},
        {"tiles": "https://me:pw@x/{z}/{x}/{y}.png"},
        {"tiles": "https://x;script-src *//{z}/{x}/{y}"},
        {"tiles": "https:///{z}/{x}/{y}"},
        {"tiles": "https://x:port/{z}/{x}/{y}"},
        {"tiles": "https://[x/{z}/{x}/{y}"},
        {"max_zoom": 99},
        {"places": ["room1 north east"]},
        {"places": ["room1 91 0"]},
        {"places": ["room1 nan 0"]},
        {"places": ["room1 1 2 3"]},
        {"places": ["room1"]},
        {"places": [""]},
    ],
)
def test_a_wrong_setting_says_what_was_expected(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="expected"):
        load(overrides={"map": wrong})


async def test_tiles_come_from_the_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    (folder / "3" / "4").mkdir(parents=True)
    (folder / "3" / "4" / "5.png").write_bytes(b"picture")
    (folder / "3" / "4" / "7.jpg").write_bytes(b"x" * (map_tiles.MAX_TILE_BYTES + 1))
    (tmp_path / "secret.png").write_bytes(b"secret")
    settings = load(overrides={"map": {"tiles": str(folder)}}).map
    assert await map_tiles.tile(settings, "3", "4", "5") == (b"picture", "image/png")
    for place in (
        ("3", "4", "6"),
        ("3", "4", "7"),
        ("..", ".", "secret"),
        ("٣", "4", "5"),
        ("",) * 3,
    ):
        assert await map_tiles.tile(settings, *place) is None
    none = load(overrides={"map": {"tiles": SERVER}}).map
    assert await map_tiles.tile(none, "3", "4", "5") is None


async def test_pages_load_from_elsewhere_only_what_the_setting_names(tmp_path: Path) -> None:
    places = ["room1 34.5021 108.9134", "of-no-case 1 1"]
    settings = {"map": {"tiles": SERVER, "places": places, "attribution": "©"}}
    async with (
        running_centre(tmp_path, settings=settings) as centre,
        centre.client("manager") as client,
    ):
        answer = await client.get(f"/api/cases/{CASE}/map")
        assert (await client.get("/api/map/tiles/1/1/1")).status_code == 404
    assert (answer.json()["tiles"], answer.json()["attribution"]) == (SERVER, "©")
    assert answer.json()["places"] == [
        {"room": "room1", "lat_e7": 345_021_000, "lon_e7": 1_089_134_000}
    ]
    policy = answer.headers["content-security-policy"]
    assert "img-src 'self' data: https://tiles.agency.lan:8443;" in policy
    assert policy.replace(" https://tiles.agency.lan:8443", "") == CONTENT_SECURITY_POLICY


def _reports(centre: Centre, session: str, device: str, t_us: int, lat: int) -> None:
    place = {"lat_e7": lat, "lon_e7": LON, "accuracy_mm": 5_000, "t_us": t_us}
    body = {"device": device, "values": {}, "alarms": [], "position": place}
    centre.recorder.append("reading", body, session=session, room="site", t_us=t_us)


async def test_a_track_is_what_the_readings_said(centre: Centre) -> None:
    session = await centre.open_room("site")
    now_us = centre.clock.now_us()
    _reports(centre, session, "bodycam-02", now_us - TRACK_US - 1_000_000, 1)  # not of the track
    for i in range(MAX_POINTS + 20):
        _reports(centre, session, "bodycam-02", now_us + i, 345_000_000 + i)
    _reports(centre, session, "drone-01", now_us - LAST_US // 2, 7)
    _reports(centre, session, "gas-03", now_us - LAST_US - 1, 7)
    body = {"device": "drone-01", "values": {"battery_pct": 80_000}, "alarms": []}
    centre.recorder.append("reading", body, session=session, room="site", t_us=now_us)
    await centre.settle()
    async with centre.client("manager") as client:
        answer = await client.get(f"/api/cases/{CASE}/map")
        assert (await client.get("/api/cases/none/map")).status_code == 404
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    found = answer.json()
    assert (found["tiles"], found["places"]) == ("", [])
    tracks = {track["device"]: track["points"] for track in found["tracks"]}
    assert sorted(tracks) == ["bodycam-02", "drone-01"]
    # a reading without a position does not take the last one away, however old that is
    assert [point["lat_e7"] for point in tracks["drone-01"]] == [7]
    way = [point["lat_e7"] - 345_000_000 for point in tracks["bodycam-02"]]
    assert len(way) == MAX_POINTS
    assert (way[0], way[-1]) == (0, MAX_POINTS + 19)
    assert way == sorted(way)


async def test_a_map_kept_as_an_exhibit_names_its_devices_in_both_languages(centre: Centre) -> None:
    session = await centre.open_room("site")
    now_us = centre.clock.now_us()
    _reports(centre, session, "bodycam-02", now_us, 345_000_000)
    _reports(centre, session, "drone-01", now_us, 345_000_010)
    await centre.settle()
    async with centre.client("manager") as client:
        made = await client.post(f"/api/cases/{CASE}/exhibits/map", json={"title": "现场位置"})
        sheet = (await client.get(f"/api/exhibits/{made.json()['id']}/file")).json()
        detail = (await client.get(f"/api/cases/{CASE}")).json()
    called = {one["id"]: (one["name"], one["name_en"]) for one in detail["sources"]}
    devices = [(one["name"], one["name_en"]) for one in sheet["devices"]]
    assert devices == [called["bodycam-02"], called["drone-01"]]
    assert all(english and english != name for name, english in devices)
