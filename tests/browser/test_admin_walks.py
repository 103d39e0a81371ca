"""What an administrator does on their pages, each act walked to its end on the real system."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from command_centre.demo_store import DemoAccount
from config.words import Role
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation, running, until
from transcription.model_directory import shipped

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

#: The page, and what is refused there until the person says to keep it.
NOTICES = ("/admin/templates", "/api/notice-templates/interview")
TEMPLATES = ("/admin/templates", "/api/point-templates/hot_work")
NEW_PASSWORD = "seven quiet rivers 31"
#: Loading a model and starting a process again, on a machine that has other work.
LOADED_MS = 120_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with running(tmp_path_factory.mktemp("walks") / "store") as started:
        yield started


@contextlib.asynccontextmanager
async def administrator(
    installation: Installation, path: str, refused: str = ""
) -> AsyncIterator[Page]:
    """A page of the administration; at the end nothing was complained of but what is ``refused``
    on purpose: the browser says each 409 of that path, or below it."""
    store = installation.store
    async with browser() as context:
        page = await context.new_page()
        errors = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["admin"])
        await page.goto(f"{store.address}{path}")
        async with seen_when_failed(page):
            yield page
        said = "status of 409 (Conflict)"
        mine = f"{store.address}{refused}" if refused else "nothing"
        assert [one for one in errors.found if not (said in one and mine in one)] == []


async def _listed(installation: Installation, path: str) -> Any:
    async with installation.desk("admin") as desk:
        return await desk.get(path)


async def test_a_question_is_added_withdrawn_and_restored(installation: Installation) -> None:
    words = "当时由谁负责联系车辆？"

    async def state() -> str:
        found = (await _listed(installation, "/api/question-templates/kept"))["questions"]
        [mine] = [one for one in found if one["now"]["text_zh"] == words]
        return "withdrawn" if mine["withdrawn_us"] else "kept"

    async with administrator(installation, "/admin/templates") as page:
        await page.get_by_test_id("question-new").click()
        await page.get_by_test_id("question-text").fill(words)
        await page.get_by_test_id("question-save").click()
        row = page.get_by_role("row").filter(has_text=words)
        await expect(row).to_be_visible()
        assert await state() == "kept"
        await row.click()
        await page.get_by_test_id("question-withdraw").click()
        await expect(row).to_contain_text("已撤下")
        assert await state() == "withdrawn"
        await row.click()
        await page.get_by_test_id("question-restore").click()
        await expect(row).not_to_contain_text("已撤下")
        assert await state() == "kept"


async def test_a_notice_is_reworded_with_what_it_leaves_out_and_taken_back(
    installation: Installation,
) -> None:
    words = "本机关对本次询问全程录音录像，请你知悉。"

    async def now() -> dict[str, Any]:
        found = (await _listed(installation, "/api/notice-templates"))["notices"]
        one = next(one for one in found if one["kind"] == "interview")
        return next(dict(each) for each in one["versions"] if each["name"] == one["in_use"])

    async with administrator(installation, *NOTICES) as page:
        standing = page.get_by_test_id("notice-now-interview")
        await expect(standing).to_contain_text("随附第 2 版")
        dialog, save = page.get_by_test_id("notice-edit"), page.get_by_test_id("notice-save")
        await page.get_by_test_id("notice-edit-interview").click()
        await expect(save).to_be_disabled()
        await dialog.locator("li[data-line='1'] textarea").first.fill(words)
        await page.keyboard.press("Escape")  # nothing that was written goes in silence
        await page.get_by_test_id("notice-stay").click()
        await expect(dialog.locator("li[data-line='1'] textarea").first).to_have_value(words)
        complaint = dialog.locator("li").filter(has=page.locator("b", has_text="第 7 段"))
        await expect(complaint.locator("textarea").first).to_have_value(re.compile("控告"))
        await complaint.get_by_test_id("notice-line-remove").click()
        await save.click()
        doubts = page.get_by_test_id("notice-doubts")
        await expect(doubts).to_contain_text("没有写到“控告、检举、投诉”")
        assert await violations(page) == []
        assert (await now())["name"] == "interview/2"  # nothing is kept in silence
        await page.get_by_test_id("notice-despite").click()
        await expect(standing).to_contain_text("本单位第 1 版")
        kept = await now()
        assert kept["lines"][0]["zh"] == words
        assert kept["uses"][0]["left_out"] == ["complaint", "complaint.en"]
        await page.reload()
        await page.get_by_test_id("notice-versions-interview").click()
        rows = page.get_by_test_id("notices").locator("li[data-version]")
        await expect(rows).to_have_count(3)
        await expect(rows.first).to_contain_text("控告")
        await rows.first.get_by_test_id("notice-version-read").click()
        await expect(page.get_by_test_id("notice-words")).to_contain_text(words)
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("notice-version")).to_have_count(0)
        shipped = page.locator("li[data-version='interview/2']")
        await shipped.get_by_test_id("notice-back").click()
        assert (await now())["name"] == "interview/own-1"  # asked once more first
        await page.get_by_test_id("notice-back-now").click()
        await expect(standing).to_contain_text("随附第 2 版")
        assert (await now())["name"] == "interview/2"


async def test_points_of_a_template_are_reworded_and_taken_back(installation: Installation) -> None:
    async def now() -> dict[str, Any]:
        found = (await _listed(installation, "/api/point-templates/kept"))["templates"]
        return dict(next(one["in_use"] for one in found if one["id"] == "hot_work"))

    async with administrator(installation, *TEMPLATES) as page:
        row = page.get_by_test_id("point-template-hot_work")
        await expect(row).to_contain_text("随附 2026-11")
        assert await violations(page) == []
        await row.click()
        await expect(page.get_by_test_id("template-preview").locator("li")).to_have_count(8)
        assert await violations(page) == []
        await page.get_by_test_id("point-template-edit").click()
        editor, save = (
            page.get_by_test_id("point-template-editor"),
            page.get_by_test_id("template-save"),
        )
        points = editor.locator("li[data-point]")
        await expect(points).to_have_count(8)
        await expect(save).to_be_disabled()
        # by keyboard: the second point goes up, the focus stays with it
        await points.nth(1).locator("[data-move='up']").focus()
        await page.keyboard.press("Enter")
        await expect(points.first).to_contain_text("动火作业票")
        await expect(points.first.locator("[data-move='down']")).to_be_focused()
        await points.nth(7).get_by_test_id("point-remove").click()
        await expect(points).to_have_count(7)
        await expect(page.get_by_test_id("point-fold-7")).to_be_focused()
        await page.get_by_test_id("point-undo").click()
        await expect(points).to_have_count(8)
        await page.get_by_test_id("point-fold-1").click()
        await points.first.get_by_test_id("point-question").fill("作业票是不是没办？")
        assert await violations(page) == []
        # nothing written goes in silence
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("template-stay")).to_be_visible()
        await page.get_by_test_id("template-stay").click()
        await save.click()
        await expect(page.get_by_test_id("template-hints")).to_contain_text("第 1 点的问法")
        assert await violations(page) == []
        assert (await now())["version"] == "2026-11"  # nothing is kept in silence
        await points.first.get_by_test_id("point-question").fill("作业票是怎么办的？由谁批准？")
        await page.get_by_test_id("template-preview-toggle").click()
        await expect(page.get_by_test_id("template-preview")).to_contain_text("作业票是怎么办的")
        await save.click()
        dialog = page.get_by_test_id("point-template")
        await expect(dialog.locator("li[data-version='own-1']")).to_contain_text("现用")
        kept = await now()
        assert (kept["version"], kept["points"][0]["question"]) == (
            *("own-1", "作业票是怎么办的？由谁批准？"),
        )
        assert [len(kept["points"]), kept["uses"][0]["wording"]] == [8, []]
        await page.reload()
        await expect(row).to_contain_text("已改写")
        await row.click()
        await (
            dialog.locator("li[data-version='2026-11']")
            .get_by_test_id("point-version-back")
            .click()
        )
        assert (await now())["version"] == "own-1"  # asked once more first
        await page.get_by_test_id("point-version-now").click()
        await expect(dialog.locator("li[data-version='2026-11']")).to_contain_text("现用")
        assert (await now())["version"] == "2026-11"


async def test_a_template_that_somebody_else_changed_is_not_replaced_in_silence(
    installation: Installation,
) -> None:
    path, mine = "/api/point-templates/fall", "核实登高前的检查"

    async def now() -> dict[str, Any]:
        found = (await _listed(installation, "/api/point-templates/kept"))["templates"]
        return dict(next(one for one in found if one["id"] == "fall"))

    async with administrator(installation, "/admin/templates", path) as page:
        await page.get_by_test_id("point-template-fall").click()
        await page.get_by_test_id("point-template-edit").click()
        editor, save = (
            page.get_by_test_id("point-template-editor"),
            page.get_by_test_id("template-save"),
        )
        await page.get_by_test_id("point-fold-1").click()
        await editor.get_by_test_id("point-text").fill(mine)
        came = (await now())["in_use"]
        theirs = {key: came[key] for key in ("name", "name_en", "points")}
        async with installation.desk("admin") as desk:
            await desk.post(path, {**theirs, "name": "高处作业坠落", "seen": came["version"]})
        await save.click()
        said = page.get_by_test_id("template-theirs")
        await expect(said).to_contain_text("启用了本单位第 1 版")
        assert (await now())["in_use"]["version"] == "own-1"
        await page.get_by_test_id("template-theirs-look").click()
        await expect(said.get_by_test_id("template-preview")).to_be_visible()
        assert await violations(page) == []
        await expect(editor.get_by_test_id("point-text")).to_have_value(mine)
        await save.click()
        await expect(editor).to_have_count(0)
        kept = (await now())["in_use"]
        assert (kept["version"], kept["points"][0]["text"]) == ("own-2", mine)


async def test_older_versions_of_a_template_are_read_when_asked_for(
    installation: Installation,
) -> None:
    path = "/api/point-templates/confined_space"
    async with administrator(installation, "/admin/templates", path) as page:
        found = (await _listed(installation, "/api/point-templates/kept"))["templates"]
        came = next(one["in_use"] for one in found if one["id"] == "confined_space")
        said, seen = {key: came[key] for key in ("name", "name_en", "points")}, came["version"]
        async with installation.desk("admin") as desk:
            for n in range(1, 23):
                await desk.post(path, {**said, "name": f"有限空间{n}", "seen": seen})
                seen = f"own-{n}"
        await page.get_by_test_id("point-template-confined_space").click()
        versions = page.get_by_test_id("point-template").locator("li[data-version]")
        await expect(versions).to_have_count(20)
        assert await violations(page) == []
        await page.get_by_test_id("point-versions-older").click()
        await expect(versions).to_have_count(23)
        await expect(page.get_by_test_id("point-versions-older")).to_have_count(0)
        oldest = versions.last
        await expect(oldest).to_contain_text(f"随附 {came['version']}")
        await oldest.get_by_test_id("point-version-back").click()
        await page.get_by_test_id("point-version-now").click()
        await expect(page.get_by_test_id("point-template-edit")).to_be_visible()
        kept = (await _listed(installation, "/api/point-templates/kept"))["templates"]
        now = next(one["in_use"] for one in kept if one["id"] == "confined_space")
        assert now["version"] == came["version"]


async def test_a_kind_of_violation_is_added_withdrawn_and_offered_again(
    installation: Installation,
) -> None:
    async def mine() -> dict[str, Any]:
        found = (await _listed(installation, "/api/point-templates/kept"))["templates"]
        return dict(next(one for one in found if one["in_use"]["name"] == "粉尘爆炸"))

    async with administrator(installation, "/admin/templates") as page:
        await page.get_by_test_id("point-template-new").click()
        save = page.get_by_test_id("template-save")
        await page.get_by_test_id("template-name").fill("粉尘爆炸")
        await page.get_by_test_id("point-text").fill("核实除尘器的清扫")
        await page.get_by_test_id("point-question").fill("除尘器由谁清扫、多久一次？")
        await expect(save).to_be_disabled()
        await expect(page.get_by_test_id("template-hint")).to_contain_text("还没有选对照的内容")
        await page.get_by_test_id("point-slot-who_did").check()
        await save.click()
        dialog = page.get_by_test_id("point-template")
        await expect(dialog.get_by_test_id("template-preview")).to_contain_text("对照：由谁做")
        await page.get_by_test_id("point-template-withdraw").click()
        assert (await mine())["withdrawn_us"] is None  # asked once more first
        await page.get_by_test_id("point-template-withdraw-now").click()
        await expect(dialog.get_by_role("note")).to_contain_text("撤下")
        assert (await mine())["withdrawn_us"]
        assert await violations(page) == []
        await dialog.get_by_test_id("point-version-back").click()
        await page.get_by_test_id("point-version-now").click()
        await expect(dialog.get_by_role("note")).to_have_count(0)
        assert (await mine())["withdrawn_us"] is None


async def test_words_are_pointed_out_and_a_hint_is_switched_off(installation: Installation) -> None:
    async def rules() -> dict[str, dict[str, Any]]:
        found = (await _listed(installation, "/api/wording-rules"))["rules"]
        return {one["words"]: one for one in found}

    async with administrator(installation, "/admin/templates", "/api/question-templates") as page:
        await page.get_by_test_id("wording-new").click()
        keep = page.get_by_test_id("wording-keep")
        await page.get_by_test_id("wording-words").fill("磨叽")
        await page.get_by_test_id("wording-neutral").fill("请不要磨叽。")
        await expect(keep).to_be_disabled()  # the suggestion would be pointed out itself
        assert await violations(page) == []
        await page.get_by_test_id("wording-neutral").fill("请继续说明。")
        await keep.click()
        await expect(page.get_by_test_id("wording-dialog")).to_have_count(0)
        mine = (await rules())["磨叽"]
        await page.get_by_test_id("question-new").click()
        await page.get_by_test_id("question-text").fill("别磨叽，经过是怎样的？")
        await page.get_by_test_id("question-save").click()
        await expect(page.get_by_test_id("question-hints")).to_contain_text("请继续说明。")
        assert await violations(page) == []
        await page.get_by_test_id("question-despite").click()
        await expect(page.get_by_test_id("question-dialog")).to_have_count(0)
        questions = (await _listed(installation, "/api/question-templates/kept"))["questions"]
        made = next(one for one in questions if "磨叽" in one["now"]["text_zh"])
        [shown] = made["versions"][0]["wording"]
        assert shown.startswith("text_zh.")
        # restored only with the hints that are shown then
        await page.get_by_text("别磨叽，经过是怎样的？").click()
        dialog = page.get_by_test_id("question-dialog")
        await expect(dialog).to_contain_text("保存时已提示：问法")
        await page.get_by_test_id("question-withdraw").click()
        await expect(dialog).to_have_count(0)
        await page.get_by_text("别磨叽，经过是怎样的？").click()
        await page.get_by_test_id("question-restore").click()
        await expect(page.get_by_test_id("question-hints")).to_contain_text("请继续说明。")
        await expect(page.get_by_test_id("question-despite")).to_have_text("仍按这样恢复")
        await page.get_by_test_id("question-despite").click()
        await expect(dialog).to_have_count(0)
        for off in (True, False):
            await page.get_by_test_id(f"wording-{mine['id']}").click()
            await page.get_by_test_id("wording-turn").click()
            await expect(page.get_by_test_id("wording-dialog")).to_have_count(0)
            assert bool((await rules())["磨叽"]["off_us"]) is off


async def test_a_room_is_freed_retired_and_taken_back(installation: Installation) -> None:
    async def room() -> dict[str, Any]:
        found = (await _listed(installation, "/api/rooms"))["rooms"]
        return next(dict(one) for one in found if one["id"] == "room2")

    async with administrator(installation, "/admin/rooms") as page:
        dialog = page.get_by_test_id("room-dialog")
        await page.get_by_test_id("list-room-room2").click()
        await page.get_by_test_id("room-free").click()
        assert (await room())["case"] != ""  # asked once more first
        await page.get_by_test_id("room-confirm").click()
        await expect(page.get_by_test_id("room-free")).to_have_count(0)
        assert (await room())["case"] == ""
        await page.get_by_test_id("room-retire").click()
        await page.get_by_test_id("room-confirm").click()
        await expect(page.get_by_test_id("room-resume")).to_be_visible()
        assert (await room())["retired_us"]
        await page.get_by_test_id("room-resume").click()
        await expect(dialog.get_by_test_id("room-retire")).to_be_visible()
        assert not (await room())["retired_us"]


async def test_another_password_and_the_end_of_logins(installation: Installation) -> None:
    store = installation.store
    wu = store.accounts["wu"]
    async with browser() as theirs, administrator(installation, "/admin/accounts") as page:
        tablet = await theirs.new_page()
        await sign_in(tablet, store.address, wu)
        await page.get_by_test_id("account-wu").click()
        await page.get_by_test_id("account-logins").click()
        await page.get_by_test_id("account-confirm").click()
        await expect(page.get_by_test_id("account-logins")).to_have_count(0)
        await tablet.reload()
        await tablet.wait_for_url(lambda url: "/login" in url)
        await page.get_by_test_id("account-password").click()
        field = page.get_by_test_id("account-dialog").locator("input[type=password]")
        await field.fill(NEW_PASSWORD)
        await page.get_by_test_id("account-confirm").click()
        await expect(page.get_by_test_id("account-dialog").get_by_role("status")).to_be_visible()
        await sign_in(
            tablet, store.address, DemoAccount("wu", wu.name, Role.INTERVIEWER, NEW_PASSWORD)
        )
        await expect(tablet).to_have_url(f"{store.address}/room")


async def test_the_storage_is_measured(installation: Installation) -> None:
    async with administrator(installation, "/admin/storage") as page:
        await expect(page.get_by_test_id("storage-verdict")).to_be_visible()
        async with page.expect_response("**/api/running/storage") as measured:
            await page.get_by_test_id("storage-measure").click()
        assert (await (await measured.value).json())["disks"]
        (job,) = (await _listed(installation, "/api/jobs"))["jobs"]
        assert (job["kind"], job["state"]) == ("measure", "done")
        await expect(page.get_by_test_id("storage-disks")).to_be_visible()
        await expect(page.get_by_test_id("storage-kinds")).to_be_visible()


async def test_a_camera_is_let_go_after_a_question_and_taken_up_again(
    installation: Installation,
) -> None:
    async def pulled() -> bool:
        found = (await _listed(installation, "/api/sources"))["sources"]
        return bool(next(one["pulled"] for one in found if one["id"] == "room1-camera"))

    async with administrator(installation, "/admin/sources") as page:
        await page.get_by_test_id("source-room1-camera").click()
        await page.get_by_test_id("source-pull").click()
        dialog = page.get_by_test_id("source-dialog")
        await dialog.get_by_placeholder("rtsp://").fill("rtsp://192.0.2.7/stream1")
        await page.get_by_test_id("source-confirm").click()
        await page.get_by_test_id("source-pull-end").click()
        assert await pulled()  # asked once more first
        await page.get_by_test_id("source-confirm").click()
        again = page.get_by_test_id("source-pull-again")
        await expect(again).to_be_visible()
        assert not await pulled()
        await again.click()
        await expect(page.get_by_test_id("source-pull-end")).to_be_visible()
        assert await pulled()


async def test_a_model_is_checked_and_another_one_chosen(installation: Installation) -> None:
    own = installation.store.directory / "models" / "own"
    await asyncio.to_thread(shutil.copytree, shipped("en"), own)
    about = json.loads((own / "model.json").read_text(encoding="utf-8"))
    (own / "model.json").write_text(json.dumps({**about, "name": "own-english"}), encoding="utf-8")
    before = installation.supervisor.children["transcriber"].starts
    async with administrator(installation, "/admin/models") as page:
        mine = page.get_by_test_id("model").filter(has_text="own-english")
        await mine.get_by_test_id("model-check").click()
        await expect(mine.get_by_role("status")).to_contain_text("一致", timeout=LOADED_MS)
        await mine.get_by_test_id("model-use-en").click()
        await expect(mine).to_contain_text("不会丢")
        assert installation.supervisor.children["transcriber"].starts == before
        await mine.get_by_test_id("model-use-now").click()
        await expect(mine).to_contain_text("已装载", timeout=LOADED_MS)
        await expect(mine).to_contain_text("英文询问")
        assert installation.supervisor.children["transcriber"].starts == before + 1

    async def ready() -> bool:
        return installation.supervisor.children["transcriber"].ready.is_set()

    await until(ready, 60)
