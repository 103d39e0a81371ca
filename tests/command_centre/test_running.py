"""The administrator's view of the running installation: processes, storage, keys, models."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert

from command_centre.db import schema
from command_centre.desk import process_table
from command_centre.desk.health import Health
from command_centre.desk.key_list import list_keys
from command_centre.desk.machine_clock import read_clock
from command_centre.desk.storage import SHARED, measure, pace
from command_centre.desk.storage_views import DayView
from command_centre.process_state import FaultSeen, ProcessState, write_states
from config.settings import load
from evidence_store.host_keys import open_host_keys
from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.web import DeskClient, serving

DAY_US = 86_400_000_000
GIB = 1 << 30


async def _get(centre: Centre, path: str) -> dict[str, Any]:
    async with centre.client("administrator") as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# --- processes ----------------------------------------------------------------------------------


async def test_health_of_the_centre_and_what_waits(centre: Centre) -> None:
    await centre.context.watch.look()
    found = (await _get(centre, "/api/running/health"))["health"]
    own = next(one for one in found["processes"] if one["name"] == "centre")
    assert own["memory_bytes"] > 1 << 20
    queues = {one["name"]: one for one in found["queues"]}
    assert queues["projection"]["limit"] == 1000
    assert queues["sources"]["limit"] == 64
    parts = {one["name"]: one["state"] for one in found["parts"]}
    assert parts["log"] == "ok"
    assert parts["recorder"] == "ok"
    assert found["machine"]["cores"] >= 1


async def test_what_the_supervisor_wrote_is_shown(tmp_path: Path) -> None:
    board = tmp_path / "bus"
    write_states(board, _states(next(iter(process_table.itself()))))
    async with running_centre(tmp_path, settings={"bus": {"directory": str(board)}}) as centre:
        found = (await _get(centre, "/api/running/health"))["health"]
    shown = {one["name"]: one for one in found["processes"]}
    assert shown["centre"]["starts"] == 3
    assert shown["centre"]["fault"] == "command_centre.desk.live OSError"
    assert (shown["recorder-1"]["state"], shown["recorder-1"]["last_exit"]) == ("waiting", -9)
    assert [one["name"] for one in found["processes"]][:2] == ["recorder-1", "centre"]


def _states(own: int) -> list[ProcessState]:
    fault = FaultSeen(t_us=5, module="command_centre.desk.live", what="OSError")
    return [
        ProcessState(name="recorder-1", state="waiting", pid=None, starts=2, last_exit=-9),
        ProcessState(name="centre", state="running", pid=own, starts=3, fault=fault),
    ]


async def test_an_hour_is_kept_and_no_more(centre: Centre) -> None:
    health = Health(centre.clock)
    health.attach(centre.context)
    for _ in range(365):
        centre.clock.forward(10)
        health._keep(centre.clock.now_us(), [])
    await health.look()
    for _ in range(3):
        centre.clock.forward(10)
        await health.look()
    kept = next(one for one in health.history() if one.name == "centre")
    assert 3 <= len(kept.at_us) <= 4
    centre.clock.forward(3700)
    health._keep(centre.clock.now_us(), [])
    assert health.history() == []


async def test_an_administrator_is_told_live_and_nothing_of_cases(centre: Centre) -> None:
    async with serving(centre) as web:
        async with web.connect("/ws", "administrator") as connection:
            desk = DeskClient(connection)
            await desk.send({"type": "hello", "protocol": 1, "case": "", "desk": "running"})
            await desk.until("welcome")
            first = await desk.patient("health")
            assert {one["name"] for one in first["health"]["processes"]} >= {"centre"}
            session = await centre.open_room("room1")
            await centre.settle()
            heard = await desk.patient("health")
            while heard["health"]["facts"]["rooms_open"] < 1:
                heard = await desk.patient("health")
            facts = heard["health"]["facts"]
            assert (facts["rooms_open"], facts["rooms_recording"]) == (1, 0)  # nothing publishes
            assert facts["rooms"] >= 1
            assert facts["storage"] in ("ok", "low", "critical")
            assert facts["free_bytes"] > 0
            assert session not in json.dumps(desk.seen)
            assert CASE not in json.dumps(desk.seen)
            assert (await desk.command("ping"))["code"] == "forbidden"
            types = {one["type"] for one in desk.seen}
        assert types <= {"welcome", "presence", "system", "clock", "health", "error"}
        for role, case in (("manager", ""), ("administrator", CASE), ("auditor", "")):
            async with web.connect("/ws", role) as connection:
                other = DeskClient(connection)
                hello = {"type": "hello", "protocol": 1, "case": case, "desk": "running"}
                await other.send(hello)
                assert await other.close_code() in (4403, 4404)


def test_the_clock_of_this_machine() -> None:
    clock = read_clock()
    assert clock.known
    assert abs(clock.offset_us) < 60_000_000


def test_states_of_nobody(tmp_path: Path) -> None:
    write_states(tmp_path / "new", [])
    assert (tmp_path / "new" / "processes.json").read_text() == "[]"


# --- storage ------------------------------------------------------------------------------------


def _days(now_us: int, *sizes: int) -> list[DayView]:
    today = datetime.fromtimestamp(now_us / 1_000_000).date()
    return [
        DayView(
            day=(today - timedelta(days=back)).isoformat(), bytes=size, recorded_us=1, sessions=1
        )
        for back, size in enumerate(sizes)
    ]


def test_a_disk_is_full_when_the_pace_says() -> None:
    now_us = 1_795_000_000_000_000
    days = _days(now_us, *[10 * GIB] * 30)
    found = pace(days, 7, 100 * GIB, now_us, warn_days=30)
    assert found.full_us is not None
    assert (found.full_us - now_us) // DAY_US == 10
    assert (found.recorded_days, found.enough, found.warn) == (7, True, True)
    assert pace(days, 7, 1000 * GIB, now_us, warn_days=30).warn is False


def test_too_few_days_say_nothing() -> None:
    now_us = 1_795_000_000_000_000
    found = pace(_days(now_us, 10 * GIB, 10 * GIB), 30, GIB, now_us, warn_days=30)
    assert (found.recorded_days, found.enough, found.warn) == (2, False, False)
    assert pace([], 7, GIB, now_us, warn_days=30).full_us is None


async def test_storage_says_what_it_measured(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await centre.settle()
    empty = await _get(centre, "/api/running/storage")
    assert empty["rate_of"] == "setting"
    now_us = centre.clock.now_us()
    hour_us = 3_600_000_000

    def write(writing: Any) -> None:
        for back, source in ((0, "a"), (1, "b"), (2, "c"), (40, "d")):
            writing.execute(
                insert(schema.recording).values(
                    session_id=session,
                    source_id=source,
                    origin_us=0,
                    start_us=now_us - back * DAY_US,
                    recorded_us=2 * hour_us,
                    bytes=3 * GIB,
                )
            )

    await centre.context.database.write(write)
    found = await _get(centre, "/api/running/storage")
    assert found["rate_of"] == "days"
    assert found["bytes_per_room_hour"] == 9 * GIB // 2  # three sources of one session of two hours
    assert [one["bytes"] for one in found["days"]][-3:] == [3 * GIB] * 3
    assert len(found["days"]) == 30
    originals = {one["name"]: one["kinds"].get("originals") for one in found["places"]}
    assert originals["recorder-1"] == 12 * GIB
    assert all(one["free_bytes"] > 0 for one in found["disks"])
    assert [one["recorded_days"] for one in found["paces"]] == [3, 3]


def test_directories_are_measured_by_kind_and_media_are_not_walked(tmp_path: Path) -> None:
    store = tmp_path / "store"
    files = {
        "recorder-1/log/tile/0": 10,
        "recorder-1/media/s/1.mp4": 1000,
        "centre/centre.sqlite": 20,
        "centre/centre.sqlite-wal": 1,
        "centre/search.sqlite": 2,
        "derived/x.mp4": 30,
        "exports/e.zip": 40,
        "unheard-of/file": 50,
        "FORMAT": 5,
    }
    for name, size in files.items():
        path = store / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (store / "exports" / "link").symlink_to("/etc")
    found = measure(store, store / "centre" / "centre.sqlite", 7)
    assert found.kinds["recorder-1"] == {"logs": 10}
    assert found.kinds["centre"] == {"database": 23}
    assert found.kinds[SHARED]["derived"] == 30
    assert 40 <= found.kinds[SHARED]["packages"] < 60
    assert found.kinds[SHARED]["other"] == 55
    assert found.complete


async def test_measuring_again(centre: Centre) -> None:
    before = (await _get(centre, "/api/running/storage"))["at_us"]
    assert (await _get(centre, "/api/running/storage"))["at_us"] == before
    centre.clock.forward(20)
    async with centre.client("administrator") as client:
        job = await ended(client, "/api/running/storage/measure")
    after = (await _get(centre, "/api/running/storage"))["at_us"]
    assert (job["kind"], job["result"]) == ("measure", {"at_us": after})
    assert after > before


async def ended(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Start a job and wait for its end."""
    started = await client.post(path, json={})
    assert started.status_code == 202, started.text
    async with asyncio.timeout(30):
        while True:
            job = dict((await client.get(f"/api/jobs/{started.json()['job']}")).json())
            if job["state"] != "running":
                return job
            await asyncio.sleep(0.02)


