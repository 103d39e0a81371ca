"""Calls from devices to the centre. Columns: db/tables/sessions.py."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older lines are all of the centre: whoever spoke there had called."""
    op.add_column(
        "voice_line", sa.Column("answered_account", sa.Text(), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Drop the column; the log keeps what it says."""
    op.drop_column("voice_line", "answered_account")
