"""What the people of the story did before the visitor came: tasks, exhibits, other cases.

Done over the same HTTP API as a browser uses, so every act stands in the log under the name of who
did it. Nothing is said, asked or shown in a room here: that is left to the visitor.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from command_centre.demo_desk import Desk
from command_centre.demo_store import CLIPS, DemoStore
from config import demo

_CLIPS = Path(demo.__file__).with_name("clips")


@dataclass(frozen=True)
class _Task:
    title: str
    assignee: str
    due_days: int
    done: bool = False


_TASKS = (
    _Task("调取 5 月 12 日动火作业票存根", "wu", 2),
    _Task("向恒顺公司送达询问通知书", "sun", -3, done=True),
    _Task("核对隔油池可燃气体检测记录", "wu", 5),
    _Task("约谈当日值班监护人员", "lin", 9),
)

#: What a case keeps when its kind is told.
_FACTS = ("number", "name", "name_en", "cause", "enterprise", "incident_date", "opened")

#: Source whose picture is kept, the second of its clip, and the exhibit's title.
_EXHIBITS = (
    ("drone-01", 8.0, "油库航拍：隔油池与作业区"),
    ("bodycam-02", 12.0, "隔油池池口现场照片"),
)


@dataclass(frozen=True)
class _Other:
    """A case beside the story's: its facts, people, points of a template and tasks."""

    number: str
    name: str
    name_en: str
    enterprise: str
    cause: str
    days: int  # since it was opened
    people: tuple[tuple[str, str, str, str, str], ...]
    template: str
    tasks: tuple[_Task, ...]
    closed: str = ""  # why; empty: it is open


_OTHERS = (
    _Other(
        "（渭）应急立〔2026〕011号",
        "粮库清仓作业案",
        "Grain store clearing case",
        "渭州惠农粮食储备有限公司",
        "涉嫌有限空间作业未执行审批制度",
        49,
        (
            ("郑某", "Zheng", "仓储科科长", "Head of storage", "涉案人员"),
            ("何某", "He", "清仓班组长", "Foreman of the clearing team", "涉案人员"),
        ),
        "confined_space",
        (
            _Task("调取三号平房仓有限空间作业审批单", "wu", -40, done=True),
            _Task("送达行政处罚决定书", "sun", -12, done=True),
            _Task("核实罚款缴纳和整改复查情况", "lin", -4, done=True),
        ),
        closed="已作出行政处罚决定并履行完毕",
    ),
    _Other(
        "（渭）应急立〔2026〕016号",
        "木器厂粉尘清扫案",
        "Woodworks dust case",
        "渭州森达木业有限公司",
        "涉嫌未按规定清理可燃性粉尘",
        6,
        (
            ("冯某", "Feng", "生产厂长", "Production manager", "涉案人员"),
            ("蒋某", "Jiang", "打磨车间主任", "Head of the sanding shop", "涉案人员"),
        ),
        "training",
        (
            _Task("调取打磨车间近三个月粉尘清扫记录", "sun", 3),
            _Task("约谈生产厂长冯某", "lin", 6),
        ),
    ),
)


async def fill(store: DemoStore) -> None:
    """Does what is not there yet; a store of an earlier run keeps what it has.

    Raises:
        DeskError: the centre refused one of the acts.
    """
    person = store.accounts["lin"]
    async with Desk(store.address, person.account, person.password) as manager:
        await _say_kind(manager, store.case)
        await _give_tasks(manager, store.case)
        await _keep_exhibits(manager, store.case)
        await _open_others(manager)


async def _say_kind(manager: Desk, case: str) -> None:
    """What kind of case the story is, and who leads it: the case file has neither."""
    if (await manager.get(f"/api/cases/{case}/overview"))["kind"]:
        return
    told = await manager.get(f"/api/cases/{case}")
    facts = {key: told[key] for key in _FACTS}
    await manager.post(f"/api/cases/{case}/facts", {**facts, "kind": "penalty"})


async def _give_tasks(manager: Desk, case: str, tasks: Sequence[_Task] = _TASKS) -> None:
    if (await manager.get(f"/api/cases/{case}/overview"))["tasks"]:
        return
    for task in tasks:
        due = datetime.date.today() + datetime.timedelta(days=task.due_days)
        body = {
            "title": task.title,
            "due": due.isoformat(),
            "assignee": task.assignee,
        }
        made = await manager.post(f"/api/cases/{case}/tasks", body)
        if task.done:
            own = _titled(made["tasks"], task.title)
            await manager.post(f"/api/cases/{case}/tasks/{own['id']}/step", {"step": "done"})


def _titled(some: Sequence[Mapping[str, Any]], title: str) -> Mapping[str, Any]:
    return next(one for one in some if one["title"] == title)


async def _keep_exhibits(manager: Desk, case: str) -> None:
    if (await manager.get(f"/api/cases/{case}/exhibits"))["exhibits"]:
        return
    for source, second, title in _EXHIBITS:
        clip = _CLIPS / f"{CLIPS[source]}.mp4"
        picture = await asyncio.to_thread(still_of, clip, second)
        data = base64.b64encode(picture).decode()
        await manager.post(f"/api/cases/{case}/exhibits", {"title": title, "data": data})


def still_of(clip: Path, second: float) -> bytes:
    """The picture of a clip at that second, as PNG."""
    with av.open(str(clip)) as container:
        container.seek(int(second * av.time_base))
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= second:
                return _png(frame)
    raise ValueError(f"{clip.name} has no picture at {second} s")


def _png(frame: av.VideoFrame) -> bytes:
    written = io.BytesIO()
    with av.open(written, mode="w", format="image2pipe") as made:
        stream = made.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "rgb24"
        made.mux(stream.encode(frame.reformat(format="rgb24")))
        made.mux(stream.encode(None))
    return written.getvalue()


async def _open_others(manager: Desk) -> None:
    known = {one["number"] for one in (await manager.get("/api/cases"))["cases"]}
    for other in _OTHERS:
        if other.number not in known:
            await _open_other(manager, other)


async def _open_other(manager: Desk, other: _Other) -> None:
    opened = datetime.date.today() - datetime.timedelta(days=other.days)
    body = {
        "number": other.number,
        "name": other.name,
        "name_en": other.name_en,
        "enterprise": other.enterprise,
        "cause": other.cause,
        "kind": "penalty",
        "incident_date": (opened - datetime.timedelta(days=2)).isoformat(),
        "opened": opened.isoformat(),
    }
    case = (await manager.post("/api/cases", body))["case"]
    for name, name_en, post, post_en, role in other.people:
        person = {"name": name, "name_en": name_en, "post": post, "post_en": post_en, "role": role}
        await manager.post(f"/api/cases/{case}/people", person)
    points = {"template": other.template, "points": [1, 2, 3, 4]}
    await manager.post(f"/api/cases/{case}/points/template", points)
    await _give_tasks(manager, case, other.tasks)
    if other.closed:
        closing = {"state": "closed", "reason": other.closed}
        await manager.post(f"/api/cases/{case}/state", closing)
