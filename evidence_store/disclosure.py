"""Disclosure copies: what is withheld from a package, by which rule, and that nothing else is gone.

Standard library only (part of the verifier inside a package). A disclosure is decided before the
package is made: an entry ``disclose.made`` of the centre's log states the rule, and who decided it
and why. All entries of the sessions stay in the package; absent are bytes of media and private
payloads. Example of a rule::

    {"media":     [{"session": "s1", "source": "room1-camera", "start_us": 1, "end_us": 2}],
     "payloads":  [{"session": "s1", "kind": "utterance"}],
     "documents": [{"session": "s1"}],
     "entries":   [{"origin": "duizhi.local/recorder-1", "seq": 17}],
     "derived":   [{"session": "s1", "but": "dv-1"}]}

1. A field that is not there means any. ``media`` names whole segments that touch the time; init
   segments hold no picture and are withheld only where no time is given.
   ``documents`` names all documents of a session: they quote its words.
2. ``payloads`` and ``entries`` name entries whose private payload is withheld. ``derived`` names
   the derived works of a session, all but the one named by ``but``; a cut, which hides nothing,
   also goes when media it was made from are withheld.
3. ``data/log*/withheld.json`` lists what the rule comes to. The verifier applies the rule to the
   entries and holds the list to it, so the list can be neither longer nor shorter.
4. What is listed must be absent, and what is not listed must be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evidence_store.books import Books, MediaFile, Recording
from evidence_store.commitment import WITHHELD, stated_commitment
from evidence_store.derived_account import DERIVED_KIND, DerivedWork, derived_work
from evidence_store.disclosed_log import DisclosedLog
from evidence_store.document_account import document_files
from evidence_store.entry import Entry
from evidence_store.errors import PackageError
from evidence_store.media_check import media_files
from evidence_store.package_files import PackageFiles
from evidence_store.package_layout import CENTRE_LOG
from evidence_store.report import Finding, Notice, Report

DISCLOSURE_KIND = "disclose.made"
WITHHELD_FILE = "withheld.json"
WITHHELD_FORMAT = "duizhi-withheld/1"
RULE_ITEMS_MAX = 1000  # of one kind in one rule

_PARTS = {"media", "payloads", "documents", "entries", "derived"}
_SCOPE_TIMES = ("start_us", "end_us")


@dataclass(frozen=True)
class Scope:
    """A stretch of time of some source; empty and None mean any."""

    session: str = ""
    source: str = ""
    kind: str = ""
    start_us: int | None = None
    end_us: int | None = None

    @property
    def is_timed(self) -> bool:
        """Whether it is limited in time."""
        return self.start_us is not None or self.end_us is not None

    def reaches(self, session: str, source: str, start_us: int, end_us: int) -> bool:
        """Whether something of this session and source touches it."""
        if self.session not in ("", session) or self.source not in ("", source):
            return False
        begins = self.end_us is None or start_us < self.end_us
        return begins and (self.start_us is None or max(end_us, start_us + 1) > self.start_us)


@dataclass(frozen=True)
class Rule:
    """What is to be withheld."""

    media: tuple[Scope, ...] = ()
    payloads: tuple[Scope, ...] = ()
    documents: tuple[Scope, ...] = ()
    entries: frozenset[tuple[str, int]] = frozenset()  # origin of the log and index
    derived: tuple[tuple[str, str], ...] = ()  # session (empty: any) and the work that stays

    def withholds_media(self, file: MediaFile, recording: Recording) -> bool:
        """Whether this file is withheld."""
        is_init = recording.inits.get(file.epoch) is file
        return any(
            scope.reaches(recording.session, recording.source, file.start_us, file.end_us)
            and not (is_init and scope.is_timed)
            for scope in self.media
        )

    def withholds_work(self, work: DerivedWork) -> bool:
        """Whether this derived work is withheld. A cut shows what its media show."""
        if any(
            session in ("", work.session) and stays != work.derived
            for session, stays in self.derived
        ):
            return True
        return work.cut and any(
            scope.reaches(work.session, work.source, work.start_us, work.end_us)
            for scope in self.media
        )

    def withholds_payload(self, origin: str, entry: Entry) -> bool:
        """Whether the private payload of this entry is withheld."""
        if (origin, entry.seq) in self.entries:
            return True
        body = entry.body
        start, end = _moment_of(body, "start_us", entry.t_us), _moment_of(body, "end_us", 0)
        source = body.get("source")
        return any(
            scope.kind in ("", entry.kind)
            and scope.reaches(
                entry.session, source if isinstance(source, str) else "", start, max(start, end)
            )
            for scope in self.payloads
        )


def parse_rule(value: Any) -> Rule:
    """The rule this value states.

    Raises:
        PackageError: it is not spelled as above; the message says what was expected.
    """
    if not isinstance(value, dict) or not set(value) <= _PARTS:
        raise PackageError(f"a rule is an object with any of {', '.join(sorted(_PARTS))}")
    media = _scopes(value.get("media", []), ("session", "source"), _SCOPE_TIMES)
    payloads = _scopes(value.get("payloads", []), ("session", "source", "kind"), _SCOPE_TIMES)
    documents = _scopes(value.get("documents", []), ("session",), ())
    entries: set[tuple[str, int]] = set()
    for item in _items(value.get("entries", [])):
        origin, seq = item.get("origin"), item.get("seq")
        if set(item) != {"origin", "seq"} or not isinstance(origin, str) or type(seq) is not int:
            raise PackageError('an entry of a rule is named by "origin" and "seq"')
        entries.add((origin, seq))
    derived: list[tuple[str, str]] = []
    for item in _items(value.get("derived", [])):
        said = (item.get("session", ""), item.get("but", ""))
        if not set(item) <= {"session", "but"} or not all(isinstance(one, str) for one in said):
            raise PackageError('derived works are named by "session", and "but" for one that stays')
        derived.append(said)
    if not (media or payloads or documents or entries or derived):
        raise PackageError("the rule withholds nothing")
    return Rule(media, payloads, documents, frozenset(entries), tuple(derived))


def mark_withheld(books: Books, rule: Rule) -> None:
    """Note in the books which files the rule withholds."""
    found: dict[str, set[str]] = {}
    for file, recording in media_files(books):
        if rule.withholds_media(file, recording):
            found.setdefault(recording.session, set()).add(file.path)
    for document in document_files(books):
        if any(scope.session in ("", document.session) for scope in rule.documents):
            found.setdefault(document.session, set()).add(document.path)
    for name, paths in found.items():
        session = books.sessions[name]
        session.withheld = frozenset(paths)
        for recording in session.recordings.values():
            recording.withheld = session.withheld


def withheld_bytes(
    disclosure: str, rule: Rule, origin: str, entries: Iterable[Entry], books: Books
) -> bytes:
    """``withheld.json`` of one log: the files and payloads of its entries that are withheld."""
    entries = list(entries)
    sessions = {entry.session for entry in entries if entry.session}
    files = [
        {"path": file.path, "seq": file.seq}
        for file, recording in media_files(books)
        if recording.session in sessions and file.path in recording.withheld
    ]
    files += [
        {"path": document.path, "seq": document.seq}
        for document in document_files(books)
        if document.session in sessions
        and document.path in books.sessions[document.session].withheld
    ]
    for entry in entries:
        if entry.kind == DERIVED_KIND:
            work = derived_work(entry)
            if rule.withholds_work(work):
                files.append({"path": work.path, "seq": work.seq})
    payloads = [entry.seq for entry in entries if _has_payload(entry)]
    by_seq = {entry.seq: entry for entry in entries}
    value = {
        "format": WITHHELD_FORMAT,
        "disclosure": disclosure,
        "files": sorted(files, key=lambda one: (str(one["path"]), str(one["seq"]))),
        "payloads": [seq for seq in payloads if rule.withholds_payload(origin, by_seq[seq])],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def stated_disclosure(entries: Iterable[Entry], disclosure: str) -> Entry | None:
    """The entry of the centre's log that decided this disclosure."""
    for entry in entries:
        if entry.kind == DISCLOSURE_KIND and entry.body.get("disclosure") == disclosure:
            return entry
    return None


