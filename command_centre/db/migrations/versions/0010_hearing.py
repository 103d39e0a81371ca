"""Languages and vocabulary of the transcriber. What each column means is said in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXTS = (
    ("room", "language", ""),
    ("session", "language", ""),
    ("utterance", "language", ""),
    ("utterance", "repairs", "[]"),
    ("case_file", "vocabulary", "[]"),
)


def upgrade() -> None:
    """Add the columns."""
    for table, name, default in _TEXTS:
        op.add_column(table, sa.Column(name, sa.Text(), server_default=default, nullable=False))
    version = sa.Column("vocabulary_version", sa.Integer(), server_default="0", nullable=False)
    op.add_column("case_file", version)
