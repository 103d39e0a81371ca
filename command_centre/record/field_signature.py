"""One signature that is to be made inside a PDF; ``pades`` makes it."""

from __future__ import annotations

from dataclasses import dataclass

from command_centre.record.authority import SigningKey


@dataclass(frozen=True)
class FieldSignature:
    """Where, what it shows, by whom."""

    field: str
    label: str
    page: int  # from 1
    box: tuple[float, float, float, float]
    appearance: bytes  # a PDF of one page of the box's size
    key: SigningKey
    name: str
    reason: str
