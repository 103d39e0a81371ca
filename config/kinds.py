"""Every kind of entry that Duizhi writes: in which log, by whom, and what of it is private.

The private fields of an entry are only committed to (evidence_store/commitment.py): they can be
kept back from a package, destroyed, and revealed later with proof. Private are the words and names
of people, free text, where people were, and why somebody asked for a pause; never what proves
media: digests, times, gaps, ticks.

The same table stands in config/README.md; a test compares both with what the code writes and with
the words of the audit page. ``python -m config.kinds`` renews the one in the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDER = "recorder"  # the log of a recorder
CENTRE = "centre"  # the centre's own log
EVERY = "every"  # each log has them


@dataclass(frozen=True)
class EntryKind:
    """What is said of one kind."""

    log: str
    writer: str  # the package that decides to write it
    public: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


def _kind(log: str, writer: str, public: str = "", private: str = "") -> EntryKind:
    return EntryKind(log, writer, tuple(public.split()), tuple(private.split()))


_FILE = "path sha256 size sealed_sha256 sealed_size"

KINDS: dict[str, EntryKind] = {
    # --- of the log itself
    "log.open": _kind(
        EVERY, "evidence_store", "key_sha256 name origin software version settings_sha256"
    ),
    "process.start": _kind(EVERY, "evidence_store", "name software version settings_sha256"),
    "recover": _kind(
        EVERY,
        "evidence_store",
        "from_size size discarded_bytes discarded_sha256 orphans orphans_total mirrors",
    ),
    "disk.failed": _kind(EVERY, "evidence_store", "directory why left"),
    "disk.joined": _kind(
        EVERY, "evidence_store", "directory from_size entries files bytes lacking"
    ),
    "space.low": _kind(RECORDER, "recorder", "free_bytes bytes_per_s minutes"),
    "space.critical": _kind(RECORDER, "recorder", "free_bytes bytes_per_s minutes"),
    "space.ok": _kind(RECORDER, "recorder", "free_bytes bytes_per_s minutes"),
    "key.host": _kind(EVERY, "evidence_store", "keys root root_certificate session_keys"),
    "key.rotate": _kind(
        EVERY, "evidence_store", "keys certificate root root_certificate", "reason"
    ),
    "key.compromised": _kind(EVERY, "evidence_store", "key_sha256 trusted_size", "reason"),
    "witness.policy": _kind(EVERY, "command_centre", "sha256 size"),
    "witness.lost": _kind(EVERY, "command_centre", "witness outside reason"),
    "witness.back": _kind(EVERY, "command_centre", "witness outside lost_us"),
    "stamp.token": _kind(EVERY, "command_centre", "authority size root sha256 time_us"),
    "stamp.lost": _kind(EVERY, "command_centre", "stamp outside reason"),
    "stamp.back": _kind(EVERY, "command_centre", "stamp outside lost_us"),
    # --- a session
    "session.open": _kind(
        RECORDER, "recorder", "case case_number room_name kind roles opened_by sealing", "people"
    ),
    "key.session": _kind(RECORDER, "evidence_store", "key certificate"),
    "session.seal": _kind(RECORDER, "evidence_store", "final last_seq entries note"),
    "session.close": _kind(
        RECORDER, "recorder", "closed_by start_us end_us missed recordings", "reason"
    ),
    "recording.open": _kind(RECORDER, "recorder", "source source_kind origin_us channels", "name"),
    "recording.close": _kind(
        RECORDER,
        "recorder",
        "source start_us end_us recorded_us gap_us pause_us segments tracks clock",
    ),
    "media.init": _kind(RECORDER, "recorder", f"source epoch mime audio video {_FILE}"),
    "media.segment": _kind(
        RECORDER,
        "recorder",
        "source epoch number start_us duration_us media_start_us frames audio_packets"
        f" sender_reports rtp tracks {_FILE}",
    ),
    "media.gap": _kind(RECORDER, "recorder", "source start_us end_us track cause"),
    "media.pause": _kind(RECORDER, "recorder", "source start_us end_us track pause"),
    "pause.begin": _kind(RECORDER, "recorder", "pause tracks start_us by", "reason by_name"),
    "pause.end": _kind(RECORDER, "recorder", "pause start_us end_us why by", "by_name"),
    "tick": _kind(RECORDER, "recorder", "n missed sources paused disk_free_bytes"),
    "clock": _kind(RECORDER, "recorder", "timeline_us wall_us sources"),
    # --- handed over afterwards
    "late.file": _kind(
        RECORDER,
        "recorder",
        "source file start_us end_us duration_us placed by received_us clock_offset_us"
        f" device_start_us device_previous_sha256 kind sha256_said handed_over_sha256 {_FILE}",
        "name by_name",
    ),
    "late.init": _kind(RECORDER, "recorder", f"source file epoch mime {_FILE}"),
    "late.segment": _kind(
        RECORDER,
        "recorder",
        "source file epoch number start_us duration_us media_start_us frames audio_packets"
        f" {_FILE}",
    ),
    "late.filed": _kind(RECORDER, "recorder", "source file segments late_us"),
    "late.index": _kind(RECORDER, "recorder", "session source file files"),
    # --- what was said and asked
    "utterance": _kind(
        RECORDER,
        "transcription",
        "source id speaker start_us end_us language model model_sha256 vocabulary"
        " proposed resemblance_pm",
        "text words repairs",
    ),
    "utterance.speaker": _kind(RECORDER, "command_centre", "utterance speaker by", "by_name"),
    "utterance.doubtful": _kind(
        RECORDER,
        "transcription",
        "source id speaker start_us end_us language model model_sha256 vocabulary"
        " proposed resemblance_pm why",
        "text words repairs",
    ),
    "transcription.language": _kind(
        RECORDER, "command_centre", "language from_us by model model_sha256", "by_name"
    ),
    "transcription.model_missing": _kind(
        RECORDER, "command_centre", "language model model_sha256 used_sha256 why"
    ),
    "transcription.model_back": _kind(RECORDER, "command_centre", "language model model_sha256"),
    "transcription.vocabulary": _kind(
        RECORDER, "command_centre", "version sha256 terms by", "by_name"
    ),
    "utterance.second": _kind(
        RECORDER,
        "command_centre",
        "source id speaker start_us end_us language engine model model_sha256 vocabulary",
        "text words repairs",
    ),
    "utterance.second_asked": _kind(
        RECORDER, "command_centre", "language engine model model_sha256 by", "by_name"
    ),
    "utterance.second_done": _kind(
        RECORDER, "command_centre", "language engine model model_sha256 sentences from_us"
    ),
    "utterance.corrected": _kind(
        RECORDER, "command_centre", "utterance version source by", "text reason by_name"
    ),
    "prompt.issued": _kind(
        RECORDER,
        "command_centre",
        "prompt group point difference wording question question_version by target_room",
        "text by_name wording_before",
    ),
    "prompt.delivered": _kind(RECORDER, "command_centre", "prompt desk"),
    "prompt.shown": _kind(RECORDER, "command_centre", "prompt desk"),
    "prompt.acknowledged": _kind(RECORDER, "command_centre", "prompt by"),
    "prompt.declined": _kind(RECORDER, "command_centre", "prompt by", "reason"),
    "prompt.answered": _kind(RECORDER, "command_centre", "prompt utterance"),
    "prompt.withdrawn": _kind(RECORDER, "command_centre", "prompt by", "by_name"),
    # --- the end of retention; who ended it stays readable for ever
    "retention.ended": _kind(RECORDER, "recorder", "proposal case category until_us confirmed"),
    "key.destroyed": _kind(RECORDER, "recorder", "keys"),
    # --- documents that people sign
    "document.made": _kind(
        RECORDER,
        "command_centre",
        f"document type version pages page_digests head template template_version template_sha256"
        f" differences steps_missing by {_FILE}",
        "by_name requests",
    ),
    "record.drafted": _kind(
        RECORDER,
        "command_centre",
        "form version lines template template_own template_version template_sha256 sha256 size"
        " steps_missing by",
        "by_name",
    ),
    "record.justified": _kind(
        RECORDER, "command_centre", "critical others by", "differences reason by_name"
    ),
    "record.step": _kind(RECORDER, "command_centre", "step how by", "reason by_name"),
    "page.shown": _kind(
        RECORDER,
        "command_centre",
        "document page bitmap text signer from_us to_us scrolled_pm read_aloud large_type by",
    ),
    "page.signed": _kind(
        RECORDER,
        "command_centre",
        "document page bitmap text place signer role certificate points pointer from_us to_us"
        " fingerprint_sha256 fingerprint_bytes",
        "name strokes fingerprint fingerprint_mime",
    ),
    "sign.refused": _kind(
        RECORDER,
        "command_centre",
        "document signer role unable noted_by",
        "name reason witness noted_by_name",
    ),
    "room.checks": _kind(
        RECORDER, "command_centre", "points unmet hours_left by", "officers reason by_name"
    ),
    "officers.changed": _kind(RECORDER, "command_centre", "by", "officers by_name"),
    "attendants.changed": _kind(
        RECORDER, "command_centre", "roles by", "attendants mistaken by_name"
    ),
    "receipt.given": _kind(RECORDER, "command_centre", "seal size how by", "by_name"),
    "document.signed": _kind(
        RECORDER,
        "command_centre",
        f"document authority_sha256 by_hand refused signatures time_stamp unable {_FILE}",
    ),
    # --- a voice line from the centre to a room or a device (`to`)
    "voice.called": _kind(RECORDER, "command_centre", "line source by to", "by_name"),
    "voice.opened": _kind(RECORDER, "command_centre", "line by to", "by_name"),
    "voice.talk": _kind(RECORDER, "command_centre", "line by to side"),
    "voice.quiet": _kind(RECORDER, "command_centre", "line by from_us to side"),
    "voice.ended": _kind(RECORDER, "command_centre", "line why by to", "by_name"),
    # --- acts in the room
    "notice.read": _kind(
        RECORDER, "command_centre", "notice text_sha256 language how given_us by", "by_name"
    ),
    "notice.answered": _kind(
        RECORDER, "command_centre", "notice by", "understood recusal interpreter note by_name"
    ),
    "notice.signed": _kind(
        RECORDER,
        "command_centre",
        "notice text_sha256 language document type head template template_sha256 ink_sha256 points"
        f" pointer from_us to_us signatures authority_sha256 time_stamp by {_FILE}",
        "name strokes by_name",
    ),
    "notice.unsigned": _kind(
        RECORDER,
        "command_centre",
        "notice text_sha256 language why said_us by",
        "name reason witness by_name",
    ),
    "exhibit.shown": _kind(
        RECORDER,
        "command_centre",
        "exhibit exhibit_sha256 exhibit_size mime show number page picture_sha256 by",
        "title by_name",
    ),
    "exhibit.screen": _kind(RECORDER, "command_centre", "show state delay_ms"),
    "exhibit.view": _kind(RECORDER, "command_centre", "show from_us by", "samples by_name"),
    "exhibit.play": _kind(RECORDER, "command_centre", "show playing at_ms by", "by_name"),
    "exhibit.removed": _kind(
        RECORDER, "command_centre", "exhibit show shown_us by", "title by_name"
    ),
    "marker": _kind(RECORDER, "command_centre", "by", "text by_name"),
    "marker.withdrawn": _kind(RECORDER, "command_centre", "marker by", "reason by_name"),
    # --- instruments and alarms
    "reading": _kind(RECORDER, "command_centre", "device values alarms", "position"),
    "device.birth": _kind(RECORDER, "command_centre", "source by group node"),
    "device.death": _kind(RECORDER, "command_centre", "source by group node"),
    "device.sequence_gap": _kind(RECORDER, "command_centre", "source group node expected got"),
    "alarm.raised": _kind(
        RECORDER, "command_centre", "alarm source kind about level since_us value limit", "note"
    ),
    "alarm.cleared": _kind(RECORDER, "command_centre", "alarm source kind reason"),
    "alarm.acknowledged": _kind(RECORDER, "command_centre", "alarm source kind by", "by_name"),
    # --- who watched
    "view.join": _kind(RECORDER, "command_centre", "view viewer source login", "viewer_name"),
    "view.leave": _kind(RECORDER, "command_centre", "view viewer source login how", "viewer_name"),
    # --- accounts, cases, sources
    "login.ok": _kind(CENTRE, "command_centre", "login method", "account address"),
    "login.ended": _kind(CENTRE, "command_centre", "login by", "by_name"),
    "login.failed": _kind(CENTRE, "command_centre", "", "account address"),
    "login.locked": _kind(CENTRE, "command_centre", "", "account address"),
    "account.create": _kind(
        CENTRE, "command_centre", "id role cases by", "account name certificate by_name"
    ),
    "question.set": _kind(
        CENTRE,
        "command_centre",
        "question version wording by",
        "text_zh text_en topic topic_en by_name",
    ),
    "question.withdrawn": _kind(
        CENTRE, "command_centre", "question version by", "text_zh text_en topic topic_en by_name"
    ),
    "notice.set": _kind(
        CENTRE,
        "command_centre",
        "kind notice number text_sha256 left_out by",
        "title title_en lines by_name",
    ),
    "notice.used": _kind(
        CENTRE, "command_centre", "kind notice text_sha256 left_out by", "by_name"
    ),
    "point_template.set": _kind(
        CENTRE,
        "command_centre",
        "kind template number text_sha256 wording by",
        "title title_en points by_name",
    ),
    "point_template.used": _kind(
        CENTRE, "command_centre", "kind template text_sha256 wording by", "by_name"
    ),
    "point_template.withdrawn": _kind(CENTRE, "command_centre", "kind template by", "by_name"),
    "wording_rule.added": _kind(
        CENTRE,
        "command_centre",
        "rule category text_sha256 by",
        "words neutral neutral_en by_name",
    ),
    "wording_rule.off": _kind(CENTRE, "command_centre", "rule by", "by_name"),
    "wording_rule.on": _kind(CENTRE, "command_centre", "rule by", "by_name"),
    "key.rotation": _kind(CENTRE, "command_centre", "log by", "reason by_name"),
    "key.rotation_withdrawn": _kind(CENTRE, "command_centre", "log by", "by_name"),
    "process.restart": _kind(CENTRE, "command_centre", "processes by", "by_name"),
    "setting.changed": _kind(CENTRE, "command_centre", "setting before after by", "by_name"),
    "setting.restored": _kind(CENTRE, "command_centre", "setting before after by", "by_name"),
    "account.changed": _kind(
        CENTRE, "command_centre", "id role rooms by", "name certificate by_name"
    ),
    "account.locked": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.unlocked": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.invited": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.reach": _kind(CENTRE, "command_centre", "id cases by", "by_name"),
    "case.member": _kind(CENTRE, "command_centre", "case member role by", "name by_name"),
    "case.member_removed": _kind(CENTRE, "command_centre", "case member by", "reason name by_name"),
    "account.password": _kind(CENTRE, "command_centre", "by", "account by_name"),
    "account.code_added": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.code_removed": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.recovery_made": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "account.passkey_added": _kind(CENTRE, "command_centre", "id host by", "name by_name"),
    "account.passkey_removed": _kind(CENTRE, "command_centre", "id host by", "name by_name"),
    "account.outside_tied": _kind(CENTRE, "command_centre", "id how by", "subject by_name"),
    "account.outside_untied": _kind(CENTRE, "command_centre", "id by", "subject by_name"),
    "account.outside_role": _kind(CENTRE, "command_centre", "id role before"),
    "account.factors_reset": _kind(CENTRE, "command_centre", "id by", "by_name"),
    "case.create": _kind(
        CENTRE,
        "command_centre",
        "id case number kind incident_date opened lead by",
        "name name_en cause enterprise lead_name by_name",
    ),
    "case.changed": _kind(
        CENTRE,
        "command_centre",
        "case number kind incident_date opened lead by",
        "name name_en cause enterprise lead_name by_name",
    ),
    "case.state": _kind(CENTRE, "command_centre", "case state by", "reason by_name"),
    "person.add": _kind(
        CENTRE, "command_centre", "case person by", "name name_en post post_en role by_name"
    ),
    "person.changed": _kind(
        CENTRE, "command_centre", "case person by", "name name_en post post_en role aliases by_name"
    ),
    "person.removed": _kind(CENTRE, "command_centre", "case person by", "name by_name"),
    "task.add": _kind(
        CENTRE, "command_centre", "case task due assignee by", "title assignee_name by_name"
    ),
    "task.changed": _kind(
        CENTRE, "command_centre", "case task due assignee by", "title assignee_name by_name"
    ),
    "task.done": _kind(CENTRE, "command_centre", "case task by", "by_name"),
    "task.undone": _kind(CENTRE, "command_centre", "case task by", "by_name"),
    "task.dropped": _kind(CENTRE, "command_centre", "case task by", "by_name"),
    "note.added": _kind(
        CENTRE, "command_centre", "case session source note at_us by", "text by_name"
    ),
    "note.withdrawn": _kind(CENTRE, "command_centre", "case session note by", "by_name"),
    "case.vocabulary": _kind(CENTRE, "command_centre", "case version sha256 terms by"),
    "room.language": _kind(CENTRE, "command_centre", "case room language model model_sha256 by"),
    # --- points, names and differences
    "case.lexicon": _kind(
        CENTRE,
        "command_centre",
        "case sha256 people places equipment documents by",
        "content by_name",
    ),
    "case.device_log": _kind(
        CENTRE,
        "command_centre",
        "case device sha256 rows file_sha256 lines passed thinned zone by",
        "content file_name by_name",
    ),
    "case.device_log_withdrawn": _kind(
        CENTRE, "command_centre", "case device by", "reason by_name"
    ),
    "fact.stated": _kind(
        CENTRE,
        "command_centre",
        "case fact kind document point slot person by",
        "name value unit people entered quote page by_name",
    ),
    "fact.withdrawn": _kind(CENTRE, "command_centre", "case fact by", "reason by_name"),
    "point.add": _kind(
        CENTRE,
        "command_centre",
        "case point template utterance wording by",
        "text en content by_name",
    ),
    "point.changed": _kind(
        CENTRE, "command_centre", "case point wording by", "text en content by_name"
    ),
    "point.retired": _kind(CENTRE, "command_centre", "case point by", "reason by_name"),
    "point.resumed": _kind(CENTRE, "command_centre", "case point by", "by_name"),
    "difference.found": _kind(
        CENTRE, "command_centre", "case difference kind tier point slot rule a b engine"
    ),
    "difference.changed": _kind(
        CENTRE, "command_centre", "case difference kind tier point slot rule a b engine"
    ),
    "difference.gone": _kind(
        CENTRE, "command_centre", "case difference kind tier point slot rule a b engine"
    ),
    "suggestion.made": _kind(
        CENTRE,
        "command_centre",
        "case difference point slot a b model request_sha256 reply_sha256",
    ),
    "suggestion.withdrawn": _kind(CENTRE, "command_centre", "case difference point slot a b model"),
    "difference.review": _kind(
        CENTRE, "command_centre", "case difference state prompts by", "note by_name"
    ),
    "room.create": _kind(CENTRE, "command_centre", "room kind by", "name name_en by_name"),
    "room.changed": _kind(CENTRE, "command_centre", "room kind by", "name name_en by_name"),
    "room.retired": _kind(CENTRE, "command_centre", "room by", "by_name"),
    "room.resumed": _kind(CENTRE, "command_centre", "room by", "by_name"),
    "room.assigned": _kind(
        CENTRE, "command_centre", "room case from_case person seated attending by", "by_name"
    ),
    "room.seated": _kind(
        CENTRE, "command_centre", "case room person from_person from_room by", "name by_name"
    ),
    "room.vacated": _kind(CENTRE, "command_centre", "case room from_person by", "by_name"),
    "room.officers": _kind(CENTRE, "command_centre", "case room count by", "officers by_name"),
    "room.attendants": _kind(CENTRE, "command_centre", "case room roles by", "attendants by_name"),
    "source.create": _kind(
        CENTRE, "command_centre", "source room kind channels by", "name name_en by_name"
    ),
    "source.changed": _kind(CENTRE, "command_centre", "source room by", "name name_en by_name"),
    "source.invited": _kind(CENTRE, "command_centre", "source by", "by_name"),
    "source.pull": _kind(CENTRE, "command_centre", "source pulled by"),
    "source.token": _kind(CENTRE, "command_centre", "source by"),
    "device.invite": _kind(CENTRE, "command_centre", "case room by"),
    "device.join": _kind(CENTRE, "command_centre", "case room source invited_by", "address"),
    "device.revoke": _kind(CENTRE, "command_centre", "case source by", "by_name"),
    "upload.refused": _kind(CENTRE, "command_centre", "upload source code sha256 size"),
    "upload.expired": _kind(CENTRE, "command_centre", "upload source size"),
    "key.recovered": _kind(CENTRE, "command_centre", "unit custodians sessions by", "reason"),
    # --- how long it is kept
    "retention.set": _kind(CENTRE, "command_centre", "case category by", "reason by_name"),
    "hold.placed": _kind(CENTRE, "command_centre", "hold case session by", "reason by_name"),
    "hold.lifted": _kind(CENTRE, "command_centre", "hold case session by", "reason by_name"),
    "retention.proposed": _kind(
        CENTRE, "command_centre", "proposal session case category until_us by"
    ),
    "retention.confirmed": _kind(CENTRE, "command_centre", "proposal session case by", "by_name"),
    "retention.refused": _kind(
        CENTRE, "command_centre", "proposal session case by", "reason by_name"
    ),
    "retention.carried": _kind(
        CENTRE, "command_centre", "proposal session case keys files bytes payloads exports"
    ),
    # --- what became of the evidence
    "access.case": _kind(CENTRE, "command_centre", "case desk login by what"),
    "access.session": _kind(CENTRE, "command_centre", "case session login by"),
    "access.text": _kind(CENTRE, "command_centre", "case login by"),
    "access.search": _kind(CENTRE, "command_centre", "case login by", "query"),
    "access.media": _kind(CENTRE, "command_centre", "case session source view login by"),
    "access.media_end": _kind(
        CENTRE, "command_centre", "case session source view login by from_us to_us how"
    ),
    "access.document": _kind(CENTRE, "command_centre", "case session document by login signed"),
    "access.transcript": _kind(
        CENTRE, "command_centre", "case session format reading sentences by"
    ),
    "exhibit.added": _kind(
        CENTRE,
        "command_centre",
        "case exhibit exhibit_sha256 exhibit_size mime number form pages width height by",
        "title origin by_name",
    ),
    "exhibit.renamed": _kind(CENTRE, "command_centre", "case exhibit by", "title by_name"),
    "exhibit.withdrawn": _kind(CENTRE, "command_centre", "case exhibit by", "reason by_name"),
    "exhibit.restored": _kind(CENTRE, "command_centre", "case exhibit by", "by_name"),
    "exhibit.destroyed": _kind(CENTRE, "command_centre", "case exhibit exhibit_sha256 by"),
    "custody.offered": _kind(
        CENTRE, "command_centre", "case custody from to by", "note to_name by_name"
    ),
    "custody.accepted": _kind(CENTRE, "command_centre", "case custody from by", "note by_name"),
    "custody.declined": _kind(CENTRE, "command_centre", "case custody from by", "note by_name"),
    "copy.made": _kind(
        CENTRE, "command_centre", "case export type sha256 by", "label note by_name"
    ),
    "template.used": _kind(
        CENTRE, "command_centre", "form version sha256 size shipped by", "by_name"
    ),
    "verify": _kind(CENTRE, "command_centre", "target verdict by"),
    "export": _kind(
        CENTRE,
        "command_centre",
        "export case session size root sha256 verdict disclosure by",
        "reason by_name",
    ),
    "disclose.made": _kind(
        CENTRE,
        "command_centre",
        "disclosure case sessions withhold by",
        "reason to authorised_by by_name",
    ),
    "derived.made": _kind(
        CENTRE,
        "command_centre",
        "derived case session source start_us end_us path sha256 size of tool pictures"
        " hidden_pictures cut climate by",
        "reason by_name plan",
    ),
}


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
