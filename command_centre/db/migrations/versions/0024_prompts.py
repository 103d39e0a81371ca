"""Prompts made from kept questions, and prompts taken back. Columns: db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was made from a question, nothing was taken back."""
    for name in ("question_id", "withdrawn_by"):
        op.add_column("prompt", sa.Column(name, sa.Text(), server_default="", nullable=False))
    version = sa.Column("question_version", sa.Integer(), server_default="0", nullable=False)
    op.add_column("prompt", version)


def downgrade() -> None:
    """Drop the columns; the log keeps what they say."""
    for name in ("question_id", "question_version", "withdrawn_by"):
        op.drop_column("prompt", name)
