"""Records of questioning: drafts, contents, documents and marks."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

record_draft = Table(
    "record_draft",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, comment="from 1; an older one is never changed"),
    text("header", "JSON of record.content.Header", default="{}"),
    text("lines", "JSON list of record.content.Line", default="[]"),
    time("until_us", "utterances up to here are in it"),
    text("by_account", "account id"),
    text("by_name", "who saved it"),
    time("t_us", "when it was saved"),
    comment="the centre's own: versions of the text of a record before it becomes a document",
)

record_line = Table(
    "record_line",
    metadata,
    Column("id", String(60), primary_key=True, comment="SESSION.NUMBER, from 0 as in the text"),
    Column("case_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("room_id", String(40), nullable=False),
    text("text", "a line of the last version saved; what is searched"),
    text("by_name", "who saved it"),
    time("t_us", "when it was said; of a line added by hand, when it was saved"),
    Index(None, "session_id"),
    comment="the centre's own: lines of the last version of each record, to be searched",
)

record_content = Table(
    "record_content",
    metadata,
    Column("document_id", String(40), primary_key=True, comment="as in record_document"),
    text("content", "JSON of record.content.RecordContent"),
    text("places", "JSON list of record.typeset.Place", default="[]"),
    comment="the centre's own: what a document was typeset from, to show its pages again",
)

record_document = Table(
    "record_document",
    metadata,
    Column("id", String(40), primary_key=True, comment="the code printed on it"),
    Column("session_id", String(40), nullable=False),
    Column("case_id", String(40), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("version", Integer, nullable=False, comment="of the draft it was made from"),
    count("pages", "pages"),
    text("page_digests", "JSON list of {bitmap, text}", default="[]"),
    text("path", "relative to the log's directory"),
    text("sha256", "hex"),
    count("size_bytes", "bytes"),
    text("by_name", "who made it"),
    time("made_us", "when"),
    Column("log_index", Integer, nullable=False, comment="its document.made"),
    text("signed_path", "of the signed PDF, relative to the log's directory; empty: not signed"),
    text("signed_sha256", "hex"),
    count("signed_bytes", "bytes"),
    count("signatures", "cryptographic signatures in it"),
    maybe_time("signed_us", "when it was signed"),
    Column("signed_index", Integer, nullable=True, comment="its document.signed"),
    Index(None, "session_id", "version"),
    Index(None, "case_id", "made_us"),
    comment="projected: documents of a session",
)

record_mark = Table(
    "record_mark",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry"),
    Column("document_id", String(40), nullable=False),
    Column("kind", String(10), nullable=False, comment="shown | signed | refused | corrected"),
    Column("page", Integer, nullable=False, comment="from 1; 0: none"),
    text("place", "record.typeset.Place.key"),
    text("signer", "record.content.Signer.key"),
    text("name", "who signed, refused or is corrected"),
    text("certificate", "one_time | officer, of a signature"),
    text("reason", "why not signed, signed later or corrected; of a page shown: read_aloud"),
    count("late", "of a signature: 1 when the session was closed"),
    text("by_name", "who noted a refusal or a correction; empty: an entry of before"),
    text("log_role", "of a correction: as what the log says they attended; empty: never there"),
    count("unable", "of a refusal: 1 when they could not sign, 0 when they would not"),
    text("witness", "who attests it"),
    text("strokes", "JSON, see record.strokes; biometric", default="[]"),
    text("fingerprint", "base64 of the picture beside a signature; empty: none; biometric"),
    text("fingerprint_mime", "see record.fingerprint"),
    time("from_us", "shown from"),
    time("to_us", "shown until"),
    time("t_us", "of the entry"),
    Index(None, "document_id", "kind"),
    comment="projected: pages shown, places signed, refusals, corrections",
)
