"""Brings a database to the revision this version knows; refuses one from the future.

Migrations run at every start in the writer's connection. There is no downgrade: the database is an
index and can be rebuilt, so an older version is given an older copy or an empty one.
"""

from __future__ import annotations

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
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    with engine.begin() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known:
            raise DatabaseTooNew(
                f"the database was written by a newer version (revision {found}); start that "
                f"version, or move {engine.url.database} away and it is rebuilt from the log"
            )
        if found != scripts.get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, to)
