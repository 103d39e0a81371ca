"""One log inside a package: its signed head, all its leaf hashes, and the disclosed entries.

Standard library only. A package shows the entries of some sessions and only the hashes of all
others; because every leaf hash is there, the root can be computed without any of our proofs.
Steps 3 to 6 of the ladder (ladder.py) are carried out here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from evidence_store.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import CheckpointError, EntryError, NoteError, PackageError
from evidence_store.key_ladder import KeyLadder
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.media_check import altered_entry
from evidence_store.merkle import HASH_BYTES, CompactRange, grow, leaf_hash
from evidence_store.package_files import PackageFiles
from evidence_store.package_layout import package_head_sizes
from evidence_store.report import Finding, LogReport, Report
from evidence_store.session_ladder import SealedSession
from evidence_store.twin_check import PackageTwin, TwinKeys

# No entry is longer (entry.py); a file without line ends must not fill the memory.
_LINE_BYTES_MAX = 1 << 16


@dataclass
class DisclosedLog:
    """What could be read of a log, and whether its head is proved."""

    prefix: str
    checkpoint: Checkpoint | None
    key_sha256: str
    leaves: bytes
    proved: bool  # signature and root are right
    entries: list[tuple[Entry, bool]]  # with: this is what stands in the tree
    key: bytes = b""  # that of the package, for this log
    roots: dict[int, bytes] = field(default_factory=dict)  # at the sizes others vouch for
    root_sha256: str = ""
    twin: TwinKeys | None = None  # the log states a twin tree with SM3, signed with these
    session_keys: dict[str, list[str]] = field(default_factory=dict)
    sealed: dict[str, SealedSession] = field(default_factory=dict)
    ended: Collection[bytes] = ()  # Ed25519 keys before the one it is signed with

    def report(self) -> LogReport | None:
        """The head for the report."""
        if self.checkpoint is None:
            return None
        last = max((entry.t_us for entry, _ in self.entries), default=0)
        head = self.checkpoint
        return LogReport(
            head.origin,
            head.size,
            head.root.hex(),
            self.key_sha256,
            last,
            self.root_sha256,
            self.session_keys,
        )

    def roots_at(self, sizes: set[int]) -> dict[int, bytes]:
        """The roots of the first so many entries; sizes that this log never had are left out."""
        found: dict[int, bytes] = {}
        last = max(sizes, default=0)
        if self.proved:
            tree = CompactRange()
            for begin in range(0, min(last * HASH_BYTES, len(self.leaves)), HASH_BYTES):
                tree.append(self.leaves[begin : begin + HASH_BYTES])
                if tree.size in sizes:
                    found[tree.size] = tree.root()
        return found


def read_disclosed_log(
    files: PackageFiles, prefix: str, report: Report, expected: Collection[bytes]
) -> DisclosedLog:
    """Check one log of a package (steps 3 to 5); what is wrong goes into the report."""
    log = DisclosedLog(prefix, None, "", b"", False, [])
    twin = PackageTwin(files, prefix, report)
    # 3. The checkpoint is signed with the key in the package.
    signed = _check_head(files, log, report)
    # 4. The leaf hashes are as many as the checkpoint says and lead to its root.
    log.proved = _check_tree(files, log, report) and signed
    # 5. Every disclosed entry is canonical, and its hash stands at its index.
    for line in _lines(files, f"{prefix}/entries.jsonl", report):
        if _check_line(log, line, report):
            twin.shows(log.entries[-1][0].seq, line)
    # The keys: those that the log states, and expected ones.
    check_keys(log, report, expected)
    # 5b. The twin tree with SM3, when the log states one.
    if log.checkpoint is not None:
        twin.finish(log.checkpoint, log.twin)
    return log


def check_chain(log: DisclosedLog, report: Report) -> None:
    """Step 6: no entry was left out between two entries of one session."""
    last: dict[str, Entry] = {}
    for entry, trusted in log.entries:
        if not trusted:
            continue
        before = last.get(entry.session)
        if entry.prev != (before.seq if before else -1):
            report.findings.append(
                Finding(
                    "missing",
                    f"entries are left out before entry {entry.seq}",
                    entry.session,
                    path=f"{log.prefix}/entries.jsonl",
                    start_us=before.t_us if before else None,
                    end_us=entry.t_us,
                )
            )
        last[entry.session] = entry


def check_keys(log: DisclosedLog, report: Report, expected: Collection[bytes]) -> None:
    """The keys of the log, from the unit's root down to each session."""
    if log.checkpoint is None or not log.key:
        return
    ladder = KeyLadder(
        log.checkpoint,
        log.key,
        f"{log.prefix}/checkpoint",
        f"{log.prefix}/public-key.pem",
        report,
    )
    for entry, trusted in log.entries:
        begin = entry.seq * HASH_BYTES
        ladder.add(entry, log.leaves[begin : begin + HASH_BYTES], trusted=trusted)
    ladder.finish(expected)
    log.root_sha256, log.session_keys = ladder.root_sha256, ladder.session_keys
    log.sealed, log.ended = ladder.sealed, ladder.ended
    if ladder.twin_point is not None:
        log.twin = TwinKeys(log.key, ladder.twin_point)


