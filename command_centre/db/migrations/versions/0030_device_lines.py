"""Voice lines to a device. Columns: db/tables/sessions.py."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older lines are all to a room."""
    op.add_column(
        "voice_line", sa.Column("to_source", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("voice_line", sa.Column("replying_us", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop the columns; the log keeps what they say."""
    for name in ("to_source", "replying_us"):
        op.drop_column("voice_line", name)
