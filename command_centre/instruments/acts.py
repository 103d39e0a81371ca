"""What a message of an instrument asks of us. Values are thousandths of their unit."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measured:
    """A reading. ``t_us`` is the instrument's own time, None when it does not say."""

    device: str
    values: dict[str, int]
    alarms: tuple[str, ...] = ()
    position: dict[str, int] | None = None  # lat_e7, lon_e7, accuracy_mm
    t_us: int | None = None


@dataclass(frozen=True)
class Declared:
    """A birth or death certificate of a device (Sparkplug B), and by which message."""

    device: str
    alive: bool
    by: str  # NBIRTH, DBIRTH, NDEATH, DDEATH
    group: str
    node: str


@dataclass(frozen=True)
class SequenceGap:
    """Messages of a node are missing, seen by its numbers; told for each of its devices."""

    group: str
    node: str
    devices: tuple[str, ...]
    expected: int
    got: int


@dataclass(frozen=True)
class Rebirth:
    """The node must be asked to announce itself again."""

    group: str
    node: str


@dataclass(frozen=True)
class Garbled:
    """A payload that cannot be read."""

    device: str
    why: str = field(compare=False, default="")


Act = Measured | Declared | SequenceGap | Rebirth | Garbled
