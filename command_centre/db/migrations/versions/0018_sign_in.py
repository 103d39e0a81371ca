"""Second factors and where an account is signed in. Columns are explained in db/schema.py."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    for name in ("address", "agent", "method"):
        op.add_column("login", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=400), nullable=False),
        _account("passkey"),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.Column("used_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"])
    op.create_table(
        "code_generator",
        _account("code_generator"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_code_generator")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        _account("recovery_code"),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])


def _account(table: str) -> sa.Column[str]:
    key = sa.ForeignKey("account.id", name=op.f(f"fk_{table}_account_id_account"))
    return sa.Column("account_id", sa.String(length=40), key, nullable=False)


def downgrade() -> None:
    """Drop them."""
    for table in ("recovery_code", "code_generator", "passkey"):
        op.drop_table(table)
    for name in ("method", "agent", "address"):
        op.drop_column("login", name)
