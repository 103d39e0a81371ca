"""The book when something fails between an entry of the centre's log and its row.

A real log and a real database; what fails is the database (it refuses to write, as a full or
locked one does), the reading of the log, or the caller's patience.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select, text

from command_centre.comparison import book as book_module
from command_centre.comparison.book import CaseBook, Wording
from command_centre.comparison.kept_templates import KeptTemplates
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.questions import Questions, QuestionText
from command_centre.comparison.template_check import TemplateText
from command_centre.comparison.templates import read_templates
from command_centre.comparison.views import PointDetail, TemplatePoint
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import centre_log
from command_centre.desk.centre_log import CentreLog
from command_centre.desk.custody import Custody
from command_centre.desk.exhibit_acts import ExhibitActs
from command_centre.desk.exhibits import Exhibits
from command_centre.desk.hearing import HearingDesk
from command_centre.desk.kept_notices import KeptNotices, NoticeText
from command_centre.desk.notices import shipped_notice
from command_centre.desk.opening import open_log
from command_centre.desk.permissions import Caller
from command_centre.errors import Rejected
from config.words import Role
from evidence_store.reader import LogReader
from evidence_store.writer import StoreWriter
from tests.command_centre.centre import CASE, TickingClock, seeded_database
from tests.command_centre.pictures import png

ADMINISTRATOR = Caller("a1", "admin", "The administrator", Role.ADMINISTRATOR, frozenset(), "login")
POINT = TemplatePoint(
    text="核实焊接作业由谁安排",
    en="verify who arranged the welding",
    question="这次焊接是怎么安排的？",
    question_en="How was the welding arranged?",
    topic="arrange",
    event="安排",
    slots=("who_ordered",),
)


@dataclass
class Kept:
    """A book with what it is kept in."""

    book: CaseBook
    database: Database
    reader: LogReader
    log: CentreLog
    store: Path

    def templates(self) -> KeptTemplates:
        """Of points."""
        wording = KeptWording(self.database, self.book)
        return KeptTemplates(self.database, self.book, read_templates("shipped"), wording)

    def questions(self) -> Questions:
        """For prompts."""
        wording = KeptWording(self.database, self.book)
        return Questions(self.database, self.book, read_templates("shipped"), wording)

    def said(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the entries of a kind."""
        entries = map(msgspec.json.decode, self.reader.opened(0, 10_000))
        return [entry["body"] for entry in entries if entry["kind"] == kind]

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """The database writes nothing meanwhile."""
        self._pragma("query_only=ON")
        yield
        self._pragma("query_only=OFF")

    def _pragma(self, said: str) -> None:
        raw = self.database._write_engine.raw_connection()  # the only one that writes
        raw.cursor().execute(f"PRAGMA {said}")
        raw.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Path, StoreWriter]]:
    writer = open_log(tmp_path, 1)
    yield tmp_path, writer
    writer.close()


@pytest.fixture
def kept(store: tuple[Path, StoreWriter]) -> Iterator[Kept]:
    directory, writer = store
    path = directory / "centre" / "centre.sqlite"
    seeded_database(path)
    clock = TickingClock()
    with Database(path) as database:
        yield made(directory, database, CentreLog(writer, clock))


def made(directory: Path, database: Database, log: CentreLog) -> Kept:
    own_log = directory / "centre" / "log"
    book = CaseBook(database, log, TickingClock(), own_log)
    return Kept(book, database, LogReader(own_log), log, directory)


async def point(kept: Kept, words: str) -> None:
    detail = PointDetail(slots=("who_ordered",))
    await kept.book.add_point(ADMINISTRATOR, CASE, Wording(text=words, detail=detail))


async def template(kept: Kept, words: str) -> None:
    said = TemplateText(name=words, name_en="", points=(POINT,))
    templates, seen = kept.templates(), "2026-11"
    while True:  # like the page: whoever is told that another version is in use looks at that one
        try:
            await templates.set(ADMINISTRATOR, "hot_work", said, seen=seen, despite=())
        except Rejected as error:
            if error.code != "template_changed":
                raise
            seen = str(error.extra["now"])
        else:
            return


