"""Alembic's entry: runs migrations on the connection that ``db.migrate`` hands over."""

from alembic import context

from command_centre.db import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
