"""A quick directory for the copies that are attacked."""

from __future__ import annotations

from tests.evidence_store.conftest import quick_path

__all__ = ["quick_path"]