def _check_head(files: PackageFiles, log: DisclosedLog, report: Report) -> bool:
    name = f"{log.prefix}/checkpoint"
    try:
        key = parse_public_pem(files.read(f"{log.prefix}/public-key.pem"))
        log.key, log.key_sha256 = key, spki_sha256(key)
    except PackageError as error:
        report.findings.append(Finding("altered", str(error), path=f"{log.prefix}/public-key.pem"))
        return False
    try:
        log.checkpoint = parse_checkpoint(files.read(name))
        verify_checkpoint(log.checkpoint, key)
    except PackageError as error:
        report.findings.append(Finding("missing", str(error), path=name))
        return False
    except (CheckpointError, NoteError) as error:
        report.findings.append(Finding("signature_wrong", str(error), path=name))
        return False
    return True


def _check_tree(files: PackageFiles, log: DisclosedLog, report: Report) -> bool:
    name = f"{log.prefix}/leaf-hashes"
    try:
        log.leaves = files.read(name)
    except PackageError as error:
        report.findings.append(Finding("missing", str(error), path=name))
        return False
    if log.checkpoint is None:
        return False
    count, rest = divmod(len(log.leaves), HASH_BYTES)
    if rest or count != log.checkpoint.size:
        code = "log_truncated" if count < log.checkpoint.size else "altered"
        detail = f"the checkpoint covers {log.checkpoint.size} entries, there are {count} hashes"
        report.findings.append(Finding(code, detail, path=name))
        return False
    tree = CompactRange()
    begins = range(0, len(log.leaves), HASH_BYTES)
    leaves = (log.leaves[begin : begin + HASH_BYTES] for begin in begins)
    log.roots = grow(tree, leaves, package_head_sizes(files.sizes, log.prefix))
    if tree.root() != log.checkpoint.root:
        log.roots = {}
        report.findings.append(
            Finding("altered", "the leaf hashes do not lead to the signed root", path=name)
        )
        return False
    return True


def _check_line(log: DisclosedLog, line: bytes, report: Report) -> bool:
    """Note an entry; whether it is the one that stands in the log."""
    name = f"{log.prefix}/entries.jsonl"
    try:
        entry = parse_entry(line)
    except EntryError as error:
        report.findings.append(Finding("altered", f"an entry is damaged: {error}", path=name))
        return False
    begin = entry.seq * HASH_BYTES
    trusted = log.leaves[begin : begin + HASH_BYTES] == leaf_hash(line)
    if not trusted:
        report.findings.append(altered_entry(entry, name))
    if log.entries and log.entries[-1][0].seq >= entry.seq:
        detail = f"entry {entry.seq} is repeated or out of order"
        report.findings.append(Finding("altered", detail, entry.session, path=name))
        return False
    log.entries.append((entry, trusted))
    return trusted


def _lines(files: PackageFiles, name: str, report: Report) -> Iterator[bytes]:
    """The lines of a file, without their newlines."""
    rest = b""
    try:
        for block in files.blocks(name):
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            if len(rest) > _LINE_BYTES_MAX:
                break
    except PackageError as error:
        report.findings.append(Finding("missing", str(error), path=name))
        return
    if rest:
        report.findings.append(Finding("altered", "the last line is cut off", path=name))
