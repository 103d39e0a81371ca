"""Tries of later readings outlast a restart. Columns: db/tables/speech.py."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was tried before is not known."""
    op.create_table(
        "reading_try",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("reading", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("session_id", "reading", name=op.f("pk_reading_try")),
    )


def downgrade() -> None:
    """They are counted anew."""
    op.drop_table("reading_try")
