"""Errors as RFC 9457 problem documents. One table gives every code its status and its title.

Desks translate by ``code``; ``title`` and ``detail`` are for people reading the wire or the log.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from command_centre.errors import Rejected

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
_ASK_AGAIN = ("no_open_session", "too_many_requests")

PROBLEMS: dict[str, tuple[int, str]] = {
    # what was sent
    "malformed_request": (400, "The request cannot be read"),
    "malformed_message": (400, "The message cannot be read"),
    "message_too_large": (413, "The message is too large"),
    "malformed_sdp": (400, "The SDP offer cannot be read"),
    "malformed_fragment": (400, "The SDP fragment cannot be read"),
    "bad_case": (400, "The case cannot be like this"),
    "bad_task": (400, "The task cannot be like this"),
    "bad_text": (400, "The text is empty or too long"),
    "bad_search": (400, "There is nothing to look for"),
    "bad_lexicon": (400, "The names of the case cannot be used"),
    "bad_fact": (400, "What the document states is not clear"),
    "fact_read_otherwise": (409, "The value is read in another way now"),
    "fact_known": (409, "This document states this already"),
    "too_many_facts": (409, "There are too many statements of documents"),
    "unknown_fact": (404, "There is no such statement of a document"),
    "bad_device_log": (400, "The file of stored values cannot be read"),
    "device_log_known": (409, "This file is in the case already"),
    "too_many_device_logs": (409, "There are too many stored logs"),
    "unknown_device_log": (404, "There is no such stored log"),
    "bad_review": (400, "What the difference is said to be is not clear"),
    "bad_template": (400, "Which points of the template is not clear"),
    "bad_rooms": (400, "No room was named"),
    "bad_pause": (400, "What to withhold, or why, is not clear"),
    "bad_disclosure": (400, "What is to be withheld is not clear"),
    "bad_clip": (400, "This stretch cannot be a clip"),
    "bad_exhibit_clip": (400, "This stretch cannot be a clip that is shown"),
    "bad_moment": (400, "This moment or stretch is not possible"),
    "too_many_notes": (409, "There are too many notes"),
    "too_many_sessions": (400, "Too many sessions at once"),
    "unknown_note": (404, "There is no such note"),
    "no_readings": (400, "Nothing was measured in this stretch"),
    "unknown_marker": (404, "There is no such marker"),
    "not_yours": (403, "This is somebody else's"),
    "strips_busy": (503, "The picture of this stretch cannot be drawn just now"),
    "bad_plan": (400, "What is to be hidden is not clear"),
    "no_face_model": (409, "There is no model that finds faces"),
    "media_error": (409, "The media cannot be worked on"),
    "bad_witness": (400, "Who asks or is questioned is no witness of it"),
    "bad_reason": (400, "A reason is needed"),
    "bad_category": (400, "There is no such category"),
    "bad_target": (400, "The target is not clear"),
    "bad_desk": (400, "There is no such desk"),
    "bad_reading": (400, "The reading is not what was expected"),
    "weak_password": (400, "The password is too short"),
    "bad_notice": (400, "What was read or answered is not clear"),
    "bad_notice_time": (400, "The time is not one from two hours before the start until now"),
    "notice_other_person": (409, "Somebody else is questioned in this session"),
    "notice_other_version": (409, "Another version of the notice was given in this session"),
    "notice_signed": (409, "The notice is signed already"),
    "notice_unread": (409, "The notice is given and answered first, then signed"),
    "bad_exhibit": (400, "The file cannot be an exhibit"),
    "bad_keeper": (400, "Evidence cannot be handed to this person"),
    "bad_checks": (400, "The check list is not whole"),
    "bad_receipt": (400, "This is not a receipt, or it is damaged"),
    "not_sealed": (409, "The session is not sealed yet"),
    "bad_copy": (400, "Which copy was made is not clear"),
    "bad_strokes": (400, "The handwriting cannot be used"),
    "bad_fingerprint": (400, "The picture of the fingerprint cannot be used"),
    "bad_record": (400, "The record cannot be made like this"),
    "too_large": (413, "The body is too large"),
    "unsupported_type": (415, "The body is of the wrong type"),
    "unsupported_codec": (422, "The codecs offered are not supported"),
    "bad_metadata": (400, "The upload's metadata cannot be used"),
    "tus_version": (412, "This version of tus is not spoken here"),
    "upload_length": (400, "The upload's length is not given or too large"),
    "upload_offset": (409, "The upload goes on at another offset"),
    "upload_busy": (423, "The upload is being written by another connection"),
    "upload_complete": (409, "The upload has arrived already"),
    "upload_checksum": (460, "The bytes are not those of the checksum"),
    "checksum_unknown": (400, "The checksum cannot be used"),
    "too_many_uploads": (429, "There are too many unfinished uploads"),
    "precondition_failed": (412, "The ICE session was replaced"),
    "precondition_required": (428, "If-Match is missing"),
    # who sent it
    "login_required": (401, "Log in first"),
    "wrong_password": (401, "Account or password is wrong"),
    "token_required": (401, "A bearer token is needed"),
    "token_unknown": (401, "The bearer token is unknown or has expired"),
    "token_of_other_source": (403, "The bearer token belongs to another source"),
    "join_unknown": (404, "There is no such join code"),
    "join_expired": (410, "The join code has expired"),
    "join_used": (410, "The join code has been used"),
    "header_required": (403, "The header X-Duizhi: 1 is missing"),
    "forbidden": (403, "Your role does not allow this"),
    "wrong_room": (403, "This concerns another room"),
    "account_locked": (423, "The account is locked"),
    # what it concerns
    "not_found": (404, "There is nothing at this address"),
    "room_exists": (409, "There is a room of this name"),
    "room_in_use": (409, "A case uses the room"),
    "room_free": (409, "No case uses the room"),
    "room_site": (409, "Nobody is seated on a site"),
    "unknown_person": (404, "There is no such person"),
    "person_kept": (409, "Who is questioned stays until the session ends"),
    "person_elsewhere": (409, "The person is being questioned elsewhere"),
    "person_seated": (409, "The person sits in a room"),
    "person_heard": (409, "The person was questioned already"),
    "person_named": (409, "A document of the case is about this person"),
    "attendant_elsewhere": (409, "Somebody who attends is in a session of another room"),
    "attendant_signed": (409, "Somebody who signed, or refused to, was there"),
    "attendants_changed": (409, "The list of who attends was changed meanwhile"),
    "attends_here": (409, "Somebody attends in this room, and cannot ask or be questioned there"),
    "page_signers_full": (409, "So many cannot sign each page of one session"),
    "officer_elsewhere": (409, "An officer is in a session elsewhere"),
    "bad_officers": (400, "The officers cannot be named like this"),
    "bad_attendants": (400, "Who attends cannot be named like this"),
    "room_retired": (409, "The room is out of service"),
    "too_many_rooms": (409, "There are as many rooms as there can be"),
    "account_disabled": (423, "An administrator has locked the account"),
    "own_account": (409, "Nobody does this to their own account"),
    "last_administrator": (409, "The last administrator stays"),
    "invitation_over": (410, "The invitation is used or over"),
    "source_exists": (409, "The room has a device of this name"),
    "registry_full": (409, "There are as many sources as there can be"),
    "bad_address": (400, "This is no address of a camera"),
    "unknown_question": (404, "There is no such question"),
    "leading_wording": (409, "The wording may lead or press"),
    "bad_template_text": (400, "The template is empty, too long, or not complete"),
    "template_exists": (409, "Another kind of violation has this name"),
    "template_changed": (409, "Another version of the template is in use now"),
    "too_many_templates": (409, "There are as many templates or versions as there can be"),
    "unknown_wording_rule": (404, "There is no such rule of wording"),
    "bad_wording_rule": (400, "The words or the suggestion are not what was expected"),
    "wording_rule_exists": (409, "These words are kept already"),
    "too_many_wording_rules": (409, "There are as many rules of wording as there can be"),
    "unknown_notice": (404, "There is no such notice, or no such version of it"),
    "bad_notice_text": (400, "The notice is empty, too long, or not in both languages"),
    "notice_doubts": (409, "The notice seems to leave something out"),
    "too_many_notices": (409, "There are as many versions of the notice as there can be"),
    "too_many_questions": (409, "There are as many questions as there can be"),
    "unknown_task": (404, "There is no such task"),
    "unknown_account": (404, "There is no such account"),
    "unknown_log": (404, "There is no such log"),
    "jobs_running": (409, "A verification or an export is running"),
    "rotation_waiting": (409, "New keys were ordered already"),
    "rotation_taken": (409, "The process has taken the order for new keys already"),
    "no_rotation": (409, "No order for new keys is waiting"),
    "cannot_restart": (409, "Nothing would start the process again"),
    "recorder_restarting": (503, "The recorder is starting again"),
    "unknown_setting": (404, "There is no such setting"),
    "needs_restart": (409, "This setting holds from a restart on"),
    "bad_setting": (422, "The setting cannot have this value"),
    "case_closed": (409, "The case is closed"),
    "case_exists": (409, "There is a case of this number"),
    "person_known": (409, "Somebody of this name is in the case"),
    "sessions_open": (409, "There are open sessions"),
    "unknown_case": (404, "There is no such case"),
    "unknown_room": (404, "There is no such room"),
    "unknown_source": (404, "There is no such source"),
    "connection_unknown": (404, "There is no such connection, or it is over"),
    "unknown_session": (404, "There is no such session"),
    "session_unknown": (404, "There is no such session"),
    "unknown_utterance": (404, "There is no such sentence"),
    "unknown_format": (404, "There is no such format"),
    "unknown_prompt": (404, "There is no such prompt"),
    "unknown_tile": (404, "There is no such part of the map"),
    "unknown_step": (404, "There is no such step"),
    "unknown_document": (404, "There is no such document"),
    "unknown_place": (404, "There is no such place to sign"),
    "unknown_point": (404, "There is no such point"),
    "unknown_form": (404, "There is no such form of record"),
    "unknown_template": (404, "There is no such template"),
    "unknown_difference": (404, "There is no such difference"),
    "too_many_points": (409, "The case has as many points as it can take"),
    "unknown_alarm": (404, "There is no such alarm"),
    "job_unfinished": (409, "The job is not finished"),
    "unknown_package": (404, "There is no such package"),
    "unknown_job": (404, "There is no such job"),
    "unknown_export": (404, "There is no such export"),
    "bad_speaker": (400, "The speaker of this sentence cannot be chosen"),
    "unknown_language": (409, "No model is loaded for this language"),
    "unknown_exhibit": (404, "There is no such exhibit"),
    "unknown_page": (404, "There is no such page"),
    "unknown_custody": (404, "There is no such handing over"),
    "unknown_entry": (404, "There is no such entry"),
    "unknown_upload": (404, "There is no such upload"),
    "unknown_passkey": (404, "There is no such passkey"),
    "unknown_login": (404, "There is no such login"),
    "code_required": (401, "A one-time code is needed as well"),
    "passkey_required": (401, "A passkey is needed"),
    "wrong_code": (401, "The code is wrong"),
    "ticket_over": (409, "This took too long"),
    "passkey_place": (409, "No passkey can be used at this address"),
    "passkey_refused": (401, "The passkey was not accepted"),
    "too_many_passkeys": (409, "There are too many passkeys"),
    "no_codes": (409, "No one-time codes are set up"),
    "secret_unreadable": (500, "The second factor cannot be read"),
    "factor_missing": (403, "A second factor must be set up first"),
    "unknown_model": (404, "There is no such model"),
    "model_language": (409, "The model is of another language"),
    "model_missing": (409, "The model is not installed where speech is recognised"),
    "model_too_large": (409, "There is too little memory for the model"),
    "bad_model": (409, "The model cannot be used"),
    "transcriber_unreachable": (503, "Speech recognition does not answer"),
    "unknown_reading": (404, "There is no such reading"),
    "reading_unfinished": (409, "The session is still being heard"),
    "model_kind": (409, "The model does not hear people while they speak"),
    "model_unreadable": (500, "A file of the model cannot be read"),
    "oidc_off": (404, "There is no sign-in of the agency here"),
    "oidc_unreachable": (503, "The agency's sign-in does not answer"),
    "oidc_over": (410, "This sign-in is over or began elsewhere"),
    "oidc_refused": (401, "The agency's sign-in did not let them in"),
    "oidc_not_tied": (403, "No account is tied to this person"),
    "oidc_no_role": (403, "The agency's sign-in gives no role here"),
    "oidc_taken": (409, "This person is tied to another account"),
    "unknown_hold": (404, "There is no such hold"),
    "bad_role": (400, "This account cannot have that role in a case"),
    "no_segment": (404, "Nothing was recorded at that time"),
    "no_camera": (404, "The room has no camera"),
    "no_site": (409, "The case has no site"),
    "too_many_devices": (409, "The site has as many devices as it can take"),
    "too_many_requests": (429, "Too many requests"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "hello_repeated": (409, "The desk has said hello already"),
    "account_exists": (409, "The account exists"),
    "session_open": (409, "A session is open"),
    "pull_in_use": (409, "A session that the camera records is open"),
    "prompt_closed": (409, "The session is sealed, and its prompts with it"),
    "session_closed": (409, "The session is closed"),
    "no_open_session": (409, "No session is open in the room"),
    "source_busy": (409, "The source is publishing already"),
    "not_paused": (409, "Nothing is paused"),
    "pause_changed": (409, "Another pause is in force"),
    "line_busy": (409, "Somebody speaks to this room or device already"),
    "cannot_answer": (409, "This kind of device cannot take a call"),
    "cannot_call": (409, "This kind of device cannot call"),
    "no_case": (409, "The place of this device belongs to no case"),
    "line_taken": (409, "Somebody else has taken the call"),
    "device_away": (409, "The device is not connected and gets no call"),
    "unknown_line": (404, "There is no such call"),
    "line_over": (409, "The call is over"),
    "line_not_open": (409, "Nobody has taken the call yet"),
    "not_your_line": (403, "Somebody else speaks on this line"),
    "sound_withheld": (409, "Sound of the room is withheld"),
    "too_many_talks": (409, "Nobody may begin to speak more often in one call"),
    "late_overlap": (409, "This time was received live"),
    "not_proposed": (409, "Nobody proposes to end its retention"),
    "on_hold": (409, "A legal hold lies on it"),
    "second_person": (409, "Another person must confirm it"),
    "manager_first": (409, "A manager of the case confirms it first"),
    "retention_ended": (409, "Its retention has ended"),
    "retention_refused": (409, "Its retention cannot end yet"),
    "words_changed": (409, "The words of the session were changed meanwhile"),
    "text_changed": (409, "The sentence was corrected meanwhile"),
    "differences_open": (409, "Differences between record and recording are open"),
    "difference_gone": (409, "The text was changed, it has no such difference now"),
    "steps_open": (409, "Required steps are missing"),
    "template_unusable": (409, "The Word template cannot be filled"),
    "record_changed": (409, "The text was changed meanwhile"),
    "record_replaced": (409, "A newer version of the document was made"),
    "record_finished": (409, "The document is signed already"),
    "record_incomplete": (409, "Not everybody has signed or refused"),
    "signer_arrived": (409, "Somebody came after the document was made"),
    "refusal_unattested": (409, "The refusal to sign is not attested"),
    "signer_done": (409, "They have signed or refused already"),
    "not_on_camera": (409, "Signing is not being recorded"),
    "page_not_shown": (409, "The page was not shown before"),
    "wrong_signer": (409, "The account belongs to somebody else"),
    "place_signed": (409, "The place is signed already"),
    "signed_by_person": (409, "The person questioned has signed a document of this session"),
    "signing_key_gone": (409, "The signing key must be opened again"),
    "custody_open": (409, "A handing over waits for its answer"),
    "custody_settled": (409, "This handing over was settled already"),
    "not_keeper": (403, "You do not keep this evidence"),
    "no_picture": (409, "There is no picture at that moment"),
    "no_positions": (409, "No device has said where it is"),
    "exhibit_withdrawn": (409, "The exhibit was withdrawn; restore it to show it"),
    "exhibit_on_screen": (409, "The exhibit is on a room's screen; take it away first"),
    "exhibit_ended": (409, "The exhibit was destroyed with the recording it was taken from"),
    "exhibit_altered": (409, "The exhibit is not what was added"),
    "illegal_step": (409, "The prompt is not in the state this needs"),
    "nothing_recorded": (409, "The session has no recording"),
    "nothing_to_export": (409, "Nothing has been recorded"),
    "segment_altered": (409, "The segment is not what the log says"),
    "segment_sealed": (409, "The segment is encrypted and cannot be opened on this machine"),
    # what is wrong on our side
    "recorder_refused": (502, "The recorder refused"),
    "search_unavailable": (503, "The search index does not answer"),
    "recorder_unreachable": (503, "The recorder does not answer"),
    "recorder_slow": (503, "The recorder's log has not arrived yet"),
    "disk_full": (503, "The disk is full"),
    "store_busy": (503, "The recorder's store takes no more for now"),
    "too_many_sources": (503, "The recorder takes no more sources"),
    "log_unavailable": (503, "The centre's log cannot be written"),
    "database_unavailable": (503, "The centre's database cannot be written"),
    "stopping": (503, "The centre is stopping"),
    "fonts_missing": (500, "The fonts for documents are not installed"),
    "record_failed": (500, "The document cannot be made"),
    "store_unreadable": (500, "The store cannot be read"),
    "internal_error": (500, "Something went wrong here"),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The members every problem has (RFC 9457 section 3.1) and our ``code``."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def problem(
    code: str,
    detail: str,
    extra: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document."""
    status, title = PROBLEMS[code]
    body = Problem(
        type=f"urn:duizhi:problem:{code}", title=title, status=status, detail=detail, code=code
    )
    members = {**msgspec.to_builtins(body), **(extra or {})}
    sent = dict(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE or code in _ASK_AGAIN:
        sent.setdefault("Retry-After", str(RETRY_AFTER_S))
    if code in ("token_required", "token_unknown"):
        sent["WWW-Authenticate"] = 'Bearer realm="duizhi"'
    return Response(
        msgspec.json.encode(members), status_code=status, media_type=MEDIA_TYPE, headers=sent
    )


def from_rejected(error: Rejected) -> Response:
    """The problem of a refusal."""
    code = error.code if error.code in PROBLEMS else "internal_error"
    wait_s = error.extra.get("retry_after_s")
    headers = {"Retry-After": str(wait_s)} if wait_s is not None else None
    return problem(code, error.detail, error.extra, headers)


async def on_rejected(_request: Request, error: Exception) -> Response:
    """Starlette's handler of ``Rejected``."""
    assert isinstance(error, Rejected)
    return from_rejected(error)


async def on_http_exception(_request: Request, error: Exception) -> Response:
    """Starlette's own 404, 405 and the like."""
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    code = codes.get(error.status_code, "malformed_request")
    return problem(code, PROBLEMS[code][1], headers=dict(error.headers or {}))


async def on_exception(_request: Request, error: Exception) -> Response:
    """What nobody expected; Starlette raises it again for the server's log."""
    return problem("internal_error", f"{type(error).__name__}; the server's log says where")
