"""What a record of questioning says, as values: the one input from which its pages are made.

The same content gives the same bytes, on any machine with the same fonts and template. Texts come
from the final utterances and from officers' edits; nothing here decides what was said.

``code`` is random and printed on every page. It names the document, and it makes every digest of a
page or file of it one that nobody can guess from the words alone (facts/evidence.md, F.2).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from evidence_store.document_account import DocumentHead

#: Times on documents are those of China, which has one time zone.
CHINA = timezone(timedelta(hours=8))

LINES_MAX = 3000
LINE_CHARACTERS_MAX = 20_000
FIELD_CHARACTERS_MAX = 300
#: How the notice was given, with a note of 300 characters in the person's words, and a reason.
NOTICE_CHARACTERS_MAX = 600
ANCHORS_MAX = 500
LINE_KINDS = ("q", "a", "n", "f")
#: Duties of those who attend a questioning and sign its record beside the person questioned and
#: the officers, as a document calls them (facts/trade.md, 1.1).
ATTENDING = {
    "interpreter": "翻译人员",
    "guardian": "法定代理人",
    "appropriate_adult": "合适成年人",
    "lawyer": "律师",
    "attesting_witness": "见证人",
}
#: Of these, who may attend an inspection: it has nobody's guardian.
ON_SITE = ("interpreter", "lawyer", "attesting_witness")
#: Of those who attend, who signs every page as the person questioned does, and what they confirm.
EACH_PAGE = {
    "interpreter": "本页内容已如实翻译。",
    "guardian": "本页内容已阅，询问时我在场。",
    "appropriate_adult": "本页内容已阅，询问时我在场。",
}

#: So many sign each page, the person questioned among them: lines below a page have no more room.
PAGE_SIGNERS_MAX = 8

QUESTIONING, INSPECTION = "questioning", "inspection"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, keyword-only."""


class Line(Content, frozen=True):
    """A question, an answer, a note in brackets, or a finding of an inspection.

    ``t_us``, ``end_us`` and ``utterances`` are its anchor: the moment of the recording it came
    from. They stay with the line through every edit; a line added by hand has none.
    """

    kind: str  # q | a | n (silence, an exhibit shown, a break) | f (finding)
    text: str
    t_us: int = 0  # when it was said; 0: added by hand
    end_us: int = 0  # until when; 0: not known
    utterances: list[str] = []  # ids of what was said, in order
    mark: str = ""  # what the person questioned wants changed here; empty: nothing
    place: str = ""  # of a finding
    evidence: str = ""  # of a finding: numbers of exhibits, moments of the recording
    article: str = ""  # of a finding: the article that seems not to be kept

    def __post_init__(self) -> None:
        if self.kind not in LINE_KINDS:
            raise ValueError(f"expected a line of kind {', '.join(LINE_KINDS)}")
        if len(self.text) > LINE_CHARACTERS_MAX or len(self.mark) > FIELD_CHARACTERS_MAX:
            raise ValueError(f"a line has at most {LINE_CHARACTERS_MAX} characters")
        if len(self.utterances) > ANCHORS_MAX or any(len(one) > 100 for one in self.utterances):
            raise ValueError(f"a line has at most {ANCHORS_MAX} anchors")
        if any(
            len(one) > FIELD_CHARACTERS_MAX for one in (self.place, self.evidence, self.article)
        ):
            raise ValueError(f"a finding's fields have at most {FIELD_CHARACTERS_MAX} characters")


class Header(Content, frozen=True):
    """The fields above the text (facts/trade.md 1.1); empty ones are printed as blanks."""

    time_from: str = ""
    time_to: str = ""
    ordinal: str = "1"
    place: str = ""
    name: str = ""
    gender: str = ""
    age: str = ""
    id_number: str = ""
    employer: str = ""
    post: str = ""
    address: str = ""
    phone: str = ""
    relation: str = ""  # to the case
    others: str = ""  # present
    notice: str = ""  # how rights and duties were told
    cause: str = ""
    # --- of a questioning
    ethnicity: str = ""
    education: str = ""
    deputy: str = ""  # a deputy of a people's congress, a member of the consultative conference
    interpreter: str = ""  # and sign language; with name and unit
    guardian: str = ""  # or another adult who is present for a minor
    breaks: str = ""  # from when to when, and why
    interviewers: str = ""  # unit and post of those who ask
    # --- of an inspection: name, post and phone are those of the person in charge on site,
    # employer and address those of the unit inspected
    number: str = ""  # of the document
    representative: str = ""  # the unit's legal representative
    representative_post: str = ""
    opening: str = ""  # what the officers said first
    handling: str = ""  # what follows from the findings

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            most = NOTICE_CHARACTERS_MAX if name == "notice" else FIELD_CHARACTERS_MAX
            if len(getattr(self, name)) > most:
                raise ValueError(f"{name}: at most {most} characters")


class Signer(Content, frozen=True):
    """Somebody who signs."""

    key: str  # p: the person questioned; o1, o2, ...: officers; a1, a2, ...: attendants, in order
    role: str  # interviewee | interviewer | clerk | one of ATTENDING
    name: str
    certificate: str = ""  # number of the enforcement certificate
    detail: str = ""  # of an attendant: unit, relation or licence

    @property
    def questioned(self) -> bool:
        """The person questioned, or in charge on site."""
        return self.key == "p"

    @property
    def attends(self) -> bool:
        """Neither questioned nor an officer."""
        return self.role in ATTENDING


class RecordContent(Content, frozen=True):
    """Everything the pages show."""

    code: str
    version: int
    session: str
    made_us: int
    agency: str
    case_number: str
    session_number: str
    header: Header
    lines: list[Line]
    signers: list[Signer]
    origin: str
    size: int
    root: str  # hex
    form: str = ""  # questioning | inspection; empty: made before there were forms
    start_root: str = ""  # hex, of the log when the session was opened

    @property
    def head(self) -> DocumentHead:
        """The head of the log printed in the footer."""
        return DocumentHead(self.origin, self.size, self.root)


def new_code() -> str:
    """A name for a document: 64 random bits, as hex, in lower case."""
    return secrets.token_hex(8)


def china_time(t_us: int) -> datetime:
    """The moment, as a date and time of China."""
    return datetime.fromtimestamp(t_us / 1_000_000, UTC).astimezone(CHINA)


def minute_text(t_us: int) -> str:
    """Date and time to the minute, as a record writes them."""
    moment = china_time(t_us)
    return f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute:02}分"


def session_number(opened_us: int, room_name: str) -> str:
    """The session for people: when it was opened and where."""
    return f"{china_time(opened_us):%Y%m%d-%H%M%S} {room_name}"
