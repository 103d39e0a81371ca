"""Who an utterance of a mixed microphone may be of. What each column means is in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for name in ("proposed", "named", "named_by"):
        op.add_column("utterance", sa.Column(name, sa.Text(), server_default="", nullable=False))
