"""Signatures and corrections after a session is closed. Columns: db/tables/records.py."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_TEXTS = ("by_name", "log_role")


def upgrade() -> None:
    """Of what was before nothing came later."""
    late = sa.Column("late", sa.Integer(), server_default="0", nullable=False)
    op.add_column("record_mark", late)
    for name in _TEXTS:
        op.add_column("record_mark", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """The log keeps it."""
    for name in ("late", *_TEXTS):
        op.drop_column("record_mark", name)
