"""Pauses. What each column means is said in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "pause",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("tracks", sa.Text(), server_default="[]", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("end_us", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_pause_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("session_id", "id", name=op.f("pk_pause")),
    )
    op.create_table(
        "withheld",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("end_us", sa.Integer(), nullable=False),
        sa.Column("track", sa.Text(), server_default="", nullable=False),
        sa.Column("pause_id", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_withheld")),
    )
    with op.batch_alter_table("withheld", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_withheld_session_id_source_id"),
            ["session_id", "source_id"],
            unique=False,
        )
