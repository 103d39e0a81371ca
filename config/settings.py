"""Settings: defaults.toml, overridden by a site's TOML file.

Unknown keys and wrong types are errors that name the key; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from config.map_ground import place_of, usable_tiles
from config.oidc_address import is_safe_url
from config.private_address import is_address, is_private
from config.recorders import MAX_RECORDERS
from config.words import Role


class SettingsError(Exception):
    """The settings file cannot be used; the message names the key and what was expected."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every section: immutable, no unknown keys."""


class Site(_Section, frozen=True):
    """Who runs this installation."""

    unit_name: str
    unit_name_en: str
    host_name: str
    receipt_url: str


class Store(_Section, frozen=True):
    """Where evidence lies and how much room it needs."""

    directory: str
    encryption: str
    mirrors: list[str]
    minimum_free_bytes: int
    stop_free_bytes: int
    session_hours: float
    session_bits_per_s: int
    preallocate: bool
    low_hours: float
    critical_hours: float


class RetentionSettings(_Section, frozen=True):
    """How long recordings are kept, in years from the closing of their session."""

    category: str
    check_years: float
    unfounded_years: float
    simple_years: float
    ordinary_years: float


class Centre(_Section, frozen=True):
    """The web side: addresses, login and limits."""

    bind: str
    https_port: int
    http_bind: str
    http_port: int
    login_hours: float
    login_attempts: int
    login_lock_minutes: float
    second_factor: list[str]
    max_body_bytes: int
    max_sdp_bytes: int
    viewer_queue_fragments: int
    client_queue_messages: int
    join_minutes: float


class OidcSettings(_Section, frozen=True):
    """The agency's own sign-in by OpenID Connect; without an issuer there is none."""

    issuer: str
    client_id: str
    client_secret_file: str
    name: str
    name_en: str
    scopes: str
    username_claim: str
    role_claim: str
    roles: list[str]
    second_factor: list[str]
    logout: bool
    timeout_seconds: float
    ca_file: str


class Whip(_Section, frozen=True):
    """What publishers by WHIP are told: STUN and TURN servers, limits, where else to go."""

    stun_urls: list[str]
    turn_urls: list[str]
    turn_secret_file: str
    turn_credential_hours: float
    requests_burst: int
    requests_per_second: float
    overflow_url: str


class Recorder(_Section, frozen=True):
    """The media side."""

    processes: int
    log_origin: str
    segment_seconds: float
    fragment_ms: int
    watchdog_seconds: float
    idle_seconds: float
    key_frame_seconds: float
    receive_bits_per_s: int
    max_sources: int
    writer_queue_jobs: int
    checkpoint_ms: int
    push_bind: str
    rtmp_port: int
    rtsp_port: int


class Transcription(_Section, frozen=True):
    """The recogniser."""

    model: str  # Chinese
    model_en: str  # English; empty: none
    speaker_model: str  # tells voices of one microphone apart; empty: none
    second_model: str  # hears closed sessions again; empty: none
    second_model_en: str
    partial_ms: int
    max_tracks: int


class SearchSettings(_Section, frozen=True):
    """Where the index of all words is."""

    url: str


class Uploads(_Section, frozen=True):
    """Files handed over afterwards."""

    max_file_bytes: int
    max_open: int
    max_open_per_source: int
    expire_hours: float


class AlarmSettings(_Section, frozen=True):
    """Limits of what instruments measure."""

    o2_low_vol: float
    o2_high_vol: float
    lel_warning_pct: float
    lel_danger_pct: float
    co_warning_ppm: float
    co_danger_ppm: float
    h2s_warning_ppm: float
    h2s_danger_ppm: float
    room_temp_low_c: float
    room_temp_high_c: float
    battery_low_pct: float
    silence_seconds: float


class InterviewSettings(_Section, frozen=True):
    """How long one interview may last by the agency's own rule; no statute sets it.

    ``hour_limits`` are further times after which an alarm is raised, whatever else is set: of a
    person, over all sessions with less than ``apart_hours`` of rest between them, and warned of
    ``hour_warn_minutes`` before. Nobody is to be questioned from ``night_from_hour`` until
    ``night_until_hour``. ``sign_notice``: whether the agency wants the notice of rights signed
    before the start.
    """

    longest_minutes: float
    warn_minutes: float
    hour_limits: list[float]
    hour_warn_minutes: list[float]
    apart_hours: float
    night_from_hour: float
    night_until_hour: float
    sign_notice: bool