def apply_disclosure(
    files: PackageFiles,
    disclosure: Any,
    logs: Sequence[DisclosedLog],
    centre: DisclosedLog | None,
    books: Books,
    report: Report,
) -> Rule | None:
    """Hold a package to its disclosure, and mark in the books what it withholds.

    ``disclosure`` is what case.json names: nothing for a full package. Returns the proved rule.
    """
    rule = _proved_rule(disclosure, centre, report)
    for log in logs if centre is None else (*logs, centre):
        path = f"{log.prefix}/{WITHHELD_FILE}"
        if rule is None:
            if path in files.sizes:
                _find(report, "nothing decided that this is withheld", path)
            continue
        if log.prefix != CENTRE_LOG:
            mark_withheld(books, rule)
        _hold_list(files, str(disclosure), rule, log, books, path, report)
    if rule is None:
        return None
    for session in books.sessions.values():
        if session.withheld:
            detail = f"{len(session.withheld)} files are withheld by {disclosure}"
            report.notices.append(Notice("withheld", detail, session.id))
    return rule


def _proved_rule(disclosure: Any, centre: DisclosedLog | None, report: Report) -> Rule | None:
    if disclosure in (None, ""):
        return None
    trusted = [entry for entry, good in centre.entries if good] if centre else []
    entry = stated_disclosure(trusted, str(disclosure)) if centre and centre.proved else None
    if entry is None:
        _find(
            report, f"no entry of the centre's log decided the disclosure {disclosure}", CENTRE_LOG
        )
        return None
    try:
        return parse_rule(entry.body.get("withhold"))
    except PackageError as error:
        _find(report, f"entry {entry.seq} of the centre's log: {error}", CENTRE_LOG)
        return None


