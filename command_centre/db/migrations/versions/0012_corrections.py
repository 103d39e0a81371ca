"""What people corrected in final text. What each column means is said in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "correction",
        sa.Column(
            "utterance_id",
            sa.String(length=80),
            sa.ForeignKey("utterance.id", name=op.f("fk_correction_utterance_id_utterance")),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("by_account", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("utterance_id", "version", name=op.f("pk_correction")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("correction")
