"""What was done with the sealed sessions before the visitor came: checked, exported, kept.

Done by the story's people over the same HTTP API as their browsers use, while the visitor's own
sessions already run. A step that is refused ends this and nothing else.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from command_centre.demo_before import Earlier, desk_of
from command_centre.demo_desk import Desk, DeskError
from command_centre.demo_store import DemoError, DemoStore
from config.words import MICROSECONDS

_JOB_S = 120.0
_POLL_S = 0.3
_EXPORT_REASON = "案件审核，移送法制审核前备份"
_HOLD_REASON = "当事人已提出陈述申辩，结案前不得清除"
_KEEPING_REASON = "涉及人员受伤，按一般案件保存"
_CUSTODY_NOTE = "首次询问和现场检查的录音录像，交设备间保管"
_TAKEN_NOTE = "已核对封存回执，入柜"
_COPY = {"type": "master", "label": "光盘 2026-014-01", "note": "封存于证据柜二层"}
#: Of whom, how long after the session began, and what the note says.
_NOTES = (
    ("wu", 12, "“单位内部已经处理过”：下次询问请说明由谁处理、怎么处理"),
    ("lin", 20, "注意与李某的说法核对"),
)


@dataclass
class Papers:
    """What is to be done with the earlier sessions, if there are any; ``filed`` once it is."""

    store: DemoStore
    earlier: Earlier | None
    say: Callable[[str], None]
    filed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Do it, once."""
        if self.earlier is not None:
            await file(self.store, self.earlier, self.say)
        self.filed.set()


async def file(store: DemoStore, earlier: Earlier, say: Callable[[str], None]) -> None:
    """Everything that is done with sealed sessions, in the order an office does it.

    What an earlier run of the same store has done stays as it is.
    """
    try:
        async with desk_of(store, "lin") as manager, desk_of(store, "shen") as auditor:
            case = f"/api/cases/{store.case}"
            looked = await manager.get(f"{case}/review?sessions={earlier.questioning}")
            if not looked["notes"]:
                await _noted(store, manager, earlier)
            if not (await manager.get(f"{case}/custody"))["steps"]:
                await _kept(store, manager)
            if not (await auditor.get(f"{case}/verifications"))["verifications"]:
                await _verified(auditor, earlier)
            if not (await manager.get(f"{case}/packages"))["packages"]:
                await _exported(manager, auditor, earlier)
    except (DeskError, DemoError) as error:
        say(f"what is done with sealed sessions was left as it is: {error}")
        return
    say("the earlier sessions are verified, exported, on hold and handed to their keeper")


async def _noted(store: DemoStore, manager: Desk, earlier: Earlier) -> None:
    session = (await manager.get(f"/api/sessions/{earlier.questioning}"))["summary"]
    for account, after_s, text in _NOTES:
        at_us = session["opened_us"] + after_s * MICROSECONDS
        body = {"session": earlier.questioning, "at_us": at_us, "text": text}
        async with desk_of(store, account) as desk:
            await desk.post(f"/api/cases/{store.case}/notes", body)


async def _kept(store: DemoStore, manager: Desk) -> None:
    """How long, a hold, and from whose hands into whose."""
    case = f"/api/cases/{store.case}"
    keeping = {"category": "ordinary", "reason": _KEEPING_REASON}
    await manager.post(f"{case}/retention", keeping)
    await manager.post("/api/holds", {"case": store.case, "reason": _HOLD_REASON})
    custody = await manager.get(f"{case}/custody")
    keeper = store.accounts["admin"].name
    to = next(one["account"] for one in custody["keepers"] if one["name"] == keeper)
    offered = await manager.post(f"{case}/custody", {"to": to, "note": _CUSTODY_NOTE})
    step = next(one for one in offered["steps"] if one["state"] == "offered")
    async with desk_of(store, "admin") as admin:
        await admin.post(f"/api/custody/{step['id']}", {"accepted": True, "note": _TAKEN_NOTE})


async def _verified(auditor: Desk, earlier: Earlier) -> None:
    for session in (earlier.questioning, earlier.inspection):
        started = await auditor.post("/api/verifications", {"session": session})
        await _finished(auditor, started["job"])


async def _exported(manager: Desk, auditor: Desk, earlier: Earlier) -> None:
    """A package of the questioning, the note of its master copy, and a check of what left."""
    body = {"session": earlier.questioning, "reason": _EXPORT_REASON}
    made = await _finished(manager, (await manager.post("/api/exports", body))["job"])
    name = made["export"]
    await manager.post(f"/api/exports/{name}/copies", _COPY)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package.zip"
        await auditor.download(f"/api/exports/{name}/package.zip", package)
        taken = await auditor.send_file("/api/packages", package)
    started = await auditor.post("/api/checks", {"first": taken["package"]})
    await _finished(auditor, started["job"])


async def _finished(desk: Desk, job: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_JOB_S):
            while True:
                state = await desk.get(f"/api/jobs/{job}")
                if state["state"] == "failed":
                    raise DemoError(f"a job failed: {state['error']}")
                if state["state"] == "done":
                    result: dict[str, Any] = state["result"]
                    return result
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise DemoError(f"a job was not done after {_JOB_S:g} s") from error
