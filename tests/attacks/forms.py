"""Imports every module of attacks, so that they are registered."""

from __future__ import annotations

from tests.attacks import on_entries, on_logs, on_media, on_packages, on_several, on_stores

__all__ = ["on_entries", "on_logs", "on_media", "on_packages", "on_several", "on_stores"]
