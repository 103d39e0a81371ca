"""Tables of the centre's database, with their units.

The database is an index. What belongs to a session (table comments marked "projected") is rebuilt
from the recorder's log by ``desk.projection`` and is never the authority; the rest (accounts,
cases, people, points, lexicon, rooms, sources, tokens, jobs, exports) is the centre's own, and each
act on it is an entry of the centre's log.

Times are integer microseconds since the epoch (``_us``). Tokens and passwords are never stored,
only their SHA-256 or argon2 hash.
"""

from __future__ import annotations

from sqlalchemy import Table

from command_centre.db.tables.base import metadata
from command_centre.db.tables.cases import (
    attendant,
    case_file,
    case_lexicon,
    case_member,
    cell,
    device_log,
    difference,
    difference_review,
    document_fact,
    notice_use,
    notice_version,
    person,
    point,
    point_template_use,
    point_template_version,
    question,
    room,
    setting,
    task,
    wording_rule,
)
from command_centre.db.tables.entries import counter, event, log_cursor, log_entry
from command_centre.db.tables.people import (
    account,
    code_generator,
    invitation,
    kept,
    login,
    outside_identity,
    passkey,
    recovery_code,
)
from command_centre.db.tables.records import (
    record_content,
    record_document,
    record_draft,
    record_line,
    record_mark,
)
from command_centre.db.tables.sessions import (
    alarm,
    gap,
    init_segment,
    marker,
    note,
    pause,
    reading,
    recording,
    segment,
    session,
    view,
    voice_line,
    withheld,
)
from command_centre.db.tables.sources import device_join, pull, source, source_code, source_token
from command_centre.db.tables.speech import (
    correction,
    prompt,
    prompt_step,
    reading_try,
    second_pass,
    second_reading,
    utterance,
)
from command_centre.db.tables.work import (
    act,
    custody,
    exhibit,
    export,
    job,
    late_file,
    late_init,
    late_segment,
    search_change,
    upload,
)

__all__ = [
    "PROJECTED", "account", "act", "alarm", "attendant", "case_file", "case_lexicon", "case_member",
    "cell",
    "code_generator", "correction", "counter", "custody", "device_join", "device_log",
    "difference", "difference_review", "document_fact", "event", "exhibit", "export",
    "gap", "init_segment", "invitation", "job", "kept", "late_file", "late_init",
    "late_segment", "log_cursor",
    "log_entry", "login", "marker", "metadata", "note", "notice_use",
    "notice_version", "outside_identity", "passkey", "pause",
    "person", "point", "point_template_use", "point_template_version",
    "prompt", "prompt_step", "pull", "question", "reading", "reading_try", "record_content",
    "record_document", "record_draft", "record_line", "record_mark", "recording", "recovery_code",
    "room", "search_change", "second_pass", "second_reading", "segment", "session", "setting",
    "source", "source_code", "source_token", "task", "upload", "utterance", "view", "voice_line",
    "withheld", "wording_rule",
]  # fmt: skip

#: Emptied and filled again by a rebuild, children first.
PROJECTED: tuple[Table, ...] = (
    late_segment, late_init, late_file,
    record_mark, record_document, second_reading, second_pass,
    prompt_step, prompt, correction, utterance, marker,
    reading, alarm, view, gap, pause, withheld, segment,
    voice_line, init_segment, recording, log_entry, event, session,
)  # fmt: skip
