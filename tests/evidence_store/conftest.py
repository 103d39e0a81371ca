"""Hypothesis without a deadline: these tests run beside others on small machines."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
