"""Sessions as the recorder's log has them (projected): recordings, and events of the room."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

session = Table(
    "session",
    metadata,
    Column("id", String(40), primary_key=True, comment="s + 20 base32 characters"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", ForeignKey("room.id"), nullable=False),
    text("room_name", "name of the room when it opened"),
    text("kind", "config.words.SessionKind"),
    text("person_name", "who was questioned, as they were called then"),
    text("person_id", "the same, of the people of the case; empty: not said"),
    text("people", "JSON list of entries.EntryPerson: all who were there; empty: not known"),
    text("officer_name", "who asked, the first named"),
    time("opened_us", "when it opened"),
    maybe_time("closed_us", "when it was sealed"),
    text("opened_by", "account, or source:<id>"),
    text("closed_by", "account"),
    text("close_reason", "why it was closed"),
    text("language", "what it is heard in now; empty: the default"),
    Index(None, "case_id", "opened_us"),
    Index(None, "room_id", "closed_us"),
    comment="projected: one interview or inspection",
)

recording = Table(
    "recording",
    metadata,
    Column("session_id", ForeignKey("session.id"), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    text("name", "name of the source when it opened"),
    text("kind", "config.words.SourceKind"),
    time("origin_us", "zero of the media timeline"),
    time("start_us", "first recorded instant"),
    maybe_time("end_us", "last accounted instant; null while open"),
    count("recorded_us", "recorded; µs"),
    count("gap_us", "missing; µs"),
    count("pause_us", "paused on purpose; µs"),
    count("segments", "segments"),
    count("bytes", "bytes of segments"),
    comment="projected: one source's segments of one session",
)

init_segment = Table(
    "init_segment",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True, comment="connection or codec change, from 1"),
    text("path", "relative to the log's directory"),
    text("sha256", "hex"),
    text("mime", "with codecs"),
    comment="projected: what a segment needs before it to play",
)

segment = Table(
    "segment",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    text("path", "relative to the log's directory"),
    text("sha256", "hex"),
    count("size_bytes", "bytes"),
    time("start_us", "first sample"),
    count("duration_us", "length; µs"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    Index(None, "session_id", "source_id", "start_us"),
    comment="projected: immutable media files",
)

gap = Table(
    "gap",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry"),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    time("start_us", "from"),
    time("end_us", "to"),
    text("cause", "config.words.GapCause"),
    text("track", "all | video | audio"),
    Index(None, "session_id", "source_id"),
    comment="projected: declared holes",
)

pause = Table(
    "pause",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("id", String(64), primary_key=True, comment="named by who asked for it"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False),
    text("tracks", "JSON list of audio, video", default="[]"),
    text("reason", "config.words.PauseReason"),
    text("by_name", "who ordered it"),
    time("start_us", "from"),
    maybe_time("end_us", "to; null: in force"),
    text("why", "config.words.PauseEnd"),
    text("ended_by", "who ended it"),
    Column("log_index", Integer, nullable=False, comment="its pause.begin"),
    comment="projected: orders to withhold media of a room",
)

voice_line = Table(
    "voice_line",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("id", String(64), primary_key=True, comment="given by the centre"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False, comment="carries the caller's voice"),
    text("by_account", "who called: an account id, or source:ID of a device"),
    text("by_name", "their name"),
    time("called_us", "when"),
    text("answered_by", "name of who took it; empty: nobody"),
    text("answered_account", "who took it: an account id, or source:ID of a device"),
    maybe_time("opened_us", "when it was taken"),
    maybe_time("talking_us", "since when the centre's side speaks; null: not now"),
    count("talks", "how often either side began to speak"),
    maybe_time("ended_us", "when it was over; null: not yet"),
    text("why", "config.words.VoiceEnd"),
    text("ended_by", "who ended it; empty: nobody did"),
    text("to_source", "the device on the line, whoever called; empty: the room"),
    maybe_time("replying_us", "since when the device's operator speaks"),
    Column("log_index", Integer, nullable=False, comment="its voice.called"),
    Index(None, "case_id", "ended_us"),
    comment="projected: voice lines between the centre and rooms or devices",
)

withheld = Table(
    "withheld",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its media.pause"),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    time("start_us", "from"),
    time("end_us", "to"),
    text("track", "all | video | audio"),
    text("pause_id", "the order"),
    Index(None, "session_id", "source_id"),
    comment="projected: what a pause withheld of each recording",
)

marker = Table(
    "marker",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("room_id", String(40), nullable=False),
    time("t_us", "marked instant"),
    text("text", "note"),
    text("by_name", "who marked it"),
    text("by_account", "account id; empty: by a device"),
    maybe_time("withdrawn_us", "taken back; null: it stands"),
    text("withdrawn_by", "name of who took it back"),
    text("withdrawn_why", "reason"),
    comment="projected: marked instants",
)

note = Table(
    "note",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False, comment="empty: of no source"),
    time("at_us", "the moment it is tied to"),
    text("text", "in their words"),
    time("made_us", "when it was written"),
    text("by_account", "account id"),
    text("by_name", "who wrote it"),
    maybe_time("withdrawn_us", "taken back; null: it stands"),
    text("withdrawn_by", "name of who took it back"),
    Column("log_index", Integer, nullable=False, comment="its note.added in the centre's log"),
    Index(None, "case_id", "at_us"),
    comment="projected from the centre's log: notes tied to a moment; never deleted",
)

reading = Table(
    "reading",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("device", String(40), nullable=False, comment="source that measured"),
    time("t_us", "measured"),
    text("measured", "JSON object of name: thousandths", default="{}"),
    text("alarms", "JSON list of names", default="[]"),
    text("position", "JSON, WGS 84 as in the entry; empty: none was given"),
    comment="projected: device readings",
)

Index("ix_reading_latest", reading.c.case_id, reading.c.device, reading.c.t_us)

alarm = Table(
    "alarm",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False, comment="empty: none was open"),
    Column("source_id", String(40), nullable=False, comment="what it is about"),
    Column("kind", String(30), nullable=False, comment="config.words.AlarmKind"),
    Column("about", String(40), nullable=False, comment="measured quantity, or empty"),
    Column("level", String(10), nullable=False, comment="config.words.AlarmLevel"),
    Column("value", Integer, nullable=True, comment="thousandths of the unit"),
    Column("limit_value", Integer, nullable=True, comment="threshold crossed; thousandths"),
    text("note", "what was said with it"),
    time("since_us", "what it says began"),
    time("raised_us", "raised"),
    maybe_time("cleared_us", "over; null: it still holds"),
    text("reason", "why it is over: over, session_closed, source_gone"),
    maybe_time("acknowledged_us", "a person took notice"),
    text("acknowledged_by", "name of that person"),
    Column("log_index", Integer, nullable=False, comment="its alarm.raised"),
    Index(None, "case_id", "log_index"),
    Index(None, "source_id", "cleared_us"),
    comment="projected: alarms",
)

view = Table(
    "view",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its view.join"),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    text("viewer", "account id"),
    text("viewer_name", "name"),
    text("login_id", "names the login"),
    text("view_id", "names the view; a login may have several"),
    time("from_us", "joined"),
    maybe_time("to_us", "left; null: still watching, or the centre stopped first"),
    Index(None, "session_id"),
    comment="projected: who watched live",
)
