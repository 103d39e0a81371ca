"""The verification of a store in place, as a ladder.

1.  The store has a format this program knows.
2.  Each log's checkpoint is signed with the log's public key in ``keys/`` (and a recorder's with
    an expected key, when some are given).
3.  Entries are there up to the checkpoint's size; each is canonical, stands at its index, names
    the entry before it of its session, and has the hash in its tile.
3a. Private payloads beside the log fit the commitments in their entries.
4.  The hashes lead to the checkpoint's root.
4a. The twin tree with SM3, when the log states one, has the signed root as well.
5.  Every media file and document that an entry names is there with its size and SHA-256, and
    documents state a head that their log had.
6.  Every second is accounted for.
7.  Cosigned heads are heads of these logs, signed by witnesses of the policy; for every second it
    is said who vouches for it and since when. Time stamps are over heads of these logs.
8.  A receipt that somebody brings (receipt.py) is of a session in here, sealed as it says.

A store may be verified while it is being written to: a checkpoint is read first, and then only
what it covers. Nothing is written.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from evidence_store.accounting import source_reports
from evidence_store.books import Books
from evidence_store.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from evidence_store.document_account import check_documents, settle_documents
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EntryError, FormatError, PackageError, StoreError, TileError
from evidence_store.key_ladder import KeyLadder
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.late_account import late_reports
from evidence_store.media_check import altered_entry, check_media, media_files
from evidence_store.media_sm3 import check_media_sm3
from evidence_store.merkle import CompactRange, grow, leaf_hash
from evidence_store.package_files import Digest, digest_path
from evidence_store.payload_check import PayloadCheck
from evidence_store.payload_files import (
    PAYLOAD_DIRECTORY,
    PAYLOAD_SPAN,
    line_index,
    payload_path,
)
from evidence_store.receipt import Receipt, RootsAt, check_receipts
from evidence_store.report import Finding, LogReport, Report, unreadable_report
from evidence_store.retention_account import Ended, RetentionDecisions
from evidence_store.session_ladder import SealedSession
from evidence_store.session_marks import SessionMarks
from evidence_store.settlement import settle_books
from evidence_store.stamp_account import check_stamps
from evidence_store.store_format import check_store
from evidence_store.tile import ENTRIES, TILE_WIDTH, tile_path
from evidence_store.tile_files import StoredTree, TileFiles
from evidence_store.twin_check import TWIN_HEAD, TwinCheck, TwinKeys, sm3_leaf
from evidence_store.voucher_files import POLICY_FILE, stored_heads, stored_policy, stored_stamps
from evidence_store.witness_account import (
    WitnessedLog,
    account_witnesses,
    check_policy_entry,
    check_witnesses,
    read_policy,
)

#: The log of case-level acts; it has no media.
CENTRE = "centre"

Progress = Callable[[float], None]


def log_names(store: Path) -> list[str]:
    """The logs of a store, the centre's last."""
    names = sorted(path.parent.name for path in store.glob("*/log"))
    return sorted(names, key=lambda name: name == CENTRE)


