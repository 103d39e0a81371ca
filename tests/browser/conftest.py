"""What most browser tests begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installation, running


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    """The processes of the demo case, of this test alone."""
    async with running(tmp_path / "store") as started:
        yield started
