"""What another model heard in a closed session. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "second_reading",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column(
            "session_id",
            sa.String(length=40),
            sa.ForeignKey("session.id", name=op.f("fk_second_reading_session_id_session")),
            nullable=False,
        ),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("speaker", sa.String(length=20), nullable=False),
        sa.Column("start_us", sa.Integer(), nullable=False),
        sa.Column("end_us", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_second_reading")),
    )
    op.create_index(
        op.f("ix_second_reading_session_id_start_us"), "second_reading", ["session_id", "start_us"]
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("second_reading")
