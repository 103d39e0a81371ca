"""Models chosen for one session: loaded once, refused with words, let go; over a memory bus too."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from config.bus import Refused
from config.clock import SystemClock
from config.messages import TRANSCRIBER, Done, decode, encode
from config.recorder_messages import StatusRequest
from config.settings import load
from config.transcriber_messages import (
    HearingPlan,
    LanguageSwitch,
    LoadModel,
    MissingModel,
    ModelStatus,
    SessionHearing,
    TranscriberStatus,
)
from tests.fakes.memory_bus import Exchange
from tests.transcription.fakes import FakeRecorder, ToneEngine
from tests.transcription.sound import batches, beep, clips, segments
from tests.transcription.sound import encode as opus
from tests.transcription.test_hearing import ZH
from tests.transcription.test_service import ZERO_US, until
from transcription.errors import ModelError, ModelMissing, ModelTooLarge
from transcription.hearing import Hearing
from transcription.hearing_plan import plan_digest
from transcription.model_directory import SHIPPED, digest
from transcription.model_kinds import open_engine
from transcription.model_shelf import ModelShelf, Open, _of_container, free_memory_bytes
from transcription.recogniser import Engine, Final, ModelInfo
from transcription.service import TranscriberService
from transcription.wer import rate

LARGE = {"2": "正", "3": "果", "4": "东"}


class NamedEngine(ToneEngine):
    """Tones, by a model whose digest is that of its folder."""

    def __init__(self, path: Path, language: str) -> None:
        super().__init__(language, LARGE)
        self._digest = digest(path)

    @property
    def model(self) -> ModelInfo:
        return ModelInfo("large", words=9, demo=False, digest=self._digest, language=self.language)


def model(store: Path, name: str) -> Path:
    """A directory that passes for Vosk's until it is loaded."""
    folder = store / "models" / name
    for part in ("am", "conf", "graph"):
        (folder / part).mkdir(parents=True)
    (folder / "am/final.mdl").write_bytes(b"\0B<TransitionModel> " + name.encode())
    options = "--endpoint.silence-phones=1:2\n--frame-subsampling-factor=3\n"
    (folder / "conf/model.conf").write_text(options)
    (folder / "conf/mfcc.conf").write_text("--sample-frequency=16000\n")
    (folder / "graph/HCLG.fst").write_bytes((2125659606).to_bytes(4, "little"))
    (folder / "graph/words.txt").write_text("正 1\n", encoding="utf-8")
    (folder / "model.json").write_text(json.dumps({"name": name, "language": "zh"}))
    return folder


def shelf(
    store: Path,
    opened: list[Path],
    free_bytes: Callable[[], int | None] = lambda: None,
    now_s: Callable[[], float] = lambda: 0.0,
) -> ModelShelf:
    def open_model(path: Path, language: str) -> Engine:
        opened.append(path)
        return NamedEngine(path, language)

    return ModelShelf(lambda: sorted((store / "models").iterdir()), open_model, free_bytes, now_s)


def test_a_model_is_loaded_once_and_let_go(tmp_path: Path) -> None:
    first, second = model(tmp_path, "first"), model(tmp_path, "second")
    opened: list[Path] = []
    times = [0.0]
    own = shelf(tmp_path, opened, now_s=lambda: times[0])
    one = own.load(digest(first), "zh")
    assert own.load(digest(first), "zh") is one
    own.load(digest(second), "zh")
    assert opened == [first, second]
    own.keep([])
    assert len(own.loaded) == 2  # whoever had them loaded has not said so yet
    times[0] = 61.0
    own.keep([digest(second)])
    assert list(own.loaded) == [digest(second)]


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    folder = model(tmp_path, "first")
    (tmp_path / "models" / "no model").mkdir()
    opened: list[Path] = []
    with pytest.raises(ModelMissing, match="no model 00000000"):
        shelf(tmp_path, opened).load("0" * 64, "zh")
    with pytest.raises(ModelTooLarge, match="first takes about 256 MiB of memory, and 100 MiB"):
        shelf(tmp_path, opened, lambda: 100 * 1024 * 1024).load(digest(folder), "zh")
    assert opened == []


@pytest.mark.parametrize("seen", [True, False])
def test_a_model_that_was_replaced_does_not_pass_for_the_one_asked_for(
    tmp_path: Path, seen: bool
) -> None:
    """Even where the time of its files is the same as before."""
    folder = model(tmp_path, "first")
    own, words = shelf(tmp_path, []), folder / "graph/words.txt"
    wanted, times = digest(folder), words.stat()
    if seen:
        own.load(wanted, "zh")
        own.loaded = {}
    words.write_text("正 2\n", encoding="utf-8")
    os.utime(words, ns=(times.st_atime_ns, times.st_mtime_ns))
    for _ in range(2):
        with pytest.raises(ModelMissing):
            own.load(wanted, "zh")
    assert own.loaded == {}
    assert own.load(digest(folder), "zh").model.digest == digest(folder)