# --- keys and witnesses -------------------------------------------------------------------------


def test_keys_are_listed_without_a_private_byte(tmp_path: Path) -> None:
    settings = load(overrides={"store": {"directory": str(tmp_path)}})
    for log in ("centre", "recorder-1"):
        open_host_keys(tmp_path, log)
    ended = tmp_path / "keys" / "centre.ended-0123456789abcdef.pub.pem"
    ended.write_bytes((tmp_path / "keys" / "centre.pub.pem").read_bytes())
    (tmp_path / "keys" / "recorder-1.certificate").write_text("no certificate")
    found = list_keys(settings, 1_795_000_000_000_000)
    centre = [one for one in found if one.owner == "centre"]
    assert [(one.algorithm, one.state) for one in centre] == [
        ("Ed25519", "not_certified"),
        ("ML-DSA-44", "not_certified"),
        ("Ed25519", "ended"),
    ]
    assert all(len(one.fingerprint) == 64 for one in found)
    told = "".join(repr(one) for one in found)
    for path in (tmp_path / "keys").glob("*.pem"):
        if ".pub" not in path.name:
            assert path.read_text().splitlines()[1] not in told


async def test_certificates_that_end_soon_and_devices(centre: Centre) -> None:
    from command_centre.certificate import ensure_certificates

    store = centre.context.store
    await asyncio.to_thread(ensure_certificates, store, ["localhost"])
    await centre.source_token("room1-camera")
    found = await _get(centre, "/api/running/keys")
    tls = {one["use"]: one for one in found["keys"]}
    assert tls["tls"]["state"] in ("ok", "ends_soon", "ended")
    assert tls["tls"]["until_us"] > tls["tls"]["since_us"]
    assert [(one["source"], one["valid"]) for one in found["tokens"]] == [("room1-camera", 1)]
    assert found["quorum"] == 1
    until_us = int(tls["tls"]["until_us"])
    for at_us, state in ((until_us - DAY_US, "ends_soon"), (until_us + DAY_US, "ended")):
        later = await asyncio.to_thread(list_keys, centre.context.settings, at_us)
        assert next(one.state for one in later if one.use == "tls") == state


