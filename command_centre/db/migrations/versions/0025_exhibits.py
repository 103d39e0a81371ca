"""Numbers, kinds and sizes of exhibits. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COUNTS = ("number", "pages", "width", "height")
_TEXTS = ("kind", "origin")


def upgrade() -> None:
    """Add the columns; exhibits that are there get their numbers in the order they were added."""
    for name in _COUNTS:
        op.add_column("exhibit", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    for name in _TEXTS:
        op.add_column("exhibit", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE exhibit SET number = (SELECT count(*) FROM exhibit AS other"
        " WHERE other.case_id = exhibit.case_id AND (other.added_us < exhibit.added_us"
        " OR (other.added_us = exhibit.added_us AND other.id <= exhibit.id)))"
    )
    op.execute(
        "UPDATE exhibit SET kind = CASE mime WHEN 'application/pdf' THEN 'document'"
        " ELSE 'picture' END, pages = CASE mime WHEN 'application/pdf' THEN 0 ELSE 1 END"
    )


def downgrade() -> None:
    """Drop them."""
    for name in (*_TEXTS, *_COUNTS):
        op.drop_column("exhibit", name)
