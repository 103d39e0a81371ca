"""Templates of points the agency words itself. Columns: db/tables/cases.py."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    """The shipped templates are in use until one is worded."""
    op.create_table(
        "point_template_version",
        sa.Column("name", sa.String(length=80), nullable=False),
        _text("kind"),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        _text("title"),
        _text("title_en"),
        _text("points", "[]"),
        _text("by_name"),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_point_template_version")),
    )
    op.create_table(
        "point_template_use",
        sa.Column("log_index", sa.Integer(), nullable=False),
        _text("kind"),
        _text("name"),
        _text("wording", "[]"),
        _text("by_name"),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_point_template_use")),
    )


def downgrade() -> None:
    """The log keeps the versions."""
    op.drop_table("point_template_use")
    op.drop_table("point_template_version")
