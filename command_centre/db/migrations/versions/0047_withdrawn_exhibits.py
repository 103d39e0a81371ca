"""What exhibits were called before, and that one was withdrawn. Columns: db/tables/work.py."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No exhibit was renamed or withdrawn so far."""
    for name, before in (("former_titles", "[]"), ("withdrawn_by", ""), ("withdrawn_reason", "")):
        column = sa.Column(name, sa.Text(), server_default=before, nullable=False)
        op.add_column("exhibit", column)
    op.add_column("exhibit", sa.Column("withdrawn_us", sa.Integer(), nullable=True))


def downgrade() -> None:
    """The log keeps it."""
    for name in ("withdrawn_us", "withdrawn_reason", "withdrawn_by", "former_titles"):
        op.drop_column("exhibit", name)
