"""What was pointed out in a question when it was kept. Column: db/tables/cases.py."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

#: Entries until now say only that there was a hint; acts keep what they say.
_HINTED = """
    UPDATE question SET wording = '["text_zh"]' WHERE log_index IN (
        SELECT log_index FROM act
        WHERE kind = 'question.set' AND json_extract(summary, '$.wording') <> ''
    )
"""


def upgrade() -> None:
    """The same as if the entries were read again."""
    op.add_column("question", sa.Column("wording", sa.Text(), server_default="[]", nullable=False))
    op.execute(_HINTED)


def downgrade() -> None:
    """The log keeps what was pointed out."""
    op.drop_column("question", "wording")