class RunningSettings(_Section, frozen=True):
    """When the administrator's pages warn."""

    warn_full_days: float
    warn_expiry_days: float
    warn_clock_ms: int


class WatchSettings(_Section, frozen=True):
    """When media is taken for faulty."""

    silent_dbfs: float
    silent_seconds: float


class MapSettings(_Section, frozen=True):
    """The ground of the wall's map; works with none."""

    tiles: str
    max_zoom: int
    attribution: str
    places: list[str]


class MqttSettings(_Section, frozen=True):
    """The broker of the instruments."""

    host: str
    port: int
    client_id: str
    username: str
    password_file: str
    tls: bool
    ca_file: str
    topic_prefix: str
    sparkplug_group: str
    session_hours: float
    queue_readings: int


class WitnessSettings(_Section, frozen=True):
    """Who cosigns the heads of the logs, and how often they are asked."""

    outside: list[str]
    quorum: int
    interval_seconds: float
    timeout_seconds: float
    ca_file: str


class StampSettings(_Section, frozen=True):
    """Time stamping authorities (RFC 3161)."""

    authorities: list[str]
    interval_minutes: float
    timeout_seconds: float
    ca_file: str


class RedactionSettings(_Section, frozen=True):
    """Redacted copies."""

    face_model: str


class CryptoSettings(_Section, frozen=True):
    """Further algorithms beside those of the C2SP formats."""

    gm: bool


class ComparisonSettings(_Section, frozen=True):
    """Points and the comparison of what people say."""

    templates: str
    wording_hints: bool


class LocalModelSettings(_Section, frozen=True):
    """A language model on the agency's own network that may suggest differences."""

    url: str
    model: str
    timeout_seconds: float
    max_requests_per_minute: int
    api_key_file: str
    ca_file: str


class BusSettings(_Section, frozen=True):
    """Sockets between processes."""

    directory: str
    high_water: int