def test_a_file_put_in_the_place_of_another_is_seen_whatever_the_times_say(tmp_path: Path) -> None:
    folder = model(tmp_path, "first")
    opened: list[Path] = []
    own, words = shelf(tmp_path, opened), folder / "graph/words.txt"
    before = digest(folder)
    own.load(before, "zh")
    own.loaded = {}
    times = [(one, one.stat()) for one in (words, words.parent, folder)]
    other = tmp_path / "other"
    other.write_text("反 1\n", encoding="utf-8")  # as many bytes
    other.replace(words)
    for path, time in times:
        os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
    after = digest(folder)
    with pytest.raises(ModelMissing, match="no model"):
        own.load(before, "zh")
    assert opened == [folder]  # nothing was loaded to find that out
    assert own.load(after, "zh").model.digest == after != before


def test_this_machine_says_how_much_memory_is_free() -> None:
    free = free_memory_bytes()
    assert free is None or 0 < free < 1 << 50


def test_a_container_has_what_its_groups_leave_and_files_that_give_way(tmp_path: Path) -> None:
    root, own = tmp_path / "cgroup", tmp_path / "self"
    assert _of_container(root, own) is None

    def group(path: str, limit: str, used: int, files: int) -> None:
        (root / path).mkdir(parents=True, exist_ok=True)
        (root / path / "memory.max").write_text(f"{limit}\n")
        (root / path / "memory.current").write_text(f"{used}\n")
        (root / path / "memory.stat").write_text(f"anon 7\ninactive_file {files}\nslab 3\n")

    group("", "1000", 900, 500)
    assert _of_container(root, own) == 600
    own.write_text("1:name=systemd:/other\n0::/rooms/transcriber\n")
    group("rooms", "700", 400, 50)
    group("rooms/transcriber", "max", 300, 0)
    assert _of_container(root, own) == 350
    group("rooms/transcriber", "320", 300, 0)
    assert _of_container(root, own) == 20


def test_the_last_choice_of_a_session_decides_and_a_missing_one_is_told(tmp_path: Path) -> None:
    folder = model(tmp_path, "first")
    own = ToneEngine("zh", ZH)
    hearing = Hearing([own], shelf(tmp_path, []))
    hearing.switch("s1", 5, "zh", digest(folder))
    assert hearing.engine("s1", 6) is own  # not loaded yet
    hearing.load_chosen({"s1": 0})
    assert hearing.engine("s1", 4) is own
    assert hearing.engine("s1", 6).model.name == "large"
    hearing.switch("s1", 9, "zh")
    assert hearing.engine("s1", 9) is own
    hearing.switch("s2", 5, "zh", "f" * 64)
    hearing.load_chosen({"s2": 0})
    assert hearing.engine("s2", 6) is own
    assert hearing.missing == [MissingModel(session="s2", digest="f" * 64, why="missing")]
    hearing.switch("s2", 9, "zh")
    hearing.load_chosen({"s2": 0})
    assert hearing.missing == []
    with pytest.raises(ModelError):
        Hearing([own]).load("f" * 64, "zh")


def test_what_hears_now_is_loaded_before_what_heard_and_that_only_if_it_still_does(
    tmp_path: Path,
) -> None:
    first, second = model(tmp_path, "first"), model(tmp_path, "second")
    opened: list[Path] = []
    times, room_for = [0.0], 1
    own = shelf(tmp_path, opened, lambda: None if len(opened) < room_for else 0, lambda: times[0])
    hearing = Hearing([ToneEngine("zh", ZH)], own)
    switches = [(5, digest(first)), (9, digest(second))]
    told = [LanguageSwitch(from_us=at, language="zh", model=one) for at, one in switches]
    hearing.follow(HearingPlan(sessions=[SessionHearing(session="s1", switches=told)]))
    hearing.load_chosen({"s1": 0})
    assert (opened, hearing.missing) == ([second], [])
    room_for = 9
    hearing.load_chosen({"s1": 9})
    assert opened == [second]  # nothing before the change is left to be heard
    hearing.load_chosen({"s1": 8})
    assert opened == [second, first]
    times[0] = 61.0
    hearing.load_chosen({"s1": 9})
    assert list(own.loaded) == [digest(second)]


