"""Who could not sign is none who refused to. Columns: db/tables/records.py."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries of before say of nobody that they could not."""
    unable = sa.Column("unable", sa.Integer(), server_default="0", nullable=False)
    op.add_column("record_mark", unable)


def downgrade() -> None:
    """The log keeps it."""
    op.drop_column("record_mark", "unable")
