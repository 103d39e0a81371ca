"""Documents of a session, and how a document and its log prove each other.

Standard library only (part of the verifier inside a package). A record of questioning is told in
entries of its session::

    document.made    the PDF as it was typeset: file, digest of each page, and the head of this log
                     (origin, size, root) that is printed in the footer of every page
    page.shown       a page was on the screen of the person questioned, from when to when
    page.signed      a place on a page was signed by hand, bound to the digest of that page
    page.signed_late the same once the session was closed, by an officer, and why only then
    sign.refused     somebody would not sign, or could not (unable), and why
    signer.corrected somebody attended not as the document says, and how it came to stand there
    document.signed  the PDF with its signatures, made of the one above by appending to it

and the notice of rights before it::

    notice.read      these words (their digest) were given to the person
    notice.signed    the person signed for having received them: a PDF of words and signature
    notice.unsigned  the person would not or could not sign, and why

The circle: the page states a head of the log, people sign the page, the log states the signed PDF,
and later checkpoints cover that entry. The rules checked:

1. Every file that a document entry names is there with its size and SHA-256.
2. There is no other file among the documents.
3. The head that a document states is this log's own: its origin, no larger than the entry's index,
   and the root of that many first entries.
4. The PDF itself states the same head, document and session (in its metadata, in plain text).
5. A shown, signed or refused page is one of a document made before, with the digest stated
   there; so is a later signature, and a correction is of such a document.
6. A signed document begins with the very bytes of the document that was made, and every place that
   it says was signed by hand has its entry.
7. A notice that was signed or not signed was read before, in that session and in those very words,
   and is signed once: the same handwriting again is the same signature, told again after a loss.
   Its PDF is held to rules 1 to 4 like a document that was made.

The cryptographic signatures inside the PDF are not checked here: ``pdfsig`` and ``duizhi record
check`` do that. Nothing here trusts the names or sizes that an entry states.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence_store.books import Books
from evidence_store.entry import Entry
from evidence_store.errors import PackageError
from evidence_store.package_files import Digest
from evidence_store.report import Finding, Report

DOCUMENTS = "documents/"
#: Kinds that name a file among the documents.
FILED = ("document.made", "document.signed", "notice.signed")
#: No more of a document is searched for what it states.
DOCUMENT_BYTES_MAX = 64 << 20

_STATED = re.compile(
    rb"duizhi-record/1 document=([0-9a-z-]{1,40}) session=([A-Za-z0-9_.-]{1,64})"
    rb" log=([!-~]{1,200}) size=([0-9]{1,16}) root=([0-9a-f]{64})"
)

#: Roots of the first so many entries of a log, in one pass; sizes it never had are left out.
RootsOf = Callable[[set[int]], dict[int, bytes]]
#: A file's bytes, block by block.
Blocks = Callable[[str], Iterator[bytes]]


@dataclass(frozen=True)
class DocumentHead:
    """The head of a log as a document states it."""

    origin: str
    size: int
    root: str  # hex


def statement_text(document: str, session: str, head: DocumentHead) -> str:
    """What a PDF carries in its metadata: the spelling that rule 4 looks for."""
    return (
        f"duizhi-record/1 document={document} session={session}"
        f" log={head.origin} size={head.size} root={head.root}"
    )


def statements_in(data: bytes) -> set[tuple[str, str, DocumentHead]]:
    """Every different statement in the bytes of a PDF: document, session, head."""
    return {
        (
            match[1].decode(),
            match[2].decode(),
            DocumentHead(match[3].decode("ascii"), int(match[4]), match[5].decode()),
        )
        for match in _STATED.finditer(data)
    }


@dataclass(frozen=True)
class DocumentFile:
    """A file that a document entry names."""

    kind: str
    session: str
    document: str
    path: str
    sha256: str
    size: int
    seq: int
    trusted: bool
    sealed: tuple[str, int] = ("", 0)  # digest and size of the file encrypted at rest


def document_files(books: Books) -> list[DocumentFile]:
    """Every file that a document entry names, in the order of the log."""
    found = []
    for session in books.sessions.values():
        for entry, trusted in session.documents:
            path = entry.body.get("path")
            if entry.kind in FILED and isinstance(path, str):
                found.append(
                    DocumentFile(
                        entry.kind,
                        session.id,
                        _word(entry.body, "document"),
                        path,
                        _word(entry.body, "sha256"),
                        _whole_of(entry.body, "size"),
                        entry.seq,
                        trusted,
                        (_word(entry.body, "sealed_sha256"), _whole_of(entry.body, "sealed_size")),
                    )
                )
    return found


def check_documents(
    books: Books, prefix: str, lookup: Callable[[str], Digest | None], report: Report
) -> dict[str, str]:
    """Rule 1. Returns the state of each file by its path.

    They are proved, sealed (encrypted: checked, not opened), altered, missing or withheld.
    """
    states: dict[str, str] = {}
    for file in document_files(books):
        found = lookup(prefix + file.path) if file.path.startswith(DOCUMENTS) else None
        if file.path in books.sessions[file.session].withheld:  # see disclosure.py
            state = "withheld" if found is None else "disclosure"
            detail = "listed as withheld by its disclosure, and it is there" if found else ""
        elif found is None:
            state, detail = "missing", f"entry {file.seq} names this document, and it is not there"
        elif file.sealed[0] and (found.sha256, found.size) == file.sealed:
            state, detail = "sealed", ""
        elif (found.sha256, found.size) != (file.sha256, file.size):
            state, detail = "altered", f"not the document that entry {file.seq} names"
        else:
            state, detail = "proved", ""
        states[file.path] = state
        if detail:
            report.findings.append(Finding(state, detail, file.session, path=prefix + file.path))
    return states


def check_unlisted_documents(
    books: Books, prefix: str, names: Iterable[str], report: Report
) -> None:
    """Rule 2; ``names`` are the files that are there."""
    known = {prefix + file.path for file in document_files(books)}
    for name in names:
        if name.startswith(prefix + DOCUMENTS) and name not in known:
            report.findings.append(Finding("unlisted", "no entry names this document", path=name))


def settle_documents(
    books: Books,
    prefix: str,
    sessions: Collection[str],
    log: tuple[str, RootsOf],
    states: dict[str, str],
    blocks: Blocks,
    report: Report,
) -> None:
    """Rules 3 to 7 for the sessions that lie in one log (its origin and its roots)."""
    told = [
        entry
        for name in sessions
        if name in books.sessions
        for entry, _ in books.sessions[name].documents
    ]
    sizes = {head.size for entry in told if (head := _head(entry.body))}
    true = (log[0], log[1](sizes) if sizes else {})
    for name in sessions:
        session = books.sessions.get(name)
        if session is None:
            continue
        made: dict[str, Entry] = {}
        signed_places: dict[str, set[tuple[int, str]]] = {}
        notices = _Notices()
        for entry, _ in session.documents:
            if entry.kind.startswith("notice."):
                found = _check_notice(entry, notices, true, prefix, states, blocks)
            else:
                found = _check(entry, made, signed_places, true, prefix, states, blocks)
            for detail in found:
                path = entry.body.get("path")
                where = prefix + path if isinstance(path, str) else ""
                report.findings.append(
                    Finding(
                        "document_binding",
                        f"entry {entry.seq} ({entry.kind}): {detail}",
                        name,
                        path=where,
                        start_us=entry.t_us,
                        end_us=entry.t_us,
                    )
                )


def _check(
    entry: Entry,
    made: dict[str, Entry],
    signed_places: dict[str, set[tuple[int, str]]],
    log: tuple[str, dict[int, bytes]],
    prefix: str,
    states: dict[str, str],
    blocks: Blocks,
) -> Iterator[str]:
    """What is wrong with one entry; it is then remembered for those after it."""
    document = _word(entry.body, "document")
    if entry.kind == "document.made":
        yield from _check_made(entry, log, prefix, states, blocks)
        if document in made:
            yield "a document of this name was made before"
        made.setdefault(document, entry)
        return
    before = made.get(document)
    if before is None:
        yield "no entry before it made this document"
    elif entry.kind == "document.signed":
        places = signed_places.get(document, set())
        yield from _check_signed(entry, before, places, prefix, states, blocks)
    elif entry.kind in ("page.shown", "page.signed", "page.signed_late"):
        yield from _check_page(entry, before)
        if entry.kind != "page.shown":
            place = (_whole_of(entry.body, "page"), _word(entry.body, "place"))
            signed_places.setdefault(document, set()).add(place)


@dataclass
class _Notices:
    """What was read in a session so far, and signed: names of notices, digests of their words;
    where signed, the digest of the first handwriting."""

    read: set[tuple[str, str]] = field(default_factory=set)
    signed: dict[tuple[str, str], str] = field(default_factory=dict)


def _check_notice(
    entry: Entry,
    notices: _Notices,
    log: tuple[str, dict[int, bytes]],
    prefix: str,
    states: dict[str, str],
    blocks: Blocks,
) -> Iterator[str]:
    """Rule 7."""
    words = (_word(entry.body, "notice"), _word(entry.body, "text_sha256"))
    if entry.kind == "notice.read":
        notices.read.add(words)
        return
    if entry.kind not in ("notice.signed", "notice.unsigned"):
        return
    if words not in notices.read:
        yield "no entry before it says that this notice was read in these words"
    ink = _word(entry.body, "ink_sha256")
    first = notices.signed.get(words)
    if first is not None and (entry.kind != "notice.signed" or not ink or ink != first):
        yield "this notice was signed before"
    if entry.kind == "notice.signed":
        notices.signed.setdefault(words, ink)
        yield from _check_made(entry, log, prefix, states, blocks)


def _check_made(
    entry: Entry,
    log: tuple[str, dict[int, bytes]],
    prefix: str,
    states: dict[str, str],
    blocks: Blocks,
) -> Iterator[str]:
    """Rules 3 and 4."""
    origin, roots = log
    head = _head(entry.body)
    if head is None:
        yield "it states no head of the log"
        return
    root = roots.get(head.size) if 0 < head.size <= entry.seq else None
    if head.origin != origin:
        yield f"it states the log {head.origin!r}, and stands in {origin!r}"
    elif root is None or root.hex() != head.root:
        yield f"the log never had the size {head.size} with the root that the document states"
    path = _word(entry.body, "path")
    if states.get(path) != "proved":
        return
    said = statements_in(_first_bytes(blocks, prefix + path, DOCUMENT_BYTES_MAX))
    if said != {(_word(entry.body, "document"), entry.session, head)}:
        yield "the PDF does not state the head of the log that its entry states"


def _check_page(entry: Entry, made: Entry) -> Iterator[str]:
    """Rule 5."""
    pages = made.body.get("page_digests")
    page = _whole_of(entry.body, "page")
    if not isinstance(pages, list) or not 1 <= page <= len(pages):
        yield f"the document has no page {page}"
        return
    stated = pages[page - 1]
    if not isinstance(stated, dict) or stated.get("bitmap") != entry.body.get("bitmap"):
        yield f"the digest of page {page} is not that of the document"


def _check_signed(
    entry: Entry,
    made: Entry,
    places: set[tuple[int, str]],
    prefix: str,
    states: dict[str, str],
    blocks: Blocks,
) -> Iterator[str]:
    """Rule 6."""
    by_hand = entry.body.get("by_hand")
    if not isinstance(by_hand, list):
        yield "it does not say which places were signed by hand"
        by_hand = []
    for one in by_hand:
        place = (_whole_of(one, "page"), _word(one, "place")) if isinstance(one, dict) else (0, "")
        if place not in places:
            yield f"no entry says that place {place[1]!r} of page {place[0]} was signed"
    path, size = _word(entry.body, "path"), _whole_of(made.body, "size")
    if states.get(path) != "proved" or _whole_of(entry.body, "size") < size:
        if states.get(path) == "proved":
            yield "it is shorter than the document that was made"
        return
    if _first_sha256(blocks, prefix + path, size) != made.body.get("sha256"):
        yield "it does not begin with the document that was made"


def _head(body: dict[str, Any]) -> DocumentHead | None:
    value = body.get("head")
    if not isinstance(value, dict):
        return None
    return DocumentHead(_word(value, "origin"), _whole_of(value, "size"), _word(value, "root"))


def _first_bytes(blocks: Blocks, name: str, limit: int) -> bytes:
    found = bytearray()
    try:
        for block in blocks(name):
            found += block
            if len(found) >= limit:
                break
    except (PackageError, OSError):
        return b""  # that it cannot be read was found by rule 1
    return bytes(found[:limit])


def _first_sha256(blocks: Blocks, name: str, size: int) -> str:
    state, left = hashlib.sha256(), size
    try:
        for block in blocks(name):
            state.update(block[:left])
            left -= len(block)
            if left <= 0:
                break
    except (PackageError, OSError):
        return ""
    return state.hexdigest() if left <= 0 else ""


def _word(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _whole_of(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    return value if type(value) is int else 0
