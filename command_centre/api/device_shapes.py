"""Bodies and replies of the endpoints for phones and other devices."""

from __future__ import annotations

import msgspec

from command_centre.api.shapes import RelayServer
from command_centre.desk.devices import DeviceView
from command_centre.desk.protocol import Position
from command_centre.desk.views import Alarm, View


class DeviceList(View, frozen=True):
    """Phones of the case and open codes."""

    devices: list[DeviceView]


class InviteRequest(View, frozen=True):
    """Who is to join; without a name it gets the next number, without a room the case's site."""

    name: str = ""
    name_en: str = ""
    room: str | None = None


class JoinCode(View, frozen=True):
    """A code for one phone; ``url`` is what the QR code says. Shown this once."""

    url: str
    name: str
    name_en: str
    room: str
    expires_us: int


class JoinRequest(View, frozen=True):
    """The code from the QR code."""

    code: str


class JoinedDevice(View, frozen=True):
    """The device's own source; the token is shown this once and kept by the device."""

    source: str
    token: str
    whip_url: str  # where it publishes


class DeviceSession(View, frozen=True):
    """The session of the device's room."""

    id: str
    opened_us: int


class DeviceCall(View, frozen=True, omit_defaults=True):
    """The call of the device that asks, whichever side called."""

    id: str
    by_name: str  # the person at the centre; empty: nobody has taken this device's call yet
    state: str  # VoiceState: calling or open
    called_us: int
    opened_us: int | None = None
    talking_us: int | None = None  # since when the person at the centre speaks
    replying_us: int | None = None  # since when the operator speaks
    unanswered_us: int = 0  # when it ends by itself, while nobody has taken it
    own: bool = False  # this device called
    at: str = ""  # while its own call rings: desk.hub.AtHand


class DeviceCallOver(View, frozen=True, omit_defaults=True):
    """How this device's own last call ended; told for a quarter of a minute."""

    id: str
    why: str  # config.words.VoiceEnd
    ended_us: int
    taken: bool  # somebody at the centre had taken it
    by_name: str = ""  # the person at the centre who had taken or declined it
    withdrawn: bool = False  # by this device itself


class CallCentre(View, frozen=True):
    """The operator calls the centre; ``key`` makes a repeat after a lost answer harmless."""

    key: str


class CallAnswer(View, frozen=True):
    """The operator takes the call, or does not."""

    line: str
    accept: bool


class CallTalk(View, frozen=True):
    """The operator begins or stops to speak."""

    line: str
    on: bool


class CallEnd(View, frozen=True):
    """The operator hangs up."""

    line: str


class CallState(View, frozen=True):
    """The call as it stands after a step; absent when it is over."""

    call: DeviceCall | None


class DeviceState(View, frozen=True):
    """What the centre knows of the device that asks."""

    source: str
    name: str
    name_en: str
    room_name: str
    room_name_en: str
    case_name: str
    case_name_en: str
    session: DeviceSession | None
    state: str  # SourceState
    since_us: int
    protected_until_us: int
    case_open: bool  # false: closed or archived, or the place belongs to no case
    sos: Alarm | None  # its own call for help, while it stands
    call: DeviceCall | None  # with the centre, while it stands
    call_over: DeviceCallOver | None
    whip_url: str
    ice_servers: list[RelayServer]
    now_us: int


class Spans(View, frozen=True):
    """Stretches that are durable and logged, [from, to] in order."""

    spans: list[tuple[int, int]]
    protected_until_us: int


class ReadingRequest(View, frozen=True):
    """What was measured: thousandths of their unit, and where."""

    values: dict[str, int] = msgspec.field(default_factory=dict)
    position: Position | None = None
    t_us: int | None = None


class MarkRequest(View, frozen=True):
    """An instant to mark; ``key`` makes a repeat harmless."""

    key: str
    text: str = ""
    t_us: int | None = None


class HelpRequest(View, frozen=True):
    """A call for help, and when the button was pressed."""

    t_us: int | None = None


class Written(View, frozen=True):
    """It is an entry of the recorder's log, under a signed checkpoint."""

    index: int
    t_us: int
