"""Runs migrations on the connection that storage.schema hands over. Opens none of its own."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import storage.tables

assert storage.tables  # imported so that its tables are in the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    on_version_apply=context.config.attributes.get("told"),
)
context.run_migrations()
