"""What can go wrong with a record of questioning.

RecordError
├── TypesetError     the PDF cannot be made; FontMissing when the Chinese fonts are not installed
│   └── FontMissing
├── AuthorityError   the installation's signing authority cannot be used
├── SignatureError   a signature cannot be made, or the file cannot be read as a PDF
└── TemplateUnusable a Word template cannot be filled
"""

from __future__ import annotations


class RecordError(Exception):
    """Root of this package; the message says what was expected and what to do."""


class TypesetError(RecordError):
    """The document cannot be typeset."""


class FontMissing(TypesetError):
    """The fonts are not installed."""


class AuthorityError(RecordError):
    """Keys or certificates of the signing authority cannot be used."""


class SignatureError(RecordError):
    """A PDF cannot be signed or its signatures cannot be read."""


class TemplateUnusable(RecordError):
    """A Word template cannot be filled; the message names what is wrong with it."""
