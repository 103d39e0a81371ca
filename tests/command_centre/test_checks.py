"""Packages that somebody brings: taken in, verified, compared; the report as PDF."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_centre.desk import received as received_module
from command_centre.record.typeset import page_texts
from command_centre.record.verification_words import WORDS
from evidence_store.export import zip_package
from evidence_store.report import COMPLETE, COMPLETE_WITH_GAPS, NOT_YET_WITNESSED, VERDICT_OF_CODE
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit, auditing
from tests.evidence_store.builder import export, make_store

#: Nothing is wrong; whether the centre's own witness was named before the export is chance.
SOUND = ("complete_with_gaps", "not_yet_witnessed")


@pytest.fixture
async def audit(tmp_path: Path) -> AsyncIterator[Audit]:
    store, (session,) = make_store(tmp_path / "store", gap=True)
    async with auditing(store, session) as running:
        yield running


@pytest.fixture
def archive(audit: Audit, tmp_path: Path) -> bytes:
    package = export(audit.store, tmp_path / "package", audit.session)
    zip_package(package, tmp_path / "package.zip")
    return (tmp_path / "package.zip").read_bytes()


def _altered(archive: bytes) -> bytes:
    """The archive with one bit of one segment changed and everything else as it was."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        wanted = sorted(name for name in old.namelist() if name.endswith(".m4s"))[1]
        for item in old.infolist():
            data = bytearray(old.read(item))
            if item.filename == wanted:
                data[-1] ^= 1
            new.writestr(item, bytes(data))
    return out.getvalue()


async def _hand_over(client: httpx.AsyncClient, data: bytes) -> str:
    answer = await client.post("/api/packages", content=data)
    assert answer.status_code == 201, answer.text
    assert answer.json()["size"] == len(data)
    return str(answer.json()["package"])


async def test_a_package_of_ours_is_verified_and_recognised(audit: Audit, archive: bytes) -> None:
    async with audit.client() as client:
        package = await _hand_over(client, archive)
        job = await audit.done(client, "/api/checks", first=package)
    assert job["state"] == "done", job
    (report,) = job["result"]["reports"]
    assert report["verdict"] in SOUND
    assert job["result"]["copies"] is None
    (home,) = job["result"]["home"]
    ours = next(one for one in home if one["origin"].endswith("recorder-1"))
    assert ours["state"] == "begins_ours"
    assert audit.centre_kinds().count("verify") == 1


async def test_two_copies_name_the_second_that_differs(audit: Audit, archive: bytes) -> None:
    async with audit.client() as client:
        first = await _hand_over(client, archive)
        second = await _hand_over(client, _altered(archive))
        job = await audit.done(client, "/api/checks", first=first, second=second)
    good, bad = job["result"]["reports"]
    assert good["verdict"] in SOUND
    assert bad["verdict"] == "altered"
    assert bad["findings"][0]["source"] == "room1-camera"
    copies = job["result"]["copies"]
    assert not copies["identical"]
    assert copies["different_count"] == 1
    assert copies["different"][0].endswith(".m4s")
    assert {log["state"] for log in copies["logs"]} == {"same"}


async def test_what_is_no_package_is_said_to_be_none(audit: Audit) -> None:
    async with audit.client() as client:
        package = await _hand_over(client, b"no zip at all")
        job = await audit.done(client, "/api/checks", first=package)
        assert job["result"]["reports"][0]["verdict"] == "unreadable"
        assert job["result"]["home"] == [[]]
        gone = await client.delete(f"/api/packages/{package}")
        again = await client.delete(f"/api/packages/{package}")
        unknown = await client.post("/api/checks", json={"first": package})
        hostile = await client.post("/api/checks", json={"first": "../../FORMAT"})
    assert gone.json() == {"package": package}
    assert again.json()["code"] == unknown.json()["code"] == "unknown_package"
    assert hostile.json()["code"] == "unknown_package"


async def test_a_package_laid_beside_itself_is_refused(audit: Audit, archive: bytes) -> None:
    async with audit.client() as client:
        package = await _hand_over(client, archive)
        answer = await client.post("/api/checks", json={"first": package, "second": package})
    assert answer.json()["code"] == "bad_target"


