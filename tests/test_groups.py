"""The tests that must not run beside each other do not: workers get them by group.

A version of pytest that does not carry the groups runs everything beside everything, and nothing
else says so: whole installations then share two cores by threes.
"""

from __future__ import annotations

import pytest


def test_workers_know_the_groups(request: pytest.FixtureRequest) -> None:
    config = request.config
    if not getattr(config, "workerinput", None) or not config.getvalue("loadgroup"):
        pytest.skip("not among workers that go by group")
    unnamed = [item.name for item in request.session.items if "@" not in item.nodeid]
    assert unnamed == []
    groups = {item.nodeid.rpartition("@")[2] for item in request.session.items}
    assert "tests/test_groups.py" in groups
