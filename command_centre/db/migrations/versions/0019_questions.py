"""Questions picked for prompts, every version. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "question",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("text_zh", "text_en", "topic", "topic_en", "by_name")
        ),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("withdrawn_us", sa.Integer(), nullable=True),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_question")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("question")
