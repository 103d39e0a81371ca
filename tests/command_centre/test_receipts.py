"""Receipts with a real recorder: made, printed, scanned again, checked by a stranger."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import cv2
import httpx
import msgspec
import numpy as np
import pytest
import typst

from command_centre.api.app import create_app
from evidence_store.receipt import parse_receipt
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom

NAMES = ("张某", "李某", "吴某某")


async def ask(client: httpx.AsyncClient, receipt: str) -> httpx.Response:
    return await client.post(
        "/api/receipts/check",
        content=msgspec.json.encode({"receipt": receipt}),
        headers={"X-Duizhi": "1"},
    )


def scanned(svg: str) -> str:
    """What a QR reader finds in the drawing."""
    data = msgspec.json.encode(svg).decode()
    page = (
        "#set page(width: 20cm, height: 20cm, margin: 0cm)\n"
        f'#image(bytes({data}), format: "svg", width: 20cm)'
    )
    png = typst.compile(page.encode(), format="png", ppi=150)
    assert isinstance(png, bytes)
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    return str(text)


async def test_a_receipt_is_given_scanned_and_checked(tmp_path: Path) -> None:
    from command_centre.desk.receipts import check_address
    from command_centre.record.receipt_sheet import receipt_sheet

    async with house(tmp_path / "store", session_keys=True) as live:
        room = await RecordRoom.open(live)
        path = f"/api/sessions/{room.session}"
        early = await room.get(f"{path}/receipt")
        assert (early.status_code, early.json()["code"]) == (409, "not_sealed")
        await room.done(f"{path}/close", {"reason": "询问结束"})

        receipt = (await room.get(f"{path}/receipt")).json()
        assert receipt["given_us"] is None
        assert receipt["may_give"] is True
        line = receipt["receipt"]
        assert receipt["address"] == f"https://localhost:8443/check#{line}"
        given = await room.done(f"{path}/receipt", {"how": "printed"})
        assert given["given_us"] > receipt["closed_us"]
        [entry] = await room.entries("receipt.given")
        assert entry["how"] == "printed"
        assert entry["seal"] == receipt["root"]

        # the code on the paper is the line, read by another program
        view = await live.centre.receipts.of(await live.centre.sessions.find(room.session))
        for language in ("zh", "en"):
            sheet = receipt_sheet(view, language, check_address(live.centre.settings))
            assert await asyncio.to_thread(scanned, sheet["qr"]) == view.address
            assert not any(name in str(sheet) for name in NAMES)
            pdf = await room.get(f"{path}/receipt.pdf?lang={language}")
            assert pdf.content.startswith(b"%PDF")

        # a stranger asks
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=create_app(live.centre)), base_url="http://x.test"
        ) as stranger:
            await _a_stranger_asks(stranger, line)
        report = await asyncio.to_thread(
            lambda: verify_path(live.store, receipts=[parse_receipt(line)])
        )
    assert [one.session for one in report.notices if one.code == "receipt"] == [room.session]


async def _a_stranger_asks(stranger: httpx.AsyncClient, line: str) -> None:
    yes = (await ask(stranger, f"https://anywhere/check#{line}")).json()
    assert yes["genuine"] is True
    assert set(yes) == {"genuine", "unit_name", "unit_name_en", "opened_us", "closed_us"}
    assert yes["closed_us"] % 1_000_000 == 0

    fields = line.split("~")
    no: list[dict[str, Any]] = []
    for at, value in ((4, str(int(fields[4]) + 60)), (10, "9999"), (11, "A" * 43)):
        changed = [*fields]
        changed[at] = value
        answer = await ask(stranger, "~".join(changed))
        assert answer.status_code == 200
        no.append(answer.json())
    assert all(one["genuine"] is False and one["opened_us"] is None for one in no)
    for bad in ("", "DZ1", "x" * 5000, line[:-3], line.replace("DZ1", "DZ2"), "\ud7ff~" * 11):
        refused = await ask(stranger, bad)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_receipt"), bad
    # nobody tries their way through
    codes = [(await ask(stranger, "x")).status_code for _ in range(40)]
    assert codes[-1] == 429


@pytest.mark.parametrize("language", ["fr", "../x"])
async def test_a_language_there_is_not(tmp_path: Path, language: str) -> None:
    async with house(tmp_path / "store", session_keys=True) as live:
        room = await RecordRoom.open(live)
        await room.done(f"/api/sessions/{room.session}/close", {"reason": "完"})
        answer = await room.get(f"/api/sessions/{room.session}/receipt.pdf?lang={language}")
        assert answer.status_code == 400
        assert re.search("zh", answer.json()["detail"])
