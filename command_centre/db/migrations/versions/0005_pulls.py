"""Sources that are pulled. What each column means is said in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pull",
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("user_name", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.Text(), server_default="", nullable=False),
        sa.Column("since_us", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_pull_source_id_source")
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_pull")),
    )
