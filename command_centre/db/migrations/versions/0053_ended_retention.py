"""Sessions whose retention has ended are found among all entries. Columns: db/tables/entries.py."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_INDEX = "ix_log_entry_retention_ended"


def upgrade() -> None:
    """They are few among the many entries that machines write."""
    where = sa.text("kind = 'retention.ended'")
    op.create_index(_INDEX, "log_entry", ["session_id"], sqlite_where=where)


def downgrade() -> None:
    """The rows stay."""
    op.drop_index(_INDEX, "log_entry")
