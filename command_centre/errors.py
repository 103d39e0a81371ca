"""What can go wrong in the centre's application, as one tree.

    CentreError
      DatabaseError          the database cannot be used as it is
        DatabaseTooNew       it was written by a newer version
      SeedError              a case file cannot be loaded
      TemplateError          the templates of points cannot be used
      Rejected               asked for something that cannot be done; carries a stable code
      ProjectionError        the recorder's log cannot be followed
      GarbledReading         what an instrument sent cannot be read

``Rejected`` is the only one that reaches a browser: ``api.problems`` turns its code into an HTTP
status, the WebSocket endpoint into an ``error`` message. Codes are stable, details are for people.
"""

from __future__ import annotations


class CentreError(Exception):
    """Root of every error of the centre's application."""


class DatabaseError(CentreError):
    """The database cannot be opened or used; the message says what to do."""


class DatabaseTooNew(DatabaseError):
    """The database has a revision that this version does not know."""


class SeedError(CentreError):
    """A case file is not in the format this version reads; the message names the key."""


class TemplateError(CentreError):
    """A file of templates is not what was expected; the message names it and the place."""


class ProjectionError(CentreError):
    """The recorder's log and the database do not belong together."""


class GarbledReading(CentreError):
    """A message of an instrument that is not what its topic calls for."""


class Rejected(CentreError):
    """A request that was understood and refused.

    ``code`` is one of ``api.problems.PROBLEMS``; ``extra`` becomes members of the problem document.
    """

    def __init__(self, code: str, detail: str, **extra: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.extra = extra
