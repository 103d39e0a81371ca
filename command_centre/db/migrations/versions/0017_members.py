"""Who works on a case, and who sees all of them. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; accounts made before go on seeing every case."""
    op.add_column(
        "account", sa.Column("all_cases", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute("UPDATE account SET all_cases = 1")
    op.create_table(
        "case_member",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("by_account", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("since_us", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "role IN ('manager','interviewer','auditor')", name=op.f("ck_case_member_role_known")
        ),
        sa.PrimaryKeyConstraint("case_id", "account_id", name=op.f("pk_case_member")),
    )
    op.create_index(op.f("ix_case_member_account_id"), "case_member", ["account_id"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("case_member")
    op.drop_column("account", "all_cases")
