"""The part a device finished before the one it hands over. Columns: db/tables/work.py."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Uploads that are here already do not say it."""
    column = sa.Column("previous_sha256", sa.Text(), server_default="", nullable=False)
    op.add_column("upload", column)


def downgrade() -> None:
    """What was filed says it in the log."""
    op.drop_column("upload", "previous_sha256")
