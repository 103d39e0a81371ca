"""Proofs to take along: some entries of one log, and what proves that they stand in it.

Smaller than a package: no media, no other log. A directory, mostly as a zip archive::

    proofs.json          what it is: format, log, origin, the entries, of which session
    checkpoint           the signed head of the log
    public-key.pem       of the log; its fingerprint must be known from elsewhere
    entries.jsonl        the entries, one a line, as stored
    payloads.jsonl       their private payloads with their salts, as far as they are at hand
    proofs/<seq>.tlog-proof      C2SP tlog-proof, for few entries
    leaf-hashes          for many: all leaf hashes up to the checkpoint, 32 bytes each
    VERIFY.txt           how to check it

The check, as a ladder (the numbers stand on the code):

1. ``proofs.json`` is of a format this program knows.
2. The checkpoint is signed with the public key, which is the expected one when one is given.
3. Every entry is canonical and is one of those that are listed, in their order; of a whole
   session, each names the one before it.
4. Every entry is in the tree of the checkpoint.
5. Private payloads fit the commitments in their entries.

What it does not say: that the media are unaltered. That takes a package or the store.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO

from evidence_store.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EntryError, FormatError, PackageError, ProofError
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.merkle import HASH_BYTES, HashTree, leaf_hash
from evidence_store.package_files import PackageFiles, open_package
from evidence_store.payload_check import PAYLOADS_FILE, PayloadCheck
from evidence_store.proof import parse_proof, proof_bytes, verify_proof
from evidence_store.reader import LogReader
from evidence_store.report import Finding, LogReport, Notice, Report, unreadable_report

FORMAT = "duizhi-proofs/1"
HEAD_FILE = "proofs.json"
#: Up to so many entries each gets a proof of its own; more share the leaf hashes.
OWN_PROOFS_MAX = 100
_READ_ENTRIES = 1024
_DATE = (1980, 1, 1, 0, 0, 0)

_VERIFY_TEXT = """\
核验方法 · HOW TO CHECK THESE PROOFS
====================================

    duizhi verify {name}
    duizhi verify --key KEY.pem {name}

KEY.pem: 事先另行取得的公钥 the log's key, known from elsewhere

日志 log            {origin}
条数 entries        {count}
公钥指纹 key        sha256 {fingerprint}

公钥指纹须与办案单位另行告知的一致。The fingerprint must equal the one the unit told you.

不用我方程序 · Without our program (sh, sha256sum, openssl 1.1.1+, in this directory):

检查点的签名 signature of the checkpoint            [Signature Verified Successfully]

    sed '/^$/,$d' checkpoint > /tmp/text
    sed '1,/^$/d' checkpoint | head -n 1 | cut -d ' ' -f 3 | base64 -d \\
      | tail -c 64 > /tmp/signature
    openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin \\
      -in /tmp/text -sigfile /tmp/signature

第一条的叶哈希 leaf hash of the first entry (RFC 6962: SHA-256 over 00 and the line):

    {{ printf '\\0'; head -n 1 entries.jsonl | tr -d '\\n'; }} | sha256sum