async def test_what_cannot_be_kept_is_refused_before_it_comes(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received_module, "PACKAGE_BYTES_MAX", 10)
    folder = audit.store / "checks"

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 8

    async with audit.client() as client:
        large = await client.post("/api/packages", content=b"x" * 11)
        no_length = await client.post("/api/packages", content=endless())
    assert large.json()["code"] == "too_large"
    assert no_length.json()["code"] == "malformed_request"
    assert not list(folder.glob("*")) if folder.is_dir() else True


async def test_a_sender_that_goes_away_leaves_nothing(audit: Audit) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"

    taking = audit.context.received.take(broken(), 1000)
    with pytest.raises(Exception, match="1000 bytes were declared, 4 came"):
        await taking
    assert not list((audit.store / "checks").iterdir())


async def test_the_oldest_makes_room(audit: Audit) -> None:
    async with audit.client() as client:
        names = [await _hand_over(client, b"%d" % n) for n in range(received_module.KEPT_MAX + 1)]
    kept = {one.stem for one in (audit.store / "checks").iterdir()}
    assert kept == set(names[1:])


async def test_interviewers_do_not_hand_over(audit: Audit) -> None:
    async with audit.client("interviewer") as client:
        answer = await client.post("/api/packages", content=b"x")
    assert answer.json()["code"] == "forbidden"


def _text(pdf: bytes) -> str:
    return "".join("".join(page_texts(pdf)).split())


async def _report(client: httpx.AsyncClient, job: dict[str, Any], lang: str) -> bytes:
    answer = await client.get(f"/api/jobs/{job['id']}/report.pdf", params={"lang": lang})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


async def test_the_report_says_the_verdict_first_and_every_detail(
    audit: Audit, archive: bytes
) -> None:
    async with audit.client() as client:
        of_case = await audit.done(client, "/api/verifications", case=CASE)
        chinese = await _report(client, of_case, "zh")
        again = await _report(client, of_case, "zh")
        english = await _report(client, of_case, "en")
        first = await _hand_over(client, archive)
        second = await _hand_over(client, _altered(archive))
        of_two = await audit.done(client, "/api/checks", first=first, second=second)
        compared = await _report(client, of_two, "zh")
        wrong = await client.get(f"/api/jobs/{of_two['id']}/report.pdf", params={"lang": "fr"})
        none = await client.get("/api/jobs/jb-none/report.pdf")
    assert chinese == again
    text = _text(chinese)
    assert "核验报告" in text
    assert "无任何更改" in text
    assert "1处已申明缺口（3秒）" in text
    assert of_case["result"]["log"]["root"] in text
    assert "1declaredgap(3s)" in _text(english)
    assert "Oildepothot-workcase" in _text(english)
    assert "Room1camera" in _text(english)
    assert "询问室1摄像机" in text
    text = _text(compared)
    assert "已更改" in text
    assert "1个内容不同" in text
    assert "与本机保存的日志一致" in text
    assert wrong.json()["code"] == "malformed_request"
    assert none.json()["code"] == "unknown_job"


async def test_a_report_of_what_is_not_finished_is_refused(audit: Audit, archive: bytes) -> None:
    async with audit.client() as client:
        package = await _hand_over(client, archive)
        for _ in range(20):  # a quick machine may be through before it is asked
            started = (await client.post("/api/checks", json={"first": package})).json()
            early = await client.get(f"/api/jobs/{started['job']}/report.pdf")
            async with asyncio.timeout(60):
                while (await client.get(f"/api/jobs/{started['job']}")).json()[
                    "state"
                ] == "running":
                    await asyncio.sleep(0.05)
            if early.headers["content-type"] != "application/pdf":
                break
    assert early.json()["code"] in {"job_unfinished"}


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_verdict_and_finding_has_words_in_the_report(language: str) -> None:
    words = WORDS[language]
    verdicts = {COMPLETE, COMPLETE_WITH_GAPS, NOT_YET_WITNESSED, *VERDICT_OF_CODE.values()}
    assert set(words.leads) == verdicts
    assert set(words.findings) == set(VERDICT_OF_CODE)