# --- models -------------------------------------------------------------------------------------


async def test_models_and_their_digests(centre: Centre) -> None:
    found = await _get(centre, "/api/running/models")
    shown = {one["id"]: one for one in found["models"]}
    speech = [one for one in found["models"] if one["kind"] == "speech"]
    assert {"zh", "en"} <= {use for one in speech for use in one["used_for"]}
    assert all(one["demo"] and one["licence"] for one in speech)
    assert shown["comparison"]["size_bytes"] > 100_000
    async with centre.client("administrator") as client:
        job = await ended(client, "/api/running/models/comparison/check")
        checked = job["result"]
        assert checked["same"] is True
        assert checked["digest"] == shown["comparison"]["digest"]
        unknown = await client.post("/api/running/models/nothing/check", json={})
    assert unknown.json()["code"] == "unknown_model"


async def test_a_model_that_was_changed_is_told(centre: Centre, tmp_path: Path) -> None:
    own = centre.context.store / "models" / "own"
    own.mkdir(parents=True)
    (own / "final.mdl").write_bytes(b"x")
    broken = next(
        one for one in (await _get(centre, "/api/running/models"))["models"] if one["name"] == "own"
    )
    assert broken["problem"] == "ModelError"
    async with centre.client("administrator") as client:
        path = f"/api/running/models/{broken['id']}/check"
        assert (await ended(client, path))["result"]["same"] is True
        (own / "final.mdl").write_bytes(b"y")
        changed = (await ended(client, path))["result"]
    assert (changed["same"], changed["against"]) == (False, "first_seen")
