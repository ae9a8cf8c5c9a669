"""Alembic's entry: runs on the connection, and inside the transaction, that upgrade.py hands it."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
