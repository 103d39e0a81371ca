"""Tables of the centre's database, with their units.

The database is an index. What belongs to a session (table comments marked "projected") is rebuilt
from the recorder's log by ``desk.projection`` and is never the authority; the rest (accounts,
cases, people, points, lexicon, rooms, sources, tokens, jobs, exports) is the centre's own, and each
act on it is an entry of the centre's log.

Times are integer microseconds since the epoch (``_us``). Tokens and passwords are never stored,
only their SHA-256 or argon2 hash.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)


def _text(name: str, comment: str, *, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default, comment=comment)


def _time(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, comment=f"{comment}; µs since the epoch")


def _maybe_time(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=True, comment=f"{comment}; µs since the epoch")


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0", comment=comment)


# --- people who log in ----------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    Column("id", String(40), primary_key=True, comment="stable id, never shown"),
    Column("account", String(80), nullable=False, unique=True, comment="name typed at login"),
    _text("name", "name shown to people"),
    Column("role", String(20), nullable=False, comment="config.words.Role"),
    _text("rooms", "rooms an interviewer is limited to, space separated; empty: every room"),
    _text("password_hash", "argon2id, with its parameters"),
    _time("created_us", "when it was created"),
    _count("failed", "wrong passwords since the last right one"),
    _count("locked_until_us", "no login before this time; µs since the epoch, 0: not locked"),
    _maybe_time("disabled_us", "locked by an administrator; null: it may sign in"),
    _count("all_cases", "1: sees every case of the agency; 0: those it is a member of"),
    Column("log_index", Integer, nullable=True, comment="its account.create in the centre's log"),
    CheckConstraint(
        "role IN ('manager','interviewer','auditor','administrator')", name="role_known"
    ),
    comment="people with a password",
)

login = Table(
    "login",
    metadata,
    Column("token_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the cookie"),
    Column("id", String(40), nullable=False, unique=True, comment="names the login in entries"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    _time("created_us", "when the password was given"),
    _time("expires_us", "not valid from here on"),
    _maybe_time("revoked_us", "logged out"),
    _text("address", "network address it came from"),
    _text("agent", "what the browser calls itself, shortened"),
    _text(
        "method", "password, code, recovery, passkey; oidc, oidc_factor, oidc_code or oidc_recovery"
    ),
    comment="who is logged in; never called a session, that word is taken",
)

invitation = Table(
    "invitation",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the code"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    _time("created_us", "when it was made"),
    _time("expires_us", "not valid from here on"),
    _text("created_by", "account id"),
    _maybe_time("used_us", "when a password was set with it"),
    Index(None, "account_id"),
    comment="one-time codes with which people set their password",
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", String(400), primary_key=True, comment="credential id, base64url"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    _text("name", "what its owner calls it"),
    _text("host", "name of the centre it was made for (RP id)"),
    Column("public_key", LargeBinary, nullable=False, comment="COSE key"),
    _count("uses", "signature counter last seen; 0 where the device keeps none"),
    _time("created_us", "when it was added"),
    _maybe_time("used_us", "last login with it"),
    Index(None, "account_id"),
    comment="WebAuthn credentials; the private key never leaves its device",
)

code_generator = Table(
    "code_generator",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, comment="TOTP secret, desk/account_secrets.py"),
    _count("last_step", "time step of the last code taken; none is taken twice"),
    _time("created_us", "when it was confirmed"),
    comment="one-time codes (RFC 6238)",
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True, comment="of account id and code"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Index(None, "account_id"),
    comment="codes that stand for a lost second factor, each good once; a used one is deleted",
)

kept = Table(
    "kept",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("name", String(80), primary_key=True, comment="what it is: a list's views, a layout"),
    _text("text", "as the pages made it"),
    _time("changed_us", "when it was last kept"),
    comment="what people keep for their own screens; not evidence, in no log",
)

outside_identity = Table(
    "outside_identity",
    metadata,
    Column("issuer", String(200), primary_key=True, comment="of the agency's sign-in"),
    Column("subject", String(255), primary_key=True, comment="sub; what the issuer calls them"),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    _text("name", "what the issuer called them when it was tied"),
    _time("created_us", "when it was tied"),
    _maybe_time("used_us", "last login with it"),
    Index(None, "account_id"),
    comment="whom the agency's sign-in (OpenID Connect) lets in as which account",
)

# --- cases ------------------------------------------------------------------------------------

case_file = Table(
    "case_file",
    metadata,
    Column("id", String(40), primary_key=True, comment="slug, never shown"),
    _text("number", "number of the case as written on documents"),
    _text("name", "short name"),
    _text("name_en", "short name in English"),
    _text("cause", "what the case is about, as filed"),
    _text("status", "stage of the procedure"),
    _text("enterprise", "name of the enterprise concerned"),
    _text("enterprise_en", "the same in English"),
    _text("incident_date", "YYYY-MM-DD"),
    _text("opened", "date of filing, YYYY-MM-DD"),
    _text("vocabulary", "JSON list of terms the transcriber should know", default="[]"),
    _count("vocabulary_version", "how often that list was replaced"),
    _text("kind", "config.words.CaseKind; empty: not said"),
    Column(
        "state",
        String(20),
        nullable=False,
        server_default="open",
        comment="config.words.CaseState, as its manager says",
    ),
    _text("state_reason", "why it was closed, archived or taken up again"),
    _maybe_time("closed_us", "when it was closed or archived; null: open"),
    _text("lead", "account that leads it; empty: not said"),
    _text("lead_name", "name of who leads it"),
    Column("log_index", Integer, nullable=True, comment="its case.create in the centre's log"),
    comment="one case",
)

task = Table(
    "task",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True),
    _text("title", "what is to be done"),
    _text("due", "YYYY-MM-DD; empty: no day"),
    _text("assignee", "account; empty: nobody"),
    _text("assignee_name", "name of who is to do it"),
    _time("made_us", "when it was added"),
    _text("made_by", "name of who added it"),
    _maybe_time("done_us", "when it was done; null: to do"),
    _text("done_by", "name of who said so"),
    _maybe_time("dropped_us", "taken off the list; null: on it"),
    Column("log_index", Integer, nullable=True, comment="its last entry in the centre's log"),
    comment="projected from the centre's log: what is to be done in a case",
)

case_member = Table(
    "case_member",
    metadata,
    Column("case_id", String(40), primary_key=True),
    Column("account_id", String(40), primary_key=True),
    Column("role", String(20), nullable=False, comment="config.words.Role in this case"),
    _text("by_account", "account id of who said so; empty: came with the case"),
    _text("by_name", "name of who said so"),
    _time("since_us", "when"),
    Column("log_index", Integer, nullable=True, comment="its case.member in the centre's log"),
    CheckConstraint("role IN ('manager','interviewer','auditor')", name="role_known"),
    Index(None, "account_id"),
    comment="projected from the centre's log: who works on a case, with which role there",
)

room = Table(
    "room",
    metadata,
    Column("id", String(40), primary_key=True, comment="slug"),
    Column(
        "case_id", ForeignKey("case_file.id"), nullable=True, comment="case using it; null: none"
    ),
    _text("name", "name shown"),
    _text("name_en", "name shown in English"),
    Column("kind", String(20), nullable=False, comment="config.words.RoomKind"),
    Column("person_id", String(40), nullable=True, comment="person of the case questioned here"),
    _count("position", "order on the wall"),
    _text("language", "what the next session is heard in; empty: the default"),
    _maybe_time("retired_us", "taken out of service; null: in service"),
    CheckConstraint("kind IN ('interview','site')", name="kind_known"),
    comment="where sessions happen",
)

person = Table(
    "person",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True, comment="slug within the case"),
    Column("kind", String(10), nullable=False, comment="party | officer"),
    _text("name", "name"),
    _text("name_en", "name in English"),
    _text("post", "post held at the enterprise"),
    _text("role", "part in the case, as filed"),
    _text("duty", "an officer's duty in the room"),
    _text("certificate", "an officer's enforcement certificate"),
    Column("room_id", ForeignKey("room.id"), nullable=True, comment="where they sit"),
    _count("position", "order of listing"),
    CheckConstraint("kind IN ('party','officer')", name="kind_known"),
    comment="parties and officers of a case",
)

point = Table(
    "point",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True, comment="slug within the case"),
    _text("text", "what is to be verified"),
    _text("en", "the same in English"),
    _count("position", "order of listing, from 1"),
    _text("created_by", "account id; empty: came with the case file"),
    _text("detail", "JSON of comparison.views.PointDetail: topic, slots, words", default="{}"),
    _text("template", "template and its point it was taken from; empty: none"),
    _text("utterance_id", "utterance it was made from; empty: none"),
    _maybe_time("retired_us", "no longer asked; null: in use"),
    Column("log_index", Integer, nullable=True, comment="its last entry in the centre's log"),
    comment="points to verify; projected from the centre's log, except what a case file brought",
)

question = Table(
    "question",
    metadata,
    Column("id", String(40), primary_key=True, comment="of a shipped one: template and number"),
    Column("version", Integer, primary_key=True, comment="from 1; an older one is never changed"),
    _text("text_zh", "what is asked"),
    _text("text_en", "the same in English"),
    _text("topic", "what it is about, for finding it"),
    _text("topic_en", "the same in English"),
    _text("by_name", "name of who worded it"),
    _time("t_us", "when"),
    _maybe_time("withdrawn_us", "offered no more; null: offered"),
    Column("log_index", Integer, nullable=True, comment="its entry in the centre's log"),
    comment="projected from the centre's log: neutral questions picked for prompts",
)

case_lexicon = Table(
    "case_lexicon",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    _text("content", "JSON of comparison.lexicon.CaseLexicon", default="{}"),
    _text("by_account", "account id; empty: came with the case file"),
    Column("log_index", Integer, nullable=True, comment="its case.lexicon in the centre's log"),
    comment="projected from the centre's log: what people call people, places and things",
)

device_log = Table(
    "device_log",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("device", String(40), primary_key=True, comment="as named in the case file"),
    _text("content", "JSON of comparison.lexicon.DeviceLog", default="{}"),
    Column("log_index", Integer, nullable=True, comment="its case.device_log"),
    comment="projected from the centre's log: what instruments stored about the incident",
)

# --- the comparison: made by the engine from the words, remade when the words change -------------

cell = Table(
    "cell",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("point_id", String(40), primary_key=True),
    Column("person_id", String(40), primary_key=True),
    _text("content", "JSON of comparison.views.Cell", default="{}"),
    comment="what a person says on a point",
)

difference = Table(
    "difference",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(64), primary_key=True, comment="digest of kind, point, slot and people"),
    _text("content", "JSON of comparison.views.Finding", default="{}"),
    _text("engine", "version of the engine that found it"),
    _time("found_us", "first found"),
    _maybe_time("gone_us", "no longer found; null: it stands"),
    Column("log_index", Integer, nullable=True, comment="its last entry; null: not recorded yet"),
    comment="two sides that do not go together; found by the engine",
)

difference_review = Table(
    "difference_review",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry in the centre's log"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("difference_id", String(64), nullable=False),
    Column("state", String(20), nullable=False, comment="config.words.ReviewState"),
    _text("note", "in their words"),
    _text("by_account", "account id"),
    _text("by_name", "name"),
    _text("prompts", "JSON list of the prompts sent with it", default="[]"),
    _time("t_us", "when"),
    Index(None, "case_id", "difference_id"),
    comment="projected from the centre's log: what people make of differences; only ever added to",
)

source = Table(
    "source",
    metadata,
    Column("id", String(40), primary_key=True, comment="slug; part of the WHIP address"),
    Column("room_id", ForeignKey("room.id"), nullable=False),
    _text("name", "name shown"),
    _text("name_en", "name shown in English"),
    Column("kind", String(20), nullable=False, comment="config.words.SourceKind"),
    _text("channels", "what each audio channel carries, JSON list of Speaker", default="[]"),
    _count("position", "order of listing"),
    comment="what publishes media or readings",
)

source_token = Table(
    "source_token",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the bearer token"),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    _time("created_us", "when it was issued"),
    _maybe_time("expires_us", "not valid from here on; null: until revoked"),
    _maybe_time("revoked_us", "withdrawn"),
    _text("created_by", "account id of a browser's publisher; empty: the command line"),
    comment="bearer tokens of sources; the token itself is shown once and not kept",
)

device_join = Table(
    "device_join",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the join code"),
    Column("room_id", ForeignKey("room.id"), nullable=False, comment="site the phone joins"),
    _text("name", "name the phone gets"),
    _text("name_en", "the same in English"),
    _time("created_us", "when it was made"),
    _time("expires_us", "not valid from here on"),
    _text("created_by", "account id"),
    _maybe_time("used_us", "when a phone took it; a code is good for one phone"),
    Column("source_id", ForeignKey("source.id"), nullable=True, comment="the phone's source"),
    _maybe_time("revoked_us", "when the phone was sent away"),
    comment="one-time codes with which phones become sources",
)

source_code = Table(
    "source_code",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True, comment="SHA-256 of the code"),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    _time("created_us", "when it was made"),
    _time("expires_us", "not valid from here on"),
    _text("created_by", "account id"),
    _maybe_time("used_us", "when a device took it; a code is good for one"),
    Index(None, "source_id"),
    comment="one-time codes with which devices become a source",
)

pull = Table(
    "pull",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    _text("url", "rtsp://host[:port]/path, without name and password"),
    _text("user_name", "name to log in to the camera with; empty: none is needed"),
    _text("password", "the camera's password; no route, log or package ever holds it"),
    _time("since_us", "when it was set"),
    comment="sources that are fetched over RTSP while a session is open in their room",
)

# --- projected from the recorder's log ---------------------------------------------------------

session = Table(
    "session",
    metadata,
    Column("id", String(40), primary_key=True, comment="s + 20 base32 characters"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", ForeignKey("room.id"), nullable=False),
    _text("room_name", "name of the room when it opened"),
    _text("kind", "config.words.SessionKind"),
    _text("person_name", "who was questioned"),
    _time("opened_us", "when it opened"),
    _maybe_time("closed_us", "when it was sealed"),
    _text("opened_by", "account, or source:<id>"),
    _text("closed_by", "account"),
    _text("close_reason", "why it was closed"),
    _text("language", "what it is heard in now; empty: the default"),
    Index(None, "case_id", "opened_us"),
    Index(None, "room_id", "closed_us"),
    comment="projected: one interview or inspection",
)

recording = Table(
    "recording",
    metadata,
    Column("session_id", ForeignKey("session.id"), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    _text("name", "name of the source when it opened"),
    _text("kind", "config.words.SourceKind"),
    _time("origin_us", "zero of the media timeline"),
    _time("start_us", "first recorded instant"),
    _maybe_time("end_us", "last accounted instant; null while open"),
    _count("recorded_us", "recorded; µs"),
    _count("gap_us", "missing; µs"),
    _count("pause_us", "paused on purpose; µs"),
    _count("segments", "segments"),
    _count("bytes", "bytes of segments"),
    comment="projected: one source's segments of one session",
)

init_segment = Table(
    "init_segment",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True, comment="connection or codec change, from 1"),
    _text("path", "relative to the log's directory"),
    _text("sha256", "hex"),
    _text("mime", "with codecs"),
    comment="projected: what a segment needs before it to play",
)

segment = Table(
    "segment",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    _text("path", "relative to the log's directory"),
    _text("sha256", "hex"),
    _count("size_bytes", "bytes"),
    _time("start_us", "first sample"),
    _count("duration_us", "length; µs"),
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
    _time("start_us", "from"),
    _time("end_us", "to"),
    _text("cause", "config.words.GapCause"),
    _text("track", "all | video | audio"),
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
    _text("tracks", "JSON list of audio, video", default="[]"),
    _text("reason", "config.words.PauseReason"),
    _text("by_name", "who ordered it"),
    _time("start_us", "from"),
    _maybe_time("end_us", "to; null: in force"),
    _text("why", "config.words.PauseEnd"),
    _text("ended_by", "who ended it"),
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
    _text("by_account", "account id of who called"),
    _text("by_name", "their name"),
    _time("called_us", "when"),
    _text("answered_by", "name of who took it; empty: nobody"),
    _maybe_time("opened_us", "when it was taken"),
    _maybe_time("talking_us", "since when the caller speaks; null: not now"),
    _count("talks", "how often the caller began to speak"),
    _maybe_time("ended_us", "when it was over; null: not yet"),
    _text("why", "config.words.VoiceEnd"),
    _text("ended_by", "who ended it; empty: nobody did"),
    Column("log_index", Integer, nullable=False, comment="its voice.called"),
    Index(None, "case_id", "ended_us"),
    comment="projected: voice lines between the centre and rooms",
)

withheld = Table(
    "withheld",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its media.pause"),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    _time("start_us", "from"),
    _time("end_us", "to"),
    _text("track", "all | video | audio"),
    _text("pause_id", "the order"),
    Index(None, "session_id", "source_id"),
    comment="projected: what a pause withheld of each recording",
)

utterance = Table(
    "utterance",
    metadata,
    Column("id", String(80), primary_key=True, comment="given by the transcriber"),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False),
    Column("speaker", String(20), nullable=False, comment="config.words.Speaker"),
    _time("start_us", "first word"),
    _time("end_us", "last word"),
    _text("text", "what was recognised"),
    _text("words", "JSON list of {w,s_us,e_us,c_pm}", default="[]"),
    _text("language", "of the model that heard it"),
    _text("proposed", "who it may be, of a mixed microphone; config.words.Speaker"),
    _text("named", "who it is, as a person said"),
    _text("named_by", "that person"),
    _text("repairs", "JSON list of {from,to,original,rule,distance}", default="[]"),
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
    _text("text", "as it reads now; as spoken: the correction was taken back"),
    _text("reason", "why, in the corrector's words"),
    _text("by_account", "account id"),
    _text("by_name", "name"),
    _time("t_us", "when"),
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
    _time("start_us", "first word"),
    _time("end_us", "last word"),
    _text("text", "what was recognised"),
    Column("model_sha256", String(64), nullable=False, comment="of the model that heard it"),
    Column("done", Integer, nullable=False, comment="1: marks that the hearing was finished"),
    Index(None, "session_id", "start_us"),
    comment="projected: what another model heard in a closed session",
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
    _text("text", "what is to be asked"),
    _text("by_account", "account id of the sender"),
    _text("by_name", "name of the sender"),
    Column("state", String(20), nullable=False, comment="config.words.PromptState"),
    _text("reason", "why it was declined"),
    _text("difference_id", "difference it is about; empty: none"),
    _text("wording", "JSON of comparison.views.WordingNote; empty: no hint was shown"),
    _text("question_id", "question it was made from; empty: own words"),
    Column(
        "question_version",
        Integer,
        nullable=False,
        server_default="0",
        comment="which version of that question; 0: own words",
    ),
    _text("withdrawn_by", "name of who took it back"),
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
    _time("t_us", "when"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    comment="projected: when a prompt reached each state",
)

marker = Table(
    "marker",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("room_id", String(40), nullable=False),
    _time("t_us", "marked instant"),
    _text("text", "note"),
    _text("by_name", "who marked it"),
    _text("by_account", "account id; empty: by a device"),
    _maybe_time("withdrawn_us", "taken back; null: it stands"),
    _text("withdrawn_by", "name of who took it back"),
    _text("withdrawn_why", "reason"),
    comment="projected: marked instants",
)

note = Table(
    "note",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("source_id", String(40), nullable=False, comment="empty: of no source"),
    _time("at_us", "the moment it is tied to"),
    _text("text", "in their words"),
    _time("made_us", "when it was written"),
    _text("by_account", "account id"),
    _text("by_name", "who wrote it"),
    _maybe_time("withdrawn_us", "taken back; null: it stands"),
    _text("withdrawn_by", "name of who took it back"),
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
    _time("t_us", "measured"),
    _text("measured", "JSON object of name: thousandths", default="{}"),
    _text("alarms", "JSON list of names", default="[]"),
    _text("position", "JSON, WGS 84 as in the entry; empty: none was given"),
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
    _text("note", "what was said with it"),
    _time("since_us", "what it says began"),
    _time("raised_us", "raised"),
    _maybe_time("cleared_us", "over; null: it still holds"),
    _text("reason", "why it is over: over, session_closed, source_gone"),
    _maybe_time("acknowledged_us", "a person took notice"),
    _text("acknowledged_by", "name of that person"),
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
    _text("viewer", "account id"),
    _text("viewer_name", "name"),
    _text("login_id", "names the login"),
    _text("view_id", "names the view; a login may have several"),
    _time("from_us", "joined"),
    _maybe_time("to_us", "left; null: still watching, or the centre stopped first"),
    Index(None, "session_id"),
    comment="projected: who watched live",
)

log_entry = Table(
    "log_entry",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="position in the recorder's log"),
    Column("session_id", String(40), nullable=False),
    Column("kind", String(40), nullable=False, comment="kind of the entry"),
    Column("source_id", String(40), nullable=False),
    _time("t_us", "when"),
    _text("summary", "JSON object, the short form shown in the audit desk", default="{}"),
    Index(None, "session_id", "log_index"),
    comment="projected: what stands where in the log; the entry itself is in the log",
)

event = Table(
    "event",
    metadata,
    Column("cursor", Integer, primary_key=True, comment="strictly increasing, holes allowed"),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    Column("room_id", String(40), nullable=False, comment="empty: concerns the whole case"),
    _text("message", "the WebSocket message, JSON"),
    Index(None, "case_id", "cursor"),
    comment="durable events of a case, replayed to desks that come back",
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("number", Integer, nullable=False, comment="last one used"),
    comment="cursor: last one given; floor: events up to here are gone (after a rebuild)",
)

log_cursor = Table(
    "log_cursor",
    metadata,
    Column("log", String(40), primary_key=True),
    Column("next_index", Integer, nullable=False, comment="first entry not projected yet"),
    Column("last_sha256", LargeBinary(32), nullable=False, comment="of the entry before it"),
    comment="how far the log is projected; moves in the same transaction as the projection",
)

# --- work in the background ----------------------------------------------------------------------

job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False, comment="verify | export"),
    Column("target_kind", String(10), nullable=False, comment="session | case"),
    Column("target", String(40), nullable=False, comment="id of the session or case"),
    Column("state", String(10), nullable=False, comment="running | done | failed"),
    _count("progress", "thousandths"),
    _text("result", "JSON; empty until done"),
    _text("error", "JSON {code, detail}; empty unless failed"),
    _text("by_account", "account id"),
    _time("created_us", "started"),
    _maybe_time("finished_us", "ended"),
    comment="verifications and exports",
)

export = Table(
    "export",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("job_id", ForeignKey("job.id"), nullable=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    _text("directory", "relative to the store"),
    _text("file_name", "name of the download"),
    _text("reason", "why it was made"),
    _count("size_bytes", "bytes of the package"),
    _count("files", "files in the package"),
    _text("verdict", "of the verification that followed"),
    _time("created_us", "when"),
    comment="packages made and kept in the store",
)

upload = Table(
    "upload",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source_id", String(40), nullable=False, comment="source whose recording it is"),
    Column("room_id", String(40), nullable=False, comment="room of the source"),
    Column("case_id", String(40), nullable=False, comment="case of the room then"),
    Column("session_id", String(40), nullable=False, comment="named or found; empty: not yet"),
    _text("kind", "file | local-part"),
    _text("filename", "as the client gave it, without folders"),
    _count("length_bytes", "bytes the file has"),
    _maybe_time("start_us", "first instant by the device's clock; null: not said"),
    _count("clock_offset_us", "device's clock minus the centre's, as the device found; µs"),
    _text("sha256_said", "hex, as the client said; empty: not said"),
    _text("sha256", "hex, as found when it had arrived"),
    _text("by_account", "account id; empty: the source itself"),
    _text("by_name", "who handed it over"),
    Column("state", String(12), nullable=False, comment="desk.late.UploadState"),
    _text("code", "why it waits or was refused; stable"),
    _count("progress", "of the examination, thousandths"),
    _text("result", "JSON, what the examination found", default="{}"),
    _time("created_us", "announced"),
    _time("changed_us", "last byte or change of state"),
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
    _text("name", "as it was handed over"),
    _text("kind", "file | local-part"),
    _text("by_name", "who handed it over"),
    _text("path", "of the original, relative to the log's directory"),
    _text("sha256", "of the original, hex"),
    _count("size_bytes", "bytes of the original"),
    _text("placed_by", "pictures | sound | clock"),
    _time("start_us", "its first instant on the session's timeline"),
    _time("end_us", "its last"),
    _time("received_us", "when it had arrived"),
    _count("late_us", "filed where nothing was received live; µs"),
    _count("segments", "segments filed"),
    Column("log_index", Integer, nullable=False, comment="its late.file"),
    Index(None, "session_id"),
    comment="projected: files handed over afterwards",
)

late_init = Table(
    "late_init",
    metadata,
    Column("file_id", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True, comment="part of the file, from 1"),
    _text("path", "relative to the log's directory"),
    _text("sha256", "hex"),
    _text("mime", "with codecs"),
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
    _text("path", "relative to the log's directory"),
    _text("sha256", "hex"),
    _count("size_bytes", "bytes"),
    _time("start_us", "first sample"),
    _count("duration_us", "length; µs"),
    Column("log_index", Integer, nullable=False, comment="its entry"),
    Index(None, "session_id", "source_id", "start_us"),
    comment="projected: parts of late files, where nothing was received live",
)

search_change = Table(
    "search_change",
    metadata,
    Column("id", Integer, primary_key=True, comment="strictly increasing, never used again"),
    Column("kind", String(20), nullable=False, comment="utterance, prompt, marker or correction"),
    Column("ref", String(80), nullable=False, comment="key of the row that changed"),
    sqlite_autoincrement=True,
    comment="rows the search index has not taken yet; written by triggers (desk/search_feed.py)",
)

act = Table(
    "act",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="position in the centre's log"),
    Column("kind", String(40), nullable=False, comment="kind of the entry"),
    _time("t_us", "when"),
    Column("case_id", String(40), nullable=False, comment="empty: of no case"),
    Column("session_id", String(40), nullable=False, comment="empty: of no session"),
    _text("by_account", "account id, or who the command line says it was"),
    _text("summary", "JSON object, the short form shown in the audit desk", default="{}"),
    Index(None, "case_id", "log_index"),
    Index(None, "kind"),
    comment="what the centre's log says; made again from it when emptied",
)

exhibit = Table(
    "exhibit",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    _text("title", "as it is called when shown"),
    _text("mime", "image/png, image/jpeg, application/pdf, or a map's"),
    _text("sha256", "of the file, hex; its name in centre/exhibits"),
    _count("size_bytes", "bytes of the file"),
    _text("by_account", "account id of who added it"),
    _time("added_us", "when it was added"),
    _count("number", "within its case, from 1; never changes"),
    _text("kind", "picture | document | moment | map"),
    _count("pages", "of a document; 0: not counted yet"),
    _count("width", "of the picture or first page, points; 0: not known"),
    _count("height", "of the picture or first page"),
    _text("origin", "JSON: session, source, t_us, segment of a moment; empty: a file"),
    Index(None, "case_id"),
    comment="pictures, documents, moments and maps that are shown to people",
)

custody = Table(
    "custody",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("case_file.id"), nullable=False),
    _text("from_account", "account id of who hands over"),
    _text("from_name", "name"),
    _text("to_account", "account id of who is to keep the evidence"),
    _text("to_name", "name"),
    _text("note", "what was handed over, in their words"),
    Column("state", String(10), nullable=False, comment="offered | accepted | declined"),
    _time("offered_us", "offered"),
    _maybe_time("settled_us", "accepted or declined; null: neither yet"),
    Index(None, "case_id"),
    comment="handing over the evidence of a case; each step is an entry of the centre's log",
)

#: Emptied and filled again by a rebuild, children first.
PROJECTED: tuple[Table, ...] = (
    late_segment, late_init, late_file,
    prompt_step, prompt, utterance, marker, reading, alarm, view, gap, pause, withheld, segment,
    voice_line, init_segment, recording, log_entry, event, session,
)  # fmt: skip

# --- records of questioning ---------------------------------------------------------------------

record_draft = Table(
    "record_draft",
    metadata,
    Column("session_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, comment="from 1; an older one is never changed"),
    _text("header", "JSON of record.content.Header", default="{}"),
    _text("lines", "JSON list of record.content.Line", default="[]"),
    _time("until_us", "utterances up to here are in it"),
    _text("by_account", "account id"),
    _text("by_name", "who saved it"),
    _time("t_us", "when it was saved"),
    comment="the centre's own: versions of the text of a record before it becomes a document",
)

record_content = Table(
    "record_content",
    metadata,
    Column("document_id", String(40), primary_key=True, comment="as in record_document"),
    _text("content", "JSON of record.content.RecordContent"),
    _text("places", "JSON list of record.typeset.Place", default="[]"),
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
    _count("pages", "pages"),
    _text("page_digests", "JSON list of {bitmap, text}", default="[]"),
    _text("path", "relative to the log's directory"),
    _text("sha256", "hex"),
    _count("size_bytes", "bytes"),
    _text("by_name", "who made it"),
    _time("made_us", "when"),
    Column("log_index", Integer, nullable=False, comment="its document.made"),
    _text("signed_path", "of the signed PDF, relative to the log's directory; empty: not signed"),
    _text("signed_sha256", "hex"),
    _count("signed_bytes", "bytes"),
    _count("signatures", "cryptographic signatures in it"),
    _maybe_time("signed_us", "when it was signed"),
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
    Column("kind", String(10), nullable=False, comment="shown | signed | refused"),
    Column("page", Integer, nullable=False, comment="from 1; 0: none"),
    _text("place", "record.typeset.Place.key"),
    _text("signer", "record.content.Signer.key"),
    _text("name", "who signed or refused"),
    _text("certificate", "one_time | officer, of a signature"),
    _text("reason", "why somebody would not sign"),
    _text("witness", "who attests it"),
    _text("strokes", "JSON, see record.strokes; biometric", default="[]"),
    _time("from_us", "shown from"),
    _time("to_us", "shown until"),
    _time("t_us", "of the entry"),
    Index(None, "document_id", "kind"),
    comment="projected: pages shown, places signed, refusals",
)
