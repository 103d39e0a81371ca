"""A picture of a fingerprint beside a signature: taken, refused, kept, drawn, forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import struct
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from command_centre.db import schema
from command_centre.errors import Rejected
from command_centre.record.fingerprint import (
    BYTES_MAX,
    SIDE_MAX,
    SIDE_MIN,
    Fingerprint,
    check_fingerprint,
)
from command_centre.record.pades import signature_states
from command_centre.record.page_ink import SignedPlace, page_ink_svg
from command_centre.record.typeset import FOOT_BOX, FOOT_DATE, Place, stamp_pdf
from config.kinds import KINDS
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom, ink
from tests.command_centre.test_record_pages import STROKE


def picture(kind: str, width: int = 300, height: int = 400) -> Fingerprint:
    """Ridges, as a pad gives them."""
    rows, columns = np.mgrid[0:height, 0:width]
    rings = np.hypot(rows - height / 2, columns - width / 2)
    ridges = (127 + 120 * np.sin(rings / 4)).astype(np.uint8)
    done, data = cv2.imencode(f".{kind}", ridges)
    assert done
    return Fingerprint(mime="image/png" if kind == "png" else "image/jpeg", data=data.tobytes())


def sent(fingerprint: Fingerprint) -> dict[str, str]:
    return {"mime": fingerprint.mime, "data": b64encode(fingerprint.data).decode()}


FOOT = Place(
    "foot",
    "p",
    1,
    (FOOT_BOX[0], FOOT_BOX[1], FOOT_BOX[0] + FOOT_BOX[2], FOOT_BOX[1] + FOOT_BOX[3]),
    FOOT_DATE,
)


@pytest.mark.parametrize("kind", ["png", "jpg"])
@pytest.mark.parametrize("size", [(SIDE_MIN, SIDE_MIN), (300, 400), (SIDE_MAX, SIDE_MIN)])
def test_pictures_of_a_pad_or_a_camera_are_taken(kind: str, size: tuple[int, int]) -> None:
    found = picture(kind, *size)
    check_fingerprint(found)
    assert stamp_pdf([STROKE], FOOT, name="张某", time="", fingerprint=found).startswith(b"%PDF")


def _header(width: int, height: int) -> bytes:
    """A PNG that says it is so large."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    ("mime", "data", "word"),
    [
        ("image/gif", b"GIF89a", "expected image/png or image/jpeg"),
        ("image/svg+xml", b"<svg/>", "expected image/png or image/jpeg"),
        ("image/png", b"", "a picture has 1 to"),
        ("image/png", b"\0" * (BYTES_MAX + 1), "a picture has 1 to"),
        ("image/png", b"no picture", "not image/png, or not whole"),
        ("image/png", picture("jpg").data, "not image/png, or not whole"),
        ("image/jpeg", picture("png").data, "not image/jpeg, or not whole"),
        ("image/jpeg", picture("jpg").data[:30], "not image/jpeg, or not whole"),
        ("image/jpeg", b"\xff\xd8\xff\xe0\0\0", "not image/jpeg, or not whole"),
        ("image/png", _header(SIDE_MIN - 1, 300), "each side has 100 to 1200 pixels"),
        ("image/png", _header(300, 60_000), "each side has 100 to 1200 pixels"),
    ],
)
def test_what_is_no_such_picture_is_refused_and_says_what_was_expected(
    mime: str, data: bytes, word: str
) -> None:
    with pytest.raises(Rejected, match=word) as refused:
        check_fingerprint(Fingerprint(mime=mime, data=data))
    assert refused.value.code == "bad_fingerprint"


def test_it_stands_on_the_page_and_is_in_no_message() -> None:
    found = picture("png")
    drawn = page_ink_svg([SignedPlace(FOOT, [STROKE], "张某", "", found)])
    assert f"data:image/png;base64,{b64encode(found.data).decode()}" in drawn
    assert repr(found) == "Fingerprint()"
    assert {"fingerprint", "fingerprint_mime"} <= set(KINDS["page.signed"].private)


async def test_it_is_kept_as_it_came_and_is_part_of_what_is_signed(tmp_path: Path) -> None:
    store, found = tmp_path / "store", picture("jpg")
    async with house(store) as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        broken = Fingerprint(mime="image/png", data=_header(300, 300))  # says so, holds nothing
        signing = {"ink": ink("foot", 1), "fingerprint": sent(broken)}
        refused = await room.post(f"{at}/sign", signing)
        assert refused.json()["code"] == "bad_fingerprint"
        view = await room.done(f"{at}/sign", {**signing, "fingerprint": sent(found)})
        marked = [one["place"] for one in view["places"] if one["fingerprint"]]
        assert marked == ["foot"]
        drawn = (await room.get(f"{at}/pages/1/ink")).text
        assert "data:image/jpeg;base64," in drawn
        [entry] = await room.entries("page.signed")
        assert entry["fingerprint"] == sent(found)["data"]
        assert entry["fingerprint_sha256"] == hashlib.sha256(found.data).hexdigest()
        assert entry["fingerprint_bytes"] == len(found.data)
        listed = await live.centre.database.read(_summary)
        assert sent(found)["data"][:60] not in listed
        rest = [one for one in document["places"] if (one["place"], one["page"]) != ("foot", 1)]
        await room.sign({**document, "places": rest}, "p", "o1", "o2")
        await room.done(f"{at}/finish")
        signed = (await room.get(f"{at}/file?signed=1")).content
    states = await asyncio.to_thread(signature_states, signed)
    assert all(one.good for one in states)
    assert (await asyncio.to_thread(verify_path, store)).exit_code == 0
    assert found.data in signed  # the very bytes, under the signatures


def _summary(connection: Any) -> str:
    table = schema.log_entry
    asked = select(table.c.summary).where(table.c.kind == "page.signed")
    return str(connection.execute(asked).scalar())
