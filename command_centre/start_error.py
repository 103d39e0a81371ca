"""The one error with which a process refuses to run."""

from __future__ import annotations


class StartError(Exception):
    """The process cannot run until a person changes something; the message says what."""
