"""Each reading of a closed session by another model. Columns: db/tables/speech.py."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

#: Entries before this said the digest only: of which engine it is stays empty.
_READING = "substr(model_sha256, 1, 16)"


def upgrade() -> None:
    """What was heard so far becomes the reading of its model."""
    op.create_table(
        "second_pass",
        sa.Column(
            "session_id",
            sa.String(length=40),
            sa.ForeignKey("session.id", name=op.f("fk_second_pass_session_id_session")),
            nullable=False,
        ),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("engine", "model", "language")
        ),
        sa.Column("asked_us", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("by_account", "by_name")
        ),
        sa.Column("done_us", sa.Integer(), nullable=True),
        sa.Column("sentences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "id", name=op.f("pk_second_pass")),
    )
    op.add_column(
        "second_reading",
        sa.Column("reading", sa.String(length=40), server_default="", nullable=False),
    )
    op.add_column(
        "second_reading", sa.Column("words", sa.Text(), server_default="[]", nullable=False)
    )
    op.execute(f"UPDATE second_reading SET reading = {_READING}")
    op.execute(
        "INSERT INTO second_pass (session_id, id, model_sha256, language, asked_us,"
        " done_us, sentences, log_index)"
        " SELECT line.session_id, line.reading, min(line.model_sha256),"
        " coalesce(nullif(max(session.language), ''), 'zh'), coalesce(max(session.closed_us), 0),"
        " CASE WHEN max(line.done) = 1 THEN coalesce(max(session.closed_us), 0) END,"
        " sum(1 - line.done), min(line.log_index)"
        " FROM second_reading line JOIN session ON session.id = line.session_id"
        " GROUP BY line.session_id, line.reading"
    )
    op.execute("DELETE FROM second_reading WHERE done = 1")
    op.drop_column("second_reading", "done")


def downgrade() -> None:
    """The log keeps it."""
    op.add_column(
        "second_reading", sa.Column("done", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_column("second_reading", "words")
    op.drop_column("second_reading", "reading")
    op.drop_table("second_pass")
