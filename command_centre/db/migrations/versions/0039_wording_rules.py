"""Words the agency has pointed out, and rules it switched off. Columns: db/tables/cases.py."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """The rules of the file are in force until one is switched off."""
    op.create_table(
        "wording_rule",
        sa.Column("id", sa.String(length=60), nullable=False),
        _text("words"),
        _text("neutral"),
        _text("neutral_en"),
        sa.Column("off_us", sa.Integer(), nullable=True),
        _text("by_name"),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("first_index", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_rule")),
    )


def downgrade() -> None:
    """The log keeps the acts."""
    op.drop_table("wording_rule")
