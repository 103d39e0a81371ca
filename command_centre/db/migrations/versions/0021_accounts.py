"""Accounts locked by an administrator, and invitations. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them; nobody is locked."""
    op.add_column("account", sa.Column("disabled_us", sa.Integer(), nullable=True))
    op.create_table(
        "invitation",
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("expires_us", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.Column("used_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id_account")
        ),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_account_id"), "invitation", ["account_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("invitation")
    op.drop_column("account", "disabled_us")
