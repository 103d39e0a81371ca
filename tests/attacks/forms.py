"""Imports every module of attacks, so that they are registered."""

from __future__ import annotations

from tests.attacks import (
    later_scenes,
    on_entries,
    on_keys,
    on_later,
    on_logs,
    on_media,
    on_packages,
    on_several,
    on_stores,
    on_vouchers,
)

__all__ = [
    "later_scenes",
    "on_entries",
    "on_keys",
    "on_later",
    "on_logs",
    "on_media",
    "on_packages",
    "on_several",
    "on_stores",
    "on_vouchers",
]
