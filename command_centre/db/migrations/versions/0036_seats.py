"""Who was there in a session, and certificate numbers of accounts. Columns: db/tables/."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("session", "person_id"),
    ("session", "people"),
    ("session", "officer_name"),
    ("account", "certificate"),
)


def upgrade() -> None:
    """Of older sessions it stays empty: then whoever sits in the room now is taken, as before."""
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Drop the columns; the logs keep what they say."""
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column)
