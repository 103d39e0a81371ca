"""Acts of the centre, exhibits and custody. What each column means is said in db/schema.py."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _id(name: str, *link: sa.ForeignKey, length: int = 40) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), *link, nullable=False)


def _case(table: str) -> sa.ForeignKey:
    return sa.ForeignKey("case_file.id", name=op.f(f"fk_{table}_case_id_case_file"))


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "act",
        sa.Column("log_index", sa.Integer(), nullable=False),
        _id("kind"),
        sa.Column("t_us", sa.Integer(), nullable=False),
        _id("case_id"),
        _id("session_id"),
        _text("by_account"),
        _text("summary", "{}"),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_act")),
    )
    op.create_index(op.f("ix_act_case_id_log_index"), "act", ["case_id", "log_index"])
    op.create_index(op.f("ix_act_kind"), "act", ["kind"])
    op.create_table(
        "exhibit",
        _id("id"),
        _id("case_id", _case("exhibit")),
        _text("title"),
        _text("mime"),
        _text("sha256"),
        sa.Column("size_bytes", sa.Integer(), server_default="0", nullable=False),
        _text("by_account"),
        sa.Column("added_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibit")),
    )
    op.create_index(op.f("ix_exhibit_case_id"), "exhibit", ["case_id"])
    op.create_table(
        "custody",
        _id("id"),
        _id("case_id", _case("custody")),
        _text("from_account"),
        _text("from_name"),
        _text("to_account"),
        _text("to_name"),
        _text("note"),
        _id("state", length=10),
        sa.Column("offered_us", sa.Integer(), nullable=False),
        sa.Column("settled_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index(op.f("ix_custody_case_id"), "custody", ["case_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("custody", "exhibit", "act"):
        op.drop_table(table)
