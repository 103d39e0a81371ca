"""Marks that are taken back. Columns: db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All marks stand; who set older ones is known by name only."""
    for name in ("by_account", "withdrawn_by", "withdrawn_why"):
        op.add_column("marker", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("marker", sa.Column("withdrawn_us", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop the columns; the log keeps what they say."""
    for name in ("by_account", "withdrawn_by", "withdrawn_why", "withdrawn_us"):
        op.drop_column("marker", name)
