"""What was said and what was put to people (projected from the recorder's log)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

utterance = Table(
    "utterance",
    metadata,
    Column("id", String(80), primary_key=True, comment="given by the transcriber"),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    Column("speaker", String(20), nullable=False, comment="config.words.Speaker"),
    time("start_us", "first word"),
    time("end_us", "last word"),
    text("text", "what was recognised"),
    text("words", "JSON list of {w,s_us,e_us,c_pm}", default="[]"),
    text("language", "of the model that heard it"),
    text("proposed", "who it may be, of a mixed microphone; config.words.Speaker"),
    text("named", "who it is, as a person said"),
    text("named_by", "that person"),
    text("repairs", "JSON list of {from,to,original,rule,distance}", default="[]"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    Column("cursor", Integer, nullable=False, comment="its event"),
    Index(None, "case_id", "cursor"),
    Index(None, "room_id", "start_us"),
    comment="projected: final text",
)

correction = Table(
    "correction",
    metadata,
    Column("utterance_id", ForeignKey("utterance.id"), primary_key=True),
    Column("version", Integer, primary_key=True, comment="from 1; the spoken words are version 0"),
    text("text", "as it reads now; as spoken: the correction was taken back"),
    text("reason", "why, in the corrector's words"),
    text("by_account", "account id"),
    text("by_name", "name"),
    time("t_us", "when"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    comment="projected: what people corrected in final text",
)

second_reading = Table(
    "second_reading",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry"),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("source_id", String(40), nullable=False),
    Column("speaker", String(20), nullable=False, comment="config.words.Speaker"),
    time("start_us", "first word"),
    time("end_us", "last word"),
    text("text", "what was recognised"),
    Column("model_sha256", String(64), nullable=False, comment="of the model that heard it"),
    Column("reading", String(40), nullable=False, server_default="", comment="second_pass.id"),
    text("words", "JSON list of {w,s_us,e_us,c_pm}", default="[]"),
    Index(None, "session_id", "start_us"),
    comment="projected: what another model heard in a closed session",
)

second_pass = Table(
    "second_pass",
    metadata,
    Column("session_id", ForeignKey("session.id"), primary_key=True),
    Column("id", String(40), primary_key=True, comment="desk/later_readings.py, reading_id"),
    Column("model_sha256", String(64), nullable=False, comment="of the model that hears"),
    text("engine", "transcription.model_kinds.Kind; empty: not recorded"),
    text("model", "its name"),
    text("language", "it hears"),
    time("asked_us", "when it was asked for"),
    text("by_account", "account id of who asked; empty: the settings"),
    text("by_name", "their name"),
    maybe_time("done_us", "when it was finished; empty: it is not"),
    count("sentences", "so many were heard"),
    Column("log_index", Integer, nullable=False, comment="its first entry"),
    comment="projected: readings of closed sessions by other models",
)

reading_try = Table(
    "reading_try",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("reading", String(40), primary_key=True, comment="second_pass.id"),
    count("tries", "begun and not ended well since somebody asked last"),
    comment="the centre's own: tries of readings of closed sessions by other models",
)

prompt = Table(
    "prompt",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("group_id", String(40), nullable=False, comment="same for rooms asked together"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("point_id", String(40), nullable=True),
    text("text", "what is to be asked"),
    text("by_account", "account id of the sender"),
    text("by_name", "name of the sender"),
    Column("state", String(20), nullable=False, comment="config.words.PromptState"),
    text("reason", "why it was declined"),
    text("difference_id", "difference it is about; empty: none"),
    text("wording", "JSON of comparison.views.WordingNote; empty: no hint was shown"),
    text("question_id", "question it was made from; empty: own words"),
    Column(
        "question_version",
        Integer,
        nullable=False,
        server_default="0",
        comment="which version of that question; 0: own words",
    ),
    text("withdrawn_by", "name of who took it back"),
    Column("utterance_id", String(80), nullable=True, comment="the answer"),
    Column("log_index", Integer, nullable=False, comment="its prompt.issued"),
    Index(None, "case_id", "log_index"),
    Index(None, "room_id", "state"),
    comment="projected: verification prompts, one row per room",
)

prompt_step = Table(
    "prompt_step",
    metadata,
    Column("prompt_id", ForeignKey("prompt.id"), primary_key=True),
    Column("state", String(20), primary_key=True, comment="state reached"),
    time("t_us", "when"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    comment="projected: when a prompt reached each state",
)
