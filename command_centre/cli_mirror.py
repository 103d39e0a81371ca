"""``duizhi store resync``: a storage directory that was left behind is made whole again."""

from __future__ import annotations

import argparse

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError
from evidence_store.errors import EvidenceError
from evidence_store.resync import resync_store
from evidence_store.store_ladder import verify_store


def resync(options: argparse.Namespace) -> int:
    """Copy what is missing, verify all of the target, leave it to the writer to take it back."""
    source, target = options.source.resolve(), options.target.resolve()
    if source == target:
        raise CommandError("source and target are the same directory")
    try:
        given = resync_store(source, target)
    except EvidenceError as error:
        raise CommandError(str(error)) from error
    for name, one in given.items():
        lacking = f", {one.lacking} files are not whole in the source either" if one.lacking else ""
        print(f"{name}: {one.entries} entries, {one.files} files, {one.bytes} bytes{lacking}")
    report = verify_store(target)
    for finding in report.findings:
        print(f"{finding.code}: {finding.path} {finding.detail}")
    if report.findings:
        return EXIT_NO
    print("the target is whole; a running recorder takes it back by itself, others at their start")
    return EXIT_OK
