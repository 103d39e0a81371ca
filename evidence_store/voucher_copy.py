"""Which of a log's cosigned heads go along in a package, so that it stays small and says all.

Of the heads that the package's checkpoint covers: the last one before the sessions began (what was
not in it came later), those between, and behind their end the first of each witness. A session of
many hours keeps at most ``BETWEEN_MAX`` heads between, evenly spread; its times are then known
that much less exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evidence_store.entry import Entry
from evidence_store.errors import NoteError
from evidence_store.note import parse_note
from evidence_store.session_marks import POLICY_KIND, SessionMarks
from evidence_store.voucher_files import stored_heads, stored_policy, stored_stamps

BETWEEN_MAX = 1000


def copied_vouchers(
    store: Path, name: str, size: int, entries: Sequence[Entry]
) -> dict[str, bytes]:
    """Files for a log's folder in a package: the policy it names and the heads that matter.

    ``size`` is that of the package's checkpoint, ``entries`` are those the package shows.
    """
    found: dict[str, bytes] = {}
    policy = stored_policy(store, _named_policy(entries))
    if policy is not None:
        found["policy"] = policy
    heads = {at: note for at, note in stored_heads(store / name).items() if at <= size}
    own = [entry.seq for entry in entries if entry.session] or [entry.seq for entry in entries[-1:]]
    for at in chosen_heads(heads, min(own, default=0), max(own, default=0)):
        found[f"witnessed/{at}.checkpoint"] = heads[at]
    return found | _copied_stamps(store / name, size, min(own, default=0), max(own, default=0))


def _named_policy(entries: Sequence[Entry]) -> str:
    """What the last of these entries about it names."""
    marks = SessionMarks()
    for entry in entries:
        if entry.kind == POLICY_KIND:
            marks.add(entry)
    return marks.policy_sha256


def _copied_stamps(root: Path, size: int, first: int, last: int) -> dict[str, bytes]:
    """The tokens between the last before the sessions and the first of each authority behind."""
    stamps = stored_stamps(root)
    found: dict[str, bytes] = {}
    for suffix in (".tsr", "-2.tsr"):
        sizes = sorted(at for at in stamps.heads if at <= size and f"{at}{suffix}" in stamps.tokens)
        before = [at for at in sizes if at <= first][-1:]
        between = [at for at in sizes if first < at <= last]
        for at in (*before, *between, *[at for at in sizes if at > last][:1]):
            found[f"stamps/{at}{suffix}"] = stamps.tokens[f"{at}{suffix}"]
            found[f"stamps/{at}.checkpoint"] = stamps.heads[at]
    if found and stamps.certificates:
        found["stamps/certs.pem"] = stamps.certificates
    return found


def chosen_heads(heads: Mapping[int, bytes], first: int, last: int) -> list[int]:
    """The sizes to keep for entries from ``first`` to ``last``."""
    sizes = sorted(heads)
    before = [size for size in sizes if size <= first][-1:]
    between = [size for size in sizes if first < size <= last]
    step = -(-len(between) // BETWEEN_MAX) or 1
    kept, seen = before + between[::step], set[tuple[str, bytes]]()
    for size in sizes:
        if size <= last:
            continue
        lines = _lines(heads[size])
        if not lines <= seen or size == sizes[-1]:
            kept.append(size)
        seen |= lines
    return kept


def _lines(note: bytes) -> set[tuple[str, bytes]]:
    """Who signed; nobody when it cannot be read (it is copied all the same, and found later)."""
    try:
        return {(line.name, line.key_id) for line in parse_note(note).signatures}
    except NoteError:
        return {("", note[:4])}
