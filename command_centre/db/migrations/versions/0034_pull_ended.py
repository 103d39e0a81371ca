"""Where a camera was fetched from is kept when that ends. Columns: db/tables/sources.py."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All that are kept are fetched: those that ended before are gone."""
    op.add_column("pull", sa.Column("ended_us", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Those that ended are gone, as they were before."""
    op.execute("DELETE FROM pull WHERE ended_us IS NOT NULL")
    op.drop_column("pull", "ended_us")
