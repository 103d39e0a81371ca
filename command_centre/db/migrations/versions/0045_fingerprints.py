"""A fingerprint beside the handwriting of a signature. Columns: db/tables/records.py."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_NAMES = ("fingerprint", "fingerprint_mime")


def upgrade() -> None:
    """Signatures of before have none."""
    for name in _NAMES:
        op.add_column("record_mark", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """The log keeps them."""
    for name in reversed(_NAMES):
        op.drop_column("record_mark", name)
