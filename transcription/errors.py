"""Everything this package raises.

TranscriptionError
├── ModelError    a model directory cannot be used; says what was expected
└── AudioError    audio that must not reach the recogniser or cannot be decoded
"""

from __future__ import annotations


class TranscriptionError(Exception):
    """Root of the package's errors."""


class ModelError(TranscriptionError):
    """A model directory cannot be used; the message says what was expected."""


class AudioError(TranscriptionError):
    """Audio of the wrong type, length or coding."""
