"""Work in the background, late recordings, exhibits, custody, acts of people."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False, comment="verify | export"),
    Column("target_kind", String(10), nullable=False, comment="session | case"),
    Column("target", String(40), nullable=False, comment="id of the session or case"),
    Column("state", String(10), nullable=False, comment="running | done | failed"),
    count("progress", "thousandths"),
    text("result", "JSON; empty until done"),
    text("error", "JSON {code, detail}; empty unless failed"),
    text("by_account", "account id"),
    time("created_us", "started"),
    maybe_time("finished_us", "ended"),
    comment="verifications and exports",
)

export = Table(
    "export",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("job_id", ForeignKey("job.id"), nullable=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    text("directory", "relative to the store"),
    text("file_name", "name of the download"),
    text("reason", "why it was made"),
    count("size_bytes", "bytes of the package"),
    count("files", "files in the package"),
    text("verdict", "of the verification that followed"),
    time("created_us", "when"),
    comment="packages made and kept in the store",
)

upload = Table(
    "upload",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source_id", String(40), nullable=False, comment="source whose recording it is"),
    Column("room_id", String(40), nullable=False, comment="room of the source"),
    Column("case_id", String(40), nullable=False, comment="of the session, else of the room then"),
    Column("session_id", String(40), nullable=False, comment="named or found; empty: not yet"),
    text("kind", "file | local-part"),
    text("filename", "as the client gave it, without folders"),
    count("length_bytes", "bytes the file has"),
    maybe_time("start_us", "first instant by the device's clock; null: not said"),
    count("clock_offset_us", "device's clock minus the centre's, as the device found; µs"),
    text("sha256_said", "hex, as the client said; empty: not said"),
    text("previous_sha256", "hex, of the part the device finished before; empty: not said"),
    count("is_first", "1: the device recorded nothing just before this part"),
    text("sha256", "hex, as found when it had arrived"),
    text("by_account", "account id; empty: the source itself"),
    text("by_name", "who handed it over"),
    Column("state", String(12), nullable=False, comment="desk.late.UploadState"),
    text("code", "why it waits or was refused; stable"),
    count("progress", "of the examination, thousandths"),
    text("result", "JSON, what the examination found", default="{}"),
    time("created_us", "announced"),
    time("changed_us", "last byte or change of state"),
    Index(None, "case_id", "created_us"),
    Index(None, "state"),
    comment="files handed over afterwards, until they are filed or refused",
)

late_file = Table(
    "late_file",
    metadata,
    Column("id", String(40), primary_key=True, comment="the upload it came by"),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    text("name", "as it was handed over"),
    text("kind", "file | local-part"),
    text("by_name", "who handed it over"),
    text("path", "of the original, relative to the log's directory"),
    text("sha256", "of the original, hex"),
    count("size_bytes", "bytes of the original"),
    text("placed_by", "pictures | sound | clock"),
    time("start_us", "its first instant on the session's timeline"),
    time("end_us", "its last"),
    time("received_us", "when it had arrived"),
    count("late_us", "filed where nothing was received live; µs"),
    count("segments", "segments filed"),
    Column("log_index", Integer, nullable=False, comment="its late.file"),
    Index(None, "session_id"),
    comment="projected: files handed over afterwards",
)

late_init = Table(
    "late_init",
    metadata,
    Column("file_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True, comment="part of the file, from 1"),
    text("path", "relative to the log's directory"),
    text("sha256", "hex"),
    text("mime", "with codecs"),
    comment="projected: what a late segment needs before it to play",
)

late_segment = Table(
    "late_segment",
    metadata,
    Column("file_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True, comment="part of the file, from 1"),
    Column("number", Integer, primary_key=True, comment="in its part, from 1"),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    text("path", "relative to the log's directory"),
    text("sha256", "hex"),
    count("size_bytes", "bytes"),
    time("start_us", "first sample"),
    count("duration_us", "length; µs"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    Index(None, "session_id", "source_id", "start_us"),
    comment="projected: parts of late files, where nothing was received live",
)

search_change = Table(
    "search_change",
    metadata,
    Column("id", Integer, primary_key=True, comment="strictly increasing, never used again"),
    Column("kind", String(20), nullable=False, comment="one of desk.search_feed.KINDS"),
    Column("ref", String(80), nullable=False, comment="key of the row that changed"),
    sqlite_autoincrement=True,
    comment="rows the search index has not taken yet; written by triggers (desk/search_feed.py)",
)

act = Table(
    "act",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="position in the centre's log"),
    Column("kind", String(40), nullable=False, comment="kind of the entry"),
    time("t_us", "when"),
    Column("case_id", String(40), nullable=False, comment="empty: of no case"),
    Column("session_id", String(40), nullable=False, comment="empty: of no session"),
    text("by_account", "account id, or who the command line says it was"),
    text("summary", "JSON object, the short form shown in the audit desk", default="{}"),
    Index(None, "case_id", "log_index"),
    Index(None, "kind"),
    comment="what the centre's log says; made again from it when emptied",
)

exhibit = Table(
    "exhibit",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    text("title", "as it is called when shown"),
    text("mime", "image/png, image/jpeg, application/pdf, video/mp4, or a map's"),
    text("sha256", "of the file, hex; its name in centre/exhibits"),
    count("size_bytes", "bytes of the file"),
    text("by_account", "account id of who added it"),
    time("added_us", "when it was added"),
    count("number", "within its case, from 1; never changes"),
    text("kind", "picture | document | moment | map | clip"),
    count("pages", "of a document; 0: not counted yet"),
    count("width", "of the picture or first page, points; 0: not known"),
    count("height", "of the picture or first page"),
    text("origin", "JSON: session, source, t_us, segment of a moment or clip; empty: a file"),
    text("former_titles", "JSON list: what it was called before, the first first", default="[]"),
    maybe_time("withdrawn_us", "when it was withdrawn; null: it may be shown"),
    text("withdrawn_by", "name of who withdrew it"),
    text("withdrawn_reason", "why"),
    Index(None, "case_id"),
    comment="pictures, documents, moments and maps that are shown to people",
)

custody = Table(
    "custody",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    text("from_account", "account id of who hands over"),
    text("from_name", "name"),
    text("to_account", "account id of who is to keep the evidence"),
    text("to_name", "name"),
    text("note", "what was handed over, in their words"),
    Column("state", String(10), nullable=False, comment="offered | accepted | declined"),
    time("offered_us", "offered"),
    maybe_time("settled_us", "accepted or declined; null: neither yet"),
    Index(None, "case_id"),
    comment="handing over the evidence of a case; each step is an entry of the centre's log",
)
