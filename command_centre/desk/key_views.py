"""Keys and witnesses as the administrator's page sees them. Shapes only; never a private byte."""

from __future__ import annotations

from command_centre.desk.views import View


class KeyView(View, frozen=True):
    """A key or certificate that is there."""

    use: str  # log | witness | root | officer | authority | tls | tls_authority | unit | accounts
    owner: str  # log's name, account, device; empty: the installation's
    algorithm: str
    fingerprint: str  # hex; of a certificate: of the whole certificate
    since_us: int | None
    until_us: int | None  # null: without end
    state: str  # ok | ends_soon | ended | not_certified | plain (its file is not encrypted)
    encrypted: bool | None = None  # the private file; null: it is not here, or in a device


class TokenView(View, frozen=True):
    """The bearer tokens of a source."""

    source: str
    name: str
    name_en: str
    valid: int
    revoked: int
    last_us: int | None  # when the newest was made


class WitnessLogView(View, frozen=True):
    """How far somebody vouched for a log."""

    log: str
    until_us: int | None


class VoucherView(View, frozen=True):
    """A witness or a time stamping authority."""

    name: str
    kind: str  # witness | stamp
    outside: bool
    state: str  # waiting | ok | lost | usb
    since_us: int
    detail: str
    logs: list[WitnessLogView]


class RotationView(View, frozen=True):
    """How the last order to change a log's keys stands."""

    log: str
    state: str  # none | waiting | failed
    problem: str  # the class of what went wrong
    away: bool = False  # it waits for a process that is not there; taken up when it is
    left: bool = False  # nobody has taken it: it can be withdrawn


class KeysView(View, frozen=True):
    """All of them."""

    at_us: int
    keys: list[KeyView]
    tokens: list[TokenView]
    vouchers: list[VoucherView]
    quorum: int
    interval_seconds: float
    outside: int  # witnesses outside this installation
    warn_expiry_days: float
    rotations: list[RotationView]
