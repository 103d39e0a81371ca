"""Fixtures of the centre's application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.command_centre.centre import Centre, running_centre
from tests.command_centre.web import Web, serving


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    """A running centre with the demo case."""
    async with running_centre(tmp_path) as running:
        yield running


@pytest.fixture
async def web(centre: Centre) -> AsyncIterator[Web]:
    """The same, on a real port."""
    async with serving(centre) as served:
        yield served