async def question(kept: Kept, words: str) -> None:
    said = QuestionText(text_zh=words)
    await kept.questions().set(ADMINISTRATOR, "hot_work-1", said, despite=())


async def notice(kept: Kept, words: str) -> None:
    came = shipped_notice("interview")
    said = NoticeText(title=words, title_en=words, lines=came.lines)
    await KeptNotices(kept.database, kept.book).set(ADMINISTRATOR, "interview", said, despite=True)


async def exhibit(kept: Kept, words: str) -> None:
    exhibits = Exhibits(kept.database, kept.book, TickingClock(), kept.store)
    await exhibits.add(ADMINISTRATOR, CASE, words, png(40, 30))


Act = Callable[[Kept, str], Awaitable[None]]
NUMBERED = [
    pytest.param(point, "point.add", "point", "text", id="point"),
    pytest.param(template, "point_template.set", "template", "title", id="template"),
    pytest.param(question, "question.set", "version", "text_zh", id="question"),
    pytest.param(notice, "notice.set", "notice", "title", id="notice"),
    pytest.param(exhibit, "exhibit.added", "number", "title", id="exhibit"),
]
TABLES = (
    *("point", "point_template_version", "point_template_use", "question"),
    *("notice_version", "notice_use", "exhibit", "custody"),
)


def rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables of numbered things say."""
    found = {}
    for name in TABLES:
        table = schema.metadata.tables[name]
        found[name] = sorted(map(tuple, connection.execute(select(table))), key=str)
    return found


async def rebuilt(kept: Kept, directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The same tables, made of the entries alone."""
    path = directory / "again.sqlite"
    seeded_database(path)
    with Database(path) as again:
        await made(directory, again, kept.log).book.catch_up()
        return await again.read(rows)


@pytest.mark.parametrize(("act", "kind", "number", "words"), NUMBERED)
async def test_a_number_of_the_log_gets_no_second_text(
    kept: Kept, tmp_path: Path, act: Act, kind: str, number: str, words: str
) -> None:
    await kept.book.catch_up()
    await act(kept, "第一份")
    with kept.refusing():
        with pytest.raises(Rejected, match="database_unavailable"):
            await act(kept, "第二份")
        with pytest.raises(Rejected, match="database_unavailable"):
            await act(kept, "第三份")  # the second one cannot be taken yet
        assert [body[words] for body in kept.said(kind)] == ["第一份", "第二份"]
    await act(kept, "第四份")
    said = kept.said(kind)
    assert [body[words] for body in said] == ["第一份", "第二份", "第四份"]
    assert len({body[number] for body in said}) == 3
    assert await kept.database.read(rows) == await rebuilt(kept, tmp_path)


@pytest.mark.parametrize(("act", "kind", "number", "words"), NUMBERED)
async def test_who_asks_once_more_gets_what_they_had_said(
    kept: Kept, act: Act, kind: str, number: str, words: str
) -> None:
    await kept.book.catch_up()
    with kept.refusing(), pytest.raises(Rejected, match="database_unavailable"):
        await act(kept, "第一份")
    await act(kept, "第一份")
    said = kept.said(kind)
    if kind in ("point.add", "exhibit.added"):  # two of them may say the same
        assert [body[number] for body in said] == [said[0][number], said[1][number]]
        assert said[0][number] != said[1][number]
    else:
        assert len(said) == 1


async def test_the_evidence_is_handed_over_and_settled_once(kept: Kept, tmp_path: Path) -> None:
    await kept.book.catch_up()
    custody = Custody(kept.database, kept.book, kept.log)
    people = await kept.database.read(
        lambda found: {row.role: row.id for row in found.execute(select(schema.account))}
    )
    manager, keeper = (
        Caller(people[role], role, f"The {role}", role, frozenset(), "login", all_cases=True)
        for role in (Role.MANAGER, Role.ADMINISTRATOR)
    )
    with kept.refusing(), pytest.raises(Rejected, match="database_unavailable"):
        await custody.offer(manager, CASE, keeper.account_id, "硬盘一只")
    with pytest.raises(Rejected, match="custody_open"):
        await custody.offer(manager, CASE, keeper.account_id, "硬盘一只")
    [offered] = kept.said("custody.offered")
    with kept.refusing(), pytest.raises(Rejected, match="database_unavailable"):
        await custody.settle(keeper, offered["custody"], True, "")
    with pytest.raises(Rejected, match="custody_settled"):
        await custody.settle(keeper, offered["custody"], False, "")
    assert (len(kept.said("custody.accepted")), kept.said("custody.declined")) == (1, [])
    assert (await custody.of_case(manager, CASE)).keeper != ""
    assert await kept.database.read(rows) == await rebuilt(kept, tmp_path)