class Settings(_Section, frozen=True):
    """All sections."""

    site: Site
    store: Store
    retention: RetentionSettings
    centre: Centre
    oidc: OidcSettings
    whip: Whip
    recorder: Recorder
    transcription: Transcription
    search: SearchSettings
    uploads: Uploads
    alarms: AlarmSettings
    interview: InterviewSettings
    running: RunningSettings
    watch: WatchSettings
    map: MapSettings
    mqtt: MqttSettings
    witness: WitnessSettings
    stamp: StampSettings
    redaction: RedactionSettings
    crypto: CryptoSettings
    comparison: ComparisonSettings
    local_model: LocalModelSettings
    bus: BusSettings
    said: dict[str, str] = {}  # "section.key" -> FILE or COMMAND_LINE; what is not here is default
    #: "section.key" -> (value, where it comes from) without what was changed on the page (kept.py).
    below: dict[str, tuple[Any, str]] = {}

    @property
    def store_path(self) -> Path:
        """The store directory, absolute."""
        return Path(self.store.directory).resolve()

    @property
    def mirror_paths(self) -> list[Path]:
        """The store's mirrors, absolute."""
        return [Path(mirror).resolve() for mirror in self.store.mirrors]

    @property
    def bus_path(self) -> Path:
        """Directory of the sockets; short, because a socket path has at most 107 bytes."""
        if self.bus.directory:
            return Path(self.bus.directory).resolve()
        name = hashlib.sha256(str(self.store_path).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"duizhi-{name}"


S = TypeVar("S")

DEFAULTS = Path(__file__).with_name("defaults.toml")

FILE, COMMAND_LINE = "file", "command line"  # where a setting comes from, if not from the defaults


def load(path: Path | None = None, overrides: dict[str, dict[str, Any]] | None = None) -> Settings:
    """Defaults, then the site's file, then overrides of the command line.

    Raises:
        SettingsError: the file is unreadable, is not TOML, or has an unknown or mistyped key.
    """
    merged, said = _read(DEFAULTS), dict[str, str]()
    layers = [(FILE, _read(path))] if path else []
    if overrides:
        layers.append((COMMAND_LINE, overrides))
    for where, layer in layers:
        for section, values in layer.items():
            if section not in merged:
                known = ", ".join(merged)
                raise SettingsError(f"unknown section [{section}]; known sections: {known}")
            if not isinstance(values, dict):
                raise SettingsError(f"[{section}] must be a table of settings")
            merged[section].update(values)
            said.update({f"{section}.{key}": where for key in values})
    try:
        settings = msgspec.convert({**merged, "said": said}, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {error}") from error
    if not 1 <= settings.recorder.processes <= MAX_RECORDERS:
        raise SettingsError(
            f"[recorder] processes: expected 1 to {MAX_RECORDERS}, "
            f"got {settings.recorder.processes}"
        )
    _check_local_model(settings.local_model)
    _check_map(settings.map)
    check_oidc(settings.oidc)
    return settings


def check_oidc(oidc: OidcSettings) -> None:
    """What must hold of the section before anybody is sent anywhere.

    Raises:
        SettingsError: the address, the client or the table of roles cannot be used.
    """
    if not oidc.issuer:
        return
    if not is_safe_url(oidc.issuer):
        raise SettingsError(
            f'[oidc] issuer: expected "https://...", or http to this machine, got {oidc.issuer!r}'
        )
    if not oidc.client_id:
        raise SettingsError("[oidc] client_id: expected what the provider knows us by")
    if "openid" not in oidc.scopes.split():
        raise SettingsError('[oidc] scopes: expected "openid" among them')
    if bool(oidc.roles) != bool(oidc.role_claim):
        raise SettingsError("[oidc] role_claim and roles: expected both or neither")
    for line in oidc.roles:
        value, _, role = line.rpartition(" ")
        if not value or role not in tuple(Role):
            raise SettingsError(
                f'[oidc] roles: expected "VALUE ROLE", a role is one of {", ".join(Role)}; '
                f"got {line!r}"
            )
    if not 1 <= oidc.timeout_seconds <= 60:
        raise SettingsError(f"[oidc] timeout_seconds: expected 1 to 60, got {oidc.timeout_seconds}")


def _check_map(ground: MapSettings) -> None:
    if not usable_tiles(ground.tiles):
        raise SettingsError(
            '[map] tiles: expected "https://HOST/{z}/{x}/{y}.png", without account, '
            f"or the path of a folder, got {ground.tiles!r}"
        )
    if not 0 <= ground.max_zoom <= 22:
        raise SettingsError(f"[map] max_zoom: expected 0 to 22, got {ground.max_zoom}")
    for line in ground.places:
        if place_of(line) is None:
            raise SettingsError(
                '[map] places: expected "ROOM LATITUDE LONGITUDE" in degrees, '
                f'such as "room1 34.5021 108.9134", got {line!r}'
            )


def _check_local_model(model: LocalModelSettings) -> None:
    try:
        parts = urlsplit(model.url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
        usable = whole and plain and model.url.isascii() and model.url.isprintable()
    except ValueError:  # a port that is no number, a bracket left open
        usable = False
    if model.url and (not usable or " " in model.url):
        raise SettingsError(
            f'[local_model] url: expected "http://HOST:PORT" or "https://HOST:PORT", '
            f"without account or query, got {model.url!r}"
        )
    host = urlsplit(model.url).hostname or ""
    if is_address(host) and not is_private(host):
        raise SettingsError(
            "[local_model] url: expected an address of a private network "
            f"(10/8, 172.16/12, 192.168/16, fc00::/7, link-local or this machine), got {host}"
        )
    if model.url and not model.model:
        raise SettingsError("[local_model] model: expected the model's name on that server")
    if not 1 <= model.timeout_seconds <= 300:
        raise SettingsError(
            f"[local_model] timeout_seconds: expected 1 to 300, got {model.timeout_seconds}"
        )
    if not 1 <= model.max_requests_per_minute <= 600:
        raise SettingsError(
            "[local_model] max_requests_per_minute: expected 1 to 600, "
            f"got {model.max_requests_per_minute}"
        )


def to_toml(values: dict[str, dict[str, Any]]) -> str:
    """A site file with these settings; strings, numbers and booleans only."""
    lines: list[str] = []
    for section, items in values.items():
        lines.append(f"[{section}]")
        for key, value in items.items():
            lines.append(f"{key} = {msgspec.json.encode(value).decode()}")
        lines.append("")
    return "\n".join(lines)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not a TOML file: {error}") from error
