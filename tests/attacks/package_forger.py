"""What an attacker with write access to a package can do: everything but sign with its keys.

The forms of an attack:

* ``plain``: the change alone.
* ``sealed``: both manifests are made to fit again, so that only the signed log can tell.
* ``thorough``: also the entries, their leaf hashes, the root in the checkpoint, proofs, playable
  copies, transcripts and the summary are made anew. Only the old signature is left to tell.
* ``rekeyed``: the same, signed with a key of the attacker's own. Consistent in itself: only
  someone who knows the true key from elsewhere can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rfc8785

from evidence_store.books import Books
from evidence_store.checkpoint import checkpoint_text, parse_checkpoint
from evidence_store.commitment import commitment, opened_bytes
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EvidenceError
from evidence_store.host_keys import HostKeys
from evidence_store.merkle import HASH_BYTES, HashTree, inclusion_path, leaf_hash
from evidence_store.package_layout import (
    CASE_FILE,
    CENTRE_LOG,
    MAIN_LOG,
    MANIFEST,
    TAG_MANIFEST,
    TRANSCRIPTS,
    manifest_bytes,
    play_parts,
    play_path,
    played,
    recorder_logs,
    sessions_summary,
)
from evidence_store.player_data import PLAYER_PAGE, player_data
from evidence_store.player_page import player_page
from evidence_store.proof import proof_bytes
from evidence_store.transcript import transcript_files
from tests.attacks.scenes import Scene
from tests.attacks.signing import keys_of, name_keys, public_pem, signed_head

Json = dict[str, Any]
PLAIN, SEALED, THOROUGH, REKEYED = "plain", "sealed", "thorough", "rekeyed"


class PackageForger:
    """Edits a package at ``top`` in one of the forms above."""

    def __init__(self, top: Path, scene: Scene, form: str = PLAIN) -> None:
        self.top = top
        self.scene = scene
        self.form = form
        #: Entries are changed with the files they name.
        self.thorough = form in (THOROUGH, REKEYED)
        self._touched: set[str] = set()

    # --- reading and writing ---------------------------------------------------------------

    def file(self, name: str) -> Path:
        """A file of the package."""
        return self.top / name

    def names(self) -> list[str]:
        """All its files."""
        paths = sorted(self.top.rglob("*"))
        return [item.relative_to(self.top).as_posix() for item in paths if item.is_file()]

    def edit(self, name: str, change: Callable[[bytes], bytes]) -> None:
        """Change the bytes of a file; they must really change."""
        path = self.file(name)
        before = path.read_bytes()
        after = change(before)
        assert after != before, f"{name} was not changed"
        path.write_bytes(after)

    def lines(self, log: str = MAIN_LOG) -> list[bytes]:
        """The entries of a log as spelled."""
        return self.file(f"{log}/entries.jsonl").read_bytes().split(b"\n")[:-1]

    def set_lines(self, lines: list[bytes], log: str = MAIN_LOG) -> None:
        """Other entries."""
        self._touched.add(log)
        data = b"".join(line + b"\n" for line in lines)
        self.edit(f"{log}/entries.jsonl", lambda _: data)

    def entries(self, log: str = MAIN_LOG) -> list[Json]:
        """The entries as values."""
        return [_value(line) for line in self.lines(log)]

    def find(self, kind: str, nth: int = 0, *, log: str = MAIN_LOG, **body: Any) -> int:
        """The place of the n-th entry of a kind whose body has these values."""
        found = [
            place
            for place, entry in enumerate(self.entries(log))
            if entry["kind"] == kind
            and all(
                entry.get(name, entry["body"].get(name)) == value for name, value in body.items()
            )
        ]
        return found[nth]

    def respell(self, place: int, change: Callable[[bytes], bytes], log: str = MAIN_LOG) -> None:
        """Change the bytes of one entry."""
        lines = self.lines(log)
        before = lines[place]
        lines[place] = change(before)
        assert lines[place] != before, "the entry was not changed"
        self.set_lines(lines, log)

    def amend(self, place: int, log: str = MAIN_LOG, **body: Any) -> None:
        """Other values in the body of one entry, canonically spelled.

        What is private is changed in its payload; a thorough attacker commits to it anew.
        """
        seq = self.entries(log)[place]["seq"]
        private = self._amend_payload(log, seq, body)

        def change(line: bytes) -> bytes:
            entry = json.loads(line)
            entry["body"].update({k: v for k, v in body.items() if k not in private})
            if private and self.thorough:
                entry["body"]["c"] = commitment(bytes(16), rfc8785.dumps(private))
            return rfc8785.dumps(entry)

        if self.thorough or not set(body) <= set(private):
            self.respell(place, change, log)

    def said(self, place: int, log: str = MAIN_LOG) -> Json:
        """The body of an entry with its private part, without the commitment."""
        entry = self.entries(log)[place]
        private = [one["payload"] for one in self.payloads(log) if one["seq"] == entry["seq"]]
        body = {name: value for name, value in entry["body"].items() if name != "c"}
        return body | (private[0] if private else {})

    def payloads(self, log: str = MAIN_LOG) -> list[Json]:
        """The private payloads of a log."""
        path = self.file(f"{log}/payloads.jsonl")
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [json.loads(line) for line in lines]

    def set_payloads(self, payloads: list[Json], log: str = MAIN_LOG) -> None:
        """Other private payloads."""
        data = b"".join(rfc8785.dumps(one) + b"\n" for one in payloads)
        self.file(f"{log}/payloads.jsonl").write_bytes(data)

    def drop_payloads(self, log: str = MAIN_LOG) -> None:
        """Take the payloads of entries out that are not shown any more."""
        if self.file(f"{log}/payloads.jsonl").exists():
            shown = {entry["seq"] for entry in self.entries(log)}
            self.set_payloads([one for one in self.payloads(log) if one["seq"] in shown], log)

    def _amend_payload(self, log: str, seq: int, body: Json) -> Json:
        """Change the private part of an entry, if it has these; returns the whole of it."""
        payloads = self.payloads(log)
        for one in payloads:
            if one["seq"] == seq and set(body) & set(one["payload"]):
                one["payload"] |= {k: v for k, v in body.items() if k in one["payload"]}
                if self.thorough:
                    one["salt"] = bytes(16).hex()
                self.set_payloads(payloads, log)
                private: Json = one["payload"]
                return private
        return {}

    def drop(self, *places: int, log: str = MAIN_LOG) -> None:
        """Take entries out; a thorough attacker joins the chains of the sessions again."""
        lines = [line for place, line in enumerate(self.lines(log)) if place not in places]
        if self.thorough:
            lines = _chained(lines)
        self.set_lines(lines, log)
        self.drop_payloads(log)

    def media(self, name: str, data: bytes) -> None:
        """Other bytes for a media file; a thorough attacker changes its entry as well."""
        self.edit(name, lambda _: data)
        if self.thorough:
            path = name.removeprefix("data/")
            for log in recorder_logs(self.names()):
                for place, entry in enumerate(self.entries(log)):
                    if entry["body"].get("path") == path:
                        sha256 = hashlib.sha256(data).hexdigest()
                        self.amend(place, log, sha256=sha256, size=len(data))

    def remove_media(self, name: str) -> None:
        """Take a media file away; a thorough attacker drops its entry as well."""
        self.file(name).unlink()
        if self.thorough:
            path = name.removeprefix("data/")
            for log in recorder_logs(self.names()):
                places = [
                    place
                    for place, entry in enumerate(self.entries(log))
                    if entry["body"].get("path") == path
                ]
                if places:
                    self.drop(*places, log=log)

    # --- making it fit again ---------------------------------------------------------------

    def finish(self) -> None:
        """What the form still asks for, after the change itself."""
        if self.thorough:
            self.remake()
        if self.form != PLAIN:
            self.seal()

    def seal(self) -> None:
        """Make both manifests fit."""
        skipped = {MANIFEST, TAG_MANIFEST}
        digests = {
            name: hashlib.sha256(self.file(name).read_bytes()).hexdigest()
            for name in self.names()
            if name not in skipped
        }
        payload = {name: value for name, value in digests.items() if name.startswith("data/")}
        tags = {name: value for name, value in digests.items() if name not in payload}
        self.file(MANIFEST).write_bytes(manifest_bytes(payload))
        tags[MANIFEST] = hashlib.sha256(manifest_bytes(payload)).hexdigest()
        self.file(TAG_MANIFEST).write_bytes(manifest_bytes(tags))

    def remake(self) -> None:
        """Everything that follows from the entries."""
        logs = [log for log in recorder_logs(self.names()) if self.file(log).is_dir()]
        for log in [*logs, CENTRE_LOG]:
            if log in self._touched or self.form == REKEYED:
                self.remake_log(log)
        self.remake_derived(logs)

    def remake_log(self, log: str) -> None:
        """Leaf hashes, root and proofs of one log; signed when the form is ``rekeyed``."""
        if not self.file(f"{log}/entries.jsonl").exists():
            return
        keys = self._own_keys(log) if self.form == REKEYED else None
        lines = self.lines(log)
        path = self.file(f"{log}/leaf-hashes")
        data = path.read_bytes()
        leaves = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
        for line in lines:
            seq = _value(line)["seq"]
            if 0 <= seq < len(leaves):
                leaves[seq] = leaf_hash(line)
        path.write_bytes(b"".join(leaves))
        self.sign(log, HashTree(leaves), keys)

    def sign(self, log: str, tree: HashTree, keys: HostKeys | None) -> None:
        """A checkpoint of this tree, with the old signature or a new one; and its proofs."""
        path = self.file(f"{log}/checkpoint")
        old = parse_checkpoint(path.read_bytes())
        if keys is None:
            text = checkpoint_text(old.origin, tree.size, tree.root()).encode()
            note = text + b"\n" + old.note.partition(b"\n\n")[2]
        else:
            note = signed_head(old.origin, tree, keys).note
        path.write_bytes(note)
        folder = self.file(f"{log}/proofs")
        for proof in folder.glob("*.tlog-proof"):
            proof.unlink()
        for entry in self.entries(log) if folder.is_dir() else []:
            if entry["kind"] != "tick" and 0 <= entry["seq"] < tree.size:
                inclusion = inclusion_path(entry["seq"], tree.size, tree.subtree)
                name = f"{entry['seq']}.tlog-proof"
                (folder / name).write_bytes(proof_bytes(entry["seq"], inclusion, note))

    def _own_keys(self, log: str) -> HostKeys:
        """Keys of the attacker's, named by the entries of the log."""
        keys = keys_of(self.top.parent / f"{self.top.name}-own", log.rpartition("/")[2])
        self.file(f"{log}/public-key.pem").write_bytes(public_pem(keys.public_key_bytes))
        origin = parse_checkpoint(self.file(f"{log}/checkpoint").read_bytes()).origin
        lines = name_keys(self.lines(log), origin, keys)
        self.file(f"{log}/entries.jsonl").write_bytes(b"".join(x + b"\n" for x in lines))
        return keys

    def remake_derived(self, logs: list[str]) -> None:
        """Transcripts, playable copies and the summary, as the entries now have them."""
        books, entries = Books(), self._opened(logs)
        for entry in entries:
            books.add(entry)
        for path in self.file(TRANSCRIPTS).glob("*"):
            path.unlink()
        for session in books.sessions.values():
            for name, data in transcript_files(session).items():
                self.file(TRANSCRIPTS).mkdir(exist_ok=True)
                self.file(TRANSCRIPTS + name).write_bytes(data)
        self.remake_copies(books)
        case = json.loads(self.file(CASE_FILE).read_bytes())
        page = player_page(player_data(books, entries), case["case"])
        self.file(PLAYER_PAGE).write_text(page, encoding="utf-8")
        case["sessions"] = sessions_summary(books)
        heads = {log: self._head(log) for log in logs}
        case["log"] = heads.pop(MAIN_LOG, None)
        case["further_logs"] = heads
        self.file(CASE_FILE).write_text(json.dumps(case, ensure_ascii=False, indent=1) + "\n")

    def _opened(self, logs: list[str]) -> list[Entry]:
        """The entries with their private parts, as far as they can be read."""
        opened: list[Entry] = []
        for log in logs:
            private = {one["seq"]: rfc8785.dumps(one) for one in self.payloads(log)}
            for line in self.lines(log):
                try:
                    entry = parse_entry(line)
                    opened.append(parse_entry(opened_bytes(line, private.get(entry.seq))))
                except EvidenceError:
                    continue
        return opened

    def remake_copies(self, books: Books) -> None:
        """The playable copies of what is there."""
        for path in self.file("data/media").rglob("e*-play.*"):
            path.unlink()
        for recording, epoch in played(books):
            parts = [self.file(part) for part in play_parts(recording, epoch)]
            if all(part.is_file() for part in parts):
                joined = b"".join(part.read_bytes() for part in parts)
                self.file(play_path(recording, epoch)).write_bytes(joined)

    def _head(self, log: str) -> Json:
        case = json.loads(self.file(CASE_FILE).read_bytes())
        head: Json = dict(case["log"] if log == MAIN_LOG else case["further_logs"].get(log, {}))
        checkpoint = parse_checkpoint(self.file(f"{log}/checkpoint").read_bytes())
        head |= {"size": checkpoint.size, "root": checkpoint.root.hex()}
        first = self.entries(log)[0]
        if first["kind"] == "log.open" and self.form == REKEYED:
            head["key_sha256"] = first["body"]["key_sha256"]
        return head


def _value(line: bytes) -> Json:
    """The entry as a value; what the attacker has spoilt himself is no entry to him either."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = {}
    return value if "seq" in value else {"seq": -1, "kind": "", "session": "", "body": {}}


def _chained(lines: list[bytes]) -> list[bytes]:
    """The same entries, each naming the one before it that is still there."""
    last: dict[str, int] = {}
    chained: list[bytes] = []
    for line in lines:
        entry = json.loads(line)
        before = last.get(entry["session"], -1)
        last[entry["session"]] = entry["seq"]
        chained.append(rfc8785.dumps({**entry, "prev": before}))
    return chained
