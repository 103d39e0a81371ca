"""``data/case.jsonld``: what it says, and that the CASE project's own validator accepts it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence_store.case_graph import CASE_GRAPH
from tests.evidence_store.builder import CAMERA, SESSION, export


def nodes(package: Path, kind: str) -> list[dict[str, Any]]:
    graph = json.loads((package / CASE_GRAPH).read_text())["@graph"]
    return [node for node in graph if node["@type"].endswith(":" + kind)]


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    """CASE's validator with the ontology it carries; it needs no network."""
    tool = Path(sys.executable).with_name("case_validate")
    return subprocess.run(
        [str(tool), str(path)], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_the_case_validator_accepts_it_and_refuses_a_broken_one(package: Path) -> None:
    run = validate(package / CASE_GRAPH)
    assert (run.returncode, "Conforms: True" in run.stdout) == (0, True), run.stdout
    text = (package / CASE_GRAPH).read_text().replace('"SHA256"', '"SHA-ZERO"')
    (package / "broken.jsonld").write_text(text.replace("xsd:hexBinary", "xsd:string"))
    run = validate(package / "broken.jsonld")
    assert "Conforms: False" in run.stdout


def test_it_names_files_people_devices_and_acts(package: Path) -> None:
    copy = f"{CAMERA}/e001-play.mp4"
    facets = [one for one in nodes(package, "FileFacet") if one["uco-observable:filePath"] == copy]
    assert facets[0]["uco-observable:sizeInBytes"] == (package / copy).stat().st_size
    digests = {one["uco-types:hashValue"]["@value"] for one in nodes(package, "Hash")}
    assert hashlib.sha256((package / copy).read_bytes()).hexdigest().upper() in digests
    assert {one["uco-core:name"] for one in nodes(package, "Person")} >= {"张某", "auditor"}
    assert [one["uco-core:name"] for one in nodes(package, "Device")] == ["摄像机 room1-camera"]
    acts = {one["uco-core:name"]: one for one in nodes(package, "InvestigativeAction")}
    assert set(acts) == {"recording of a session", "access.case", "export of the package"}
    session = acts["recording of a session"]
    assert session["uco-action:startTime"]["@value"].endswith("Z")
    assert session["uco-core:description"] == f"session {SESSION}, interview"
    assert acts["export of the package"]["uco-core:description"] == "移送"
    known = {node["@id"] for node in json.loads((package / CASE_GRAPH).read_text())["@graph"]}
    for one in nodes(package, "ProvenanceRecord"):
        assert {part["@id"] for part in one["uco-core:object"]} <= known


def test_the_same_package_gives_the_same_graph(made: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(made / "store", tmp_path / name, SESSION, exported_us=1_795_300_100_000_000)
    assert (tmp_path / "a" / CASE_GRAPH).read_bytes() == (tmp_path / "b" / CASE_GRAPH).read_bytes()
