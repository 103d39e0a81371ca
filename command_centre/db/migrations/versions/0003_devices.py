"""Join codes of phones, and where a device was when it measured."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of join codes and the position of readings."""
    op.create_table(
        "device_join",
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("room_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("expires_us", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.Column("used_us", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.String(length=40), nullable=True),
        sa.Column("revoked_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_device_join_room_id_room")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_device_join_source_id_source")
        ),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_device_join")),
    )
    op.add_column("reading", sa.Column("position", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_reading_latest", "reading", ["case_id", "device", "t_us"])