class House:
    """A recorder, and transcribers one after the other."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.exchange = Exchange()
        self.bus = self.exchange.bus()
        self.recorder = FakeRecorder(store)

    def transcriber(
        self, free_bytes: Callable[[], int | None] = lambda: None, open_model: Open = NamedEngine
    ) -> TranscriberService:
        own = ToneEngine("zh", ZH)
        return TranscriberService(
            *(self.exchange.bus(), load(), own, self.store, SystemClock()),
            open_model=open_model,
            free_bytes=free_bytes,
        )

    async def ready(self) -> None:
        await until(lambda: bool(self.exchange.subscribers))
        await asyncio.sleep(0.05)

    async def status(self) -> TranscriberStatus:
        answer = await self.bus.request(TRANSCRIBER, "status", encode(StatusRequest()))
        return decode(answer, TranscriberStatus)

    async def load(self, wanted: str) -> ModelStatus:
        asked = encode(LoadModel(digest=wanted, language="zh"))
        return decode(await self.bus.request(TRANSCRIBER, "load", asked), ModelStatus)

    async def hear(self, wanted: str, *terms: str) -> HearingPlan:
        switch = LanguageSwitch(from_us=ZERO_US, language="zh", model=wanted)
        session = SessionHearing(session="s1", switches=[switch], terms=list(terms))
        plan = HearingPlan(sessions=[session])
        decode(await self.bus.request(TRANSCRIBER, "hear", encode(plan)), Done)
        return plan

    def said(self) -> list[object]:
        return [one["text"] for one in self.recorder.utterances()]


async def test_a_session_is_heard_by_the_model_that_was_chosen(tmp_path: Path) -> None:
    house = House(tmp_path)
    wanted = digest(model(tmp_path, "large"))
    async with house.recorder.serving(house.exchange.bus()), house.transcriber():
        await house.ready()
        assert (await house.load(wanted)).name == "large"
        await house.hear(wanted)
        for batch in batches(opus(beep(2)), ZERO_US, ["unknown"]):
            house.bus.publish(f"audio.{batch.source}", encode(batch))
        await until(lambda: house.said() == ["正"])
        status = await house.status()
        assert [one.digest for one in status.chosen] == [wanted]
        assert status.missing == []
        with pytest.raises(Refused, match="model_missing"):
            await house.load("0" * 64)
        with pytest.raises(Refused, match="bad_request"):
            await house.bus.request(TRANSCRIBER, "load", b"nonsense")
    [one] = house.recorder.utterances()
    assert (one["model"], one["model_sha256"]) == ("large", wanted)


async def test_too_large_a_model_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    house = House(tmp_path)
    wanted = digest(model(tmp_path, "large"))
    service = house.transcriber(lambda: 1)
    async with house.recorder.serving(house.exchange.bus()), service:
        await house.ready()
        with pytest.raises(Refused, match="model_too_large"):
            await house.load(wanted)
        await house.hear(wanted)
        await until(lambda: bool(service.hearing.missing))
        assert [one.why for one in (await house.status()).missing] == ["too_large"]


async def test_a_plan_holds_while_a_model_of_it_is_loaded(tmp_path: Path) -> None:
    """Words and languages of all rooms do not wait for it; it has the words once it is there."""
    house = House(tmp_path)
    wanted, ready = digest(model(tmp_path, "large")), threading.Event()

    def slowly(path: Path, language: str) -> Engine:
        ready.wait(30)
        return NamedEngine(path, language)

    service = house.transcriber(open_model=slowly)
    async with house.recorder.serving(house.exchange.bus()), service:
        await house.ready()
        try:
            async with asyncio.timeout(10):
                plan = await house.hear(wanted, "正果")
                status = await house.status()
            assert (status.plan, status.chosen) == (plan_digest(plan), [])
            hearing = service.hearing
            own = hearing.engine("s1", ZERO_US)
            assert own.model.name == "tones"
            assert "正果" in hearing.terms("s1", own).index.sounds
        finally:
            ready.set()
        await until(lambda: hearing.engine("s1", ZERO_US).model.name == "large")
        large = hearing.engine("s1", ZERO_US)
        await until(lambda: "正果" in hearing.terms("s1", large).index.sounds)


@pytest.mark.parametrize("there", [True, False])
async def test_the_log_alone_tells_the_model_after_a_crash(tmp_path: Path, there: bool) -> None:
    """With the model it is heard by it; without, by the language's own, and the status says so."""
    house = House(tmp_path)
    folder = model(tmp_path, "large")
    wanted = digest(folder)
    house.recorder.record(*segments(beep(2)), ZERO_US)
    house.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    chosen = {"from_us": ZERO_US, "language": "zh", "model": "large", "model_sha256": wanted}
    house.recorder.log("transcription.language", "s1", chosen)
    house.recorder.open = False
    if not there:
        shutil.rmtree(folder)
    async with house.recorder.serving(house.exchange.bus()), house.transcriber():
        await until(lambda: bool(house.said()))
        status = await house.status()
    assert house.said() == (["正"] if there else ["证"])
    assert [one.digest for one in status.missing] == ([] if there else [wanted])


@pytest.mark.model
def test_a_real_model_is_found_by_its_digest_and_hears(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "another"
    shutil.copytree(SHIPPED, folder)
    (folder / "model.json").write_text(json.dumps({"name": "another", "language": "zh"}))
    own = ModelShelf(lambda: [folder], open_engine)
    hearing = Hearing([ToneEngine("zh", ZH)], own)
    hearing.switch("s1", 0, "zh", digest(folder))
    hearing.load_chosen({"s1": 0})
    engine = hearing.engine("s1", 1)
    assert (engine.model.name, hearing.missing) == ("another", [])
    stream, clip = engine.recogniser(), clips()[0]
    pcm = clip.wave[::3].astype("<i2").tobytes()
    events = [e for at in range(0, len(pcm), 3200) for e in stream.accept(pcm[at : at + 3200])]
    said = [e for e in (*events, *stream.finish()) if isinstance(e, Final)]
    assert rate([(clip.text, "".join(word.text for one in said for word in one.words))]) < 0.3
