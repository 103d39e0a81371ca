"""Signed notices are found among all entries. Columns: db/tables/entries.py."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_INDEX = "ix_log_entry_notice_signed"


def upgrade() -> None:
    """They are few among the many entries that machines write."""
    where = sa.text("kind = 'notice.signed'")
    op.create_index(_INDEX, "log_entry", ["session_id", "log_index"], sqlite_where=where)


def downgrade() -> None:
    """The rows stay."""
    op.drop_index(_INDEX, "log_entry")
