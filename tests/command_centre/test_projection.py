"""The parts of the projection together; what each does is tested with the desks that read it."""

from __future__ import annotations

from collections import Counter

from command_centre.desk.projection import PARTS
from config.kinds import KINDS


def test_a_kind_belongs_to_one_part_and_is_a_kind_of_the_log() -> None:
    claimed = Counter(kind for part in PARTS for kind in part)
    assert [kind for kind, times in claimed.items() if times > 1] == []
    assert claimed.keys() <= KINDS.keys()
