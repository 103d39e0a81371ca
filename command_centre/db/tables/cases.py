"""Cases: people, points, rooms, members, tasks, and the comparison of what was said."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from command_centre.db.tables.base import count, maybe_time, metadata, text, time

case_file = Table(
    "case_file",
    metadata,
    Column("id", String(40), primary_key=True, comment="slug, never shown"),
    text("number", "number of the case as written on documents"),
    text("name", "short name"),
    text("name_en", "short name in English"),
    text("cause", "what the case is about, as filed"),
    text("status", "stage of the procedure"),
    text("enterprise", "name of the enterprise concerned"),
    text("enterprise_en", "the same in English"),
    text("incident_date", "YYYY-MM-DD"),
    text("opened", "date of filing, YYYY-MM-DD"),
    text("vocabulary", "JSON list of terms the transcriber should know", default="[]"),
    count("vocabulary_version", "how often that list was replaced"),
    text("kind", "config.words.CaseKind; empty: not said"),
    Column(
        "state",
        String(20),
        nullable=False,
        server_default="open",
        comment="config.words.CaseState, as its manager says",
    ),
    text("state_reason", "why it was closed, archived or taken up again"),
    maybe_time("closed_us", "when it was closed or archived; null: open"),
    text("lead", "account that leads it; empty: not said"),
    text("lead_name", "name of who leads it"),
    Column("log_index", Integer, nullable=True, comment="its case.create in the centre's log"),
    comment="one case",
)

task = Table(
    "task",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True),
    text("title", "what is to be done"),
    text("due", "YYYY-MM-DD; empty: no day"),
    text("assignee", "account; empty: nobody"),
    text("assignee_name", "name of who is to do it"),
    time("made_us", "when it was added"),
    text("made_by", "name of who added it"),
    maybe_time("done_us", "when it was done; null: to do"),
    text("done_by", "name of who said so"),
    maybe_time("dropped_us", "taken off the list; null: on it"),
    Column("log_index", Integer, nullable=True, comment="its last entry in the centre's log"),
    comment="projected from the centre's log: what is to be done in a case",
)

case_member = Table(
    "case_member",
    metadata,
    Column("case_id", String(40), primary_key=True),
    Column("account_id", String(40), primary_key=True),
    Column("role", String(20), nullable=False, comment="config.words.Role in this case"),
    text("by_account", "account id of who said so; empty: came with the case"),
    text("by_name", "name of who said so"),
    time("since_us", "when"),
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
    text("name", "name shown"),
    text("name_en", "name shown in English"),
    Column("kind", String(20), nullable=False, comment="config.words.RoomKind"),
    Column("person_id", String(40), nullable=True, comment="person of the case questioned here"),
    count("position", "order on the wall"),
    text("language", "what the next session is heard in; empty: the default"),
    text("model", "name of the model chosen for it; empty: that of the language"),
    text("model_sha256", "its digest"),
    maybe_time("retired_us", "taken out of service; null: in service"),
    CheckConstraint("kind IN ('interview','site')", name="kind_known"),
    comment="where sessions happen",
)

person = Table(
    "person",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True, comment="slug within the case"),
    Column("kind", String(10), nullable=False, comment="party | officer"),
    text("name", "name"),
    text("name_en", "name in English"),
    text("post", "post held at the enterprise"),
    text("post_en", "the same in English; empty: not filed"),
    text("role", "part in the case, as filed"),
    text("duty", "an officer's duty in the room"),
    text("certificate", "an officer's enforcement certificate"),
    Column("room_id", ForeignKey("room.id"), nullable=True, comment="where they sit"),
    count("position", "order of listing"),
    CheckConstraint("kind IN ('party','officer')", name="kind_known"),
    comment="parties and officers of a case",
)

attendant = Table(
    "attendant",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True, comment="within the case"),
    text("name", "name"),
    text("duty", "one of command_centre.record.content.ATTENDING"),
    text("detail", "unit, relation to the person questioned, or licence; empty: not said"),
    Column("room_id", ForeignKey("room.id"), nullable=True, comment="where they sit"),
    count("position", "order of listing"),
    comment="interpreters, guardians, lawyers and witnesses of a case, from the centre's log",
)

point = Table(
    "point",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True, comment="slug within the case"),
    text("text", "what is to be verified"),
    text("en", "the same in English"),
    count("position", "order of listing, from 1"),
    text("created_by", "account id; empty: came with the case file"),
    text("detail", "JSON of comparison.views.PointDetail: topic, slots, words", default="{}"),
    text("template", "template and its point it was taken from; empty: none"),
    text("utterance_id", "utterance it was made from; empty: none"),
    maybe_time("retired_us", "no longer asked; null: in use"),
    Column("log_index", Integer, nullable=True, comment="its last entry in the centre's log"),
    comment="points to verify; projected from the centre's log, except what a case file brought",
)

question = Table(
    "question",
    metadata,
    Column("id", String(40), primary_key=True, comment="of a shipped one: template and number"),
    Column("version", Integer, primary_key=True, comment="from 1; an older one is never changed"),
    text("text_zh", "what is asked"),
    text("text_en", "the same in English"),
    text("topic", "what it is about, for finding it"),
    text("topic_en", "the same in English"),
    text("by_name", "name of who worded it"),
    time("t_us", "when"),
    maybe_time("withdrawn_us", "offered no more; null: offered"),
    Column("log_index", Integer, nullable=True, comment="its entry in the centre's log"),
    text("wording", "JSON list: what was pointed out and kept, FIELD.CATEGORY", default="[]"),
    comment="projected from the centre's log: neutral questions picked for prompts",
)

notice_version = Table(
    "notice_version",
    metadata,
    Column("name", String(40), primary_key=True, comment="as entries name it: interview/own-1"),
    text("kind", "kind of session: config.words.SessionKind"),
    count("number", "from 1, of its kind; an older one is never changed"),
    text("title", "what stands above it"),
    text("title_en", "the same in English"),
    text("lines", "JSON of desk.notices.Line: Chinese, English, article", default="[]"),
    text("by_name", "name of who worded it"),
    time("t_us", "when"),
    Column("log_index", Integer, nullable=True, comment="its entry in the centre's log"),
    comment="projected from the centre's log: the agency's own notices of rights and duties",
)

notice_use = Table(
    "notice_use",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry in the centre's log"),
    text("kind", "kind of session: config.words.SessionKind"),
    text("name", "version that is read from here on, shipped or the agency's own"),
    text("left_out", "JSON list: what was pointed out and kept", default="[]"),
    text("by_name", "name of who put it to use"),
    time("t_us", "when"),
    comment="projected from the centre's log: which notice was in use when",
)

point_template_version = Table(
    "point_template_version",
    metadata,
    Column("name", String(80), primary_key=True, comment="as entries name it: hot_work/own-1"),
    text("kind", "kind of violation: id in config/points.toml, or the agency's own"),
    count("number", "from 1, of its kind; an older one is never changed"),
    text("title", "what the kind of violation is called"),
    text("title_en", "the same in English"),
    text("points", "JSON of comparison.views.TemplatePoint, in order", default="[]"),
    text("by_name", "name of who worded it"),
    time("t_us", "when"),
    Column("log_index", Integer, nullable=True, comment="its entry in the centre's log"),
    Index(None, "kind", "number", "log_index"),
    comment="projected from the centre's log: the agency's own templates of points",
)

point_template_use = Table(
    "point_template_use",
    metadata,
    Column("log_index", Integer, primary_key=True, comment="its entry in the centre's log"),
    text("kind", "kind of violation"),
    text("name", "version offered from here on; empty: the kind was withdrawn"),
    text("wording", "JSON list: what was pointed out and kept, POINT.FIELD.CATEGORY", default="[]"),
    text("by_name", "name of who put it to use, or withdrew the kind"),
    time("t_us", "when"),
    Index(None, "kind", "name", "log_index"),
    comment="projected from the centre's log: which template of points was in use when",
)

wording_rule = Table(
    "wording_rule",
    metadata,
    Column("id", String(60), primary_key=True, comment="category and name, as entries name it"),
    text("words", "plain words that are pointed out; empty: a rule of config/wording.toml"),
    text("neutral", "how to put it instead"),
    text("neutral_en", "the same in English"),
    maybe_time("off_us", "pointed out no more; null: in force"),
    text("by_name", "name of who did the last of it"),
    time("t_us", "when"),
    Column("first_index", Integer, nullable=False, comment="its first entry in the centre's log"),
    Column("log_index", Integer, nullable=False, comment="its last entry in the centre's log"),
    comment="projected from the centre's log: what is pointed out in wordings, and what no more",
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(80), primary_key=True, comment="section.key of config/defaults.toml"),
    text("value", "JSON of the value in force"),
    text("by_name", "name of who changed it last"),
    time("t_us", "when"),
    Column("log_index", Integer, nullable=True, comment="its entry in the centre's log"),
    comment="projected from the centre's log: settings changed while running",
)

case_lexicon = Table(
    "case_lexicon",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    text("content", "JSON of comparison.lexicon.CaseLexicon", default="{}"),
    text("by_account", "account id; empty: came with the case file"),
    Column("log_index", Integer, nullable=True, comment="its case.lexicon in the centre's log"),
    comment="projected from the centre's log: what people call people, places and things",
)

device_log = Table(
    "device_log",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("device", String(40), primary_key=True, comment="as named in the case file"),
    text("content", "JSON of comparison.lexicon.DeviceLog", default="{}"),
    Column("log_index", Integer, nullable=True, comment="its case.device_log"),
    text("file_name", "of the file it was read from; empty: came with the case file"),
    text("file_sha256", "of that file, hex"),
    text("zone", "of times in it that name none: +08:00"),
    count("lines", "with a value, in the file"),
    count("passed", "of these, with a quantity that nothing is laid beside"),
    count("thinned", "1: only the least and the most of each minute are kept"),
    text("by_name", "name of who brought it in"),
    maybe_time("taken_us", "brought in; null: came with the case file"),
    maybe_time("withdrawn_us", "compared no more"),
    text("withdrawn_by", "name of who withdrew it"),
    text("reason", "why it was withdrawn, in their words"),
    comment="projected from the centre's log: what instruments stored about the incident",
)

document_fact = Table(
    "document_fact",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(40), primary_key=True),
    text("kind", "exhibit | record | file (of the case file) | named (by hand)"),
    Column("document", String(80), nullable=False, comment="id of it; of one by hand, our own"),
    text("name", "what the document is called"),
    Column("point_id", String(40), nullable=False, comment="point it speaks to"),
    text("slot", "transcription.comparison.model.Slot"),
    text("value", "JSON of it, as transcription.comparison.document_file reads it"),
    text("unit", "of a number"),
    text("people", "JSON list beside a list of names: who of the case each is", default="[]"),
    text("entered", "as it was entered"),
    text("quote", "words of the document"),
    text("page", "where in it, in their words"),
    text("person_id", "whose statement it is: then only theirs is compared; empty: nobody's"),
    text("by_account", "account id of who entered it"),
    text("by_name", "name"),
    time("stated_us", "entered"),
    maybe_time("withdrawn_us", "compared no more"),
    text("withdrawn_by", "name of who withdrew it"),
    text("reason", "why, in their words"),
    Column("log_index", Integer, nullable=False, comment="its fact.stated in the centre's log"),
    comment="projected from the centre's log: what documents of the case state",
)

cell = Table(
    "cell",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("point_id", String(40), primary_key=True),
    Column("person_id", String(40), primary_key=True),
    text("content", "JSON of comparison.views.Cell", default="{}"),
    comment="what a person says on a point",
)

difference = Table(
    "difference",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True),
    Column("id", String(64), primary_key=True, comment="digest of kind, point, slot and people"),
    text("content", "JSON of comparison.views.Finding", default="{}"),
    text("engine", "version of the engine that found it"),
    time("found_us", "first found"),
    maybe_time("gone_us", "no longer found; null: it stands"),
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
    text("note", "in their words"),
    text("by_account", "account id"),
    text("by_name", "name"),
    text("prompts", "JSON list of the prompts sent with it", default="[]"),
    time("t_us", "when"),
    Index(None, "case_id", "difference_id"),
    comment="projected from the centre's log: what people make of differences; only ever added to",
)