def verify_store(
    store: Path,
    *,
    progress: Progress | None = None,
    keys: Collection[bytes] = (),
    sessions: Collection[str] | None = None,
    policy: bytes | None = None,
    anchors: bytes | None = None,
    receipts: Collection[Receipt] = (),
) -> Report:
    """Climb the ladder for the store at ``store``.

    With ``sessions``, steps 5 and 6 look at these sessions only; the logs are always checked
    whole.
    """
    # 1. Format.
    try:
        check_store(store)
    except StoreError as error:
        return unreadable_report(str(store), str(error))
    names = log_names(store)
    if not names:
        return unreadable_report(str(store), f"{store} holds no log")
    report = Report(target=str(store))
    ended: list[Ended] = []
    sealed: dict[str, SealedSession] = {}
    heads_of: dict[str, RootsAt] = {}
    decisions = RetentionDecisions()
    policies: set[str] = set()
    for name in names:
        # 2. to 4. The log.
        check = LogCheck(store, name, report, sessions)
        check.run(() if name == CENTRE else keys)
        # 5. Media.
        states = _check_media(store, name, check.books, report, progress)
        _check_documents(store, name, check, report)
        # 6. Time.
        settle_books(check.books, report)
        if name == CENTRE:
            decisions = check.books.decisions
        else:
            ended += check.books.retention.ended.values()
        # 7. Witnesses.
        policies |= check.marks.policies
        if check.head is not None:
            check_store_vouchers(store, name, check, policy, anchors, sessions, report)
        _add_totals(report, name, check, states)
        if check.head is not None and check.proved:
            sealed |= check.sealed
            heads_of[check.head.origin] = check.roots_at
    _check_policy_of_today(store, policies, report)
    # 8. Receipts.
    check_receipts(receipts, sealed, heads_of, report)
    for one in ended:
        report.findings += decisions.check(one)
    return report


def check_store_vouchers(
    store: Path,
    name: str,
    check: LogCheck,
    given: bytes | None,
    anchors: bytes | None,
    sessions: Collection[str] | None,
    report: Report,
) -> None:
    """Step 7 for one log."""
    assert check.head is not None
    own = stored_policy(store, check.marks.policy_sha256)
    check_policy_entry(check.marks.policy_sha256, own, POLICY_FILE, report)
    data = own if given is None else given
    policy = read_policy(data, POLICY_FILE, report) if data is not None else None
    head = check.head
    log = WitnessedLog(
        *(name, head.origin, head.size, check.roots, check.key, check.heads),
        ended=check.ended,
    )
    check_witnesses(log, policy, report)
    check_stamps(log, check.stamps, check.marks.authorities, anchors, report)
    account_witnesses(log, check.marks, () if name == CENTRE else sessions, policy, report)


def _check_policy_of_today(store: Path, named: Collection[str], report: Report) -> None:
    """It is one that a log has named; each log's own has been checked beside it."""
    today = stored_policy(store)
    found = hashlib.sha256(today).hexdigest() if today is not None else ""
    if (
        named
        and found not in named
        and not any(one.code == "policy_mismatch" for one in report.findings)
    ):
        detail = "no log ever named this policy" if found else "the policy is missing"
        report.findings.append(Finding("policy_mismatch", detail, path=POLICY_FILE))


