"""Models chosen for sessions and rooms, words of sessions. Columns: db/tables/sessions.py."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_ADDED = (
    ("session", "model", ""),
    ("session", "model_sha256", ""),
    ("session", "model_missing", ""),
    ("session", "vocabulary", "[]"),
    ("room", "model", ""),
    ("room", "model_sha256", ""),
)


def upgrade() -> None:
    """Nothing was chosen so far."""
    for table, name, before in _ADDED:
        column = sa.Column(name, sa.Text(), server_default=before, nullable=False)
        op.add_column(table, column)
    version = sa.Column("vocabulary_version", sa.Integer(), server_default="0", nullable=False)
    op.add_column("session", version)


def downgrade() -> None:
    """The log keeps what was chosen; the words go."""
    op.drop_column("session", "vocabulary_version")
    for table, name, _ in reversed(_ADDED):
        op.drop_column(table, name)
