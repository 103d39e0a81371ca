"""Who may do what: one table for every route and message. Checked on the server, nowhere else.

1. An account has a role in the agency. In a case it acts with its role *there*: the one its
   membership says, or, when it sees all cases and is no member, its role in the agency.
2. Who is no member and does not see all cases is an outsider: for them the case does not exist.
3. The role in the agency is the ceiling of the role in a case (``CASE_ROLES``).
4. Administrators reach every case, and may do nothing there that shows what was said.
5. An interviewer who is bound to rooms acts, and reads what belongs to a room, in those rooms only.
6. Auditors change nothing: they read, verify, and take packages away, and each of that is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from command_centre.errors import Rejected
from config.words import Role


class Action(StrEnum):
    """Everything that needs a login."""

    READ_SELF = "read_self"
    READ_CASE = "read_case"
    MANAGE_CASE = "manage_case"
    SEAT = "seat"
    KEEP_TASKS = "keep_tasks"
    READ_MEMBERS = "read_members"
    MANAGE_MEMBERS = "manage_members"
    READ_TEXT = "read_text"
    WATCH = "watch"
    ADD_POINT = "add_point"
    COMPARE = "compare"
    REVIEW = "review"
    RUN_SESSION = "run_session"
    PUBLISH = "publish"
    SEND_PROMPT = "send_prompt"
    TAKE_PROMPT = "take_prompt"
    ADD_MARKER = "add_marker"
    ACKNOWLEDGE_ALARM = "acknowledge_alarm"
    PAUSE = "pause"
    CALL_ROOM = "call_room"
    ANSWER_CALL = "answer_call"
    END_CALL = "end_call"
    CORRECT_TEXT = "correct_text"
    READ_RECORD = "read_record"
    KEEP_RECORD = "keep_record"
    PLAY = "play"
    KEEP_NOTES = "keep_notes"
    AUDIT = "audit"
    READ_CENTRE_LOG = "read_centre_log"
    VERIFY = "verify"
    EXPORT = "export"
    MAKE_COPIES = "make_copies"
    RETAIN = "retain"
    END_RETENTION = "end_retention"
    HAND_OVER = "hand_over"
    ROOM_ACT = "room_act"
    ADD_EXHIBIT = "add_exhibit"
    READ_CUSTODY = "read_custody"
    KEEP = "keep"
    READ_SYSTEM = "read_system"
    MANAGE_DEVICES = "manage_devices"
    READ_TEMPLATES = "read_templates"
    ADMINISTER = "administer"


_M, _I, _A, _X = Role.MANAGER, Role.INTERVIEWER, Role.AUDITOR, Role.ADMINISTRATOR

PERMISSIONS: dict[Action, frozenset[Role]] = {
    Action.READ_SELF: frozenset({_M, _I, _A, _X}),
    Action.READ_CASE: frozenset({_M, _I, _A}),
    Action.MANAGE_CASE: frozenset({_M}),
    Action.SEAT: frozenset({_M, _I, _X}),
    Action.KEEP_TASKS: frozenset({_M, _I}),
    Action.READ_MEMBERS: frozenset({_M, _I, _A, _X}),
    Action.MANAGE_MEMBERS: frozenset({_M, _X}),
    Action.READ_TEXT: frozenset({_M, _I, _A}),
    Action.WATCH: frozenset({_M, _I, _A}),
    Action.ADD_POINT: frozenset({_M}),
    Action.COMPARE: frozenset({_M, _A}),
    Action.REVIEW: frozenset({_M}),
    Action.RUN_SESSION: frozenset({_M, _I}),
    Action.PUBLISH: frozenset({_I}),
    Action.SEND_PROMPT: frozenset({_M}),
    Action.TAKE_PROMPT: frozenset({_I}),
    Action.ADD_MARKER: frozenset({_M, _I}),
    Action.ACKNOWLEDGE_ALARM: frozenset({_M}),
    Action.PAUSE: frozenset({_M, _I}),
    Action.CALL_ROOM: frozenset({_M}),
    Action.ANSWER_CALL: frozenset({_I}),
    Action.END_CALL: frozenset({_M, _I}),
    Action.CORRECT_TEXT: frozenset({_M, _I}),
    Action.READ_RECORD: frozenset({_M, _I, _A}),
    Action.KEEP_RECORD: frozenset({_M, _I}),
    Action.PLAY: frozenset({_M, _I, _A}),
    Action.KEEP_NOTES: frozenset({_M, _I}),
    Action.AUDIT: frozenset({_M, _A}),
    Action.READ_CENTRE_LOG: frozenset({_A, _X}),
    Action.VERIFY: frozenset({_M, _A}),
    Action.EXPORT: frozenset({_M, _A}),
    Action.MAKE_COPIES: frozenset({_M}),
    Action.RETAIN: frozenset({_M}),
    Action.END_RETENTION: frozenset({_M, _X}),
    Action.HAND_OVER: frozenset({_M, _I, _X}),
    Action.ROOM_ACT: frozenset({_M, _I}),
    Action.ADD_EXHIBIT: frozenset({_M, _I}),
    Action.READ_CUSTODY: frozenset({_M, _A, _X}),
    Action.KEEP: frozenset({_M, _X}),
    Action.READ_SYSTEM: frozenset({_M, _I, _A, _X}),
    Action.MANAGE_DEVICES: frozenset({_M, _X}),
    Action.READ_TEMPLATES: frozenset({_M, _I, _A, _X}),
    Action.ADMINISTER: frozenset({_X}),
}


#: Role in the agency -> the roles it may have in a case.
CASE_ROLES: dict[Role, frozenset[Role]] = {
    _M: frozenset({_M, _I, _A}),
    _I: frozenset({_I}),
    _A: frozenset({_A}),
    _X: frozenset(),
}


@dataclass(frozen=True)
class Caller:
    """Who is asking: a valid login and its account."""

    account_id: str
    account: str
    name: str
    role: Role  # in the agency; of a caller from ``in_case``: in that case
    rooms: frozenset[str]  # empty: every room
    login: str
    all_cases: bool = False
    cases: Mapping[str, Role] = field(default_factory=dict)  # memberships: case -> role there
    must_enrol: bool = False  # the role needs a second factor and there is none yet

    @property
    def limited_to(self) -> frozenset[str] | None:
        """The cases there are for this caller; None: every case."""
        if self.all_cases or self.role is Role.ADMINISTRATOR:
            return None
        return frozenset(self.cases)

    def in_case(self, case: str) -> Caller | None:
        """The same person with the role they have in a case; None: an outsider."""
        if self.role is Role.ADMINISTRATOR:
            return self
        role = self.cases.get(case)
        if role is not None and role in CASE_ROLES[self.role]:
            return replace(self, role=role)
        return self if self.all_cases else None

    def may(self, action: Action) -> bool:
        """Whether the role may do this."""
        return self.role in PERMISSIONS[action]

    def may_call(self, case: str, room: str) -> bool:
        """Whether they may speak with a room of a case and its devices, and take their calls."""
        return self._may_in(case, room, Action.CALL_ROOM)

    def may_see(self, case: str, room: str) -> bool:
        """Whether they may read of a room of a case."""
        return self._may_in(case, room, Action.READ_CASE)

    def _may_in(self, case: str, room: str, action: Action) -> bool:
        inside = self.in_case(case)
        return inside is not None and inside.may(action) and (not self.rooms or room in self.rooms)

    def require(self, action: Action) -> None:
        """Raise ``forbidden`` unless the role may do this."""
        if self.must_enrol and action is not Action.READ_SELF:
            raise Rejected("factor_missing", "set up a second factor on your account page first")
        if not self.may(action):
            allowed = ", ".join(sorted(PERMISSIONS[action]))
            raise Rejected("forbidden", f"this needs the role {allowed}; yours is {self.role}")

    def require_room(self, room: str) -> None:
        """Raise ``wrong_room`` when the account is bound to other rooms."""
        if self.rooms and room not in self.rooms:
            raise Rejected("wrong_room", "your account is bound to another room")
