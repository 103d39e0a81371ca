"""One-time codes with which devices become a source. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "source_code",
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("expires_us", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.Column("used_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_code_source_id_source")
        ),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_source_code")),
    )
    op.create_index(op.f("ix_source_code_source_id"), "source_code", ["source_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("source_code")
