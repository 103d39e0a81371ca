"""How the processes are, as the administrator's page sees it. Shapes only; codes, never content."""

from __future__ import annotations

import msgspec

from command_centre.desk.views import View


class ProcessView(View, frozen=True):
    """One process. ``cpu_pm``: thousandths of one core since the last look."""

    name: str  # centre, recorder-1, transcriber, watcher; or what one of them started
    state: str  # supervisor.ChildState
    watched: bool  # the supervisor starts it again
    since_us: int
    cpu_pm: int = 0
    memory_bytes: int = 0
    starts: int = 1
    last_exit: int | None = None  # status of its latest end; minus a signal's number
    fault_us: int | None = None
    fault: str = ""  # module and class of the latest error it logged


class QueueView(msgspec.Struct, frozen=True):
    """What waits, and how much may; limit 0: there is none."""

    name: str
    process: str
    waiting: int
    limit: int


class PartView(msgspec.Struct, frozen=True):
    """A part that says how it is."""

    name: str
    state: str  # ok | warn | bad | off
    code: str = ""
    value: int = 0
    since_us: int = 0
    label: str = ""  # a name from the settings, where there are several


class ClockView(View, frozen=True):
    """This machine's clock as the kernel says (desk/machine_clock.py)."""

    known: bool
    kept: bool
    offset_us: int
    error_us: int
    warn: bool


class MachineView(View, frozen=True):
    """The machine. ``load_pm``: thousandths of waiting tasks over the last minute."""

    cores: int
    load_pm: int
    memory_bytes: int
    memory_free_bytes: int


class FactsView(msgspec.Struct, frozen=True):
    """What an administrator wants to know first: counts and sizes, nothing of any case."""

    rooms: int  # in service
    rooms_open: int  # with an open session
    rooms_recording: int  # of them, with a source that is recording
    alarms: int  # that hold, or wait to be acknowledged, in all cases
    free_bytes: int  # of the fullest disk
    storage: str  # ok | low | critical: the fullest disk
    room_hours_left_us: int  # of one room at the measured rate
    full_us: int | None  # when the fullest disk is full at the pace of the last 30 days
    storage_warn: bool  # that is sooner than running.warn_full_days
    keys_ending: int  # keys and certificates that end within running.warn_expiry_days, or have


class HealthView(View, frozen=True):
    """Everything at one moment."""

    at_us: int
    version: str
    processes: list[ProcessView]
    queues: list[QueueView]
    parts: list[PartView]
    clock: ClockView
    machine: MachineView
    facts: FactsView | None = None  # null until they were counted once


class HistoryView(View, frozen=True):
    """A process over the last hour; what it started counts under its own name."""

    name: str
    at_us: list[int]
    cpu_pm: list[int]
    memory_bytes: list[int]


class HealthReply(View, frozen=True):
    """Now, and the last hour."""

    health: HealthView
    history: list[HistoryView]