class LogCheck:
    """Steps 2 to 4 for one log; ``books`` and ``head`` are its result."""

    def __init__(
        self, store: Path, name: str, report: Report, sessions: Collection[str] | None = None
    ) -> None:
        self.books = Books()
        self.head: LogReport | None = None
        self.proved = False  # signature and root are right
        self._store = store
        self._name = name
        self._directory = store / name / "log"
        self._files = TileFiles(self._directory)
        self._report = report
        self._sessions = sessions
        self.marks = SessionMarks()
        self.key = b""
        self.ended: Collection[bytes] = ()  # its keys before
        # Before the checkpoint, which is then never older than what witnesses have seen.
        self.heads = stored_heads(store / name)
        self.stamps = stored_stamps(store / name)
        self.roots: dict[int, bytes] = {}  # of the tree, at the sizes of those
        self._last: dict[str, int] = {}  # last entry of each session
        self._payloads = PayloadCheck(name, f"{name}/log/{PAYLOAD_DIRECTORY}", report)
        self._keys: KeyLadder | None = None
        self._twin: TwinCheck | None = None
        self.sealed: dict[str, SealedSession] = {}

    def run(self, expected: Collection[bytes]) -> None:
        """Check the log."""
        # 2. The signature.
        checkpoint, key, signed = self._check_head()
        if checkpoint is None:
            return
        if key:
            self._keys = KeyLadder(
                checkpoint,
                key,
                self._place("checkpoint"),
                f"keys/{self._name}.pub.pem",
                self._report,
            )
        # 4a. The twin's head is read after the checkpoint and covers as much, or more.
        self._twin = TwinCheck(self._place(TWIN_HEAD), self._twin_head(), self._report)
        # 3. The entries, tile by tile.
        tree, good = CompactRange(), True
        for begin in range(0, checkpoint.size, TILE_WIDTH):
            width = min(TILE_WIDTH, checkpoint.size - begin)
            # 3a. Their payloads.
            if begin % PAYLOAD_SPAN == 0:
                self._take_payloads(begin, checkpoint.size)
            leaves = self._check_tile(begin, width)
            good = good and leaves is not None
            self.roots |= grow(tree, leaves or [], self.heads.keys() | self.stamps.heads.keys())
        self._payloads.settle()
        # 4. The root.
        if good and tree.root() != checkpoint.root:
            good = False
            self._add("altered", "the entries do not lead to the signed root", "checkpoint")
        # The keys: those that the log states, and expected ones.
        if self._keys:
            self._keys.finish(expected)
            self.ended = self._keys.ended
            self.sealed = self._keys.sealed
            self._settle_twin(checkpoint, key, self._keys.twin_point)
        if not good:
            self.roots = {}
        self.proved = good and signed
        self.head = LogReport(
            checkpoint.origin,
            checkpoint.size,
            checkpoint.root.hex(),
            spki_sha256(key) if key else "",
            self.books.last_t_us,
            self._keys.root_sha256 if self._keys else "",
            self._keys.session_keys if self._keys else {},
        )

    def _twin_head(self) -> bytes | None:
        try:
            return (self._directory / TWIN_HEAD).read_bytes()
        except OSError:
            return None

    def _settle_twin(self, checkpoint: Checkpoint, key: bytes, point: bytes | None) -> None:
        """Step 4a."""
        if point is None or self._twin is None:
            return
        begin, end = checkpoint.size, self._twin.size
        with contextlib.suppress(OSError, TileError):  # then there are too few
            while begin < end:
                index, offset = divmod(begin, TILE_WIDTH)
                entries = self._files.entries(index, min(TILE_WIDTH, end - index * TILE_WIDTH))
                for entry in entries[offset:]:
                    self._twin.add(sm3_leaf(entry))
                begin = index * TILE_WIDTH + len(entries)
        self._twin.finish(checkpoint, TwinKeys(key, point))

    def roots_at(self, sizes: set[int]) -> dict[int, bytes]:
        """The roots of the first so many entries; sizes that this log never had are left out."""
        if self.head is None or not self.proved:
            return {}
        tree = StoredTree(self._files, self.head.size)
        try:
            return {size: tree.subtree(0, size) for size in sizes if 0 < size <= self.head.size}
        except (OSError, TileError):
            return {}  # found by step 3

    def _check_head(self) -> tuple[Checkpoint | None, bytes, bool]:
        """The checkpoint, the log's public key, and whether the one is signed with the other."""
        try:
            checkpoint = parse_checkpoint((self._directory / "checkpoint").read_bytes())
        except FileNotFoundError:
            self._add("missing", "the log has no checkpoint", "checkpoint")
            return None, b"", False
        except (OSError, FormatError) as error:
            self._add("signature_wrong", str(error), "checkpoint")
            return None, b"", False
        pem = self._store / "keys" / f"{self._name}.pub.pem"
        try:
            key = self.key = parse_public_pem(pem.read_bytes())
        except (OSError, PackageError) as error:
            self._report.findings.append(
                Finding("missing", f"no public key: {error}", path=f"keys/{pem.name}")
            )
            return checkpoint, b"", False
        try:
            verify_checkpoint(checkpoint, key)
        except FormatError as error:
            self._add("signature_wrong", str(error), "checkpoint")
            return checkpoint, key, False
        return checkpoint, key, True

    def _check_tile(self, begin: int, width: int) -> list[bytes] | None:
        """Check the entries of one tile; returns the leaf hashes, or None when they are gone."""
        index = begin // TILE_WIDTH
        try:
            entries = self._files.entries(index, width)
        except (OSError, TileError) as error:
            detail = f"entries {begin} to {begin + width - 1}: {error}"
            self._add("log_truncated", detail, tile_path(ENTRIES, index, width))
            return None
        try:
            hashes = self._files.hashes(0, index, width)
        except (OSError, TileError) as error:
            self._add("missing", str(error), tile_path(0, index, width))
            hashes = [leaf_hash(entry) for entry in entries]
        for offset, entry in enumerate(entries):
            if self._twin is not None and self._twin.present:
                self._twin.add(sm3_leaf(entry))
            self._check_entry(begin + offset, entry, hashes[offset])
        return hashes

    def _check_entry(self, index: int, data: bytes, leaf: bytes) -> None:
        name = tile_path(ENTRIES, index // TILE_WIDTH)
        trusted = leaf_hash(data) == leaf
        try:
            entry = parse_entry(data)
        except EntryError as error:
            self._add("altered", f"entry {index} is damaged: {error}", name)
            return
        if not trusted or entry.seq != index:
            finding = altered_entry(entry, f"{self._name}/log/{name}")
            self._report.findings.append(finding)
        elif entry.prev != self._last.get(entry.session, -1):
            self._add("altered", f"entry {index} does not follow its session's last", name)
        self._last[entry.session] = index
        self.marks.add(entry)
        if self._keys and self._is_wanted(entry):
            self._keys.add(entry, leaf, trusted=trusted)
        entry = self._payloads.open(entry)
        if self._is_wanted(entry):
            self.books.add(entry, trusted=trusted)

    def _take_payloads(self, begin: int, size: int) -> None:
        """One file of payloads; those beyond the checkpoint are not judged."""
        path = payload_path(self._directory / PAYLOAD_DIRECTORY, begin)
        with contextlib.suppress(FileNotFoundError):
            for line in path.read_bytes().split(b"\n")[:-1]:
                if line_index(line) < size:
                    self._payloads.take(line)

    def _is_wanted(self, entry: Entry) -> bool:
        return self._sessions is None or not entry.session or entry.session in self._sessions

    def _add(self, code: str, detail: str, name: str) -> None:
        self._report.findings.append(Finding(code, detail, path=self._place(name)))

    def _place(self, name: str) -> str:
        return f"{self._name}/log/{name}"


def _check_media(
    store: Path, name: str, books: Books, report: Report, progress: Progress | None
) -> dict[str, str]:
    total = sum(file.size for file, _ in media_files(books)) or 1
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(min(1.0, done / total))

    def lookup(path: str) -> Digest | None:
        return digest_path(store / path, step)

    states = check_media(books, f"{name}/", lookup, report)
    check_media_sm3(books, f"{name}/", states, lambda path: file_blocks(store / path), report)
    return states


def file_blocks(path: Path) -> Iterator[bytes]:
    """A file, block by block."""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def _check_documents(store: Path, name: str, check: LogCheck, report: Report) -> None:
    """Step 5 for documents."""

    def lookup(path: str) -> Digest | None:
        return digest_path(store / path, lambda _: None)

    def blocks(path: str) -> Iterator[bytes]:
        return file_blocks(store / path)

    books, prefix = check.books, f"{name}/"
    states = check_documents(books, prefix, lookup, report)
    if states and check.head is not None:
        head = (check.head.origin, check.roots_at)
        settle_documents(books, prefix, set(books.sessions), head, states, blocks, report)


def _add_totals(report: Report, name: str, check: LogCheck, states: dict[str, str]) -> None:
    def state(path: str) -> str:
        return states.get(path, "missing") if check.proved else "altered"

    sources, totals = source_reports(check.books, state)
    report.per_source += sources
    for field, value in vars(totals).items():
        setattr(report.totals, field, getattr(report.totals, field) + value)
    report.add_late(late_reports(check.books, state))
    if check.head is None:
        return
    if report.log is None:
        report.log = check.head
    elif name != CENTRE:
        report.further_logs.append(check.head)
