"""Which part of a device's own recording is a first one. Columns: db/tables/work.py."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what came before nothing is known: then the time to connect is missing like any other."""
    op.add_column("upload", sa.Column("is_first", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Nothing follows from it once a file is examined."""
    op.drop_column("upload", "is_first")
