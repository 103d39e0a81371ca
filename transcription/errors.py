"""Everything this package raises.

TranscriptionError
├── ModelError    a model directory cannot be used; says what was expected
│   ├── ModelMissing   no model of this digest is installed
│   └── ModelTooLarge  there is too little memory for it
├── AudioError    audio that must not reach the recogniser or cannot be decoded
├── RecordingUnreadable  what a session recorded cannot be read, or not all of it
├── CaseError     a case file cannot be used; says where and what was expected
└── PairError     a line of labelled pairs cannot be used; says which and what was expected
"""

from __future__ import annotations


class TranscriptionError(Exception):
    """Root of the package's errors."""


class ModelError(TranscriptionError):
    """A model directory cannot be used; the message says what was expected."""


class ModelMissing(ModelError):
    """No model of this digest is installed."""


class ModelTooLarge(ModelError):
    """There is too little memory for it; the message says how much it takes and is left."""


class AudioError(TranscriptionError):
    """Audio of the wrong type, length or coding."""


class RecordingUnreadable(TranscriptionError):
    """The log or segments of a session cannot be read; the message says which or how many."""


class CaseError(TranscriptionError):
    """A case file cannot be used; the message says where and what was expected."""


class PairError(TranscriptionError):
    """A line of labelled pairs cannot be used; the message says which and what was expected."""
