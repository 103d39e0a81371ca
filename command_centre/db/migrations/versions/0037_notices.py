"""Notices of rights and duties the agency words itself. Columns: db/tables/cases.py."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    """The shipped notices are in use until one is worded."""
    op.create_table(
        "notice_version",
        sa.Column("name", sa.String(length=40), nullable=False),
        _text("kind"),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        _text("title"),
        _text("title_en"),
        _text("lines", "[]"),
        _text("by_name"),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notice_version")),
    )
    op.create_table(
        "notice_use",
        sa.Column("log_index", sa.Integer(), nullable=False),
        _text("kind"),
        _text("name"),
        _text("left_out", "[]"),
        _text("by_name"),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_notice_use")),
    )


def downgrade() -> None:
    """The log keeps the versions."""
    op.drop_table("notice_use")
    op.drop_table("notice_version")
