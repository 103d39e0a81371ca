"""Who a mention of people means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """Who one mention means. ``others`` counts people besides (-1: some)."""

    ids: frozenset[str] = frozenset()
    others: int = 0
    repaired: bool = False
    vague: bool = False

    def __or__(self, other: Reference) -> Reference:
        return Reference(
            self.ids | other.ids,
            -1 if self.others or other.others else 0,
            self.repaired or other.repaired,
            self.vague or other.vague,
        )
