"""Who attends a questioning beside the officers. Columns: db/tables/cases.py."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """Nobody attends so far: entries of before name none."""
    op.create_table(
        "attendant",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        _text("name"),
        _text("duty"),
        _text("detail"),
        sa.Column("room_id", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_attendant_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_attendant_room_id_room")),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_attendant")),
    )


def downgrade() -> None:
    """The log keeps them."""
    op.drop_table("attendant")
