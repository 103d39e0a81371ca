"""Where each session's entries stand: index and moment of every one, and nothing else.

The moment of a media segment is where its media begins, of any other entry the time it was
logged. Standard library only (part of the verifier inside a package).
"""

from __future__ import annotations

from array import array

from evidence_store.entry import Entry

#: Kind of the log's own entry that names the policy in force.
POLICY_KIND = "witness.policy"
#: Kind of the log's own entry that names a time stamp.
TOKEN_KIND = "stamp.token"
_INT64 = 1 << 63


class Marks:
    """Index and moment of the entries of one session, in the order of the log."""

    def __init__(self) -> None:
        self.indices = array("q")
        self.moments_us = array("q")
        self.media = array("b")  # 1 where the entry is a segment of media
        self.opened_us: int | None = None
        self.closed_us: int | None = None

    @property
    def begin_us(self) -> int:
        """Where the session begins."""
        return self.moments_us[0] if self.opened_us is None else self.opened_us

    @property
    def end_us(self) -> int:
        """Where it ends; while it is open, its latest moment."""
        return max(self.moments_us) if self.closed_us is None else self.closed_us


class SessionMarks:
    """The marks of all sessions. Feed ``add`` in the order of the log."""

    def __init__(self) -> None:
        self.sessions: dict[str, Marks] = {}
        self.policy_sha256 = ""  # what the log's last entry about its policy names
        self.policies: set[str] = set()  # what any of them named
        self.authorities: dict[str, str] = {}  # SHA-256 of a time stamp: who made it

    def add(self, entry: Entry) -> None:
        """Mark one entry; of the log's own only what names its policy and its time stamps."""
        if not entry.session:
            if entry.kind == POLICY_KIND:
                stated = entry.body.get("sha256")
                self.policy_sha256 = stated if isinstance(stated, str) else ""
                self.policies.add(self.policy_sha256)
            elif entry.kind == TOKEN_KIND:
                sha256, name = entry.body.get("sha256"), entry.body.get("authority")
                if isinstance(sha256, str) and isinstance(name, str):
                    self.authorities[sha256] = name
            return
        moment, media = entry.t_us, entry.kind == "media.segment"
        if media:
            start = entry.body.get("start_us")
            moment = start if type(start) is int else moment
        if not (-_INT64 <= moment < _INT64 and entry.seq < _INT64):
            return  # no clock says this; the books find it
        marks = self.sessions.setdefault(entry.session, Marks())
        marks.indices.append(entry.seq)
        marks.moments_us.append(moment)
        marks.media.append(media)
        if entry.kind == "session.open" and marks.opened_us is None:
            marks.opened_us = moment
        if entry.kind == "session.close":
            marks.closed_us = moment
