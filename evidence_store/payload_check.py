"""Checks private payloads against the commitments in a log's entries.

Standard library only (part of the verifier inside a package). One place for packages and stores:

* a payload that does not fit its entry's commitment is ``altered``;
* a payload whose entry is not disclosed, or commits to nothing, is ``unlisted``;
* an entry whose payload is not at hand is *withheld*: counted and listed, no fault by itself. Its
  place, kind, time and commitment stay proved, and the payload can be revealed later;
* payloads of a session whose retention has ended are gone by decision: a notice says how many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidence_store.commitment import (
    PAYLOAD_LINE_MAX,
    Payload,
    fits,
    open_entry,
    parse_payload,
    stated_commitment,
)
from evidence_store.entry import Entry
from evidence_store.errors import EntryError, PackageError
from evidence_store.package_files import PackageFiles
from evidence_store.report import Finding, Notice, Report, Withheld
from evidence_store.retention_account import Ended

PAYLOADS_FILE = "payloads.jsonl"
# Indexes listed for one kind of one session; the count is always whole.
_LISTED_MAX = 1000


class PayloadCheck:
    """The payloads of one log. Feed ``take`` with every line, then ``open`` with every entry."""

    def __init__(self, log: str, path: str, report: Report) -> None:
        self._log = log
        self._path = path
        self._report = report
        self._payloads: dict[int, Payload] = {}
        self._withheld: dict[tuple[str, str], list[int]] = {}

    def take(self, line: bytes) -> None:
        """One line of a payload file."""
        try:
            payload = parse_payload(line)
        except EntryError as error:
            self._find("altered", f"a payload is damaged: {error}")
            return
        if payload.seq in self._payloads:
            self._find("unlisted", f"entry {payload.seq} has a second payload")
            return
        self._payloads[payload.seq] = payload

    def open(self, entry: Entry) -> Entry:
        """The entry with its payload in its body, or marked as withheld."""
        payload = self._payloads.pop(entry.seq, None)
        if not stated_commitment(entry.body):
            if payload is not None:
                self._find("unlisted", f"entry {entry.seq} has a payload and commits to none")
            return entry
        if payload is not None and not fits(entry, payload):
            detail = f"the payload of entry {entry.seq} does not fit its commitment"
            self._find("altered", detail, entry)
            payload = None
        elif payload is None:
            self._withheld.setdefault((entry.session, entry.kind), []).append(entry.seq)
        return open_entry(entry, payload)

    def settle(self) -> None:
        """After the last entry: payloads left over, and what is withheld."""
        for seq in sorted(self._payloads):
            self._find("unlisted", f"a payload for entry {seq}, which is not here")
        self._payloads.clear()
        for (session, kind), entries in sorted(self._withheld.items()):
            self._report.withheld.append(
                Withheld(self._log, session, kind, len(entries), entries[:_LISTED_MAX])
            )

    def _find(self, code: str, detail: str, entry: Entry | None = None) -> None:
        session, t_us = (entry.session, entry.t_us) if entry else ("", None)
        self._report.findings.append(
            Finding(code, detail, session, path=self._path, start_us=t_us, end_us=t_us)
        )


def tell_ended(report: Report, ended: Mapping[str, Ended]) -> None:
    """Withheld payloads of sessions whose retention has ended are destroyed, not held back."""
    count: dict[str, int] = {}
    for part in report.withheld:
        if part.session in ended:
            count[part.session] = count.get(part.session, 0) + part.count
    report.withheld = [part for part in report.withheld if part.session not in ended]
    for session, number in sorted(count.items()):
        detail = f"the private part of {number} entries was {ended[session].words()}"
        report.notices.append(Notice("payloads_destroyed", detail, session))


def open_payloads(
    files: PackageFiles, folder: str, entries: Iterable[tuple[Entry, bool]], report: Report
) -> list[tuple[Entry, bool]]:
    """The disclosed entries of a package's log, opened; step 5a of the ladder."""
    path = f"{folder}/{PAYLOADS_FILE}"
    check = PayloadCheck(folder, path, report)
    if path in files.sizes:
        for line in _payload_lines(files, path, report):
            check.take(line)
    opened = [(check.open(entry), trusted) for entry, trusted in entries]
    check.settle()
    return opened


def _payload_lines(files: PackageFiles, path: str, report: Report) -> Iterable[bytes]:
    rest = b""
    try:
        for block in files.blocks(path):
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            if len(rest) > PAYLOAD_LINE_MAX:
                break
    except PackageError as error:
        report.findings.append(Finding("missing", str(error), path=path))
        return
    if rest:
        report.findings.append(Finding("altered", "the last line is cut off", path=path))