def _hold_list(
    files: PackageFiles,
    disclosure: str,
    rule: Rule,
    log: DisclosedLog,
    books: Books,
    path: str,
    report: Report,
) -> None:
    """Points 3 and 4 for one log; its entries are opened."""
    origin = log.checkpoint.origin if log.checkpoint else ""
    entries = [entry for entry, _ in log.entries]
    expected = withheld_bytes(disclosure, rule, origin, entries, books)
    try:
        found = files.read(path) == expected
    except PackageError as error:
        report.findings.append(Finding("missing", str(error), path=path))
        found = True
    if not found:
        _find(report, "the list is not what the decided rule comes to", path)
    for entry in entries:
        absent, withheld = bool(entry.body.get(WITHHELD)), rule.withholds_payload(origin, entry)
        if absent and not withheld and entry.session not in books.retention.ended:
            detail = f"the payload of entry {entry.seq} is not there, and no rule withholds it"
            report.findings.append(
                Finding("missing", detail, entry.session, path=f"{log.prefix}/payloads.jsonl")
            )


def _has_payload(entry: Entry) -> bool:
    """Whether the entry, opened, has a private payload that is not at hand."""
    return bool(entry.body.get(WITHHELD)) and bool(stated_commitment(entry.body))


def _find(report: Report, detail: str, path: str) -> None:
    report.findings.append(Finding("disclosure", detail, path=path))


def _items(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > RULE_ITEMS_MAX:
        raise PackageError(f"a part of a rule is a list of at most {RULE_ITEMS_MAX} objects")
    if not all(isinstance(item, dict) for item in value):
        raise PackageError("a part of a rule is a list of objects")
    return value


def _scopes(value: Any, texts: tuple[str, ...], more: tuple[str, ...]) -> tuple[Scope, ...]:
    scopes: list[Scope] = []
    for item in _items(value):
        if not set(item) <= {*texts, *more}:
            raise PackageError(f"a scope has {', '.join((*texts, *more))}; any of them")
        if not all(isinstance(item.get(name, ""), str) for name in texts):
            raise PackageError("session, source and kind of a scope are text")
        times = [item.get(name) for name in _SCOPE_TIMES]
        if not all(time is None or type(time) is int for time in times):
            raise PackageError("times of a scope are microseconds")
        start, end = times
        if start is not None and end is not None and end <= start:
            raise PackageError("a scope ends after it begins")
        stated = {name: item.get(name, "") for name in texts}
        scopes.append(Scope(**stated, start_us=start, end_us=end))
    return tuple(scopes)


def _moment_of(body: dict[str, Any], name: str, otherwise: int) -> int:
    value = body.get(name)
    return value if type(value) is int else otherwise
