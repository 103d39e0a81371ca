"""Kinds of entries in a recorder's log, and those that every log has.

config/kinds.py joins both tables (kinds_of_centre.py is the other) and says what is private.
"""

from __future__ import annotations

from config.entry_kind import EVERY, RECORDER, EntryKind, entry_kind

_FILE = "path sha256 size sealed_sha256 sealed_size"

RECORDER_KINDS: dict[str, EntryKind] = {
    # --- of the log itself
    "log.open": entry_kind(
        EVERY, "evidence_store", "key_sha256 name origin software version settings_sha256"
    ),
    "process.start": entry_kind(EVERY, "evidence_store", "name software version settings_sha256"),
    "recover": entry_kind(
        EVERY,
        "evidence_store",
        "from_size size discarded_bytes discarded_sha256 orphans orphans_total mirrors",
    ),
    "disk.failed": entry_kind(EVERY, "evidence_store", "directory why left"),
    "disk.joined": entry_kind(
        EVERY, "evidence_store", "directory from_size entries files bytes lacking"
    ),
    "space.low": entry_kind(RECORDER, "recorder", "free_bytes bytes_per_s minutes"),
    "space.critical": entry_kind(RECORDER, "recorder", "free_bytes bytes_per_s minutes"),
    "space.ok": entry_kind(RECORDER, "recorder", "free_bytes bytes_per_s minutes"),
    "key.host": entry_kind(EVERY, "evidence_store", "keys root root_certificate session_keys"),
    "key.rotate": entry_kind(
        EVERY, "evidence_store", "keys certificate root root_certificate", "reason"
    ),
    "key.compromised": entry_kind(EVERY, "evidence_store", "key_sha256 trusted_size", "reason"),
    "witness.policy": entry_kind(EVERY, "command_centre", "sha256 size"),
    "witness.lost": entry_kind(EVERY, "command_centre", "witness outside reason"),
    "witness.back": entry_kind(EVERY, "command_centre", "witness outside lost_us"),
    "stamp.token": entry_kind(EVERY, "command_centre", "authority size root sha256 time_us"),
    "stamp.lost": entry_kind(EVERY, "command_centre", "stamp outside reason"),
    "stamp.back": entry_kind(EVERY, "command_centre", "stamp outside lost_us"),
    # --- a session
    "session.open": entry_kind(
        RECORDER, "recorder", "case case_number room_name kind roles opened_by sealing", "people"
    ),
    "key.session": entry_kind(RECORDER, "evidence_store", "key certificate"),
    "session.seal": entry_kind(RECORDER, "evidence_store", "final last_seq entries note"),
    "session.close": entry_kind(
        RECORDER, "recorder", "closed_by start_us end_us missed recordings", "reason"
    ),
    "recording.open": entry_kind(
        RECORDER, "recorder", "source source_kind origin_us channels", "name"
    ),
    "recording.close": entry_kind(
        RECORDER,
        "recorder",
        "source start_us end_us recorded_us gap_us pause_us segments tracks clock",
    ),
    "media.init": entry_kind(RECORDER, "recorder", f"source epoch mime audio video {_FILE}"),
    "media.segment": entry_kind(
        RECORDER,
        "recorder",
        "source epoch number start_us duration_us media_start_us frames audio_packets"
        f" sender_reports rtp tracks {_FILE}",
    ),
    "media.gap": entry_kind(RECORDER, "recorder", "source start_us end_us track cause"),
    "media.pause": entry_kind(RECORDER, "recorder", "source start_us end_us track pause"),
    "pause.begin": entry_kind(RECORDER, "recorder", "pause tracks start_us by", "reason by_name"),
    "pause.end": entry_kind(RECORDER, "recorder", "pause start_us end_us why by", "by_name"),
    "device.held": entry_kind(
        RECORDER, "command_centre", "pause source tracks start_us end_us by", "reason by_name"
    ),
    "tick": entry_kind(RECORDER, "recorder", "n missed sources paused disk_free_bytes"),
    "clock": entry_kind(RECORDER, "recorder", "timeline_us wall_us sources"),
    # --- handed over afterwards
    "late.file": entry_kind(
        RECORDER,
        "recorder",
        "source file start_us end_us duration_us placed by received_us clock_offset_us"
        f" device_start_us device_previous_sha256 kind sha256_said handed_over_sha256 {_FILE}",
        "name by_name",
    ),
    "late.init": entry_kind(RECORDER, "recorder", f"source file epoch mime {_FILE}"),
    "late.segment": entry_kind(
        RECORDER,
        "recorder",
        "source file epoch number start_us duration_us media_start_us frames audio_packets"
        f" {_FILE}",
    ),
    "late.filed": entry_kind(RECORDER, "recorder", "source file segments late_us"),
    "late.index": entry_kind(RECORDER, "recorder", "session source file files"),
    # --- what was said and asked
    "utterance": entry_kind(
        RECORDER,
        "transcription",
        "source id speaker start_us end_us language model model_sha256 vocabulary"
        " proposed resemblance_pm",
        "text words repairs",
    ),
    "utterance.speaker": entry_kind(RECORDER, "command_centre", "utterance speaker by", "by_name"),
    "utterance.doubtful": entry_kind(
        RECORDER,
        "transcription",
        "source id speaker start_us end_us language model model_sha256 vocabulary"
        " proposed resemblance_pm why",
        "text words repairs",
    ),
    "transcription.language": entry_kind(
        RECORDER, "command_centre", "language from_us by model model_sha256", "by_name"
    ),
    "transcription.model_missing": entry_kind(
        RECORDER, "command_centre", "language model model_sha256 used_sha256 why"
    ),
    "transcription.model_back": entry_kind(
        RECORDER, "command_centre", "language model model_sha256"
    ),
    "transcription.vocabulary": entry_kind(
        RECORDER, "command_centre", "version sha256 terms by", "by_name"
    ),
    "utterance.second": entry_kind(
        RECORDER,
        "command_centre",
        "source id speaker start_us end_us language engine model model_sha256 vocabulary",
        "text words repairs",
    ),
    "utterance.second_asked": entry_kind(
        RECORDER, "command_centre", "language engine model model_sha256 by", "by_name"
    ),
    "utterance.second_done": entry_kind(
        RECORDER, "command_centre", "language engine model model_sha256 sentences from_us"
    ),
    "utterance.corrected": entry_kind(
        RECORDER, "command_centre", "utterance version source by", "text reason by_name"
    ),
    "prompt.issued": entry_kind(
        RECORDER,
        "command_centre",
        "prompt group point difference wording question question_version by target_room",
        "text by_name wording_before",
    ),
    "prompt.delivered": entry_kind(RECORDER, "command_centre", "prompt desk"),
    "prompt.shown": entry_kind(RECORDER, "command_centre", "prompt desk"),
    "prompt.acknowledged": entry_kind(RECORDER, "command_centre", "prompt by"),
    "prompt.declined": entry_kind(RECORDER, "command_centre", "prompt by", "reason"),
    "prompt.answered": entry_kind(RECORDER, "command_centre", "prompt utterance"),
    "prompt.withdrawn": entry_kind(RECORDER, "command_centre", "prompt by", "by_name"),
    # --- the end of retention; who ended it stays readable for ever
    "retention.ended": entry_kind(
        RECORDER, "recorder", "proposal case category until_us confirmed"
    ),
    "key.destroyed": entry_kind(RECORDER, "recorder", "keys"),
    # --- documents that people sign
    "document.made": entry_kind(
        RECORDER,
        "command_centre",
        f"document type version pages page_digests head template template_version template_sha256"
        f" differences steps_missing by {_FILE}",
        "by_name requests",
    ),
    "record.drafted": entry_kind(
        RECORDER,
        "command_centre",
        "form version lines template template_own template_version template_sha256 sha256 size"
        " steps_missing by",
        "by_name",
    ),
    "record.justified": entry_kind(
        RECORDER, "command_centre", "critical others by", "differences reason by_name"
    ),
    "record.step": entry_kind(RECORDER, "command_centre", "step how by", "reason by_name"),
    "page.shown": entry_kind(
        RECORDER,
        "command_centre",
        "document page bitmap text signer from_us to_us scrolled_pm read_aloud large_type by",
    ),
    "page.signed": entry_kind(
        RECORDER,
        "command_centre",
        "document page bitmap text place signer role certificate points pointer from_us to_us"
        " fingerprint_sha256 fingerprint_bytes",
        "name strokes fingerprint fingerprint_mime",
    ),
    "page.signed_late": entry_kind(
        RECORDER,
        "command_centre",
        "document page bitmap text place signer role certificate points pointer from_us to_us"
        " fingerprint_sha256 fingerprint_bytes",
        "name strokes fingerprint fingerprint_mime reason",
    ),
    "sign.refused": entry_kind(
        RECORDER,
        "command_centre",
        "document signer role unable noted_by",
        "name reason witness noted_by_name",
    ),
    "signer.corrected": entry_kind(
        RECORDER,
        "command_centre",
        "document signer role log_role noted_by",
        "name reason noted_by_name",
    ),
    "room.checks": entry_kind(
        RECORDER, "command_centre", "points unmet hours_left by", "officers reason by_name"
    ),
    "officers.changed": entry_kind(RECORDER, "command_centre", "by", "officers by_name"),
    "attendants.changed": entry_kind(
        RECORDER, "command_centre", "roles by", "attendants mistaken by_name"
    ),
    "receipt.given": entry_kind(RECORDER, "command_centre", "seal size how by", "by_name"),
    "document.signed": entry_kind(
        RECORDER,
        "command_centre",
        "document authority_sha256 by_hand late refused corrected signatures time_stamp unable"
        f" {_FILE}",
    ),
    # --- a voice line from the centre to a room or a device (`to`)
    "voice.called": entry_kind(RECORDER, "command_centre", "line source by to", "by_name"),
    "voice.opened": entry_kind(RECORDER, "command_centre", "line by to", "by_name"),
    "voice.talk": entry_kind(RECORDER, "command_centre", "line by to side"),
    "voice.quiet": entry_kind(RECORDER, "command_centre", "line by from_us to side"),
    "voice.ended": entry_kind(RECORDER, "command_centre", "line why by to", "by_name"),
    # --- acts in the room
    "notice.read": entry_kind(
        RECORDER, "command_centre", "notice text_sha256 language how given_us by", "by_name"
    ),
    "notice.answered": entry_kind(
        RECORDER, "command_centre", "notice by", "understood recusal interpreter note by_name"
    ),
    "notice.signed": entry_kind(
        RECORDER,
        "command_centre",
        "notice text_sha256 language document type head template template_sha256 ink_sha256 points"
        f" pointer from_us to_us signatures authority_sha256 time_stamp by {_FILE}",
        "name strokes by_name",
    ),
    "notice.unsigned": entry_kind(
        RECORDER,
        "command_centre",
        "notice text_sha256 language why said_us by",
        "name reason witness by_name",
    ),
    "exhibit.shown": entry_kind(
        RECORDER,
        "command_centre",
        "exhibit exhibit_sha256 exhibit_size mime show number page picture_sha256 by",
        "title by_name",
    ),
    "exhibit.screen": entry_kind(RECORDER, "command_centre", "show state delay_ms"),
    "exhibit.view": entry_kind(RECORDER, "command_centre", "show from_us by", "samples by_name"),
    "exhibit.play": entry_kind(RECORDER, "command_centre", "show playing at_ms by", "by_name"),
    "exhibit.removed": entry_kind(
        RECORDER, "command_centre", "exhibit show shown_us by", "title by_name"
    ),
    "marker": entry_kind(RECORDER, "command_centre", "by", "text by_name"),
    "marker.withdrawn": entry_kind(RECORDER, "command_centre", "marker by", "reason by_name"),
    # --- instruments and alarms
    "reading": entry_kind(RECORDER, "command_centre", "device values alarms", "position"),
    "device.birth": entry_kind(RECORDER, "command_centre", "source by group node"),
    "device.death": entry_kind(RECORDER, "command_centre", "source by group node"),
    "device.sequence_gap": entry_kind(RECORDER, "command_centre", "source group node expected got"),
    "alarm.raised": entry_kind(
        RECORDER, "command_centre", "alarm source kind about level since_us value limit", "note"
    ),
    "alarm.cleared": entry_kind(RECORDER, "command_centre", "alarm source kind reason"),
    "alarm.acknowledged": entry_kind(RECORDER, "command_centre", "alarm source kind by", "by_name"),
    # --- who watched
    "view.join": entry_kind(RECORDER, "command_centre", "view viewer source login", "viewer_name"),
    "view.leave": entry_kind(
        RECORDER, "command_centre", "view viewer source login how", "viewer_name"
    ),
}
