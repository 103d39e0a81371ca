"""Voice lines between the centre and rooms. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "voice_line",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("by_account", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("called_us", sa.Integer(), nullable=False),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_us", sa.Integer(), nullable=True),
        sa.Column("talking_us", sa.Integer(), nullable=True),
        sa.Column("talks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_us", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_voice_line_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("session_id", "id", name=op.f("pk_voice_line")),
    )
    op.create_index(op.f("ix_voice_line_case_id_ended_us"), "voice_line", ["case_id", "ended_us"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("voice_line")
