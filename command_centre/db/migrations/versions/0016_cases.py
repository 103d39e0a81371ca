"""State, kind and lead of cases, and their tasks. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXTS = ("kind", "state_reason", "lead", "lead_name")


def upgrade() -> None:
    """Create them; cases made before are open."""
    for name in _TEXTS:
        op.add_column("case_file", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column(
        "case_file",
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
    )
    op.add_column("case_file", sa.Column("closed_us", sa.Integer(), nullable=True))
    op.create_table(
        "task",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("title", "due", "assignee", "assignee_name")
        ),
        sa.Column("made_us", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("done_us", sa.Integer(), nullable=True),
        sa.Column("done_by", sa.Text(), server_default="", nullable=False),
        sa.Column("dropped_us", sa.Integer(), nullable=True),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_task_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_task")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("task")
    for name in (*_TEXTS, "state", "closed_us"):
        op.drop_column("case_file", name)
