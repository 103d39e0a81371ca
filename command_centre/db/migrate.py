"""Brings a database to the revision this version knows; refuses one from the future.

Migrations run at every start in the writer's connection. There is no downgrade: the database is an
index and can be rebuilt, so an older version is given an older copy or an empty one.

Nearly every start finds the database as it should be. That is known from the names of the scripts,
so Alembic, a tenth of what the centre loads, is loaded only where there is something to apply.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from command_centre.errors import DatabaseTooNew

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).with_name("migrations")
_VERSION_TABLE = "alembic_version"


def upgrade(engine: Engine, to: str = "head") -> None:
    """Apply missing migrations in one transaction; ``to`` an earlier one only in tests.

    Raises:
        DatabaseTooNew: the database has a revision this version does not know.
    """
    known = revisions()
    with engine.begin() as connection:
        found = _revision(connection)
        if found is not None and found not in known:
            raise DatabaseTooNew(
                f"the database was written by a newer version (revision {found}); start that "
                f"version, or move {engine.url.database} away and it is rebuilt from the log"
            )
        if found != known[-1]:
            from alembic import command

            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)


def _revision(connection: Connection) -> str | None:
    """What the database was brought to; None when it is empty."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


@functools.cache
def revisions() -> tuple[str, ...]:
    """Every revision this version knows, in order: the name of a script begins with its own."""
    names = (path.name for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))
    return tuple(sorted(name.partition("_")[0] for name in names))
