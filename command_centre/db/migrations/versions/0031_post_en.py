"""Posts of people in English, where the case file has them. Columns: db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has one yet: the post is shown as it was written."""
    op.add_column("person", sa.Column("post_en", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Drop the column; the log keeps what it says."""
    op.drop_column("person", "post_en")
