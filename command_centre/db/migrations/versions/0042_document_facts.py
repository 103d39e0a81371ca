"""What documents of a case state, and where stored logs come from. Columns: db/tables/cases.py."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=True)


_OF_A_LOG: tuple[sa.Column[Any], ...] = (
    *(_text(name) for name in ("file_name", "file_sha256", "zone")),
    sa.Column("lines", sa.Integer(), server_default="0", nullable=False),
    *(_text("by_name"), _time("taken_us"), _time("withdrawn_us")),
    *(_text("withdrawn_by"), _text("reason")),
)


def upgrade() -> None:
    """What came with case files stays; nothing of it was entered by anybody."""
    op.create_table(
        "document_fact",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        _text("kind"),
        sa.Column("document", sa.String(length=80), nullable=False),
        _text("name"),
        sa.Column("point_id", sa.String(length=40), nullable=False),
        *(_text(name) for name in ("slot", "value", "unit")),
        _text("people", "[]"),
        *(_text(name) for name in ("entered", "quote", "page", "person_id")),
        *(_text("by_account"), _text("by_name")),
        sa.Column("stated_us", sa.Integer(), nullable=False),
        *(_time("withdrawn_us"), _text("withdrawn_by"), _text("reason")),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_document_fact_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_document_fact")),
    )
    for column in _OF_A_LOG:
        op.add_column("device_log", column)


def downgrade() -> None:
    """The log keeps what was entered."""
    for column in reversed(_OF_A_LOG):
        op.drop_column("device_log", column.name)
    op.drop_table("document_fact")
