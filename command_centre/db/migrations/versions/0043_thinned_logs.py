"""What of a stored log's file was left out. Columns: db/tables/cases.py."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_COUNTS = ("passed", "thinned")


def upgrade() -> None:
    """Entries of logs that are here already do not say it; nothing is said of them."""
    for name in _COUNTS:
        column = sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        op.add_column("device_log", column)


def downgrade() -> None:
    """The log keeps it."""
    for name in reversed(_COUNTS):
        op.drop_column("device_log", name)
