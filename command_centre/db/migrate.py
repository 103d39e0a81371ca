"""Brings a database to the revision this version knows; refuses one from the future.

Migrations run at every start in the writer's connection. There is no downgrade: the database is an
index and can be rebuilt, so an older version is given an older copy or an empty one.
"""

from __future__ import annotations

import functools
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from command_centre.errors import DatabaseTooNew

SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(engine: Engine, to: str = "head") -> None:
    """Apply missing migrations in one transaction; ``to`` an earlier one only in tests.

    Raises:
        DatabaseTooNew: the database has a revision this version does not know.
    """
    known, head = _revisions()
    with engine.begin() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known:
            raise DatabaseTooNew(
                f"the database was written by a newer version (revision {found}); start that "
                f"version, or move {engine.url.database} away and it is rebuilt from the log"
            )
        if found != head:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


@functools.cache
def _revisions() -> tuple[frozenset[str], str | None]:
    """All revisions this version knows, and the last; read once, they are part of the program."""
    scripts = ScriptDirectory.from_config(_config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return known, scripts.get_current_head()
