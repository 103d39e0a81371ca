"""Every kind of entry that Duizhi writes: in which log, by whom, and what of it is private.

The private fields of an entry are only committed to (evidence_store/commitment.py): they can be
kept back from a package, destroyed, and revealed later with proof. Private are the words and names
of people, free text, where people were, and why somebody asked for a pause; never what proves
media: digests, times, gaps, ticks.

The rows are in kinds_of_recorder.py and kinds_of_centre.py, by the log an entry stands in.

The same table stands in config/README.md; a test compares both with what the code writes and with
the words of the audit page. ``python -m config.kinds`` renews the one in the document.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.entry_kind import EntryKind
from config.kinds_of_centre import CENTRE_KINDS
from config.kinds_of_recorder import RECORDER_KINDS

KINDS: dict[str, EntryKind] = RECORDER_KINDS | CENTRE_KINDS


def split(kind: str, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The public and the private part of a body; what the table does not call private is public."""
    known = KINDS.get(kind)
    if known is None or not known.private:
        return body, None
    private = {name: body[name] for name in known.private if name in body}
    if not private:
        return body, None
    return {name: value for name, value in body.items() if name not in private}, private


def split_foreign(kind: str, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The same for a body that came over the bus: of an unknown kind all of it is private."""
    if kind in KINDS:
        return split(kind, body)
    return {}, body or None


def table() -> str:
    """The table of config/README.md."""
    lines = ["| kind | log | written by | public | private |", "|---|---|---|---|---|"]
    for name, kind in KINDS.items():
        public, private = " ".join(kind.public), " ".join(kind.private)
        lines.append(f"| `{name}` | {kind.log} | {kind.writer} | {public} | {private} |")
    return "\n".join(lines)


def _renew(path: Path) -> None:
    begin, end = "<!-- kinds: python -m config.kinds -->\n", "<!-- end of kinds -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}{table()}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    _renew(Path(__file__).with_name("README.md"))
