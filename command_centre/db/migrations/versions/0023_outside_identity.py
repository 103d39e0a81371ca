"""Whom the agency's sign-in lets in as which account. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    key = sa.ForeignKey("account.id", name=op.f("fk_outside_identity_account_id_account"))
    op.create_table(
        "outside_identity",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=40), key, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("used_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_outside_identity")),
    )
    op.create_index(op.f("ix_outside_identity_account_id"), "outside_identity", ["account_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("outside_identity")
