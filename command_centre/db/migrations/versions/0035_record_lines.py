"""Lines of records, to be searched. Columns: db/tables/records.py."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_LAST = """
SELECT d.session_id, d.lines, d.by_name, d.t_us, s.case_id, s.room_id FROM record_draft d
JOIN session s ON s.id = d.session_id
WHERE d.version = (SELECT max(version) FROM record_draft WHERE session_id = d.session_id)
"""


def upgrade() -> None:
    """Of every record the last version that was saved."""
    made = op.create_table(
        "record_line",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False),
        sa.Column("room_id", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("t_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_line")),
    )
    op.create_index(op.f("ix_record_line_session_id"), "record_line", ["session_id"])
    for session, lines, by_name, t_us, case, room in op.get_bind().execute(sa.text(_LAST)).all():
        rows = [
            {
                "id": f"{session}.{number}",
                "case_id": case,
                "session_id": session,
                "room_id": room,
                "text": str(line.get("text", "")),
                "by_name": by_name,
                "t_us": int(line.get("t_us", 0)) or t_us,
            }
            for number, line in enumerate(json.loads(lines))
        ]
        if rows:
            op.bulk_insert(made, rows)


def downgrade() -> None:
    """The drafts hold what it said."""
    op.drop_table("record_line")