async def test_a_version_of_a_vocabulary_has_one_digest(kept: Kept) -> None:
    await kept.book.catch_up()
    unused: Any = None  # of the recorder and the transcriber
    hearing = HearingDesk(
        *(unused, kept.database, kept.book, kept.log, unused, unused, TickingClock(), unused)
    )
    with kept.refusing(), pytest.raises(Rejected, match="database_unavailable"):
        await hearing.set_vocabulary(ADMINISTRATOR, CASE, ["动火票"])
    wanted = (["配电箱"], ["监护人"])
    views = await asyncio.gather(
        *(hearing.set_vocabulary(ADMINISTRATOR, CASE, terms) for terms in wanted)
    )
    said = kept.said("case.vocabulary")
    assert [body["version"] for body in said] == [1, 2, 3]
    assert len({body["sha256"] for body in said}) == 3
    last = await hearing.vocabulary(CASE)
    assert (last.version, last.terms) == (3, wanted[1])
    assert views[1] == last
    assert await hearing.set_vocabulary(ADMINISTRATOR, CASE, wanted[1]) == last  # no act
    assert len(kept.said("case.vocabulary")) == 3


async def test_a_book_that_begins_anew_takes_what_was_left(kept: Kept, tmp_path: Path) -> None:
    await kept.book.catch_up()
    with kept.refusing(), pytest.raises(Rejected):
        await template(kept, "动火一")
    again = made(tmp_path, kept.database, kept.log)  # nobody told it to catch up
    await template(again, "动火二")
    assert [body["template"] for body in kept.said("point_template.set")] == [
        *("hot_work/own-1", "hot_work/own-2")
    ]


