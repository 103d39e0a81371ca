"""Versions of templates of points are found by kind without reading the others' points."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_VERSION, _USE = (
    "ix_point_template_version_kind_number_log_index",
    "ix_point_template_use_kind_name_log_index",
)


def upgrade() -> None:
    """The points of a template are most of its row, and the oldest kinds may have a hundred."""
    op.create_index(_VERSION, "point_template_version", ["kind", "number", "log_index"])
    op.create_index(_USE, "point_template_use", ["kind", "name", "log_index"])


def downgrade() -> None:
    """The rows stay."""
    op.drop_index(_USE, "point_template_use")
    op.drop_index(_VERSION, "point_template_version")
