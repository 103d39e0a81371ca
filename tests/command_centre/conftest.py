"""Fixtures of the centre's application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.command_centre.centre import Centre, running_centre


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    """A running centre with the demo case."""
    async with running_centre(tmp_path) as running:
        yield running
