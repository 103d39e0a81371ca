"""Export of the case through the API, and what two verifiers say about the package."""

from __future__ import annotations

import asyncio
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_centre.demo_desk import Desk
from command_centre.demo_store import DemoError, DemoStore

_JOB_S = 300.0
_POLL_S = 0.3
_SCRIPT_S = 300.0


@dataclass(frozen=True)
class Checked:
    """The package and the two verdicts."""

    directory: Path
    verdict: str
    exit_code: int
    report: dict[str, Any]
    script_exit: int
    script_words: str


async def export_case(store: DemoStore, auditor: Desk, target: Path) -> Path:
    """Export the case, download the package and unpack it below ``target``.

    Raises:
        DemoError: the export failed or took too long.
    """
    started = await auditor.post("/api/exports", {"case": store.case, "reason": "演示导出"})
    result = await _finished(auditor, started["job"])
    name = result["export"]
    await asyncio.to_thread(target.mkdir, parents=True, exist_ok=True)
    archive = target / f"{name}.zip"
    await auditor.download(f"/api/exports/{name}/package.zip", archive)
    return await asyncio.to_thread(_unpacked, archive, target / name)


async def check_package(package: Path) -> Checked:
    """`duizhi verify`, and the package's own verify.py with nothing of ours to import."""
    command = [sys.executable, "-m", "command_centre.cli", "verify", str(package), "--json"]
    exit_code, said = await _run(command, Path.cwd())
    try:
        report = json.loads(said)
    except ValueError:
        report = {"verdict": "no report"}
    script = [sys.executable, "-I", "verify.py"]
    script_exit, script_said = await _run(script, package)
    lines = [line.strip() for line in script_said.splitlines() if line.strip()]
    return Checked(
        directory=package,
        verdict=report["verdict"],
        exit_code=exit_code,
        report=report,
        script_exit=script_exit,
        script_words=next((line for line in lines if line.isascii()), "said nothing")[:80],
    )


async def _finished(desk: Desk, job: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_JOB_S):
            while True:
                state = await desk.get(f"/api/jobs/{job}")
                if state["state"] == "done":
                    result: dict[str, Any] = state["result"]
                    return result
                if state["state"] == "failed":
                    raise DemoError(f"the export failed: {state['error']}")
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise DemoError(f"the export was not done after {_JOB_S:g} s") from error


def _unpacked(archive: Path, folder: Path) -> Path:
    """The unpacked package: the folder that holds its verify.py."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    scripts = sorted(folder.rglob("verify.py"), key=lambda path: len(path.parts))
    if not scripts:
        raise DemoError(f"{archive.name} holds no verify.py")
    return scripts[0].parent


async def _run(command: list[str], folder: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_SCRIPT_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")
