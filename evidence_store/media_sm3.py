"""SM3 digests of media, which entries state beside SHA-256 at sites under 国密 rules.

A further digest of the clear bytes, checked on files whose SHA-256 is right. Without SM3 in this
Python's OpenSSL it is not computed (Python alone would take hours), and a notice says so; what
lies encrypted is not opened for it. Standard library only (part of the verifier in a package).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from evidence_store.books import Books
from evidence_store.errors import PackageError
from evidence_store.media_check import media_files
from evidence_store.report import Finding, Notice, Report
from evidence_store.twin_check import library_has_sm3


def check_media_sm3(
    books: Books,
    prefix: str,
    states: dict[str, str],
    blocks: Callable[[str], Iterator[bytes]],
    report: Report,
) -> None:
    """Check the SM3 digests that entries state; a file that differs becomes ``altered``."""
    stated = [one for one in media_files(books) if one[0].sm3 and states[one[0].path] == "proved"]
    if not stated:
        return
    if not library_has_sm3():
        _tell(f"this Python has no SM3: that of {len(stated)} media files was not", report)
        return
    sealed = 0
    for file, recording in stated:
        digest, size = hashlib.new("sm3"), 0
        try:
            for block in blocks(prefix + file.path):
                digest.update(block)
                size += len(block)
        except (OSError, PackageError):
            continue  # gone since its SHA-256 was computed
        if size != file.size:
            sealed += 1
        elif digest.hexdigest() != file.sm3:
            detail = f"not the bytes whose SM3 entry {file.seq} names"
            place = (recording.session, recording.source, prefix + file.path)
            bounds = (file.start_us, file.end_us)
            report.findings.append(Finding("altered", detail, *place, *bounds))
            states[file.path] = "altered"
    if sealed:
        _tell(f"{sealed} media files are encrypted: their SM3 was not", report)


def _tell(what: str, report: Report) -> None:
    report.notices.append(Notice("sm3_not_computed", f"{what} computed, their SHA-256 was"))
