"""Disclosure copies: what was decided is withheld, and nothing else can be gone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence_store.disclosure import RULE_ITEMS_MAX, parse_rule
from evidence_store.errors import OpenWords, PackageError
from evidence_store.export import export_package
from evidence_store.verify import verify_path
from evidence_store.writer import Draft
from tests.evidence_store.builder import (
    CASE,
    SECOND,
    START_US,
    SessionScript,
    open_writer,
)
from tests.evidence_store.test_player import page_value, write_manifests_again

MEDIA = "data/media"


def decide(store: Path, disclosure: str, rule: Any) -> None:
    """The entry of the centre's log that decides a disclosure."""
    writer = open_writer(store, "centre")
    body = {"case": CASE["id"], "disclosure": disclosure, "withhold": rule}
    private = {"reason": "涉及第三人隐私", "to": "辩护人", "authorised_by": "审核人"}
    draft = Draft("disclose.made", "", "", body, START_US, private=private)
    writer.submit([draft]).result(timeout=30)
    writer.close()


def disclose(store: Path, out: Path, rule: Any, *sessions: str) -> Path:
    decide(store, f"dc-{out.name}", rule)
    export_package(
        store,
        out,
        sessions=sessions or ("s1", "s2"),
        case=CASE,
        reason="向辩护人提供",
        by="auditor",
        disclosure=f"dc-{out.name}",
    )
    return out


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions with two sources; words are private payloads."""
    store = tmp_path_factory.mktemp("told") / "store"
    writer = open_writer(store)
    for number, name in enumerate(("s1", "s2")):
        script = SessionScript(writer, name, t_us=START_US + number * 60 * SECOND)
        script.open()
        for source in ("cam-a", "cam-b"):
            begin = script.t_us
            script.open_recording(source)
            for index in range(4):
                script.segment(source)
                _say(script, source, index)
            script.gap(source, SECOND)
            script.init(source)
            script.segment(source)
            script.close_recording(source)
            script.t_us = begin if source == "cam-a" else script.t_us
        script.close()
    writer.close()
    return store


def _say(script: SessionScript, source: str, index: int) -> None:
    body = {
        "source": source,
        "id": f"u{index}",
        "speaker": "interviewee",
        "start_us": script.t_us - SECOND,
        "end_us": script.t_us,
    }
    draft = Draft(
        "utterance",
        script.session,
        "room1",
        body,
        script.t_us,
        private={"text": f"第{index}句", "words": []},
    )
    script.writer.submit([draft]).result(timeout=30)


@pytest.fixture
def store(told: Path, quick_path: Path) -> Path:
    shutil.copytree(told, quick_path / "store")
    return quick_path / "store"


TIMED = {
    "media": [
        {
            "session": "s1",
            "source": "cam-a",
            "start_us": START_US + 3 * SECOND,
            "end_us": START_US + 5 * SECOND,
        }
    ],
    "payloads": [
        {
            "session": "s1",
            "kind": "utterance",
            "start_us": START_US + 3 * SECOND,
            "end_us": START_US + 5 * SECOND,
        }
    ],
}


def test_a_stretch_is_withheld_and_everything_else_is_proved(store: Path, tmp_path: Path) -> None:
    package = disclose(store, tmp_path / "p", TIMED)
    report = verify_path(package)
    assert (report.verdict, report.findings) == ("complete_with_gaps", [])
    assert [(one.code, one.session) for one in report.notices if one.code == "withheld"] == [
        ("withheld", "s1")
    ]
    strip = next(one for one in report.per_source if (one.session, one.source) == ("s1", "cam-a"))
    assert [(span.state, (span.end_us - span.start_us) // SECOND) for span in strip.spans] == [
        ("proved", 2),
        ("withheld", 4),
        ("proved", 2),
        ("gap", 1),
        ("proved", 2),
    ]
    names = sorted(path.name for path in (package / MEDIA / "s1/cam-a").iterdir())
    assert names == [
        *("e001-000001.m4s", "e001-000004.m4s", "e001-init.mp4", "e001-play.mp4"),
        *("e002-000005.m4s", "e002-init.mp4", "e002-play.mp4"),
    ]
    copy = (package / MEDIA / "s1/cam-a/e001-play.mp4").read_bytes()
    parts = ["e001-init.mp4", "e001-000001.m4s", "e001-000004.m4s"]
    assert copy == b"".join((package / MEDIA / "s1/cam-a" / name).read_bytes() for name in parts)
    listed = json.loads((package / "data/log/withheld.json").read_text())
    assert [one["path"][-15:] for one in listed["files"]] == ["e001-000002.m4s", "e001-000003.m4s"]
    assert len(listed["payloads"]) == 2  # a sentence of each source
    text = (package / "data/transcript/s1-cam-a.txt").read_text()
    assert text.count("未提供") == 1
    assert "第3句" in text
    payloads = (package / "data/log/payloads.jsonl").read_text()
    assert (payloads.count("第1句"), payloads.count("第2句")) == (2, 4)  # those of s2 are whole
    page = (package / "data/player.html").read_text()
    assert (page.count("第1句"), page.count("第2句")) == (2, 4)
    source = page_value(package)["sessions"][0]["sources"][0]
    assert [band["kind"] for band in source["bands"]] == ["withheld", "gap"]
    assert "THIS IS A DISCLOSURE COPY" in (package / "VERIFY.txt").read_text()
    assert "涉及第三人隐私" in (package / "data/centre-log/payloads.jsonl").read_text()


def test_verify_py_says_the_same(store: Path, tmp_path: Path) -> None:
    package = disclose(store, tmp_path / "p", TIMED)
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(package / "verify.py"), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == json.loads(verify_path(package).to_json())


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        ({"media": [{"session": "s2"}]}, r"s2/"),
        ({"media": [{"source": "cam-b"}]}, r"cam-b/"),
        ({"media": [{}]}, r"."),
    ],
)
def test_sessions_sources_and_all_media(
    store: Path, tmp_path: Path, rule: dict[str, Any], gone: str
) -> None:
    package = disclose(store, tmp_path / "p", rule)
    report = verify_path(package)
    assert (report.exit_code, report.findings) == (0, [])
    there = [path.relative_to(package / MEDIA).as_posix() for path in package.rglob("*.m4s")]
    assert not [name for name in there if re.search(gone, name)]
    assert bool(there) == (gone != r".")


def test_single_entries(store: Path, tmp_path: Path) -> None:
    full = disclose(store, tmp_path / "all", {"media": [{"session": "none"}]})
    lines = (full / "data/log/payloads.jsonl").read_bytes().splitlines()
    seq = json.loads(lines[0])["seq"]
    rule = {"entries": [{"origin": "duizhi.local/recorder-1", "seq": seq}]}
    package = disclose(store, tmp_path / "p", rule)
    assert (package / "data/log/payloads.jsonl").read_bytes().splitlines() == lines[1:]
    report = verify_path(package)
    assert (report.exit_code, report.findings) == (0, [])
    assert [one.entries for one in report.withheld] == [[seq]]


def attack_missing(package: Path) -> None:
    (package / MEDIA / "s2/cam-a/e001-000001.m4s").unlink()
    (package / MEDIA / "s2/cam-a/e001-play.mp4").unlink()


def attack_present(package: Path) -> None:
    (package / MEDIA / "s1/cam-a/e001-000002.m4s").write_bytes(b"back again")


def attack_longer_list(package: Path) -> None:
    attack_missing(package)
    path = package / "data/log/withheld.json"
    value = json.loads(path.read_text())
    value["files"].append({"path": "media/s2/cam-a/e001-000001.m4s", "seq": 1})
    path.write_text(json.dumps(value, indent=1))


def attack_no_list(package: Path) -> None:
    (package / "data/log/withheld.json").unlink()


def attack_no_decision(package: Path) -> None:
    path = package / "data/centre-log/entries.jsonl"
    lines = [line for line in path.read_bytes().splitlines(True) if b"disclose.made" not in line]
    path.write_bytes(b"".join(lines))


def attack_says_it_is_full(package: Path) -> None:
    path = package / "data/case.json"
    value = json.loads(path.read_text())
    del value["disclosure"]
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def attack_one_more_payload(package: Path) -> None:
    path = package / "data/log/payloads.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:-1]))


@pytest.mark.parametrize(
    ("attack", "codes"),
    [
        (attack_missing, {"missing"}),
        (attack_present, {"disclosure"}),
        (attack_longer_list, {"missing", "disclosure"}),
        (attack_no_list, {"missing"}),
        (attack_no_decision, {"disclosure", "missing", "altered", "unlisted"}),
        (attack_says_it_is_full, {"disclosure", "missing", "altered"}),
        (attack_one_more_payload, {"missing", "altered", "disclosure"}),
    ],
)
def test_what_no_decision_withholds_is_missing(
    store: Path, tmp_path: Path, attack: Any, codes: set[str]
) -> None:
    """Also when the manifests were written again."""
    package = disclose(store, tmp_path / "p", TIMED)
    attack(package)
    write_manifests_again(package)
    report = verify_path(package)
    assert report.exit_code == 1
    found = {one.code for one in report.findings}
    assert found <= codes, report.findings
    assert codes & {"missing", "disclosure"} & found


def test_what_cannot_be_disclosed(store: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no entry of the centre's log decided"):
        export_package(
            store,
            tmp_path / "p",
            sessions=["s1"],
            case=CASE,
            reason="x",
            by="y",
            disclosure="dc-9",
        )
    writer = open_writer(store)
    script = SessionScript(writer, "s3")
    script.open()
    script.open_recording("cam")
    script.segment("cam")
    script.append("utterance", {"source": "cam", "text": "写在公开部分"})
    script.close_recording("cam")
    script.close()
    writer.close()
    with pytest.raises(OpenWords, match="public part"):
        disclose(store, tmp_path / "q", {"payloads": [{"kind": "utterance"}]}, "s3")


@pytest.mark.parametrize(
    "rule",
    [
        *(None, [], {}, {"other": []}, {"media": []}, {"media": {}}, {"media": [1]}),
        *({"media": [{"room": "x"}]}, {"media": [{"session": 1}]}, {"media": [{"kind": "x"}]}),
        *({"media": [{"start_us": "1"}]}, {"media": [{"start_us": 5, "end_us": 5}]}),
        *({"entries": [{"origin": "x"}]}, {"entries": [{"origin": 1, "seq": 2}]}),
        {"media": [{}] * (RULE_ITEMS_MAX + 1)},
    ],
)
def test_rules_that_are_refused(rule: Any) -> None:
    with pytest.raises(PackageError):
        parse_rule(rule)
