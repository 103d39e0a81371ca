"""Storage as the administrator's page sees it. Shapes only."""

from __future__ import annotations

from command_centre.desk.views import View


class DiskView(View, frozen=True):
    """A file system, and which of our places lie on it."""

    places: list[str]  # centre, recorder-1, ..., mirror-1, ...
    total_bytes: int
    free_bytes: int
    kept_bytes: int  # recording stops when less than this is free
    level: str  # ok | low | critical


class PlaceView(View, frozen=True):
    """What lies in the directory of the centre, of a recorder, or beside them (``shared``)."""

    name: str
    kinds: dict[str, int]  # bytes by kind: originals logs database documents derived packages ...


class DayView(View, frozen=True):
    """What was recorded of sessions whose recording began on a day."""

    day: str  # YYYY-MM-DD, of this machine's time zone
    bytes: int
    recorded_us: int
    sessions: int


class PaceView(View, frozen=True):
    """When the fullest disk is full at the pace of the last days."""

    days: int
    recorded_days: int  # of them, with a recording
    bytes_per_day: int
    full_us: int | None  # null: nothing was recorded, or it takes longer than fifty years
    enough: bool  # enough days with recordings to say anything
    warn: bool


class StorageView(View, frozen=True):
    """Everything, with what the forecast assumes."""

    at_us: int  # when the directories were measured
    complete: bool  # false: there were more files than are counted
    disks: list[DiskView]
    places: list[PlaceView]
    days: list[DayView]
    paces: list[PaceView]
    bytes_per_room_hour: int
    rate_of: str  # days: measured over the last 30 days; setting: nothing was recorded yet
    room_hours_measured_us: int
    room_hours_left_us: int  # of one room, on the fullest disk
    rooms: int  # rooms of this installation
    copies: int  # each byte is written so often: the store and its mirrors
    warn_full_days: float
    low_hours: float
    critical_hours: float
    held_cases: int
    held_sessions: int
    proposed: int  # sessions whose end waits for two people
