"""Kinds of entries in the centre's own log: accounts, cases, and what became of the evidence.

config/kinds.py joins both tables (kinds_of_recorder.py is the other) and says what is private.
"""

from __future__ import annotations

from config.entry_kind import CENTRE, EntryKind, entry_kind

CENTRE_KINDS: dict[str, EntryKind] = {
    # --- accounts, cases, sources
    "login.ok": entry_kind(CENTRE, "command_centre", "login method", "account address"),
    "login.ended": entry_kind(CENTRE, "command_centre", "login by", "by_name"),
    "login.failed": entry_kind(CENTRE, "command_centre", "", "account address"),
    "login.locked": entry_kind(CENTRE, "command_centre", "", "account address"),
    "account.create": entry_kind(
        CENTRE, "command_centre", "id role cases by", "account name certificate by_name"
    ),
    "question.set": entry_kind(
        CENTRE,
        "command_centre",
        "question version wording by",
        "text_zh text_en topic topic_en by_name",
    ),
    "question.withdrawn": entry_kind(
        CENTRE, "command_centre", "question version by", "text_zh text_en topic topic_en by_name"
    ),
    "notice.set": entry_kind(
        CENTRE,
        "command_centre",
        "kind notice number text_sha256 left_out by",
        "title title_en lines by_name",
    ),
    "notice.used": entry_kind(
        CENTRE, "command_centre", "kind notice text_sha256 left_out by", "by_name"
    ),
    "point_template.set": entry_kind(
        CENTRE,
        "command_centre",
        "kind template number text_sha256 wording by",
        "title title_en points by_name",
    ),
    "point_template.used": entry_kind(
        CENTRE, "command_centre", "kind template text_sha256 wording by", "by_name"
    ),
    "point_template.withdrawn": entry_kind(CENTRE, "command_centre", "kind template by", "by_name"),
    "wording_rule.added": entry_kind(
        CENTRE,
        "command_centre",
        "rule category text_sha256 by",
        "words neutral neutral_en by_name",
    ),
    "wording_rule.off": entry_kind(CENTRE, "command_centre", "rule by", "by_name"),
    "wording_rule.on": entry_kind(CENTRE, "command_centre", "rule by", "by_name"),
    "key.rotation": entry_kind(CENTRE, "command_centre", "log by", "reason by_name"),
    "key.rotation_withdrawn": entry_kind(CENTRE, "command_centre", "log by", "by_name"),
    "process.restart": entry_kind(CENTRE, "command_centre", "processes by", "by_name"),
    "setting.changed": entry_kind(CENTRE, "command_centre", "setting before after by", "by_name"),
    "setting.restored": entry_kind(CENTRE, "command_centre", "setting before after by", "by_name"),
    "account.changed": entry_kind(
        CENTRE, "command_centre", "id role rooms by", "name certificate by_name"
    ),
    "account.locked": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.unlocked": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.invited": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.reach": entry_kind(CENTRE, "command_centre", "id cases by", "by_name"),
    "case.member": entry_kind(CENTRE, "command_centre", "case member role by", "name by_name"),
    "case.member_removed": entry_kind(
        CENTRE, "command_centre", "case member by", "reason name by_name"
    ),
    "account.password": entry_kind(CENTRE, "command_centre", "by", "account by_name"),
    "account.code_added": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.code_removed": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.recovery_made": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.passkey_added": entry_kind(CENTRE, "command_centre", "id host by", "name by_name"),
    "account.passkey_removed": entry_kind(CENTRE, "command_centre", "id host by", "name by_name"),
    "account.outside_tied": entry_kind(CENTRE, "command_centre", "id how by", "subject by_name"),
    "account.outside_untied": entry_kind(CENTRE, "command_centre", "id by", "subject by_name"),
    "account.outside_role": entry_kind(CENTRE, "command_centre", "id role before"),
    "account.factors_reset": entry_kind(CENTRE, "command_centre", "id by", "by_name"),
    "case.create": entry_kind(
        CENTRE,
        "command_centre",
        "id case number kind incident_date opened lead by",
        "name name_en cause enterprise lead_name by_name",
    ),
    "case.changed": entry_kind(
        CENTRE,
        "command_centre",
        "case number kind incident_date opened lead by",
        "name name_en cause enterprise lead_name by_name",
    ),
    "case.state": entry_kind(CENTRE, "command_centre", "case state by", "reason by_name"),
    "person.add": entry_kind(
        CENTRE, "command_centre", "case person by", "name name_en post post_en role by_name"
    ),
    "person.changed": entry_kind(
        CENTRE, "command_centre", "case person by", "name name_en post post_en role aliases by_name"
    ),
    "person.removed": entry_kind(CENTRE, "command_centre", "case person by", "name by_name"),
    "task.add": entry_kind(
        CENTRE, "command_centre", "case task due assignee by", "title assignee_name by_name"
    ),
    "task.changed": entry_kind(
        CENTRE, "command_centre", "case task due assignee by", "title assignee_name by_name"
    ),
    "task.done": entry_kind(CENTRE, "command_centre", "case task by", "by_name"),
    "task.undone": entry_kind(CENTRE, "command_centre", "case task by", "by_name"),
    "task.dropped": entry_kind(CENTRE, "command_centre", "case task by", "by_name"),
    "note.added": entry_kind(
        CENTRE, "command_centre", "case session source note at_us by", "text by_name"
    ),
    "note.withdrawn": entry_kind(CENTRE, "command_centre", "case session note by", "by_name"),
    "case.vocabulary": entry_kind(CENTRE, "command_centre", "case version sha256 terms by"),
    "room.language": entry_kind(
        CENTRE, "command_centre", "case room language model model_sha256 by"
    ),
    # --- points, names and differences
    "case.lexicon": entry_kind(
        CENTRE,
        "command_centre",
        "case sha256 people places equipment documents by",
        "content by_name",
    ),
    "case.device_log": entry_kind(
        CENTRE,
        "command_centre",
        "case device sha256 rows file_sha256 lines passed thinned zone by",
        "content file_name by_name",
    ),
    "case.device_log_withdrawn": entry_kind(
        CENTRE, "command_centre", "case device by", "reason by_name"
    ),
    "fact.stated": entry_kind(
        CENTRE,
        "command_centre",
        "case fact kind document point slot person by",
        "name value unit people entered quote page by_name",
    ),
    "fact.withdrawn": entry_kind(CENTRE, "command_centre", "case fact by", "reason by_name"),
    "point.add": entry_kind(
        CENTRE,
        "command_centre",
        "case point template utterance wording by",
        "text en content by_name",
    ),
    "point.changed": entry_kind(
        CENTRE, "command_centre", "case point wording by", "text en content by_name"
    ),
    "point.retired": entry_kind(CENTRE, "command_centre", "case point by", "reason by_name"),
    "point.resumed": entry_kind(CENTRE, "command_centre", "case point by", "by_name"),
    "difference.found": entry_kind(
        CENTRE, "command_centre", "case difference kind tier point slot rule a b engine"
    ),
    "difference.changed": entry_kind(
        CENTRE, "command_centre", "case difference kind tier point slot rule a b engine"
    ),
    "difference.gone": entry_kind(
        CENTRE, "command_centre", "case difference kind tier point slot rule a b engine"
    ),
    "suggestion.made": entry_kind(
        CENTRE,
        "command_centre",
        "case difference point slot a b model request_sha256 reply_sha256",
    ),
    "suggestion.withdrawn": entry_kind(
        CENTRE, "command_centre", "case difference point slot a b model"
    ),
    "difference.review": entry_kind(
        CENTRE, "command_centre", "case difference state prompts by", "note by_name"
    ),
    "room.create": entry_kind(CENTRE, "command_centre", "room kind by", "name name_en by_name"),
    "room.changed": entry_kind(CENTRE, "command_centre", "room kind by", "name name_en by_name"),
    "room.retired": entry_kind(CENTRE, "command_centre", "room by", "by_name"),
    "room.resumed": entry_kind(CENTRE, "command_centre", "room by", "by_name"),
    "room.assigned": entry_kind(
        CENTRE, "command_centre", "room case from_case person seated attending by", "by_name"
    ),
    "room.seated": entry_kind(
        CENTRE, "command_centre", "case room person from_person from_room by", "name by_name"
    ),
    "room.vacated": entry_kind(CENTRE, "command_centre", "case room from_person by", "by_name"),
    "room.officers": entry_kind(CENTRE, "command_centre", "case room count by", "officers by_name"),
    "room.attendants": entry_kind(
        CENTRE, "command_centre", "case room roles by", "attendants by_name"
    ),
    "source.create": entry_kind(
        CENTRE, "command_centre", "source room kind channels by", "name name_en by_name"
    ),
    "source.changed": entry_kind(
        CENTRE, "command_centre", "source room by", "name name_en by_name"
    ),
    "source.invited": entry_kind(CENTRE, "command_centre", "source by", "by_name"),
    "source.pull": entry_kind(CENTRE, "command_centre", "source pulled by"),
    "source.token": entry_kind(CENTRE, "command_centre", "source by"),
    "device.invite": entry_kind(CENTRE, "command_centre", "case room by"),
    "device.join": entry_kind(CENTRE, "command_centre", "case room source invited_by", "address"),
    "device.revoke": entry_kind(CENTRE, "command_centre", "case source by", "by_name"),
    "upload.refused": entry_kind(CENTRE, "command_centre", "upload source code sha256 size"),
    "upload.discarded": entry_kind(
        CENTRE, "command_centre", "upload source session code sha256 size"
    ),
    "upload.expired": entry_kind(CENTRE, "command_centre", "upload source size"),
    "key.recovered": entry_kind(CENTRE, "command_centre", "unit custodians sessions by", "reason"),
    # --- how long it is kept
    "retention.set": entry_kind(CENTRE, "command_centre", "case category by", "reason by_name"),
    "hold.placed": entry_kind(CENTRE, "command_centre", "hold case session by", "reason by_name"),
    "hold.lifted": entry_kind(CENTRE, "command_centre", "hold case session by", "reason by_name"),
    "retention.proposed": entry_kind(
        CENTRE, "command_centre", "proposal session case category until_us by"
    ),
    "retention.confirmed": entry_kind(
        CENTRE, "command_centre", "proposal session case by", "by_name"
    ),
    "retention.refused": entry_kind(
        CENTRE, "command_centre", "proposal session case by", "reason by_name"
    ),
    "retention.carried": entry_kind(
        CENTRE, "command_centre", "proposal session case keys files bytes payloads exports"
    ),
    # --- what became of the evidence
    "access.case": entry_kind(CENTRE, "command_centre", "case desk login by what"),
    "access.session": entry_kind(CENTRE, "command_centre", "case session login by"),
    "access.text": entry_kind(CENTRE, "command_centre", "case login by"),
    "access.search": entry_kind(CENTRE, "command_centre", "case login by", "query"),
    "access.media": entry_kind(CENTRE, "command_centre", "case session source view login by"),
    "access.media_end": entry_kind(
        CENTRE, "command_centre", "case session source view login by from_us to_us how"
    ),
    "access.document": entry_kind(
        CENTRE, "command_centre", "case session document by login signed"
    ),
    "access.transcript": entry_kind(
        CENTRE, "command_centre", "case session format reading sentences by"
    ),
    "exhibit.added": entry_kind(
        CENTRE,
        "command_centre",
        "case exhibit exhibit_sha256 exhibit_size mime number form pages width height by",
        "title origin by_name",
    ),
    "exhibit.renamed": entry_kind(CENTRE, "command_centre", "case exhibit by", "title by_name"),
    "exhibit.withdrawn": entry_kind(CENTRE, "command_centre", "case exhibit by", "reason by_name"),
    "exhibit.restored": entry_kind(CENTRE, "command_centre", "case exhibit by", "by_name"),
    "exhibit.destroyed": entry_kind(CENTRE, "command_centre", "case exhibit exhibit_sha256 by"),
    "custody.offered": entry_kind(
        CENTRE, "command_centre", "case custody from to by", "note to_name by_name"
    ),
    "custody.accepted": entry_kind(
        CENTRE, "command_centre", "case custody from by", "note by_name"
    ),
    "custody.declined": entry_kind(
        CENTRE, "command_centre", "case custody from by", "note by_name"
    ),
    "copy.made": entry_kind(
        CENTRE, "command_centre", "case export type sha256 by", "label note by_name"
    ),
    "template.used": entry_kind(
        CENTRE, "command_centre", "form version sha256 size shipped by", "by_name"
    ),
    "verify": entry_kind(CENTRE, "command_centre", "target verdict by"),
    "export": entry_kind(
        CENTRE,
        "command_centre",
        "export case session size root sha256 verdict disclosure by",
        "reason by_name",
    ),
    "disclose.made": entry_kind(
        CENTRE,
        "command_centre",
        "disclosure case sessions withhold by",
        "reason to authorised_by by_name",
    ),
    "derived.made": entry_kind(
        CENTRE,
        "command_centre",
        "derived case session source start_us end_us path sha256 size of tool pictures"
        " hidden_pictures cut climate by",
        "reason by_name plan",
    ),
}
