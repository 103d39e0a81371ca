"""A room with a real recorder in which a record is made and signed."""

from __future__ import annotations

import asyncio
import json
import math
import time
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from command_centre.db.accounts import HASHER, add_account, add_login
from command_centre.desk.context import CentreContext
from command_centre.desk.recorder_port import append
from config.words import Role
from evidence_store.reader import LogReader
from tests.command_centre.late_media import House

PASSWORD = "correct horse battery"
SAID = (
    ("interviewer", "这个活儿是谁安排你去的"),
    ("interviewee", "李某嘛，早上点完名，他指派我和另外几个工人去的"),
    ("interviewer", "作业之前办没办动火作业票"),
    ("interviewee", "没有，什么票都没办"),
)


def ink(place: str, page: int, *, seed: int = 0) -> dict[str, Any]:
    """A signature as a desk sends it."""
    now_us = time.time_ns() // 1000
    stroke = [
        value
        for step in range(60)
        for value in (
            400 + step * 150,
            int(1200 + 900 * math.sin((step + seed) / 4)),
            step * 8,
            500,
        )
    ]
    return {
        "place": place,
        "page": page,
        "strokes": [stroke, [9000, 300, 900, 700, 9400, 2200, 990, 800]],
        "from_us": now_us - 2_000_000,
        "to_us": now_us,
        "pointer": "pen",
    }


@dataclass
class RecordRoom:
    """Room 1 with its interviewer logged in and a session open."""

    house: House
    session: str
    officer: str  # account of the first interviewer

    @classmethod
    async def open(cls, house: House, room: str = "room1") -> RecordRoom:
        """Open a session in which four sentences were said."""
        centre = house.centre
        cookie = await centre.database.write(lambda writing: _officer(writing, centre))
        session = (await centre.sessions.open(room, "test")).id
        house.client.cookies.set("duizhi_login", cookie)
        made = cls(house, session, "wu-test")
        if room != "site":
            for number, (speaker, text) in enumerate(SAID):
                await made.say(speaker, text, number)
        return made

    async def say(self, speaker: str, text: str, number: int) -> None:
        """A final utterance."""
        at = time.time_ns() // 1000 + number
        body: dict[str, Any] = {
            "source": "room1-camera",
            "id": f"u-{self.session}-{number}",
            "speaker": speaker,
            "start_us": at,
            "end_us": at + 1,
            "text": text,
            "words": [],
        }
        receipt = await append(
            self.house.bus,
            key=str(body["id"]),
            kind="utterance",
            session=self.session,
            room="room1",
            body=body,
            t_us=at,
        )
        await self.house.centre.follower.reached(receipt.index)

    async def get(self, path: str) -> httpx.Response:
        """A GET as the interviewer."""
        return await self.house.client.get(path)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """A POST as the interviewer."""
        return await self.house.client.post(
            path,
            content=msgspec.json.encode(body if body is not None else {}),
            headers={"X-Duizhi": "1"},
        )

    async def done(self, path: str, body: Any = None) -> dict[str, Any]:
        """A POST that must succeed."""
        answer = await self.post(path, body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def entries(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the session's entries of a kind, with their private parts."""
        reader = LogReader(self.house.store / "recorder-1" / "log")
        size = reader.checkpoint().size
        found = [json.loads(line) for line in await asyncio.to_thread(reader.opened, 0, size)]
        return [one["body"] for one in found if one["kind"] == kind]

    async def make(self, **header: str) -> dict[str, Any]:
        """Save the text as it stands and make a document of it."""
        record = (await self.get(f"/api/sessions/{self.session}/record")).json()
        saved = await self.done(
            f"/api/sessions/{self.session}/record/text",
            {
                "base": record["version"],
                "header": {**record["header"], **header},
                "lines": record["lines"] + record["fresh"],
            },
        )
        return await self.done(
            f"/api/sessions/{self.session}/record/document",
            {"version": saved["version"], "steps_seen": True},
        )

    async def review(self) -> dict[str, Any]:
        """Differences and steps as they are."""
        found: dict[str, Any] = (
            await self.get(f"/api/sessions/{self.session}/record/review")
        ).json()
        return found

    async def justify(self, reason: str = "本人当场更正，录音中有") -> dict[str, Any]:
        """One reason for every difference that is open."""
        still = [one["id"] for one in (await self.review())["differences"] if not one["justified"]]
        return await self.done(
            f"/api/sessions/{self.session}/record/justify",
            {"differences": still, "reason": reason},
        )

    async def show(self, document: dict[str, Any]) -> None:
        """Show every page to the person questioned."""
        now_us = time.time_ns() // 1000
        for page in range(1, document["pages"] + 1):
            body = {"page": page, "from_us": now_us - 9_000_000, "to_us": now_us}
            await self.done(f"/api/documents/{document['id']}/shown", body)

    async def sign(self, document: dict[str, Any], *signers: str) -> dict[str, Any]:
        """Sign every place of these signers; the first interviewer with a key of their own."""
        view = document
        for place in document["places"]:
            if place["signer"] not in signers:
                continue
            body: dict[str, Any] = {"ink": ink(place["place"], place["page"])}
            if place["role"] == "interviewer":
                body |= {"account": self.officer, "password": PASSWORD}
            view = await self.done(f"/api/documents/{document['id']}/sign", body)
        return view


def _officer(writing: Any, centre: CentreContext) -> str:
    now_us = centre.clock.now_us()
    account = add_account(
        writing,
        account="wu-test",
        name="吴某某",
        role=Role.INTERVIEWER,
        password_hash=HASHER.hash(PASSWORD),
        now_us=now_us,
        rooms=("room1", "site"),
    )
    return add_login(writing, account, now_us, 12)[0]