async def test_rows_follow_by_themselves_once_they_can(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(book_module, "_AGAIN_S", 0.01)
    told: list[str] = []
    kept.book.listen(told.append)
    await kept.book.catch_up()
    running = asyncio.create_task(kept.book.run())
    with kept.refusing():
        with pytest.raises(Rejected):
            await point(kept, "第一份")
        await asyncio.sleep(0.05)
        told.clear()
    async with asyncio.timeout(5):
        while not told:
            await asyncio.sleep(0.01)
    running.cancel()
    assert told == [CASE]
    texts = select(schema.point.c.text).where(schema.point.c.text == "第一份")
    assert await kept.database.read(lambda found: found.execute(texts).scalars().all())
    waits = [one for one in caplog.records if "wait to be taken" in one.getMessage()]
    assert waits
    assert all("第一份" not in one.getMessage() for one in caplog.records)


async def test_who_was_touched_before_a_failure_between_two_pages_is_told_after_it(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page of what is behind is taken, the second one not until later."""
    monkeypatch.setattr(centre_log, "_PAGE", 1)
    await kept.book.catch_up()
    told: list[str] = []
    kept.book.listen(told.append)
    first = await kept.log.append("point.add", {"case": CASE, "point": "p90", "text": "第一份"})
    await kept.log.append("point.add", {"case": "another", "point": "p1", "text": "第二份"})
    refuse = (
        "CREATE TRIGGER full_disk BEFORE UPDATE ON counter"
        f" WHEN new.number > {first + 1} BEGIN SELECT raise(ABORT, 'full'); END"
    )
    await kept.database.write(lambda writing: writing.execute(text(refuse)))
    with pytest.raises(Rejected, match="database_unavailable"):
        await kept.book.catch_up()
    assert told == []
    await kept.database.write(lambda writing: writing.execute(text("DROP TRIGGER full_disk")))
    await kept.book.catch_up()
    assert sorted(told) == sorted([CASE, "another"])
    told.clear()
    await kept.book.catch_up()
    assert told == []  # once


async def test_whoever_goes_away_breaks_no_act_off(kept: Kept) -> None:
    """A desk's connection ends while its act is being written down."""
    await kept.book.catch_up()
    for patience in (0, 1, 2, 3, 5, 8):
        act = asyncio.create_task(template(kept, f"动火{patience}"))
        while not kept.book._behind.is_set():
            await asyncio.sleep(0)
        for _ in range(patience):
            await asyncio.sleep(0)
        act.cancel()
        act.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await act
    versions = await kept.database.read(
        lambda found: found.execute(
            select(schema.point_template_version.c.name, schema.point_template_version.c.title)
        ).all()
    )
    said = [(body["template"], body["title"]) for body in kept.said("point_template.set")]
    assert said == [tuple(row) for row in versions]
    assert len(said) == len({name for name, _ in said}) == 6


@pytest.mark.parametrize("seen", ["damaged", "empty"])
async def test_no_act_is_taken_while_the_log_cannot_be_read(
    kept: Kept, tmp_path: Path, seen: str
) -> None:
    await kept.book.catch_up()
    with kept.refusing(), pytest.raises(Rejected):
        await template(kept, "动火一")
    checkpoint = tmp_path / "centre" / "log" / "checkpoint"
    good = checkpoint.read_bytes()
    if seen == "damaged":
        checkpoint.write_bytes(b"not a checkpoint")
    else:
        checkpoint.unlink()
    with pytest.raises(Rejected, match="log_unavailable"):
        await template(kept, "动火二")
    checkpoint.write_bytes(good)
    await template(kept, "动火三")
    assert [body["template"] for body in kept.said("point_template.set")] == [
        *("hot_work/own-1", "hot_work/own-2")
    ]


async def test_a_full_log_leaves_nothing_behind(
    kept: Kept, store: tuple[Path, StoreWriter]
) -> None:
    await kept.book.catch_up()
    store[1].close()
    with pytest.raises(Rejected, match="log_unavailable"):
        await template(kept, "动火一")
    assert kept.said("point_template.set") == []
    assert all(one.shipped for one in await kept.templates().kept())


async def test_an_entry_the_tables_cannot_hold_holds_up_nobody(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    """An act on a case that is not there, a version that is no number, a state nobody knows."""
    await kept.book.catch_up()
    odd: list[tuple[str, dict[str, Any]]] = [
        ("case.member", {"case": "nobody", "member": "nobody", "role": "manager", "by": "a1"}),
        ("question.set", {"question": "q", "version": "x", "text_zh": "x", "wording": ""}),
        ("difference.review", {"case": CASE, "difference": "d", "state": "?", "prompts": []}),
        ("case.lexicon", {"case": CASE, "content": 5, "sha256": ""}),
    ]
    with kept.refusing():
        for kind, body in odd:
            await kept.log.append(kind, body)
        with pytest.raises(Rejected):
            await template(kept, "动火一")
    await template(kept, "动火二")
    assert [body["template"] for body in kept.said("point_template.set")] == [
        *("hot_work/own-1", "hot_work/own-2")
    ]
    left_out = [one for one in caplog.records if "left out" in one.getMessage()]
    assert len(left_out) >= 2


async def test_what_became_of_exhibits_is_made_of_the_entries_alone(
    kept: Kept, tmp_path: Path
) -> None:
    await kept.book.catch_up()
    exhibits = Exhibits(kept.database, kept.book, TickingClock(), kept.store)
    acts = ExhibitActs(kept.book, exhibits)
    manager = dataclasses.replace(ADMINISTRATOR, role=Role.MANAGER)
    one = await exhibits.add(manager, CASE, "照片", png(40, 30))
    two = await exhibits.add(manager, CASE, "台账", png(50, 30))
    for title in ("现场照片", "照片", "现场照片"):
        await acts.rename(manager, one.id, title)
    await acts.withdraw(manager, one.id, "重复添加")
    await acts.withdraw(manager, two.id, "添加有误")
    two = await acts.restore(manager, two.id)
    one = await exhibits.find(one.id)
    assert (one.title, one.former_titles) == ("现场照片", ("照片", "现场照片"))
    assert (one.withdrawn_reason, two.withdrawn_us) == ("重复添加", None)
    assert await kept.database.read(rows) == await rebuilt(kept, tmp_path)
