"""Lexicon of a case, points in full, cells, differences and what people make of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _id(name: str, length: int = 40) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _index() -> sa.Column[Any]:
    return sa.Column("log_index", sa.Integer(), nullable=True)


def _case_table(name: str, keys: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    case = sa.ForeignKey("case_file.id", name=op.f(f"fk_{name}_case_id_case_file"))
    op.create_table(
        name,
        sa.Column("case_id", sa.String(length=40), case, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    """Add the columns and create the tables."""
    for column in (
        _text("detail", "{}"),
        _text("template"),
        _text("utterance_id"),
        sa.Column("retired_us", sa.Integer(), nullable=True),
        _index(),
    ):
        op.add_column("point", column)
    op.add_column("prompt", _text("difference_id"))
    op.add_column("prompt", _text("wording"))
    _case_table("case_lexicon", ("case_id",), _text("content", "{}"), _text("by_account"), _index())
    _case_table(
        "device_log", ("case_id", "device"), _id("device"), _text("content", "{}"), _index()
    )
    _case_table(
        "cell",
        ("case_id", "point_id", "person_id"),
        _id("point_id"),
        _id("person_id"),
        _text("content", "{}"),
    )
    _case_table(
        "difference",
        ("case_id", "id"),
        _id("id", 64),
        _text("content", "{}"),
        _text("engine"),
        sa.Column("found_us", sa.Integer(), nullable=False),
        sa.Column("gone_us", sa.Integer(), nullable=True),
        _index(),
    )
    _case_table(
        "difference_review",
        ("log_index",),
        sa.Column("log_index", sa.Integer(), nullable=False),
        _id("difference_id", 64),
        _id("state", 20),
        _text("note"),
        _text("by_account"),
        _text("by_name"),
        _text("prompts", "[]"),
        sa.Column("t_us", sa.Integer(), nullable=False),
    )
    op.create_index(
        op.f("ix_difference_review_case_id_difference_id"),
        "difference_review",
        ["case_id", "difference_id"],
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("difference_review", "difference", "cell", "device_log", "case_lexicon"):
        op.drop_table(table)
    for column in ("difference_id", "wording"):
        op.drop_column("prompt", column)
    for column in ("detail", "template", "utterance_id", "retired_us", "log_index"):
        op.drop_column("point", column)
