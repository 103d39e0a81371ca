"""Rooms that no case uses, and rooms out of service. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NOT_NULL, _NULL = "case_id VARCHAR(40) NOT NULL", "case_id VARCHAR(40)"


def upgrade() -> None:
    """A room need not belong to a case."""
    op.add_column("room", sa.Column("retired_us", sa.Integer(), nullable=True))
    _reword("room", _NOT_NULL, _NULL)


def _reword(table: str, before: str, after: str) -> None:
    """Change a table's constraint in place.

    Others refer to the table, so it cannot be made anew while foreign keys are checked; SQLite
    describes this way for constraints that leave the rows as they are (lang_altertable, section 7).
    """
    connection = op.get_bind()
    text = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"),
        {"name": table},
    ).scalar_one()
    if text.count(before) != 1:
        raise RuntimeError(f"table {table} is not as expected")
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": text.replace(before, after), "name": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {int(version) + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def downgrade() -> None:
    """Only where every room has a case."""
    _reword("room", _NULL, _NOT_NULL)
    op.drop_column("room", "retired_us")