从叶到根 from the leaf to the root: proofs/*.tlog-proof 为公开格式 is the public format of
c2sp.org/tlog-proof; leaf-hashes 为全部叶哈希 holds all leaf hashes of the tree of RFC 6962.

这里不含录音录像，也不证明录音录像未变；那要用整包核验。
No media are here, and nothing is said of them: that takes a package.
"""


# --- making ---------------------------------------------------------------------------------------


def write_proofs(
    reader: LogReader,
    log: str,
    pem: bytes,
    seqs: Sequence[int],
    target: IO[bytes],
    *,
    top: str,
    session: str = "",
) -> int:
    """Write the archive for these entries, which it unpacks to ``top``; returns how many.

    Entries beyond the checkpoint are left out. ``session`` says that these are all entries of it.

    Raises:
        PackageError: there are none.
        CheckpointError, TileError, StoreDamaged: the log cannot be read.
    """
    head = reader.checkpoint()
    wanted = sorted({seq for seq in seqs if 0 <= seq < head.size})
    if not wanted:
        raise PackageError("none of these entries is covered by a checkpoint yet")
    said = {"format": FORMAT, "log": log, "origin": head.origin, "entries": wanted}
    if session:
        said["session"] = session
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(f"{top}/{name}", date_time=_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)

        entries, payloads = _lines(reader, wanted)
        put(HEAD_FILE, json.dumps(said, indent=1).encode() + b"\n")
        put("checkpoint", head.note)
        put("public-key.pem", pem)
        put("entries.jsonl", b"".join(line + b"\n" for line in entries))
        if payloads:
            put(PAYLOADS_FILE, b"".join(line + b"\n" for line in payloads))
        if len(wanted) <= OWN_PROOFS_MAX:
            for seq in wanted:
                path = reader.inclusion_proof(seq, head.size)
                put(f"proofs/{seq}.tlog-proof", proof_bytes(seq, path, head.note))
        else:
            put("leaf-hashes", b"".join(_leaves(reader, head.size)))
        text = _VERIFY_TEXT.format(
            name=f"{top}.zip",
            origin=head.origin,
            count=len(wanted),
            fingerprint=spki_sha256(parse_public_pem(pem)),
        )
        put("VERIFY.txt", text.encode())
    return len(wanted)


def _lines(reader: LogReader, wanted: Sequence[int]) -> tuple[list[bytes], list[bytes]]:
    """Entries and payload lines, read in stretches of the log."""
    entries: list[bytes] = []
    payloads: list[bytes] = []
    at = 0
    while at < len(wanted):
        first = wanted[at]
        part = [seq for seq in wanted[at : at + _READ_ENTRIES] if seq < first + _READ_ENTRIES]
        stretch = part[-1] - first + 1
        read = reader.entries(first, stretch)
        lines = reader.payloads(first, stretch)
        entries += [read[seq - first] for seq in part]
        payloads += [lines[seq] for seq in part if seq in lines]
        at += len(part)
    return entries, payloads


def _leaves(reader: LogReader, size: int) -> Iterator[bytes]:
    begin = 0
    while begin < size:
        part = reader.leaf_hashes(begin, min(_READ_ENTRIES, size - begin))
        yield from part
        begin += len(part)


# --- checking -------------------------------------------------------------------------------------


def is_proofs(path: Path) -> bool:
    """Whether proofs lie there (and not a package or a store)."""
    if path.is_dir():
        return (path / HEAD_FILE).is_file() and not (path / "bagit.txt").exists()
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return HEAD_FILE in names and "bagit.txt" not in names


def verify_proofs(path: Path, *, keys: Collection[bytes] = ()) -> Report:
    """Climb the ladder for the proofs at ``path``. Never raises for what lies there."""
    report = Report(target=str(path))
    try:
        files = open_package(path, HEAD_FILE)
    except PackageError as error:
        return unreadable_report(str(path), str(error))
    try:
        _Ladder(files, report, keys).climb()
    except PackageError as error:
        report.findings.append(Finding("missing", str(error)))
    finally:
        files.close()
    return report


class _Ladder:
    def __init__(self, files: PackageFiles, report: Report, keys: Collection[bytes]) -> None:
        self._files = files
        self._report = report
        self._keys = keys

    def climb(self) -> None:
        """Check step by step, as far as what is there allows; findings say where it fails."""
        # 1. The format.
        try:
            said = json.loads(self._files.read(HEAD_FILE))
            listed = said["entries"]
            known = said["format"] == FORMAT and all(type(seq) is int for seq in listed)
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            self._add("unreadable", f"{HEAD_FILE} is not of the format {FORMAT}", HEAD_FILE)
            return
        # 2. The signed head.
        head, key = self._head()
        if head is None:
            return
        # 3. The entries.
        lines = self._files.read("entries.jsonl").split(b"\n")
        if lines.pop() != b"":
            self._add("altered", "the last line is cut off", "entries.jsonl")
        entries = self._entries(lines, listed)
        if session := said.get("session"):
            self._whole(str(session), [entry for entry, _ in entries])
        # 4. In the tree.
        self._included(head, entries)
        # 5. Their payloads.
        self._payloads([entry for entry, _ in entries])
        self._report.totals.entries = len(entries)
        last = max((entry.t_us for entry, _ in entries), default=0)
        fingerprint = spki_sha256(key) if key else ""
        self._report.log = LogReport(head.origin, head.size, head.root.hex(), fingerprint, last)

    def _head(self) -> tuple[Checkpoint | None, bytes]:
        try:
            head = parse_checkpoint(self._files.read("checkpoint"))
            key = parse_public_pem(self._files.read("public-key.pem"))
            verify_checkpoint(head, key)
        except FormatError as error:
            self._add("signature_wrong", str(error), "checkpoint")
            return None, b""
        if self._keys and key not in self._keys:
            self._add("key_mismatch", "the log's key is not the expected one", "public-key.pem")
        return head, key

    def _entries(self, lines: list[bytes], listed: list[int]) -> list[tuple[Entry, bytes]]:
        found: list[tuple[Entry, bytes]] = []
        for number, line in enumerate(lines, 1):
            try:
                found.append((parse_entry(line), line))
            except EntryError as error:
                self._add("altered", f"line {number} is damaged: {error}", "entries.jsonl")
        there = [entry.seq for entry, _ in found]
        for seq in sorted(set(listed) - set(there)):
            self._add("missing", f"entry {seq} is listed and not here", "entries.jsonl")
        for seq in sorted(set(there) - set(listed)):
            self._add("unlisted", f"entry {seq} is here and not listed", "entries.jsonl")
        if there != sorted(set(there)):
            self._add("altered", "the entries do not stand in their order", "entries.jsonl")
        return found

    def _whole(self, session: str, entries: list[Entry]) -> None:
        """All entries of a session name the one before; what follows the last nobody can tell."""
        for entry in entries:
            if entry.session != session:
                self._add("unlisted", f"entry {entry.seq} is not of this session", "entries.jsonl")
        if entries and entries[0].prev != -1:
            self._add("missing", "the session's first entries are not here", "entries.jsonl")
        for before, entry in pairwise(entries):
            if entry.prev != before.seq:
                detail = f"between entry {before.seq} and entry {entry.seq} some are left out"
                self._add("missing", detail, "entries.jsonl")
        if not any(entry.kind == "session.close" for entry in entries):
            notice = Notice(
                "session_open", "the session was still open when they were made", session
            )
            self._report.notices.append(notice)

    def _included(self, head: Checkpoint, entries: list[tuple[Entry, bytes]]) -> None:
        if "leaf-hashes" in self._files.sizes:
            data = self._files.read("leaf-hashes")
            leaves = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
            if len(data) != head.size * HASH_BYTES or HashTree(leaves).root() != head.root:
                self._add(
                    "altered", "the leaf hashes do not lead to the signed root", "leaf-hashes"
                )
                return
            for entry, line in entries:
                if entry.seq >= head.size or leaves[entry.seq] != leaf_hash(line):
                    self._not_in_log(entry, "leaf-hashes")
            return
        for entry, line in entries:
            path = f"proofs/{entry.seq}.tlog-proof"
            try:
                proof = parse_proof(self._files.read(path))
                verify_proof(proof, leaf_hash(line))
            except ProofError:
                self._not_in_log(entry, path)
                continue
            if proof.index != entry.seq or proof.checkpoint.note != head.note:
                self._not_in_log(entry, path)

    def _not_in_log(self, entry: Entry, path: str) -> None:
        detail = f"entry {entry.seq} is not what the signed log holds there"
        self._report.findings.append(
            Finding("altered", detail, entry.session, path=path, start_us=entry.t_us)
        )

    def _payloads(self, entries: list[Entry]) -> None:
        check = PayloadCheck("", PAYLOADS_FILE, self._report)
        if PAYLOADS_FILE in self._files.sizes:
            *lines, rest = self._files.read(PAYLOADS_FILE).split(b"\n")
            for line in lines:
                check.take(line)
            if rest:
                self._add("altered", "the last line is cut off", PAYLOADS_FILE)
        for entry in entries:
            check.open(entry)
        check.settle()

    def _add(self, code: str, detail: str, path: str) -> None:
        self._report.findings.append(Finding(code, detail, path=path))
