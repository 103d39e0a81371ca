"""Step 2 of the ladder: every file of a package has the digest its manifest lists.

Files that differ are reported at the step that knows most about them, and at the end of the ladder
if none did. Standard library only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from evidence_store.errors import PackageError
from evidence_store.package_files import Digest, PackageFiles
from evidence_store.package_layout import MANIFEST, TAG_MANIFEST, parse_manifest
from evidence_store.report import Finding, Report

Progress = Callable[[float], None]


def digest_all(files: PackageFiles, progress: Progress | None) -> dict[str, Digest]:
    """The digests of all files of a package; ``progress`` is told the part that is done, 0 to 1."""
    total = sum(files.sizes.values()) or 1
    done = 0
    lock = threading.Lock()

    def step(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            if progress:
                progress(min(1.0, done / total))

    names = sorted(files.sizes)
    if files.jobs == 1:
        return {name: files.digest(name, step) for name in names}
    # Reading and hashing let other threads run; each file is one thread's.
    with ThreadPoolExecutor(files.jobs) as pool:
        found = pool.map(lambda name: files.digest(name, step), names)
        return dict(zip(names, found, strict=True))


def check_manifests(
    files: PackageFiles, digests: dict[str, Digest], report: Report
) -> dict[str, str]:
    """Files that differ from their manifest, with the finding's code."""
    suspects: dict[str, str] = {}
    listed: set[str] = {TAG_MANIFEST}
    for manifest in (MANIFEST, TAG_MANIFEST):
        try:
            lines = parse_manifest(files.read(manifest))
        except PackageError as error:
            report.findings.append(Finding("altered", str(error), path=manifest))
            continue
        for name, sha256 in lines.items():
            listed.add(name)
            if name not in digests:
                suspects[name] = "missing"
            elif digests[name].sha256 != sha256:
                suspects[name] = "altered"
    for name in sorted(set(digests) - listed):
        suspects[name] = "unlisted"
    return suspects


def report_suspects(suspects: dict[str, str], report: Report) -> None:
    """What no step that knows more has named."""
    texts = {
        "missing": "listed in the manifest, but not there",
        "altered": "not the bytes its manifest lists",
        "unlisted": "no manifest lists this file",
    }
    for name, code in suspects.items():
        if not report.mentions(name):
            report.findings.append(Finding(code, texts[code], path=name))
