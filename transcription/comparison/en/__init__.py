"""Spoken English: from an exchange's turns to facts (README.md, "Spoken English"). Pure."""

from __future__ import annotations

from transcription.comparison.en.net_joined import read

__all__ = ["read"]
